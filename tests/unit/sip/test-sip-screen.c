/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The door of ordinary SIP against a live stack, with a clock that the tests hold: who is asked
   about, what a refusal costs, what passes. */
#include "base/clock.h"
#include "sip-wire.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"

#define STEP_MS 250
#define FLOOD 80 /* with an ACK for each: the edge lets a host have 180 at once */

static KithClock *test_clock;
static Party bob;
static Wire wire;

/* The node's part: what it was asked last, and what it says. */
static struct {
  guint asked, status;
  gboolean is_probe;
  guint16 port;
  gchar *source, *call_id, *uri, *display, *user;
} node;

static void
keep (gchar **place, const char *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

static guint
on_question (const KithInvite *invite, gpointer user_data)
{
  g_assert_true (user_data == &node);
  node.asked++;
  node.is_probe = invite->is_probe;
  node.port = invite->source_port;
  g_assert_cmpuint (invite->link_id, ==, 0);
  keep (&node.source, invite->source);
  keep (&node.call_id, invite->call_id);
  keep (&node.uri, invite->remote_uri);
  keep (&node.display, invite->remote_display);
  keep (&node.user, invite->request_user);
  return node.status;
}

static void
set_up (gboolean stream)
{
  party_start (&bob, "127.0.0.1", TRUE);
  wire_open (&wire, "127.0.0.1", 0, kith_sip_get_port (bob.sip), stream);
  node.asked = node.status = 0;
  kith_sip_set_judge (bob.sip, on_question, &node);
}

/* Time passes, for us and for the library. */
static void
pass (guint ms)
{
  for (guint i = 0; i < ms; i += STEP_MS) {
    kith_clock_advance (test_clock, STEP_MS);
    kith_sip_stack_poke (KITH_SIP_STACK (bob.sip));
    while (g_main_context_iteration (NULL, FALSE)) {
    }
  }
}

static void
stop_bob (void)
{
  gboolean stopped = FALSE;

  kith_sip_stop_async (bob.sip, NULL, on_stopped, &stopped);
  for (guint i = 0; i < 100 && !stopped; i++) {
    kith_clock_advance (test_clock, STEP_MS);
    kith_sip_stack_poke (KITH_SIP_STACK (bob.sip));
    WAIT_FOR (5, stopped);
  }
  g_assert_true (stopped);
  edge_process_stop (&bob.edge);
  g_signal_handlers_disconnect_by_data (bob.sip, &bob);
  ear_clear (&bob.in);
  g_clear_object (&bob.sip);
}

static void
tear_down (void)
{
  wire_close (&wire);
  stop_bob ();
}

/* The node's word is sent at once and only once: no state is left that would repeat it. */
static void
test_judge (gconstpointer data)
{
  set_up (GPOINTER_TO_INT (data));
  node.status = 486;
  wire_send (&wire, "INVITE", "asked", "1", NULL, "", SDP_A);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 486);
  g_assert_cmpuint (node.asked, ==, 1);
  g_assert_false (node.is_probe);
  g_assert_cmpuint (node.port, ==, wire.port);
  g_assert_cmpstr (node.source, ==, "127.0.0.1");
  g_assert_cmpstr (node.call_id, ==, "asked");
  g_assert_cmpstr (node.uri, ==, "sip:carol@127.0.0.1");
  g_assert_cmpstr (node.display, ==, "Carol");
  g_assert_cmpstr (node.user, ==, "bob");
  pass (20000); /* a transaction would say it again after 500 ms, and so on */
  g_assert_false (wire_receive (&wire, 20));
  node.status = 403; /* whether somebody may call is not said to who only asks: the edge answers */
  wire_send (&wire, "OPTIONS", "probe", "2", NULL, "", NULL);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  g_assert_cmpuint (node.asked, ==, 1);
  node.status = 0;
  wire_send (&wire, "INVITE", "asked", "3", NULL, "", SDP_A); /* refused before: a new request */
  WAIT_UNTIL (bob.calls == 1);
  g_assert_cmpuint (node.asked, ==, 2);
  wire_send (&wire, "INVITE", "asked", "3", NULL, "", SDP_A); /* the same again */
  WAIT_FOR (50, FALSE);
  g_assert_cmpuint (node.asked, ==, 2);
  g_assert_cmpuint (bob.calls, ==, 1);
  kith_sip_set_judge (bob.sip, NULL, NULL);
  tear_down ();
}

