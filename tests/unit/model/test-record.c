/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records come back as they went, fit one packet, and every cut, addition or value out of bounds is
   refused. */
#include <string.h>

#include "base/error.h"
#include "model/names/record.h"

typedef gboolean (*DecodeFunc) (const guint8 *data, gsize len);

static void
fill (guint8 *bytes, gsize len, guint8 first)
{
  for (gsize i = 0; i < len; i++) {
    bytes[i] = (guint8)(first + i);
  }
}

static void
fill_cert (KithDeviceCert *cert)
{
  fill (cert->identity.bytes, KITH_KEY_LEN, 1);
  fill (cert->device.bytes, KITH_KEY_LEN, 101);
  cert->not_before = 1700000000;
  cert->not_after = 1700000000 + 7 * 86400;
  g_strlcpy (cert->label, "caf\u00e9 pc", sizeof cert->label);
  fill (cert->signature, KITH_SIGNATURE_LEN, 7);
}

static void
fill_candidates (KithCandidate *candidates, guint n, guint8 family)
{
  for (guint i = 0; i < n; i++) {
    candidates[i] = (KithCandidate){
      .endpoint = { .port = (guint16)(4000 + i), .family = family },
      .type = i % 4,
    };
    fill (candidates[i].endpoint.ip, family == 6 ? 16 : 4, (guint8)(i + 1));
  }
}

static void
fill_claim (KithClaim *claim)
{
  g_strlcpy (claim->name, "alice", sizeof claim->name);
  fill (claim->identity.bytes, KITH_KEY_LEN, 1);
  claim->has_work = TRUE;
  claim->nonce = G_GUINT64_CONSTANT (0x0102030405060708);
  claim->difficulty = 10;
  fill (claim->tag, KITH_TAG_LEN, 50);
  claim->seq = G_MAXUINT64;
  claim->issued = 1700000000;
  claim->expires = G_MAXUINT32;
  fill (claim->signature, KITH_SIGNATURE_LEN, 9);
}

static void
fill_reach (KithReach *reach)
{
  fill_cert (&reach->device);
  reach->seq = 3;
  reach->issued = 1700000000;
  reach->expires = 1700000600;
  reach->capabilities = 1;
  reach->nat = KITH_NAT_PORT_RESTRICTED;
  reach->has_slot = TRUE;
  fill (reach->slot_seed, KITH_SEED_LEN, 33);
  reach->n_candidates = 5;
  fill_candidates (reach->candidates, 3, 4);
  fill_candidates (reach->candidates + 3, 2, 6);
  reach->n_uris = 1;
  g_strlcpy (reach->uris[0], "sip:alice@192.0.2.7:5060", sizeof reach->uris[0]);
  fill (reach->signature, KITH_SIGNATURE_LEN, 11);
}

static void
fill_knock (KithKnock *knock)
{
  knock->kind = KITH_KNOCK_OFFER;
  fill_cert (&knock->device);
  fill (knock->link_id, KITH_SEED_LEN, 60);
  fill (knock->seed, KITH_SEED_LEN, 80);
  knock->issued = 1700000000;
  knock->n_candidates = 2;
  fill_candidates (knock->candidates, 2, 4);
  fill (knock->signature, KITH_SIGNATURE_LEN, 13);
}

static gboolean
decode_cert (const guint8 *data, gsize len)
{
  KithDeviceCert cert;
  g_autoptr (GError) error = NULL;
  gboolean good = kith_device_cert_decode (data, len, &cert, &error);
  g_assert_true (good == (error == NULL));
  g_assert_true (good || g_error_matches (error, KITH_ERROR, KITH_ERROR_PROTOCOL));
  return good;
}

static gboolean
decode_claim (const guint8 *data, gsize len)
{
  KithClaim claim;
  g_autoptr (GError) error = NULL;
  gboolean good = kith_claim_decode (data, len, &claim, &error);
  g_assert_true (good == (error == NULL));
  g_assert_true (good || g_error_matches (error, KITH_ERROR, KITH_ERROR_PROTOCOL));
  return good;
}

static gboolean
decode_reach (const guint8 *data, gsize len)
{
  KithReach reach;
  g_autoptr (GError) error = NULL;
  gboolean good = kith_reach_decode (data, len, &reach, &error);
  g_assert_true (good == (error == NULL));
  g_assert_true (good || g_error_matches (error, KITH_ERROR, KITH_ERROR_PROTOCOL));
  return good;
}

