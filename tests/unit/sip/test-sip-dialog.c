/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dialogs with peers that say the right things at the wrong time, while a clock moves that the
   tests hold. */
#include "base/clock.h"
#include "sip-wire.h"
#include "sip/sip-private.h"

#define STEP_MS 250

static KithClock *test_clock;
static Party party;
static Ear ear;
static Wire wire;

static void
set_up (void)
{
  party_start (&party, "127.0.0.1", TRUE);
  wire_open (&wire, "127.0.0.1", 0, kith_sip_get_port (party.sip), FALSE);
}

static void
stop_moved (Party *one)
{
  gboolean stopped = FALSE;

  kith_sip_stop_async (one->sip, NULL, on_stopped, &stopped);
  for (guint i = 0; i < 100 && !stopped; i++) {
    kith_clock_advance (test_clock, STEP_MS);
    kith_sip_stack_poke (KITH_SIP_STACK (one->sip));
    WAIT_FOR (5, stopped);
  }
  g_assert_true (stopped);
  edge_process_stop (&one->edge);
  g_signal_handlers_disconnect_by_data (one->sip, one);
  ear_clear (&one->in);
  g_clear_pointer (&one->asked, g_free);
  g_clear_object (&one->sip);
}

static void
tear_down (void)
{
  wire_close (&wire);
  ear_clear (&ear);
  stop_moved (&party);
}

/* Time passes, for us and for the library. */
static void
pass (guint ms)
{
  for (guint i = 0; i < ms; i += STEP_MS) {
    kith_clock_advance (test_clock, STEP_MS);
    kith_sip_stack_poke (KITH_SIP_STACK (party.sip));
    while (g_main_context_iteration (NULL, FALSE)) {
    }
  }
}

/* Calls the wire, which has the INVITE afterwards. */
static void
dial_wire (void)
{
  g_autofree gchar *uri = g_strdup_printf ("sip:carol@127.0.0.1:%u", wire.port);
  KithDialParams params = { .request_uri = uri, .from_uri = "sip:alice@" ALICE_HOST };
  g_autoptr (GError) error = NULL;

  KithDialog *dialog = kith_sip_dial (party.sip, &params, SDP_A, &error);
  g_assert_no_error (error);
  ear_listen (&ear, dialog);
  g_assert_true (wire_expect (&wire, "INVITE sip:carol@"));
}

/* A value of the message that came last, without its name. (transfer full) */
static gchar *
header_of (const char *message, const char *name)
{
  g_autofree gchar *needle = g_strdup_printf ("\r\n%s: ", name);
  const char *line = strstr (message, needle);

  g_assert_nonnull (line);
  line += strlen (needle);
  return g_strndup (line, strcspn (line, "\r"));
}

/* A request of the callee in the dialog that @invite makes, whether it has answered or not. */
static void
request_of_callee (const char *invite, const char *method, guint cseq, const char *body)
{
  g_autofree gchar *from = header_of (invite, "To");
  g_autofree gchar *to = header_of (invite, "From");
  g_autofree gchar *call_id = header_of (invite, "Call-ID");
  g_autofree gchar *text = g_strdup_printf (
      "%s sip:alice@127.0.0.1:%u SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%s%u\r\n"
      "Max-Forwards: 70\r\nFrom: %s;tag=wire\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n"
      "Contact: <sip:carol@127.0.0.1:%u>\r\n%sContent-Length: %zu\r\n\r\n%s",
      method,
      wire.to,
      wire.port,
      method,
      cseq,
      from,
      to,
      call_id,
      cseq,
      method,
      wire.port,
      body != NULL ? "Content-Type: application/sdp\r\n" : "",
      body != NULL ? strlen (body) : 0,
      body != NULL ? body : "");

  wire_send_raw (&wire, text, strlen (text));
}

/* The wire answers @invite with @status. */
static void
answer_invite (const char *invite, const char *status, const char *extra, const char *body)
{
  g_strlcpy (wire.text, invite, sizeof wire.text);
  wire_reply (&wire, status, extra, body);
}

static void
on_reoffered (KithDialog *dialog, const char *sdp, Ear *told)
{
  told->reoffered++;
}

/* Whoever is called offers something new before any response: the call ends as it must, and nothing
   of it stays behind. */
static void
test_offer_of_the_called (void)
{
  static const char *const methods[] = { "UPDATE", "INVITE" };

  set_up ();
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++) {
    dial_wire ();
    g_autofree gchar *invite = g_strdup (wire.text);
    request_of_callee (invite, methods[i], 1, SDP_B);
    g_assert_cmpuint (wire_status (&wire, 1000), ==, 491);
    g_assert_cmpuint (ear.reoffered, ==, 0);
    answer_invite (invite, "486 Busy Here", "", NULL);
    WAIT_UNTIL (ear.ended == 1);
    g_assert_cmpuint (ear.status, ==, 486);
    ear_clear (&ear); /* the last reference */
    pass (10000);
  }
  tear_down ();
}