/* A call that rings, of @wire; its To tag. */
static gchar *
let_ring (const char *call_id)
{
  guint before = bob.calls;

  wire_send (&wire, "INVITE", call_id, call_id, NULL, "", SDP_A);
  WAIT_UNTIL (bob.calls == before + 1);
  VERB (&bob.in, kith_dialog_ring (bob.in.dialog));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 180);
  return wire_to_tag (&wire);
}

static gchar *
let_talk (const char *call_id)
{
  gchar *tag = let_ring (call_id);

  VERB (&bob.in, kith_dialog_answer (bob.in.dialog, SDP_B));
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  wire_send (&wire, "ACK", call_id, "ack", tag, "", NULL);
  WAIT_UNTIL (bob.in.confirmed == 1);
  return tag;
}

/* How many responses are there to be read. */
static guint
count_answers (Wire *from)
{
  guint n = 0;

  while (recv (from->fd, from->text, sizeof from->text, MSG_DONTWAIT) > 0) {
    n++;
  }
  return n;
}

/* Requests that name the Call-ID of a call but come from elsewhere, or with other tags or branches:
   they count as any stranger's, are refused and leave nothing behind, and the call does not
   notice. */
static void
test_known_call_id (gconstpointer data)
{
  static const char *const methods[]
      = { "BYE", "INVITE", "UPDATE", "OPTIONS", "CANCEL", "ACK", "PRACK", "INFO" };
  gboolean over = GPOINTER_TO_INT (data);
  Wire strangers[40];
  guint answers = 0;

  set_up (FALSE);
  g_autofree gchar *tag = let_ring ("remembered");
  if (over) { /* and so when the call is over and its Call-ID is only remembered */
    kith_dialog_reject (bob.in.dialog, 486, NULL);
    g_assert_cmpuint (wire_status (&wire, 1000), ==, 486);
    wire_send (&wire, "ACK", "remembered", "remembered", tag, "", NULL);
  }
  pass (10000); /* so that all have their tokens again */
  guint calls = bob.calls;
  for (gsize i = 0; i < G_N_ELEMENTS (strangers); i++) {
    g_autofree gchar *host = g_strdup_printf ("127.0.5.%zu", i + 1);
    wire_open (&strangers[i], host, 0, wire.to, FALSE);
  }
  for (guint i = 0; i < 6000; i++) {
    g_autofree gchar *branch = i % 3 == 0 ? g_strdup ("remembered") : g_strdup_printf ("b%u", i);
    Wire *from = &strangers[i % G_N_ELEMENTS (strangers)];
    from->cseq = 1 + i % 2;
    wire_send (from,
               methods[i / 40 % G_N_ELEMENTS (methods)],
               "remembered",
               branch,
               i % 2 == 0 ? "wrong" : "",
               "",
               NULL);
    if (i % 20 == 0) {
      while (g_main_context_iteration (NULL, FALSE)) {
      }
    }
  }
  WAIT_FOR (50, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (strangers); i++) {
    answers += count_answers (&strangers[i]);
    wire_close (&strangers[i]);
  }
  g_assert_cmpuint (answers, >, 100);
  g_assert_cmpuint (answers, <, 6000 / 4); /* the edge has its limits */
  pass (40000);
  g_assert_cmpuint (bob.calls, ==, calls);
  if (!over) {
    g_assert_cmpuint (bob.in.ended, ==, 0);
    wire_send (&wire, "CANCEL", "remembered", "remembered", NULL, "", NULL);
    WAIT_UNTIL (bob.in.ended == 1);
  }
  tear_down ();
}

/* A telephone whose address changes in a call, or whose BYE takes another way through proxies,
   knows the tags; others do not. */
static void
test_moved_peer (void)
{
  Wire moved;

  set_up (FALSE);
  g_autofree gchar *tag = let_talk ("moves");
  wire_open (&moved, "127.0.0.77", 0, wire.to, FALSE);
  wire_send (&moved, "BYE", "moves", "bye0", "other", "", NULL);
  g_assert_cmpuint (wire_status (&moved, 1000), ==, 481);
  moved.cseq = 3;
  wire_send (&moved, "OPTIONS", "moves", "o", tag, "", NULL);
  g_assert_cmpuint (wire_status (&moved, 1000), ==, 200);
  KithCallId *entry = kith_call_ids_find (KITH_SIP_STACK (bob.sip)->call_ids, "moves");
  KithEndpoint from;
  g_assert_true (kith_endpoint_parse ("127.0.0.77:1", &from));
  g_assert_true (kith_call_id_knows (entry, kith_call_id_source (&from)));
  g_assert_cmpuint (bob.in.ended, ==, 0);
  moved.cseq = 4;
  wire_send (&moved, "BYE", "moves", "bye", tag, "", NULL);
  g_assert_cmpuint (wire_status (&moved, 1000), ==, 200);
  WAIT_UNTIL (bob.in.ended == 1);
  wire_send (&moved, "BYE", "moves", "bye", tag, "", NULL); /* the 200 was lost */
  g_assert_cmpuint (wire_status (&moved, 1000), ==, 200);
  moved.cseq = 5;
  wire_send (&moved, "BYE", "moves", "bye2", tag, "", NULL);
  g_assert_cmpuint (wire_status (&moved, 1000), ==, 481);
  wire_close (&moved);
  tear_down ();
}

