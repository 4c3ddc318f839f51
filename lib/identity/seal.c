/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where records are kept, and their opening in an order that makes garbage cheap. */
#include "identity/seal.h"

#include <sodium.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "identity/derive.h"
#include "identity/envelope.h"
#include "identity/signing.h"

#define NAME_SALT "kith1 name"
#define NAME_OPSLIMIT 1
#define NAME_MEMLIMIT (1024 * 1024)

static gboolean
garbage (GError **error)
{
  g_set_error_literal (error,
                       KITH_ERROR,
                       KITH_ERROR_PROTOCOL,
                       "This is no record that was sealed for this place; it is ignored");
  return FALSE;
}

static gboolean
untrusted (GError **error, const char *why)
{
  g_set_error (error, KITH_ERROR, KITH_ERROR_UNTRUSTED, "%s; it is ignored", why);
  return FALSE;
}

static gboolean
out_of_time (GError **error, const char *why)
{
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_TIMED_OUT,
               "%s; if this happens with everybody, look at this computer's clock",
               why);
  return FALSE;
}

static gboolean
check_times (gint64 issued, gint64 expires, gint64 now, GError **error)
{
  if (expires < issued) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_PROTOCOL,
                         "The record expires before it begins; it is ignored");
    return FALSE;
  }
  if (issued - KITH_TIME_TOLERANCE > now) {
    return out_of_time (error, "The record comes from the future");
  }
  if (expires + KITH_TIME_TOLERANCE < now) {
    return out_of_time (error, "The record has expired");
  }
  return TRUE;
}

static void
derive_place (const char *label,
              const guint8 key[32],
              const guint8 *message,
              gsize len,
              guint8 location[KITH_LOCATION_LEN])
{
  KithDeriveFrom from = { .key = key, .key_len = 32, .message = message, .message_len = len };

  kith_derive (label, &from, location, KITH_LOCATION_LEN);
}

static void
derive_key (const char *label, const guint8 secret[32], guint8 key[32])
{
  kith_derive (label, &(KithDeriveFrom){ .key = secret, .key_len = 32 }, key, 32);
}

/* The discovery secret of reach = public. */
static void
public_discovery (const KithPeerKey *identity, guint8 secret[32])
{
  derive_key (KITH_LABEL_PUBLIC_REACH, identity->bytes, secret);
}

/* The one check of a certificate's signature; @now was looked at before. */
static gboolean
check_cert_signature (const KithDeviceCert *cert, GError **error)
{
  g_autoptr (GBytes) encoded = kith_device_cert_encode (cert, error);

  if (encoded == NULL) {
    return FALSE;
  }
  KithSigned what = { .domain = KITH_DOMAIN_DEVICE };
  what.encoded = g_bytes_get_data (encoded, &what.len);
  return kith_signing_verify (&what, &cert->identity)
         || untrusted (error,
                       "The device's certificate was not signed by the identity that it names");
}

static gboolean
check_cert_times (const KithDeviceCert *cert, gint64 now, GError **error)
{
  if (cert->not_after < cert->not_before
      || cert->not_after - cert->not_before > KITH_DEVICE_CERT_LIFE) {
    return untrusted (error, "The device's certificate is made for longer than seven days");
  }
  if (cert->not_before - KITH_TIME_TOLERANCE > now) {
    return out_of_time (error, "The device's certificate is not valid yet");
  }
  if (cert->not_after + KITH_TIME_TOLERANCE < now) {
    return out_of_time (error, "The device's certificate has expired");
  }
  return TRUE;
}

/* Signature of the device over the whole of @plain. */
static gboolean
check_device_signature (KithSigned *what,
                        const guint8 *plain,
                        gsize len,
                        const KithDeviceCert *cert,
                        GError **error)
{
  what->encoded = plain;
  what->len = len;
  return kith_signing_verify (what, &cert->device)
         || untrusted (error, "The record was not signed by the device that it names");
}

void
kith_name_secret (const char *name, guint8 secret[32])
{
  guint8 salt[crypto_generichash_BYTES]; /* the first 16 bytes count */

  (void)crypto_generichash (salt,
                            sizeof salt,
                            (const guint8 *)NAME_SALT,
                            strlen (NAME_SALT),
                            NULL,
                            0);
  if (crypto_pwhash (secret,
                     32,
                     name,
                     strlen (name),
                     salt,
                     NAME_OPSLIMIT,
                     NAME_MEMLIMIT,
                     crypto_pwhash_ALG_ARGON2ID13)
      != 0) {
    kith_warning ("identity",
                  "no memory to hash a name: it can be neither looked up nor published now");
    /* a place where nobody looks, rather than one that all names share */
    randombytes_buf (secret, 32);
  }
}

