/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls between two stacks that are joined by nothing but a socketpair. */
#include "sip-fixture.h"
#include "sip/sip-limits.h"

static Party alice;
static Party bob;
static Ear ear;

static const char *bind_to = NULL; /* with ordinary SIP beside the links, or without */

static void
set_up (void)
{
  party_start (&alice, bind_to, TRUE);
  party_start (&bob, bind_to, TRUE);
  join (&alice, &bob, 1);
  g_assert_true ((kith_sip_get_port (alice.sip) == 0) == (bind_to == NULL));
}

static void
tear_down (void)
{
  ear_clear (&ear);
  g_assert_cmpint (party_stop (&alice), <=, 2000);
  g_assert_cmpint (party_stop (&bob), <=, 2000);
}

static void
test_answered (void)
{
  set_up ();
  for (guint i = 0; i < 4; i++) { /* both directions, BYE by either side */
    gboolean by_alice = i % 2 == 0;
    Party *from = by_alice ? &alice : &bob;
    Party *to = by_alice ? &bob : &alice;
    call_over (from, to, &ear, by_alice);
    g_assert_cmpstr (kith_dialog_get_remote_sdp (to->in.dialog), ==, SDP_A);
    g_assert_cmpstr (to->asked, ==, by_alice ? "bob" : "alice");
    g_assert_cmpstr (kith_dialog_get_remote_display (to->in.dialog),
                     ==,
                     by_alice ? "Alice \"A\"" : "");
    g_assert_cmpstr (kith_dialog_get_remote_uri (to->in.dialog),
                     ==,
                     by_alice ? "sip:alice@" ALICE_HOST : "sip:bob@" BOB_HOST);
    g_assert_cmpstr (kith_dialog_get_call_id (to->in.dialog),
                     ==,
                     kith_dialog_get_call_id (ear.dialog));
    g_assert_cmpuint (kith_dialog_get_link_id (to->in.dialog), ==, 1);
    g_assert_true (kith_dialog_is_outgoing (ear.dialog));
    g_assert_false (kith_dialog_is_outgoing (to->in.dialog));
    Ear *by = i < 2 ? &ear : &to->in;
    VERB (by, kith_dialog_hang_up (by->dialog, "local"));
    WAIT_UNTIL (ear.ended == 1 && to->in.ended == 1);
    g_assert_cmpuint (by->status, ==, 200);
    Ear *other = i < 2 ? &to->in : &ear;
    g_assert_cmpuint (other->status, ==, 0);
    g_assert_cmpstr (other->phrase, ==, "local");
  }
  tear_down ();
}

/* A name of as many characters as are shown, each in four bytes. */
static void
test_long_name (void)
{
  g_autoptr (GString) name = g_string_new (NULL);
  KithDialParams params
      = { .request_uri = "sip:bob@" BOB_HOST, .from_uri = "sip:alice@" ALICE_HOST, .link_id = 1 };

  set_up ();
  for (guint i = 0; i < KITH_SIP_MAX_DISPLAY; i++) {
    g_string_append (name, "😀");
  }
  params.display = name->str;
  ear_listen (&ear, kith_sip_dial (alice.sip, &params, SDP_A, NULL));
  WAIT_UNTIL (bob.calls == 1 || ear.ended == 1);
  g_assert_cmpuint (ear.status, ==, 0);
  g_assert_cmpstr (kith_dialog_get_remote_display (bob.in.dialog), ==, name->str);
  kith_dialog_reject (bob.in.dialog, 486, NULL);
  WAIT_UNTIL (ear.ended == 1);
  tear_down ();
}

