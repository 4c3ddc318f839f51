/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is meant by a name: claims, tags, pins and contacts, and where that person is. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "identity/proof.h"
#include "model/names/epoch.h"
#include "node/directory/reach-search.h"
#include "node/node-fixture.h"
#include "node/spy-locator.h"

typedef struct {
  World world;
  Host *alice, *bob;
} Pair;

static void
pair_set_up (Pair *pair, gconstpointer data)
{
  world_init (&pair->world, NOON_US);
  pair->alice = host_new (&pair->world, "alice");
  pair->bob = host_new (&pair->world, "bob");
}

static void
pair_tear_down (Pair *pair, gconstpointer data)
{
  host_assert_idle (pair->alice);
  host_assert_idle (pair->bob);
  host_free (pair->bob);
  host_free (pair->alice);
  world_clear (&pair->world);
}

static gint64
now_s (Pair *pair)
{
  return kith_clock_wall (pair->world.clock) / G_USEC_PER_SEC;
}

/* Runs the loop, waiting for threads, until @call is not locating. */
static void
wait_located (KithCall *call)
{
  while (kith_call_get_state (call) == KITH_CALL_LOCATING) {
    g_main_context_iteration (NULL, TRUE);
  }
  settle ();
}

/* Puts a claim of @host's name into the DHT, as its own program would. */
static void
put_claim (Host *host, KithClaim *claim, gint64 issued)
{
  guint8 secret[32], location[KITH_LOCATION_LEN];
  g_autoptr (GError) error = NULL;

  g_strlcpy (claim->name, kith_vault_get_name (host->vault), sizeof claim->name);
  claim->identity = *host_key (host);
  claim->seq = kith_vault_next_seq (host->vault);
  claim->issued = issued;
  claim->expires = issued + 86400;
  g_assert_true (kith_vault_sign_claim (host->vault, claim, &error));
  kith_name_secret (claim->name, secret);
  kith_claim_location (secret, location);
  g_autoptr (GBytes) sealed = kith_claim_seal (claim, secret, &error);
  g_assert_no_error (error);
  kith_fake_dht_put (host->world->dht, location, sealed);
}

/* The same for a reach record; @mark tells them apart. */
static void
put_reach (Host *host, guint64 seq, gboolean gone, guint8 mark)
{
  KithReach reach = { .gone = gone, .seq = seq, .capabilities = 1 };
  guint8 location[KITH_LOCATION_LEN];
  gint64 wall = kith_clock_wall (host->world->clock);
  g_autoptr (GError) error = NULL;

  reach.issued = wall / G_USEC_PER_SEC;
  reach.expires = reach.issued + 1500;
  if (!gone) {
    reach.has_slot = TRUE;
    memset (reach.slot_seed, mark, sizeof reach.slot_seed);
  }
  g_assert_true (kith_vault_sign_reach (host->vault, &reach, reach.issued, &error));
  g_autoptr (GBytes) sealed = kith_reach_seal (&reach, &error);
  g_assert_no_error (error);
  kith_reach_location (host_key (host), kith_epoch_at (wall), 0, location);
  kith_fake_dht_put (host->world->dht, location, sealed);
}

static void
hang_up (Pair *pair)
{
  g_assert_true (kith_call_hang_up (host_call (pair->alice), NULL));
  settle ();
}

/* Bare names */

static void
test_ambiguous (Pair *pair, gconstpointer data)
{
  g_autoptr (Host) other = host_new (&pair->world, "bob");
  KithCall *call = host_dial (pair->alice, "bob");

  wait_located (call);
  assert_story (pair->alice, "1:locating 1:ended(ambiguous)");
  g_assert_null (host_call (pair->bob)); /* nothing rings */
  g_assert_null (host_call (other));
  g_assert_cmpuint (kith_link_pool_count (pair->alice->links), ==, 0);
  host_assert_idle (other);
}

/* Somebody's claim twice is one claimant; garbage, old and future claims are none. */
static void
test_poisoned_name (Pair *pair, gconstpointer data)
{
  g_autoptr (Host) other = host_new_bare (&pair->world, "bob");
  guint8 secret[32], location[KITH_LOCATION_LEN], noise[200];
  KithClaim claim = { .has_work = FALSE };

  kith_name_secret ("bob", secret);
  kith_claim_location (secret, location);
  put_claim (pair->bob, &claim, now_s (pair) - 60);
  put_claim (other, &claim, now_s (pair) - 2 * 86400);
  put_claim (other, &claim, now_s (pair) + 3600);
  memset (noise, 0xA5, sizeof noise);
  for (guint i = 0; i < 20; i++) {
    g_autoptr (GBytes) bytes = g_bytes_new (noise, i * 10);
    kith_fake_dht_put (pair->world.dht, location, bytes);
  }
  assert_state (host_dial (pair->alice, "bob"), "ringing");
  hang_up (pair);
}

