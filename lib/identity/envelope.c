/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sealing under a shared key and to a public key, with cheap rejection first. */
#include "identity/envelope.h"

#include <sodium.h>
#include <string.h>

#include "base/error.h"
#include "identity/derive.h"

#define NONCE_LEN crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define VERSION 1 /* of the envelope; what is inside has one of its own */
#define TAG_LEN crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SHARED_OVERHEAD (1 + NONCE_LEN + TAG_LEN)
#define CHECK_LEN crypto_shorthash_BYTES
#define BOX_AT (1 + CHECK_LEN)
#define ADDRESSED_OVERHEAD (BOX_AT + crypto_box_SEALBYTES)

G_STATIC_ASSERT (ADDRESSED_OVERHEAD <= KITH_SEAL_OVERHEAD);
G_STATIC_ASSERT (SHARED_OVERHEAD <= KITH_SEAL_OVERHEAD);

static gboolean
check_fits (gsize len, gsize overhead, GError **error)
{
  if (len + overhead <= KITH_RECORD_MAX) {
    return TRUE;
  }
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "The record has %" G_GSIZE_FORMAT " bytes, %d too many; shorten it",
               len,
               (gint)(len + overhead) - KITH_RECORD_MAX);
  return FALSE;
}

/* The bytes of @sealed if size and version are right. */
static const guint8 *
look (GBytes *sealed, gsize overhead, gsize *len)
{
  const guint8 *data = g_bytes_get_data (sealed, len);

  return data != NULL && *len > overhead && *len <= KITH_RECORD_MAX && data[0] == VERSION ? data
                                                                                          : NULL;
}

GBytes *
kith_envelope_close (const guint8 key[32], const guint8 *plain, gsize len, GError **error)
{
  guint8 out[KITH_RECORD_MAX];
  unsigned long long n = 0;

  if (!check_fits (len, SHARED_OVERHEAD, error)) {
    return NULL;
  }
  out[0] = VERSION;
  randombytes_buf (out + 1, NONCE_LEN);
  (void)crypto_aead_xchacha20poly1305_ietf_encrypt (out + 1 + NONCE_LEN,
                                                    &n,
                                                    plain,
                                                    len,
                                                    out,
                                                    1,
                                                    NULL,
                                                    out + 1,
                                                    key);
  return g_bytes_new (out, 1 + NONCE_LEN + (gsize)n);
}

gssize
kith_envelope_open (const guint8 key[32], GBytes *sealed, guint8 plain[KITH_RECORD_MAX])
{
  gsize len;
  const guint8 *data = look (sealed, SHARED_OVERHEAD, &len);
  unsigned long long n = 0;

  if (data == NULL
      || crypto_aead_xchacha20poly1305_ietf_decrypt (plain,
                                                     &n,
                                                     NULL,
                                                     data + 1 + NONCE_LEN,
                                                     len - 1 - NONCE_LEN,
                                                     data,
                                                     1,
                                                     data + 1,
                                                     key)
             != 0) {
    return -1;
  }
  return (gssize)n;
}

static void
compute_check (const KithPeerKey *to, const guint8 *box, gsize len, guint8 check[CHECK_LEN])
{
  guint8 key[crypto_shorthash_KEYBYTES];

  kith_derive (KITH_LABEL_INBOX_CHECK,
               &(KithDeriveFrom){ .key = to->bytes, .key_len = KITH_KEY_LEN },
               key,
               sizeof key);
  (void)crypto_shorthash (check, box, len, key);
}

GBytes *
kith_envelope_address (const KithPeerKey *to, const guint8 *plain, gsize len, GError **error)
{
  guint8 out[KITH_RECORD_MAX];
  guint8 curve[crypto_box_PUBLICKEYBYTES];

  if (!check_fits (len, ADDRESSED_OVERHEAD, error)) {
    return NULL;
  }
  if (crypto_sign_ed25519_pk_to_curve25519 (curve, to->bytes) != 0
      || crypto_box_seal (out + BOX_AT, plain, len, curve) != 0) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "Nothing can be sealed to this identity: its key is no point of the "
                         "curve; get the key again from its owner");
    return NULL;
  }
  out[0] = VERSION;
  compute_check (to, out + BOX_AT, len + crypto_box_SEALBYTES, out + 1);
  return g_bytes_new (out, len + ADDRESSED_OVERHEAD);
}

gssize
kith_envelope_receive (const KithPeerKey *to,
                       const guint8 secret[32],
                       GBytes *sealed,
                       guint8 plain[KITH_RECORD_MAX])
{
  gsize len;
  const guint8 *data = look (sealed, ADDRESSED_OVERHEAD, &len);
  guint8 check[CHECK_LEN];
  guint8 curve[crypto_box_PUBLICKEYBYTES];

  if (data == NULL) {
    return -1;
  }
  compute_check (to, data + BOX_AT, len - BOX_AT, check);
  if (sodium_memcmp (check, data + 1, CHECK_LEN) != 0 || crypto_scalarmult_base (curve, secret) != 0
      || crypto_box_seal_open (plain, data + BOX_AT, len - BOX_AT, curve, secret) != 0) {
    return -1;
  }
  return (gssize)(len - ADDRESSED_OVERHEAD);
}
