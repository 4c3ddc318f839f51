/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests links whose path is lost while media flows: addresses that go, come and come back, a path
   that drops everything. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* unshare */
#endif
#include <nice/agent.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "common/own-time.h"
#include "common/steps.h"
#include "link-fixture.h"
#include "link/link-private.h"
#include "model/call/reason.h"
#include "path/ice-agent.h"

typedef struct {
  gint64 last;  /* when a packet came */
  gint64 worst; /* longest pause, µs */
  guint count;
} Ear;

typedef struct {
  Person *alice;
  Person *bob;
  KithLink *ours;
  KithLink *theirs;
  Ear ears[2];
  guint sender;
  guint16 seq;
  guint started; /* "moving" */
  guint ended;
  gboolean closed;
  gboolean hushed; /* no media any more */
  guint reason;
  KithTrace *trace;
} Moves;

/* Runs a command that must succeed, unless it begins with '-'. */
static void
run (const char *format, ...)
{
  va_list args;
  g_autoptr (GError) error = NULL;
  gint status = 0;

  va_start (args, format);
  g_autofree gchar *command = g_strdup_vprintf (format, args);
  va_end (args);
  g_assert_true (g_spawn_command_line_sync (command[0] == '-' ? command + 1 : command,
                                            NULL,
                                            NULL,
                                            &status,
                                            &error));
  g_assert_no_error (error);
  g_assert_true (command[0] == '-' || status == 0);
}

static gboolean
on_media (KithLink *link, const guint8 *data, gsize len, gpointer user_data)
{
  Ear *ear = user_data;
  gint64 now = g_get_monotonic_time ();

  if (ear->last != 0) {
    ear->worst = MAX (ear->worst, now - ear->last);
  }
  ear->last = now;
  ear->count++;
  return TRUE;
}

static gboolean
on_send (gpointer user_data)
{
  Moves *moves = user_data;
  guint8 packet[172] = { 0x80, 111, [11] = 7 };

  if (moves->hushed) {
    return G_SOURCE_CONTINUE;
  }
  moves->seq++;
  (void)kith_link_send_media (moves->ours, packet, sizeof packet);
  (void)kith_link_send_media (moves->theirs, packet, sizeof packet);
  return G_SOURCE_CONTINUE;
}

static void
on_moving (KithLink *link, gboolean moving, Moves *moves)
{
  if (moving) {
    moves->started++;
  } else {
    moves->ended++;
  }
}

static void
on_closed (KithLink *link, guint reason, Moves *moves)
{
  moves->closed = TRUE;
  moves->reason = reason;
}

static void
setup (Moves *moves, gconstpointer data)
{
  run ("ip link add kt0 type veth peer name kt1");
  run ("ip link set kt1 up");
  run ("ip link set kt0 up");
  run ("ip addr add 10.1.1.1/24 dev kt0");
  run ("nft add table inet kith");
  run ("nft add chain inet kith in { type filter hook input priority 0 ; }");
  moves->alice = person_new ("alice");
  moves->bob = person_new ("bob");
  persons_wire (moves->alice, moves->bob);
  person_start (moves->alice);
  person_start (moves->bob);
  run_for (50);
  connect_both (moves->alice, moves->bob, TRUE, &moves->ours, &moves->theirs);
  moves->trace = kith_trace_new (kith_clock_get_default ());
  kith_link_add_trace (moves->ours, moves->trace);
  g_signal_connect (moves->ours, "moving", G_CALLBACK (on_moving), moves);
  g_signal_connect (moves->ours, "closed", G_CALLBACK (on_closed), moves);
  kith_link_hold (moves->ours);
  kith_link_hold (moves->theirs);
  g_assert_true (kith_link_claim_media (moves->ours, 7, on_media, &moves->ears[0], NULL));
  g_assert_true (kith_link_claim_media (moves->theirs, 7, on_media, &moves->ears[1], NULL));
  moves->sender = g_timeout_add (20, on_send, moves);
  run_for (600);
  g_assert_cmpuint (moves->ears[0].count, >, 15);
  g_assert_cmpuint (moves->ears[1].count, >, 15);
}

static void
teardown (Moves *moves, gconstpointer data)
{
  steps_show (moves->trace);
  g_source_remove (moves->sender);
  kith_link_close (moves->ours, KITH_REASON_LOCAL);
  kith_link_close (moves->theirs, KITH_REASON_LOCAL);
  run_for (100);
  g_clear_object (&moves->ours);
  g_clear_object (&moves->theirs);
  person_free (moves->alice);
  person_free (moves->bob);
  kith_trace_unref (moves->trace);
  run_for (600);
  g_assert_cmpuint (links_alive, ==, 0);
  run ("nft delete table inet kith");
  run ("ip link del kt0");
}