/* A call asks once for the name, with what is beside it and its inbox, and once for each replica of
   the place. Who is called asks for the caller's place, with its inbox, for the time line. */
static void
test_one_search (Pair *pair, gconstpointer data)
{
  guint before = kith_fake_dht_get_look_ups (pair->world.dht);

  assert_state (host_dial (pair->alice, "bob"), "ringing");
  g_assert_cmpuint (kith_fake_dht_get_look_ups (pair->world.dht),
                    ==,
                    before + 3 + KITH_REACH_REPLICAS + KITH_REACH_REPLICAS + 1);
  hang_up (pair);
}

static void
test_slow_network (Pair *pair, gconstpointer data)
{
  kith_fake_dht_set_delay (pair->world.dht, 800);
  KithCall *call = host_dial (pair->alice, "bob");
  pass (&pair->world, 700);
  assert_state (call, "locating");
  hang_up (pair); /* in the middle of the look-up */
  pass (&pair->world, 5000);
  assert_reason (call, "local");
  g_assert_null (host_call (pair->bob));
  call = host_dial (pair->alice, "bob");
  pass (&pair->world, 1700);
  assert_state (call, "ringing");
  hang_up (pair);
  pass (&pair->world, 1000); /* the callee's look-up of the caller ends too */
  kith_fake_dht_set_delay (pair->world.dht, 0);
}

/* A tag that nobody shows, while others go by the name: nobody is rung, and that they are there is
   told. */
static void
test_wrong_tag (Pair *pair, gconstpointer data)
{
  KithCall *call = host_dial (pair->alice, "bob~7k2f9qxm");
  g_autofree gchar *detail = NULL;

  wait_located (call);
  assert_reason (call, "not-found");
  g_assert_null (host_call (pair->bob));
  g_object_get (call, "detail", &detail, NULL);
  g_assert_true (
      g_str_has_prefix (detail, "the name is there, but with another key than this tag"));
  g_assert_cmpint (call_number (call, "namesakes"), ==, 1);

  g_autofree gchar *nobody = NULL;
  call = host_dial (pair->alice, "zoe~7k2f9qxm");
  wait_located (call);
  assert_reason (call, "not-found");
  g_object_get (call, "detail", &nobody, NULL);
  g_assert_null (strstr (nobody, "another key"));
  g_assert_cmpint (call_number (call, "namesakes"), ==, 0);
}

static void
test_lost_network (Pair *pair, gconstpointer data)
{
  kith_fake_dht_set_connected (pair->world.dht, FALSE);
  assert_reason (host_dial (pair->alice, "bob"), "unreachable");
  kith_fake_dht_set_connected (pair->world.dht, TRUE);
  assert_state (host_dial (pair->alice, "bob"), "ringing");
  hang_up (pair);
}

/* Tags */

static gchar *
give_work (Host *host, KithClaim *claim)
{
  guint8 hash[32];

  claim->has_work = TRUE;
  claim->nonce = 11;
  claim->difficulty = 0;
  g_assert_true (kith_work_evaluate (kith_vault_get_name (host->vault), host_key (host), 11, hash));
  kith_work_tag (hash, 0, claim->tag);
  return kith_name_with_tag (kith_vault_get_name (host->vault), claim->tag);
}

static void
test_tag (Pair *pair, gconstpointer data)
{
  g_autoptr (Host) thief = host_new (&pair->world, "bob");
  KithClaim claim = { 0 };
  g_autofree gchar *address = give_work (pair->bob, &claim);
  g_autofree gchar *tag = kith_base32_encode (claim.tag, KITH_TAG_LEN);
  KithClaim forged = claim;

  put_claim (thief, &forged, now_s (pair)); /* bob's tag over the thief's key */
  KithCall *call = host_dial (pair->alice, address);
  wait_located (call);
  assert_reason (
      call,
      "not-found"); /* bob's own claim with the tag is not there: the thief is not called instead */
  g_assert_null (host_call (thief));

  put_claim (pair->bob, &claim, now_s (pair));
  call = host_dial (pair->alice, address);
  wait_located (call);
  assert_state (call, "ringing");
  assert_state (host_call (pair->bob), "incoming");
  g_assert_null (host_call (thief));
  assert_text (call, "peer-tag", tag);
  hang_up (pair);
  host_assert_idle (thief);
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GPtrArray **contacts = user_data;
  g_autoptr (GError) error = NULL;

  *contacts = kith_directory_resolve_finish (KITH_DIRECTORY (source), result, &error);
  g_assert_no_error (error);
}

