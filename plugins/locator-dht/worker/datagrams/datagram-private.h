/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reader of msgpack that trusts no length and no type, and the parts of OpenDHT's messages that
   are read with it. */
#pragma once

#include "datagram-filter.h"

#define KITH_READ_FOREIGN_MAX 64 /* bytes of a field that we do not know */
#define KITH_READ_HASH_LEN 20

typedef enum {
  KITH_TOKEN_NIL,
  KITH_TOKEN_BOOL,
  KITH_TOKEN_UINT,
  KITH_TOKEN_NUMBER, /* negative or floating */
  KITH_TOKEN_TEXT,
  KITH_TOKEN_BIN,
  KITH_TOKEN_ARRAY,
  KITH_TOKEN_MAP
} KithTokenType;

typedef struct {
  KithTokenType type;
  uint64_t n;           /* the number, length or count */
  const uint8_t *bytes; /* of text and binary */
} KithToken;

/* Where the reader stands, what it learnt, and the first thing that was wrong. */
typedef struct {
  const uint8_t *start, *at, *end;
  KithDrop drop;
  KithDatagram *info;
} KithReader;

/* All functions return false, and note why, when what comes is not what was asked for. Pure. */

/* Notes what is wrong; the first finding stays. Always false. */
bool kith_read_fail (KithReader *c, KithDrop drop);

/* One token; of a container only its head, of which so many items may really follow. Extensions are
   refused. */
bool kith_read_token (KithReader *c, KithToken *token);
bool kith_read_type (KithReader *c, KithTokenType type, KithToken *token);
bool kith_read_uint (KithReader *c, uint64_t most, uint64_t *value);
bool kith_read_bin (KithReader *c, uint64_t most, KithToken *token);

/* A key of a map: text of at most 16 bytes. */
bool kith_read_key (KithReader *c, KithToken *key);
bool kith_read_is_text (const KithToken *token, const char *text);

/* 20 bytes. */
bool kith_read_hash (KithReader *c);

/* A field that a newer node may add: the library passes over it, as long as it is a small plain
   value. */
bool kith_read_foreign (KithReader *c);

/* An array of numbers. */
bool kith_read_uints (KithReader *c, uint64_t most_items, uint64_t most);

/* {"id": number, "dat": {"body": {"type": 0, "data": binary}}}, perhaps with "p": number. */
bool kith_read_value (KithReader *c, KithDatagramValue *value);

/* An array of values, or of their sizes when they follow in parts; not both. Fills c->info. */
bool kith_read_values (KithReader *c);

/* {"f": [fields], "v": [numbers]}: ids and sequence numbers, all that we ever ask for. */
bool kith_read_fields (KithReader *c);

/* {"s": [fields], "w": [conditions]}. */
bool kith_read_query (KithReader *c);