static void
test_rejected (void)
{
  const guint statuses[] = { 486, 603, 480, 302, 401, 503 };

  set_up ();
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++) {
    dial_link (&alice, &ear, 1, TRUE);
    WAIT_UNTIL (bob.calls == i + 1);
    VERB (&bob.in, kith_dialog_reject (bob.in.dialog, statuses[i], NULL));
    WAIT_UNTIL (ear.ended == 1 && bob.in.ended == 1);
    g_assert_cmpuint (ear.status, ==, statuses[i]);
    g_assert_cmpuint (bob.in.status, ==, 200);
    g_assert_cmpuint (ear.answered, ==, 0);
  }
  tear_down ();
}

/* Between nodes a refusal is told by number, too; seen by the other end as it was meant. */
static void
test_refused_by_number (void)
{
  static const KithReason reasons[]
      = { KITH_REASON_MEDIA_FAILED, KITH_REASON_BUSY, KITH_REASON_REJECTED, KITH_REASON_NONE };

  set_up ();
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++) {
    dial_link (&alice, &ear, 1, TRUE);
    WAIT_UNTIL (bob.calls == i + 1);
    VERB (&bob.in, kith_dialog_refuse (bob.in.dialog, reasons[i]));
    WAIT_UNTIL (ear.ended == 1 && bob.in.ended == 1);
    g_assert_cmpuint (ear.status, ==, kith_reason_to_sip (reasons[i]));
    g_assert_cmpuint (kith_dialog_get_peer_reason (ear.dialog), ==, reasons[i]);
  }
  dial_link (&alice, &ear, 1, TRUE); /* a CANCEL is told by number as well */
  WAIT_UNTIL (bob.calls == G_N_ELEMENTS (reasons) + 1);
  VERB (&bob.in, kith_dialog_ring (bob.in.dialog));
  WAIT_UNTIL (ear.ringing == 1);
  VERB (&ear, kith_dialog_hang_up (ear.dialog, "elsewhere"));
  WAIT_UNTIL (ear.ended == 1 && bob.in.ended == 1);
  g_assert_cmpuint (kith_dialog_get_peer_reason (bob.in.dialog), ==, KITH_REASON_ELSEWHERE);
  g_assert_true (kith_dialog_is_elsewhere (bob.in.dialog));
  tear_down ();
}

static void
test_cancelled (void)
{
  set_up ();
  dial_link (&alice, &ear, 1, TRUE);
  WAIT_UNTIL (bob.calls == 1);
  VERB (&bob.in, kith_dialog_ring (bob.in.dialog));
  WAIT_UNTIL (ear.ringing == 1);
  VERB (&ear, kith_dialog_hang_up (ear.dialog, "elsewhere"));
  WAIT_UNTIL (ear.ended == 1 && bob.in.ended == 1);
  g_assert_cmpuint (ear.status, ==, 200);
  g_assert_cmpuint (bob.in.status, ==, 0);
  g_assert_cmpstr (bob.in.phrase, ==, "elsewhere");

  /* cancelled before anything came back: no call is left behind */
  dial_link (&alice, &ear, 1, TRUE);
  VERB (&ear, kith_dialog_hang_up (ear.dialog, NULL));
  WAIT_UNTIL (ear.ended == 1);
  WAIT_FOR (300, FALSE);
  if (bob.calls == 2) {
    g_assert_cmpuint (bob.in.ended, ==, 1);
    g_assert_cmpuint (bob.in.status, ==, 0);
  }
  tear_down ();
}

/* The 200 and the CANCEL pass each other on the way. */
static void
test_cancel_race (void)
{
  set_up ();
  dial_link (&alice, &ear, 1, TRUE);
  WAIT_UNTIL (bob.calls == 1);
  VERB (&bob.in, kith_dialog_ring (bob.in.dialog));
  WAIT_UNTIL (ear.ringing == 1);
  VERB (&bob.in, kith_dialog_answer (bob.in.dialog, SDP_B));
  VERB (&ear, kith_dialog_hang_up (ear.dialog, NULL));
  WAIT_UNTIL (ear.ended == 1 && bob.in.ended == 1);
  g_assert_cmpuint (ear.status, ==, 200);
  g_assert_cmpuint (bob.in.status, ==, 0);
  g_assert_cmpuint (ear.answered, ==, 0);
  tear_down ();
}