/* Among several claimants of a bare name, only tags whose work holds are shown. */
static void
test_list_of_claimants (Pair *pair, gconstpointer data)
{
  g_autoptr (Host) thief = host_new (&pair->world, "bob");
  g_autoptr (GPtrArray) contacts = NULL;
  g_autoptr (KithAddress) address = kith_address_parse ("bob", NULL);
  KithClaim claim = { 0 }, forged;
  g_autofree gchar *text = give_work (pair->bob, &claim);

  forged = claim;
  put_claim (pair->bob, &claim, now_s (pair));
  put_claim (thief, &forged, now_s (pair));
  kith_directory_resolve_async (pair->alice->directory,
                                address,
                                KITH_SEARCH_TO_CALL,
                                NULL,
                                on_resolved,
                                &contacts);
  while (contacts == NULL) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_assert_cmpuint (contacts->len, ==, 2);
  for (guint i = 0; i < 2; i++) {
    KithFound *contact = contacts->pdata[i];
    gboolean is_bob = kith_peer_key_equal (&contact->key, host_key (pair->bob));
    g_assert_cmpint (contact->has_tag, ==, is_bob);
    g_assert_cmpint (contact->proof, ==, KITH_PROOF_NONE); /* neither is more bob than the other */
  }
  host_assert_idle (thief);
}

/* Pins */

static gboolean
is_pinned_to (Pair *pair, const char *name, Host *host)
{
  KithPeerKey key;

  return kith_trust_get_pin (pair->alice->trust, name, &key)
         && kith_peer_key_equal (&key, host_key (host));
}

static void
test_pin (Pair *pair, gconstpointer data)
{
  KithPeerKey key;

  (void)host_dial (pair->alice, "bob");
  g_assert_true (kith_call_reject (host_call (pair->bob), KITH_REASON_REJECTED, NULL));
  settle ();
  g_assert_false (kith_trust_get_pin (pair->alice->trust, "bob", &key)); /* not answered */
  (void)host_dial (pair->alice, "bob");
  g_assert_cmpint (host_accept (pair->bob, host_call (pair->bob)), ==, -1);
  g_assert_false (kith_trust_get_pin (pair->alice->trust, "bob", &key)); /* not heard */
  hang_up (pair);
  talk (pair->alice, pair->bob, "bob");
  g_assert_true (is_pinned_to (pair, "bob", pair->bob));
  g_assert_false (host_has_pins (pair->bob)); /* who is called pins nobody */
  hang_up (pair);

  /* From now on the name is that key, whoever else claims it, and nobody is asked. */
  g_autoptr (Host) other = host_new (&pair->world, "bob");
  KithCall *call = host_dial (pair->alice, "bob");
  assert_state (call, "ringing");
  assert_text (call, "located-by", "petname");
  assert_text (call, "trust", "seen");
  g_assert_null (host_call (other));
  hang_up (pair);

  /* Another key under the same name may be called and answer: the pin does not move. */
  g_autofree gchar *other_key = kith_peer_key_to_text (host_key (other));
  g_autofree gchar *invitation = g_strdup_printf ("kith:bob?k=%s", other_key);
  talk (pair->alice, other, invitation);
  assert_text (host_call (pair->alice), "trust", "mismatch");
  g_assert_true (is_pinned_to (pair, "bob", pair->bob));
  hang_up (pair);
  g_assert_true (is_pinned_to (pair, "bob", pair->bob));
  host_assert_idle (other);
}

static void
test_pin_offline (Pair *pair, gconstpointer data)
{
  talk (pair->alice, pair->bob, "bob");
  hang_up (pair);
  g_autoptr (Host) other = host_new (&pair->world, "bob");
  kith_account_withdraw (pair->bob->account);
  kith_link_maker_stop (pair->bob->maker);
  settle ();
  /* bob left; the other bob is not rung in his place */
  KithCall *call = host_dial (pair->alice, "bob");
  pass (&pair->world, 300);
  assert_reason (call, "unreachable");
  g_assert_null (host_call (other));
  host_assert_idle (other);
}

