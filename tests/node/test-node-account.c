/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an account publishes and when, and what it may say about it: registered only when the record
   was read back. */
#include <glib/gstdio.h>
#include <string.h>

#include "identity/proof.h"
#include "model/names/epoch.h"
#include "node/accounts/account.h"
#include "node/directory/reach-search.h"
#include "node/node-fixture.h"
#include "node/spy-locator.h"

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define MIDNIGHT_US (NOON_US + DAY_US / 2)

/* A bare host with an account of its own on a spy. */
typedef struct {
  World world;
  Host *bob;
  KithLocator *locator;
  GPtrArray *locators;
  KithAccount *account;
  guint n_changed;
} Desk;

static void
on_changed (KithAccount *account, Desk *desk)
{
  desk->n_changed++;
}

static SpyLocator *
spy (Desk *desk)
{
  return SPY_LOCATOR (desk->locator);
}

static void
desk_init (Desk *desk, gint64 wall_us, gboolean with_work)
{
  static const guint8 no_tag[KITH_TAG_LEN];

  world_init (&desk->world, wall_us);
  desk->bob = host_new_bare (&desk->world, "bob");
  desk->locator = spy_locator_new ("spy");
  desk->locators = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (desk->locators, g_object_ref (desk->locator));
  spy_locator_set_state (spy (desk), KITH_LOCATOR_OFFLINE);
  if (with_work) {
    g_assert_true (kith_vault_set_work (desk->bob->vault, 0, 0, no_tag, NULL));
  }
  desk->account = kith_account_new (desk->world.clock,
                                    desk->bob->vault,
                                    desk->bob->maker,
                                    desk->bob->nat,
                                    desk->locators,
                                    0);
  desk->n_changed = 0;
  g_signal_connect (desk->account, "changed", G_CALLBACK (on_changed), desk);
}

static void
desk_clear (Desk *desk)
{
  g_signal_handlers_disconnect_by_data (desk->account, desk);
  g_object_unref (desk->account);
  g_ptr_array_unref (desk->locators);
  settle ();
  g_assert_cmpuint (spy_locator_count_open (spy (desk)), ==, 0);
  g_assert_finalize_object (desk->locator);
  host_free (desk->bob);
  world_clear (&desk->world);
}

#define assert_registration(desk, expected)                                                        \
  g_assert_cmpstr (kith_registration_state_word (kith_account_get_state ((desk)->account)),        \
                   ==,                                                                             \
                   expected)

static SpyNote *
find_reach (Desk *desk, gint64 day, guint replica)
{
  guint8 location[KITH_LOCATION_LEN];

  kith_reach_location (host_key (desk->bob), day, replica, location);
  return spy_locator_find (spy (desk), location, FALSE);
}

static gint64
today (Desk *desk)
{
  return kith_epoch_at (kith_clock_wall (desk->world.clock));
}

static KithReach
open_reach (Desk *desk, gint64 day, guint replica)
{
  SpyNote *note = find_reach (desk, day, replica);
  KithReach reach;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (note);
  g_assert_true (note->keep);
  g_assert_true (kith_reach_open (note->value,
                                  host_key (desk->bob),
                                  kith_clock_wall (desk->world.clock) / G_USEC_PER_SEC,
                                  &reach,
                                  &error));
  return reach;
}

static KithClaim
open_claim (Desk *desk)
{
  guint8 secret[32], location[KITH_LOCATION_LEN];
  KithClaim claim;
  g_autoptr (GError) error = NULL;

  kith_name_secret ("bob", secret);
  kith_claim_location (secret, location);
  SpyNote *note = spy_locator_find (spy (desk), location, FALSE);
  g_assert_nonnull (note);
  g_assert_true (note->keep);
  g_assert_true (kith_claim_open (note->value,
                                  "bob",
                                  secret,
                                  kith_clock_wall (desk->world.clock) / G_USEC_PER_SEC,
                                  &claim,
                                  &error));
  return claim;
}

