/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes messages of STUN and TURN by one table of attributes, with every length
   checked. */
#include "model/net/stun.h"

#include <stddef.h>
#include <string.h>

#define FINGERPRINT_XOR 0x5354554eU
#define OPTIONAL 0x8000 /* from here on what is not understood is passed over */
#define MAPPED_ADDRESS 0x0001
#define UNKNOWN_ATTRIBUTES 0x000a
#define LIFETIME 0x000d
#define XOR_MAPPED_ADDRESS 0x0020
#define SHA1_LEN 20
#define SHA256_LEN 32

static const guint8 cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

/* How the value of an attribute is written. */
typedef enum {
  PLAIN,  /* an address */
  MASKED, /* the same, XOR-ed with the id (section 14.2) */
  NUMBER, /* of 32 bits */
  PORT,   /* 16 bits and as many that do not count */
  CODE,   /* of an error, and words that do not count */
  BYTES
} Form;

typedef struct {
  guint16 type;
  Form form;
  gsize field;
  gboolean is_binding; /* binding messages have it */
  gsize most;          /* BYTES: so many */
} Row;

#define IN(field) offsetof (KithStun, field)

/* In the order in which they are written. */
static const Row rows[] = {
  { XOR_MAPPED_ADDRESS, MASKED, IN (mapped), TRUE, 0 },
  { MAPPED_ADDRESS, PLAIN, IN (mapped), TRUE, 0 },
  { 0x0003 /* CHANGE-REQUEST */, NUMBER, IN (change), TRUE, 0 },
  { 0x0027 /* RESPONSE-PORT */, PORT, IN (response_port), TRUE, 0 },
  { 0x0009 /* ERROR-CODE */, CODE, IN (error_code), TRUE, 0 },
  { 0x802c /* OTHER-ADDRESS */, PLAIN, IN (other), TRUE, 0 },
  { 0x802b /* RESPONSE-ORIGIN */, PLAIN, IN (origin), TRUE, 0 },
  { 0x0019 /* REQUESTED-TRANSPORT */, NUMBER, IN (transport), FALSE, 0 },
  { LIFETIME, NUMBER, IN (lifetime_s), FALSE, 0 },
  { 0x0016 /* XOR-RELAYED-ADDRESS */, MASKED, IN (relayed), FALSE, 0 },
  { 0x0012 /* XOR-PEER-ADDRESS */, MASKED, IN (peer), FALSE, 0 },
  { 0x0013 /* DATA */, BYTES, IN (data), FALSE, KITH_STUN_DATA_MAX },
  { 0x8023 /* ALTERNATE-SERVER */, PLAIN, IN (alternate), FALSE, 0 },
  { 0x8003 /* ALTERNATE-DOMAIN */, BYTES, IN (domain), FALSE, KITH_STUN_DOMAIN_MAX },
  { 0x0006 /* USERNAME */, BYTES, IN (user), FALSE, KITH_STUN_TEXT_MAX },
  { 0x0015 /* NONCE */, BYTES, IN (nonce), FALSE, KITH_STUN_TEXT_MAX },
  { 0x0014 /* REALM */, BYTES, IN (realm), FALSE, KITH_STUN_TEXT_MAX },
  { 0x8002 /* PASSWORD-ALGORITHMS */, BYTES, IN (algorithms), FALSE, KITH_STUN_ALGORITHMS_MAX },
  { 0x001d /* PASSWORD-ALGORITHM */, NUMBER, IN (algorithm), FALSE, 0 },
  { 0x8022 /* SOFTWARE */, BYTES, IN (software), FALSE, KITH_STUN_TEXT_MAX },
};

static guint
get16 (const guint8 *at)
{
  return (guint)at[0] << 8 | at[1];
}

static void
put16 (guint8 *at, guint value)
{
  at[0] = (guint8)(value >> 8);
  at[1] = (guint8)value;
}

static void
put32 (guint8 *at, guint32 value)
{
  put16 (at, value >> 16);
  put16 (at + 2, value);
}

/* CRC-32 of ITU V.42, as section 14.7 wants it. */
static guint32
crc32_of (const guint8 *data, gsize len)
{
  guint32 crc = 0xffffffffU;

  for (gsize i = 0; i < len; i++) {
    crc ^= data[i];
    for (guint bit = 0; bit < 8; bit++) {
      crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
    }
  }
  return ~crc;
}

gboolean
kith_stun_has_cookie (const guint8 id[KITH_STUN_ID_LEN])
{
  return memcmp (id, cookie, sizeof cookie) == 0;
}