/* A caller offers something new while it rings here. */
static void
test_offer_while_ringing (void)
{
  set_up ();
  wire_send (&wire, "INVITE", "early", "1", NULL, "", SDP_A);
  WAIT_UNTIL (party.calls == 1);
  g_signal_connect (party.in.dialog, "reoffered", G_CALLBACK (on_reoffered), &party.in);
  VERB (&party.in, kith_dialog_ring (party.in.dialog));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 180);
  g_autofree gchar *tag = wire_to_tag (&wire);
  for (guint i = 0; i < 2; i++) {
    wire.cseq = 2 + i;
    wire_send (&wire, i == 0 ? "UPDATE" : "INVITE", "early", i == 0 ? "u" : "i", tag, "", SDP_B);
    g_assert_cmpuint (wire_status (&wire, 1000), ==, 500);
    g_assert_nonnull (strstr (wire.text, "\r\nRetry-After: "));
    if (i == 1) {
      wire_send (&wire, "ACK", "early", "i", tag, "", NULL);
    }
  }
  wire.cseq = 4;
  wire_send (&wire, "UPDATE", "early", "r", tag, "", NULL); /* a refresh changes nothing */
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  g_assert_cmpuint (party.in.reoffered, ==, 0);
  wire.cseq = 1;
  wire_send (&wire, "CANCEL", "early", "1", NULL, "", NULL);
  WAIT_UNTIL (party.in.ended == 1);
  ear_clear (&party.in);
  pass (10000);
  tear_down ();
}

/* Rings, answers with SDP_B and leaves our tag in @tag. */
static void
answer_here (gchar **tag)
{
  WAIT_UNTIL (party.calls == 1);
  VERB (&party.in, kith_dialog_ring (party.in.dialog));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 180);
  VERB (&party.in, kith_dialog_answer (party.in.dialog, SDP_B));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  *tag = wire_to_tag (&wire);
}

static guint n_wanted, n_reanswered;
static gchar *reanswered;

static void
on_wanted (KithDialog *dialog, gpointer data)
{
  n_wanted++;
  kith_dialog_reanswer (dialog, 200, SDP_OF ("7008"));
}

static void
on_reanswered (KithDialog *dialog, const char *sdp, gpointer data)
{
  n_reanswered++;
  g_free (reanswered);
  reanswered = g_strdup (sdp);
}

/* A re-INVITE without a body: the node's offer goes out, the ACK's answer comes back, and while it
   is due nothing else is offered. */
static void
test_offer_wanted (void)
{
  g_autofree gchar *tag = NULL;

  set_up ();
  wire_send (&wire, "INVITE", "wish", "1", NULL, "", SDP_A);
  answer_here (&tag);
  wire_send (&wire, "ACK", "wish", "a", tag, "", NULL);
  WAIT_UNTIL (party.in.confirmed == 1);
  g_signal_connect (party.in.dialog, "offer-wanted", G_CALLBACK (on_wanted), NULL);
  g_signal_connect (party.in.dialog, "reanswered", G_CALLBACK (on_reanswered), NULL);
  g_signal_connect (party.in.dialog, "reoffered", G_CALLBACK (on_reoffered), &party.in);
  n_wanted = n_reanswered = 0;
  reanswered = NULL;
  for (guint i = 0; i < 3; i++) {
    static const char *const answers[] = { SDP_OF ("7010"), NULL, "nonsense\r\n" };
    g_autofree gchar *branch = g_strdup_printf ("w%u", i);
    wire.cseq = 10 + 2 * i;
    wire_send (&wire, "INVITE", "wish", branch, tag, "", NULL);
    g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
    g_assert_nonnull (strstr (wire.text, "m=audio 7008"));
    wire.cseq = 11 + 2 * i;
    wire_send (&wire, "UPDATE", "wish", branch, tag, "", SDP_A);
    g_assert_cmpuint (wire_status (&wire, 1000), ==, 491);
    wire.cseq = 10 + 2 * i;
    g_autofree gchar *ack = g_strdup_printf ("k%u", i);
    wire_send (&wire, "ACK", "wish", ack, tag, "", answers[i]);
    WAIT_UNTIL (n_reanswered == i + 1);
    g_assert_cmpstr (reanswered, ==, i == 0 ? answers[0] : NULL);
  }
  g_assert_cmpuint (n_wanted, ==, 3);
  g_assert_cmpuint (party.in.reoffered, ==, 0);
  g_assert_cmpuint (party.in.ended, ==, 0);
  g_free (reanswered);
  tear_down ();
}