/* A telephone behind a NAT that calls its connections anew: what we send goes where it speaks from
   now; what a stranger sends moves nothing. */
static void
test_moved_nat (gconstpointer data)
{
  gboolean stream = GPOINTER_TO_INT (data);
  Wire moved;
  Wire stranger;

  set_up (stream);
  wire.contact = "10.77.0.9:5060";
  g_autofree gchar *tag = let_talk ("nat");
  wire_open (&moved, "127.0.0.77", 0, wire.to, stream);
  moved.contact = wire.contact;
  moved.cseq = 3;
  wire_send (&moved, "OPTIONS", "nat", "o", tag, "", NULL);
  g_assert_cmpuint (wire_status (&moved, 1000), ==, 200);
  wire_open (&stranger, "127.0.0.78", 0, wire.to, stream);
  stranger.cseq = 4;
  wire_send (&stranger, "OPTIONS", "nat", "guess", "guess", "", NULL);
  g_assert_cmpuint (wire_status (&stranger, 1000), ==, 481);
  wire_send (&stranger, "ACK", "nat", "nat", "guess", "", NULL);
  wire_send (&stranger, "CANCEL", "nat", "nat", NULL, "", NULL);
  WAIT_FOR (200, FALSE);
  (void)count_answers (&wire);
  (void)count_answers (&stranger);
  g_assert_cmpstr (kith_dialog_get_remote_host (bob.in.dialog), ==, "127.0.0.1"); /* of the sound */
  VERB (&bob.in, kith_dialog_hang_up (bob.in.dialog, NULL));
  g_assert_true (wire_expect (&moved, "BYE sip:carol@10.77.0.9:5060"));
  wire_reply (&moved, "200 OK", "", NULL);
  WAIT_FOR (50, FALSE);
  g_assert_cmpuint (count_answers (&wire), ==, 0);
  g_assert_cmpuint (count_answers (&stranger), ==, 0);
  WAIT_UNTIL (bob.in.ended == 1);
  wire_close (&moved);
  wire_close (&stranger);
  tear_down ();
}

/* The peer of a call itself asks without end: a few are looked at, the others are told to wait, and
   its BYE counts at once. */
static void
test_flood_in_dialog (gconstpointer data)
{
  const char *method = data;
  guint waits = 0;

  set_up (FALSE);
  g_autofree gchar *tag = let_talk ("busybody");
  (void)count_answers (&wire);
  for (guint i = 0; i < FLOOD; i++) {
    g_autofree gchar *branch = g_strdup_printf ("n%u", i);
    wire.cseq = 10 + i;
    wire_send (&wire, method, "busybody", branch, tag, "", SDP_A);
    guint status = wire_status (&wire, 1000);
    g_assert_cmpuint (status, >=, 200);
    waits += status == 500 && strstr (wire.text, "\r\nRetry-After: ") != NULL;
    wire_send (&wire, "ACK", "busybody", branch, tag, "", NULL);
    if (i % 20 == 0) {
      pass (500);
    }
  }
  g_assert_cmpuint (waits, >=, FLOOD - KITH_SIP_TRANSACTION_BURST - 10);
  WAIT_FOR (100, FALSE);
  (void)count_answers (&wire);
  pass (5000);
  wire.cseq = 500;
  wire_send (&wire, "BYE", "busybody", "bye", tag, "", NULL);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  WAIT_UNTIL (bob.in.ended == 1);
  tear_down ();
}

