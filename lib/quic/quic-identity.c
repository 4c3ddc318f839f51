/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the TLS certificate of this device and judges the peer's. */
#include "quic/quic-identity.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"

#define TAG_OCTET_STRING 4
#define MAX_EXTENSION 255 /* a device certificate is at most 153 bytes and a version */
#define YEAR (365L * 24 * 3600)

struct _KithQuicIdentity {
  gnutls_x509_privkey_t key;
  GBytes *device_cert;
  KithQuicCredentials *credentials; /* for device_cert */
};

struct _KithQuicCredentials {
  gatomicrefcount refs;
  gnutls_certificate_credentials_t raw;
};

static gboolean
refused (int code, GError **error)
{
  if (code >= 0) {
    return FALSE;
  }
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_FAILED,
               "The device's TLS certificate could not be made: %s",
               gnutls_strerror (code));
  return TRUE;
}

KithQuicIdentity *
kith_quic_identity_new (const guint8 *secret, GError **error)
{
  g_autoptr (KithQuicIdentity) identity = g_new0 (KithQuicIdentity, 1);
  guint8 copy[64];
  gnutls_datum_t public_key = { copy + 32, 32 };
  gnutls_datum_t seed = { copy, 32 };

  int code = gnutls_x509_privkey_init (&identity->key);
  if (refused (code, error)) {
    return NULL;
  }
  memcpy (copy, secret, sizeof copy);
  code = gnutls_x509_privkey_import_ecc_raw (identity->key,
                                             GNUTLS_ECC_CURVE_ED25519,
                                             &public_key,
                                             NULL,
                                             &seed);
  gnutls_memset (copy, 0, sizeof copy);
  return refused (code, error) ? NULL : g_steal_pointer (&identity);
}

void
kith_quic_identity_free (KithQuicIdentity *identity)
{
  if (identity == NULL) {
    return;
  }
  g_clear_pointer (&identity->credentials, kith_quic_credentials_unref);
  g_clear_pointer (&identity->device_cert, g_bytes_unref);
  if (identity->key != NULL) {
    gnutls_x509_privkey_deinit (identity->key);
  }
  g_free (identity);
}

/* Puts @device_cert as an OCTET STRING into @crt. */
static int
add_extension (gnutls_x509_crt_t crt, GBytes *device_cert)
{
  gsize len = 0;
  const guint8 *data = g_bytes_get_data (device_cert, &len);
  guint8 der[3 + MAX_EXTENSION] = { TAG_OCTET_STRING, 0x81, (guint8)len };

  if (len == 0 || len > MAX_EXTENSION) {
    return GNUTLS_E_INVALID_REQUEST;
  }
  if (len < 0x80) {
    der[1] = (guint8)len;
    memcpy (der + 2, data, len);
    return gnutls_x509_crt_set_extension_by_oid (crt, KITH_DEVICE_CERT_OID, der, 2 + len, 0);
  }
  memcpy (der + 3, data, len);
  return gnutls_x509_crt_set_extension_by_oid (crt, KITH_DEVICE_CERT_OID, der, 3 + len, 0);
}

static int
fill_certificate (gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, GBytes *device_cert)
{
  static const char name[] = "kith";
  guint8 serial[16];
  time_t now = (time_t)(kith_clock_wall (kith_clock_get_default ()) / G_USEC_PER_SEC);
  int code = kith_random_bytes (serial, sizeof serial) ? 0 : GNUTLS_E_RANDOM_FAILED;

  serial[0] = (serial[0] & 0x3f) | 0x40;
  code = code < 0 ? code : gnutls_x509_crt_set_version (crt, 3);
  code = code < 0 ? code : gnutls_x509_crt_set_serial (crt, serial, sizeof serial);
  code = code < 0 ? code : gnutls_x509_crt_set_activation_time (crt, now - YEAR);
  code = code < 0 ? code : gnutls_x509_crt_set_expiration_time (crt, now + YEAR);
  code = code < 0 ? code
                  : gnutls_x509_crt_set_dn_by_oid (crt,
                                                   GNUTLS_OID_X520_COMMON_NAME,
                                                   0,
                                                   name,
                                                   sizeof name - 1);
  code = code < 0 ? code : gnutls_x509_crt_set_key (crt, key);
  code = code < 0 ? code : add_extension (crt, device_cert);
  return code < 0 ? code : gnutls_x509_crt_sign2 (crt, crt, key, GNUTLS_DIG_SHA512, 0);
}

static KithQuicCredentials *
make_credentials (gnutls_x509_privkey_t key, GBytes *device_cert, GError **error)
{
  gnutls_certificate_credentials_t raw = NULL;
  gnutls_x509_crt_t crt = NULL;
  int code = gnutls_x509_crt_init (&crt);

  if (refused (code, error)) {
    return NULL;
  }
  code = fill_certificate (crt, key, device_cert);
  code = code < 0 ? code : gnutls_certificate_allocate_credentials (&raw);
  code = code < 0 ? code : gnutls_certificate_set_x509_key (raw, &crt, 1, key);
  gnutls_x509_crt_deinit (crt);
  if (refused (code, error)) {
    if (raw != NULL) {
      gnutls_certificate_free_credentials (raw);
    }
    return NULL;
  }
  KithQuicCredentials *credentials = g_new0 (KithQuicCredentials, 1);
  g_atomic_ref_count_init (&credentials->refs);
  credentials->raw = raw;
  return credentials;
}