static void
test_key (Pair *pair, gconstpointer data)
{
  g_autofree gchar *key = kith_peer_key_to_text (host_key (pair->bob));
  g_auto (GStrv) pins = NULL;

  talk (pair->alice, pair->bob, key);
  assert_text (host_call (pair->alice), "located-by", "address");
  hang_up (pair);
  pins = kith_trust_list (pair->alice->trust); /* a bare key has no name to remember */
  g_assert_null (pins[0]);
}

/* The user's own contact file */

static void
test_contacts (Pair *pair, gconstpointer data)
{
  g_autoptr (KithLocator) file = spy_locator_new ("static");
  g_autoptr (KithFound) friend = kith_found_new ();
  g_autoptr (Peer) phone = peer_new (&pair->world, 7);
  GPtrArray *locators = kith_directory_get_locators (pair->alice->directory);

  g_ptr_array_insert (locators, 0, g_object_ref (file));
  friend->name = g_strdup ("robert");
  friend->key = *host_key (pair->bob);
  friend->proof = KITH_PROOF_STATIC;
  friend->source = g_strdup ("static");
  spy_locator_set_contact (SPY_LOCATOR (file), friend);
  KithCall *call = host_dial (pair->alice, "robert");
  assert_state (call, "ringing");
  assert_text (call, "located-by", "static");
  assert_state (host_call (pair->bob), "incoming");
  hang_up (pair);

  memset (&friend->key, 0, sizeof friend->key);
  friend->sip_uri = g_strdup ("sip:robert@198.51.100.7");
  spy_locator_set_contact (SPY_LOCATOR (file), friend);
  call = host_dial (pair->alice, "robert");
  g_assert_nonnull (phone->dialog);
  assert_text (call, "encryption", "none");
  hang_up (pair);

  g_free (friend->sip_uri);
  friend->sip_uri = g_strdup ("not a uri");
  spy_locator_set_contact (SPY_LOCATOR (file), friend);
  call = host_dial (pair->alice, "robert");
  assert_reason (call, "internal");
  spy_locator_set_contact (SPY_LOCATOR (file), NULL);
}

/* Where */

static void
on_reached (GObject *source, GAsyncResult *result, gpointer user_data)
{
  KithReach *reach = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree KithReach *found
      = kith_directory_reach_finish (KITH_DIRECTORY (source), result, &error);

  if (found != NULL) {
    *reach = *found;
  } else {
    g_assert_error (error, KITH_ERROR, KITH_ERROR_NOT_FOUND);
    reach->gone = TRUE;
  }
}

static KithReach
reach (Pair *pair)
{
  KithReach found = { 0 };

  kith_directory_forget (pair->alice->directory, host_key (pair->bob));
  kith_directory_reach_async (pair->alice->directory,
                              host_key (pair->bob),
                              NULL,
                              on_reached,
                              &found);
  pass (&pair->world, 300);
  g_assert_true (found.gone || found.seq > 0);
  return found;
}

/* A record that is older than one already seen counts for nothing, in whatever order they come. */
static void
test_newest_place (Pair *pair, gconstpointer data)
{
  guint64 high = kith_vault_next_seq (pair->bob->vault) + 1000;
  KithReach found;

  put_reach (pair->bob, high, FALSE, 0x11);
  put_reach (pair->bob, high - 500, FALSE, 0x22);
  found = reach (pair);
  g_assert_cmpuint (found.seq, ==, high);
  g_assert_cmpuint (found.slot_seed[0], ==, 0x11);
  put_reach (pair->bob, high - 400, TRUE, 0); /* left, but that was before */
  found = reach (pair);
  g_assert_false (found.gone);
  put_reach (pair->bob, high + 1, FALSE, 0x33);
  found = reach (pair);
  g_assert_cmpuint (found.slot_seed[0], ==, 0x33);
  put_reach (pair->bob, high + 2, TRUE, 0);
  found = reach (pair);
  g_assert_true (found.gone);
  put_reach (pair->bob, high + 3, FALSE, 0x44); /* and came back */
  found = reach (pair);
  g_assert_cmpuint (found.slot_seed[0], ==, 0x44);
}