/* What may and what may not come again under one Call-ID. */
static void
test_again (void)
{
  set_up (FALSE);
  g_autofree gchar *first = let_ring ("again");
  wire_send (&wire, "INVITE", "again", "again", NULL, "", SDP_A); /* the same: its answer again */
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 180);
  wire_send (&wire, "INVITE", "again", "by-another-way", NULL, "", SDP_A);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 482);
  wire.cseq = 2;
  wire_send (&wire, "INVITE", "again", "while-it-rings", NULL, "", SDP_A);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 486);
  g_assert_cmpuint (bob.calls, ==, 1);
  kith_dialog_reject (bob.in.dialog, 603, NULL);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 603);
  wire.cseq = 1;
  wire_send (&wire, "INVITE", "again", "late-copy", NULL, "", SDP_A);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 482);
  wire.cseq = 2; /* without an ACK before */
  wire_send (&wire, "INVITE", "again", "redial", NULL, "", SDP_A);
  WAIT_UNTIL (bob.calls == 2);
  VERB (&bob.in, kith_dialog_ring (bob.in.dialog));
  while (wire_status (&wire, 1000) != 180) {
  }
  VERB (&bob.in, kith_dialog_answer (bob.in.dialog, SDP_B));
  while (wire_status (&wire, 1000) != 200) {
  }
  g_autofree gchar *tag = wire_to_tag (&wire);
  wire_send (&wire, "ACK", "again", "ack", tag, "", NULL);
  WAIT_UNTIL (bob.in.confirmed == 1);
  wire.cseq = 3;
  wire_send (&wire, "BYE", "again", "bye", tag, "", NULL);
  WAIT_UNTIL (bob.in.ended == 1);
  tear_down ();
}

/* Everybody who is asked about gets in while strangers fill what is theirs; so do calls of our
   own. */
static void
test_full_of_strangers (void)
{
  KithDialParams params
      = { .request_uri = "sip:carol@127.0.0.1:9", .from_uri = "sip:a@" ALICE_HOST };
  g_autoptr (GError) error = NULL;
  Ear ear = { 0 };
  guint refused = 0;

  set_up (FALSE);
  bob.keep = FALSE; /* each ends with 480, and its Call-ID stays for a while */
  for (guint i = 0; i < 400; i++) {
    Wire stranger;
    g_autofree gchar *host = g_strdup_printf ("127.0.6.%u", 1 + i / 2);
    g_autofree gchar *id = g_strdup_printf ("full%u", i);
    wire_open (&stranger, host, 0, wire.to, FALSE);
    wire_send (&stranger, "INVITE", id, id, NULL, "", SDP_A);
    refused += wire_status (&stranger, 1000) == 503;
    wire_close (&stranger);
  }
  g_assert_cmpuint (refused, ==, 400 - KITH_SIP_MAX_CALLS_STRANGERS);
  bob.keep = TRUE;
  pass (2000);
  node.status = KITH_JUDGE_KNOWN;
  wire_send (&wire, "INVITE", "friend", "friend", NULL, "", SDP_A);
  WAIT_UNTIL (bob.calls == KITH_SIP_MAX_CALLS_STRANGERS + 1);
  KithDialog *dialog = kith_sip_dial (bob.sip, &params, SDP_A, &error);
  g_assert_no_error (error);
  ear_listen (&ear, dialog);
  kith_dialog_hang_up (dialog, NULL);
  WAIT_UNTIL (ear.ended == 1);
  ear_clear (&ear);
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (g_getenv ("KITH_TEST_LOG") != NULL ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL,
                  TRUE);
  test_clock = kith_clock_new_manual (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC);
  kith_clock_set_default (test_clock);
  g_test_add_data_func ("/sip/door/judge-udp", GINT_TO_POINTER (FALSE), test_judge);
  g_test_add_data_func ("/sip/door/judge-tcp", GINT_TO_POINTER (TRUE), test_judge);
  g_test_add_data_func ("/sip/door/known-call-id", GINT_TO_POINTER (FALSE), test_known_call_id);
  g_test_add_data_func ("/sip/door/remembered-call-id", GINT_TO_POINTER (TRUE), test_known_call_id);
  g_test_add_func ("/sip/door/moved-peer", test_moved_peer);
  g_test_add_data_func ("/sip/door/moved-nat-udp", GINT_TO_POINTER (FALSE), test_moved_nat);
  g_test_add_data_func ("/sip/door/moved-nat-tcp", GINT_TO_POINTER (TRUE), test_moved_nat);
  g_test_add_data_func ("/sip/door/flood-of-invite", "INVITE", test_flood_in_dialog);
  g_test_add_data_func ("/sip/door/flood-of-update", "UPDATE", test_flood_in_dialog);
  g_test_add_func ("/sip/door/again", test_again);
  g_test_add_func ("/sip/door/full-of-strangers", test_full_of_strangers);
  return g_test_run ();
}
