/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes and reads STUN messages byte by byte, with every bound checked. */
#include "turn/turn-message.h"

#include <string.h>

#define HEADER_LEN 20
#define COOKIE 0x2112a442u
#define SHA1_LEN 20
#define SHA256_LEN 32
#define MD5_LEN 16
#define NONCE_COOKIE "obMatJos2"
#define NONCE_COOKIE_LEN 9
#define NONCE_FLAGS_LEN 4 /* 24 flags in base64 */
#define ALGORITHM_SHA256 2

static guint16
get_u16 (const guint8 *at)
{
  return (guint16)(at[0] << 8 | at[1]);
}

static guint32
get_u32 (const guint8 *at)
{
  return (guint32)get_u16 (at) << 16 | get_u16 (at + 2);
}

static void
set_u16 (guint8 *at, guint16 value)
{
  at[0] = (guint8)(value >> 8);
  at[1] = (guint8)value;
}

static void
set_u32 (guint8 *at, guint32 value)
{
  set_u16 (at, (guint16)(value >> 16));
  set_u16 (at + 2, (guint16)value);
}

/* The 12 bits of the method and the 2 of the class are interleaved (RFC 8489 section 5). */
static guint16
pack_type (guint method, KithTurnClass class)
{
  guint bits = (guint) class;

  return (guint16)((method & 0x0f) | (bits & 1) << 4 | (method & 0x70) << 1 | (bits & 2) << 7
                   | (method & 0xf80) << 2);
}

static void
unpack_type (guint16 type, guint *method, KithTurnClass *class)
{
  *method = (type & 0x0fu) | (type & 0xe0u) >> 1 | (type & 0x3e00u) >> 2;
  *class = (KithTurnClass)((type >> 4 & 1) | (type >> 7 & 2));
}

/* Makes plain of XOR-ed and back; @id follows the cookie in the mask of IPv6. */
static void
mask_ip (guint8 *ip, gsize len, const guint8 *id)
{
  guint8 mask[16];

  set_u32 (mask, COOKIE);
  memcpy (mask + 4, id, KITH_TURN_ID_LEN);
  for (gsize i = 0; i < len; i++) {
    ip[i] ^= mask[i];
  }
}

static gboolean
read_plain_address (const guint8 *value, gsize len, KithEndpoint *address)
{
  *address = (KithEndpoint){ 0 };
  if (len < 4 || (value[1] != 1 && value[1] != 2) || len != (value[1] == 1 ? 8u : 20u)) {
    return FALSE;
  }
  address->family = value[1] == 1 ? 4 : 6;
  address->port = get_u16 (value + 2);
  memcpy (address->ip, value + 4, len - 4);
  return TRUE;
}

static gboolean
read_address (const guint8 *value, gsize len, const guint8 *id, KithEndpoint *address)
{
  if (!read_plain_address (value, len, address)) {
    return FALSE;
  }
  address->port ^= COOKIE >> 16;
  mask_ip (address->ip, len - 4, id);
  return TRUE;
}

static gboolean
read_error (const guint8 *value, gsize len, guint *code)
{
  if (len < 4 || (value[2] & 7) < 3 || (value[2] & 7) > 6 || value[3] > 99) {
    return FALSE;
  }
  *code = (value[2] & 7u) * 100 + value[3];
  return TRUE;
}

static gboolean
read_bytes (const guint8 *value, gsize len, gsize most, const guint8 **where, gsize *where_len)
{
  if (len > most || *where != NULL) {
    return FALSE;
  }
  *where = value;
  *where_len = len;
  return TRUE;
}

static gboolean
read_attribute (KithTurnMessage *m, guint16 type, const guint8 *value, gsize len)
{
  switch (type) {
  case KITH_TURN_ATTR_ERROR_CODE:
    return read_error (value, len, &m->error_code);
  case KITH_TURN_ATTR_LIFETIME:
    m->has_lifetime = len == 4;
    m->lifetime_s = len == 4 ? get_u32 (value) : 0;
    return len == 4;
  case KITH_TURN_ATTR_PEER:
    return read_address (value, len, m->id, &m->peer);
  case KITH_TURN_ATTR_RELAYED:
    return read_address (value, len, m->id, &m->relayed);
  case KITH_TURN_ATTR_MAPPED:
    return read_address (value, len, m->id, &m->mapped);
  case KITH_TURN_ATTR_ALTERNATE:
    return m->alternate.family != 0 || read_plain_address (value, len, &m->alternate);
  case KITH_TURN_ATTR_ALTERNATE_DOMAIN:
    return m->domain != NULL
           || read_bytes (value, len, KITH_TURN_DOMAIN_MAX, &m->domain, &m->domain_len);
  case KITH_TURN_ATTR_DATA:
    return read_bytes (value, len, KITH_TURN_DATA_MAX, &m->data, &m->data_len);
  case KITH_TURN_ATTR_REALM:
    return read_bytes (value, len, KITH_TURN_REALM_MAX, &m->realm, &m->realm_len);
  case KITH_TURN_ATTR_NONCE:
    return read_bytes (value, len, KITH_TURN_REALM_MAX, &m->nonce, &m->nonce_len);
  case KITH_TURN_ATTR_ALGORITHMS:
    return read_bytes (value, len, KITH_TURN_ALGORITHMS_MAX, &m->algorithms, &m->algorithms_len);
  default:
    return TRUE;
  }
}