/* The copy beside the claim. */
static KithReach
open_copy (Desk *desk)
{
  guint8 secret[32], location[KITH_LOCATION_LEN];
  KithReach reach;
  g_autoptr (GError) error = NULL;

  kith_name_secret ("bob", secret);
  kith_name_reach_location (secret, location);
  SpyNote *note = spy_locator_find (spy (desk), location, FALSE);
  g_assert_nonnull (note);
  g_assert_true (note->keep);
  g_assert_true (kith_reach_open_for_name (note->value,
                                           secret,
                                           host_key (desk->bob),
                                           kith_clock_wall (desk->world.clock) / G_USEC_PER_SEC,
                                           &reach,
                                           &error));
  return reach;
}

/* The network says that @replicas others hold the present record. */
static void
read_back (Desk *desk, guint replica, guint replicas)
{
  kith_locator_emit_published (desk->locator,
                               find_reach (desk, today (desk), replica)->id,
                               replicas);
}

/* … and the claim. */
static void
claim_read_back (Desk *desk)
{
  guint8 secret[32], location[KITH_LOCATION_LEN];

  kith_name_secret ("bob", secret);
  kith_claim_location (secret, location);
  kith_locator_emit_published (desk->locator,
                               spy_locator_find (spy (desk), location, FALSE)->id,
                               2);
}

static void
start_online (Desk *desk)
{
  kith_account_start (desk->account, "sip:bob@kith.alt");
  spy_locator_set_state (spy (desk), KITH_LOCATOR_JOINING);
  spy_locator_set_state (spy (desk), KITH_LOCATOR_ONLINE);
  claim_read_back (desk);
  assert_registration (desk, "publishing");
}

static void
test_states (void)
{
  Desk desk;

  desk_init (&desk, NOON_US, TRUE);
  assert_registration (&desk, "offline");
  g_assert_cmpuint (spy_locator_get_notes (spy (&desk))->len, ==, 0);
  kith_account_start (desk.account, NULL);
  assert_registration (&desk, "offline");
  g_assert_cmpstr (kith_account_get_detail (desk.account), !=, "");
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_JOINING);
  assert_registration (&desk, "joining");
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_ALONE);
  assert_registration (&desk, "alone");
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_ONLINE);
  assert_registration (&desk, "publishing");
  pass (&desk.world, 60 * 1000); /* time alone registers nobody */
  assert_registration (&desk, "publishing");
  g_assert_cmpint (kith_account_get_registered_at (desk.account), ==, 0);
  g_assert_cmpstr (kith_account_get_detail (desk.account),
                   ==,
                   "your record cannot be read back from the network yet");
  guint before = desk.n_changed;
  read_back (&desk, 0, 3); /* who has the place only is not found by name */
  assert_registration (&desk, "publishing");
  claim_read_back (&desk);
  assert_registration (&desk, "registered");
  g_assert_cmpint (kith_account_get_registered_at (desk.account),
                   ==,
                   kith_clock_wall (desk.world.clock));
  g_assert_cmpuint (desk.n_changed, >, before);
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_ALONE);
  assert_registration (&desk, "alone");
  g_assert_cmpint (kith_account_get_registered_at (desk.account), ==, 0);
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_OFFLINE);
  assert_registration (&desk, "offline");
  desk_clear (&desk);
}