static void
test_unwanted (void)
{
  set_up ();
  bob.keep = FALSE;
  dial_link (&alice, &ear, 1, TRUE);
  WAIT_UNTIL (ear.ended == 1);
  g_assert_cmpuint (ear.status, ==, 480);
  tear_down ();
}

static void
test_lie (void)
{
  KithDialParams params = { .request_uri = "sip:bob@" BOB_HOST, .link_id = 1 };
  const char *lies[] = { "sip:mallory@" ALICE_HOST,
                         "sip:alice@" BOB_HOST,
                         "sip:alice@192.0.2.1",
                         "sip:alice@" ALICE_HOST ":5060" };

  set_up ();
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++) {
    params.from_uri = lies[i];
    ear_listen (&ear, kith_sip_dial (alice.sip, &params, SDP_A, NULL));
    WAIT_UNTIL (ear.ended == 1);
    g_assert_cmpuint (ear.status, ==, 403);
  }
  g_assert_cmpuint (bob.calls, ==, 0);
  tear_down ();
}

static void
test_any_user (void)
{
  KithDialParams params
      = { .request_uri = "sip:bob@" BOB_HOST, .from_uri = "sip:whoever@" ALICE_HOST, .link_id = 2 };
  int fds[2];

  set_up ();
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), ==, 0);
  g_assert_true (kith_sip_attach_link (alice.sip, 2, fds[0], NULL, BOB_HOST, NULL));
  g_assert_true (kith_sip_attach_link (bob.sip, 2, fds[1], NULL, ALICE_HOST, NULL));
  ear_listen (&ear, kith_sip_dial (alice.sip, &params, SDP_A, NULL));
  WAIT_UNTIL (bob.calls == 1);
  g_assert_cmpuint (kith_dialog_get_link_id (bob.in.dialog), ==, 2);
  kith_dialog_reject (bob.in.dialog, 486, "Busy");
  WAIT_UNTIL (ear.ended == 1);
  tear_down ();
}

static void
test_detached (void)
{
  g_autoptr (GError) error = NULL;
  KithDialParams params
      = { .request_uri = "sip:bob@" BOB_HOST, .from_uri = "sip:alice@" ALICE_HOST, .link_id = 1 };

  set_up ();
  call_over (&alice, &bob, &ear, TRUE);
  gint64 start = g_get_monotonic_time ();
  VERB (&ear, kith_sip_detach_link (alice.sip, 1));
  WAIT_UNTIL (ear.ended == 1);
  g_assert_cmpuint (ear.status, ==, 503);
  g_assert_cmpint (ear.ended_us - start, <, 50000);
  WAIT_UNTIL (bob.in.ended == 1); /* its stream ended */
  g_assert_cmpuint (bob.in.status, ==, 503);
  g_assert_null (kith_sip_dial (alice.sip, &params, SDP_A, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNREACHABLE);
  kith_sip_detach_link (bob.sip, 1);
  join (&alice, &bob, 1); /* the same number again */
  call_over (&alice, &bob, &ear, TRUE);
  tear_down ();
}

static void
test_silent_peer (void)
{
  int fds[2];

  set_up ();
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), ==, 0);
  g_assert_true (kith_sip_attach_link (alice.sip, 7, fds[0], "bob", BOB_HOST, NULL));
  gint64 start = g_get_monotonic_time ();
  dial_link (&alice, &ear, 7, TRUE);
  WAIT_UNTIL (ear.ended == 1);
  g_assert_cmpuint (ear.status, ==, 408);
  g_assert_cmpint (ear.ended_us - start, >, 1400000);
  g_assert_cmpint (ear.ended_us - start, <, 1800000);
  tear_down ();
  close (fds[1]);
}

