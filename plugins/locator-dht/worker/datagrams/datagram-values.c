/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads values, fields and queries: the parts of a message that libopendht stores and hands on. */
#include "datagram-private.h"

#include <string.h>

/* Values: {"id": uint, "dat": {"body": {"type": 0, "data": bin}}}, and perhaps "p": uint. */

static bool
take_value_body (KithReader *c, KithDatagramValue *value)
{
  KithToken map, key, data;
  uint64_t type;
  unsigned seen = 0;

  if (!kith_read_type (c, KITH_TOKEN_MAP, &map)) {
    return false;
  }
  for (uint64_t i = 0; i < map.n; i++) {
    if (!kith_read_key (c, &key)) {
      return false;
    }
    if (kith_read_is_text (&key, "type") && (seen & 1) == 0) {
      seen |= 1;
      if (!kith_read_uint (c, UINT64_MAX, &type) || type != 0) {
        return kith_read_fail (c, KITH_DROP_VALUE_TYPE);
      }
    } else if (kith_read_is_text (&key, "data") && (seen & 2) == 0) {
      seen |= 2;
      if (!kith_read_type (c, KITH_TOKEN_BIN, &data) || data.n > KITH_DHT_DATA_MAX) {
        return kith_read_fail (c, KITH_DROP_OVERSIZED);
      }
      value->data = data.bytes;
      value->len = data.n;
    } else if (kith_read_is_text (&key, "owner") || kith_read_is_text (&key, "seq")
               || kith_read_is_text (&key, "to") || kith_read_is_text (&key, "sig")) {
      return kith_read_fail (c, KITH_DROP_SIGNED);
    } else {
      return kith_read_fail (c, KITH_DROP_VALUE_TYPE);
    }
  }
  return seen == 3 || kith_read_fail (c, KITH_DROP_STRUCTURE);
}

static bool
take_value_dat (KithReader *c, KithDatagramValue *value)
{
  KithToken dat, key;

  if (!kith_read_token (c, &dat)) {
    return false;
  }
  if (dat.type == KITH_TOKEN_BIN) {
    return kith_read_fail (c, KITH_DROP_ENCRYPTED);
  }
  if (dat.type != KITH_TOKEN_MAP) {
    return kith_read_fail (c, KITH_DROP_TYPE);
  }
  for (uint64_t i = 0; i < dat.n; i++) {
    if (!kith_read_key (c, &key)) {
      return false;
    }
    if (kith_read_is_text (&key, "sig")) {
      return kith_read_fail (c, KITH_DROP_SIGNED);
    }
    if (!kith_read_is_text (&key, "body") || i > 0) {
      return kith_read_fail (c, KITH_DROP_STRUCTURE);
    }
    if (!take_value_body (c, value)) {
      return false;
    }
  }
  return dat.n == 1 || kith_read_fail (c, KITH_DROP_STRUCTURE);
}

bool
kith_read_value (KithReader *c, KithDatagramValue *value)
{
  KithToken map, key;
  uint64_t priority;
  unsigned seen = 0;

  if (!kith_read_type (c, KITH_TOKEN_MAP, &map)) {
    return false;
  }
  for (uint64_t i = 0; i < map.n; i++) {
    if (!kith_read_key (c, &key)) {
      return false;
    }
    if (kith_read_is_text (&key, "id") && (seen & 1) == 0) {
      seen |= 1;
      if (!kith_read_uint (c, UINT64_MAX, &value->id) || value->id == 0) {
        return kith_read_fail (c, KITH_DROP_TYPE);
      }
    } else if (kith_read_is_text (&key, "dat") && (seen & 2) == 0) {
      seen |= 2;
      if (!take_value_dat (c, value)) {
        return false;
      }
    } else if (!kith_read_is_text (&key, "p") || (seen & 4) != 0
               || !kith_read_uint (c, UINT8_MAX, &priority)) {
      return kith_read_fail (c, KITH_DROP_STRUCTURE);
    } else {
      seen |= 4;
    }
  }
  return (seen & 3) == 3 || kith_read_fail (c, KITH_DROP_STRUCTURE);
}