/* Records of another identity at bob's place, and noise, are passed over. */
static void
test_poisoned_place (Pair *pair, gconstpointer data)
{
  g_autoptr (Host) thief = host_new_bare (&pair->world, "bob");
  KithReach record = { .seq = G_MAXUINT64 - 1, .capabilities = 1, .has_slot = TRUE };
  guint8 location[KITH_LOCATION_LEN];
  g_autoptr (GBytes) noise = g_bytes_new_static ("noise", 5);

  record.issued = now_s (pair);
  record.expires = record.issued + 1500;
  g_assert_true (kith_vault_sign_reach (thief->vault, &record, record.issued, NULL));
  g_autoptr (GBytes) sealed = kith_reach_seal (&record, NULL);
  for (guint replica = 0; replica < KITH_REACH_REPLICAS; replica++) {
    kith_reach_location (host_key (pair->bob),
                         kith_epoch_at (kith_clock_wall (pair->world.clock)),
                         replica,
                         location);
    kith_fake_dht_put (pair->world.dht, location, sealed);
    kith_fake_dht_put (pair->world.dht, location, noise);
  }
  assert_state (host_dial (pair->alice, "bob"), "ringing");
  hang_up (pair);
}

/* Takes the records of bob's place away, and the copy beside his name too if @copy. */
static void
eclipse (Pair *pair, gboolean place, gboolean copy)
{
  guint8 secret[32], location[KITH_LOCATION_LEN];

  kith_name_secret ("bob", secret);
  kith_name_reach_location (secret, location);
  if (copy) {
    kith_fake_dht_forget (pair->world.dht, location);
  }
  for (guint replica = 0; place && replica < KITH_REACH_REPLICAS; replica++) {
    kith_reach_location (host_key (pair->bob),
                         kith_epoch_at (kith_clock_wall (pair->world.clock)),
                         replica,
                         location);
    kith_fake_dht_forget (pair->world.dht, location);
  }
}

/* A copy of @host's record, sealed for the name "bob", as anybody who knows the name can make
   it. */
static void
put_copy (Host *host, guint64 seq, gboolean gone, guint8 mark)
{
  KithReach record = { .gone = gone, .seq = seq, .capabilities = 1, .has_slot = !gone };
  guint8 secret[32], location[KITH_LOCATION_LEN];
  g_autoptr (GError) error = NULL;

  record.issued = kith_clock_wall (host->world->clock) / G_USEC_PER_SEC;
  record.expires = record.issued + 1500;
  memset (record.slot_seed, gone ? 0 : mark, sizeof record.slot_seed);
  g_assert_true (kith_vault_sign_reach (host->vault, &record, record.issued, &error));
  kith_name_secret ("bob", secret);
  kith_name_reach_location (secret, location);
  g_autoptr (GBytes) sealed = kith_reach_seal_for_name (&record, secret, &error);
  g_assert_no_error (error);
  kith_fake_dht_put (host->world->dht, location, sealed);
}

/* What is beside the name is enough to call, at the time when the name is known. */
static void
test_copy (Pair *pair, gconstpointer data)
{
  eclipse (pair, TRUE, FALSE);
  kith_fake_dht_set_delay (pair->world.dht, 200);
  KithCall *call = host_dial (pair->alice, "bob");
  pass (&pair->world, 199);
  assert_state (call, "locating");
  pass (&pair->world, 2);
  assert_state (call, "ringing");
  kith_fake_dht_set_delay (pair->world.dht, 0);
  hang_up (pair);
  pass (&pair->world, 1000); /* the look-ups of the place end too */
}

/* A dead node near the place makes look-ups end late: a call does not wait for that, and several
   claimants are still told apart. */
static void
test_dead_node (Pair *pair, gconstpointer data)
{
  kith_fake_dht_set_delay (pair->world.dht, 200);
  kith_fake_dht_set_tail (pair->world.dht, 1000);
  KithCall *call = host_dial (pair->alice, "bob");
  pass (&pair->world, 590);
  assert_state (call, "locating");
  pass (&pair->world, 60);
  assert_state (call, "ringing");
  hang_up (pair);
  g_autoptr (Host) other = host_new (&pair->world, "bob");
  pass (&pair->world, 2000);
  call = host_dial (pair->alice, "bob");
  pass (&pair->world, 650);
  wait_located (call);
  assert_reason (call, "ambiguous");
  kith_fake_dht_set_delay (pair->world.dht, 0);
  kith_fake_dht_set_tail (pair->world.dht, 0);
  pass (&pair->world, 2000);
  host_assert_idle (other);
}

/* Copies of others and noise beside the name count for nothing, and an old one never beats a newer
   one. */
