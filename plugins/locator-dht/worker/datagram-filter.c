/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A strict reader of OpenDHT's msgpack messages that trusts no length and no type. */
#include "datagram-filter.h"

#include <string.h>

#define MAX_KEY 16
#define MAX_FOREIGN 64 /* bytes of a field that we do not know */
#define MAX_NODES 16
#define HASH 20

typedef enum {
  TOKEN_NIL,
  TOKEN_BOOL,
  TOKEN_UINT,
  TOKEN_NUMBER,
  TOKEN_TEXT,
  TOKEN_BIN,
  TOKEN_ARRAY,
  TOKEN_MAP
} TokenType;

typedef struct {
  TokenType type;
  uint64_t n;           /* the number, length or count */
  const uint8_t *bytes; /* of text and binary */
} Token;

/* Where the reader stands, what it learnt, and the first thing that was wrong. */
typedef struct {
  const uint8_t *start, *at, *end;
  KithDrop drop;
  KithDatagram *info;
} Check;

static const char *const words[] = {
  [KITH_DROP_NOT] = "passed",
  [KITH_DROP_MALFORMED] = "malformed",
  [KITH_DROP_STRUCTURE] = "structure",
  [KITH_DROP_TYPE] = "type",
  [KITH_DROP_METHOD] = "method",
  [KITH_DROP_NETWORK] = "network",
  [KITH_DROP_SIGNED] = "signed",
  [KITH_DROP_ENCRYPTED] = "encrypted",
  [KITH_DROP_VALUE_TYPE] = "value-type",
  [KITH_DROP_OVERSIZED] = "oversized",
  [KITH_DROP_PART] = "part",
  [KITH_DROP_DISCOVERY] = "discovery",
};

const char *
kith_drop_word (KithDrop drop)
{
  return (unsigned)drop < KITH_N_DROPS ? words[drop] : "unknown";
}

/* Notes what is wrong; the first finding stays. Always false. */
static bool
fail (Check *c, KithDrop drop)
{
  if (c->drop == KITH_DROP_NOT) {
    c->drop = drop;
  }
  return false;
}

static bool
take_number (Check *c, unsigned len, uint64_t *value)
{
  if ((size_t)(c->end - c->at) < len) {
    return fail (c, KITH_DROP_MALFORMED);
  }
  *value = 0;
  for (unsigned i = 0; i < len; i++) {
    *value = *value << 8 | *c->at++;
  }
  return true;
}

static bool
take_bytes (Check *c, Token *token, TokenType type)
{
  if ((uint64_t)(c->end - c->at) < token->n) {
    return fail (c, KITH_DROP_MALFORMED);
  }
  token->type = type;
  token->bytes = c->at;
  c->at += token->n;
  return true;
}

static bool
container (Check *c, Token *token, TokenType type)
{
  const uint64_t items = type == TOKEN_MAP ? 2 * token->n : token->n;

  if (items > (uint64_t)(c->end - c->at)) { /* each item takes a byte at least */
    return fail (c, KITH_DROP_MALFORMED);
  }
  token->type = type;
  return true;
}

/* The forms with a type byte of their own (0xc0 to 0xdf); extensions are refused. */
static bool
take_long (Check *c, uint8_t head, Token *token)
{
  switch (head) {
  case 0xc0:
    token->type = TOKEN_NIL;
    return true;
  case 0xc2:
  case 0xc3:
    token->type = TOKEN_BOOL;
    return true;
  case 0xc4:
  case 0xc5:
  case 0xc6:
    return take_number (c, 1u << (head - 0xc4), &token->n) && take_bytes (c, token, TOKEN_BIN);
  case 0xca:
  case 0xcb:
    token->type = TOKEN_NUMBER;
    return take_number (c, head == 0xca ? 4 : 8, &token->n);
  case 0xcc:
  case 0xcd:
  case 0xce:
  case 0xcf:
    token->type = TOKEN_UINT;
    return take_number (c, 1u << (head - 0xcc), &token->n);
  case 0xd0:
  case 0xd1:
  case 0xd2:
  case 0xd3:
    token->type = TOKEN_NUMBER;
    return take_number (c, 1u << (head - 0xd0), &token->n);
  case 0xd9:
  case 0xda:
  case 0xdb:
    return take_number (c, 1u << (head - 0xd9), &token->n) && take_bytes (c, token, TOKEN_TEXT);
  case 0xdc:
  case 0xdd:
    return take_number (c, 2u << (head - 0xdc), &token->n) && container (c, token, TOKEN_ARRAY);
  case 0xde:
  case 0xdf:
    return take_number (c, 2u << (head - 0xde), &token->n) && container (c, token, TOKEN_MAP);
  default:
    return fail (c, KITH_DROP_MALFORMED);
  }
}