/* An array of values, or of their sizes when they follow in parts; not both. */
bool
kith_read_values (KithReader *c)
{
  KithDatagram *info = c->info;
  KithDatagramValue value = { 0 };
  KithToken array;
  uint64_t size;

  info->sizes_start = (size_t)(c->at - c->start);
  if (!kith_read_type (c, KITH_TOKEN_ARRAY, &array) || array.n > KITH_DHT_VALUES_MAX) {
    return kith_read_fail (c, KITH_DROP_TYPE);
  }
  for (uint64_t i = 0; i < array.n; i++) {
    const bool is_size = c->at < c->end && (*c->at <= 0x7f || (*c->at >= 0xcc && *c->at <= 0xcf));
    if (is_size != (info->n_sizes > 0) && i > 0) {
      return kith_read_fail (c, KITH_DROP_STRUCTURE);
    }
    if (!is_size) {
      if (!kith_read_value (c, &value)) {
        return false;
      }
      if (info->n_values < KITH_DHT_SEEN_MAX) {
        info->values[info->n_values++] = value;
      }
      continue;
    }
    if (!kith_read_uint (c, UINT64_MAX, &size) || size == 0 || size > KITH_DHT_VALUE_MAX) {
      return kith_read_fail (c, KITH_DROP_OVERSIZED);
    }
    if (info->n_sizes < KITH_DHT_SEEN_MAX) {
      info->sizes[info->n_sizes++] = (uint16_t)size;
    }
  }
  info->sizes_end = (size_t)(c->at - c->start);
  return true;
}

/* {"f": [fields], "v": [numbers]}: ids and sequence numbers, all that we ever ask for. The library
   divides by the fields. */
bool
kith_read_fields (KithReader *c)
{
  KithToken map, key, array;
  uint64_t field, n_fields = 0, n_values = 0, value;
  unsigned seen = 0;

  if (!kith_read_type (c, KITH_TOKEN_MAP, &map) || map.n != 2) {
    return kith_read_fail (c, KITH_DROP_TYPE);
  }
  for (unsigned i = 0; i < 2; i++) {
    if (!kith_read_key (c, &key) || !kith_read_type (c, KITH_TOKEN_ARRAY, &array)) {
      return false;
    }
    if (kith_read_is_text (&key, "f") && n_fields == 0 && array.n >= 1 && array.n <= 2) {
      n_fields = array.n;
      for (uint64_t k = 0; k < array.n; k++) {
        if (!kith_read_uint (c, 4, &field) || (field != 1 && field != 4)
            || (seen & 1u << field) != 0) {
          return kith_read_fail (c, KITH_DROP_TYPE);
        }
        seen |= 1u << field;
      }
    } else if (kith_read_is_text (&key, "v") && (seen & 1) == 0
               && array.n <= 2 * KITH_DHT_VALUES_MAX) {
      seen |= 1;
      n_values = array.n;
      for (uint64_t k = 0; k < array.n; k++) {
        if (!kith_read_uint (c, UINT64_MAX, &value)) {
          return false;
        }
      }
    } else {
      return kith_read_fail (c, KITH_DROP_TYPE);
    }
  }
  return (n_fields > 0 && n_values % n_fields == 0) || kith_read_fail (c, KITH_DROP_TYPE);
}

/* One condition of a query: {"f": field, "v": what it must be}. */
static bool
take_condition (KithReader *c)
{
  KithToken map, key, token;
  uint64_t field, number;

  if (!kith_read_type (c, KITH_TOKEN_MAP, &map) || map.n != 2 || !kith_read_key (c, &key)
      || !kith_read_is_text (&key, "f") || !kith_read_uint (c, 5, &field)
      || !kith_read_key (c, &key) || !kith_read_is_text (&key, "v")) {
    return kith_read_fail (c, KITH_DROP_TYPE);
  }
  switch (field) {
  case 1: /* id */
  case 2: /* type of value */
    return kith_read_uint (c, UINT64_MAX, &number);
  case 3: /* owner */
    return kith_read_hash (c);
  case 5: /* the user's type */
    return kith_read_bin (c, KITH_READ_FOREIGN_MAX, &token);
  default:
    return kith_read_fail (c, KITH_DROP_TYPE);
  }
}

bool
kith_read_query (KithReader *c)
{
  KithToken map, key, array;
  unsigned seen = 0;

  if (!kith_read_type (c, KITH_TOKEN_MAP, &map) || map.n != 2) {
    return kith_read_fail (c, KITH_DROP_TYPE);
  }
  for (unsigned i = 0; i < 2; i++) {
    if (!kith_read_key (c, &key)) {
      return false;
    }
    if (kith_read_is_text (&key, "s") && (seen & 1) == 0) {
      seen |= 1;
      if (!kith_read_uints (c, 5, 5)) {
        return false;
      }
    } else if (kith_read_is_text (&key, "w") && (seen & 2) == 0) {
      seen |= 2;
      if (!kith_read_type (c, KITH_TOKEN_ARRAY, &array) || array.n > 8) {
        return kith_read_fail (c, KITH_DROP_TYPE);
      }
      for (uint64_t k = 0; k < array.n; k++) {
        if (!take_condition (c)) {
          return false;
        }
      }
    } else {
      return kith_read_fail (c, KITH_DROP_STRUCTURE);
    }
  }
  return true;
}
