/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wire form of records: version, kind, then the fields, big-endian, each counted and
   bounded. */
#include "model/names/record.h"

#include <string.h>

#include "base/error.h"

#define PLAIN_MAX (KITH_RECORD_MAX - KITH_SEAL_OVERHEAD)
#define LABEL_MAX (sizeof (((KithDeviceCert *)0)->label) - 1)

typedef enum { KIND_CLAIM = 'c', KIND_REACH = 'r', KIND_KNOCK = 'k' } RecordKind;

enum { FLAG_GONE = 1, FLAG_SLOT = 2 };
/* In the capabilities, where older programs read what they do not know. */
enum { NAT_SHIFT = 8, NAT_MASK = 15 << NAT_SHIFT };
enum { CANDIDATE_TYPE_MASK = 3, CANDIDATE_V6 = 4 };

/* Reads forward; after the first failure everything fails. */
typedef struct {
  const guint8 *at;
  gsize left;
  guint version;
  gboolean ok;
} Reader;

static gboolean
invalid (GError **error, const char *what)
{
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "The record cannot be written: %s",
               what);
  return FALSE;
}

static gboolean
broken (GError **error, const char *what)
{
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_PROTOCOL,
               "The record is broken: its %s is not valid; it is ignored",
               what);
  return FALSE;
}

static void
put_uint (GByteArray *out, guint64 value, guint n_bytes)
{
  for (guint i = n_bytes; i > 0; i--) {
    guint8 byte = (guint8)(value >> (8 * (i - 1)));
    g_byte_array_append (out, &byte, 1);
  }
}

static void
put_counted (GByteArray *out, const char *text)
{
  gsize len = strlen (text);

  put_uint (out, len, 1);
  g_byte_array_append (out, (const guint8 *)text, (guint)len);
}

static gboolean
is_time (gint64 seconds)
{
  return seconds >= 0 && seconds <= (gint64)G_MAXUINT32;
}

static const guint8 *
take (Reader *reader, gsize len)
{
  if (!reader->ok || reader->left < len) {
    reader->ok = FALSE;
    return NULL;
  }
  const guint8 *at = reader->at;
  reader->at += len;
  reader->left -= len;
  return at;
}

static guint64
take_uint (Reader *reader, guint n_bytes)
{
  const guint8 *at = take (reader, n_bytes);
  guint64 value = 0;

  for (guint i = 0; at != NULL && i < n_bytes; i++) {
    value = value << 8 | at[i];
  }
  return value;
}

static void
take_bytes (Reader *reader, guint8 *bytes, gsize len)
{
  const guint8 *at = take (reader, len);

  if (at != NULL) {
    memcpy (bytes, at, len);
  }
}

/* A counted text of at most @max bytes into a buffer of @max + 1. */
static void
take_counted (Reader *reader, gchar *text, gsize max)
{
  gsize len = (gsize)take_uint (reader, 1);
  const guint8 *at = len <= max ? take (reader, len) : NULL;

  if (at == NULL || !g_utf8_validate_len ((const char *)at, len, NULL)) {
    reader->ok = FALSE;
    return;
  }
  memcpy (text, at, len);
  text[len] = '\0';
}

static gboolean
is_counted_text (const gchar *text, gsize size)
{
  gsize len = strnlen (text, size);

  return len < size && g_utf8_validate_len (text, len, NULL);
}