/* Our offer is out in the 200 and no ACK comes: the library repeats it and hangs up. */
static void
test_no_answer_in_time (void)
{
  g_autofree gchar *tag = NULL;

  set_up ();
  wire_send (&wire, "INVITE", "late", "1", NULL, "", NULL);
  answer_here (&tag);
  wire.cseq = 2;
  wire_send (&wire, "UPDATE", "late", "u", tag, "", SDP_A);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 491);
  pass (33000);
  g_assert_true (wire_expect (&wire, "BYE "));
  g_assert_cmpuint (party.in.ended, ==, 1);
  g_assert_cmpuint (party.in.confirmed, ==, 0);
  tear_down ();
}

static GPtrArray *early;

static void
on_early (KithDialog *dialog, const char *sdp, gpointer data)
{
  g_ptr_array_add (early, g_strdup (sdp));
}

/* @status with our own To tag @tag. */
static void
answer_as (const char *invite, const char *status, const char *tag, const char *body)
{
  g_autofree gchar *to = header_of (invite, "To");
  g_autofree gchar *from = g_strdup_printf ("\r\nTo: %s", to);
  g_autofree gchar *tagged = g_strdup_printf ("\r\nTo: %s;tag=%s", to, tag);
  g_auto (GStrv) parts = g_strsplit (invite, from, 2);
  g_autofree gchar *text = g_strjoinv (tagged, parts);
  g_autofree gchar *contact
      = g_strdup_printf ("Contact: <sip:%s@127.0.0.1:%u>\r\n", tag, wire.port);

  g_strlcpy (wire.text, text, sizeof wire.text);
  wire_reply (&wire, status, contact, body);
}