/* Runs until both sides hear again, at most @ms; then the media must flow as before. */
static void
expect_recovery (Moves *moves, guint ms)
{
  gint64 start = g_get_monotonic_time ();
  guint before[2];

  for (guint n = 0; g_get_monotonic_time () - start < (gint64)ms * 1000; n++) {
    before[0] = moves->ears[0].count;
    before[1] = moves->ears[1].count;
    run_for (100);
    if (n > 3 && moves->ears[0].count > before[0] + 2 && moves->ears[1].count > before[1] + 2) {
      break;
    }
  }
  g_test_message ("longest pause %d ms and %d ms",
                  (int)(moves->ears[0].worst / 1000),
                  (int)(moves->ears[1].worst / 1000));
  before[0] = moves->ears[0].count;
  before[1] = moves->ears[1].count;
  run_for (1000);
  g_assert_cmpuint (moves->ears[0].count, >, before[0] + 25);
  g_assert_cmpuint (moves->ears[1].count, >, before[1] + 25);
  g_assert_cmpint (kith_link_get_state (moves->ours), ==, KITH_LINK_UP);
  g_assert_cmpint (kith_link_get_state (moves->theirs), ==, KITH_LINK_UP);
  g_assert_cmpuint (moves->started, ==, moves->ended);
}

/* Everything to the two ports of the path is dropped, as a NAT does that forgot a mapping. */
static void
drop_path (Moves *moves)
{
  KithLinkPath path;

  kith_link_get_path (moves->ours, &path);
  run ("nft add rule inet kith in udp dport { %u, %u } drop",
       path.local.endpoint.port,
       path.remote.endpoint.port);
}

/* The agent finds that no pair is left, as when the peer takes its consent back or a connection
   with a TURN server breaks: nobody waits for silence. */
static void
test_agent_fails (Moves *moves, gconstpointer data)
{
  KithPath *path = kith_path_set_get_current (KITH_QUIC_LINK (moves->ours)->paths);
  KithLinkPath before;
  KithLinkPath after;

  g_assert_nonnull (path->ice);
  kith_link_get_path (moves->ours, &before);
  NiceAgent *agent = *(NiceAgent **)path->ice; /* what it begins with */
  g_assert_true (NICE_IS_AGENT (agent));
  g_signal_emit_by_name (agent, "component-state-changed", 1, 1, NICE_COMPONENT_STATE_FAILED);
  run_for (200);
  kith_link_get_path (moves->ours, &after);
  expect_recovery (moves, 3000);
  g_assert_cmpint (after.local.endpoint.port, !=, before.local.endpoint.port);
  g_assert_cmpint (moves->ears[0].worst, <, 1500 * 1000);
  g_assert_cmpint (moves->ears[1].worst, <, 1500 * 1000);
}

static void
test_black_hole (Moves *moves, gconstpointer data)
{
  KithLinkPath before;
  KithLinkPath after;
  KithLinkPath theirs;

  kith_link_get_path (moves->ours, &before);
  drop_path (moves);
  run_for (300);
  g_assert_cmpuint (moves->started, ==, 0);
  expect_recovery (moves, 4000);
  g_assert_cmpuint (moves->started, ==, 1);
  kith_link_get_path (moves->ours, &after);
  g_assert_true (before.local.endpoint.port != after.local.endpoint.port);
  run_for (7000); /* both ends use the same path, and the others are let go */
  kith_link_get_path (moves->ours, &after);
  kith_link_get_path (moves->theirs, &theirs);
  g_assert_cmpuint (after.local.endpoint.port, ==, theirs.remote.endpoint.port);
  g_assert_cmpuint (after.remote.endpoint.port, ==, theirs.local.endpoint.port);
  g_assert_cmpint (moves->ears[0].worst, <, 2500 * 1000);
  /* And once more. */
  drop_path (moves);
  run_for (300);
  expect_recovery (moves, 4000);
  g_assert_cmpuint (moves->started, ==, 2);
}

/* Bytes of SIP that were sent into the hole arrive. */
static void
test_sip_survives (Moves *moves, gconstpointer data)
{
  int a = kith_link_take_sip (moves->ours);
  int b = kith_link_take_sip (moves->theirs);

  carry (a, b, 3000);
  drop_path (moves);
  carry (a, b, 3000);
  carry (b, a, 3000);
  expect_recovery (moves, 3000);
  g_object_set_data (G_OBJECT (moves->ours), "kept", GINT_TO_POINTER (a + b));
}

static void
test_renumber (Moves *moves, gconstpointer data)
{
  KithLinkPath path;

  run ("ip addr add 10.1.2.1/24 dev kt0");
  run ("ip addr del 10.1.1.1/24 dev kt0");
  run_for (300);
  expect_recovery (moves, 4000);
  kith_link_get_path (moves->ours, &path);
  g_assert_cmpint (path.local.endpoint.family, ==, 4);
  g_assert_cmpuint (path.local.endpoint.ip[2], ==, 2);
  g_assert_cmpuint (moves->started, ==, 0); /* found at once: no news for people */
}