/* Takes one token; of a container only its head. */
static bool
take (Check *c, Token *token)
{
  uint64_t head = 0;

  memset (token, 0, sizeof *token);
  if (!take_number (c, 1, &head)) {
    return false;
  }
  if (head <= 0x7f) {
    token->type = TOKEN_UINT;
    token->n = head;
    return true;
  }
  if (head <= 0x8f) {
    token->n = head & 15;
    return container (c, token, TOKEN_MAP);
  }
  if (head <= 0x9f) {
    token->n = head & 15;
    return container (c, token, TOKEN_ARRAY);
  }
  if (head <= 0xbf) {
    token->n = head & 31;
    return take_bytes (c, token, TOKEN_TEXT);
  }
  if (head >= 0xe0) {
    token->type = TOKEN_NUMBER; /* negative */
    return true;
  }
  return take_long (c, (uint8_t)head, token);
}

static bool
take_type (Check *c, TokenType type, Token *token)
{
  return take (c, token) && (token->type == type || fail (c, KITH_DROP_TYPE));
}

static bool
is_text (const Token *token, const char *text)
{
  return token->n == strlen (text) && memcmp (token->bytes, text, token->n) == 0;
}

static bool
take_key (Check *c, Token *key)
{
  return take_type (c, TOKEN_TEXT, key) && (key->n <= MAX_KEY || fail (c, KITH_DROP_STRUCTURE));
}

static bool
take_uint (Check *c, uint64_t most, uint64_t *value)
{
  Token token;

  if (!take_type (c, TOKEN_UINT, &token)) {
    return false;
  }
  *value = token.n;
  return token.n <= most || fail (c, KITH_DROP_TYPE);
}

static bool
take_bin (Check *c, uint64_t most, Token *token)
{
  return take_type (c, TOKEN_BIN, token) && (token->n <= most || fail (c, KITH_DROP_TYPE));
}

static bool
take_hash (Check *c)
{
  Token token;

  return take_type (c, TOKEN_BIN, &token) && (token.n == HASH || fail (c, KITH_DROP_TYPE));
}

/* A field that a newer node may add: the library passes over it, as long as it is a small plain value. */
static bool
take_foreign (Check *c)
{
  Token token;

  if (!take (c, &token)) {
    return false;
  }
  if (token.type == TOKEN_ARRAY || token.type == TOKEN_MAP) {
    return fail (c, KITH_DROP_STRUCTURE);
  }
  return token.bytes == NULL || token.n <= MAX_FOREIGN || fail (c, KITH_DROP_STRUCTURE);
}

static bool
take_uints (Check *c, uint64_t most_items, uint64_t most)
{
  Token array;
  uint64_t value;

  if (!take_type (c, TOKEN_ARRAY, &array) || array.n > most_items) {
    return fail (c, KITH_DROP_TYPE);
  }
  for (uint64_t i = 0; i < array.n; i++) {
    if (!take_uint (c, most, &value)) {
      return false;
    }
  }
  return true;
}

/* Values: {"id": uint, "dat": {"body": {"type": 0, "data": bin}}}, and perhaps "p": uint. */

static bool
take_value_body (Check *c, KithDatagramValue *value)
{
  Token map, key, data;
  uint64_t type;
  unsigned seen = 0;

  if (!take_type (c, TOKEN_MAP, &map)) {
    return false;
  }
  for (uint64_t i = 0; i < map.n; i++) {
    if (!take_key (c, &key)) {
      return false;
    }
    if (is_text (&key, "type") && (seen & 1) == 0) {
      seen |= 1;
      if (!take_uint (c, UINT64_MAX, &type) || type != 0) {
        return fail (c, KITH_DROP_VALUE_TYPE);
      }
    } else if (is_text (&key, "data") && (seen & 2) == 0) {
      seen |= 2;
      if (!take_type (c, TOKEN_BIN, &data) || data.n > KITH_DHT_DATA_MAX) {
        return fail (c, KITH_DROP_OVERSIZED);
      }
      value->data = data.bytes;
      value->len = data.n;
    } else if (is_text (&key, "owner") || is_text (&key, "seq") || is_text (&key, "to")
               || is_text (&key, "sig")) {
      return fail (c, KITH_DROP_SIGNED);
    } else {
      return fail (c, KITH_DROP_VALUE_TYPE);
    }
  }
  return seen == 3 || fail (c, KITH_DROP_STRUCTURE);
}