KithQuicCredentials *
kith_quic_identity_get_credentials (KithQuicIdentity *identity, GBytes *device_cert, GError **error)
{
  if (identity->credentials == NULL || !g_bytes_equal (identity->device_cert, device_cert)) {
    KithQuicCredentials *fresh = make_credentials (identity->key, device_cert, error);
    if (fresh == NULL) {
      return NULL;
    }
    g_clear_pointer (&identity->credentials, kith_quic_credentials_unref);
    g_clear_pointer (&identity->device_cert, g_bytes_unref);
    identity->credentials = fresh;
    identity->device_cert = g_bytes_ref (device_cert);
  }
  return kith_quic_credentials_ref (identity->credentials);
}

KithQuicCredentials *
kith_quic_credentials_ref (KithQuicCredentials *credentials)
{
  g_atomic_ref_count_inc (&credentials->refs);
  return credentials;
}

gnutls_certificate_credentials_t
kith_quic_credentials_get (KithQuicCredentials *credentials)
{
  return credentials->raw;
}

void
kith_quic_credentials_unref (KithQuicCredentials *credentials)
{
  if (g_atomic_ref_count_dec (&credentials->refs)) {
    gnutls_certificate_free_credentials (credentials->raw);
    g_free (credentials);
  }
}

/* The Ed25519 key of @crt. */
static gboolean
get_key (gnutls_x509_crt_t crt, KithPeerKey *key)
{
  gnutls_pubkey_t public_key = NULL;
  gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
  gnutls_datum_t x = { NULL, 0 };
  gnutls_datum_t y = { NULL, 0 };

  if (gnutls_pubkey_init (&public_key) < 0) {
    return FALSE;
  }
  gboolean fine = gnutls_pubkey_import_x509 (public_key, crt, 0) >= 0
                  && gnutls_pubkey_export_ecc_raw2 (public_key, &curve, &x, &y, 0) >= 0
                  && curve == GNUTLS_ECC_CURVE_ED25519 && x.size == sizeof key->bytes;
  if (fine) {
    memcpy (key->bytes, x.data, sizeof key->bytes);
  }
  gnutls_free (x.data);
  gnutls_free (y.data);
  gnutls_pubkey_deinit (public_key);
  return fine;
}

/* The content of the extension's OCTET STRING inside @der. Returns its length, 0 when it is
   malformed. */
static gsize
open_octets (const guint8 *der, gsize len, const guint8 **content)
{
  gsize head = len >= 2 && der[1] == 0x81 ? 3 : 2;

  if (len <= head || der[0] != TAG_OCTET_STRING) {
    return 0;
  }
  *content = der + head;
  if (head == 3) {
    return der[2] >= 0x80 && der[2] == len - head ? len - head : 0;
  }
  return der[1] < 0x80 && der[1] == len - head ? len - head : 0;
}

static const char *
check_crt (gnutls_x509_crt_t crt,
           const KithQuicExpected *expected,
           KithVerifyFunc verify,
           gpointer user_data,
           KithDeviceCert *cert)
{
  KithPeerKey key;
  guint8 extension[3 + MAX_EXTENSION];
  gsize size = sizeof extension;
  guint critical = 0;
  const guint8 *content = NULL;

  if (!get_key (crt, &key)) {
    return "the peer's certificate holds no Ed25519 key";
  }
  if (gnutls_x509_crt_get_extension_by_oid (crt,
                                            KITH_DEVICE_CERT_OID,
                                            0,
                                            extension,
                                            &size,
                                            &critical)
      < 0) {
    return "the peer's certificate holds no device certificate";
  }
  gsize len = open_octets (extension, size, &content);
  if (len == 0 || !verify (content, len, cert, user_data)) {
    return "the peer's device certificate is not valid";
  }
  if (gnutls_memcmp (cert->device.bytes, key.bytes, sizeof key.bytes) != 0) {
    return "the peer's device certificate belongs to another key";
  }
  if (expected->device != NULL && !kith_peer_key_equal (expected->device, &cert->device)) {
    return "the peer is another device than the one meant";
  }
  if (expected->identity != NULL && !kith_peer_key_equal (expected->identity, &cert->identity)) {
    return "the peer is another identity than the one meant";
  }
  return NULL;
}

const char *
kith_quic_check_peer (const gnutls_datum_t *der,
                      const KithQuicExpected *expected,
                      KithVerifyFunc verify,
                      gpointer user_data,
                      KithDeviceCert *cert)
{
  gnutls_x509_crt_t crt = NULL;
  const char *wrong = "the peer's certificate is malformed";

  if (gnutls_x509_crt_init (&crt) < 0) {
    return wrong;
  }
  if (gnutls_x509_crt_import (crt, der, GNUTLS_X509_FMT_DER) >= 0) {
    wrong = check_crt (crt, expected, verify, user_data, cert);
  }
  gnutls_x509_crt_deinit (crt);
  return wrong;
}
