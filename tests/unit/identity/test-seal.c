/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records sealed, opened, tampered with, moved, aged and forged. */
#include <sodium.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "identity/derive.h"
#include "identity/envelope.h"
#include "identity/seal.h"
#include "identity/signing.h"
#include "identity/vault.h"
#include "temporary-dir.h"

#define NOW 1800000000
#define LIFE 1500

typedef struct {
  TemporaryDir *alice_dir;
  TemporaryDir *bob_dir;
  KithVault *alice;
  KithVault *bob;
  guint8 alice_secret[32]; /* of the name */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->alice_dir = temporary_dir_new ();
  fixture->bob_dir = temporary_dir_new ();
  fixture->alice = kith_vault_create (fixture->alice_dir, "alice", NULL, NULL, NULL);
  fixture->bob = kith_vault_create (fixture->bob_dir, "bob", NULL, NULL, NULL);
  g_assert_nonnull (fixture->alice);
  g_assert_nonnull (fixture->bob);
  kith_name_secret ("alice", fixture->alice_secret);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->alice);
  g_object_unref (fixture->bob);
  temporary_dir_free (fixture->alice_dir);
  temporary_dir_free (fixture->bob_dir);
}

static KithClaim
make_claim (Fixture *fixture)
{
  KithClaim claim = {
    .name = "alice",
    .identity = *kith_vault_get_identity (fixture->alice),
    .nonce = 1234,
    .difficulty = 10,
    .has_work = TRUE,
    .tag = { 1, 2, 3, 4, 5 },
    .seq = kith_vault_next_seq (fixture->alice),
    .issued = NOW,
    .expires = NOW + LIFE,
  };

  g_assert_true (kith_vault_sign_claim (fixture->alice, &claim, NULL));
  return claim;
}

/* @n candidates, every third of them IPv6. */
static void
add_candidates (KithCandidate *candidates, guint n)
{
  for (guint i = 0; i < n; i++) {
    candidates[i].endpoint.port = (guint16)(4000 + i);
    candidates[i].endpoint.family = i % 3 == 2 ? 6 : 4;
    candidates[i].type = KITH_CANDIDATE_SRFLX;
    memset (candidates[i].endpoint.ip, (int)i + 1, candidates[i].endpoint.family == 6 ? 16 : 4);
  }
}

static KithReach
make_reach (KithVault *vault, guint n_candidates)
{
  KithReach reach = {
    .seq = kith_vault_next_seq (vault),
    .issued = NOW,
    .expires = NOW + LIFE,
    .capabilities = 1,
    .has_slot = TRUE,
    .slot_seed = { 9, 8, 7 },
    .n_candidates = n_candidates,
    .n_uris = 1,
    .uris = { "sip:alice@040g2081040g2081040g2081040g2081040g2081040g2081040g.kith.alt" },
  };

  add_candidates (reach.candidates, n_candidates);
  g_assert_true (kith_vault_sign_reach (vault, &reach, NOW, NULL));
  return reach;
}

static KithKnock
make_knock (KithVault *from, const KithPeerKey *to, guint n_candidates)
{
  KithKnock knock = {
    .kind = KITH_KNOCK_OFFER,
    .link_id = { 1, 2, 3 },
    .seed = { 4, 5, 6 },
    .issued = NOW,
    .n_candidates = n_candidates,
  };

  add_candidates (knock.candidates, n_candidates);
  g_assert_true (kith_vault_sign_knock (from, &knock, to, NOW, NULL));
  return knock;
}

static GBytes *
seal_knock (Fixture *fixture, guint n_candidates)
{
  const KithPeerKey *to = kith_vault_get_identity (fixture->alice);
  KithKnock knock = make_knock (fixture->bob, to, n_candidates);
  GBytes *sealed = kith_knock_seal (&knock, to, NULL);

  g_assert_nonnull (sealed);
  return sealed;
}

static gboolean
open_knock (KithVault *vault, GBytes *sealed, gint64 now, KithKnock *knock, GError **error)
{
  g_autoptr (GBytes) inner = NULL;

  if (!kith_vault_unseal (vault, sealed, &inner)) {
    g_assert_null (inner);
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_PROTOCOL, "not for us");
    return FALSE;
  }
  return kith_knock_open (inner, kith_vault_get_identity (vault), now, knock, error);
}

