/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ordinary SIP by the stream of an edge, which this test is: who calls, where requests go, and what
   becomes of calls when the edge ends and another one comes. */
#include "base/clock.h"
#include "model/sip/sip-token.h"
#include "sip-wire.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"

#define STEP_MS 250
#define PORT 5080
#define MANY 1000

static const guint8 key[KITH_SIP_TOKEN_KEY] = { 7, 1, 1 };
static KithClock *test_clock;
static Party party;
static Ear ear;
static Wire wire;      /* its descriptor is the edge's end */
static GString *heard; /* what came and was not taken yet */
static guint16 port_told;

static guint
edge_judge (const KithInvite *invite, gpointer user_data)
{
  g_free (party.asked);
  party.asked = g_strdup_printf ("%s %u", invite->source, invite->source_port);
  return KITH_JUDGE_GO_ON;
}

static void
on_port (KithSip *sip, gpointer data)
{
  port_told = kith_sip_get_port (sip);
}

/* A new edge: the one before is gone. */
static void
open_edge (void)
{
  g_autoptr (GError) error = NULL;

  wire.fd = kith_sip_open_edge (party.sip, &error);
  g_assert_no_error (error);
  g_assert_cmpint (wire.fd, >=, 0);
  g_string_truncate (heard, 0);
}

static void
begin (void)
{
  KithSipStackConfig config = { .bind = "::", .edge_key = key };

  memset (&party, 0, sizeof party);
  party.keep = TRUE;
  party.sip = kith_sip_stack_new (&config);
  g_signal_connect (party.sip, "incoming", G_CALLBACK (on_incoming), &party);
  g_signal_connect (party.sip, "port-changed", G_CALLBACK (on_port), NULL);
  kith_sip_set_judge (party.sip, edge_judge, NULL);
  g_assert_cmpint (kith_sip_open_edge (party.sip, NULL), ==, -1); /* it does not run */
  g_assert_true (kith_sip_start (party.sip, NULL));
  heard = g_string_new (NULL);
  wire = (Wire){ .stream = TRUE, .port = 5060, .at = "127.0.0.1" };
  open_edge ();
}