/* Who answers only people it knows tells nobody else where it is. */
static void
test_hidden (void)
{
  Desk desk;

  desk_init (&desk, NOON_US, TRUE);
  start_online (&desk);
  KithReach reach = open_reach (&desk, today (&desk), 0);
  g_assert_true (reach.has_slot);
  g_assert_cmpuint (reach.n_candidates, >, 0);
  g_assert_cmpuint (reach.capabilities, ==, KITH_CAPABILITY_VOICE);

  kith_account_set_hidden (desk.account, TRUE);
  guint64 before = reach.seq;
  for (guint replica = 0; replica < KITH_REACH_REPLICAS; replica++) {
    reach = open_reach (&desk, today (&desk), replica);
    g_assert_cmpuint (reach.seq, >, before);
    g_assert_false (reach.has_slot);
    g_assert_cmpuint (reach.n_candidates, ==, 0);
    g_assert_cmpint (reach.nat, ==, KITH_NAT_UNKNOWN);
    g_assert_cmpuint (reach.capabilities, ==, KITH_CAPABILITY_VOICE | KITH_CAPABILITY_KNOWN_ONLY);
  }
  guint64 seq = reach.seq;
  g_signal_emit_by_name (desk.bob->maker, "slot-changed"); /* that it moved is nobody's business */
  pass (&desk.world, 2000);
  reach = open_reach (&desk, today (&desk), 0);
  g_assert_cmpuint (reach.seq, ==, seq);
  desk_clear (&desk);
}

static void
test_published (void)
{
  Desk desk;

  desk_init (&desk, NOON_US, TRUE);
  start_online (&desk);
  KithClaim claim = open_claim (&desk);
  g_assert_true (kith_peer_key_equal (&claim.identity, host_key (desk.bob)));
  KithReach reach = open_reach (&desk, today (&desk), 0);
  KithReach second = open_reach (&desk, today (&desk), 1);
  g_assert_cmpuint (reach.seq, ==, second.seq);
  g_assert_cmpuint (reach.seq, ==, open_copy (&desk).seq);
  g_assert_false (reach.gone);
  g_assert_true (reach.has_slot);
  g_assert_cmpuint (reach.n_uris, ==, 1);
  g_assert_cmpstr (reach.uris[0], ==, "sip:bob@kith.alt");
  g_assert_true (kith_peer_key_equal (&reach.device.device, host_device (desk.bob)));
  /* claim, copy, watch */
  g_assert_cmpuint (spy_locator_count_open (spy (&desk)), ==, 3 + KITH_REACH_REPLICAS);
  g_assert_null (find_reach (&desk, today (&desk) + 1, 0)); /* it is noon: one day is enough */
  g_assert_null (find_reach (&desk, today (&desk) - 1, 0));
  desk_clear (&desk);
}

/* What was read back must be the present record: not the claim, not an older one, not another
   locator's. */
static void
test_read_back (void)
{
  Desk desk;

  desk_init (&desk, NOON_US, TRUE);
  start_online (&desk);
  guint old = find_reach (&desk, today (&desk), 0)->id;
  kith_locator_emit_published (desk.locator, 9999, 3);
  for (guint id = 1; id <= spy_locator_get_notes (spy (&desk))->len; id++) {
    guint8 secret[32], location[KITH_LOCATION_LEN];
    kith_name_secret ("bob", secret);
    kith_claim_location (secret, location);
    kith_locator_emit_published (desk.locator,
                                 spy_locator_find (spy (&desk), location, FALSE)->id,
                                 3);
  }
  assert_registration (&desk, "publishing");
  kith_fake_nat_set_kind (KITH_FAKE_NAT (desk.bob->nat), KITH_NAT_NONE);
  g_signal_emit_by_name (desk.bob->maker, "slot-changed");
  pass (&desk.world, 100);
  kith_locator_emit_published (desk.locator, old, 3);
  assert_registration (&desk, "publishing");
  read_back (&desk, 1, 1);
  assert_registration (&desk, "registered");
  read_back (&desk, 0, 0); /* held nowhere any more; some time is given */
  read_back (&desk, 1, 0);
  pass (&desk.world, 9000);
  assert_registration (&desk, "registered");
  pass (&desk.world, 2000);
  assert_registration (&desk, "publishing");
  read_back (&desk, 0, 2);
  assert_registration (&desk, "registered");
  desk_clear (&desk);
}