static void
test_stop_ends_calls (void)
{
  set_up ();
  call_over (&alice, &bob, &ear, TRUE);
  g_assert_cmpint (party_stop (&alice), <=, 2000);
  WAIT_UNTIL (ear.ended == 1 && bob.in.ended == 1);
  g_assert_cmpuint (ear.status, ==, 200);
  g_assert_cmpuint (bob.in.status, ==, 0);
  ear_clear (&ear);
  g_assert_cmpint (party_stop (&bob), <=, 2000);
}

/* Bytes that are no SIP come over a link: its own stream may suffer, the other links go on. */
static void
test_garbage (void)
{
  int fds[2];

  set_up ();
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), ==, 0);
  g_assert_true (kith_sip_attach_link (bob.sip, 9, fds[0], "eve", ALICE_HOST, NULL));
  char noise[4096];
  for (gsize i = 0; i < sizeof noise; i++) {
    noise[i] = (char)g_random_int_range (0, 256);
  }
  for (guint i = 0; i < 16; i++) {
    (void)!write (fds[1], noise, sizeof noise);
    WAIT_FOR (10, FALSE);
  }
  call_over (&alice, &bob, &ear, TRUE);
  close (fds[1]);
  tear_down ();
}

static gsize
resident_kib (void)
{
  g_autofree gchar *text = NULL;
  unsigned long size = 0;
  unsigned long pages = 0;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%lu %lu", &size, &pages), ==, 2);
  return pages * (gsize)sysconf (_SC_PAGESIZE) / 1024;
}

static void
test_many_calls (void)
{
  set_up ();
  gsize at_start = 0;
  clock_t cpu = 0;
  for (guint i = 0; i < 250; i++) {
    if (i == 50) {
      at_start = resident_kib ();
      cpu = clock ();
    }
    call_over (&alice, &bob, &ear, TRUE);
    kith_dialog_hang_up (ear.dialog, NULL);
    WAIT_UNTIL (ear.ended == 1 && bob.in.ended == 1);
  }
  double us = (double)(clock () - cpu) * 1e6 / CLOCKS_PER_SEC / 200;
  g_test_message ("%.0f µs of CPU a call (both ends), memory %zu -> %zu KiB",
                  us,
                  at_start,
                  resident_kib ());
#ifndef __SANITIZE_ADDRESS__ /* its quarantine keeps what was freed */
  /* what lingers for 32 s is bounded */
  g_assert_cmpuint (resident_kib (), <, at_start + 20 * 1024);
#endif
  tear_down ();
}

typedef struct {
  const char *name;
  void (*run) (void);
} Test;

static const Test tests[] = {
  { "answered", test_answered },
  { "rejected", test_rejected },
  { "refused-by-number", test_refused_by_number },
  { "cancelled", test_cancelled },
  { "cancel-race", test_cancel_race },
  { "unwanted", test_unwanted },
  { "lie", test_lie },
  { "any-user", test_any_user },
  { "detached", test_detached },
  { "silent-peer", test_silent_peer },
  { "stop-ends-calls", test_stop_ends_calls },
  { "garbage", test_garbage },
  { "many-calls", test_many_calls },
  { "long-name", test_long_name },
};

static void
run_alone (gconstpointer data)
{
  bind_to = NULL;
  ((const Test *)data)->run ();
}

static void
run_beside (gconstpointer data)
{
  bind_to = "127.0.0.1";
  ((const Test *)data)->run ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (g_getenv ("KITH_TEST_LOG") != NULL ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL,
                  TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree gchar *alone = g_strconcat ("/sip/links/alone/", tests[i].name, NULL);
    g_autofree gchar *beside = g_strconcat ("/sip/links/beside/", tests[i].name, NULL);
    g_test_add_data_func (alone, &tests[i], run_alone);
    g_test_add_data_func (beside, &tests[i], run_beside);
  }
  return g_test_run ();
}