static bool
take_value_dat (Check *c, KithDatagramValue *value)
{
  Token dat, key;

  if (!take (c, &dat)) {
    return false;
  }
  if (dat.type == TOKEN_BIN) {
    return fail (c, KITH_DROP_ENCRYPTED);
  }
  if (dat.type != TOKEN_MAP) {
    return fail (c, KITH_DROP_TYPE);
  }
  for (uint64_t i = 0; i < dat.n; i++) {
    if (!take_key (c, &key)) {
      return false;
    }
    if (is_text (&key, "sig")) {
      return fail (c, KITH_DROP_SIGNED);
    }
    if (!is_text (&key, "body") || i > 0) {
      return fail (c, KITH_DROP_STRUCTURE);
    }
    if (!take_value_body (c, value)) {
      return false;
    }
  }
  return dat.n == 1 || fail (c, KITH_DROP_STRUCTURE);
}

static bool
take_value (Check *c, KithDatagramValue *value)
{
  Token map, key;
  uint64_t priority;
  unsigned seen = 0;

  if (!take_type (c, TOKEN_MAP, &map)) {
    return false;
  }
  for (uint64_t i = 0; i < map.n; i++) {
    if (!take_key (c, &key)) {
      return false;
    }
    if (is_text (&key, "id") && (seen & 1) == 0) {
      seen |= 1;
      if (!take_uint (c, UINT64_MAX, &value->id) || value->id == 0) {
        return fail (c, KITH_DROP_TYPE);
      }
    } else if (is_text (&key, "dat") && (seen & 2) == 0) {
      seen |= 2;
      if (!take_value_dat (c, value)) {
        return false;
      }
    } else if (!is_text (&key, "p") || (seen & 4) != 0 || !take_uint (c, UINT8_MAX, &priority)) {
      return fail (c, KITH_DROP_STRUCTURE);
    } else {
      seen |= 4;
    }
  }
  return (seen & 3) == 3 || fail (c, KITH_DROP_STRUCTURE);
}

/* An array of values, or of their sizes when they follow in parts; not both. */
static bool
take_values (Check *c)
{
  KithDatagram *info = c->info;
  KithDatagramValue value = { 0 };
  Token array;
  uint64_t size;

  info->sizes_start = (size_t)(c->at - c->start);
  if (!take_type (c, TOKEN_ARRAY, &array) || array.n > KITH_DHT_VALUES_MAX) {
    return fail (c, KITH_DROP_TYPE);
  }
  for (uint64_t i = 0; i < array.n; i++) {
    const bool is_size = c->at < c->end && (*c->at <= 0x7f || (*c->at >= 0xcc && *c->at <= 0xcf));
    if (is_size != (info->n_sizes > 0) && i > 0) {
      return fail (c, KITH_DROP_STRUCTURE);
    }
    if (!is_size) {
      if (!take_value (c, &value)) {
        return false;
      }
      if (info->n_values < KITH_DHT_SEEN_MAX) {
        info->values[info->n_values++] = value;
      }
      continue;
    }
    if (!take_uint (c, UINT64_MAX, &size) || size == 0 || size > KITH_DHT_VALUE_MAX) {
      return fail (c, KITH_DROP_OVERSIZED);
    }
    if (info->n_sizes < KITH_DHT_SEEN_MAX) {
      info->sizes[info->n_sizes++] = (uint16_t)size;
    }
  }
  info->sizes_end = (size_t)(c->at - c->start);
  return true;
}