void
kith_stun_make_id (guint8 id[KITH_STUN_ID_LEN], const guint8 random[12])
{
  memcpy (id, cookie, sizeof cookie);
  memcpy (id + sizeof cookie, random, 12);
}

/* Reading */

/* Port and address @mask-ed with the id, or as they are with NULL. */
static gboolean
get_address (const guint8 *value, gsize len, const guint8 *mask, KithEndpoint *address)
{
  if (!(len == 8 && value[1] == 1) && !(len == 20 && value[1] == 2)) {
    return FALSE;
  }
  *address = (KithEndpoint){
    .family = len == 8 ? 4 : 6,
  };
  address->port = (guint16)(get16 (value + 2) ^ (mask != NULL ? get16 (mask) : 0));
  for (gsize i = 0; i < len - 4; i++) {
    address->ip[i] = (guint8)(value[4 + i] ^ (mask != NULL ? mask[i] : 0));
  }
  return TRUE;
}

static gboolean
take (const Row *row, const guint8 *value, gsize len, KithStun *stun)
{
  void *field = (guint8 *)stun + row->field;
  guint32 *number = field;
  KithEndpoint *address = field;

  if ((row->form == NUMBER || row->form == PORT || row->form == CODE) && len < 4) {
    return FALSE;
  }
  switch (row->form) {
  case PLAIN: /* MAPPED-ADDRESS does not count beside the masked one */
    return address->family != 0 || get_address (value, len, NULL, address);
  case MASKED:
    return get_address (value, len, stun->id, address);
  case NUMBER:
    *number = get16 (value) << 16 | get16 (value + 2);
    stun->has_lifetime = stun->has_lifetime || row->type == LIFETIME;
    return TRUE;
  case PORT:
    *number = get16 (value);
    return TRUE;
  case CODE:
    *number = (value[2] & 7U) * 100 + value[3];
    return value[3] <= 99 && *number >= 300 && *number <= 699;
  case BYTES:
    *(KithStunBytes *)field = (KithStunBytes){ value, len };
    return len <= row->most;
  }
  return FALSE;
}

static gboolean
take_head (const guint8 *data, gsize len, KithStun *stun)
{
  if (len < KITH_STUN_HEADER_LEN || len > KITH_STUN_MAX || len % 4 != 0 || (data[0] & 0xc0) != 0
      || get16 (data + 2) != len - KITH_STUN_HEADER_LEN) {
    return FALSE;
  }
  /* The 12 bits of the method and the 2 of the class are interleaved (section 5). */
  const guint type = get16 (data);
  stun->method = (type & 0x0fU) | (type & 0xe0U) >> 1 | (type & 0x3e00U) >> 2;
  stun->kind = (KithStunKind)((type >> 4 & 1) | (type >> 7 & 2));
  memcpy (stun->id, data + 4, sizeof stun->id);
  return TRUE;
}

/* The fingerprint is the last attribute and covers all before it. */
static gboolean
check_fingerprint (const guint8 *data, gsize at, gsize len)
{
  guint8 right[4];

  put32 (right, crc32_of (data, at) ^ FINGERPRINT_XOR);
  return at + 8 == len && get16 (data + at + 2) == 4 && memcmp (data + at + 4, right, 4) == 0;
}

/* An attribute that comes before the integrity. @seen: bits of the rows that were. */
static gboolean
take_attribute (guint type, const guint8 *value, gsize len, KithStun *stun, guint32 *seen)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (rows[i].type == type) {
      const gboolean again = (*seen & 1U << i) != 0;
      *seen |= 1U << i;
      stun->has_foreign = stun->has_foreign || (type < OPTIONAL && !rows[i].is_binding);
      return again || take (&rows[i], value, len, stun);
    }
  }
  stun->has_foreign = stun->has_foreign || (type < OPTIONAL && type != UNKNOWN_ATTRIBUTES);
  return TRUE;
}

