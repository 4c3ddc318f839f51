/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes msgpack apart token by token, with every length checked against what is there. */
#include "datagram-private.h"

#include <string.h>

#define MAX_KEY 16

/* Notes what is wrong; the first finding stays. Always false. */
bool
kith_read_fail (KithReader *c, KithDrop drop)
{
  if (c->drop == KITH_DROP_NOT) {
    c->drop = drop;
  }
  return false;
}

static bool
take_number (KithReader *c, unsigned len, uint64_t *value)
{
  if ((size_t)(c->end - c->at) < len) {
    return kith_read_fail (c, KITH_DROP_MALFORMED);
  }
  *value = 0;
  for (unsigned i = 0; i < len; i++) {
    *value = *value << 8 | *c->at++;
  }
  return true;
}

static bool
take_bytes (KithReader *c, KithToken *token, KithTokenType type)
{
  if ((uint64_t)(c->end - c->at) < token->n) {
    return kith_read_fail (c, KITH_DROP_MALFORMED);
  }
  token->type = type;
  token->bytes = c->at;
  c->at += token->n;
  return true;
}

static bool
container (KithReader *c, KithToken *token, KithTokenType type)
{
  const uint64_t items = type == KITH_TOKEN_MAP ? 2 * token->n : token->n;

  if (items > (uint64_t)(c->end - c->at)) { /* each item takes a byte at least */
    return kith_read_fail (c, KITH_DROP_MALFORMED);
  }
  token->type = type;
  return true;
}

/* The forms with a type byte of their own (0xc0 to 0xdf); extensions are refused. */
static bool
take_long (KithReader *c, uint8_t head, KithToken *token)
{
  switch (head) {
  case 0xc0:
    token->type = KITH_TOKEN_NIL;
    return true;
  case 0xc2:
  case 0xc3:
    token->type = KITH_TOKEN_BOOL;
    return true;
  case 0xc4:
  case 0xc5:
  case 0xc6:
    return take_number (c, 1u << (head - 0xc4), &token->n) && take_bytes (c, token, KITH_TOKEN_BIN);
  case 0xca:
  case 0xcb:
    token->type = KITH_TOKEN_NUMBER;
    return take_number (c, head == 0xca ? 4 : 8, &token->n);
  case 0xcc:
  case 0xcd:
  case 0xce:
  case 0xcf:
    token->type = KITH_TOKEN_UINT;
    return take_number (c, 1u << (head - 0xcc), &token->n);
  case 0xd0:
  case 0xd1:
  case 0xd2:
  case 0xd3:
    token->type = KITH_TOKEN_NUMBER;
    return take_number (c, 1u << (head - 0xd0), &token->n);
  case 0xd9:
  case 0xda:
  case 0xdb:
    return take_number (c, 1u << (head - 0xd9), &token->n)
           && take_bytes (c, token, KITH_TOKEN_TEXT);
  case 0xdc:
  case 0xdd:
    return take_number (c, 2u << (head - 0xdc), &token->n)
           && container (c, token, KITH_TOKEN_ARRAY);
  case 0xde:
  case 0xdf:
    return take_number (c, 2u << (head - 0xde), &token->n) && container (c, token, KITH_TOKEN_MAP);
  default:
    return kith_read_fail (c, KITH_DROP_MALFORMED);
  }
}

/* Takes one token; of a container only its head. */
bool
kith_read_token (KithReader *c, KithToken *token)
{
  uint64_t head = 0;

  memset (token, 0, sizeof *token);
  if (!take_number (c, 1, &head)) {
    return false;
  }
  if (head <= 0x7f) {
    token->type = KITH_TOKEN_UINT;
    token->n = head;
    return true;
  }
  if (head <= 0x8f) {
    token->n = head & 15;
    return container (c, token, KITH_TOKEN_MAP);
  }
  if (head <= 0x9f) {
    token->n = head & 15;
    return container (c, token, KITH_TOKEN_ARRAY);
  }
  if (head <= 0xbf) {
    token->n = head & 31;
    return take_bytes (c, token, KITH_TOKEN_TEXT);
  }
  if (head >= 0xe0) {
    token->type = KITH_TOKEN_NUMBER; /* negative */
    return true;
  }
  return take_long (c, (uint8_t)head, token);
}

bool
kith_read_type (KithReader *c, KithTokenType type, KithToken *token)
{
  return kith_read_token (c, token) && (token->type == type || kith_read_fail (c, KITH_DROP_TYPE));
}

bool
kith_read_is_text (const KithToken *token, const char *text)
{
  return token->n == strlen (text) && memcmp (token->bytes, text, token->n) == 0;
}

bool
kith_read_key (KithReader *c, KithToken *key)
{
  return kith_read_type (c, KITH_TOKEN_TEXT, key)
         && (key->n <= MAX_KEY || kith_read_fail (c, KITH_DROP_STRUCTURE));
}

bool
kith_read_uint (KithReader *c, uint64_t most, uint64_t *value)
{
  KithToken token;

  if (!kith_read_type (c, KITH_TOKEN_UINT, &token)) {
    return false;
  }
  *value = token.n;
  return token.n <= most || kith_read_fail (c, KITH_DROP_TYPE);
}

bool
kith_read_bin (KithReader *c, uint64_t most, KithToken *token)
{
  return kith_read_type (c, KITH_TOKEN_BIN, token)
         && (token->n <= most || kith_read_fail (c, KITH_DROP_TYPE));
}

bool
kith_read_hash (KithReader *c)
{
  KithToken token;

  return kith_read_type (c, KITH_TOKEN_BIN, &token)
         && (token.n == KITH_READ_HASH_LEN || kith_read_fail (c, KITH_DROP_TYPE));
}

/* A field that a newer node may add: the library passes over it, as long as it is a small plain
   value. */
bool
kith_read_foreign (KithReader *c)
{
  KithToken token;

  if (!kith_read_token (c, &token)) {
    return false;
  }
  if (token.type == KITH_TOKEN_ARRAY || token.type == KITH_TOKEN_MAP) {
    return kith_read_fail (c, KITH_DROP_STRUCTURE);
  }
  return token.bytes == NULL || token.n <= KITH_READ_FOREIGN_MAX
         || kith_read_fail (c, KITH_DROP_STRUCTURE);
}

bool
kith_read_uints (KithReader *c, uint64_t most_items, uint64_t most)
{
  KithToken array;
  uint64_t value;

  if (!kith_read_type (c, KITH_TOKEN_ARRAY, &array) || array.n > most_items) {
    return kith_read_fail (c, KITH_DROP_TYPE);
  }
  for (uint64_t i = 0; i < array.n; i++) {
    if (!kith_read_uint (c, most, &value)) {
      return false;
    }
  }
  return true;
}
