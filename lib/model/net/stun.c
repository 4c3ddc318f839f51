/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes STUN binding messages with every length checked. */
#include "model/net/stun.h"

#include <string.h>

#define METHOD_BINDING_REQUEST 0x0001
#define METHOD_BINDING_SUCCESS 0x0101
#define METHOD_BINDING_ERROR 0x0111
#define FINGERPRINT_XOR 0x5354554eU
#define CHANGE_IP 4
#define CHANGE_PORT 2

enum {
  ATTRIBUTE_MAPPED_ADDRESS = 0x0001,
  ATTRIBUTE_CHANGE_REQUEST = 0x0003,
  ATTRIBUTE_USERNAME = 0x0006,
  ATTRIBUTE_ERROR_CODE = 0x0009,
  ATTRIBUTE_UNKNOWN_ATTRIBUTES = 0x000a,
  ATTRIBUTE_XOR_MAPPED_ADDRESS = 0x0020,
  ATTRIBUTE_RESPONSE_PORT = 0x0027,
  ATTRIBUTE_OPTIONAL = 0x8000, /* from here on what is not understood is passed over */
  ATTRIBUTE_FINGERPRINT = 0x8028,
  ATTRIBUTE_RESPONSE_ORIGIN = 0x802b,
  ATTRIBUTE_OTHER_ADDRESS = 0x802c,
};

static const guint8 cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

/* What was read so far besides the values themselves. */
typedef struct {
  KithStun *stun;
  gboolean has_xor;
  gboolean has_change;
} Reading;

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

/* Port and address @mask-ed with the id (section 14.2), or as they are with NULL. */
static gboolean
get_address (const guint8 *value, gsize len, const guint8 *mask, KithEndpoint *address)
{
  const gsize ip_len = len == 8 ? 4 : 16;
  guint port;

  if (!(len == 8 && value[1] == 1) && !(len == 20 && value[1] == 2)) {
    return FALSE;
  }
  *address = (KithEndpoint){ .family = len == 8 ? 4 : 6 };
  port = get16 (value + 2) ^ (mask != NULL ? get16 (mask) : 0);
  address->port = (guint16)port;
  for (gsize i = 0; i < ip_len; i++) {
    address->ip[i] = (guint8)(value[4 + i] ^ (mask != NULL ? mask[i] : 0));
  }
  return TRUE;
}

/* The address of an attribute that may be there once. */
static gboolean
take_address (const guint8 *value, gsize len, KithEndpoint *address)
{
  return address->family != 0 || get_address (value, len, NULL, address);
}

static gboolean
take_mapped (Reading *reading, guint type, const guint8 *value, gsize len)
{
  KithStun *stun = reading->stun;
  const gboolean is_xor = type == ATTRIBUTE_XOR_MAPPED_ADDRESS;

  if (reading->has_xor || (!is_xor && stun->mapped.family != 0)) {
    return TRUE;
  }
  reading->has_xor = is_xor;
  return get_address (value, len, is_xor ? stun->id : NULL, &stun->mapped);
}

static gboolean
take_numbers (Reading *reading, guint type, const guint8 *value, gsize len)
{
  KithStun *stun = reading->stun;

  if (len < 4) {
    return FALSE;
  }
  if (type == ATTRIBUTE_CHANGE_REQUEST) {
    if (!reading->has_change) {
      stun->change_ip = (value[3] & CHANGE_IP) != 0;
      stun->change_port = (value[3] & CHANGE_PORT) != 0;
    }
    reading->has_change = TRUE;
  } else if (type == ATTRIBUTE_RESPONSE_PORT) {
    stun->response_port = stun->response_port != 0 ? stun->response_port : (guint16)get16 (value);
  } else {
    const guint code = (value[2] & 7U) * 100 + value[3];
    if (value[3] > 99 || code < 300 || code > 699) {
      return FALSE;
    }
    stun->error_code = (guint16)code;
  }
  return TRUE;
}

static gboolean
take_attribute (Reading *reading, guint type, const guint8 *value, gsize len)
{
  switch (type) {
  case ATTRIBUTE_MAPPED_ADDRESS:
  case ATTRIBUTE_XOR_MAPPED_ADDRESS:
    return take_mapped (reading, type, value, len);
  case ATTRIBUTE_OTHER_ADDRESS:
    return take_address (value, len, &reading->stun->other);
  case ATTRIBUTE_RESPONSE_ORIGIN:
    return take_address (value, len, &reading->stun->origin);
  case ATTRIBUTE_CHANGE_REQUEST:
  case ATTRIBUTE_RESPONSE_PORT:
  case ATTRIBUTE_ERROR_CODE:
    return take_numbers (reading, type, value, len);
  case ATTRIBUTE_UNKNOWN_ATTRIBUTES:
    return TRUE;
  default:
    reading->stun->has_foreign = reading->stun->has_foreign || type < ATTRIBUTE_OPTIONAL;
    return TRUE;
  }
}

/* The fingerprint is the last attribute and covers all before it. */
static gboolean
check_fingerprint (const guint8 *data, gsize at, gsize len)
{
  const guint32 crc = crc32_of (data, at) ^ FINGERPRINT_XOR;

  return at + 8 == len && get16 (data + at + 2) == 4 && get16 (data + at + 4) == crc >> 16
         && get16 (data + at + 6) == (crc & 0xffff);
}