static void
set_up (void)
{
  begin ();
  kith_sip_set_edge (party.sip, PORT, 0, NULL, 0);
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

static void
tear_down (void)
{
  gboolean stopped = FALSE;

  wire_close (&wire);
  ear_clear (&ear);
  kith_sip_stop_async (party.sip, NULL, on_stopped, &stopped);
  for (guint i = 0; i < 100 && !stopped; i++) {
    pass (STEP_MS);
    WAIT_FOR (5, stopped);
  }
  g_assert_true (stopped);
  g_signal_handlers_disconnect_by_data (party.sip, &party);
  ear_clear (&party.in);
  g_free (party.asked);
  g_clear_object (&party.sip);
  g_string_free (heard, TRUE);
}

/* One whole message off the stream becomes wire.text. */
static gboolean
take_one (void)
{
  const char *end = strstr (heard->str, "\r\n\r\n");
  const char *length = end != NULL ? strstr (heard->str, "\r\nContent-Length: ") : NULL;

  if (end == NULL) {
    return FALSE;
  }
  g_assert_nonnull (length); /* always, or it could not be cut */
  g_assert_true (length < end);
  gsize len = (gsize)(end + 4 - heard->str) + (gsize)g_ascii_strtoull (length + 18, NULL, 10);
  if (heard->len < len) {
    return FALSE;
  }
  g_assert_cmpuint (len, <, sizeof wire.text);
  memcpy (wire.text, heard->str, len);
  wire.text[len] = '\0';
  g_string_erase (heard, 0, (gssize)len);
  return TRUE;
}

/* TRUE when the next message but provisional ones starts with @prefix. */
static gboolean
expect (const char *prefix)
{
  static char chunk[65536];

  for (;;) {
    gboolean one = take_one ();
    if (one && g_str_has_prefix (wire.text, prefix)) {
      return TRUE;
    }
    if (one && !g_str_has_prefix (wire.text, "SIP/2.0 100")) {
      g_test_message ("instead of %s: %s", prefix, wire.text);
      return FALSE;
    }
    if (!one) {
      ssize_t n = -1;
      WAIT_FOR (1000, (n = recv (wire.fd, chunk, sizeof chunk, MSG_DONTWAIT)) > 0);
      if (n <= 0) {
        return FALSE;
      }
      g_string_append_len (heard, chunk, n);
    }
  }
}

static gboolean
says (const char *text)
{
  return strstr (wire.text, text) != NULL;
}

/* What is handed on of @caller ("udp 127.0.0.2:5060"); NULL: the edge does not say. */
static void
bring_with (const char *caller,
            const char *method,
            const char *call_id,
            const char *branch,
            const char *to_tag,
            const char *more,
            const char *body)
{
  gboolean tcp = caller != NULL && g_str_has_prefix (caller, "tcp");
  g_autofree gchar *ours
      = caller != NULL ? g_strdup_printf ("Kith-Caller: plain %s\r\n", caller) : g_strdup ("");
  g_autofree gchar *extra
      = g_strdup_printf ("Via: SIP/2.0/%s 10.0.0.9;branch=z9hG4bKpeer%s;received=127.0.0.2;"
                         "rport=5062\r\n%s%s",
                         tcp ? "TCP" : "UDP",
                         branch,
                         ours,
                         more);

  wire_send (&wire, method, call_id, branch, to_tag, extra, body);
}

static void
bring (const char *caller,
       const char *method,
       const char *call_id,
       const char *branch,
       const char *to_tag,
       const char *body)
{
  bring_with (caller, method, call_id, branch, to_tag, "", body);
}

/* Answers the request that came last, of which it was @from who said so. */
static void
reply (const char *status, const char *contact, const char *more, const char *body)
{
  g_autofree gchar *extra
      = g_strdup_printf ("Contact: <sip:carol@%s>\r\nKith-Caller: plain udp 127.0.0.2:5070\r\n%s",
                         contact,
                         more);

  wire_reply (&wire, status, extra, body);
}

static void
dial (const char *uri)
{
  KithDialParams params = { .request_uri = uri, .from_uri = "sip:alice@" ALICE_HOST };
  g_autoptr (GError) error = NULL;

  KithDialog *dialog = kith_sip_dial (party.sip, &params, SDP_A, &error);
  g_assert_no_error (error);
  ear_listen (&ear, dialog);
  g_assert_true (expect ("INVITE "));
}

/* Rings and answers the INVITE that was brought; leaves our tag in @tag. */
static void
answer (const char *caller, const char *call_id, gchar **tag)
{
  WAIT_UNTIL (party.calls == 1);
  VERB (&party.in, kith_dialog_ring (party.in.dialog));
  g_assert_true (expect ("SIP/2.0 180"));
  VERB (&party.in, kith_dialog_answer (party.in.dialog, SDP_B));
  g_assert_true (expect ("SIP/2.0 200"));
  *tag = wire_to_tag (&wire);
  bring (caller, "ACK", call_id, "ack", *tag, NULL);
  WAIT_UNTIL (party.in.confirmed == 1);
}

static void
test_called (void)
{
  g_autofree gchar *tag = NULL;

  set_up ();
  g_assert_cmpuint (port_told, ==, PORT);
  kith_sip_set_edge (party.sip,
                     0,
                     0,
                     "it has ended",
                     0); /* another one comes, and serves the same */
  bring ("udp 127.0.0.2:5062", "INVITE", "called", "1", NULL, SDP_A);
  answer ("udp 127.0.0.2:5062", "called", &tag);
  g_assert_cmpstr (party.asked, ==, "127.0.0.2 5062");
  g_assert_cmpstr (kith_dialog_get_remote_host (party.in.dialog), ==, "127.0.0.2");
  g_assert_cmpstr (kith_dialog_get_local_host (party.in.dialog), ==, "127.0.0.1");
  g_assert_true (says ("Contact: <sip:bob@127.0.0.1:5080>\r\n"));
  g_assert_true (says ("branch=z9hG4bK1")); /* the edge's Via, … */
  g_assert_true (says ("branch=z9hG4bKpeer1;received=127.0.0.2;rport=5062")); /* … the peer's */
  g_assert_true (kith_sip_token_check (key, "called", tag));
  g_assert_null (strstr (wire.text, "Kith-"));
  /* the peer has moved, and writes no Contact of ours */
  bring ("udp 127.0.0.3:5999", "BYE", "called", "3", tag, NULL);
  g_assert_true (expect ("SIP/2.0 200"));
  WAIT_UNTIL (party.in.ended == 1);
  tear_down ();
}

/* Nobody calls whom the edge does not name, whatever From says. */
static void
test_nobody (void)
{
  static const char *const callers[]
      = { NULL, "udp host:5060", "udp 127.0.0.2", "dtls 127.0.0.2:5060", "" };

  set_up ();
  for (guint i = 0; i < G_N_ELEMENTS (callers); i++) {
    g_autofree gchar *call_id = g_strdup_printf ("nobody-%u", i);
    bring (callers[i], "INVITE", call_id, call_id, NULL, SDP_A);
    g_assert_true (expect ("SIP/2.0 400"));
    bring (callers[i], "OPTIONS", call_id, "o", NULL, NULL);
    g_assert_true (expect ("SIP/2.0 400"));
    bring (callers[i], "ACK", call_id, "a", "tag", NULL); /* has no answer */
  }
  g_assert_cmpuint (party.calls, ==, 0);
  g_assert_null (party.asked);
  bring ("udp 127.0.0.2:5062", "OPTIONS", "o", "o", NULL, NULL);
  g_assert_true (expect ("SIP/2.0 200"));
  bring ("tcp 127.0.0.2:5062", "INVITE", "b", "b", "no-such-call", NULL);
  g_assert_true (expect ("SIP/2.0 481"));
  tear_down ();
}

/* Until it is known which port is served no Contact can be said. */
static void
test_before_port (void)
{
  begin ();
  bring ("udp 127.0.0.2:5062", "INVITE", "early", "1", NULL, SDP_A);
  g_assert_true (expect ("SIP/2.0 503"));
  g_assert_true (says ("Retry-After: "));
  kith_sip_set_edge (party.sip, PORT, 0, NULL, 0);
  bring ("udp 127.0.0.2:5062", "INVITE", "early", "2", NULL, SDP_A);
  WAIT_UNTIL (party.calls == 1);
  tear_down ();
}

/* What is as large as a message of the network may be is larger when the edge hands it on: it is
   taken, and ends no stream. */
static void
test_largest (void)
{
  g_autoptr (GString) extra = g_string_new (NULL);
  g_autofree gchar *filler = g_strnfill (KITH_SIP_MAX_HEADER_LINE - strlen ("X-Long: "), 'y');
  char byte;

  set_up ();
  for (guint i = 1; i < KITH_SIP_MAX_VIA; i++) {
    g_string_append (extra, "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n");
  }
  while (extra->len < KITH_SIP_MAX_STREAM - 5000) {
    g_string_append_printf (extra, "X-Long: %s\r\n", filler);
  }
  bring_with ("tcp 127.0.0.2:5062", "OPTIONS", "large", "1", NULL, extra->str, NULL);
  g_assert_true (expect ("SIP/2.0 200"));
  g_string_truncate (extra, 0);
  for (guint i = 0; i < KITH_SIP_MAX_HEADERS - 8; i++) {
    g_string_append (extra, "X-Filler: y\r\n");
  }
  bring_with ("udp 127.0.0.2:5062", "OPTIONS", "many", "2", NULL, extra->str, NULL);
  g_assert_true (expect ("SIP/2.0 200"));
  g_string_truncate (extra, 0);
  while (extra->len < KITH_SIP_MAX_STREAM) {
    g_string_append_printf (extra, "X-Long: %s\r\n", filler);
  }
  bring_with ("tcp 127.0.0.2:5062", "OPTIONS", "grown", "3", NULL, extra->str, NULL);
  g_assert_true (expect ("SIP/2.0 "));
  g_assert_cmpint (recv (wire.fd, &byte, 1, MSG_DONTWAIT), ==, -1); /* the stream goes on */
  tear_down ();
}

/* A peer over TCP is spoken to where the connection comes from. */
static void
test_tcp (void)
{
  g_autofree gchar *tag = NULL;

  set_up ();
  wire.contact = "10.0.0.9:5060"; /* of another network */
  bring ("tcp 127.0.0.2:40000", "INVITE", "tcp", "1", NULL, SDP_A);
  answer ("tcp 127.0.0.2:40000", "tcp", &tag);
  g_assert_true (says ("Contact: <sip:bob@127.0.0.1:5080;transport=tcp>\r\n"));
  VERB (&party.in, kith_dialog_hang_up (party.in.dialog, "local"));
  g_assert_true (expect ("BYE sip:carol@10.0.0.9:5060;transport=tcp SIP/2.0"));
  g_assert_true (says ("\r\nKith-Via: plain tcp 127.0.0.2:40000\r\n"));
  wire_reply (&wire, "200 OK", "", NULL);
  tear_down ();
}

static void
test_dial (void)
{
  g_autoptr (GError) error = NULL;
  KithDialParams params
      = { .request_uri = "sip:carol@127.0.0.2", .from_uri = "sip:alice@" ALICE_HOST };

  set_up ();
  kith_sip_set_edge (party.sip, 0, 0, "port 5060 is taken by baresip", EADDRINUSE);
  g_assert_cmpuint (port_told, ==, 0);
  g_assert_cmpint (kith_sip_get_port_errno (party.sip), ==, EADDRINUSE);
  g_assert_null (kith_sip_dial (party.sip, &params, SDP_A, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (error->message, "port 5060 is taken by baresip"));
  kith_sip_set_edge (party.sip, PORT, 0, NULL, 0);
  g_assert_cmpuint (port_told, ==, PORT);

  dial ("sip:carol@127.0.0.2:5070");
  g_assert_true (says ("\r\nKith-Via: plain udp 127.0.0.2:5070\r\n"));
  g_assert_true (says ("\r\nContact: <sip:alice@127.0.0.1:5080>\r\n"));
  g_autofree gchar *call_id = g_strdup (kith_dialog_get_call_id (ear.dialog));
  const char *from = strstr (wire.text, "\r\nFrom:");
  const char *from_tag = strstr (from, ";tag=");
  g_autofree gchar *tag = g_strndup (from_tag + 5, strcspn (from_tag + 5, "\r;"));
  g_assert_true (kith_sip_token_check (key, call_id, tag));
  reply ("180 Ringing", "127.0.0.2:5070", "", NULL);
  WAIT_UNTIL (ear.ringing == 1);
  reply ("200 OK", "127.0.0.4:5071", "", SDP_B);
  g_assert_true (expect ("ACK sip:carol@127.0.0.4:5071 SIP/2.0"));
  g_assert_true (says ("\r\nKith-Via: plain udp 127.0.0.2:5070\r\n") /* behind a NAT */
                 || says ("\r\nKith-Via: plain udp 127.0.0.4:5071\r\n"));
  WAIT_UNTIL (ear.answered == 1);
  VERB (&ear, kith_dialog_hang_up (ear.dialog, NULL));
  g_assert_true (expect ("BYE sip:carol@127.0.0.4:5071 SIP/2.0"));
  g_assert_true (says (tag)); /* the same tag to the end */
  g_assert_true (says ("\r\nKith-Via: plain udp "));
  wire_reply (&wire, "200 OK", "", NULL);
  tear_down ();
}

/* How often @needle stands in the message. */
static guint
count (const char *needle)
{
  guint n = 0;

  for (const char *p = wire.text; (p = strstr (p, needle)) != NULL; p++) {
    n++;
  }
  return n;
}

/* What the library makes itself says where to, too: as the INVITE did. */
static void
test_made_by_library (void)
{
  set_up ();
  dial ("sip:carol@127.0.0.2:5070;transport=tcp");
  g_assert_true (says ("\r\nKith-Via: plain tcp 127.0.0.2:5070\r\n"));
  reply ("486 Busy Here", "127.0.0.2:5070", "", NULL);
  g_assert_true (expect ("ACK "));
  g_assert_cmpuint (count ("\r\nKith-Via: plain tcp 127.0.0.2:5070\r\n"), ==, 1);
  WAIT_UNTIL (ear.ended == 1);
  g_assert_cmpuint (ear.status, ==, 486);

  dial ("sip:carol@[::1]:5070");
  reply ("180 Ringing", "[::1]:5070", "", NULL);
  WAIT_UNTIL (ear.ringing == 1);
  VERB (&ear, kith_dialog_hang_up (ear.dialog, "local"));
  g_assert_true (expect ("CANCEL "));
  g_assert_cmpuint (count ("\r\nKith-Via: plain udp [::1]:5070\r\n"), ==, 1);
  g_assert_true (says ("\r\n\r\n"));
  tear_down ();
}

/* The edge tells itself that nobody is there, a peer that he is overloaded. */
static void
test_made_by_edge (void)
{
  set_up ();
  dial ("sip:carol@127.0.0.2:5070");
  reply ("503 Unreachable", "127.0.0.2", "Kith-Made: edge\r\n", NULL);
  WAIT_UNTIL (ear.ended == 1);
  g_assert_cmpuint (ear.status, ==, 503);
  g_assert_cmpstr (ear.phrase, ==, KITH_PHRASE_NOBODY);
  g_assert_true (expect ("ACK "));
  dial ("sip:carol@127.0.0.2:5070");
  reply ("503 Too Much", "127.0.0.2", "", NULL);
  WAIT_UNTIL (ear.ended == 1);
  g_assert_cmpstr (ear.phrase, ==, "Too Much");
  tear_down ();
}

/* The edge ends in a call, another one comes: nobody hears of it, and all goes on by that. */
static void
test_another_edge (void)
{
  g_autofree gchar *tag = NULL;

  set_up ();
  bring ("udp 127.0.0.2:5062", "INVITE", "goes-on", "1", NULL, SDP_A);
  answer ("udp 127.0.0.2:5062", "goes-on", &tag);
  for (guint i = 0; i < 20; i++) {
    wire_close (&wire);
    if (i % 3 == 0) { /* else the library has not seen it yet */
      WAIT_FOR (10, FALSE);
    }
    g_autoptr (GError) error = NULL;
    if (i % 2 == 0) { /* said while there is no edge */
      g_assert_true (kith_dialog_reoffer (party.in.dialog, SDP_B, &error));
    }
    open_edge ();
    if (i % 2 == 1) {
      g_assert_true (kith_dialog_reoffer (party.in.dialog, SDP_B, &error));
    }
    g_assert_true (expect ("INVITE sip:carol@"));
    g_assert_true (says ("\r\nKith-Via: plain "));
    reply ("200 OK", "127.0.0.2:5062", "", SDP_A);
    g_assert_true (expect ("ACK "));
  }
  g_assert_cmpuint (party.in.ended, ==, 0);
  wire_close (&wire);
  open_edge ();
  bring ("udp 127.0.0.2:5062", "BYE", "goes-on", "3", tag, NULL);
  g_assert_true (expect ("SIP/2.0 200"));
  WAIT_UNTIL (party.in.ended == 1);
  tear_down ();
}

/* Requests that one edge took are answered by the next, and answers to what one edge sent come by
   the next. */
static void
test_edge_within_request (void)
{
  set_up ();
  bring ("udp 127.0.0.2:5062", "INVITE", "within", "1", NULL, SDP_A);
  WAIT_UNTIL (party.calls == 1);
  wire_close (&wire);
  WAIT_FOR (10, FALSE);
  VERB (&party.in, kith_dialog_ring (party.in.dialog));
  open_edge ();
  g_assert_true (expect ("SIP/2.0 180"));
  g_assert_true (says ("branch=z9hG4bK1;"));
  g_assert_true (says ("branch=z9hG4bKpeer1;received=127.0.0.2;rport=5062"));
  VERB (&party.in, kith_dialog_answer (party.in.dialog, SDP_B));
  g_assert_true (expect ("SIP/2.0 200"));
  wire_close (&wire);
  open_edge ();
  pass (1000);
  g_assert_true (expect ("SIP/2.0 200")); /* repeated: no ACK yet */

  dial ("sip:carol@127.0.0.2:5070");
  g_autofree gchar *invite = g_strdup (wire.text);
  wire_close (&wire);
  open_edge ();
  g_strlcpy (wire.text, invite, sizeof wire.text);
  reply ("180 Ringing", "127.0.0.2:5070", "", NULL);
  wire_close (&wire); /* it is heard, though the next edge comes before anybody reads it */
  open_edge ();
  WAIT_UNTIL (ear.ringing == 1);
  g_strlcpy (wire.text, invite, sizeof wire.text);
  reply ("200 OK", "127.0.0.2:5070", "", SDP_B);
  WAIT_UNTIL (ear.answered == 1);
  while (!expect ("ACK sip:carol@127.0.0.2:5070")) {
    g_assert_true (says ("SIP/2.0 200"));
  }
  g_assert_true (says ("\r\nKith-Via: plain udp 127.0.0.2:5070\r\n"));
  tear_down ();
}

/* A ringing call can be cancelled by an edge that never heard of it. */
static void
test_cancel_by_another (void)
{
  set_up ();
  dial ("sip:carol@127.0.0.2:5070");
  reply ("180 Ringing", "127.0.0.2:5070", "", NULL);
  WAIT_UNTIL (ear.ringing == 1);
  wire_close (&wire);
  WAIT_FOR (10, FALSE);
  open_edge ();
  VERB (&ear, kith_dialog_hang_up (ear.dialog, NULL));
  g_assert_true (expect ("CANCEL "));
  g_assert_cmpuint (count ("\r\nKith-Via: plain udp 127.0.0.2:5070\r\n"), ==, 1);
  tear_down ();
}

/* What was said long ago is told to no new edge: the phone of a peer would ring for nobody. */
static void
test_too_old (void)
{
  KithDialParams params
      = { .request_uri = "sip:carol@127.0.0.2", .from_uri = "sip:alice@" ALICE_HOST };

  set_up ();
  for (guint i = 0; i < 2; i++) {
    wire_close (&wire);
    WAIT_FOR (10, FALSE);
    ear_listen (&ear, kith_sip_dial (party.sip, &params, SDP_A, NULL));
    WAIT_FOR (10, FALSE);
    pass (i == 0 ? 1000 : KITH_SIP_EDGE_STALE_S * 1000);
    open_edge ();
    g_assert_cmpint (expect ("INVITE "), ==, i == 0);
    reply ("486 Busy Here", "127.0.0.2", "", NULL);
    WAIT_UNTIL (ear.ended == 1);
    if (i == 0) {
      g_assert_true (expect ("ACK "));
    }
  }
  tear_down ();
}

/* An edge is replaced that still lives, and the stream of one ends that says what is no SIP. */
static void
test_replaced (void)
{
  char byte;
  static const char *const junk = "no SIP at all \x01\r\n\r\n";

  set_up ();
  int before = wire.fd;
  open_edge ();
  WAIT_FOR (1000, recv (before, &byte, 1, MSG_DONTWAIT) == 0);
  g_assert_cmpint (recv (before, &byte, 1, MSG_DONTWAIT), ==, 0);
  close (before);
  bring ("udp 127.0.0.2:5062", "OPTIONS", "o", "o", NULL, NULL);
  g_assert_true (expect ("SIP/2.0 200"));
  wire_send_raw (&wire, "(\r\n\r\n", 5);
  wire_send_raw (&wire, junk, strlen (junk));
  WAIT_FOR (1000, recv (wire.fd, &byte, 1, MSG_DONTWAIT) == 0);
  g_assert_cmpint (recv (wire.fd, &byte, 1, MSG_DONTWAIT), ==, 0);
  wire_close (&wire);
  open_edge ();
  bring ("udp 127.0.0.2:5062", "OPTIONS", "o", "o", NULL, NULL);
  g_assert_true (expect ("SIP/2.0 200"));
  tear_down ();
}

/* A thousand INVITEs leave while the edge rests: all of them come when it reads. */
static void
test_resting_edge (void)
{
  KithDialParams params
      = { .request_uri = "sip:carol@127.0.0.2", .from_uri = "sip:alice@" ALICE_HOST };
  g_autoptr (GPtrArray) dialogs = g_ptr_array_new_with_free_func (g_object_unref);

  set_up ();
  for (guint i = 0; i < MANY; i++) {
    KithDialog *dialog = kith_sip_dial (party.sip, &params, SDP_A, NULL);
    g_assert_nonnull (dialog);
    g_ptr_array_add (dialogs, dialog);
    g_main_context_iteration (NULL, FALSE);
  }
  for (guint i = 0; i < MANY; i++) {
    g_assert_true (expect ("INVITE sip:carol@127.0.0.2 "));
  }
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (G_LOG_LEVEL_DEBUG, FALSE);
  test_clock = kith_clock_new_manual (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC);
  kith_clock_set_default (test_clock);
  g_test_add_func ("/sip/edge/called", test_called);
  g_test_add_func ("/sip/edge/nobody", test_nobody);
  g_test_add_func ("/sip/edge/before-port", test_before_port);
  g_test_add_func ("/sip/edge/largest", test_largest);
  g_test_add_func ("/sip/edge/tcp", test_tcp);
  g_test_add_func ("/sip/edge/dial", test_dial);
  g_test_add_func ("/sip/edge/made-by-library", test_made_by_library);
  g_test_add_func ("/sip/edge/made-by-edge", test_made_by_edge);
  g_test_add_func ("/sip/edge/another-edge", test_another_edge);
  g_test_add_func ("/sip/edge/within-request", test_edge_within_request);
  g_test_add_func ("/sip/edge/cancel-by-another", test_cancel_by_another);
  g_test_add_func ("/sip/edge/too-old", test_too_old);
  g_test_add_func ("/sip/edge/replaced", test_replaced);
  g_test_add_func ("/sip/edge/resting", test_resting_edge);
  return g_test_run ();
}