/* What 1xx responses describe, and what a 200 without a body means then. */
static void
test_early (void)
{
  static const struct {
    const char *tag;
    gboolean good;
  } ends[] = { { "a", TRUE }, { "b", TRUE }, { "c", FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++) {
    set_up ();
    early = g_ptr_array_new_with_free_func (g_free);
    dial_wire ();
    g_signal_connect (ear.dialog, "early", G_CALLBACK (on_early), NULL);
    g_autofree gchar *invite = g_strdup (wire.text);
    answer_as (invite, "183 Session Progress", "a", SDP_OF ("7002"));
    answer_as (invite, "183 Session Progress", "a", SDP_OF ("7002")); /* said again */
    answer_as (invite, "180 Ringing", "b", SDP_OF ("7004"));
    answer_as (invite, "180 Ringing", "c", "nonsense\r\n");
    answer_as (invite, "180 Ringing", "c", NULL);
    WAIT_UNTIL (early->len == 2);
    g_assert_cmpuint (ear.ringing, ==, 1);
    g_assert_cmpstr (early->pdata[0], ==, SDP_OF ("7002"));
    g_assert_cmpstr (early->pdata[1], ==, SDP_OF ("7004"));
    answer_as (invite, "200 OK", ends[i].tag, NULL);
    g_assert_true (wire_expect (&wire, "ACK "));
    if (ends[i].good) {
      WAIT_UNTIL (ear.answered == 1);
      g_assert_cmpstr (ear.sdp, ==, i == 0 ? SDP_OF ("7002") : SDP_OF ("7004"));
    } else { /* that phone described nothing */
      g_assert_true (wire_expect (&wire, "BYE sip:c@"));
      WAIT_UNTIL (ear.ended == 1);
      g_assert_cmpuint (ear.status, ==, 488);
    }
    g_assert_cmpuint (early->len, ==, 2);
    g_clear_pointer (&early, g_ptr_array_unref);
    tear_down ();
  }
}

static void
test_moved (void)
{
  static const struct {
    const char *contact;
    const char *moved_to; /* NULL: nothing that could be dialled */
  } rows[] = {
    { "Contact: <sip:200@192.0.2.9:5070;transport=tcp>\r\n",
      "sip:200@192.0.2.9:5070;transport=tcp" },
    { "Contact: <tel:+49301234>, \"Desk\" <sip:home@example.net;user=phone>;q=0.5\r\n",
      "sip:home@example.net" },
    { "Contact: <sip:x@192.0.2.9?Subject=%0d%0aEvil>\r\n", "sip:x@192.0.2.9" },
    { "Contact: <mailto:x@example.net>\r\n", NULL },
    { "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    set_up ();
    dial_wire ();
    g_autofree gchar *invite = g_strdup (wire.text);
    answer_invite (invite, "302 Moved Temporarily", rows[i].contact, NULL);
    WAIT_UNTIL (ear.ended == 1);
    g_assert_cmpuint (ear.status, ==, 302);
    g_assert_cmpstr (kith_dialog_get_moved_to (ear.dialog), ==, rows[i].moved_to);
    g_assert_true (wire_expect (&wire, "ACK "));
    pass (1000);
    g_assert_false (wire_receive (&wire, 20)); /* it is not followed */
    tear_down ();
  }
}

static void
test_elsewhere (void)
{
  static const struct {
    const char *reason;
    gboolean elsewhere;
  } rows[] = {
    { "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n", TRUE },
    { "Reason: Q.850;cause=16, SIP ;cause=200\r\n", TRUE },
    { "Reason: Q.850;cause=26;text=\"Non-selected user clearing\"\r\n", TRUE },
    { "Reason: SIP;cause=487\r\n", FALSE },
    { "Reason: Q.850;cause=200\r\n", FALSE },
    { "", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    set_up ();
    wire_send (&wire, "INVITE", "group", "1", NULL, "", SDP_A);
    WAIT_UNTIL (party.calls == 1);
    wire_send (&wire, "CANCEL", "group", "1", NULL, rows[i].reason, NULL);
    WAIT_UNTIL (party.in.ended == 1);
    g_assert_cmpuint (party.in.status, ==, 0);
    g_assert_cmpint (kith_dialog_is_elsewhere (party.in.dialog), ==, rows[i].elsewhere);
    tear_down ();
  }
}

/* A telephone behind a NAT names its private address: what we send goes where it speaks from. A
   public one is believed. */
static void
test_private_contact (void)
{
  static const struct {
    const char *contact;
    gboolean comes;
  } rows[] = { { "192.168.77.7:5060", TRUE }, { "10.1.2.3", TRUE },       { "100.64.9.9", TRUE },
               { "169.254.3.4", TRUE },       { "[fd00::7]:5070", TRUE }, { "192.0.2.77", FALSE } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *tag = NULL;
    set_up ();
    g_autofree gchar *invite = wire_request (&wire, "INVITE", "nat", "1", NULL, "", SDP_A);
    g_autofree gchar *told = g_strdup_printf ("<sip:carol@127.0.0.1:%u>", wire.port);
    g_autofree gchar *lie = g_strdup_printf ("<sip:carol@%s>", rows[i].contact);
    g_auto (GStrv) parts = g_strsplit (invite, told, 2);
    g_autofree gchar *text = g_strjoinv (lie, parts);
    wire_send_raw (&wire, text, strlen (text));
    answer_here (&tag);
    wire_send (&wire, "ACK", "nat", "a", tag, "", NULL);
    WAIT_UNTIL (party.in.confirmed == 1);
    VERB (&party.in, kith_dialog_hang_up (party.in.dialog, NULL));
    g_autofree gchar *bye = g_strdup_printf ("BYE sip:carol@%s", rows[i].contact);
    g_assert_cmpint (wire_expect (&wire, bye), ==, rows[i].comes);
    tear_down ();
  }
}

/* Where an answer says that the dialog goes on: names are never looked up for it, and where it
   cannot be read or leads elsewhere, it goes where the call went. Each row: header lines, with %u
   for the wire's port. */
static void
test_odd_targets (void)
{
  static const char *const rows[] = {
    "Contact: <sip:carol@127.0.0.1:%u;maddr=no.such.example>\r\n",
    "Contact: <sip:carol@127.0.0.1:%u;maddr=127.0.0.77>\r\n",
    "Contact: <sip:carol@127.0.0.1:%u>\r\nRecord-Route: <sip:no.such.example>\r\n",
    "Contact: <sip:carol@127.0.0.1>\r\nRecord-Route: <sip:127.0.0.1;lr;maddr=no.such.example>\r\n",
    "Contact: <sip:carol@no.such.example>\r\n",
    "Contact: <>\r\n",
    "Contact: <sip:>\r\n",
    "Contact: <sip:carol@[::1>\r\n",
    "Contact: <sip:carol@[fe80::1%%25lo]>\r\n",
    "",
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_test_message ("row %u", i);
    set_up ();
    dial_wire ();
    g_autofree gchar *invite = g_strdup (wire.text);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    g_autofree gchar *extra = g_strdup_printf (rows[i], wire.port);
#pragma GCC diagnostic pop
    answer_invite (invite, "200 OK", extra, SDP_B);
    WAIT_UNTIL (ear.answered == 1);
    g_assert_true (wire_expect (&wire, "ACK "));
    VERB (&ear, kith_dialog_hang_up (ear.dialog, NULL));
    g_assert_true (wire_expect (&wire, "BYE "));
    wire_reply (&wire, "200 OK", "", NULL);
    tear_down ();
  }
}

/* An answer whose Contact says nothing is an answer. */
static void
test_refused_with_bad_contact (void)
{
  set_up ();
  dial_wire ();
  g_autofree gchar *invite = g_strdup (wire.text);
  answer_invite (invite, "486 Busy Here", "Contact: <>\r\n", NULL);
  WAIT_UNTIL (ear.ended == 1);
  g_assert_cmpuint (ear.status, ==, 486);
  tear_down ();
}

/* RFC 3261 section 20.37: nobody has to guess what we can do. */
static void
test_supported (void)
{
  g_autofree gchar *tag = NULL;

  set_up ();
  wire_send (&wire, "INVITE", "supported", "1", NULL, "", SDP_A);
  WAIT_UNTIL (party.calls == 1);
  VERB (&party.in, kith_dialog_ring (party.in.dialog));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 180);
  g_assert_nonnull (strstr (wire.text, "\r\nSupported:"));
  VERB (&party.in, kith_dialog_answer (party.in.dialog, SDP_B));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  g_assert_nonnull (strstr (wire.text, "\r\nSupported:"));
  tag = wire_to_tag (&wire);
  wire_send (&wire, "ACK", "supported", "a", tag, "", NULL);
  WAIT_UNTIL (party.in.confirmed == 1);
  VERB (&party.in, kith_dialog_hang_up (party.in.dialog, NULL));
  g_assert_true (wire_expect (&wire, "BYE "));
  g_assert_nonnull (strstr (wire.text, "\r\nSupported:"));
  dial_wire ();
  g_assert_nonnull (strstr (wire.text, "\r\nSupported:"));
  wire_send (&wire, "OPTIONS", "options", "o", NULL, "", NULL);
  while (wire_status (&wire, 1000) != 200) {
    g_assert_cmpuint (strlen (wire.text), !=, 0); /* the BYE and INVITE of before come again */
  }
  g_assert_nonnull (strstr (wire.text, "\r\nSupported:"));
  tear_down ();
}

/* Our own new offers */

typedef struct {
  guint answered, failed, status, retry_ms;
  gchar *sdp;
} Told;

static void
on_reoffer_answered (KithDialog *dialog, const char *sdp, Told *told)
{
  told->answered++;
  g_free (told->sdp);
  told->sdp = g_strdup (sdp);
}

static void
on_reoffer_failed (KithDialog *dialog, guint status, guint retry_ms, Told *told)
{
  told->failed++;
  told->status = status;
  told->retry_ms = retry_ms;
}

static void
told_listen (Told *told, KithDialog *dialog)
{
  memset (told, 0, sizeof *told);
  g_signal_connect (dialog, "reoffer-answered", G_CALLBACK (on_reoffer_answered), told);
  g_signal_connect (dialog, "reoffer-failed", G_CALLBACK (on_reoffer_failed), told);
}

/* The error that it gives back, or -1. */
static int
reoffer (KithDialog *dialog, const char *sdp)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = kith_dialog_reoffer (dialog, sdp, &error);

  g_assert_true (ok == (error == NULL));
  g_assert_true (ok || error->domain == KITH_ERROR);
  return ok ? -1 : error->code;
}

/* A call that is up: we dialled it, or the wire did. Our new offers are told to @told. */
static KithDialog *
talk (gboolean outgoing, Told *told)
{
  g_autofree gchar *contact = g_strdup_printf ("Contact: <sip:carol@127.0.0.1:%u>\r\n", wire.port);
  g_autofree gchar *tag = NULL;
  KithDialog *dialog;

  if (outgoing) {
    dial_wire ();
    g_assert_cmpint (reoffer (ear.dialog, SDP_B), ==, KITH_ERROR_WRONG_STATE);
    wire_reply (&wire, "200 OK", contact, SDP_B);
    g_assert_true (wire_expect (&wire, "ACK "));
    WAIT_UNTIL (ear.answered == 1);
    dialog = ear.dialog;
  } else {
    wire_send (&wire, "INVITE", "talk", "1", NULL, "", SDP_A);
    answer_here (&tag);
    g_assert_cmpint (reoffer (party.in.dialog, SDP_B), ==, KITH_ERROR_WRONG_STATE);
    wire_send (&wire, "ACK", "talk", "a", tag, "", NULL);
    WAIT_UNTIL (party.in.confirmed == 1);
    dialog = party.in.dialog;
  }
  told_listen (told, dialog);
  return dialog;
}

/* Our re-INVITE comes with @port, within the dialog. */
static void
expect_reoffer (const char *port)
{
  g_autofree gchar *media = g_strdup_printf ("m=audio %s ", port);

  g_assert_true (wire_expect (&wire, "INVITE sip:carol@"));
  g_autofree gchar *to = header_of (wire.text, "To");
  g_assert_nonnull (strstr (to, ";tag="));
  g_assert_nonnull (strstr (wire.text, media));
}

/* What a refusal means: the call goes on, and it may be tried again then, or not. */
static void
test_reoffer (void)
{
  static const struct {
    const char *status, *extra;
    /* of a call that we made; that they made */
    guint least_ms, most_ms, least_there_ms, most_there_ms;
  } rows[] = {
    { "491 Request Pending", "", 2100, 4000, 1, 2000 },
    { "500 Later", "Retry-After: 5\r\n", 5000, 5000, 5000, 5000 },
    { "500 Later", "Retry-After: 11\r\n", 0, 0, 0, 0 },
    { "500 Never", "", 0, 0, 0, 0 },
    { "488 Not Acceptable Here", "", 0, 0, 0, 0 },
    { "603 Decline", "", 0, 0, 0, 0 },
    { "202 What", "", 0, 0, 0, 0 }, /* without a description */
  };
  Told told;

  for (guint outgoing = 0; outgoing < 2; outgoing++) {
    set_up ();
    KithDialog *dialog = talk (outgoing != 0, &told);
    const Ear *end = outgoing != 0 ? &ear : &party.in;
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
      g_assert_cmpint (reoffer (dialog, SDP_OF ("7008")), ==, -1);
      g_assert_cmpint (reoffer (dialog, SDP_OF ("7009")), ==, KITH_ERROR_IN_PROGRESS);
      expect_reoffer ("7008");
      wire_reply (&wire, rows[i].status, rows[i].extra, NULL);
      g_assert_true (wire_expect (&wire, "ACK "));
      WAIT_UNTIL (told.failed == i + 1);
      guint status = (guint)g_ascii_strtoull (rows[i].status, NULL, 10);
      g_assert_cmpuint (told.status, ==, status < 300 ? 488 : status);
      g_assert_cmpuint (told.retry_ms, >=, outgoing ? rows[i].least_ms : rows[i].least_there_ms);
      g_assert_cmpuint (told.retry_ms, <=, outgoing ? rows[i].most_ms : rows[i].most_there_ms);
    }
    g_assert_cmpuint (told.answered, ==, 0);
    g_assert_cmpint (reoffer (dialog, SDP_OF ("7008")), ==, -1);
    expect_reoffer ("7008");
    wire_reply (&wire, "100 Trying", "", NULL);
    wire_reply (&wire, "200 OK", "", SDP_OF ("7010"));
    g_assert_true (wire_expect (&wire, "ACK "));
    WAIT_UNTIL (told.answered == 1);
    g_assert_cmpstr (told.sdp, ==, SDP_OF ("7010"));
    g_assert_cmpstr (kith_dialog_get_remote_sdp (dialog), ==, SDP_OF ("7010"));
    g_assert_cmpuint (end->ended, ==, 0);
    VERB (outgoing ? &ear : &party.in, kith_dialog_hang_up (dialog, NULL));
    g_assert_true (wire_expect (&wire, "BYE "));
    g_assert_cmpint (reoffer (dialog, SDP_A), ==, KITH_ERROR_WRONG_STATE);
    g_free (told.sdp);
    tear_down ();
  }
}

