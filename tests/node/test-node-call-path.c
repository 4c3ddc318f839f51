/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests how a call judges its way, packet by packet: what counts as a voice, what as a gap, when it
   is cut off, and by whose name a friend goes. */
#include <string.h>

#include "node/call/call-private.h"
#include "node/call/leg/leg-private.h"
#include "node/node-fixture.h"

typedef struct {
  World world;
  Host *alice, *bob;
  KithCall *call; /* of alice, active unless a test says otherwise */
} Bed;

static void
set_up (Bed *bed, gconstpointer data)
{
  world_init (&bed->world, NOON_US);
  bed->alice = host_new (&bed->world, "alice");
  bed->bob = host_new (&bed->world, "bob");
  if (data == NULL) {
    talk (bed->alice, bed->bob, "bob");
  } else {
    (void)host_dial (bed->alice, "bob");
  }
  bed->call = host_call (bed->alice);
}

static void
tear_down (Bed *bed, gconstpointer data)
{
  (void)kith_call_hang_up (bed->call, NULL);
  pass (&bed->world, 5000);
  host_assert_idle (bed->alice);
  host_assert_idle (bed->bob);
  host_free (bed->bob);
  host_free (bed->alice);
  world_clear (&bed->world);
}

static KithFakeLink *
link_of (Bed *bed)
{
  return KITH_FAKE_LINK (leg_of (bed->call)->link);
}

/* A packet with this second byte (marker and payload type), of @len bytes. */
static void
hear (Bed *bed, guint8 second, gsize len)
{
  guint8 packet[60] = { 0x80, second };

  kith_leg_ear_note (leg_of (bed->call)->trouble.ear, packet, len);
  g_signal_emit_by_name (link_of (bed), "media");
}

static KithMediaStats
gaps (Bed *bed)
{
  KithMediaStats stats = { 0 };

  kith_leg_add_gaps (leg_of (bed->call), &stats);
  return stats;
}

/* Only audio is a sign of their voice: reports (RTCP beside RTP) and scraps are not. */
static void
test_what_is_heard (Bed *bed, gconstpointer data)
{
  static const guint8 reports[] = { 192, 200, 201, 206, 223 };
  static const guint8 audio[] = { 0, 111, 128 + 0, 128 + 63, 224, 111 | 128 };

  hear (bed, 111, 60);
  gint64 heard = leg_of (bed->call)->trouble.heard_us;
  g_assert_cmpint (heard, ==, kith_clock_now (bed->world.clock));
  pass (&bed->world, 100);
  for (guint i = 0; i < G_N_ELEMENTS (reports); i++) {
    hear (bed, reports[i], 60);
  }
  hear (bed, 111, 1);
  hear (bed, 111, 0);
  g_assert_cmpint (leg_of (bed->call)->trouble.heard_us, ==, heard);
  for (guint i = 0; i < G_N_ELEMENTS (audio); i++) {
    pass (&bed->world, 20);
    hear (bed, audio[i], 60);
    g_assert_cmpint (leg_of (bed->call)->trouble.heard_us, ==, kith_clock_now (bed->world.clock));
  }
}

/* The longest gap of all, and the number of those that people notice: from half a second on. */
static void
test_gaps (Bed *bed, gconstpointer data)
{
  static const struct {
    guint silent_ms, longest_ms, interruptions;
  } rows[] = { { 20, 20, 0 },   { 400, 400, 0 }, { 480, 480, 0 },  { 520, 520, 1 },
               { 100, 520, 1 }, { 900, 900, 2 }, { 3000, 3000, 3 } };

  hear (bed, 111, 60);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    pass (&bed->world, rows[i].silent_ms);
    hear (bed, 111, 60);
    KithMediaStats stats = gaps (bed);
    g_assert_cmpuint (stats.longest_gap_ms, >=, rows[i].longest_ms);
    g_assert_cmpuint (stats.longest_gap_ms, <, rows[i].longest_ms + 20);
    g_assert_cmpuint (stats.interruptions, ==, rows[i].interruptions);
  }
}

/* The silence in which a call ends is one of its gaps when the link was in trouble, and none when
   they just said nothing. */
