/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strangers who claim the name and the tag of somebody else. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "common/fake-locator.h"
#include "identity/proof.h"
#include "identity/seal.h"
#include "identity/vault.h"
#include "node/directory/directory.h"

#define N_THIEVES 20
#define SLOW_MS 1500
#define NOW (g_get_real_time () / G_USEC_PER_SEC)

typedef struct {
  KithFakeDht *dht;
  KithTrust *trust;
  KithDirectory *directory;
  gchar *dir;
  guint n_people;
  GPtrArray *contacts; /* of the last search, or NULL */
  GError *error;
  gboolean done;
} Place;

static void
remove_dir (const char *path)
{
  g_autoptr (GDir) entries = g_dir_open (path, 0, NULL);
  const char *name;

  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL) {
    g_autofree gchar *inner = g_build_filename (path, name, NULL);
    remove_dir (inner);
  }
  (void)g_remove (path);
}

static void
set_up_with (Place *place, KithClock *clock)
{
  g_autoptr (KithLocator) locator = NULL;
  g_autoptr (GError) error = NULL;

  place->dir = g_dir_make_tmp ("kith-claims-XXXXXX", &error);
  g_assert_no_error (error);
  place->dht = kith_fake_dht_new (clock);
  place->trust = kith_trust_open (place->dir, &error);
  g_assert_no_error (error);
  place->directory
      = kith_directory_new (clock != NULL ? clock : kith_clock_get_default (), place->trust, 0);
  locator = kith_fake_locator_new (place->dht, "dht");
  kith_directory_add (place->directory, locator);
  kith_locator_start (locator);
  while (g_main_context_iteration (NULL, FALSE)) {
  }
}

static void
set_up (Place *place, gconstpointer data)
{
  set_up_with (place, NULL);
}

static void
tear_down (Place *place, gconstpointer data)
{
  g_clear_pointer (&place->contacts, g_ptr_array_unref);
  g_clear_error (&place->error);
  g_clear_object (&place->directory);
  g_clear_object (&place->trust);
  g_clear_object (&place->dht);
  remove_dir (place->dir);
  g_free (place->dir);
}

static KithVault *
make_person (Place *place)
{
  g_autofree gchar *name = g_strdup_printf ("%u", place->n_people++);
  g_autofree gchar *dir = g_build_filename (place->dir, name, NULL);
  g_autoptr (GError) error = NULL;
  KithVault *vault = kith_vault_create (dir, "bob", NULL, NULL, &error);

  g_assert_no_error (error);
  return vault;
}

/* Puts a claim of "bob" with @tag; the work shows it only if it is the person's own. */
static void
put_claim (Place *place, KithFakeDht *dht, KithVault *vault, const guint8 *tag)
{
  KithClaim claim = { .name = "bob",
                      .identity = *kith_vault_get_identity (vault),
                      .has_work = TRUE,
                      .seq = 1,
                      .issued = NOW,
                      .expires = NOW + 3600 };
  guint8 secret[32];
  guint8 location[KITH_LOCATION_LEN];
  g_autoptr (GError) error = NULL;

  memcpy (claim.tag, tag, KITH_TAG_LEN);
  g_assert_true (kith_vault_sign_claim (vault, &claim, &error));
  kith_name_secret ("bob", secret);
  kith_claim_location (secret, location);
  g_autoptr (GBytes) sealed = kith_claim_seal (&claim, secret, &error);
  g_assert_no_error (error);
  kith_fake_dht_put (dht, location, sealed);
}

static void
own_tag (KithVault *vault, guint8 tag[KITH_TAG_LEN])
{
  guint8 hash[32];

  g_assert_true (kith_work_evaluate ("bob", kith_vault_get_identity (vault), 0, hash));
  kith_work_tag (hash, 0, tag);
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Place *place = user_data;

  place->contacts = kith_directory_resolve_finish (KITH_DIRECTORY (source), result, &place->error);
  place->done = TRUE;
}

static void
resolve (Place *place, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithAddress) address = kith_address_parse (text, &error);

  g_assert_no_error (error);
  g_clear_pointer (&place->contacts, g_ptr_array_unref);
  g_clear_error (&place->error);
  place->done = FALSE;
  kith_directory_resolve_async (place->directory,
                                address,
                                KITH_SEARCH_TO_CALL,
                                NULL,
                                on_resolved,
                                place);
  while (!place->done) {
    (void)g_main_context_iteration (NULL, TRUE);
  }
}

static void
assert_found (Place *place, KithVault *vault, KithProof proof)
{
  g_assert_no_error (place->error);
  g_assert_cmpuint (place->contacts->len, ==, 1);
  const KithFound *contact = place->contacts->pdata[0];
  g_assert_true (kith_peer_key_equal (&contact->key, kith_vault_get_identity (vault)));
  g_assert_cmpint (contact->proof, ==, proof);
}

/* Those who write somebody's tag into their own claims, and come first, do not hide the owner. */
static void
test_forged_tags (Place *place, gconstpointer data)
{
  g_autoptr (KithVault) bob = make_person (place);
  guint8 tag[KITH_TAG_LEN];

  own_tag (bob, tag);
  for (guint i = 0; i < N_THIEVES; i++) {
    g_autoptr (KithVault) thief = make_person (place);
    put_claim (place, place->dht, thief, tag);
  }
  put_claim (place, place->dht, bob, tag);
  g_autofree gchar *address = kith_name_with_tag ("bob", tag);
  resolve (place, address);
  assert_found (place, bob, KITH_PROOF_TAG);
}