/* Callers ask all replicas: one that is held is enough, whichever word came last. */
static void
test_one_replica (void)
{
  Desk desk;

  desk_init (&desk, NOON_US, TRUE);
  start_online (&desk);
  read_back (&desk, 0, 3);
  read_back (&desk, 1, 0);
  assert_registration (&desk, "registered");
  pass (&desk.world, 30 * 1000);
  assert_registration (&desk, "registered");
  desk_clear (&desk);
}

/* After the worker died, an old word does not count: the record must be read back anew. */
static void
test_worker_died (void)
{
  Desk desk;

  desk_init (&desk, NOON_US, TRUE);
  start_online (&desk);
  read_back (&desk, 0, 3);
  assert_registration (&desk, "registered");
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_OFFLINE);
  assert_registration (&desk, "offline");
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_JOINING);
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_ONLINE);
  assert_registration (&desk, "publishing");
  pass (&desk.world, 1000);
  assert_registration (&desk, "publishing");
  read_back (&desk, 0, 3);
  assert_registration (&desk, "publishing");
  claim_read_back (&desk);
  assert_registration (&desk, "registered");
  desk_clear (&desk);
}

static void
test_slot_changed (void)
{
  Desk desk;

  desk_init (&desk, NOON_US, TRUE);
  start_online (&desk);
  read_back (&desk, 0, 3);
  KithReach before = open_reach (&desk, today (&desk), 0);
  KithClaim claim = open_claim (&desk);
  pass (&desk.world, 100);
  guint notes = spy_locator_get_notes (spy (&desk))->len;
  g_signal_emit_by_name (desk.bob->maker, "slot-changed"); /* but it says the same */
  pass (&desk.world, 200);
  g_assert_cmpuint (open_reach (&desk, today (&desk), 0).seq, ==, before.seq);
  kith_fake_nat_set_kind (KITH_FAKE_NAT (desk.bob->nat), KITH_NAT_SYMMETRIC);
  for (guint i = 0; i < 5; i++) { /* a change of network tells of each address */
    g_signal_emit_by_name (desk.bob->maker, "slot-changed");
    pass (&desk.world, 10);
  }
  pass (&desk.world, 50);
  KithReach after = open_reach (&desk, today (&desk), 0);
  g_assert_cmpint (after.nat, ==, KITH_NAT_SYMMETRIC);
  pass (&desk.world, 1500); /* once for both */
  g_assert_cmpuint (after.seq, >, before.seq);
  g_assert_cmpuint (open_copy (&desk).seq, ==, after.seq);
  g_assert_cmpuint (spy_locator_get_notes (spy (&desk))->len, ==, notes + 1 + KITH_REACH_REPLICAS);
  g_assert_cmpuint (open_claim (&desk).seq, ==, claim.seq); /* who we are did not change */
  g_assert_cmpuint (spy_locator_count_open (spy (&desk)), ==, 3 + KITH_REACH_REPLICAS);
  assert_registration (&desk, "registered"); /* for a moment the old record serves */
  pass (&desk.world, 11000);
  assert_registration (&desk, "publishing");
  read_back (&desk, 0, 1);
  assert_registration (&desk, "registered");
  desk_clear (&desk);
}

/* A host that loses its last address is offline at once, whatever the locator says; back again it
   is not registered before its new record was read. */
static void
test_no_network (void)
{
  Desk desk;

  desk_init (&desk, NOON_US, TRUE);
  KithFakeLinkMaker *maker = KITH_FAKE_LINK_MAKER (desk.bob->maker);
  start_online (&desk);
  read_back (&desk, 0, 3);
  assert_registration (&desk, "registered");
  kith_fake_link_maker_set_network (maker, FALSE);
  assert_registration (&desk, "offline");
  g_assert_nonnull (strstr (kith_account_get_detail (desk.account), "no network"));
  pass (&desk.world, 20 * 1000);
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_ALONE);
  assert_registration (&desk, "offline");
  g_assert_nonnull (strstr (kith_account_get_detail (desk.account), "no network"));
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_ONLINE);
  kith_fake_link_maker_set_network (maker, TRUE);
  assert_registration (&desk, "publishing");
  pass (&desk.world, 100);
  read_back (&desk, 0, 1);
  assert_registration (&desk, "registered");
  desk_clear (&desk);
}