/* {"f": [fields], "v": [numbers]}: ids and sequence numbers, all that we ever ask for. The library divides by the fields. */
static bool
take_fields (Check *c)
{
  Token map, key, array;
  uint64_t field, n_fields = 0, n_values = 0, value;
  unsigned seen = 0;

  if (!take_type (c, TOKEN_MAP, &map) || map.n != 2) {
    return fail (c, KITH_DROP_TYPE);
  }
  for (unsigned i = 0; i < 2; i++) {
    if (!take_key (c, &key) || !take_type (c, TOKEN_ARRAY, &array)) {
      return false;
    }
    if (is_text (&key, "f") && n_fields == 0 && array.n >= 1 && array.n <= 2) {
      n_fields = array.n;
      for (uint64_t k = 0; k < array.n; k++) {
        if (!take_uint (c, 4, &field) || (field != 1 && field != 4) || (seen & 1u << field) != 0) {
          return fail (c, KITH_DROP_TYPE);
        }
        seen |= 1u << field;
      }
    } else if (is_text (&key, "v") && (seen & 1) == 0 && array.n <= 2 * KITH_DHT_VALUES_MAX) {
      seen |= 1;
      n_values = array.n;
      for (uint64_t k = 0; k < array.n; k++) {
        if (!take_uint (c, UINT64_MAX, &value)) {
          return false;
        }
      }
    } else {
      return fail (c, KITH_DROP_TYPE);
    }
  }
  return (n_fields > 0 && n_values % n_fields == 0) || fail (c, KITH_DROP_TYPE);
}

/* One condition of a query: {"f": field, "v": what it must be}. */
static bool
take_condition (Check *c)
{
  Token map, key, token;
  uint64_t field, number;

  if (!take_type (c, TOKEN_MAP, &map) || map.n != 2 || !take_key (c, &key) || !is_text (&key, "f")
      || !take_uint (c, 5, &field) || !take_key (c, &key) || !is_text (&key, "v")) {
    return fail (c, KITH_DROP_TYPE);
  }
  switch (field) {
  case 1: /* id */
  case 2: /* type of value */
    return take_uint (c, UINT64_MAX, &number);
  case 3: /* owner */
    return take_hash (c);
  case 5: /* the user's type */
    return take_bin (c, MAX_FOREIGN, &token);
  default:
    return fail (c, KITH_DROP_TYPE);
  }
}

static bool
take_query (Check *c)
{
  Token map, key, array;
  unsigned seen = 0;

  if (!take_type (c, TOKEN_MAP, &map) || map.n != 2) {
    return fail (c, KITH_DROP_TYPE);
  }
  for (unsigned i = 0; i < 2; i++) {
    if (!take_key (c, &key)) {
      return false;
    }
    if (is_text (&key, "s") && (seen & 1) == 0) {
      seen |= 1;
      if (!take_uints (c, 5, 5)) {
        return false;
      }
    } else if (is_text (&key, "w") && (seen & 2) == 0) {
      seen |= 2;
      if (!take_type (c, TOKEN_ARRAY, &array) || array.n > 8) {
        return fail (c, KITH_DROP_TYPE);
      }
      for (uint64_t k = 0; k < array.n; k++) {
        if (!take_condition (c)) {
          return false;
        }
      }
    } else {
      return fail (c, KITH_DROP_STRUCTURE);
    }
  }
  return true;
}

/* The fields of a body, each at most once. */

enum {
  HAS_ID = 1 << 0,
  HAS_HASH = 1 << 1,
  HAS_TARGET = 1 << 2,
  HAS_SOCKET = 1 << 3,
  HAS_QUERY = 1 << 4,
  HAS_TOKEN = 1 << 5,
  HAS_VALUE_ID = 1 << 6,
  HAS_NODES4 = 1 << 7,
  HAS_NODES6 = 1 << 8,
  HAS_ADDRESS = 1 << 9,
  HAS_CREATED = 1 << 10,
  HAS_VALUES = 1 << 11,
  HAS_EXPIRED = 1 << 12,
  HAS_REFRESHED = 1 << 13,
  HAS_FIELDS = 1 << 14,
  HAS_WANT = 1 << 15,
  HAS_VERSION = 1 << 16,
};

static const struct {
  const char *key;
  unsigned bit;
} body_fields[] = {
  { "id", HAS_ID },        { "h", HAS_HASH },       { "target", HAS_TARGET },
  { "sid", HAS_SOCKET },   { "q", HAS_QUERY },      { "token", HAS_TOKEN },
  { "vid", HAS_VALUE_ID }, { "n4", HAS_NODES4 },    { "n6", HAS_NODES6 },
  { "sa", HAS_ADDRESS },   { "c", HAS_CREATED },    { "values", HAS_VALUES },
  { "exp", HAS_EXPIRED },  { "re", HAS_REFRESHED }, { "fileds", HAS_FIELDS },
  { "w", HAS_WANT },       { "ve", HAS_VERSION }, /* the misspelling is the protocol's */
};

