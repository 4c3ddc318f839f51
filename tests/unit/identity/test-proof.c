/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work found, checked, forged and cancelled. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "identity/proof.h"
#include "identity/vault.h"

/* The first nonces and tags of "alice" under a key of zeros, from the reference Argon2. */
static const struct {
  guint8 difficulty;
  guint64 nonce;
  const char *tag;
} known[] = {
  { 0, 0, "7c9807baf6" },
  { 1, 0, "f9300f75ec" },
  { 2, 3, "60ca749404" },
  { 3, 3, "c194e92808" },
};

typedef struct {
  gboolean done;
  gboolean ok;
  guint64 nonce;
  guint8 tag[KITH_TAG_LEN];
  GError *error;
} Outcome;

static void
wait_for (Outcome *outcome)
{
  while (!outcome->done) {
    g_main_context_iteration (NULL, TRUE);
  }
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  g_assert_false (outcome->done);
  outcome->done = TRUE;
  outcome->ok = kith_work_find_finish (result, &outcome->nonce, outcome->tag, &outcome->error);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  g_assert_false (outcome->done);
  outcome->done = TRUE;
  outcome->ok = kith_work_check_finish (result, outcome->tag, &outcome->error);
}

static Outcome
find (guint8 difficulty)
{
  KithPeerKey key = { { 0 } };
  Outcome outcome = { 0 };

  kith_work_find_async ("alice", &key, difficulty, NULL, on_found, &outcome);
  g_assert_false (outcome.done); /* never from inside the call */
  wait_for (&outcome);
  return outcome;
}

static Outcome
check (const KithClaim *claim, guint8 least)
{
  Outcome outcome = { 0 };

  kith_work_check_async (claim, least, NULL, on_checked, &outcome);
  g_assert_false (outcome.done);
  wait_for (&outcome);
  return outcome;
}

static KithClaim
known_claim (guint i)
{
  KithClaim claim = { .name = "alice",
                      .nonce = known[i].nonce,
                      .difficulty = known[i].difficulty,
                      .has_work = TRUE };

  g_assert_true (kith_hex_decode (known[i].tag, claim.tag, KITH_TAG_LEN));
  return claim;
}

static void
refused (const KithClaim *claim, guint8 least)
{
  Outcome outcome = check (claim, least);

  g_assert_false (outcome.ok);
  g_assert_error (outcome.error, KITH_ERROR, KITH_ERROR_UNTRUSTED);
  g_clear_error (&outcome.error);
}

static void
test_evaluate (void)
{
  KithPeerKey key;
  guint8 hash[32];

  for (guint i = 0; i < KITH_KEY_LEN; i++) {
    key.bytes[i] = (guint8)i;
  }
  g_assert_true (kith_work_evaluate ("alice", &key, 0, hash));
  g_autofree gchar *first = kith_hex_encode (hash, sizeof hash);
  g_assert_cmpstr (first, ==, "6899429e2ef5baf8721bdedbb079825a4cb2fdc2043a14d20e93039768630b41");
  g_assert_true (kith_work_evaluate ("alice", &key, 258, hash));
  g_autofree gchar *second = kith_hex_encode (hash, sizeof hash);
  g_assert_cmpstr (second, ==, "41a568307cd98fd6ce9b137f3147cadad775e21d49ec1e1d03f3b4ad21d49698");
}

static void
test_bits_and_tag (void)
{
  guint8 hash[32] = { 0 };
  guint8 tag[KITH_TAG_LEN];

  g_assert_cmpuint (kith_work_bits (hash), ==, 256);
  hash[31] = 1;
  g_assert_cmpuint (kith_work_bits (hash), ==, 255);
  hash[1] = 0x20;
  g_assert_cmpuint (kith_work_bits (hash), ==, 10);
  hash[0] = 0x80;
  g_assert_cmpuint (kith_work_bits (hash), ==, 0);
  for (guint i = 0; i < sizeof hash; i++) {
    hash[i] = (guint8)i;
  }
  kith_work_tag (hash, 0, tag);
  g_assert_cmpmem (tag, KITH_TAG_LEN, ((guint8[]){ 0, 1, 2, 3, 4 }), KITH_TAG_LEN);
  kith_work_tag (hash, 4, tag);
  g_assert_cmpmem (tag, KITH_TAG_LEN, ((guint8[]){ 0x00, 0x10, 0x20, 0x30, 0x40 }), KITH_TAG_LEN);
  kith_work_tag (hash, 8, tag);
  g_assert_cmpmem (tag, KITH_TAG_LEN, ((guint8[]){ 1, 2, 3, 4, 5 }), KITH_TAG_LEN);
  kith_work_tag (hash, KITH_WORK_BITS_MAX, tag);
  g_assert_cmpmem (tag, KITH_TAG_LEN, ((guint8[]){ 22, 23, 24, 25, 26 }), KITH_TAG_LEN);
}

static void
test_find_and_check (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (known); i++) {
    KithClaim claim = known_claim (i);
    Outcome found = find (known[i].difficulty);
    g_assert_no_error (found.error);
    g_assert_true (found.ok);
    g_assert_cmpuint (found.nonce, ==, known[i].nonce);
    g_assert_cmpmem (found.tag, KITH_TAG_LEN, claim.tag, KITH_TAG_LEN);
    Outcome checked = check (&claim, known[i].difficulty);
    g_assert_no_error (checked.error);
    g_assert_true (checked.ok);
    g_assert_cmpmem (checked.tag, KITH_TAG_LEN, claim.tag, KITH_TAG_LEN);
  }
}

