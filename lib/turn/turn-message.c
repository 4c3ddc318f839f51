/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seals messages of TURN, judges seals, and finds the ends of messages in a stream. */
#include "turn/turn-message.h"

#include <string.h>

#define SHA1_LEN 20
#define SHA256_LEN 32
#define MD5_LEN 16
#define NONCE_COOKIE "obMatJos2"
#define NONCE_COOKIE_LEN 9
#define NONCE_FLAGS_LEN 4 /* 24 flags in base64 */
#define ALGORITHM_SHA256 2

static gsize
get16 (const guint8 *at)
{
  return (gsize)at[0] << 8 | at[1];
}

void
kith_turn_key_derive (KithTurnKey *key,
                      gboolean sha256,
                      const char *user,
                      const KithStunBytes *realm,
                      const char *password)
{
  g_autoptr (GChecksum) sum = g_checksum_new (sha256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_MD5);

  key->sha256 = sha256;
  key->len = sha256 ? SHA256_LEN : MD5_LEN;
  g_checksum_update (sum, (const guchar *)user, -1);
  g_checksum_update (sum, (const guchar *)":", 1);
  g_checksum_update (sum, realm->data, (gssize)realm->len);
  g_checksum_update (sum, (const guchar *)":", 1);
  g_checksum_update (sum, (const guchar *)password, -1);
  g_checksum_get_digest (sum, key->bytes, &key->len);
}

/* The HMAC over the message up to @at, with the length field as if the integrity were the last
   attribute. Returns its length. */
static gsize
compute_integrity (const guint8 *data, gsize at, const KithTurnKey *key, guint8 digest[SHA256_LEN])
{
  gsize len = key->sha256 ? SHA256_LEN : SHA1_LEN;
  const gsize said = at - KITH_STUN_HEADER_LEN + 4 + len;
  guint8 header[KITH_STUN_HEADER_LEN];
  g_autoptr (GHmac) hmac
      = g_hmac_new (key->sha256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_SHA1, key->bytes, key->len);

  memcpy (header, data, sizeof header);
  header[2] = (guint8)(said >> 8);
  header[3] = (guint8)said;
  g_hmac_update (hmac, header, sizeof header);
  g_hmac_update (hmac, data + sizeof header, (gssize)(at - sizeof header));
  g_hmac_get_digest (hmac, digest, &len);
  return len;
}

gboolean
kith_turn_message_is_authentic (const guint8 *data, const KithStun *message, const KithTurnKey *key)
{
  guint8 digest[SHA256_LEN];
  guint8 difference = 0;

  if (message->integrity_at == 0 || message->is_sha256 != key->sha256) {
    return FALSE;
  }
  const gsize len = compute_integrity (data, message->integrity_at, key, digest);
  for (gsize i = 0; i < len; i++) {
    difference |= digest[i] ^ data[message->integrity_at + 4 + i];
  }
  return difference == 0;
}

gsize
kith_turn_message_seal (guint8 *data, gsize len, gsize room, const KithTurnKey *key)
{
  guint8 digest[SHA256_LEN];

  if (len == 0) {
    return 0;
  }
  const gsize digest_len = compute_integrity (data, len, key, digest);
  return kith_stun_append (data,
                           len,
                           room,
                           key->sha256 ? KITH_STUN_INTEGRITY_SHA256 : KITH_STUN_INTEGRITY,
                           digest,
                           digest_len);
}

gsize
kith_turn_message_frame (const guint8 *data, gsize len)
{
  gsize whole;

  if (len < 4) {
    return 0;
  }
  if ((data[0] & 0xc0) == 0) {
    whole = get16 (data + 2) + KITH_STUN_HEADER_LEN;
    if (whole % 4 != 0) {
      return G_MAXSIZE;
    }
  } else if (data[0] >= 0x40 && data[0] <= 0x4f) {
    whole = ((get16 (data + 2) + 3) & ~(gsize)3) + 4;
  } else {
    return G_MAXSIZE;
  }
  return whole <= KITH_STUN_MAX ? whole : G_MAXSIZE;
}

gboolean
kith_turn_message_offers_sha256 (const KithStun *message)
{
  const KithStunBytes *nonce = &message->nonce;
  const KithStunBytes *algorithms = &message->algorithms;
  gsize at = 0;

  if (algorithms->data == NULL || nonce->data == NULL
      || nonce->len < NONCE_COOKIE_LEN + NONCE_FLAGS_LEN
      || memcmp (nonce->data, NONCE_COOKIE, NONCE_COOKIE_LEN) != 0) {
    return FALSE;
  }
  /* The first flag, "password algorithms", is the upper half of base64's alphabet. */
  guint8 first = nonce->data[NONCE_COOKIE_LEN];
  if (!((first >= 'g' && first <= 'z') || g_ascii_isdigit (first) || first == '+'
        || first == '/')) {
    return FALSE;
  }
  while (at + 4 <= algorithms->len) {
    gsize parameters = (get16 (algorithms->data + at + 2) + 3) & ~(gsize)3;
    if (get16 (algorithms->data + at) == ALGORITHM_SHA256 && parameters == 0) {
      return TRUE;
    }
    at += 4 + parameters;
  }
  return FALSE;
}