void
kith_claim_location (const guint8 name_secret[32], guint8 location[KITH_LOCATION_LEN])
{
  derive_place (KITH_LABEL_CLAIM_PLACE, name_secret, NULL, 0, location);
}

void
kith_reach_location (const KithPeerKey *identity,
                     gint64 epoch,
                     guint replica,
                     guint8 location[KITH_LOCATION_LEN])
{
  guint8 secret[32];
  struct {
    guint64 epoch;
    guint64 replica;
  } message = { GUINT64_TO_BE ((guint64)epoch), GUINT64_TO_BE ((guint64)replica) };

  public_discovery (identity, secret);
  derive_place (KITH_LABEL_REACH_PLACE, secret, (const guint8 *)&message, sizeof message, location);
}

void
kith_inbox_location (const KithPeerKey *identity, gint64 epoch, guint8 location[KITH_LOCATION_LEN])
{
  guint64 message = GUINT64_TO_BE ((guint64)epoch);

  derive_place (KITH_LABEL_INBOX_PLACE,
                identity->bytes,
                (const guint8 *)&message,
                sizeof message,
                location);
}

void
kith_name_reach_location (const guint8 name_secret[32], guint8 location[KITH_LOCATION_LEN])
{
  derive_place (KITH_LABEL_NAME_REACH_PLACE, name_secret, NULL, 0, location);
}

void
kith_name_inbox_location (const guint8 name_secret[32],
                          gint64 epoch,
                          guint8 location[KITH_LOCATION_LEN])
{
  guint64 message = GUINT64_TO_BE ((guint64)epoch);

  derive_place (KITH_LABEL_NAME_INBOX_PLACE,
                name_secret,
                (const guint8 *)&message,
                sizeof message,
                location);
}

GBytes *
kith_claim_seal (const KithClaim *claim, const guint8 name_secret[32], GError **error)
{
  g_return_val_if_fail (claim != NULL && name_secret != NULL, NULL);
  g_autoptr (GBytes) encoded = kith_claim_encode (claim, error);
  guint8 key[32];

  if (encoded == NULL) {
    return NULL;
  }
  derive_key (KITH_LABEL_CLAIM_KEY, name_secret, key);
  return kith_envelope_close (key,
                              g_bytes_get_data (encoded, NULL),
                              g_bytes_get_size (encoded),
                              error);
}

/* The key of a reach record in its usual place. */
static void
reach_key (const KithPeerKey *identity, guint8 key[32])
{
  guint8 secret[32];

  public_discovery (identity, secret);
  derive_key (KITH_LABEL_REACH_KEY, secret, key);
}

static GBytes *
seal_reach (const KithReach *reach, const guint8 key[32], GError **error)
{
  g_autoptr (GBytes) encoded = kith_reach_encode (reach, error);

  return encoded == NULL ? NULL
                         : kith_envelope_close (key,
                                                g_bytes_get_data (encoded, NULL),
                                                g_bytes_get_size (encoded),
                                                error);
}

GBytes *
kith_reach_seal (const KithReach *reach, GError **error)
{
  g_return_val_if_fail (reach != NULL, NULL);
  guint8 key[32];

  reach_key (&reach->device.identity, key);
  return seal_reach (reach, key, error);
}

GBytes *
kith_reach_seal_for_name (const KithReach *reach, const guint8 name_secret[32], GError **error)
{
  g_return_val_if_fail (reach != NULL && name_secret != NULL, NULL);
  guint8 key[32];

  derive_key (KITH_LABEL_NAME_REACH_KEY, name_secret, key);
  return seal_reach (reach, key, error);
}

GBytes *
kith_knock_seal (const KithKnock *knock, const KithPeerKey *to, GError **error)
{
  g_return_val_if_fail (knock != NULL && to != NULL, NULL);
  g_autoptr (GBytes) encoded = kith_knock_encode (knock, error);

  return encoded == NULL ? NULL
                         : kith_envelope_address (to,
                                                  g_bytes_get_data (encoded, NULL),
                                                  g_bytes_get_size (encoded),
                                                  error);
}