static gboolean
decode_knock (const guint8 *data, gsize len)
{
  KithKnock knock;
  g_autoptr (GError) error = NULL;
  gboolean good = kith_knock_decode (data, len, &knock, &error);
  g_assert_true (good == (error == NULL));
  g_assert_true (good || g_error_matches (error, KITH_ERROR, KITH_ERROR_PROTOCOL));
  return good;
}

/* @bytes decodes; cut short or made longer it does not. */
static void
check_exact (GBytes *bytes, DecodeFunc decode)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (bytes, &len);

  g_assert_true (decode (data, len));
  for (gsize cut = 0; cut < len; cut++) {
    g_autofree guint8 *exact = g_memdup2 (data, cut);
    g_assert_false (decode (exact, cut));
  }
  g_autofree guint8 *longer = g_malloc0 (len + 1);
  memcpy (longer, data, len);
  g_assert_false (decode (longer, len + 1));
  g_assert_false (decode (NULL, 0));
}

static void
test_cert (void)
{
  KithDeviceCert cert = { 0 }, back = { 0 };
  g_autoptr (GError) error = NULL;

  fill_cert (&cert);
  g_autoptr (GBytes) bytes = kith_device_cert_encode (&cert, &error);
  g_assert_no_error (error);
  check_exact (bytes, decode_cert);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 32 + 32 + 4 + 4 + 1 + strlen (cert.label) + 64);
  g_assert_true (kith_device_cert_decode (g_bytes_get_data (bytes, NULL),
                                          g_bytes_get_size (bytes),
                                          &back,
                                          &error));
  g_assert_cmpmem (&back, sizeof back, &cert, sizeof cert);
  const guint8 *data = g_bytes_get_data (bytes, NULL);
  static const guint8 time[] = { 0x65, 0x53, 0xf1, 0x00 }; /* 1700000000, big-endian */
  g_assert_cmpmem (data + 64, 4, time, 4);
}

static void
test_claim (void)
{
  KithClaim claim = { 0 }, back = { 0 };
  g_autoptr (GError) error = NULL;

  fill_claim (&claim);
  g_autoptr (GBytes) bytes = kith_claim_encode (&claim, &error);
  g_assert_no_error (error);
  check_exact (bytes, decode_claim);
  g_assert_true (
      kith_claim_decode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &back, &error));
  g_assert_cmpmem (&back, sizeof back, &claim, sizeof claim);

  memset (claim.tag, 0, sizeof claim.tag);
  claim.has_work = FALSE;
  claim.nonce = 0;
  claim.difficulty = 0;
  g_autoptr (GBytes) idle = kith_claim_encode (&claim, &error);
  g_assert_no_error (error);
  g_assert_true (
      kith_claim_decode (g_bytes_get_data (idle, NULL), g_bytes_get_size (idle), &back, &error));
  g_assert_false (back.has_work);
}

static void
test_reach (void)
{
  KithReach reach = { 0 }, back;
  g_autoptr (GError) error = NULL;

  fill_reach (&reach);
  g_autoptr (GBytes) bytes = kith_reach_encode (&reach, &error);
  g_assert_no_error (error);
  check_exact (bytes, decode_reach);
  memset (&back, 0xEE, sizeof back); /* nothing of what was there may stay */
  g_assert_true (
      kith_reach_decode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &back, &error));
  g_assert_cmpmem (&back, sizeof back, &reach, sizeof reach);

  reach.gone = TRUE;
  g_autoptr (GBytes) gone = kith_reach_encode (&reach, &error);
  g_assert_no_error (error);
  g_assert_true (
      kith_reach_decode (g_bytes_get_data (gone, NULL), g_bytes_get_size (gone), &back, &error));
  check_exact (gone, decode_reach);
  g_assert_true (back.gone);
  g_assert_false (back.has_slot);
  g_assert_cmpuint (back.n_candidates, ==, 0);
  g_assert_cmpuint (back.n_uris, ==, 0);
  g_assert_cmpuint (back.seq, ==, 3);
}