static gboolean
is_uri (const gchar *uri)
{
  gsize len = strnlen (uri, KITH_URI_MAX + 1);

  if (len == 0 || len > KITH_URI_MAX || !g_utf8_validate_len (uri, len, NULL)) {
    return FALSE;
  }
  for (gsize i = 0; i < len; i++) {
    if ((guint8)uri[i] <= 0x20 || uri[i] == 0x7f) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
is_normal_name (const gchar *name)
{
  g_autofree gchar *normal
      = is_counted_text (name, KITH_NAME_MAX + 1) ? kith_name_normalize (name, NULL) : NULL;

  return normal != NULL && strcmp (normal, name) == 0;
}

static gboolean
put_cert (GByteArray *out, const KithDeviceCert *cert, GError **error)
{
  if (!is_time (cert->not_before) || !is_time (cert->not_after)) {
    return invalid (error, "a time of the device certificate is out of range");
  }
  if (!is_counted_text (cert->label, sizeof cert->label)) {
    return invalid (error, "the device's label is not valid UTF-8 of at most 16 bytes");
  }
  g_byte_array_append (out, cert->identity.bytes, KITH_KEY_LEN);
  g_byte_array_append (out, cert->device.bytes, KITH_KEY_LEN);
  put_uint (out, (guint64)cert->not_before, 4);
  put_uint (out, (guint64)cert->not_after, 4);
  put_counted (out, cert->label);
  g_byte_array_append (out, cert->signature, KITH_SIGNATURE_LEN);
  return TRUE;
}

static void
take_cert (Reader *reader, KithDeviceCert *cert)
{
  take_bytes (reader, cert->identity.bytes, KITH_KEY_LEN);
  take_bytes (reader, cert->device.bytes, KITH_KEY_LEN);
  cert->not_before = (gint64)take_uint (reader, 4);
  cert->not_after = (gint64)take_uint (reader, 4);
  take_counted (reader, cert->label, LABEL_MAX);
  take_bytes (reader, cert->signature, KITH_SIGNATURE_LEN);
}

static gsize
candidate_size (const KithCandidate *candidate)
{
  return candidate->endpoint.family == 6 ? 1 + 16 + 2 : 1 + 4 + 2;
}

/* Writes the first candidates, as many as leave @after bytes below PLAIN_MAX. */
static gboolean
put_candidates (GByteArray *out,
                const KithCandidate *candidates,
                guint n_candidates,
                gsize after,
                GError **error)
{
  if (n_candidates > KITH_MAX_CANDIDATES) {
    return invalid (error, "it has too many candidates");
  }
  if (out->len + 1 + after > PLAIN_MAX) {
    return invalid (error, "it is too long; use fewer or shorter contact URIs");
  }
  gsize room = PLAIN_MAX - out->len - 1 - after;
  guint fitting = 0;
  for (; fitting < n_candidates; fitting++) {
    const KithCandidate *candidate = &candidates[fitting];
    if ((candidate->endpoint.family != 4 && candidate->endpoint.family != 6)
        || candidate->type > KITH_CANDIDATE_RELAY) {
      return invalid (error, "a candidate has an unknown family or type");
    }
    if (candidate_size (candidate) > room) {
      break;
    }
    room -= candidate_size (candidate);
  }
  put_uint (out, fitting, 1);
  for (guint i = 0; i < fitting; i++) {
    gboolean is_v6 = candidates[i].endpoint.family == 6;
    put_uint (out, (guint64)candidates[i].type | (is_v6 ? CANDIDATE_V6 : 0), 1);
    g_byte_array_append (out, candidates[i].endpoint.ip, is_v6 ? 16 : 4);
    put_uint (out, candidates[i].endpoint.port, 2);
  }
  return TRUE;
}

static void
take_candidates (Reader *reader, KithCandidate *candidates, guint *n_candidates)
{
  guint n = (guint)take_uint (reader, 1);

  if (n > KITH_MAX_CANDIDATES) {
    reader->ok = FALSE;
  }
  for (guint i = 0; reader->ok && i < n; i++) {
    guint head = (guint)take_uint (reader, 1);
    if ((head & ~(guint)(CANDIDATE_TYPE_MASK | CANDIDATE_V6)) != 0) {
      reader->ok = FALSE;
    }
    candidates[i].type = head & CANDIDATE_TYPE_MASK;
    candidates[i].endpoint.family = head & CANDIDATE_V6 ? 6 : 4;
    take_bytes (reader, candidates[i].endpoint.ip, head & CANDIDATE_V6 ? 16 : 4);
    candidates[i].endpoint.port = (guint16)take_uint (reader, 2);
  }
  *n_candidates = reader->ok ? n : 0;
}

gboolean
kith_candidates_append (GByteArray *out, const KithCandidate *candidates, guint n, GError **error)
{
  g_return_val_if_fail (out != NULL && (candidates != NULL || n == 0), FALSE);
  return put_candidates (out, candidates, n, 0, error);
}

gboolean
kith_candidates_decode (const guint8 *data,
                        gsize len,
                        KithCandidate candidates[KITH_MAX_CANDIDATES],
                        guint *n,
                        GError **error)
{
  g_return_val_if_fail (candidates != NULL && n != NULL, FALSE);
  Reader reader = { .at = data, .left = len, .ok = data != NULL };

  memset (candidates, 0, KITH_MAX_CANDIDATES * sizeof *candidates);
  take_candidates (&reader, candidates, n);
  return reader.ok && reader.left == 0 ? TRUE : broken (error, "list of candidates");
}

static GByteArray *
begin (RecordKind kind)
{
  GByteArray *out = g_byte_array_sized_new (KITH_RECORD_MAX);

  put_uint (out, KITH_RECORD_VERSION, 1);
  put_uint (out, kind, 1);
  return out;
}

static GBytes *
finish (GByteArray *out, const guint8 *signature)
{
  g_byte_array_append (out, signature, KITH_SIGNATURE_LEN);
  return g_byte_array_free_to_bytes (out);
}

static gboolean
begin_reading (Reader *reader, const guint8 *data, gsize len, RecordKind kind, GError **error)
{
  *reader = (Reader){ .at = data, .left = len, .ok = data != NULL && len <= KITH_RECORD_MAX };
  reader->version = (guint)take_uint (reader, 1);
  guint found = (guint)take_uint (reader, 1);

  if (!reader->ok) {
    return broken (error, "size");
  }
  if (reader->version != KITH_RECORD_VERSION && reader->version != KITH_RECORD_VERSION_MORE) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_PROTOCOL,
                 "The record has version %u; a newer program may understand it",
                 reader->version);
    return FALSE;
  }
  return found == (guint)kind || broken (error, "kind");
}