/* Offers that cross: theirs is refused with 491 while ours is out, and ours does not go out while
   theirs waits. */
static void
test_reoffer_glare (void)
{
  Told told;

  set_up ();
  KithDialog *dialog = talk (TRUE, &told);
  g_signal_connect (dialog, "reoffered", G_CALLBACK (on_reoffered), &ear);
  g_assert_cmpint (reoffer (dialog, SDP_OF ("7008")), ==, -1);
  expect_reoffer ("7008");
  g_autofree gchar *ours = g_strdup (wire.text);
  g_autofree gchar *from = header_of (ours, "To"); /* with our tag as the called */
  g_autofree gchar *first = g_strndup (from, strcspn (from, ";"));
  g_autofree gchar *invite = g_strdup_printf ("%.*s\r\nTo: %s\r\n%s",
                                              (int)(strstr (ours, "\r\nTo: ") - ours),
                                              ours,
                                              first,
                                              strstr (ours, "\r\nCall-ID: ") + 2);
  for (guint i = 0; i < 2; i++) {
    request_of_callee (invite, i == 0 ? "UPDATE" : "INVITE", 10 + i, SDP_A);
    g_assert_cmpuint (wire_status (&wire, 1000), ==, 491);
  }
  request_of_callee (invite, "ACK", 11, NULL);
  g_strlcpy (wire.text, ours, sizeof wire.text);
  wire_reply (&wire, "491 Request Pending", "", NULL);
  WAIT_UNTIL (told.failed == 1);
  g_assert_cmpuint (told.retry_ms, >=, 2100);
  g_assert_cmpuint (ear.reoffered, ==, 0);

  request_of_callee (invite, "UPDATE", 12, SDP_OF ("7012"));
  WAIT_UNTIL (ear.reoffered == 1);
  g_assert_cmpint (reoffer (dialog, SDP_OF ("7008")), ==, KITH_ERROR_IN_PROGRESS);
  kith_dialog_reanswer (dialog, 200, SDP_OF ("7008"));
  while (wire_status (&wire, 1000) != 200) {
    g_assert_cmpuint (strlen (wire.text), !=, 0);
  }
  g_assert_cmpint (reoffer (dialog, SDP_OF ("7014")), ==, -1);
  expect_reoffer ("7014");
  g_assert_cmpuint (ear.ended, ==, 0);
  tear_down (); /* while it is out */
}