static void
test_claim (Fixture *fixture, gconstpointer data)
{
  KithClaim claim = make_claim (fixture);
  KithClaim found;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) sealed = kith_claim_seal (&claim, fixture->alice_secret, &error);
  g_autoptr (GBytes) again = kith_claim_seal (&claim, fixture->alice_secret, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (sealed), <=, KITH_RECORD_MAX);
  g_assert_false (g_bytes_equal (sealed, again)); /* random nonces */
  g_assert_true (kith_claim_open (sealed, "alice", fixture->alice_secret, NOW, &found, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (found.name, ==, "alice");
  g_assert_true (kith_peer_key_equal (&found.identity, &claim.identity));
  g_assert_true (found.has_work);
  g_assert_cmpuint (found.nonce, ==, claim.nonce);
  g_assert_cmpuint (found.difficulty, ==, claim.difficulty);
  g_assert_cmpmem (found.tag, KITH_TAG_LEN, claim.tag, KITH_TAG_LEN);
  g_assert_cmpuint (found.seq, ==, claim.seq);
  g_assert_cmpint (found.issued, ==, NOW);
  g_assert_cmpint (found.expires, ==, NOW + LIFE);
}

static void
test_reach (Fixture *fixture, gconstpointer data)
{
  const KithPeerKey *identity = kith_vault_get_identity (fixture->alice);
  KithReach reach = make_reach (fixture->alice, 4);
  KithReach found;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) sealed = kith_reach_seal (&reach, &error);

  g_assert_no_error (error);
  g_assert_true (kith_reach_open (sealed, identity, NOW, &found, &error));
  g_assert_no_error (error);
  g_assert_true (kith_peer_key_equal (&found.device.identity, identity));
  g_assert_true (
      kith_peer_key_equal (&found.device.device, kith_vault_get_device (fixture->alice)));
  g_assert_cmpuint (found.seq, ==, reach.seq);
  g_assert_true (found.has_slot);
  g_assert_cmpmem (found.slot_seed, KITH_SEED_LEN, reach.slot_seed, KITH_SEED_LEN);
  g_assert_cmpuint (found.n_candidates, ==, 4);
  g_assert_cmpuint (found.candidates[3].endpoint.port, ==, 4003);
  g_assert_cmpuint (found.candidates[2].endpoint.family, ==, 6);
  g_assert_cmpmem (found.candidates[2].endpoint.ip, 16, reach.candidates[2].endpoint.ip, 16);
  g_assert_cmpstr (found.uris[0], ==, reach.uris[0]);
}

/* The same record under the name: for the key whose claim was seen, not in the other place, not by
   another name, not for another key. */
static void
test_reach_for_name (Fixture *fixture, gconstpointer data)
{
  const KithPeerKey *alice = kith_vault_get_identity (fixture->alice);
  const KithPeerKey *bob = kith_vault_get_identity (fixture->bob);
  KithReach reach = make_reach (fixture->alice, 4);
  KithReach found;
  guint8 other[32];
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) copy = kith_reach_seal_for_name (&reach, fixture->alice_secret, &error);
  g_autoptr (GBytes) usual = kith_reach_seal (&reach, NULL);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (copy), ==, g_bytes_get_size (usual));
  g_assert_true (
      kith_reach_open_for_name (copy, fixture->alice_secret, alice, NOW, &found, &error));
  g_assert_cmpuint (found.seq, ==, reach.seq);
  g_assert_cmpmem (found.slot_seed, KITH_SEED_LEN, reach.slot_seed, KITH_SEED_LEN);
  g_assert_false (kith_reach_open (copy, alice, NOW, &found, NULL));
  g_assert_false (
      kith_reach_open_for_name (usual, fixture->alice_secret, alice, NOW, &found, NULL));
  kith_name_secret ("bob", other);
  g_assert_false (kith_reach_open_for_name (copy, other, alice, NOW, &found, NULL));
  g_assert_false (kith_reach_open_for_name (copy, fixture->alice_secret, bob, NOW, &found, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNTRUSTED);
  g_clear_error (&error);
  g_assert_false (kith_reach_open_for_name (copy,
                                            fixture->alice_secret,
                                            alice,
                                            NOW + LIFE + KITH_TIME_TOLERANCE + 1,
                                            &found,
                                            &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_TIMED_OUT);
  reach.seq++; /* not what was signed */
  g_autoptr (GBytes) forged = kith_reach_seal_for_name (&reach, fixture->alice_secret, NULL);
  g_assert_false (
      kith_reach_open_for_name (forged, fixture->alice_secret, alice, NOW, &found, NULL));
}

static void
test_gone (Fixture *fixture, gconstpointer data)
{
  KithReach reach = { .gone = TRUE, .seq = 7, .issued = NOW, .expires = NOW + LIFE };
  KithReach found;
  g_autoptr (GError) error = NULL;

  g_assert_true (kith_vault_sign_reach (fixture->alice, &reach, NOW, &error));
  g_autoptr (GBytes) sealed = kith_reach_seal (&reach, &error);
  g_assert_true (
      kith_reach_open (sealed, kith_vault_get_identity (fixture->alice), NOW, &found, &error));
  g_assert_no_error (error);
  g_assert_true (found.gone);
  g_assert_cmpuint (found.seq, ==, 7);
}

static void
test_knock (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) sealed = seal_knock (fixture, 5);
  g_autoptr (GError) error = NULL;
  KithKnock found;

  g_assert_true (open_knock (fixture->alice, sealed, NOW, &found, &error));
  g_assert_no_error (error);
  g_assert_cmpint (found.kind, ==, KITH_KNOCK_OFFER);
  g_assert_true (
      kith_peer_key_equal (&found.device.identity, kith_vault_get_identity (fixture->bob)));
  g_assert_cmpuint (found.n_candidates, ==, 5);
  g_assert_cmpuint (found.seed[2], ==, 6);
}

/* The largest records, of all mixes of candidates: they fit, and what was trimmed is signed as
   trimmed. */