/* The fields that version 2 has behind those of version 1: all are skipped. */
static void
skip_more (Reader *reader)
{
  guint last = 0;

  for (guint n = 0; reader->ok && reader->left > KITH_SIGNATURE_LEN; n++) {
    guint type = (guint)take_uint (reader, 1);
    (void)take (reader, (gsize)take_uint (reader, 1));
    reader->ok = reader->ok && type > last && n < KITH_RECORD_MAX_MORE;
    last = type;
  }
}

static gboolean
finish_reading (Reader *reader, guint8 *signature, GError **error)
{
  if (reader->version == KITH_RECORD_VERSION_MORE) {
    skip_more (reader);
  }
  take_bytes (reader, signature, KITH_SIGNATURE_LEN);
  return (reader->ok && reader->left == 0) || broken (error, "length or a field");
}

GBytes *
kith_device_cert_encode (const KithDeviceCert *cert, GError **error)
{
  g_return_val_if_fail (cert != NULL, NULL);
  g_autoptr (GByteArray) out = g_byte_array_new ();

  return put_cert (out, cert, error) ? g_byte_array_free_to_bytes (g_steal_pointer (&out)) : NULL;
}

gboolean
kith_device_cert_decode (const guint8 *data, gsize len, KithDeviceCert *cert, GError **error)
{
  g_return_val_if_fail (cert != NULL, FALSE);
  Reader reader = { .at = data, .left = len, .ok = data != NULL };
  KithDeviceCert parsed = { 0 };

  take_cert (&reader, &parsed);
  if (!reader.ok || reader.left != 0) {
    return broken (error, "device certificate");
  }
  *cert = parsed;
  return TRUE;
}

GBytes *
kith_claim_encode (const KithClaim *claim, GError **error)
{
  static const guint8 no_tag[KITH_TAG_LEN];

  g_return_val_if_fail (claim != NULL, NULL);
  if (!is_normal_name (claim->name)) {
    invalid (error, "the name is not in normal form");
    return NULL;
  }
  if (!is_time (claim->issued) || !is_time (claim->expires)) {
    invalid (error, "a time is out of range");
    return NULL;
  }
  if (!claim->has_work
      && (claim->nonce != 0 || claim->difficulty != 0
          || memcmp (claim->tag, no_tag, sizeof no_tag) != 0)) {
    invalid (error, "it has a nonce or a tag without work");
    return NULL;
  }
  GByteArray *out = begin (KIND_CLAIM);
  put_counted (out, claim->name);
  g_byte_array_append (out, claim->identity.bytes, KITH_KEY_LEN);
  put_uint (out, claim->nonce, 8);
  put_uint (out, claim->difficulty, 1);
  put_uint (out, claim->has_work ? 1 : 0, 1);
  g_byte_array_append (out, claim->tag, KITH_TAG_LEN);
  put_uint (out, claim->seq, 8);
  put_uint (out, (guint64)claim->issued, 4);
  put_uint (out, (guint64)claim->expires, 4);
  return finish (out, claim->signature);
}