/* Whoever knows no such call, or is not there, has hung up. */
static void
test_reoffer_ends (void)
{
  static const char *const rows[]
      = { "481 Call/Transaction Does Not Exist", "408 Request Timeout", NULL };
  Told told;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    set_up ();
    KithDialog *dialog = talk (TRUE, &told);
    g_assert_cmpint (reoffer (dialog, SDP_OF ("7008")), ==, -1);
    expect_reoffer ("7008");
    if (rows[i] != NULL) {
      wire_reply (&wire, rows[i], "", NULL);
      g_assert_true (wire_expect (&wire, "ACK "));
    } else {
      pass (33000); /* and nothing comes */
    }
    WAIT_UNTIL (ear.ended == 1);
    g_assert_cmpuint (ear.status, ==, i == 0 ? 481 : 408);
    g_assert_cmpuint (told.failed + told.answered, ==, 0);
    tear_down ();
  }
}

/* They answer that it is being looked at, and nothing more: it is cancelled, and the call goes on;
   or not even that, and it ends. */
static void
test_reoffer_cancelled (void)
{
  Told told;

  for (guint i = 0; i < 2; i++) {
    set_up ();
    KithDialog *dialog = talk (TRUE, &told);
    g_assert_cmpint (reoffer (dialog, SDP_OF ("7008")), ==, -1);
    expect_reoffer ("7008");
    g_autofree gchar *ours = g_strdup (wire.text);
    wire_reply (&wire, "180 Ringing", "", NULL);
    WAIT_FOR (50, FALSE);
    pass (33000);
    g_assert_true (wire_expect (&wire, "CANCEL "));
    wire_reply (&wire, "200 OK", "", NULL);
    g_assert_cmpuint (ear.ended, ==, 0);
    if (i == 0) {
      g_strlcpy (wire.text, ours, sizeof wire.text);
      wire_reply (&wire, "487 Request Terminated", "", NULL);
      WAIT_UNTIL (told.failed == 1);
      g_assert_cmpuint (told.status, ==, 487);
      g_assert_cmpuint (told.retry_ms, ==, 0);
      g_assert_cmpuint (ear.ended, ==, 0);
    } else {
      pass (5000);
      WAIT_UNTIL (ear.ended == 1);
      g_assert_cmpuint (ear.status, ==, 408);
      g_assert_true (wire_expect (&wire, "BYE "));
    }
    tear_down ();
  }
}

