/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dialogs with peers that say the right things at the wrong time, while a clock moves that the tests hold. */
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
tear_down (void)
{
  gboolean stopped = FALSE;

  kith_sip_stop_async (party.sip, NULL, on_stopped, &stopped);
  for (guint i = 0; i < 100 && !stopped; i++) {
    kith_clock_advance (test_clock, STEP_MS);
    kith_sip_stack_poke (KITH_SIP_STACK (party.sip));
    WAIT_FOR (5, stopped);
  }
  g_assert_true (stopped);
  wire_close (&wire);
  ear_clear (&ear);
  g_signal_handlers_disconnect_by_data (party.sip, &party);
  ear_clear (&party.in);
  g_clear_object (&party.sip);
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

/* Whoever is called offers something new before any response: the call ends as it must, and nothing of it stays behind. */
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

/* A re-INVITE without a body: the node's offer goes out, the ACK's answer comes back, and while it is due nothing else is offered. */
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

/* A telephone behind a NAT names its private address: what we send goes where it speaks from. A public one is believed. */
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (G_LOG_LEVEL_WARNING, FALSE);
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
  g_test_add_func ("/sip/dialog/supported", test_supported);
  return g_test_run ();
}