static unsigned
body_bit (const Token *key)
{
  for (size_t i = 0; i < sizeof body_fields / sizeof *body_fields; i++) {
    if (is_text (key, body_fields[i].key)) {
      return body_fields[i].bit;
    }
  }
  return 0;
}

static bool
take_nodes (Check *c, uint64_t size)
{
  Token token;

  return take_bin (c, MAX_NODES * size, &token)
         && (token.n % size == 0 || fail (c, KITH_DROP_TYPE));
}

static bool
take_body_field (Check *c, unsigned bit)
{
  Token token;
  uint64_t number;

  switch (bit) {
  case HAS_ID:
  case HAS_HASH:
  case HAS_TARGET:
    return take_hash (c);
  case HAS_SOCKET:
    return take_uint (c, UINT32_MAX, &number);
  case HAS_QUERY:
    return take_query (c);
  case HAS_TOKEN:
    return take_bin (c, 64, &token);
  case HAS_VALUE_ID:
    return take_uint (c, UINT64_MAX, &number);
  case HAS_NODES4:
    return take_nodes (c, HASH + 4 + 2);
  case HAS_NODES6:
    return take_nodes (c, HASH + 16 + 2);
  case HAS_ADDRESS:
    return take_bin (c, 16, &token) && (token.n == 4 || token.n == 16 || fail (c, KITH_DROP_TYPE));
  case HAS_CREATED:
    return take_uint (c, INT64_MAX, &number);
  case HAS_VALUES:
    return take_values (c);
  case HAS_EXPIRED:
  case HAS_REFRESHED:
    return take_uints (c, KITH_DHT_VALUES_MAX, UINT64_MAX);
  case HAS_FIELDS:
    return take_fields (c);
  case HAS_WANT:
    return take_uints (c, 2, UINT8_MAX);
  case HAS_VERSION:
    return take_uint (c, INT16_MAX, &number);
  default:
    return take_foreign (c);
  }
}

static bool
take_body (Check *c, unsigned *fields)
{
  Token map, key;

  if (!take_type (c, TOKEN_MAP, &map) || map.n > 32) {
    return fail (c, KITH_DROP_TYPE);
  }
  for (uint64_t i = 0; i < map.n; i++) {
    if (!take_key (c, &key)) {
      return false;
    }
    const unsigned bit = body_bit (&key);
    if ((*fields & bit) != 0) {
      return fail (c, KITH_DROP_STRUCTURE); /* twice */
    }
    *fields |= bit;
    if (!take_body_field (c, bit)) {
      return false;
    }
  }
  return (*fields & HAS_ID) != 0 || fail (c, KITH_DROP_STRUCTURE);
}

/* [code, text] */
static bool
take_error (Check *c)
{
  Token array, text;
  uint64_t code;

  if (!take_type (c, TOKEN_ARRAY, &array) || array.n < 1 || array.n > 2
      || !take_uint (c, UINT16_MAX, &code)) {
    return fail (c, KITH_DROP_TYPE);
  }
  return array.n == 1
         || (take_type (c, TOKEN_TEXT, &text) && (text.n <= 256 || fail (c, KITH_DROP_TYPE)));
}

/* {index: {"o": 0, "d": the whole value}}: our values fit a packet, so none needs a second part. */
static bool
take_part (Check *c)
{
  Token map, key, data;
  uint64_t number;

  if (!take_type (c, TOKEN_MAP, &map) || map.n != 1
      || !take_uint (c, KITH_DHT_VALUES_MAX, &number)) {
    return fail (c, KITH_DROP_TYPE);
  }
  c->info->part_index = (unsigned)number;
  if (!take_type (c, TOKEN_MAP, &map) || map.n != 2 || !take_key (c, &key) || !is_text (&key, "o")
      || !take_uint (c, UINT32_MAX, &number) || !take_key (c, &key) || !is_text (&key, "d")
      || !take_type (c, TOKEN_BIN, &data)) {
    return fail (c, KITH_DROP_TYPE);
  }
  if (number != 0 || data.n == 0 || data.n > KITH_DHT_VALUE_MAX) {
    return fail (c, KITH_DROP_OVERSIZED);
  }
  c->info->part = data.bytes;
  c->info->part_len = data.n;
  return true;
}