static void
test_sizes (Fixture *fixture, gconstpointer data)
{
  const KithPeerKey *alice = kith_vault_get_identity (fixture->alice);
  gsize largest = 0;

  for (guint n_v6 = 0; n_v6 <= KITH_MAX_CANDIDATES; n_v6++) {
    KithReach reach = make_reach (fixture->alice, KITH_MAX_CANDIDATES);
    KithKnock knock = make_knock (fixture->bob, alice, KITH_MAX_CANDIDATES);
    KithReach found_reach;
    KithKnock found_knock;
    g_autoptr (GError) error = NULL;
    for (guint i = 0; i < KITH_MAX_CANDIDATES; i++) {
      reach.candidates[i].endpoint.family = knock.candidates[i].endpoint.family = i < n_v6 ? 6 : 4;
    }
    g_assert_true (kith_vault_sign_reach (fixture->alice, &reach, NOW, &error));
    g_assert_true (kith_vault_sign_knock (fixture->bob, &knock, alice, NOW, &error));
    g_autoptr (GBytes) sealed_reach = kith_reach_seal (&reach, &error);
    g_assert_no_error (error);
    g_autoptr (GBytes) sealed_knock = kith_knock_seal (&knock, alice, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (g_bytes_get_size (sealed_reach), <=, KITH_RECORD_MAX);
    g_assert_cmpuint (g_bytes_get_size (sealed_knock), <=, KITH_RECORD_MAX);
    largest = MAX (largest, MAX (g_bytes_get_size (sealed_reach), g_bytes_get_size (sealed_knock)));
    g_assert_true (kith_reach_open (sealed_reach, alice, NOW, &found_reach, &error));
    g_assert_true (open_knock (fixture->alice, sealed_knock, NOW, &found_knock, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (found_reach.n_candidates, >=, 6);
    g_assert_cmpuint (found_knock.n_candidates, >=, 11);
  }
  g_test_message ("the largest sealed record has %" G_GSIZE_FORMAT " bytes", largest);
  g_assert_cmpuint (largest, >, 480);
}

/* Exactly at the limit and one above. */
static void
test_limit (void)
{
  static const guint8 plain[KITH_RECORD_MAX];
  guint8 key[32] = { 1 };
  guint8 opened[KITH_RECORD_MAX];
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) sealed = kith_envelope_close (key, plain, KITH_RECORD_MAX - 41, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (sealed), ==, KITH_RECORD_MAX);
  g_assert_cmpint (kith_envelope_open (key, sealed, opened), ==, KITH_RECORD_MAX - 41);
  g_assert_null (kith_envelope_close (key, plain, KITH_RECORD_MAX - 40, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_clear_error (&error);

  KithPeerKey to;
  guint8 secret[64];
  guint8 box[32];
  crypto_sign_keypair (to.bytes, secret);
  crypto_sign_ed25519_sk_to_curve25519 (box, secret);
  g_autoptr (GBytes) addressed
      = kith_envelope_address (&to, plain, KITH_RECORD_MAX - KITH_SEAL_OVERHEAD, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (addressed), ==, KITH_RECORD_MAX);
  g_assert_cmpint (kith_envelope_receive (&to, box, addressed, opened),
                   ==,
                   KITH_RECORD_MAX - KITH_SEAL_OVERHEAD);
  g_assert_null (
      kith_envelope_address (&to, plain, KITH_RECORD_MAX - KITH_SEAL_OVERHEAD + 1, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_clear_error (&error);

  memset (to.bytes, 0, sizeof to.bytes); /* no point of the right order */
  g_assert_null (kith_envelope_address (&to, plain, 1, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
}

typedef gboolean (*OpenFunc) (Fixture *fixture, GBytes *sealed);

static gboolean
opens_claim (Fixture *fixture, GBytes *sealed)
{
  KithClaim claim;

  return kith_claim_open (sealed, "alice", fixture->alice_secret, NOW, &claim, NULL);
}

static gboolean
opens_reach (Fixture *fixture, GBytes *sealed)
{
  KithReach reach;

  return kith_reach_open (sealed, kith_vault_get_identity (fixture->alice), NOW, &reach, NULL);
}

static gboolean
opens_knock (Fixture *fixture, GBytes *sealed)
{
  KithKnock knock;

  return open_knock (fixture->alice, sealed, NOW, &knock, NULL);
}

/* Every bit of every byte, every length shorter, and bytes added. */
static void
tamper (Fixture *fixture, GBytes *sealed, OpenFunc opens)
{
  gsize len;
  const guint8 *good = g_bytes_get_data (sealed, &len);

  g_assert_true (opens (fixture, sealed));
  for (gsize i = 0; i < len * 8; i++) {
    g_autofree guint8 *bad = g_memdup2 (good, len);
    bad[i / 8] ^= (guint8)(1 << (i % 8));
    g_autoptr (GBytes) bytes = g_bytes_new_static (bad, len);
    g_assert_false (opens (fixture, bytes));
  }
  for (gsize cut = 0; cut < len; cut++) {
    g_autoptr (GBytes) bytes = g_bytes_new (good, cut);
    g_assert_false (opens (fixture, bytes));
  }
  for (gsize extra = 1; extra < 100; extra++) {
    g_autofree guint8 *longer = g_malloc0 (len + extra);
    memcpy (longer, good, len);
    g_autoptr (GBytes) bytes = g_bytes_new (longer, len + extra);
    g_assert_false (opens (fixture, bytes));
  }
}

static void
test_tamper (Fixture *fixture, gconstpointer data)
{
  KithClaim claim = make_claim (fixture);
  KithReach reach = make_reach (fixture->alice, 5);
  g_autoptr (GBytes) sealed_claim = kith_claim_seal (&claim, fixture->alice_secret, NULL);
  g_autoptr (GBytes) sealed_reach = kith_reach_seal (&reach, NULL);
  g_autoptr (GBytes) sealed_knock = seal_knock (fixture, 5);

  tamper (fixture, sealed_claim, opens_claim);
  tamper (fixture, sealed_reach, opens_reach);
  tamper (fixture, sealed_knock, opens_knock);
}

/* Someone who knows the place can seal there; the signatures must catch every change inside. */
static void
tamper_inside (Fixture *fixture, GBytes *encoded, const guint8 key[32], OpenFunc opens)
{
  gsize len;
  const guint8 *good = g_bytes_get_data (encoded, &len);
  g_autoptr (GBytes) control = kith_envelope_close (key, good, len, NULL);

  g_assert_true (opens (fixture, control));
  for (gsize i = 0; i < len; i++) {
    g_autofree guint8 *bad = g_memdup2 (good, len);
    bad[i] ^= (guint8)(1 << (i % 8));
    g_autoptr (GBytes) bytes = kith_envelope_close (key, bad, len, NULL);
    g_assert_false (opens (fixture, bytes));
  }
}

static void
test_tamper_inside (Fixture *fixture, gconstpointer data)
{
  KithClaim claim = make_claim (fixture);
  KithReach reach = make_reach (fixture->alice, 5);
  g_autoptr (GBytes) claim_bytes = kith_claim_encode (&claim, NULL);
  g_autoptr (GBytes) reach_bytes = kith_reach_encode (&reach, NULL);
  guint8 secret[32];
  guint8 key[32];

  kith_derive (KITH_LABEL_CLAIM_KEY,
               &(KithDeriveFrom){ .key = fixture->alice_secret, .key_len = 32 },
               key,
               32);
  tamper_inside (fixture, claim_bytes, key, opens_claim);
  kith_derive (
      KITH_LABEL_PUBLIC_REACH,
      &(KithDeriveFrom){ .key = kith_vault_get_identity (fixture->alice)->bytes, .key_len = 32 },
      secret,
      32);
  kith_derive (KITH_LABEL_REACH_KEY, &(KithDeriveFrom){ .key = secret, .key_len = 32 }, key, 32);
  tamper_inside (fixture, reach_bytes, key, opens_reach);

  const KithPeerKey *to = kith_vault_get_identity (fixture->alice);
  KithKnock knock = make_knock (fixture->bob, to, 5);
  g_autoptr (GBytes) knock_bytes = kith_knock_encode (&knock, NULL);
  gsize len;
  const guint8 *good = g_bytes_get_data (knock_bytes, &len);
  for (gsize i = 0; i < len; i++) {
    g_autofree guint8 *bad = g_memdup2 (good, len);
    KithKnock found;
    bad[i] ^= (guint8)(1 << (i % 8));
    g_autoptr (GBytes) inner = g_bytes_new (bad, len);
    g_assert_false (kith_knock_open (inner, to, NOW, &found, NULL));
  }
}

static void
test_wrong_name (Fixture *fixture, gconstpointer data)
{
  KithClaim claim = make_claim (fixture);
  KithClaim found;
  guint8 bob_secret[32];
  g_autoptr (GError) error = NULL;

  kith_name_secret ("bob", bob_secret);
  g_autoptr (GBytes) sealed = kith_claim_seal (&claim, fixture->alice_secret, NULL);
  g_assert_false (kith_claim_open (sealed, "bob", bob_secret, NOW, &found, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_PROTOCOL);
  g_clear_error (&error);
  /* alice's claim put into bob's place */
  g_autoptr (GBytes) moved = kith_claim_seal (&claim, bob_secret, NULL);
  g_assert_false (kith_claim_open (moved, "bob", bob_secret, NOW, &found, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNTRUSTED);
  g_clear_error (&error);
  /* a vault does not sign for others */
  KithClaim foreign = claim;
  foreign.identity = *kith_vault_get_identity (fixture->bob);
  g_assert_false (kith_vault_sign_claim (fixture->alice, &foreign, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_clear_error (&error);
  g_assert_false (kith_vault_sign_claim (fixture->bob, &claim, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
}

static void
reach_error (GBytes *sealed, const KithPeerKey *identity, gint64 now, gint code)
{
  KithReach found;
  g_autoptr (GError) error = NULL;

  g_assert_false (kith_reach_open (sealed, identity, now, &found, &error));
  g_assert_error (error, KITH_ERROR, code);
}

/* Seals @reach at alice's place, whatever it says inside. */
static GBytes *
seal_at (const KithReach *reach, const KithPeerKey *place)
{
  g_autoptr (GBytes) encoded = kith_reach_encode (reach, NULL);
  guint8 secret[32];
  guint8 key[32];

  kith_derive (KITH_LABEL_PUBLIC_REACH,
               &(KithDeriveFrom){ .key = place->bytes, .key_len = 32 },
               secret,
               32);
  kith_derive (KITH_LABEL_REACH_KEY, &(KithDeriveFrom){ .key = secret, .key_len = 32 }, key, 32);
  return kith_envelope_close (key,
                              g_bytes_get_data (encoded, NULL),
                              g_bytes_get_size (encoded),
                              NULL);
}

static void
test_wrong_identity (Fixture *fixture, gconstpointer data)
{
  const KithPeerKey *alice = kith_vault_get_identity (fixture->alice);
  const KithPeerKey *bob = kith_vault_get_identity (fixture->bob);
  KithReach reach = make_reach (fixture->alice, 3);
  g_autoptr (GBytes) sealed = kith_reach_seal (&reach, NULL);

  reach_error (sealed, bob, NOW, KITH_ERROR_PROTOCOL);
  /* bob's own record at alice's place */
  KithReach bobs = make_reach (fixture->bob, 3);
  g_autoptr (GBytes) moved = seal_at (&bobs, alice);
  reach_error (moved, alice, NOW, KITH_ERROR_UNTRUSTED);
  /* bob's device with a certificate that says alice but was signed by bob */
  KithReach forged = bobs;
  forged.device.identity = *alice;
  g_autoptr (GBytes) sealed_forged = kith_reach_seal (&forged, NULL);
  reach_error (sealed_forged, alice, NOW, KITH_ERROR_UNTRUSTED);
  /* alice's certificate, but signed by bob's device */
  KithReach stolen = bobs;
  stolen.device = reach.device;
  g_autoptr (GBytes) sealed_stolen = kith_reach_seal (&stolen, NULL);
  reach_error (sealed_stolen, alice, NOW, KITH_ERROR_UNTRUSTED);
}

static void
test_times (Fixture *fixture, gconstpointer data)
{
  const KithPeerKey *alice = kith_vault_get_identity (fixture->alice);
  KithReach reach = make_reach (fixture->alice, 3);
  KithClaim claim = make_claim (fixture);
  KithReach found_reach;
  KithClaim found;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) sealed = kith_reach_seal (&reach, NULL);
  g_autoptr (GBytes) sealed_claim = kith_claim_seal (&claim, fixture->alice_secret, NULL);

  g_assert_true (
      kith_reach_open (sealed, alice, NOW + LIFE + KITH_TIME_TOLERANCE, &found_reach, NULL));
  reach_error (sealed, alice, NOW + LIFE + KITH_TIME_TOLERANCE + 1, KITH_ERROR_TIMED_OUT);
  g_assert_true (kith_reach_open (sealed, alice, NOW - KITH_TIME_TOLERANCE, &found_reach, NULL));
  reach_error (sealed, alice, NOW - KITH_TIME_TOLERANCE - 1, KITH_ERROR_TIMED_OUT);
  reach_error (sealed, alice, G_MAXINT64, KITH_ERROR_TIMED_OUT);
  reach_error (sealed, alice, G_MININT64, KITH_ERROR_TIMED_OUT);
  g_assert_true (kith_claim_open (sealed_claim,
                                  "alice",
                                  fixture->alice_secret,
                                  NOW + LIFE + KITH_TIME_TOLERANCE,
                                  &found,
                                  NULL));
  g_assert_false (kith_claim_open (sealed_claim,
                                   "alice",
                                   fixture->alice_secret,
                                   NOW + LIFE + KITH_TIME_TOLERANCE + 1,
                                   &found,
                                   &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_false (kith_claim_open (sealed_claim,
                                   "alice",
                                   fixture->alice_secret,
                                   NOW - KITH_TIME_TOLERANCE - 1,
                                   &found,
                                   &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_TIMED_OUT);
  g_clear_error (&error);

  claim.expires = claim.issued - 1;
  g_assert_true (kith_vault_sign_claim (fixture->alice, &claim, NULL));
  g_autoptr (GBytes) backward = kith_claim_seal (&claim, fixture->alice_secret, NULL);
  g_assert_false (kith_claim_open (backward, "alice", fixture->alice_secret, NOW, &found, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_PROTOCOL);
}

/* A record that outlives its certificate ends with it. */
static void
test_certificate_ends (Fixture *fixture, gconstpointer data)
{
  const KithPeerKey *alice = kith_vault_get_identity (fixture->alice);
  KithReach reach = { .issued = NOW, .expires = NOW + 30 * 86400 };
  KithReach found;

  g_assert_true (kith_vault_sign_reach (fixture->alice, &reach, NOW, NULL));
  g_autoptr (GBytes) sealed = kith_reach_seal (&reach, NULL);
  gint64 last = reach.device.not_after + KITH_TIME_TOLERANCE;
  g_assert_true (kith_reach_open (sealed, alice, last, &found, NULL));
  reach_error (sealed, alice, last + 1, KITH_ERROR_TIMED_OUT);
}

/* Signs any certificate with a key made here. */
static void
sign_cert (KithDeviceCert *cert, const guint8 secret[64])
{
  g_autoptr (GBytes) encoded = kith_device_cert_encode (cert, NULL);
  KithSigned what = { .domain = KITH_DOMAIN_DEVICE };

  what.encoded = g_bytes_get_data (encoded, &what.len);
  g_assert_true (kith_signing_sign (&what, secret, cert->signature));
}

/* Mallory's device signs well, but the certificate that lends it alice's name is mallory's own
   work. */
static void
test_forged_certificate (Fixture *fixture, gconstpointer data)
{
  const KithPeerKey *alice = kith_vault_get_identity (fixture->alice);
  KithPeerKey mallory;
  guint8 mallory_secret[64];
  guint8 device_secret[64];
  KithReach reach = { .issued = NOW, .expires = NOW + LIFE };
  KithKnock knock = { .kind = KITH_KNOCK_OFFER, .issued = NOW };
  KithKnock found;
  g_autoptr (GError) error = NULL;

  crypto_sign_keypair (mallory.bytes, mallory_secret);
  reach.device.identity = *alice;
  reach.device.not_before = NOW;
  reach.device.not_after = NOW + 86400;
  crypto_sign_keypair (reach.device.device.bytes, device_secret);
  sign_cert (&reach.device, mallory_secret);
  knock.device = reach.device;

  g_autoptr (GBytes) reach_bytes = kith_reach_encode (&reach, NULL);
  KithSigned signed_reach = { .domain = KITH_DOMAIN_REACH };
  signed_reach.encoded = g_bytes_get_data (reach_bytes, &signed_reach.len);
  g_assert_true (kith_signing_sign (&signed_reach, device_secret, reach.signature));
  g_autoptr (GBytes) sealed = kith_reach_seal (&reach, NULL);
  reach_error (sealed, alice, NOW, KITH_ERROR_UNTRUSTED);

  const KithPeerKey *bob = kith_vault_get_identity (fixture->bob);
  g_autoptr (GBytes) knock_bytes = kith_knock_encode (&knock, NULL);
  KithSigned signed_knock = { .domain = KITH_DOMAIN_KNOCK, .addressee = bob };
  signed_knock.encoded = g_bytes_get_data (knock_bytes, &signed_knock.len);
  g_assert_true (kith_signing_sign (&signed_knock, device_secret, knock.signature));
  g_autoptr (GBytes) sealed_knock = kith_knock_seal (&knock, bob, NULL);
  g_assert_false (open_knock (fixture->bob, sealed_knock, NOW, &found, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNTRUSTED);
}

static void
cert_error (const KithDeviceCert *cert, gint64 now, gint code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (kith_device_cert_verify (cert, now, &error));
  g_assert_error (error, KITH_ERROR, code);
}

static void
test_certificate (void)
{
  guint8 secret[64];
  KithDeviceCert cert
      = { .not_before = NOW, .not_after = NOW + KITH_DEVICE_CERT_LIFE, .label = "kitchen" };

  crypto_sign_keypair (cert.identity.bytes, secret);
  randombytes_buf (cert.device.bytes, KITH_KEY_LEN);
  sign_cert (&cert, secret);
  g_assert_true (kith_device_cert_verify (&cert, NOW, NULL));
  g_assert_true (kith_device_cert_verify (&cert, cert.not_after + KITH_TIME_TOLERANCE, NULL));
  cert_error (&cert, cert.not_after + KITH_TIME_TOLERANCE + 1, KITH_ERROR_TIMED_OUT);
  cert_error (&cert, cert.not_before - KITH_TIME_TOLERANCE - 1, KITH_ERROR_TIMED_OUT);

  KithDeviceCert changed = cert;
  changed.label[0] = 'K';
  cert_error (&changed, NOW, KITH_ERROR_UNTRUSTED);
  changed = cert;
  changed.device.bytes[0] ^= 1;
  cert_error (&changed, NOW, KITH_ERROR_UNTRUSTED);
  changed = cert;
  changed.not_before--;
  changed.not_after--;
  cert_error (&changed, NOW, KITH_ERROR_UNTRUSTED);

  KithDeviceCert long_one = cert;
  long_one.not_after++;
  sign_cert (&long_one, secret);
  cert_error (&long_one, NOW, KITH_ERROR_UNTRUSTED);
  KithDeviceCert backward = cert;
  backward.not_after = backward.not_before - 1;
  sign_cert (&backward, secret);
  cert_error (&backward, NOW, KITH_ERROR_UNTRUSTED);
}

static void
test_knock_times (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) sealed = seal_knock (fixture, 2);
  KithKnock found;
  g_autoptr (GError) error = NULL;

  g_assert_true (open_knock (fixture->alice, sealed, NOW + KITH_KNOCK_TOLERANCE, &found, NULL));
  g_assert_true (open_knock (fixture->alice, sealed, NOW - KITH_KNOCK_TOLERANCE, &found, NULL));
  /* replayed later */
  g_assert_false (
      open_knock (fixture->alice, sealed, NOW + KITH_KNOCK_TOLERANCE + 1, &found, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_false (
      open_knock (fixture->alice, sealed, NOW - KITH_KNOCK_TOLERANCE - 1, &found, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_TIMED_OUT);
}

/* A knock is for one: others cannot read it, and who got it cannot pass it on. */
static void
test_knock_addressee (Fixture *fixture, gconstpointer data)
{
  const KithPeerKey *alice = kith_vault_get_identity (fixture->alice);
  const KithPeerKey *bob = kith_vault_get_identity (fixture->bob);
  KithKnock to_alice = make_knock (fixture->bob, alice, 2);
  KithKnock found;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) sealed = kith_knock_seal (&to_alice, alice, NULL);
  g_autoptr (GBytes) inner = NULL;

  g_assert_false (kith_vault_unseal (fixture->bob, sealed, &inner));
  g_assert_null (inner);
  g_autoptr (GBytes) passed_on = kith_knock_seal (&to_alice, bob, NULL);
  g_assert_true (kith_vault_unseal (fixture->bob, passed_on, &inner));
  g_assert_false (kith_knock_open (inner, bob, NOW, &found, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNTRUSTED);
}

/* The check in front of a sealed box depends on the identity and on every byte behind it (the
   tampering test sees only the whole). */
static void
test_check_is_needed (Fixture *fixture, gconstpointer data)
{
  const KithPeerKey *bob = kith_vault_get_identity (fixture->bob);
  KithKnock knock = make_knock (fixture->alice, bob, 2);
  g_autoptr (GBytes) first = kith_knock_seal (&knock, bob, NULL);
  g_autoptr (GBytes) second = kith_knock_seal (&knock, bob, NULL);
  g_autofree guint8 *mixed = g_memdup2 (g_bytes_get_data (first, NULL), g_bytes_get_size (first));
  g_autoptr (GBytes) inner = NULL;

  memcpy (mixed + 1, (const guint8 *)g_bytes_get_data (second, NULL) + 1, 8);
  g_autoptr (GBytes) sealed = g_bytes_new (mixed, g_bytes_get_size (first));
  g_assert_false (kith_vault_unseal (fixture->bob, sealed, &inner));
  memcpy (mixed + 1, (const guint8 *)g_bytes_get_data (first, NULL) + 1, 8);
  g_autoptr (GBytes) whole = g_bytes_new (mixed, g_bytes_get_size (first));
  g_assert_true (kith_vault_unseal (fixture->bob, whole, &inner));
}

/* @encoded as a record of version 2 with one field that nobody knows, signed by who holds
   @secret. */
static GBytes *
grow (GBytes *encoded, KithSigned what, const guint8 *secret)
{
  static const guint8 field[] = { 200, 3, 'n', 'e', 'w' };
  gsize len;
  const guint8 *data = g_bytes_get_data (encoded, &len);
  const gsize at = len - KITH_SIGNATURE_LEN;
  guint8 *grown = g_malloc (len + sizeof field);

  memcpy (grown, data, at);
  memcpy (grown + at, field, sizeof field);
  grown[0] = KITH_RECORD_VERSION_MORE;
  what.encoded = grown;
  what.len = len + sizeof field;
  g_assert_true (kith_signing_sign (&what, secret, grown + at + sizeof field));
  return g_bytes_new_take (grown, what.len);
}

/* The same with one byte of the new field changed. */
static GBytes *
vary (GBytes *grown)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (grown, &len);
  guint8 *varied = g_memdup2 (data, len);

  varied[len - KITH_SIGNATURE_LEN - 1] ^= 1;
  return g_bytes_new_take (varied, len);
}

static GBytes *
close_envelope (const char *label, const guint8 secret[32], GBytes *plain)
{
  guint8 key[32];
  gsize len;
  const guint8 *data = g_bytes_get_data (plain, &len);

  kith_derive (label, &(KithDeriveFrom){ .key = secret, .key_len = 32 }, key, sizeof key);
  return kith_envelope_close (key, data, len, NULL);
}

/* A claim of version 2 opens; its new field is signed like the rest. */
static void
test_grown_claim (Fixture *fixture, gconstpointer data)
{
  KithClaim claim = make_claim (fixture);
  KithClaim found;
  guint8 secret[64];
  g_autoptr (GError) error = NULL;

  crypto_sign_keypair (claim.identity.bytes, secret);
  g_autoptr (GBytes) encoded = kith_claim_encode (&claim, NULL);
  g_autoptr (GBytes) grown = grow (encoded, (KithSigned){ .domain = KITH_DOMAIN_CLAIM }, secret);
  g_autoptr (GBytes) varied = vary (grown);
  g_autoptr (GBytes) good = close_envelope (KITH_LABEL_CLAIM_KEY, fixture->alice_secret, grown);
  g_autoptr (GBytes) bad = close_envelope (KITH_LABEL_CLAIM_KEY, fixture->alice_secret, varied);
  g_assert_true (kith_claim_open (good, "alice", fixture->alice_secret, NOW, &found, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (found.seq, ==, claim.seq);
  g_assert_cmpint (found.expires, ==, claim.expires);
  g_assert_false (kith_claim_open (bad, "alice", fixture->alice_secret, NOW, &found, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNTRUSTED);
}

static void
test_grown_reach (Fixture *fixture, gconstpointer data)
{
  const KithPeerKey *alice = kith_vault_get_identity (fixture->alice);
  const guint8 *device = kith_vault_get_device_secret (fixture->alice);
  KithReach reach = make_reach (fixture->alice, 4);
  KithReach found;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) encoded = kith_reach_encode (&reach, NULL);
  g_autoptr (GBytes) grown = grow (encoded, (KithSigned){ .domain = KITH_DOMAIN_REACH }, device);
  g_autoptr (GBytes) varied = vary (grown);
  g_autoptr (GBytes) good
      = close_envelope (KITH_LABEL_NAME_REACH_KEY, fixture->alice_secret, grown);
  g_autoptr (GBytes) bad
      = close_envelope (KITH_LABEL_NAME_REACH_KEY, fixture->alice_secret, varied);

  g_assert_true (
      kith_reach_open_for_name (good, fixture->alice_secret, alice, NOW, &found, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (found.seq, ==, reach.seq);
  g_assert_cmpuint (found.n_candidates, ==, 4);
  g_assert_cmpstr (found.uris[0], ==, reach.uris[0]);
  g_assert_false (
      kith_reach_open_for_name (bad, fixture->alice_secret, alice, NOW, &found, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNTRUSTED);
}

static void
test_grown_knock (Fixture *fixture, gconstpointer data)
{
  const KithPeerKey *alice = kith_vault_get_identity (fixture->alice);
  const KithSigned what = { .domain = KITH_DOMAIN_KNOCK, .addressee = alice };
  KithKnock knock = make_knock (fixture->bob, alice, 3);
  KithKnock found;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) encoded = kith_knock_encode (&knock, NULL);
  g_autoptr (GBytes) grown = grow (encoded, what, kith_vault_get_device_secret (fixture->bob));
  g_autoptr (GBytes) varied = vary (grown);
  g_autoptr (GBytes) sealed = kith_envelope_address (alice,
                                                     g_bytes_get_data (grown, NULL),
                                                     g_bytes_get_size (grown),
                                                     NULL);

  g_assert_true (open_knock (fixture->alice, sealed, NOW, &found, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (found.n_candidates, ==, 3);
  g_assert_cmpmem (found.seed, KITH_SEED_LEN, knock.seed, KITH_SEED_LEN);
  g_assert_false (kith_knock_open (varied, alice, NOW, &found, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNTRUSTED);
}

/* One kind of signed value is never taken for another. */
static void
test_domains (void)
{
  guint8 secret[64];
  KithPeerKey key;
  guint8 encoded[100] = { 1, 2, 3 };
  KithSigned what = { .domain = KITH_DOMAIN_CLAIM, .encoded = encoded, .len = sizeof encoded };
  KithSigned other = what;

  crypto_sign_keypair (key.bytes, secret);
  g_assert_true (kith_signing_sign (&what, secret, encoded + 36));
  g_assert_true (kith_signing_verify (&what, &key));
  other.domain = KITH_DOMAIN_REACH;
  g_assert_false (kith_signing_verify (&other, &key));
  other.domain = KITH_DOMAIN_CLAIM;
  other.addressee = &key;
  g_assert_false (kith_signing_verify (&other, &key));
  what.len = KITH_SIGNATURE_LEN - 1;
  g_assert_false (kith_signing_verify (&what, &key));
  what.len = KITH_RECORD_MAX + 1;
  g_assert_false (kith_signing_verify (&what, &key));
}

static void
check_location (const guint8 location[KITH_LOCATION_LEN], const char *expected)
{
  g_autofree gchar *hex = kith_hex_encode (location, KITH_LOCATION_LEN);

  g_assert_cmpstr (hex, ==, expected);
}

/* Computed by Python's hashlib and the reference Argon2: another program must find the same
   places. */
static void
test_locations (void)
{
  KithPeerKey identity;
  guint8 secret[32];
  guint8 location[KITH_LOCATION_LEN];
  guint8 other[KITH_LOCATION_LEN];

  for (guint i = 0; i < KITH_KEY_LEN; i++) {
    identity.bytes[i] = (guint8)i;
  }
  kith_name_secret ("alice", secret);
  g_autofree gchar *hex = kith_hex_encode (secret, sizeof secret);
  g_assert_cmpstr (hex, ==, "1d7b53b98f2502f1029eec55c9d6015012c31bd31c772b2129be0dd543908176");
  kith_claim_location (secret, location);
  check_location (location, "747c0fc8af681702ebac4723bc943b59fc5fcf97");
  kith_reach_location (&identity, 20000, 1, location);
  check_location (location, "7ac62cd4d91e6854445a94aa2d0804d57eefec24");
  kith_reach_location (&identity, 20000, 0, other);
  g_assert_cmpint (memcmp (location, other, sizeof other), !=, 0);
  kith_reach_location (&identity, 20001, 1, other);
  g_assert_cmpint (memcmp (location, other, sizeof other), !=, 0);
  kith_inbox_location (&identity, 20000, location);
  check_location (location, "5de2051428f625f9f0fdde9a082aa1406201361a");
  kith_name_reach_location (secret, location);
  check_location (location, "e39b692364548da283105b1ce8bc75f7b3fd4352");
  kith_name_inbox_location (secret, 20000, location);
  check_location (location, "ec4f1b2b01756bda3a545f5be996fbd71fbd9244");
  kith_name_inbox_location (secret, 20001, other);
  g_assert_cmpint (memcmp (location, other, sizeof other), !=, 0);
}

/* The result is not touched by what is refused. */
static void
test_untouched (Fixture *fixture, gconstpointer data)
{
  KithReach reach = make_reach (fixture->alice, 3);
  KithReach found;
  KithReach before;
  g_autoptr (GBytes) sealed = kith_reach_seal (&reach, NULL);

  memset (&found, 0x5a, sizeof found);
  memset (&before, 0x5a, sizeof before);
  reach.seq++; /* breaks the signature */
  g_autoptr (GBytes) broken = kith_reach_seal (&reach, NULL);
  g_assert_false (
      kith_reach_open (broken, kith_vault_get_identity (fixture->alice), NOW, &found, NULL));
  g_assert_cmpint (memcmp (&found, &before, sizeof found), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_true (kith_identity_init ());
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/seal/claim", test_claim);
  ADD ("/seal/reach", test_reach);
  ADD ("/seal/reach-for-name", test_reach_for_name);
  ADD ("/seal/gone", test_gone);
  ADD ("/seal/knock", test_knock);
  ADD ("/seal/sizes", test_sizes);
  ADD ("/seal/tamper", test_tamper);
  ADD ("/seal/tamper-inside", test_tamper_inside);
  ADD ("/seal/wrong-name", test_wrong_name);
  ADD ("/seal/wrong-identity", test_wrong_identity);
  ADD ("/seal/forged-certificate", test_forged_certificate);
  ADD ("/seal/times", test_times);
  ADD ("/seal/certificate-ends", test_certificate_ends);
  ADD ("/seal/knock-times", test_knock_times);
  ADD ("/seal/knock-addressee", test_knock_addressee);
  ADD ("/seal/check-is-needed", test_check_is_needed);
  ADD ("/seal/untouched", test_untouched);
  ADD ("/seal/grown-claim", test_grown_claim);
  ADD ("/seal/grown-reach", test_grown_reach);
  ADD ("/seal/grown-knock", test_grown_knock);
  g_test_add_func ("/seal/limit", test_limit);
  g_test_add_func ("/seal/certificate", test_certificate);
  g_test_add_func ("/seal/domains", test_domains);
  g_test_add_func ("/seal/locations", test_locations);
  return g_test_run ();
}