gboolean
kith_claim_open (GBytes *sealed,
                 const char *name,
                 const guint8 name_secret[32],
                 gint64 now,
                 KithClaim *claim,
                 GError **error)
{
  g_return_val_if_fail (sealed != NULL && name != NULL && name_secret != NULL && claim != NULL,
                        FALSE);
  guint8 key[32];
  guint8 plain[KITH_RECORD_MAX];
  KithClaim found;

  derive_key (KITH_LABEL_CLAIM_KEY, name_secret, key);
  gssize len = kith_envelope_open (key, sealed, plain);
  if (len < 0) {
    return garbage (error);
  }
  if (!kith_claim_decode (plain, (gsize)len, &found, error)) {
    return FALSE;
  }
  if (strcmp (found.name, name) != 0) {
    return untrusted (error, "The claim is for another name");
  }
  if (!check_times (found.issued, found.expires, now, error)) {
    return FALSE;
  }
  KithSigned what = { .domain = KITH_DOMAIN_CLAIM, .encoded = plain, .len = (gsize)len };
  if (!kith_signing_verify (&what, &found.identity)) {
    return untrusted (error, "The claim was not signed by the identity that it names");
  }
  *claim = found;
  return TRUE;
}

/* Reader's order, with the key at hand. */
static gboolean
open_reach (GBytes *sealed,
            const guint8 key[32],
            const KithPeerKey *identity,
            gint64 now,
            KithReach *reach,
            GError **error)
{
  guint8 plain[KITH_RECORD_MAX];
  KithReach found;
  KithSigned what = { .domain = KITH_DOMAIN_REACH };

  gssize len = kith_envelope_open (key, sealed, plain);
  if (len < 0) {
    return garbage (error);
  }
  if (!kith_reach_decode (plain, (gsize)len, &found, error)) {
    return FALSE;
  }
  if (!kith_peer_key_equal (&found.device.identity, identity)) {
    return untrusted (error, "The reach record is of another identity");
  }
  if (!check_times (found.issued, found.expires, now, error)
      || !check_cert_times (&found.device, now, error)
      || !check_cert_signature (&found.device, error)
      || !check_device_signature (&what, plain, (gsize)len, &found.device, error)) {
    return FALSE;
  }
  *reach = found;
  return TRUE;
}

gboolean
kith_reach_open (GBytes *sealed,
                 const KithPeerKey *identity,
                 gint64 now,
                 KithReach *reach,
                 GError **error)
{
  g_return_val_if_fail (sealed != NULL && identity != NULL && reach != NULL, FALSE);
  guint8 key[32];

  reach_key (identity, key);
  return open_reach (sealed, key, identity, now, reach, error);
}

gboolean
kith_reach_open_for_name (GBytes *sealed,
                          const guint8 name_secret[32],
                          const KithPeerKey *identity,
                          gint64 now,
                          KithReach *reach,
                          GError **error)
{
  g_return_val_if_fail (sealed != NULL && name_secret != NULL && identity != NULL && reach != NULL,
                        FALSE);
  guint8 key[32];

  derive_key (KITH_LABEL_NAME_REACH_KEY, name_secret, key);
  return open_reach (sealed, key, identity, now, reach, error);
}

gboolean
kith_knock_open (GBytes *inner, const KithPeerKey *to, gint64 now, KithKnock *knock, GError **error)
{
  g_return_val_if_fail (inner != NULL && to != NULL && knock != NULL, FALSE);
  gsize len;
  const guint8 *plain = g_bytes_get_data (inner, &len);
  KithKnock found;
  KithSigned what = { .domain = KITH_DOMAIN_KNOCK, .addressee = to };

  if (!kith_knock_decode (plain, len, &found, error)) {
    return FALSE;
  }
  if (found.issued - KITH_KNOCK_TOLERANCE > now) {
    return out_of_time (error, "The knock comes from the future");
  }
  if (found.issued + KITH_KNOCK_TOLERANCE < now) {
    return out_of_time (error, "The knock is too old");
  }
  if (!check_cert_times (&found.device, now, error) || !check_cert_signature (&found.device, error)
      || !check_device_signature (&what, plain, len, &found.device, error)) {
    return FALSE;
  }
  *knock = found;
  return TRUE;
}

gboolean
kith_device_cert_verify (const KithDeviceCert *cert, gint64 now, GError **error)
{
  g_return_val_if_fail (cert != NULL, FALSE);
  return check_cert_times (cert, now, error) && check_cert_signature (cert, error);
}