gboolean
kith_turn_message_decode (const guint8 *data, gsize len, KithTurnMessage *message)
{
  gsize at = HEADER_LEN;

  memset (message, 0, sizeof *message);
  if (len < HEADER_LEN || (data[0] & 0xc0) != 0 || get_u32 (data + 4) != COOKIE
      || (gsize)get_u16 (data + 2) + HEADER_LEN != len || len % 4 != 0) {
    return FALSE;
  }
  unpack_type (get_u16 (data), &message->method, &message->class);
  memcpy (message->id, data + 8, KITH_TURN_ID_LEN);
  while (at < len) {
    guint16 type = get_u16 (data + at);
    gsize size = get_u16 (data + at + 2);
    gsize padded = (size + 3) & ~(gsize)3;
    if (padded > len - at - 4) {
      return FALSE;
    }
    if (type == KITH_TURN_ATTR_INTEGRITY || type == KITH_TURN_ATTR_INTEGRITY_SHA256) {
      message->integrity_is_sha256 = type == KITH_TURN_ATTR_INTEGRITY_SHA256;
      message->integrity_at = at;
      return size == (message->integrity_is_sha256 ? SHA256_LEN : SHA1_LEN);
    }
    if (!read_attribute (message, type, data + at + 4, size)) {
      return FALSE;
    }
    at += 4 + padded;
  }
  return TRUE;
}

/* The HMAC over the message up to @at, with the length field as if the integrity were the last attribute. */
static void
compute_integrity (const guint8 *data, gsize at, const KithTurnKey *key, guint8 *digest)
{
  gsize len = key->sha256 ? SHA256_LEN : SHA1_LEN;
  guint8 header[HEADER_LEN];
  g_autoptr (GHmac) hmac
      = g_hmac_new (key->sha256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_SHA1, key->bytes, key->len);

  memcpy (header, data, sizeof header);
  set_u16 (header + 2, (guint16)(at - HEADER_LEN + 4 + len));
  g_hmac_update (hmac, header, sizeof header);
  g_hmac_update (hmac, data + HEADER_LEN, (gssize)(at - HEADER_LEN));
  g_hmac_get_digest (hmac, digest, &len);
}

gboolean
kith_turn_message_is_authentic (const guint8 *data,
                                const KithTurnMessage *message,
                                const KithTurnKey *key)
{
  guint8 digest[SHA256_LEN];
  guint8 difference = 0;
  gsize len = key->sha256 ? SHA256_LEN : SHA1_LEN;

  if (message->integrity_at == 0 || message->integrity_is_sha256 != key->sha256) {
    return FALSE;
  }
  compute_integrity (data, message->integrity_at, key, digest);
  for (gsize i = 0; i < len; i++) {
    difference |= digest[i] ^ data[message->integrity_at + 4 + i];
  }
  return difference == 0;
}

gsize
kith_turn_message_frame (const guint8 *data, gsize len)
{
  gsize whole;

  if (len < 4) {
    return 0;
  }
  if ((data[0] & 0xc0) == 0) {
    whole = (gsize)get_u16 (data + 2) + HEADER_LEN;
    if (whole % 4 != 0) {
      return G_MAXSIZE;
    }
  } else if (data[0] >= 0x40 && data[0] <= 0x4f) {
    whole = (((gsize)get_u16 (data + 2) + 3) & ~(gsize)3) + 4;
  } else {
    return G_MAXSIZE;
  }
  return whole <= KITH_TURN_MESSAGE_MAX ? whole : G_MAXSIZE;
}

