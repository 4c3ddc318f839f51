/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests agents that are ready before it is known whom they are for: how many, how long, and that an
   attempt really uses one. */
#include <string.h>

#include "common/own-time.h"
#include "link-fixture.h"
#include "link/link-object.h"
#include "path/early-agents.h"
#include "path/path-set.h"

#define SOON_MS 150

typedef struct {
  Person *person;
  KithLinkHub *hub;
  KithEarlyAgents *early;
} Bed;

static void
set_up (Bed *bed, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  bed->person = person_new ("alice");
  const KithLinkConfig config = { .device_secret = bed->person->device_secret,
                                  .get_device_cert = person_get_device_cert,
                                  .verify_device_cert = person_verify_device_cert,
                                  .user_data = bed->person };
  bed->hub = kith_link_hub_new (&config, &error);
  g_assert_no_error (error);
  bed->early = kith_early_agents_new (bed->hub->paths);
}

static void
tear_down (Bed *bed, gconstpointer data)
{
  kith_early_agents_free (bed->early);
  kith_link_hub_unref (bed->hub);
  person_free (bed->person);
}

static void
test_bounds (Bed *bed, gconstpointer data)
{
  guint ids[KITH_MAX_EARLY_AGENTS];

  for (guint i = 0; i < KITH_MAX_EARLY_AGENTS; i++) {
    ids[i] = kith_early_agents_add (bed->early);
    g_assert_cmpuint (ids[i], !=, 0);
  }
  g_assert_cmpuint (kith_early_agents_add (bed->early), ==, 0);
  kith_early_agents_drop (bed->early, ids[1]);
  kith_early_agents_drop (bed->early, ids[1]);
  kith_early_agents_drop (bed->early, 0);
  kith_early_agents_drop (bed->early, 77);
  g_assert_cmpuint (kith_early_agents_count (bed->early), ==, KITH_MAX_EARLY_AGENTS - 1);
  g_assert_null (kith_early_agents_take (bed->early, ids[1]));
  g_assert_null (kith_early_agents_take (bed->early, 0));
  g_autoptr (KithPath) path = kith_early_agents_take (bed->early, ids[0]);
  g_assert_nonnull (path);
  g_assert_null (kith_early_agents_take (bed->early, ids[0]));
  kith_early_agents_clear (bed->early);
  g_assert_cmpuint (kith_early_agents_count (bed->early), ==, 0);
  g_assert_cmpuint (kith_early_agents_add (bed->early), !=, 0);
}

static void
test_goes_by_itself (Bed *bed, gconstpointer data)
{
  bed->hub->paths->prepared_ms = SOON_MS;
  guint id = kith_early_agents_add (bed->early);
  run_for (SOON_MS / 2);
  g_assert_cmpuint (kith_early_agents_count (bed->early), ==, 1);
  run_for (SOON_MS);
  g_assert_cmpuint (kith_early_agents_count (bed->early), ==, 0);
  g_assert_null (kith_early_agents_take (bed->early, id));
}

/* Without a server when it was made, with one now: it would never know how others see it. */
static void
test_outdated (Bed *bed, gconstpointer data)
{
  guint id = kith_early_agents_add (bed->early);

  kith_path_hub_set_stun (bed->hub->paths, "127.0.0.1", 9);
  g_assert_null (kith_early_agents_take (bed->early, id));
  g_assert_cmpuint (kith_early_agents_count (bed->early), ==, 0);
}