static void
test_last_gap (Bed *bed, gconstpointer data)
{
  hear (bed, 111, 60);
  pass (&bed->world, 1000);
  kith_leg_unfollow_link (leg_of (bed->call));
  g_assert_cmpuint (gaps (bed).interruptions, ==, 0);
  kith_leg_follow_link (leg_of (bed->call));
  hear (bed, 111, 60);
  guint before = gaps (bed).interruptions;

  kith_fake_link_set_moving (link_of (bed), TRUE);
  pass (&bed->world, 2000);
  g_assert_true (call_is_reconnecting (bed->call));
  g_assert_true (kith_call_hang_up (bed->call, NULL));
  g_assert_false (call_is_reconnecting (bed->call)); /* nobody is waiting any more */
  g_assert_cmpuint (gaps (bed).interruptions, ==, before + 1);
  g_assert_cmpuint (gaps (bed).longest_gap_ms, >=, 2000);
}

/* Cut off: the link looks for a path, is suspect, or nothing was heard for half a second. */
static void
test_cut_off (Bed *bed, gconstpointer data)
{
  hear (bed, 111, 60);
  g_assert_false (kith_call_is_cut_off (bed->call));
  pass (&bed->world, 450);
  g_assert_false (kith_call_is_cut_off (bed->call));
  pass (&bed->world, 100);
  g_assert_true (kith_call_is_cut_off (bed->call));
  hear (bed, 111, 60);
  g_assert_false (kith_call_is_cut_off (bed->call));
  kith_fake_link_set_moving (link_of (bed), TRUE);
  g_assert_true (kith_call_is_cut_off (bed->call));
  kith_fake_link_set_suspect (link_of (bed), TRUE);
  kith_fake_link_set_moving (link_of (bed), FALSE);
  g_assert_true (kith_call_is_cut_off (bed->call)); /* one of two troubles is over */
  kith_fake_link_set_suspect (link_of (bed), FALSE);
  g_assert_false (kith_call_is_cut_off (bed->call));
}

/* While it rings nobody is expected to speak: trouble is shown at once, and is over with the
   trouble. */
static void
test_ringing (Bed *bed, gconstpointer data)
{
  assert_state (bed->call, "ringing");
  kith_fake_link_set_moving (link_of (bed), TRUE);
  g_assert_true (call_is_reconnecting (bed->call));
  pass (&bed->world, 700);
  kith_fake_link_set_moving (link_of (bed), FALSE);
  g_assert_false (call_is_reconnecting (bed->call));
  gint64 after = call_number (bed->call, "reconnected-after");
  g_assert_cmpint (after, >=, 700);
  g_assert_cmpint (after, <, 760);
  g_assert_cmpuint (gaps (bed).interruptions, ==, 0);
}

/* A link that is in trouble when a call begins to follow it. */
static void
test_followed_late (Bed *bed, gconstpointer data)
{
  kith_leg_unfollow_link (leg_of (bed->call));
  kith_fake_link_set_suspect (link_of (bed), TRUE); /* not told */
  g_assert_false (kith_call_is_cut_off (bed->call));
  kith_leg_follow_link (leg_of (bed->call));
  g_assert_true (kith_call_is_cut_off (bed->call));
  kith_fake_link_set_suspect (link_of (bed), FALSE);
  hear (bed, 111, 60);
  g_assert_false (kith_call_is_cut_off (bed->call));
}

/* A friend that nobody here has named goes by the head of its key, until it is. */
static void
test_friends_name (Bed *bed, gconstpointer data)
{
  KithLinkPath path = { .is_relayed_by_friend = TRUE, .friend_delay_ms = 7 };

  memset (&path.friend_key, 9, sizeof path.friend_key);
  g_autofree gchar *key = kith_peer_key_to_text (&path.friend_key);
  g_autofree gchar *head = g_strndup (key, 8);
  kith_fake_link_set_path (link_of (bed), &path);
  assert_text (bed->call, "via", head);
  g_assert_true (kith_trust_pin (bed->alice->trust, "carol", &path.friend_key, 1, NULL));
  kith_fake_link_set_path (link_of (bed), &path);
  assert_text (bed->call, "via", "carol");
  assert_text (bed->call, "path-kind", "friend");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, func)                                                                      \
  g_test_add ("/node/call-path/" name, Bed, data, set_up, func, tear_down)
  ADD ("what-is-heard", NULL, test_what_is_heard);
  ADD ("gaps", NULL, test_gaps);
  ADD ("last-gap", NULL, test_last_gap);
  ADD ("cut-off", NULL, test_cut_off);
  ADD ("ringing", "rings", test_ringing);
  ADD ("followed-late", NULL, test_followed_late);
  ADD ("friends-name", NULL, test_friends_name);
  return g_test_run ();
}