/* The library forgets 2.4 kB of a re-INVITE that is out when the peer's BYE comes, whatever
   follows: once a call at most, and nothing for LSan to tell. */
#ifdef __SANITIZE_ADDRESS__
#define WAYS_TO_HANG_UP 1
#else
#define WAYS_TO_HANG_UP 2
#endif

/* One side hangs up while our offer is out. */
static void
test_reoffer_hung_up (void)
{
  Told told;

  for (guint i = 0; i < WAYS_TO_HANG_UP; i++) {
    set_up ();
    wire_send (&wire, "INVITE", "hang", "1", NULL, "", SDP_A);
    g_autofree gchar *tag = NULL;
    answer_here (&tag);
    wire_send (&wire, "ACK", "hang", "a", tag, "", NULL);
    WAIT_UNTIL (party.in.confirmed == 1);
    told_listen (&told, party.in.dialog);
    g_assert_cmpint (reoffer (party.in.dialog, SDP_OF ("7008")), ==, -1);
    expect_reoffer ("7008");
    g_autofree gchar *ours = g_strdup (wire.text);
    if (i == 0) {
      VERB (&party.in, kith_dialog_hang_up (party.in.dialog, NULL));
      g_assert_true (wire_expect (&wire, "BYE "));
    } else {
      wire.cseq = 2;
      wire_send (&wire, "BYE", "hang", "b", tag, "", NULL);
    }
    WAIT_UNTIL (party.in.ended == 1);
    g_assert_cmpuint (party.in.status, ==, i == 0 ? 200 : 0);
    g_strlcpy (wire.text, ours, sizeof wire.text);
    wire_reply (&wire, "487 Request Terminated", "", NULL); /* too late */
    pass (5000);
    g_assert_cmpuint (told.failed + told.answered, ==, 0);
    tear_down ();
  }
}