static void
test_forged (void)
{
  KithClaim good = known_claim (3);
  KithClaim forged = good;

  forged.tag[0] ^= 1; /* somebody else's tag */
  refused (&forged, 0);
  forged = good;
  forged.nonce--; /* a nonce that does not reach the difficulty */
  refused (&forged, 0);
  guint8 hash[32];
  g_assert_true (kith_work_evaluate (forged.name, &forged.identity, forged.nonce, hash));
  g_assert_cmpuint (kith_work_bits (hash), <, forged.difficulty);
  kith_work_tag (hash, forged.difficulty, forged.tag); /* the right tag for too little work */
  refused (&forged, 0);
  forged = good;
  forged.difficulty = 40; /* more than was done */
  refused (&forged, 0);
  forged = good;
  forged.identity.bytes[31] = 1; /* another key */
  refused (&forged, 0);
  forged = good;
  g_strlcpy (forged.name, "alicf", sizeof forged.name); /* another name */
  refused (&forged, 0);
}

/* What is seen without 41 ms of work: a thousand of them take less than ten evaluations. */
static void
test_refused_for_free (void)
{
  KithClaim claim = known_claim (3);
  KithClaim without = claim;
  KithClaim impossible = claim;
  gint64 start = g_get_monotonic_time ();

  without.has_work = FALSE;
  impossible.difficulty = 255;
  for (guint i = 0; i < 333; i++) {
    refused (&claim, claim.difficulty + 1);
    refused (&without, 0);
    refused (&impossible, 0);
  }
  g_assert_cmpint (g_get_monotonic_time () - start, <, 400 * 1000 * 10);
}

static void
test_impossible_difficulty (void)
{
  Outcome outcome = find (KITH_WORK_BITS_MAX + 1);

  g_assert_false (outcome.ok);
  g_assert_error (outcome.error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_clear_error (&outcome.error);
}

typedef struct {
  GCancellable *cancellable;
  Outcome *outcome;
} CancelInside;

/* Cancels from inside the loop, where a careless callback would come before g_cancellable_cancel()
   returns. */
static gboolean
on_cancel_time (gpointer user_data)
{
  CancelInside *inside = user_data;

  g_cancellable_cancel (inside->cancellable);
  g_assert_false (inside->outcome->done);
  return G_SOURCE_REMOVE;
}

static void
test_cancel (void)
{
  KithPeerKey key = { { 0 } };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Outcome outcome = { 0 };
  CancelInside inside = { cancellable, &outcome };

  /* would take longer than the universe lasts */
  kith_work_find_async ("alice", &key, KITH_WORK_BITS_MAX, cancellable, on_found, &outcome);
  g_timeout_add (100, on_cancel_time, &inside);
  wait_for (&outcome);
  g_assert_false (outcome.ok);
  g_assert_error (outcome.error, KITH_ERROR, KITH_ERROR_CANCELLED);
  g_clear_error (&outcome.error);

  /* cancelled before it began */
  outcome = (Outcome){ 0 };
  kith_work_find_async ("alice", &key, 0, cancellable, on_found, &outcome);
  g_assert_false (outcome.done);
  wait_for (&outcome);
  g_assert_error (outcome.error, KITH_ERROR, KITH_ERROR_CANCELLED);
  g_clear_error (&outcome.error);

  KithClaim claim = known_claim (0);
  outcome = (Outcome){ 0 };
  kith_work_check_async (&claim, 0, cancellable, on_checked, &outcome);
  wait_for (&outcome);
  g_assert_error (outcome.error, KITH_ERROR, KITH_ERROR_CANCELLED);
  g_clear_error (&outcome.error);
}

/* Each of many at once gets exactly its own answer. */
static void
test_many (void)
{
  KithClaim claim = known_claim (2);
  KithClaim forged = claim;
  Outcome outcomes[8] = { 0 };

  forged.tag[4] ^= 1;
  for (guint i = 0; i < G_N_ELEMENTS (outcomes); i++) {
    kith_work_check_async (i % 2 == 0 ? &claim : &forged, 0, NULL, on_checked, &outcomes[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (outcomes); i++) {
    wait_for (&outcomes[i]);
    g_assert_true (outcomes[i].ok == (i % 2 == 0));
    g_clear_error (&outcomes[i].error);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_true (kith_identity_init ());
  g_test_add_func ("/proof/evaluate", test_evaluate);
  g_test_add_func ("/proof/bits-and-tag", test_bits_and_tag);
  g_test_add_func ("/proof/find-and-check", test_find_and_check);
  g_test_add_func ("/proof/forged", test_forged);
  g_test_add_func ("/proof/refused-for-free", test_refused_for_free);
  g_test_add_func ("/proof/impossible-difficulty", test_impossible_difficulty);
  g_test_add_func ("/proof/cancel", test_cancel);
  g_test_add_func ("/proof/many", test_many);
  return g_test_run ();
}