/* The link has the agent's own sockets, and the credentials of its seed. */
static void
test_taken (Bed *bed, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint8 seed[KITH_SEED_LEN];
  KithCandidate before[KITH_MAX_CANDIDATES], after[KITH_MAX_CANDIDATES];
  KithPath *path = kith_early_agents_take (bed->early, kith_early_agents_add (bed->early));
  guint n = kith_ice_get_candidates (path->ice, before);

  g_assert_cmpuint (n, >, 0);
  memset (seed, 's', sizeof seed);
  KithQuicLinkConfig caller
      = { .role = KITH_ICE_CALLER, .seed = seed, .is_slot = TRUE, .prepared = path };
  KithQuicLinkConfig callee = { .role = KITH_ICE_CALLEE, .seed = seed, .is_slot = TRUE };
  g_autoptr (KithQuicLink) ours = kith_quic_link_new (bed->hub, &caller, &error);
  g_assert_no_error (error);
  g_autoptr (KithQuicLink) theirs = kith_quic_link_new (bed->hub, &callee, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (kith_quic_link_get_candidates (ours, after), ==, n);
  for (guint i = 0; i < n; i++) {
    g_assert_true (kith_candidate_is_same (&after[i], &before[i]));
  }
  n = kith_quic_link_get_candidates (theirs, after);
  kith_quic_link_add_remote (ours, after, n);
  for (guint i = 0; i < 200 && !kith_quic_link_is_connected (ours); i++) {
    run_for (10);
  }
  g_assert_true (kith_quic_link_is_connected (ours));
  kith_quic_link_abandon (ours, "done");
  kith_quic_link_abandon (theirs, "done");
  run_for (20);
}

static void
on_path (KithPath *path, gpointer user_data)
{
}

static void
on_set (gpointer user_data)
{
}

static gboolean
on_packet (KithPath *path, const guint8 *data, gsize len, gpointer user_data)
{
  return FALSE;
}

static gboolean
relay (const guint8 *data, gsize len, gpointer user_data)
{
  return TRUE;
}

/* The look-up took long, and a friend made the link at once: the agent that waited still has its
   time to find a direct path. */
static void
test_time_begins (Bed *bed, gconstpointer data)
{
  static const KithPathSetEvents events = { .works = on_path,
                                            .gathered = on_path,
                                            .changed = on_set,
                                            .lost = on_set,
                                            .datagram = on_packet,
                                            .poke = on_set };
  const KithFriendPath friend = { .send = relay };
  guint8 seed[KITH_SEED_LEN] = { 1 };
  g_autoptr (KithPathMedia) media = kith_path_set_make_media (bed->hub->paths);
  KithPathSet *set = kith_path_set_new (bed->hub->paths, media, TRUE, &events, NULL);
  KithPath *path = kith_early_agents_take (bed->early, kith_early_agents_add (bed->early));

  path->made -= (gint64)20 * G_USEC_PER_SEC;
  kith_path_set_seed (path, seed);
  kith_path_set_adopt (set, path);
  g_assert_cmpuint (kith_path_set_add_friend_path (set, &friend), !=, 0);
  kith_path_set_rise (set);
  run_for (300);
  g_assert_true (kith_path_set_find (set, KITH_PATH_FIRST, NULL) == path);
  kith_path_set_free (set);
}

/* The maker: an attempt uses it up, whatever becomes of it; before it starts and after it stops
   there is none. */
static void
test_maker (void)
{
  Person *alice = person_new ("alice");
  Person *bob = person_new ("bob");
  g_autoptr (GError) error = NULL;
  KithLinkTarget target = { 0 };

  g_assert_cmpuint (kith_link_maker_prepare (alice->maker), ==, 0);
  persons_wire (alice, bob);
  person_start (alice);
  person_start (bob);
  for (guint i = 0; i < 2 * KITH_MAX_EARLY_AGENTS; i++) {
    guint id = kith_link_maker_prepare (alice->maker);
    g_assert_cmpuint (id, !=, 0);
    person_get_target (bob, TRUE, &target);
    target.prepared = id;
    g_autoptr (KithLink) link = person_open (alice, &target, &error);
    g_assert_no_error (error);
    g_assert_nonnull (link);
    kith_link_close (link, KITH_REASON_LOCAL);
    run_for (50);
  }
  guint last = 0;
  for (guint i = 0; i < KITH_MAX_EARLY_AGENTS; i++) {
    last = kith_link_maker_prepare (alice->maker);
    g_assert_cmpuint (last, !=, 0);
  }
  g_assert_cmpuint (kith_link_maker_prepare (alice->maker), ==, 0);
  kith_link_maker_unprepare (alice->maker, last);
  g_assert_cmpuint (kith_link_maker_prepare (alice->maker), !=, 0);
  kith_link_maker_stop (alice->maker);
  g_assert_cmpuint (kith_link_maker_prepare (alice->maker), ==, 0);
  person_free (alice);
  person_free (bob);
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/link/prepared/" name, Bed, NULL, set_up, func, tear_down)
  ADD ("bounds", test_bounds);
  ADD ("goes-by-itself", test_goes_by_itself);
  ADD ("outdated", test_outdated);
  ADD ("taken", test_taken);
  ADD ("time-begins", test_time_begins);
  g_test_add_func ("/link/prepared/maker", test_maker);
  return g_test_run ();
}