gboolean
kith_turn_message_offers_sha256 (const KithTurnMessage *message)
{
  gsize at = 0;

  if (message->algorithms == NULL || message->nonce == NULL
      || message->nonce_len < NONCE_COOKIE_LEN + NONCE_FLAGS_LEN
      || memcmp (message->nonce, NONCE_COOKIE, NONCE_COOKIE_LEN) != 0) {
    return FALSE;
  }
  /* The first flag, "password algorithms", is the upper half of base64's alphabet. */
  guint8 first = message->nonce[NONCE_COOKIE_LEN];
  if (!((first >= 'g' && first <= 'z') || g_ascii_isdigit (first) || first == '+'
        || first == '/')) {
    return FALSE;
  }
  while (at + 4 <= message->algorithms_len) {
    gsize parameters = (get_u16 (message->algorithms + at + 2) + 3u) & ~3u;
    if (get_u16 (message->algorithms + at) == ALGORITHM_SHA256 && parameters == 0) {
      return TRUE;
    }
    at += 4 + parameters;
  }
  return FALSE;
}

void
kith_turn_key_derive (KithTurnKey *key,
                      gboolean sha256,
                      const char *user,
                      const guint8 *realm,
                      gsize realm_len,
                      const char *password)
{
  g_autoptr (GChecksum) sum = g_checksum_new (sha256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_MD5);

  key->sha256 = sha256;
  key->len = sha256 ? SHA256_LEN : MD5_LEN;
  g_checksum_update (sum, (const guchar *)user, -1);
  g_checksum_update (sum, (const guchar *)":", 1);
  g_checksum_update (sum, realm, (gssize)realm_len);
  g_checksum_update (sum, (const guchar *)":", 1);
  g_checksum_update (sum, (const guchar *)password, -1);
  g_checksum_get_digest (sum, key->bytes, &key->len);
}

void
kith_turn_writer_begin (KithTurnWriter *writer,
                        KithTurnMethod method,
                        KithTurnClass class,
                        const guint8 id[KITH_TURN_ID_LEN])
{
  memset (writer, 0, sizeof *writer);
  set_u16 (writer->data, pack_type (method, class));
  set_u32 (writer->data + 4, COOKIE);
  memcpy (writer->data + 8, id, KITH_TURN_ID_LEN);
  writer->len = HEADER_LEN;
}

void
kith_turn_writer_put (KithTurnWriter *writer,
                      KithTurnAttribute attribute,
                      const void *value,
                      gsize len)
{
  gsize padded = (len + 3) & ~(gsize)3;

  if (writer->failed || len > KITH_TURN_MESSAGE_MAX
      || padded + 4 > sizeof writer->data - writer->len) {
    writer->failed = TRUE;
    return;
  }
  guint8 *at = writer->data + writer->len;
  set_u16 (at, (guint16)attribute);
  set_u16 (at + 2, (guint16)len);
  if (len > 0) {
    memcpy (at + 4, value, len);
  }
  writer->len += 4 + padded;
  set_u16 (writer->data + 2, (guint16)(writer->len - HEADER_LEN));
}

void
kith_turn_writer_put_u32 (KithTurnWriter *writer, KithTurnAttribute attribute, guint32 value)
{
  guint8 bytes[4];

  set_u32 (bytes, value);
  kith_turn_writer_put (writer, attribute, bytes, sizeof bytes);
}

void
kith_turn_writer_put_address (KithTurnWriter *writer,
                              KithTurnAttribute attribute,
                              const KithEndpoint *address)
{
  gsize len = address->family == 4 ? 4 : 16;
  guint8 value[20] = { 0, address->family == 4 ? 1 : 2 };

  set_u16 (value + 2, address->port);
  memcpy (value + 4, address->ip, len);
  if (attribute != KITH_TURN_ATTR_ALTERNATE) {
    set_u16 (value + 2, (guint16)(address->port ^ (COOKIE >> 16)));
    mask_ip (value + 4, len, writer->data + 8);
  }
  kith_turn_writer_put (writer, attribute, value, 4 + len);
}

void
kith_turn_writer_seal (KithTurnWriter *writer, const KithTurnKey *key)
{
  guint8 digest[SHA256_LEN];
  gsize len = key->sha256 ? SHA256_LEN : SHA1_LEN;

  if (!writer->failed && writer->len + 4 + len <= sizeof writer->data) {
    compute_integrity (writer->data, writer->len, key, digest);
  }
  kith_turn_writer_put (writer,
                        key->sha256 ? KITH_TURN_ATTR_INTEGRITY_SHA256 : KITH_TURN_ATTR_INTEGRITY,
                        digest,
                        len);
}