/* Without a network from the start there may be nodes on this host itself; while there is none, the
   cause is told. */
static void
test_loopback_only (void)
{
  Desk desk;

  desk_init (&desk, NOON_US, TRUE);
  kith_fake_link_maker_set_network (KITH_FAKE_LINK_MAKER (desk.bob->maker), FALSE);
  kith_account_start (desk.account, NULL);
  g_assert_nonnull (strstr (kith_account_get_detail (desk.account), "no network"));
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_JOINING);
  g_assert_nonnull (strstr (kith_account_get_detail (desk.account), "no network"));
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_ONLINE);
  assert_registration (&desk, "publishing");
  claim_read_back (&desk);
  read_back (&desk, 0, 3);
  assert_registration (&desk, "registered");
  desk_clear (&desk);
}

/* The record is renewed before it expires, for ever; the claim when half its life is over. */
static void
test_renewed (void)
{
  Desk desk;

  desk_init (&desk, NOON_US - DAY_US / 4, TRUE);
  start_online (&desk);
  guint64 seq = open_reach (&desk, today (&desk), 0).seq;
  guint64 claim_seq = open_claim (&desk).seq;
  pass (&desk.world, 479 * 1000);
  g_assert_cmpuint (open_reach (&desk, today (&desk), 0).seq, ==, seq);
  pass (&desk.world, 2 * 1000);
  g_assert_cmpuint (open_reach (&desk, today (&desk), 0).seq, >, seq);
  for (guint hour = 0; hour < 10; hour++) {
    kith_clock_advance (desk.world.clock, 3600 * 1000);
    (void)open_reach (&desk, today (&desk), 0); /* valid at every time */
    (void)open_reach (&desk, today (&desk), 1);
  }
  g_assert_cmpuint (open_claim (&desk).seq, ==, claim_seq);
  kith_clock_advance (desk.world.clock, 3 * 3600 * 1000);
  g_assert_cmpuint (open_claim (&desk).seq, >, claim_seq);
  desk_clear (&desk);
}

/* Within an hour of midnight both days are served, so that no caller's clock matters. */
static void
test_midnight (void)
{
  Desk desk;

  desk_init (&desk, MIDNIGHT_US - DAY_US / 12, TRUE);
  gint64 day = today (&desk);
  start_online (&desk);
  g_assert_null (find_reach (&desk, day + 1, 0));
  pass (&desk.world, 3601 * 1000 + 480 * 1000); /* the next renewal within the hour */
  g_assert_cmpint (today (&desk), ==, day);
  for (guint replica = 0; replica < KITH_REACH_REPLICAS; replica++) {
    g_assert_cmpuint (open_reach (&desk, day, replica).seq,
                      ==,
                      open_reach (&desk, day + 1, replica).seq);
  }
  pass (&desk.world, 3600 * 1000); /* after midnight */
  g_assert_cmpint (today (&desk), ==, day + 1);
  (void)open_reach (&desk, day, 0);
  (void)open_reach (&desk, day + 1, 1);
  pass (&desk.world, 3600 * 1000);
  g_assert_null (find_reach (&desk, day, 0));
  (void)open_reach (&desk, day + 1, 0);
  desk_clear (&desk);
}