/* An invitation with the tag of one and the key of another leads to neither. */
static void
test_mixed_invitation (Place *place, gconstpointer data)
{
  g_autoptr (KithVault) bob = make_person (place);
  g_autoptr (KithVault) thief = make_person (place);
  guint8 tag[KITH_TAG_LEN];
  g_autoptr (GError) error = NULL;

  own_tag (bob, tag);
  g_autofree gchar *name = kith_name_with_tag ("bob", tag);
  g_autofree gchar *bobs_key = kith_peer_key_to_text (kith_vault_get_identity (bob));
  g_autofree gchar *thiefs_key = kith_peer_key_to_text (kith_vault_get_identity (thief));
  g_autofree gchar *honest = g_strdup_printf ("kith:%s?k=%s", name, bobs_key);
  g_autofree gchar *mixed = g_strdup_printf ("kith:%s?k=%s", name, thiefs_key);
  g_autofree gchar *bare = g_strdup_printf ("kith:bob?k=%s", thiefs_key);

  resolve (place, mixed); /* nobody's claim is there */
  g_assert_error (place->error, KITH_ERROR, KITH_ERROR_UNREACHABLE);
  put_claim (place, place->dht, thief, tag);
  put_claim (place, place->dht, bob, tag);
  resolve (place, mixed);
  g_assert_error (place->error, KITH_ERROR, KITH_ERROR_UNTRUSTED);
  resolve (place, honest);
  assert_found (place, bob, KITH_PROOF_TAG);
  resolve (place, bare); /* a key without a tag says no more than the key */
  assert_found (place, thief, KITH_PROOF_KEY);

  /* Who is pinned needs no proof from the network. */
  g_assert_true (kith_trust_pin (place->trust, "bob", kith_vault_get_identity (bob), NOW, &error));
  kith_fake_dht_set_connected (place->dht, FALSE);
  resolve (place, honest);
  assert_found (place, bob, KITH_PROOF_KEY);
}

static void
run_for (Place *place, KithClock *clock, guint ms)
{
  for (guint passed = 0; passed < ms && !place->done; passed += 20) {
    kith_clock_advance (clock, 20);
    while (g_main_context_iteration (NULL, FALSE)) {
    }
  }
}

/* The network comes back just after somebody was looked for: what went nowhere is asked again. */
static void
test_network_back (void)
{
  Place place = { 0 };
  g_autoptr (KithClock) clock = kith_clock_new_manual (g_get_real_time ());
  g_autoptr (KithAddress) address = kith_address_parse ("bob", NULL);
  guint8 tag[KITH_TAG_LEN];

  set_up_with (&place, clock);
  g_autoptr (KithVault) bob = make_person (&place);
  own_tag (bob, tag);
  put_claim (&place, place.dht, bob, tag);
  kith_fake_dht_set_delay (place.dht, SLOW_MS);
  kith_fake_dht_set_connected (place.dht, FALSE);
  kith_directory_resolve_async (place.directory,
                                address,
                                KITH_SEARCH_TO_CALL,
                                NULL,
                                on_resolved,
                                &place);
  run_for (&place, clock, 100);
  kith_fake_dht_set_connected (place.dht, TRUE);
  run_for (&place, clock, 5000);
  g_assert_true (place.done);
  assert_found (&place, bob, KITH_PROOF_NONE);
  tear_down (&place, NULL);
}

/* Somebody else holds the name, and the node that tells so is slow: a call does not wait for it,
   who asks for all of them does. */
static void
test_slow_claimant (void)
{
  static const struct {
    KithSearchDepth depth;
    guint claimants;
  } cases[] = { { KITH_SEARCH_TO_CALL, 1 }, { KITH_SEARCH_ALL, 2 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Place place = { 0 };
    g_autoptr (KithClock) clock = kith_clock_new_manual (g_get_real_time ());
    g_autoptr (KithFakeDht) slow = kith_fake_dht_new (clock);
    g_autoptr (KithLocator) locator = kith_fake_locator_new (slow, "slow");
    g_autoptr (KithAddress) address = kith_address_parse ("bob", NULL);
    guint8 tag[KITH_TAG_LEN];

    set_up_with (&place, clock);
    kith_directory_add (place.directory, locator);
    kith_locator_start (locator);
    kith_fake_dht_set_delay (slow, SLOW_MS);
    g_autoptr (KithVault) bob = make_person (&place);
    g_autoptr (KithVault) other = make_person (&place);
    own_tag (bob, tag);
    put_claim (&place, place.dht, bob, tag);
    own_tag (other, tag);
    put_claim (&place, slow, other, tag);
    kith_directory_resolve_async (place.directory,
                                  address,
                                  cases[i].depth,
                                  NULL,
                                  on_resolved,
                                  &place);
    run_for (&place, clock, 5000);
    while (!place.done) { /* the work of the claims is evaluated in threads */
      (void)g_main_context_iteration (NULL, TRUE);
    }
    g_assert_no_error (place.error);
    g_assert_cmpuint (place.contacts->len, ==, cases[i].claimants);
    tear_down (&place, NULL);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_true (kith_identity_init ());
  g_test_add ("/claims/forged-tags", Place, NULL, set_up, test_forged_tags, tear_down);
  g_test_add ("/claims/mixed-invitation", Place, NULL, set_up, test_mixed_invitation, tear_down);
  g_test_add_func ("/claims/slow-claimant", test_slow_claimant);
  g_test_add_func ("/claims/network-back", test_network_back);
  return g_test_run ();
}