static gboolean
take_head (const guint8 *data, gsize len, KithStun *stun)
{
  if (len < KITH_STUN_HEADER_LEN || len > KITH_STUN_MAX || len % 4 != 0
      || get16 (data + 2) != len - KITH_STUN_HEADER_LEN) {
    return FALSE;
  }
  switch (get16 (data)) {
  case METHOD_BINDING_REQUEST:
    stun->kind = KITH_STUN_REQUEST;
    break;
  case METHOD_BINDING_SUCCESS:
    stun->kind = KITH_STUN_SUCCESS;
    break;
  case METHOD_BINDING_ERROR:
    stun->kind = KITH_STUN_ERROR;
    break;
  default:
    return FALSE;
  }
  memcpy (stun->id, data + 4, sizeof stun->id);
  return TRUE;
}

gboolean
kith_stun_decode (const guint8 *data, gsize len, KithStun *stun)
{
  Reading reading = { .stun = stun };
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
    if (type == ATTRIBUTE_FINGERPRINT) {
      stun->has_fingerprint = check_fingerprint (data, at, len);
      return stun->has_fingerprint;
    }
    if (!take_attribute (&reading, type, data + at + 4, value_len)) {
      return FALSE;
    }
    at += 4 + padded;
  }
  return TRUE;
}

typedef struct {
  guint8 *data;
  gsize len;
  gsize room;
  gboolean ok;
} Writing;

/* Room for an attribute of @len bytes (a multiple of 4), or NULL. */
static guint8 *
add_attribute (Writing *w, guint type, gsize len)
{
  if (!w->ok || w->room - w->len < 4 + len) {
    w->ok = FALSE;
    return NULL;
  }
  guint8 *at = w->data + w->len;
  put16 (at, type);
  put16 (at + 2, (guint)len);
  memset (at + 4, 0, len);
  w->len += 4 + len;
  return at + 4;
}

static void
add_address (Writing *w, guint type, const KithEndpoint *address, const guint8 *mask)
{
  if (address->family == 0) {
    return;
  }
  const gsize ip_len = address->family == 4 ? 4 : 16;
  guint8 *value = add_attribute (w, type, 4 + ip_len);
  if (value == NULL) {
    return;
  }
  value[1] = address->family == 4 ? 1 : 2;
  put16 (value + 2, address->port ^ (mask != NULL ? get16 (mask) : 0));
  for (gsize i = 0; i < ip_len; i++) {
    value[4 + i] = (guint8)(address->ip[i] ^ (mask != NULL ? mask[i] : 0));
  }
}

static void
add_numbers (Writing *w, const KithStun *stun)
{
  guint8 *value;

  if ((stun->change_ip || stun->change_port)
      && (value = add_attribute (w, ATTRIBUTE_CHANGE_REQUEST, 4)) != NULL) {
    value[3] = (guint8)((stun->change_ip ? CHANGE_IP : 0) | (stun->change_port ? CHANGE_PORT : 0));
  }
  if (stun->response_port != 0 && (value = add_attribute (w, ATTRIBUTE_RESPONSE_PORT, 4)) != NULL) {
    put16 (value, stun->response_port);
  }
  if (stun->kind == KITH_STUN_ERROR
      && (value = add_attribute (w, ATTRIBUTE_ERROR_CODE, 4)) != NULL) {
    value[2] = (guint8)(stun->error_code / 100);
    value[3] = (guint8)(stun->error_code % 100);
  }
}

gsize
kith_stun_encode (const KithStun *stun, guint8 *data, gsize room)
{
  static const guint methods[] = {
    [KITH_STUN_REQUEST] = METHOD_BINDING_REQUEST,
    [KITH_STUN_SUCCESS] = METHOD_BINDING_SUCCESS,
    [KITH_STUN_ERROR] = METHOD_BINDING_ERROR,
  };
  Writing w = { data, KITH_STUN_HEADER_LEN, room, TRUE };
  const gboolean has_cookie = kith_stun_has_cookie (stun->id);

  if (room < KITH_STUN_HEADER_LEN) {
    return 0;
  }
  put16 (data, methods[stun->kind]);
  memcpy (data + 4, stun->id, sizeof stun->id);
  add_address (&w,
               has_cookie ? ATTRIBUTE_XOR_MAPPED_ADDRESS : ATTRIBUTE_MAPPED_ADDRESS,
               &stun->mapped,
               has_cookie ? stun->id : NULL);
  add_numbers (&w, stun);
  add_address (&w, ATTRIBUTE_OTHER_ADDRESS, &stun->other, NULL);
  add_address (&w, ATTRIBUTE_RESPONSE_ORIGIN, &stun->origin, NULL);
  guint8 *print = stun->has_fingerprint ? add_attribute (&w, ATTRIBUTE_FINGERPRINT, 4) : NULL;
  if (!w.ok) {
    return 0;
  }
  put16 (data + 2, (guint)(w.len - KITH_STUN_HEADER_LEN));
  if (print != NULL) {
    const guint32 crc = crc32_of (data, w.len - 8) ^ FINGERPRINT_XOR;
    put16 (print, crc >> 16);
    put16 (print + 2, crc & 0xffff);
  }
  return w.len;
}