static void
test_withdrawn (void)
{
  Desk desk;

  desk_init (&desk, NOON_US, TRUE);
  start_online (&desk);
  guint64 seq = open_reach (&desk, today (&desk), 0).seq;
  kith_account_withdraw (desk.account);
  assert_registration (&desk, "withdrawing");
  for (guint replica = 0; replica < KITH_REACH_REPLICAS; replica++) {
    KithReach reach = open_reach (&desk, today (&desk), replica);
    g_assert_true (reach.gone);
    g_assert_false (reach.has_slot);
    g_assert_cmpuint (reach.n_candidates, ==, 0);
    g_assert_cmpuint (reach.seq, >, seq);
  }
  guint n = spy_locator_get_notes (spy (&desk))->len;
  g_signal_emit_by_name (desk.bob->maker, "slot-changed"); /* nothing brings it back */
  read_back (&desk, 0, 3);
  pass (&desk.world, 1000 * 1000);
  assert_registration (&desk, "withdrawing");
  g_assert_cmpuint (spy_locator_get_notes (spy (&desk))->len, ==, n);
  kith_account_withdraw (desk.account);
  g_assert_cmpuint (spy_locator_get_notes (spy (&desk))->len, ==, n);
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_OFFLINE);
  desk_clear (&desk);
}

/* Without work the name is published bare; when the tag is found the claim carries it. */
static void
test_work (void)
{
  Desk desk;
  guint8 hash[32], tag[KITH_TAG_LEN];

  desk_init (&desk, NOON_US, FALSE);
  start_online (&desk);
  KithClaim bare = open_claim (&desk);
  g_assert_false (bare.has_work);
  g_assert_cmpstr (kith_account_get_full_address (desk.account), ==, "bob");
  while (g_str_equal (kith_account_get_full_address (desk.account), "bob")) {
    g_main_context_iteration (NULL, TRUE);
  }
  KithClaim full = open_claim (&desk);
  g_assert_true (full.has_work);
  g_assert_cmpuint (full.seq, >, bare.seq);
  g_assert_true (kith_work_evaluate ("bob", host_key (desk.bob), full.nonce, hash));
  kith_work_tag (hash, full.difficulty, tag);
  g_assert_cmpmem (full.tag, KITH_TAG_LEN, tag, KITH_TAG_LEN);
  g_autofree gchar *address = kith_name_with_tag ("bob", tag);
  g_assert_cmpstr (kith_account_get_full_address (desk.account), ==, address);
  desk_clear (&desk);

  desk_init (&desk, NOON_US, FALSE); /* leaving while it is being computed */
  start_online (&desk);
  kith_account_withdraw (desk.account);
  settle ();
  desk_clear (&desk);
}

/* A locator that cannot publish is passed over, and says nothing about the account. */
static void
test_reader_only (void)
{
  Desk desk;

  desk_init (&desk, NOON_US, TRUE);
  KithLocatorInterface *iface
      = g_type_interface_peek (G_OBJECT_GET_CLASS (desk.locator), KITH_TYPE_LOCATOR);
  guint (*publish) (KithLocator *, const guint8 *, GBytes *, gboolean) = iface->publish;
  iface->publish = NULL;
  kith_account_start (desk.account, NULL);
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_ONLINE);
  assert_registration (&desk, "offline");
  g_assert_cmpuint (spy_locator_get_notes (spy (&desk))->len, ==, 0);
  iface->publish = publish;
  desk_clear (&desk);
}

/* Two locators: the better one counts, and either may read the record back. */
static void
test_two_locators (void)
{
  Desk desk;
  g_autoptr (KithLocator) second = spy_locator_new ("second");

  desk_init (&desk, NOON_US, TRUE);
  g_ptr_array_add (desk.locators, g_object_ref (second));
  spy_locator_set_state (SPY_LOCATOR (second), KITH_LOCATOR_ALONE);
  kith_account_start (desk.account, NULL);
  assert_registration (&desk, "alone");
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_ONLINE);
  assert_registration (&desk, "publishing");
  claim_read_back (&desk);
  kith_locator_emit_published (second, find_reach (&desk, today (&desk), 0)->id, 1);
  assert_registration (&desk, "registered"); /* the same number, for both gave out the same */
  spy_locator_set_state (SPY_LOCATOR (second), KITH_LOCATOR_OFFLINE);
  assert_registration (&desk, "registered");
  g_assert_cmpuint (spy_locator_count_open (SPY_LOCATOR (second)), ==, 3 + KITH_REACH_REPLICAS);
  desk_clear (&desk);
  g_assert_cmpuint (spy_locator_count_open (SPY_LOCATOR (second)), ==, 0);
}