gboolean
kith_claim_decode (const guint8 *data, gsize len, KithClaim *claim, GError **error)
{
  static const guint8 no_tag[KITH_TAG_LEN];

  g_return_val_if_fail (claim != NULL, FALSE);
  Reader reader;
  KithClaim parsed = { 0 };

  if (!begin_reading (&reader, data, len, KIND_CLAIM, error)) {
    return FALSE;
  }
  take_counted (&reader, parsed.name, KITH_NAME_MAX);
  take_bytes (&reader, parsed.identity.bytes, KITH_KEY_LEN);
  parsed.nonce = take_uint (&reader, 8);
  parsed.difficulty = (guint8)take_uint (&reader, 1);
  guint has_work = (guint)take_uint (&reader, 1);
  parsed.has_work = has_work == 1;
  take_bytes (&reader, parsed.tag, KITH_TAG_LEN);
  parsed.seq = take_uint (&reader, 8);
  parsed.issued = (gint64)take_uint (&reader, 4);
  parsed.expires = (gint64)take_uint (&reader, 4);
  if (!finish_reading (&reader, parsed.signature, error)) {
    return FALSE;
  }
  if (has_work > 1
      || (has_work == 0
          && (parsed.nonce != 0 || parsed.difficulty != 0
              || memcmp (parsed.tag, no_tag, sizeof no_tag) != 0))) {
    return broken (error, "proof of work");
  }
  if (!is_normal_name (parsed.name)) {
    return broken (error, "name");
  }
  *claim = parsed;
  return TRUE;
}

static gsize
uris_size (const KithReach *reach)
{
  gsize size = 1;

  for (guint i = 0; i < reach->n_uris; i++) {
    size += 1 + strlen (reach->uris[i]);
  }
  return size;
}

static gboolean
check_reach (const KithReach *reach, GError **error)
{
  if (!is_time (reach->issued) || !is_time (reach->expires)) {
    return invalid (error, "a time is out of range");
  }
  if (reach->n_uris > KITH_MAX_URIS) {
    return invalid (error, "it has too many contact URIs");
  }
  guint kept = (reach->capabilities & NAT_MASK) >> NAT_SHIFT;
  if ((guint)reach->nat > KITH_NAT_BLOCKED
      || (kept != 0 && (kept <= KITH_NAT_BLOCKED || reach->nat != KITH_NAT_UNKNOWN))) {
    return invalid (error, "its capabilities or its NAT are out of range");
  }
  for (guint i = 0; i < reach->n_uris; i++) {
    if (!is_uri (reach->uris[i])) {
      return invalid (
          error,
          "a contact URI is empty, longer than 80 bytes or has characters that a URI cannot have");
    }
  }
  return TRUE;
}

/* What only a device that is there has to say. */
static gboolean
put_presence (GByteArray *out, const KithReach *reach, GError **error)
{
  put_uint (out, reach->capabilities | (guint32)reach->nat << NAT_SHIFT, 4);
  if (reach->has_slot) {
    g_byte_array_append (out, reach->slot_seed, KITH_SEED_LEN);
  }
  if (!put_candidates (out,
                       reach->candidates,
                       reach->n_candidates,
                       uris_size (reach) + KITH_SIGNATURE_LEN,
                       error)) {
    return FALSE;
  }
  put_uint (out, reach->n_uris, 1);
  for (guint i = 0; i < reach->n_uris; i++) {
    put_counted (out, reach->uris[i]);
  }
  return TRUE;
}

GBytes *
kith_reach_encode (const KithReach *reach, GError **error)
{
  g_return_val_if_fail (reach != NULL, NULL);
  if (!check_reach (reach, error)) {
    return NULL;
  }
  g_autoptr (GByteArray) out = begin (KIND_REACH);
  if (!put_cert (out, &reach->device, error)) {
    return NULL;
  }
  put_uint (out, reach->gone ? FLAG_GONE : (reach->has_slot ? FLAG_SLOT : 0), 1);
  put_uint (out, reach->seq, 8);
  put_uint (out, (guint64)reach->issued, 4);
  put_uint (out, (guint64)reach->expires, 4);
  if (!reach->gone && !put_presence (out, reach, error)) {
    return NULL;
  }
  return finish (g_steal_pointer (&out), reach->signature);
}