/* Over a link, each side once, and both at once: who made the call waits longer. */
static void
test_reoffer_link (void)
{
  Party bob;
  Told here, there;

  party_start (&party, NULL, FALSE);
  party_start (&bob, NULL, FALSE);
  join (&party, &bob, 1);
  call_over (&party, &bob, &ear, TRUE);
  told_listen (&here, ear.dialog);
  told_listen (&there, bob.in.dialog);
  g_signal_connect (ear.dialog, "reoffered", G_CALLBACK (on_reoffered), &ear);
  g_signal_connect (bob.in.dialog, "reoffered", G_CALLBACK (on_reoffered), &bob.in);
  g_assert_cmpint (reoffer (ear.dialog, SDP_OF ("7008")), ==, -1);
  WAIT_UNTIL (bob.in.reoffered == 1);
  kith_dialog_reanswer (bob.in.dialog, 200, SDP_OF ("7010"));
  WAIT_UNTIL (here.answered == 1);
  g_assert_cmpstr (here.sdp, ==, SDP_OF ("7010"));
  g_assert_cmpint (reoffer (bob.in.dialog, SDP_OF ("7012")), ==, -1);
  WAIT_UNTIL (ear.reoffered == 1);
  kith_dialog_reanswer (ear.dialog, 488, NULL);
  WAIT_UNTIL (there.failed == 1);
  g_assert_cmpuint (there.status, ==, 488);

  g_assert_cmpint (reoffer (ear.dialog, SDP_OF ("7014")), ==, -1);
  g_assert_cmpint (reoffer (bob.in.dialog, SDP_OF ("7016")), ==, -1);
  WAIT_UNTIL (here.failed == 1 && there.failed == 2);
  g_assert_cmpuint (here.status, ==, 491);
  g_assert_cmpuint (there.status, ==, 491);
  g_assert_cmpuint (here.retry_ms, >=, 2100);
  g_assert_cmpuint (there.retry_ms, <=, 2000);
  g_assert_cmpuint (ear.reoffered + bob.in.reoffered, ==, 2);
  g_assert_cmpuint (ear.ended + bob.in.ended, ==, 0);
  VERB (&ear, kith_dialog_hang_up (ear.dialog, NULL));
  WAIT_UNTIL (bob.in.ended == 1);
  g_free (here.sdp);
  stop_moved (&bob);
  ear_clear (&ear);
  stop_moved (&party);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (G_LOG_LEVEL_DEBUG, FALSE);
  test_clock = kith_clock_new_manual (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC);
  kith_clock_set_default (test_clock);
  g_test_add_func ("/sip/dialog/offer-of-the-called", test_offer_of_the_called);
  g_test_add_func ("/sip/dialog/offer-while-ringing", test_offer_while_ringing);
  g_test_add_func ("/sip/dialog/offer-wanted", test_offer_wanted);
  g_test_add_func ("/sip/dialog/no-answer-in-time", test_no_answer_in_time);
  g_test_add_func ("/sip/dialog/early", test_early);
  g_test_add_func ("/sip/dialog/moved", test_moved);
  g_test_add_func ("/sip/dialog/elsewhere", test_elsewhere);
  g_test_add_func ("/sip/dialog/private-contact", test_private_contact);
  g_test_add_func ("/sip/dialog/odd-targets", test_odd_targets);
  g_test_add_func ("/sip/dialog/refused-with-bad-contact", test_refused_with_bad_contact);
  g_test_add_func ("/sip/dialog/supported", test_supported);
  g_test_add_func ("/sip/dialog/reoffer", test_reoffer);
  g_test_add_func ("/sip/dialog/reoffer-glare", test_reoffer_glare);
  g_test_add_func ("/sip/dialog/reoffer-ends", test_reoffer_ends);
  g_test_add_func ("/sip/dialog/reoffer-cancelled", test_reoffer_cancelled);
  g_test_add_func ("/sip/dialog/reoffer-hung-up", test_reoffer_hung_up);
  g_test_add_func ("/sip/dialog/reoffer-link", test_reoffer_link);
  return g_test_run ();
}