/* A machine that has our identity too: its own keys, as after a restore, or with @copy our very
   own. */
static KithVault *
make_twin (Desk *desk, gboolean copy)
{
  g_autoptr (GError) error = NULL;
  guint8 entropy[16];
  gchar *words = NULL;

  if (copy) {
    return g_object_ref (desk->bob->vault);
  }
  g_assert_true (kith_vault_words_to_entropy (desk->bob->words, entropy, &error));
  g_autofree gchar *dir = g_dir_make_tmp ("kith-twin-XXXXXX", &error);
  KithVault *twin = kith_vault_create (dir, "bob", entropy, &words, &error);
  g_assert_no_error (error);
  g_free (words);
  g_autofree gchar *key = g_build_filename (dir, "identity.key", NULL);
  (void)g_unlink (key);
  (void)g_rmdir (dir);
  return twin;
}

/* A record of @vault that was written at @issued (seconds). */
static void
deliver_at (Desk *desk, KithVault *vault, guint64 seq, gint64 issued, gboolean gone)
{
  KithReach reach = { .seq = seq, .issued = issued, .expires = issued + 1500, .gone = gone };
  guint8 location[KITH_LOCATION_LEN];
  g_autoptr (GError) error = NULL;

  g_assert_true (kith_vault_sign_reach (vault, &reach, issued, &error));
  g_autoptr (GBytes) sealed = kith_reach_seal (&reach, &error);
  g_assert_no_error (error);
  kith_reach_location (host_key (desk->bob), today (desk), 0, location);
  spy_locator_deliver (spy (desk), location, sealed);
}

static void
deliver_of (Desk *desk, KithVault *vault, gboolean gone)
{
  gint64 now = kith_clock_wall (desk->world.clock) / G_USEC_PER_SEC;

  deliver_at (desk, vault, kith_vault_next_seq (vault), now, gone);
}

/* Our identity elsewhere: told as long as a record of it is valid, and not for what we wrote
   ourselves. */
static void
test_other_device (gconstpointer data)
{
  gboolean copy = GPOINTER_TO_INT (data);
  Desk desk;
  gint64 written_us = 0;
  gboolean is_copy = FALSE;

  desk_init (&desk, NOON_US, TRUE);
  g_autoptr (KithVault) twin = make_twin (&desk, copy);
  if (copy) {
    deliver_of (&desk, twin, FALSE); /* of an earlier run of ours */
  }
  kith_account_start (desk.account, NULL);
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_ONLINE);
  SpyNote *own = find_reach (&desk, today (&desk), 0);
  spy_locator_deliver (spy (&desk), own->location, own->value);
  g_assert_false (kith_account_get_other (desk.account, &written_us, &is_copy));
  pass (&desk.world, copy ? (KITH_TIME_TOLERANCE + 1) * 1000 : 5000);
  guint before = desk.n_changed;
  deliver_of (&desk, twin, FALSE);
  g_assert_true (kith_account_get_other (desk.account, &written_us, &is_copy));
  g_assert_cmpint (is_copy, ==, copy);
  g_assert_cmpint (written_us,
                   ==,
                   kith_clock_wall (desk.world.clock) / G_USEC_PER_SEC * G_USEC_PER_SEC);
  g_assert_cmpuint (desk.n_changed, ==, before + 1);
  deliver_of (&desk, twin, FALSE);
  g_assert_cmpuint (desk.n_changed, ==, before + 1); /* said once */
  deliver_of (&desk, twin, TRUE);
  g_assert_false (kith_account_get_other (desk.account, &written_us, &is_copy));
  deliver_of (&desk, twin, FALSE);
  g_assert_true (kith_account_get_other (desk.account, &written_us, &is_copy));
  kith_clock_advance (desk.world.clock, 1600 * 1000); /* it died without a word */
  settle ();
  g_assert_false (kith_account_get_other (desk.account, &written_us, &is_copy));
  g_clear_object (&twin);
  desk_clear (&desk);
}