static void
take_presence (Reader *reader, KithReach *reach)
{
  reach->capabilities = (guint32)take_uint (reader, 4);
  guint nat = (reach->capabilities & NAT_MASK) >> NAT_SHIFT;
  if (nat <= KITH_NAT_BLOCKED) { /* a kind of a newer program stays where it is */
    reach->nat = (KithNatKind)nat;
    reach->capabilities &= ~(guint32)NAT_MASK;
  }
  if (reach->has_slot) {
    take_bytes (reader, reach->slot_seed, KITH_SEED_LEN);
  }
  take_candidates (reader, reach->candidates, &reach->n_candidates);
  reach->n_uris = (guint)take_uint (reader, 1);
  if (reach->n_uris > KITH_MAX_URIS) {
    reader->ok = FALSE;
  }
  for (guint i = 0; reader->ok && i < reach->n_uris; i++) {
    take_counted (reader, reach->uris[i], KITH_URI_MAX);
    reader->ok = reader->ok && is_uri (reach->uris[i]);
  }
}

gboolean
kith_reach_decode (const guint8 *data, gsize len, KithReach *reach, GError **error)
{
  g_return_val_if_fail (reach != NULL, FALSE);
  Reader reader;
  KithReach parsed = { 0 };

  if (!begin_reading (&reader, data, len, KIND_REACH, error)) {
    return FALSE;
  }
  take_cert (&reader, &parsed.device);
  guint flags = (guint)take_uint (&reader, 1);
  parsed.gone = flags == FLAG_GONE;
  parsed.has_slot = flags == FLAG_SLOT;
  parsed.seq = take_uint (&reader, 8);
  parsed.issued = (gint64)take_uint (&reader, 4);
  parsed.expires = (gint64)take_uint (&reader, 4);
  if (flags > FLAG_SLOT) {
    return broken (error, "set of flags");
  }
  if (!parsed.gone) {
    take_presence (&reader, &parsed);
  }
  if (!finish_reading (&reader, parsed.signature, error)) {
    return FALSE;
  }
  *reach = parsed;
  return TRUE;
}

static gboolean
is_knock_kind (guint kind)
{
  return kind >= KITH_KNOCK_OFFER && kind <= KITH_KNOCK_MOVE;
}

GBytes *
kith_knock_encode (const KithKnock *knock, GError **error)
{
  g_return_val_if_fail (knock != NULL, NULL);
  if (!is_knock_kind (knock->kind) || !is_time (knock->issued)) {
    invalid (error, "its kind or time is out of range");
    return NULL;
  }
  g_autoptr (GByteArray) out = begin (KIND_KNOCK);
  put_uint (out, knock->kind, 1);
  if (!put_cert (out, &knock->device, error)) {
    return NULL;
  }
  g_byte_array_append (out, knock->link_id, KITH_SEED_LEN);
  g_byte_array_append (out, knock->seed, KITH_SEED_LEN);
  put_uint (out, (guint64)knock->issued, 4);
  if (!put_candidates (out, knock->candidates, knock->n_candidates, KITH_SIGNATURE_LEN, error)) {
    return NULL;
  }
  return finish (g_steal_pointer (&out), knock->signature);
}

gboolean
kith_knock_decode (const guint8 *data, gsize len, KithKnock *knock, GError **error)
{
  g_return_val_if_fail (knock != NULL, FALSE);
  Reader reader;
  KithKnock parsed = { 0 };

  if (!begin_reading (&reader, data, len, KIND_KNOCK, error)) {
    return FALSE;
  }
  guint kind = (guint)take_uint (&reader, 1);
  take_cert (&reader, &parsed.device);
  take_bytes (&reader, parsed.link_id, KITH_SEED_LEN);
  take_bytes (&reader, parsed.seed, KITH_SEED_LEN);
  parsed.issued = (gint64)take_uint (&reader, 4);
  take_candidates (&reader, parsed.candidates, &parsed.n_candidates);
  if (!finish_reading (&reader, parsed.signature, error)) {
    return FALSE;
  }
  if (!is_knock_kind (kind)) {
    return broken (error, "kind");
  }
  parsed.kind = (KithKnockKind)kind;
  *knock = parsed;
  return TRUE;
}