static void
test_knock (void)
{
  KithKnock knock = { 0 }, back;
  g_autoptr (GError) error = NULL;

  fill_knock (&knock);
  for (guint kind = KITH_KNOCK_OFFER; kind <= KITH_KNOCK_MOVE; kind++) {
    knock.kind = (KithKnockKind)kind;
    g_autoptr (GBytes) bytes = kith_knock_encode (&knock, &error);
    g_assert_no_error (error);
    check_exact (bytes, decode_knock);
    g_assert_true (kith_knock_decode (g_bytes_get_data (bytes, NULL),
                                      g_bytes_get_size (bytes),
                                      &back,
                                      &error));
    g_assert_cmpmem (&back, sizeof back, &knock, sizeof knock);
  }
  knock.kind = (KithKnockKind)(KITH_KNOCK_MOVE + 1);
  g_assert_null (kith_knock_encode (&knock, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
}

static void
assert_candidates (const KithCandidate *is, const KithCandidate *expected, guint n)
{
  for (guint i = 0; i < n; i++) {
    g_assert_true (kith_candidate_is_same (&is[i], &expected[i]));
  }
}

static gboolean
decode_candidates (const guint8 *data, gsize len)
{
  KithCandidate candidates[KITH_MAX_CANDIDATES];
  guint n = 0;
  return kith_candidates_decode (data, len, candidates, &n, NULL);
}

static void
test_candidates (void)
{
  KithCandidate candidates[KITH_MAX_CANDIDATES + 1] = { 0 };
  KithCandidate back[KITH_MAX_CANDIDATES];
  guint n = 0;

  fill_candidates (candidates, 6, 4);
  fill_candidates (candidates + 6, 6, 6);
  for (guint wanted = 0; wanted <= KITH_MAX_CANDIDATES; wanted++) {
    g_autoptr (GByteArray) out = g_byte_array_new ();
    g_assert_true (kith_candidates_append (out, candidates, wanted, NULL));
    g_assert_true (kith_candidates_decode (out->data, out->len, back, &n, NULL));
    g_assert_cmpuint (n, ==, wanted);
    assert_candidates (back, candidates, n);
    g_autoptr (GBytes) bytes = g_bytes_new (out->data, out->len);
    check_exact (bytes, decode_candidates);
  }
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_assert_false (kith_candidates_append (out, candidates, KITH_MAX_CANDIDATES + 1, NULL));
  candidates[0].endpoint.family = 5;
  g_assert_false (kith_candidates_append (out, candidates, 1, NULL));
  g_assert_cmpuint (out->len, ==, 0);
}

/* The signature is always the last 64 bytes, and what is before it does not depend on it. */
static void
test_signed_part (void)
{
  KithReach reach = { 0 };
  fill_reach (&reach);
  g_autoptr (GBytes) one = kith_reach_encode (&reach, NULL);
  memset (reach.signature, 0, sizeof reach.signature);
  g_autoptr (GBytes) two = kith_reach_encode (&reach, NULL);
  gsize len = g_bytes_get_size (one);
  const guint8 *a = g_bytes_get_data (one, NULL);
  const guint8 *b = g_bytes_get_data (two, NULL);

  g_assert_cmpuint (g_bytes_get_size (two), ==, len);
  g_assert_cmpmem (a, len - 64, b, len - 64);
  for (guint i = 0; i < 64; i++) {
    g_assert_cmpuint (a[len - 64 + i], ==, (11 + i) & 0xFF);
    g_assert_cmpuint (b[len - 64 + i], ==, 0);
  }
}

/* The NAT is where older programs look away, and a kind of tomorrow is none of today's. */
static void
test_nat (void)
{
  KithReach reach = { 0 }, back;
  const gsize at = 2 + 32 + 32 + 4 + 4; /* up to the label of the certificate */

  fill_reach (&reach);
  reach.nat = KITH_NAT_UNKNOWN;
  g_autoptr (GBytes) old = kith_reach_encode (&reach, NULL);
  reach.nat = KITH_NAT_SYMMETRIC;
  g_autoptr (GBytes) bytes = kith_reach_encode (&reach, NULL);
  gsize len = g_bytes_get_size (bytes);
  const guint8 *a = g_bytes_get_data (old, NULL), *b = g_bytes_get_data (bytes, NULL);
  gsize place = at + 1 + a[at] + 64 + 1 + 8 + 4 + 4 + 2; /* of the capabilities' third byte */
  g_assert_cmpuint (g_bytes_get_size (old), ==, len);
  g_assert_cmpuint (a[place], ==, 0);
  g_assert_cmpuint (b[place], ==, KITH_NAT_SYMMETRIC);
  g_assert_cmpuint (b[place + 1], ==, 1);
  g_assert_true (kith_reach_decode (b, len, &back, NULL));
  g_assert_cmpint (back.nat, ==, KITH_NAT_SYMMETRIC);
  g_assert_cmpuint (back.capabilities, ==, 1);

  g_autofree guint8 *later = g_memdup2 (b, len);
  later[place] = 15;
  g_assert_true (kith_reach_decode (later, len, &back, NULL));
  g_assert_cmpint (back.nat, ==, KITH_NAT_UNKNOWN);
  g_autoptr (GBytes) again = kith_reach_encode (&back, NULL);
  g_assert_cmpmem (g_bytes_get_data (again, NULL), g_bytes_get_size (again), later, len);
  back.nat = KITH_NAT_NONE; /* both cannot be */
  g_assert_null (kith_reach_encode (&back, NULL));
}

static void
test_trimming (void)
{
  KithReach reach = { 0 }, back;
  KithKnock knock = { 0 }, knock_back;

  fill_reach (&reach);
  reach.n_candidates = KITH_MAX_CANDIDATES;
  fill_candidates (reach.candidates, KITH_MAX_CANDIDATES, 6);
  reach.n_uris = 2;
  memset (reach.uris[0], 'u', KITH_URI_MAX);
  reach.uris[0][KITH_URI_MAX] = '\0';
  g_strlcpy (reach.uris[1], "sip:a", sizeof reach.uris[1]);
  g_autoptr (GBytes) bytes = kith_reach_encode (&reach, NULL);
  g_assert_nonnull (bytes);
  g_assert_cmpuint (g_bytes_get_size (bytes), <=, KITH_RECORD_MAX - KITH_SEAL_OVERHEAD);
  g_assert_cmpuint (g_bytes_get_size (bytes),
                    >,
                    KITH_RECORD_MAX - KITH_SEAL_OVERHEAD - 19); /* not one more would fit */
  g_assert_true (
      kith_reach_decode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &back, NULL));
  g_assert_cmpuint (back.n_candidates, >, 2);
  g_assert_cmpuint (back.n_candidates, <, KITH_MAX_CANDIDATES);
  assert_candidates (back.candidates, reach.candidates, back.n_candidates);
  g_assert_cmpuint (back.n_uris, ==, 2);

  fill_knock (&knock);
  knock.n_candidates = KITH_MAX_CANDIDATES;
  fill_candidates (knock.candidates, KITH_MAX_CANDIDATES, 4);
  g_autoptr (GBytes) all = kith_knock_encode (&knock, NULL);
  g_assert_true (
      kith_knock_decode (g_bytes_get_data (all, NULL), g_bytes_get_size (all), &knock_back, NULL));
  g_assert_cmpuint (knock_back.n_candidates, ==, KITH_MAX_CANDIDATES); /* IPv4 fits whole */
}

static void
assert_no_cert (const KithDeviceCert *cert)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (kith_device_cert_encode (cert, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
}

static void
assert_no_claim (const KithClaim *claim)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (kith_claim_encode (claim, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
}

static void
assert_no_reach (const KithReach *reach)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (kith_reach_encode (reach, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
}

static void
test_encode_bounds (void)
{
  KithDeviceCert cert = { 0 };
  KithClaim claim = { 0 };

  fill_cert (&cert);
  cert.not_before = -1;
  assert_no_cert (&cert);
  fill_cert (&cert);
  cert.not_after = (gint64)G_MAXUINT32 + 1;
  assert_no_cert (&cert);
  fill_cert (&cert);
  memset (cert.label, 'x', sizeof cert.label); /* no end */
  assert_no_cert (&cert);
  fill_cert (&cert);
  memcpy (cert.label, "\xff", 2);
  assert_no_cert (&cert);

  fill_claim (&claim);
  g_strlcpy (claim.name, "Alice", sizeof claim.name);
  assert_no_claim (&claim);
  fill_claim (&claim);
  claim.name[0] = '\0';
  assert_no_claim (&claim);
  fill_claim (&claim);
  memset (claim.name, 'a', sizeof claim.name);
  assert_no_claim (&claim);
  fill_claim (&claim);
  claim.has_work = FALSE;
  assert_no_claim (&claim);
  fill_claim (&claim);
  claim.expires = -5;
  assert_no_claim (&claim);
}

static void
test_encode_bounds_reach (void)
{
  KithReach reach = { 0 };
  KithKnock knock = { 0 };
  g_autoptr (GError) error = NULL;

  fill_reach (&reach);
  reach.n_candidates = KITH_MAX_CANDIDATES + 1;
  assert_no_reach (&reach);
  fill_reach (&reach);
  reach.n_uris = KITH_MAX_URIS + 1;
  assert_no_reach (&reach);
  fill_reach (&reach);
  reach.candidates[0].endpoint.family = 5;
  assert_no_reach (&reach);
  fill_reach (&reach);
  reach.candidates[0].type = 4;
  assert_no_reach (&reach);
  fill_reach (&reach);
  g_strlcpy (reach.uris[0], "sip:a b", sizeof reach.uris[0]);
  assert_no_reach (&reach);
  fill_reach (&reach);
  reach.uris[0][0] = '\0';
  assert_no_reach (&reach);
  fill_reach (&reach);
  reach.issued = -1;
  assert_no_reach (&reach);
  fill_reach (&reach);
  reach.n_uris = 3; /* 3 × 81 bytes leave no room */
  for (guint i = 0; i < 3; i++) {
    memset (reach.uris[i], 'u', KITH_URI_MAX);
    reach.uris[i][KITH_URI_MAX] = '\0';
  }
  assert_no_reach (&reach);

  fill_knock (&knock);
  knock.kind = (KithKnockKind)0;
  g_assert_null (kith_knock_encode (&knock, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
}

/* Changes one byte of @bytes and decodes. */
static gboolean
decode_changed (GBytes *bytes, gsize at, guint8 value, DecodeFunc decode)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (bytes, &len);
  g_autofree guint8 *changed = g_memdup2 (data, len);

  g_assert_cmpuint (at, <, len);
  g_assert_cmpuint (changed[at], !=, value);
  changed[at] = value;
  return decode (changed, len);
}

static void
test_decode_bounds (void)
{
  KithClaim claim = { 0 };
  KithReach reach = { 0 };
  KithKnock knock = { 0 };
  const gsize cert_len = 32 + 32 + 4 + 4 + 1 + 8 + 64; /* label "café pc": 8 bytes */

  fill_claim (&claim);
  fill_reach (&reach);
  fill_knock (&knock);
  g_autoptr (GBytes) claim_bytes = kith_claim_encode (&claim, NULL);
  g_autoptr (GBytes) reach_bytes = kith_reach_encode (&reach, NULL);
  g_autoptr (GBytes) knock_bytes = kith_knock_encode (&knock, NULL);

  g_assert_false (decode_changed (claim_bytes, 0, 0, decode_claim)); /* version */
  g_assert_false (decode_changed (claim_bytes, 0, 3, decode_claim));
  g_assert_false (decode_changed (claim_bytes, 1, 'r', decode_claim));  /* kind */
  g_assert_false (decode_changed (claim_bytes, 2, 25, decode_claim));   /* length of the name */
  g_assert_false (decode_changed (claim_bytes, 3, 'A', decode_claim));  /* no normal form */
  g_assert_false (decode_changed (claim_bytes, 3, 0xff, decode_claim)); /* no UTF-8 */
  g_assert_false (decode_changed (claim_bytes, 3, 0, decode_claim));    /* NUL */
  /* nonce without work */
  g_assert_false (decode_changed (claim_bytes, 3 + 5 + 32 + 9, 0, decode_claim));
  g_assert_false (decode_changed (claim_bytes, 3 + 5 + 32 + 9, 2, decode_claim));
  /* a nonce may be anything */
  g_assert_true (decode_changed (claim_bytes, 3 + 5 + 32, 9, decode_claim));

  g_assert_false (decode_changed (reach_bytes, 1, 'k', decode_reach));
  g_assert_false (decode_changed (reach_bytes, 2 + 72, 17, decode_reach)); /* length of the label */
  g_assert_false (decode_changed (reach_bytes, 2 + 73, 0xff, decode_reach)); /* the label's UTF-8 */
  /* gone, yet with a slot */
  g_assert_false (decode_changed (reach_bytes, 2 + cert_len, 3, decode_reach));
  g_assert_false (decode_changed (reach_bytes, 2 + cert_len, 4, decode_reach)); /* unknown flag */
  gsize counts = 2 + cert_len + 1 + 8 + 4 + 4 + 4 + 16;
  g_assert_false (decode_changed (reach_bytes, counts, 13, decode_reach)); /* candidates */
  /* unknown bit of a candidate */
  g_assert_false (decode_changed (reach_bytes, counts + 1, 8, decode_reach));
  gsize uris = counts + 1 + 3 * 7 + 2 * 19;
  g_assert_false (decode_changed (reach_bytes, uris, 4, decode_reach));      /* URIs */
  g_assert_false (decode_changed (reach_bytes, uris + 1, 81, decode_reach)); /* length of a URI */
  /* white space in a URI */
  g_assert_false (decode_changed (reach_bytes, uris + 2, ' ', decode_reach));

  g_assert_false (decode_changed (knock_bytes, 2, 0, decode_knock));
  g_assert_false (decode_changed (knock_bytes, 2, 5, decode_knock));
}

/* @bytes as version 2: with @more before its signature. */
static GBytes *
grow (GBytes *bytes, const guint8 *more, gsize more_len)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (bytes, &len);
  const gsize at = len - KITH_SIGNATURE_LEN;
  guint8 *grown = g_malloc (len + more_len);

  memcpy (grown, data, at);
  grown[0] = KITH_RECORD_VERSION_MORE;
  if (more_len > 0) {
    memcpy (grown + at, more, more_len);
  }
  memcpy (grown + at + more_len, data + at, KITH_SIGNATURE_LEN);
  return g_bytes_new_take (grown, len + more_len);
}

static gboolean
decode_grown (GBytes *bytes, const guint8 *more, gsize more_len, DecodeFunc decode)
{
  g_autoptr (GBytes) grown = grow (bytes, more, more_len);

  return decode (g_bytes_get_data (grown, NULL), g_bytes_get_size (grown));
}

/* Fields of tomorrow are skipped; whatever is no list of fields is refused. */
static void
check_more (GBytes *bytes, DecodeFunc decode)
{
  static const guint8 one[] = { 7, 3, 1, 2, 3 };
  static const guint8 some[] = { 1, 0, 2, 1, 0xff, 255, 2, 0, 0 };
  static const guint8 twice[] = { 7, 1, 0, 7, 1, 0 };
  static const guint8 falling[] = { 8, 1, 0, 7, 1, 0 };
  static const guint8 no_type[] = { 0, 1, 0 };
  static const guint8 half[] = { 7 };
  static const guint8 long_one[] = { 7, 4, 1, 2, 3 };
  guint8 many[2 * (KITH_RECORD_MAX_MORE + 1)] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (many); i += 2) {
    many[i] = (guint8)(i + 1);
  }
  g_assert_true (decode_grown (bytes, NULL, 0, decode));
  g_assert_true (decode_grown (bytes, one, sizeof one, decode));
  g_assert_true (decode_grown (bytes, some, sizeof some, decode));
  g_assert_true (decode_grown (bytes, many, sizeof many - 2, decode));
  g_assert_false (decode_grown (bytes, many, sizeof many, decode));
  g_assert_false (decode_grown (bytes, twice, sizeof twice, decode));
  g_assert_false (decode_grown (bytes, falling, sizeof falling, decode));
  g_assert_false (decode_grown (bytes, no_type, sizeof no_type, decode));
  g_assert_false (decode_grown (bytes, half, sizeof half, decode));
  g_assert_false (decode_grown (bytes, long_one, sizeof long_one, decode));
}

/* No cut of a record with a field has a form, but for the one that leaves no field: there the
   signature is wrong. A longer one than KITH_RECORD_MAX is refused, though its fields are in
   order. */
static void
check_more_size (GBytes *bytes, DecodeFunc decode)
{
  static const guint8 one[] = { 7, 3, 1, 2, 3 };
  const gsize room = KITH_RECORD_MAX - g_bytes_get_size (bytes);
  const gsize second = room > 257 + 2 ? 257 : 0; /* a field holds 255 bytes */
  g_autofree guint8 *more = g_malloc0 (room + 1);
  g_autoptr (GBytes) grown = grow (bytes, one, sizeof one);
  gsize len = g_bytes_get_size (grown);

  for (gsize cut = 0; cut < len; cut++) {
    g_autofree guint8 *exact = g_memdup2 (g_bytes_get_data (grown, NULL), cut);
    g_assert_true (decode (exact, cut) == (cut == len - sizeof one));
  }
  more[0] = 1;
  more[1] = 255;
  more[second] = 2;
  more[second + 1] = (guint8)(room - second - 2);
  g_assert_true (decode_grown (bytes, more, room, decode));
  more[second + 1]++;
  g_assert_false (decode_grown (bytes, more, room + 1, decode));
}

/* Version 2 of each kind: what version 1 has is read, what comes behind it is not. */
static void
test_more (void)
{
  static const guint8 more[] = { 7, 3, 1, 2, 3 };
  KithClaim claim = { 0 }, claim_back;
  KithReach reach = { 0 }, reach_back;
  KithKnock knock = { 0 }, knock_back;
  KithReach gone = { 0 };

  fill_claim (&claim);
  fill_reach (&reach);
  fill_reach (&gone);
  fill_knock (&knock);
  gone.gone = TRUE;
  g_autoptr (GBytes) claim_bytes = kith_claim_encode (&claim, NULL);
  g_autoptr (GBytes) reach_bytes = kith_reach_encode (&reach, NULL);
  g_autoptr (GBytes) gone_bytes = kith_reach_encode (&gone, NULL);
  g_autoptr (GBytes) knock_bytes = kith_knock_encode (&knock, NULL);
  g_autoptr (GBytes) claim_more = grow (claim_bytes, more, sizeof more);
  g_autoptr (GBytes) reach_more = grow (reach_bytes, more, sizeof more);
  g_autoptr (GBytes) knock_more = grow (knock_bytes, more, sizeof more);
  gsize len;
  const guint8 *data = g_bytes_get_data (claim_more, &len);

  g_assert_true (kith_claim_decode (data, len, &claim_back, NULL));
  g_assert_cmpmem (&claim_back, sizeof claim_back, &claim, sizeof claim);
  data = g_bytes_get_data (reach_more, &len);
  memset (&reach_back, 0xEE, sizeof reach_back);
  g_assert_true (kith_reach_decode (data, len, &reach_back, NULL));
  g_assert_cmpmem (&reach_back, sizeof reach_back, &reach, sizeof reach);
  data = g_bytes_get_data (knock_more, &len);
  g_assert_true (kith_knock_decode (data, len, &knock_back, NULL));
  g_assert_cmpmem (&knock_back, sizeof knock_back, &knock, sizeof knock);
  GBytes *const all[] = { claim_bytes, reach_bytes, gone_bytes, knock_bytes };
  static const DecodeFunc decoders[] = { decode_claim, decode_reach, decode_reach, decode_knock };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    check_more (all[i], decoders[i]);
    check_more_size (all[i], decoders[i]);
  }
}

static void
test_random (void)
{
  for (guint round = 0; round < 50000; round++) {
    guint8 noise[KITH_RECORD_MAX + 8];
    gsize len = (gsize)g_test_rand_int_range (0, sizeof noise);
    for (gsize i = 0; i < len; i++) {
      noise[i] = (guint8)g_test_rand_int_range (0, 256);
    }
    noise[0] = (guint8)(KITH_RECORD_VERSION + round % 2);
    noise[1] = (guint8) "crk"[round % 3];
    (void)decode_claim (noise, len);
    (void)decode_reach (noise, len);
    (void)decode_knock (noise, len);
    (void)decode_cert (noise, len);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/record/cert", test_cert);
  g_test_add_func ("/model/record/claim", test_claim);
  g_test_add_func ("/model/record/reach", test_reach);
  g_test_add_func ("/model/record/knock", test_knock);
  g_test_add_func ("/model/record/candidates", test_candidates);
  g_test_add_func ("/model/record/signed-part", test_signed_part);
  g_test_add_func ("/model/record/nat", test_nat);
  g_test_add_func ("/model/record/trimming", test_trimming);
  g_test_add_func ("/model/record/encode-bounds", test_encode_bounds);
  g_test_add_func ("/model/record/encode-bounds-reach", test_encode_bounds_reach);
  g_test_add_func ("/model/record/decode-bounds", test_decode_bounds);
  g_test_add_func ("/model/record/more", test_more);
  g_test_add_func ("/model/record/random", test_random);
  return g_test_run ();
}