static void
test_to_ipv6_and_back (Moves *moves, gconstpointer data)
{
  KithLinkPath path;

  run ("ip addr add fd01::1/64 dev kt0 nodad");
  run ("ip addr del 10.1.1.1/24 dev kt0");
  run_for (300);
  expect_recovery (moves, 4000);
  kith_link_get_path (moves->ours, &path);
  g_assert_cmpint (path.local.endpoint.family, ==, 6);
  run ("ip addr add 10.1.3.1/24 dev kt0");
  run ("ip addr del fd01::1/64 dev kt0");
  run_for (300);
  expect_recovery (moves, 4000);
  kith_link_get_path (moves->ours, &path);
  g_assert_cmpint (path.local.endpoint.family, ==, 4);
}

/* The same address goes and comes back. */
static void
test_outage (Moves *moves, gconstpointer data)
{
  guint ms = GPOINTER_TO_UINT (data);

  run ("ip addr del 10.1.1.1/24 dev kt0");
  run_for (ms);
  g_assert_false (moves->closed);
  g_assert_cmpuint (moves->started, ==, 1);
  gint64 back = g_get_monotonic_time ();
  run ("ip addr add 10.1.1.1/24 dev kt0");
  expect_recovery (moves, 5000);
  g_assert_cmpint (moves->ears[0].worst - (gint64)ms * 1000, <, 3 * G_USEC_PER_SEC);
  g_assert_cmpint (g_get_monotonic_time () - back, <, 6 * G_USEC_PER_SEC);
}

static void
on_stolen (gpointer user_data)
{
  *(gboolean *)user_data = TRUE;
}

static void
on_ice_nothing (gpointer user_data)
{
}

static void
on_ice_datagram (const guint8 *data, gsize len, gpointer user_data)
{
}

/* Somebody with the same old record checks at a slot that is a link by now, from an address that
   ICE prefers. */
static void
steal_slot (guint8 family)
{
  static const KithIceEvents events
      = { on_stolen, on_ice_nothing, on_ice_nothing, on_ice_nothing, NULL, on_ice_datagram };
  g_autoptr (GError) error = NULL;
  Person *alice = person_new ("alice");
  Person *bob = person_new ("bob");
  KithLinkTarget target;
  KithLinkTarget narrow;
  KithLinkPath before;
  KithLinkPath after;
  gboolean connected = FALSE;

  person_start (alice);
  person_start (bob);
  person_get_target (bob, TRUE, &target);
  narrow = target;
  narrow.n_candidates = 0;
  for (guint i = 0; i < target.n_candidates; i++) {
    if (target.candidates[i].endpoint.family == family) {
      narrow.candidates[narrow.n_candidates++] = target.candidates[i];
    }
  }
  KithLink *ours = person_open (alice, &narrow, &error);
  g_assert_no_error (error);
  run_for (50);
  KithLink *theirs = g_ptr_array_steal_index (bob->accepted, 0);
  watch_link (theirs);
  kith_link_get_path (theirs, &before);
  g_assert_cmpint (before.local.endpoint.family, ==, family);
  g_autoptr (KithMailbox) box = kith_path_box_new ();
  KithIceConfig config = { .role = KITH_ICE_CALLER, .seed = target.slot_seed, .box = box };
  g_autoptr (KithIce) mallory = kith_ice_new (&config, &events, &connected, &error);
  g_assert_no_error (error);
  kith_ice_add_remote (mallory, target.candidates, target.n_candidates);
  (void)run_until (&connected, 1500);
  run_for (100);
  kith_link_get_path (theirs, &after);
  g_assert_cmpuint (after.remote.endpoint.port, ==, before.remote.endpoint.port);
  g_assert_false (connected);
  int a = kith_link_take_sip (ours);
  int b = kith_link_take_sip (theirs);
  carry (b, a, 20000);
  carry (a, b, 20000);
  kith_link_close (ours, KITH_REASON_LOCAL);
  run_for (100);
  g_object_unref (ours);
  g_object_unref (theirs);
  close (a);
  close (b);
  person_free (alice);
  person_free (bob);
  run_for (600);
}

static void
test_slot_steal (void)
{
  run ("ip link add kt0 type veth peer name kt1");
  run ("ip link set kt1 up");
  run ("ip link set kt0 up");
  run ("ip addr add 10.1.1.1/24 dev kt0");
  run ("ip addr add fd01::1/64 dev kt0 nodad");
  steal_slot (4);
  steal_slot (6);
  run ("ip link del kt0");
}