static void
test_poisoned_copy (Pair *pair, gconstpointer data)
{
  g_autoptr (Host) thief = host_new_bare (&pair->world, "bob");
  guint8 secret[32], location[KITH_LOCATION_LEN];

  kith_name_secret ("bob", secret);
  kith_name_reach_location (secret, location);
  for (guint8 i = 0; i < 40; i++) {
    g_autoptr (GBytes) noise = g_bytes_new (&i, 1);
    kith_fake_dht_put (pair->world.dht, location, noise);
  }
  put_copy (thief, G_MAXUINT64 - 1, FALSE, 0x11);
  put_copy (thief, G_MAXUINT64 - 2, TRUE, 0);
  put_copy (pair->bob, 1, TRUE, 0); /* a "gone" of long ago */
  assert_state (host_dial (pair->alice, "bob"), "ringing");
  hang_up (pair);
}

/* "Gone" beside the name is believed, but only when the place itself says nothing newer. */
static void
test_gone_copy (Pair *pair, gconstpointer data)
{
  guint64 high = kith_vault_next_seq (pair->bob->vault) + 1000;

  put_copy (pair->bob, high, TRUE, 0);
  kith_fake_dht_set_delay (pair->world.dht, 100);
  KithCall *call = host_dial (pair->alice, "bob");
  pass (&pair->world, 1000);
  assert_reason (call, "unreachable");
  put_reach (pair->bob, high + 1, FALSE, 0x55); /* back, and the copy is not there yet */
  call = host_dial (pair->alice, "bob");
  pass (&pair->world, 1000);
  assert_state (call, "ringing");
  kith_fake_dht_set_delay (pair->world.dht, 0);
  hang_up (pair);
}

/* Who is found by name is knocked at by name too: where the knock is expected, and where it arrives
   sooner. */
static void
test_knock_by_name (Pair *pair, gconstpointer data)
{
  guint8 secret[32], location[KITH_LOCATION_LEN];
  gint64 day = kith_epoch_at (kith_clock_wall (pair->world.clock));

  kith_fake_net_set_open (pair->world.net, host_device (pair->bob), FALSE);
  assert_state (host_dial (pair->alice, "bob"), "ringing");
  kith_name_secret ("bob", secret);
  kith_name_inbox_location (secret, day, location);
  g_assert_cmpuint (kith_fake_dht_count (pair->world.dht, location), >=, 1);
  guint knocks = kith_fake_dht_count (pair->world.dht, location);
  kith_inbox_location (host_key (pair->bob), day, location);
  g_assert_cmpuint (kith_fake_dht_count (pair->world.dht, location), ==, knocks);
  hang_up (pair);
}

/* One replica is enough, and without any the callee is offline. */
static void
test_eclipse (Pair *pair, gconstpointer data)
{
  eclipse (pair, FALSE, TRUE);
  for (guint replica = 0; replica < KITH_REACH_REPLICAS; replica++) {
    guint8 location[KITH_LOCATION_LEN];
    kith_reach_location (host_key (pair->bob),
                         kith_epoch_at (kith_clock_wall (pair->world.clock)),
                         replica,
                         location);
    g_assert_cmpuint (kith_fake_dht_count (pair->world.dht, location), ==, 1);
    assert_state (host_dial (pair->alice, "bob"), "ringing");
    hang_up (pair);
    kith_fake_dht_forget (pair->world.dht, location);
    host_break_links (pair->alice); /* or the next call would go without looking */
  }
  KithCall *call = host_dial (pair->alice, "bob");
  assert_reason (call, "unreachable");
}

int
main (int argc, char **argv)
{
#define ADD(name, function)                                                                        \
  g_test_add ("/node/names/" name, Pair, NULL, pair_set_up, function, pair_tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("ambiguous", test_ambiguous);
  ADD ("poisoned-name", test_poisoned_name);
  ADD ("one-search", test_one_search);
  ADD ("slow-network", test_slow_network);
  ADD ("wrong-tag", test_wrong_tag);
  ADD ("lost-network", test_lost_network);
  ADD ("tag", test_tag);
  ADD ("list-of-claimants", test_list_of_claimants);
  ADD ("pin", test_pin);
  ADD ("pin-offline", test_pin_offline);
  ADD ("key", test_key);
  ADD ("contacts", test_contacts);
  ADD ("newest-place", test_newest_place);
  ADD ("poisoned-place", test_poisoned_place);
  ADD ("copy", test_copy);
  ADD ("dead-node", test_dead_node);
  ADD ("poisoned-copy", test_poisoned_copy);
  ADD ("gone-copy", test_gone_copy);
  ADD ("knock-by-name", test_knock_by_name);
  ADD ("eclipse", test_eclipse);
  return g_test_run ();
}