/* The message around the body. */

enum {
  TOP_REQUEST = 1 << 0, /* "a" */
  TOP_REPLY = 1 << 1,   /* "r" */
  TOP_UPDATE = 1 << 2,  /* "u" */
  TOP_ERROR = 1 << 3,   /* "e" */
  TOP_PART = 1 << 4,    /* "p" */
  TOP_KIND = 1 << 5,    /* "y" */
  TOP_METHOD = 1 << 6,  /* "q" */
  TOP_TID = 1 << 7,     /* "t" */
  TOP_AGENT = 1 << 8,   /* "v" */
  TOP_NETWORK = 1 << 9, /* "n" */
  TOP_CLIENT = 1 << 10, /* "s" */
};

typedef struct {
  unsigned top;  /* what is there */
  unsigned body; /* what the body has */
  char kind;     /* of "y" */
  Token method;
  uint64_t network;
} Message;

static bool
take_top_field (Check *c, unsigned bit, Message *message)
{
  Token token;
  uint64_t number;

  switch (bit) {
  case TOP_REQUEST:
  case TOP_REPLY:
  case TOP_UPDATE:
    return take_body (c, &message->body);
  case TOP_ERROR:
    return take_error (c);
  case TOP_PART:
    return take_part (c);
  case TOP_KIND:
    if (!take_type (c, TOKEN_TEXT, &token) || token.n != 1) {
      return fail (c, KITH_DROP_TYPE);
    }
    message->kind = (char)token.bytes[0];
    return true;
  case TOP_METHOD:
    return take_type (c, TOKEN_TEXT, &message->method);
  case TOP_TID:
    if (!take_uint (c, UINT32_MAX, &number)) {
      return false;
    }
    c->info->tid = (uint32_t)number;
    return true;
  case TOP_AGENT:
    return take_type (c, TOKEN_TEXT, &token)
           && (token.n <= MAX_FOREIGN || fail (c, KITH_DROP_TYPE));
  case TOP_NETWORK:
    return take_uint (c, UINT32_MAX, &message->network);
  case TOP_CLIENT:
    return take_type (c, TOKEN_BOOL, &token);
  default:
    return take_foreign (c);
  }
}

static unsigned
top_bit (const Token *key)
{
  static const struct {
    char letter;
    unsigned bit;
  } fields[] = {
    { 'a', TOP_REQUEST }, { 'r', TOP_REPLY },   { 'u', TOP_UPDATE }, { 'e', TOP_ERROR },
    { 'p', TOP_PART },    { 'y', TOP_KIND },    { 'q', TOP_METHOD }, { 't', TOP_TID },
    { 'v', TOP_AGENT },   { 'n', TOP_NETWORK }, { 's', TOP_CLIENT },
  };

  for (size_t i = 0; key->n == 1 && i < sizeof fields / sizeof *fields; i++) {
    if (key->bytes[0] == (uint8_t)fields[i].letter) {
      return fields[i].bit;
    }
  }
  return 0;
}

static bool
take_message (Check *c, Message *message)
{
  Token map, key;

  if (!take_type (c, TOKEN_MAP, &map) || map.n > 16) {
    return fail (c, KITH_DROP_STRUCTURE);
  }
  for (uint64_t i = 0; i < map.n; i++) {
    if (!take_key (c, &key)) {
      return false;
    }
    const unsigned bit = top_bit (&key);
    const unsigned bodies = TOP_REQUEST | TOP_REPLY | TOP_UPDATE | TOP_PART;
    if ((message->top & bit) != 0 || ((bit & bodies) != 0 && (message->top & bodies) != 0)) {
      return fail (c, KITH_DROP_STRUCTURE);
    }
    message->top |= bit;
    if (!take_top_field (c, bit, message)) {
      return false;
    }
  }
  return c->at == c->end || fail (c, KITH_DROP_MALFORMED);
}