static void
test_for_ever (Moves *moves, gconstpointer data)
{
  KithLinkTimes times = KITH_LINK_TIMES_DEFAULT;

  g_assert_cmpuint (times.dead_held, ==, 30000);
  run ("ip addr del 10.1.1.1/24 dev kt0");
  g_assert_true (run_until (&moves->closed, 33000));
  g_assert_cmpint (moves->reason, ==, KITH_REASON_NETWORK_LOST);
}

/* A call ends here while the network is away for longer than an idle link would live: the peer,
   whose call goes on, gets the goodbye. */
static void
test_goodbye_waits (Moves *moves, gconstpointer data)
{
  g_autoptr (GString) bye = sip_message (3);
  int a = kith_link_take_sip (moves->ours);
  int b = kith_link_take_sip (moves->theirs);
  char heard[400] = "";

  carry (a, b, 100);
  run ("ip addr del 10.1.1.1/24 dev kt0");
  run_for (300);
  moves->hushed = TRUE;
  g_assert_cmpint (write (a, bye->str, bye->len), ==, (gssize)bye->len);
  kith_link_unhold (moves->ours);
  run_for (12500);
  g_assert_false (moves->closed);
  run ("ip addr add 10.1.1.1/24 dev kt0");
  for (guint i = 0; i < 60 && heard[0] == '\0'; i++) {
    run_for (100);
    (void)!read (b, heard, sizeof heard - 1);
  }
  g_assert_cmpstr (heard, ==, bye->str);
  close (a);
  close (b);
}

typedef struct {
  KithLink *link;
  gboolean done;
} Opened;

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opened *opened = user_data;

  opened->link = kith_link_maker_open_finish (KITH_LINK_MAKER (source), result, NULL, NULL);
  opened->done = TRUE;
}

/* How long a link takes to be made when what comes in the first 80 ms is dropped, as by a NAT that
   has to be opened from inside. */
static guint
open_late (void)
{
  Person *alice = person_new ("alice");
  Person *bob = person_new ("bob");
  KithLinkTarget target = { 0 };
  Opened opened = { 0 };

  person_start (alice);
  person_start (bob);
  run_for (50);
  person_get_target (bob, TRUE, &target);
  run ("nft add rule inet kith in udp dport %u drop", target.candidates[0].endpoint.port);
  gint64 start = g_get_monotonic_time ();
  kith_link_maker_open_async (alice->maker, &target, NULL, on_opened, &opened);
  run_for (80);
  run ("nft flush chain inet kith in");
  g_assert_true (run_until (&opened.done, 3000));
  g_assert_nonnull (opened.link);
  guint ms = (guint)((g_get_monotonic_time () - start) / 1000);
  kith_link_close (opened.link, KITH_REASON_LOCAL);
  run_for (50);
  g_clear_object (&opened.link);
  person_free (alice);
  person_free (bob);
  run_for (500);
  return ms;
}

/* The first check is lost: libnice alone would send the next one after 500 ms. */
static void
test_first_check_lost (void)
{
  guint ms = G_MAXUINT;

  run ("ip link add kt0 type veth peer name kt1");
  run ("ip link set kt1 up");
  run ("ip link set kt0 up");
  run ("ip addr add 192.0.2.1/24 dev kt0"); /* counts as public */
  run ("nft add table inet kith");
  run ("nft add chain inet kith in { type filter hook input priority 0 ; }");
  for (guint i = 0; i < 3 && ms >= 480; i++) { /* a busy machine may be late */
    ms = open_late ();
    g_test_message ("up after %u ms", ms);
  }
  g_assert_cmpuint (ms, <, 480);
  run ("nft delete table inet kith");
  run ("ip link del kt0");
}

static void
skip (void)
{
  g_test_skip ("a network of this process's own needs root");
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
  if (geteuid () != 0 || unshare (CLONE_NEWNET) != 0) {
    g_test_add_func ("/link/moves/skipped", skip);
    return g_test_run ();
  }
  run ("ip link set lo up");
#define ADD(path, func, data)                                                                      \
  g_test_add ("/link/moves/" path, Moves, GUINT_TO_POINTER (data), setup, func, teardown)
  ADD ("black-hole", test_black_hole, 0);
  ADD ("agent-fails", test_agent_fails, 0);
  ADD ("sip-survives", test_sip_survives, 0);
  ADD ("renumber", test_renumber, 0);
  ADD ("to-ipv6-and-back", test_to_ipv6_and_back, 0);
  ADD ("outage-2s", test_outage, 2000);
  ADD ("outage-10s", test_outage, 10000);
  ADD ("goodbye-waits", test_goodbye_waits, 0);
  g_test_add_func ("/link/moves/slot-steal", test_slot_steal);
  g_test_add_func ("/link/moves/first-check-lost", test_first_check_lost);
  if (g_test_slow ()) {
    ADD ("for-ever", test_for_ever, 0);
  }
  return g_test_run ();
}