/* A clock that is behind when we start: what an earlier run wrote, after our start by that clock,
   is no copy's; what is written later is. */
static void
test_clock_behind (gconstpointer data)
{
  gint64 behind_us = (gint64)GPOINTER_TO_INT (data) * G_USEC_PER_SEC;
  gint64 noon = NOON_US / G_USEC_PER_SEC;
  guint64 later; /* than any number of this run */
  gint64 written_us = 0;
  gboolean is_copy = FALSE;
  Desk desk;

  desk_init (&desk, NOON_US - behind_us, TRUE);
  kith_account_start (desk.account, NULL);
  spy_locator_set_state (spy (&desk), KITH_LOCATOR_ONLINE);
  later = kith_vault_next_seq (desk.bob->vault) + 3600 * (guint64)G_USEC_PER_SEC;
  deliver_at (&desk, desk.bob->vault, later, noon - 10, FALSE);
  g_assert_false (kith_account_get_other (desk.account, &written_us, &is_copy));
  pass (&desk.world, 5000);
  kith_clock_set_wall (desk.world.clock, NOON_US + 5 * G_USEC_PER_SEC);
  deliver_at (&desk, desk.bob->vault, later, noon - 10, FALSE);
  g_assert_false (kith_account_get_other (desk.account, &written_us, &is_copy));
  pass (&desk.world, (KITH_TIME_TOLERANCE + 1) * 1000);
  deliver_at (&desk, desk.bob->vault, later, noon - 10, FALSE);
  g_assert_false (kith_account_get_other (desk.account, &written_us, &is_copy));
  deliver_at (&desk,
              desk.bob->vault,
              later + 1,
              kith_clock_wall (desk.world.clock) / G_USEC_PER_SEC,
              FALSE);
  g_assert_true (kith_account_get_other (desk.account, &written_us, &is_copy));
  g_assert_true (is_copy);
  desk_clear (&desk);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/node/account/states", test_states);
  g_test_add_func ("/node/account/hidden", test_hidden);
  g_test_add_func ("/node/account/published", test_published);
  g_test_add_func ("/node/account/read-back", test_read_back);
  g_test_add_func ("/node/account/one-replica", test_one_replica);
  g_test_add_func ("/node/account/worker-died", test_worker_died);
  g_test_add_func ("/node/account/slot-changed", test_slot_changed);
  g_test_add_func ("/node/account/no-network", test_no_network);
  g_test_add_func ("/node/account/loopback-only", test_loopback_only);
  g_test_add_func ("/node/account/renewed", test_renewed);
  g_test_add_func ("/node/account/midnight", test_midnight);
  g_test_add_func ("/node/account/withdrawn", test_withdrawn);
  g_test_add_func ("/node/account/work", test_work);
  g_test_add_func ("/node/account/reader-only", test_reader_only);
  g_test_add_func ("/node/account/two-locators", test_two_locators);
  g_test_add_data_func ("/node/account/other-device", GINT_TO_POINTER (FALSE), test_other_device);
  g_test_add_data_func ("/node/account/copied-device", GINT_TO_POINTER (TRUE), test_other_device);
  g_test_add_data_func ("/node/account/clock-far-behind",
                        GINT_TO_POINTER (3600),
                        test_clock_behind);
  g_test_add_data_func ("/node/account/clock-behind", GINT_TO_POINTER (60), test_clock_behind);
  return g_test_run ();
}