static const struct {
  const char *name;
  unsigned needs;
} methods[] = {
  { "ping", HAS_ID },
  { "find", HAS_ID | HAS_TARGET },
  { "get", HAS_ID | HAS_HASH },
  { "put", HAS_ID | HAS_HASH | HAS_TOKEN | HAS_VALUES },
  { "listen", HAS_ID | HAS_HASH | HAS_TOKEN | HAS_SOCKET },
  { "refresh", HAS_ID | HAS_HASH | HAS_TOKEN | HAS_VALUE_ID },
  { "update", HAS_ID | HAS_SOCKET },
};

static bool
check_request (Check *c, const Message *message)
{
  if ((message->top & (TOP_REQUEST | TOP_METHOD)) != (TOP_REQUEST | TOP_METHOD)
      || (message->top & TOP_ERROR) != 0) {
    return fail (c, KITH_DROP_STRUCTURE);
  }
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    if (is_text (&message->method, methods[i].name)) {
      return (message->body & methods[i].needs) == methods[i].needs
             || fail (c, KITH_DROP_STRUCTURE);
    }
  }
  return fail (c, KITH_DROP_METHOD);
}

static bool
check_message (Check *c, const Message *message)
{
  const unsigned top = message->top;

  if ((top & TOP_TID) == 0 || (top & TOP_KIND) == 0) {
    return fail (c, KITH_DROP_STRUCTURE);
  }
  switch (message->kind) {
  case 'q':
    c->info->kind = KITH_DATAGRAM_REQUEST;
    return check_request (c, message);
  case 'r':
    c->info->kind = KITH_DATAGRAM_REPLY;
    return ((top & (TOP_REPLY | TOP_UPDATE)) != 0 && (top & TOP_ERROR) == 0)
           || fail (c, KITH_DROP_STRUCTURE);
  case 'e': /* the library would read the body out of the error's array when there is no other */
    c->info->kind = KITH_DATAGRAM_REPLY;
    return ((top & TOP_REPLY) != 0 && (top & TOP_ERROR) != 0) || fail (c, KITH_DROP_STRUCTURE);
  case 'p':
    c->info->kind = KITH_DATAGRAM_PART;
    return ((top & TOP_PART) != 0 && (top & TOP_ERROR) == 0) || fail (c, KITH_DROP_STRUCTURE);
  default:
    return fail (c, KITH_DROP_STRUCTURE);
  }
}

KithDrop
kith_datagram_check (const uint8_t *data, size_t len, uint32_t network, KithDatagram *info)
{
  Check c = { data, data, data + len, KITH_DROP_NOT, info };
  Message message = { 0 };

  memset (info, 0, sizeof *info);
  if (take_message (&c, &message) && check_message (&c, &message) && message.network != network) {
    fail (&c, KITH_DROP_NETWORK);
  }
  return c.drop;
}

KithDrop
kith_datagram_check_value (const uint8_t *data, size_t len, KithDatagramValue *value)
{
  KithDatagram none;
  Check c = { data, data, data + len, KITH_DROP_NOT, &none };

  memset (value, 0, sizeof *value);
  if (take_value (&c, value) && c.at != c.end) {
    fail (&c, KITH_DROP_MALFORMED);
  }
  return c.drop;
}

/* "q", or {"dht": [node id, port, network]}. */
KithDrop
kith_discovery_check (const uint8_t *data, size_t len, uint16_t *port, uint32_t *network)
{
  KithDatagram none;
  Check c = { data, data, data + len, KITH_DROP_NOT, &none };
  Token head, key, pack;
  uint64_t its_port = 0, its_network = 0;

  *port = 0;
  *network = 0;
  if (!take (&c, &head)) {
    return KITH_DROP_DISCOVERY;
  }
  if (head.type == TOKEN_TEXT) {
    return is_text (&head, "q") && c.at == c.end ? KITH_DROP_NOT : KITH_DROP_DISCOVERY;
  }
  if (head.type != TOKEN_MAP || head.n != 1 || !take_key (&c, &key) || !is_text (&key, "dht")
      || !take_type (&c, TOKEN_ARRAY, &pack) || pack.n != 3 || !take_hash (&c)
      || !take_uint (&c, UINT16_MAX, &its_port) || !take_uint (&c, UINT32_MAX, &its_network)
      || c.at != c.end) {
    return KITH_DROP_DISCOVERY;
  }
  *port = (uint16_t)its_port;
  *network = (uint32_t)its_network;
  return KITH_DROP_NOT;
}