gboolean
kith_stun_decode (const guint8 *data, gsize len, KithStun *stun)
{
  guint32 seen = 0;
  guint n = 0;

  *stun = (KithStun){ 0 };
  if (!take_head (data, len, stun)) {
    return FALSE;
  }
  for (gsize at = KITH_STUN_HEADER_LEN; at < len;) {
    const guint type = get16 (data + at);
    const gsize value_len = get16 (data + at + 2);
    const gsize padded = (value_len + 3) & ~(gsize)3;
    if (++n > KITH_STUN_MAX_ATTRIBUTES || padded > len - at - 4) {
      return FALSE;
    }
    if (type == KITH_STUN_FINGERPRINT) {
      stun->has_fingerprint = check_fingerprint (data, at, len);
      return stun->has_fingerprint;
    }
    if (stun->integrity_at == 0) {
      if (!take_attribute (type, data + at + 4, value_len, stun, &seen)) {
        return FALSE;
      }
      if (type == KITH_STUN_INTEGRITY || type == KITH_STUN_INTEGRITY_SHA256) {
        stun->integrity_at = at;
        stun->is_sha256 = type == KITH_STUN_INTEGRITY_SHA256;
        if (value_len != (stun->is_sha256 ? SHA256_LEN : SHA1_LEN)) {
          return FALSE;
        }
      }
    }
    at += 4 + padded;
  }
  return TRUE;
}

/* Writing */

gsize
kith_stun_append (guint8 *data,
                  gsize len,
                  gsize room,
                  guint type,
                  const void *value,
                  gsize value_len)
{
  const gsize padded = (value_len + 3) & ~(gsize)3;

  if (len == 0 || value_len > KITH_STUN_MAX || room - len < 4 + padded) {
    return 0;
  }
  guint8 *at = data + len;
  put16 (at, type);
  put16 (at + 2, (guint)value_len);
  memset (at + 4, 0, padded);
  memcpy (at + 4, value, value_len);
  put16 (data + 2, (guint)(len + 4 + padded - KITH_STUN_HEADER_LEN));
  return len + 4 + padded;
}

gsize
kith_stun_append_fingerprint (guint8 *data, gsize len, gsize room)
{
  const gsize whole = kith_stun_append (data, len, room, KITH_STUN_FINGERPRINT, cookie, 4);

  if (whole > 0) {
    put32 (data + len + 4, crc32_of (data, len) ^ FINGERPRINT_XOR);
  }
  return whole;
}

static KithStunBytes
give_address (const KithEndpoint *address, const guint8 *mask, guint8 value[20])
{
  const gsize len = address->family == 4 ? 8 : 20;

  put16 (value, address->family == 4 ? 1 : 2);
  put16 (value + 2, address->port ^ (mask != NULL ? get16 (mask) : 0));
  for (gsize i = 0; i < len - 4; i++) {
    value[4 + i] = (guint8)(address->ip[i] ^ (mask != NULL ? mask[i] : 0));
  }
  return (KithStunBytes){ address->family != 0 ? value : NULL, len };
}

/* The value of an attribute; data NULL when it is not there. @value: room for what has to be put
   together. */
static KithStunBytes
give (const Row *row, const KithStun *stun, guint8 value[20])
{
  const void *field = (const guint8 *)stun + row->field;
  const KithEndpoint *address = field;
  const guint32 *number = field;

  switch (row->form) {
  case PLAIN:
    return give_address (address, NULL, value);
  case MASKED:
    return give_address (address, stun->id, value);
  case NUMBER:
    put32 (value, *number);
    break;
  case PORT:
    put32 (value, *number << 16);
    break;
  case CODE:
    put32 (value, *number / 100 << 8 | *number % 100);
    break;
  case BYTES:
    return *(const KithStunBytes *)field;
  }
  const gboolean is_there = *number != 0 || (row->type == LIFETIME && stun->has_lifetime);
  return (KithStunBytes){ is_there ? value : NULL, 4 };
}

gsize
kith_stun_encode (const KithStun *stun, guint8 *data, gsize room)
{
  const guint left_out = kith_stun_has_cookie (stun->id) ? MAPPED_ADDRESS : XOR_MAPPED_ADDRESS;
  const guint kind = (guint)stun->kind;
  gsize len = KITH_STUN_HEADER_LEN;

  if (room < KITH_STUN_HEADER_LEN) {
    return 0;
  }
  put16 (data,
         (stun->method & 0x0f) | (kind & 1) << 4 | (stun->method & 0x70) << 1 | (kind & 2) << 7
             | (stun->method & 0xf80) << 2);
  put16 (data + 2, 0);
  memcpy (data + 4, stun->id, sizeof stun->id);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    guint8 value[20];
    const KithStunBytes one = give (&rows[i], stun, value);
    if (one.data != NULL && rows[i].type != left_out) {
      len = kith_stun_append (data, len, room, rows[i].type, one.data, one.len);
    }
  }
  return stun->has_fingerprint ? kith_stun_append_fingerprint (data, len, room) : len;
}
