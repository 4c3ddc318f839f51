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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (G_LOG_LEVEL_WARNING, FALSE);
  test_clock = kith_clock_new_manual (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC);
  kith_clock_set_default (test_clock);
  g_test_add_func ("/sip/dialog/offer-of-the-called", test_offer_of_the_called);
  g_test_add_func ("/sip/dialog/offer-while-ringing", test_offer_while_ringing);
  return g_test_run ();
}
