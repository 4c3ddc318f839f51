/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads whole datagrams of OpenDHT: what must be there is, and nothing else. */
#include "datagram-filter.h"

#include <string.h>

#include "datagram-private.h"

#define OTHER_LEN 18 /* as other-family.h has it */
#define MAX_NODES 16

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
body_bit (const KithToken *key)
{
  for (size_t i = 0; i < sizeof body_fields / sizeof *body_fields; i++) {
    if (kith_read_is_text (key, body_fields[i].key)) {
      return body_fields[i].bit;
    }
  }
  return 0;
}

static bool
take_nodes (KithReader *c, uint64_t size)
{
  KithToken token;

  return kith_read_bin (c, MAX_NODES * size, &token)
         && (token.n % size == 0 || kith_read_fail (c, KITH_DROP_TYPE));
}

static bool
take_body_field (KithReader *c, unsigned bit)
{
  KithToken token;
  uint64_t number;

  switch (bit) {
  case HAS_ID:
  case HAS_HASH:
  case HAS_TARGET:
    return kith_read_hash (c);
  case HAS_SOCKET:
    return kith_read_uint (c, UINT32_MAX, &number);
  case HAS_QUERY:
    return kith_read_query (c);
  case HAS_TOKEN:
    return kith_read_bin (c, 64, &token);
  case HAS_VALUE_ID:
    return kith_read_uint (c, UINT64_MAX, &number);
  case HAS_NODES4:
    return take_nodes (c, KITH_READ_HASH_LEN + 4 + 2);
  case HAS_NODES6:
    return take_nodes (c, KITH_READ_HASH_LEN + 16 + 2);
  case HAS_ADDRESS:
    return kith_read_bin (c, 16, &token)
           && (token.n == 4 || token.n == 16 || kith_read_fail (c, KITH_DROP_TYPE));
  case HAS_CREATED:
    return kith_read_uint (c, INT64_MAX, &number);
  case HAS_VALUES:
    return kith_read_values (c);
  case HAS_EXPIRED:
  case HAS_REFRESHED:
    return kith_read_uints (c, KITH_DHT_VALUES_MAX, UINT64_MAX);
  case HAS_FIELDS:
    return kith_read_fields (c);
  case HAS_WANT:
    return kith_read_uints (c, 2, UINT8_MAX);
  case HAS_VERSION:
    return kith_read_uint (c, INT16_MAX, &number);
  default:
    return kith_read_foreign (c);
  }
}

static bool
take_body (KithReader *c, unsigned *fields)
{
  KithToken map, key;

  if (!kith_read_type (c, KITH_TOKEN_MAP, &map) || map.n > 32) {
    return kith_read_fail (c, KITH_DROP_TYPE);
  }
  for (uint64_t i = 0; i < map.n; i++) {
    if (!kith_read_key (c, &key)) {
      return false;
    }
    const unsigned bit = body_bit (&key);
    if ((*fields & bit) != 0) {
      return kith_read_fail (c, KITH_DROP_STRUCTURE); /* twice */
    }
    *fields |= bit;
    if (!take_body_field (c, bit)) {
      return false;
    }
  }
  return (*fields & HAS_ID) != 0 || kith_read_fail (c, KITH_DROP_STRUCTURE);
}

/* [code, text] */
static bool
take_error (KithReader *c)
{
  KithToken array, text;
  uint64_t code;

  if (!kith_read_type (c, KITH_TOKEN_ARRAY, &array) || array.n < 1 || array.n > 2
      || !kith_read_uint (c, UINT16_MAX, &code)) {
    return kith_read_fail (c, KITH_DROP_TYPE);
  }
  return array.n == 1
         || (kith_read_type (c, KITH_TOKEN_TEXT, &text)
             && (text.n <= 256 || kith_read_fail (c, KITH_DROP_TYPE)));
}

/* {index: {"o": 0, "d": the whole value}}: our values fit a packet, so none needs a second part. */
static bool
take_part (KithReader *c)
{
  KithToken map, key, data;
  uint64_t number;

  if (!kith_read_type (c, KITH_TOKEN_MAP, &map) || map.n != 1
      || !kith_read_uint (c, KITH_DHT_VALUES_MAX, &number)) {
    return kith_read_fail (c, KITH_DROP_TYPE);
  }
  c->info->part_index = (unsigned)number;
  if (!kith_read_type (c, KITH_TOKEN_MAP, &map) || map.n != 2 || !kith_read_key (c, &key)
      || !kith_read_is_text (&key, "o") || !kith_read_uint (c, UINT32_MAX, &number)
      || !kith_read_key (c, &key) || !kith_read_is_text (&key, "d")
      || !kith_read_type (c, KITH_TOKEN_BIN, &data)) {
    return kith_read_fail (c, KITH_DROP_TYPE);
  }
  if (number != 0 || data.n == 0 || data.n > KITH_DHT_VALUE_MAX) {
    return kith_read_fail (c, KITH_DROP_OVERSIZED);
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
  TOP_OTHER = 1 << 11,  /* "6": of our own, libopendht passes it over */
};

typedef struct {
  unsigned top;  /* what is there */
  unsigned body; /* what the body has */
  char kind;     /* of "y" */
  KithToken method;
  uint64_t network;
} Message;

static bool
take_top_field (KithReader *c, unsigned bit, Message *message)
{
  KithToken token;
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
    if (!kith_read_type (c, KITH_TOKEN_TEXT, &token) || token.n != 1) {
      return kith_read_fail (c, KITH_DROP_TYPE);
    }
    message->kind = (char)token.bytes[0];
    return true;
  case TOP_METHOD:
    return kith_read_type (c, KITH_TOKEN_TEXT, &message->method);
  case TOP_TID:
    if (!kith_read_uint (c, UINT32_MAX, &number)) {
      return false;
    }
    c->info->tid = (uint32_t)number;
    return true;
  case TOP_AGENT:
    return kith_read_type (c, KITH_TOKEN_TEXT, &token)
           && (token.n <= KITH_READ_FOREIGN_MAX || kith_read_fail (c, KITH_DROP_TYPE));
  case TOP_NETWORK:
    return kith_read_uint (c, UINT32_MAX, &message->network);
  case TOP_CLIENT:
    return kith_read_type (c, KITH_TOKEN_BOOL, &token);
  case TOP_OTHER:
    if (!kith_read_type (c, KITH_TOKEN_BIN, &token) || token.n != OTHER_LEN) {
      return kith_read_fail (c, KITH_DROP_TYPE);
    }
    c->info->other = token.bytes;
    return true;
  default:
    return kith_read_foreign (c);
  }
}

static unsigned
top_bit (const KithToken *key)
{
  static const struct {
    char letter;
    unsigned bit;
  } fields[] = {
    { 'a', TOP_REQUEST }, { 'r', TOP_REPLY },   { 'u', TOP_UPDATE }, { 'e', TOP_ERROR },
    { 'p', TOP_PART },    { 'y', TOP_KIND },    { 'q', TOP_METHOD }, { 't', TOP_TID },
    { 'v', TOP_AGENT },   { 'n', TOP_NETWORK }, { 's', TOP_CLIENT }, { '6', TOP_OTHER },
  };

  for (size_t i = 0; key->n == 1 && i < sizeof fields / sizeof *fields; i++) {
    if (key->bytes[0] == (uint8_t)fields[i].letter) {
      return fields[i].bit;
    }
  }
  return 0;
}

static bool
take_message (KithReader *c, Message *message)
{
  KithToken map, key;

  if (!kith_read_type (c, KITH_TOKEN_MAP, &map) || map.n > 16) {
    return kith_read_fail (c, KITH_DROP_STRUCTURE);
  }
  for (uint64_t i = 0; i < map.n; i++) {
    if (!kith_read_key (c, &key)) {
      return false;
    }
    const unsigned bit = top_bit (&key);
    const unsigned bodies = TOP_REQUEST | TOP_REPLY | TOP_UPDATE | TOP_PART;
    if ((message->top & bit) != 0 || ((bit & bodies) != 0 && (message->top & bodies) != 0)) {
      return kith_read_fail (c, KITH_DROP_STRUCTURE);
    }
    message->top |= bit;
    if (!take_top_field (c, bit, message)) {
      return false;
    }
  }
  return c->at == c->end || kith_read_fail (c, KITH_DROP_MALFORMED);
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
check_request (KithReader *c, const Message *message)
{
  if ((message->top & (TOP_REQUEST | TOP_METHOD)) != (TOP_REQUEST | TOP_METHOD)
      || (message->top & TOP_ERROR) != 0) {
    return kith_read_fail (c, KITH_DROP_STRUCTURE);
  }
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    if (kith_read_is_text (&message->method, methods[i].name)) {
      return (message->body & methods[i].needs) == methods[i].needs
             || kith_read_fail (c, KITH_DROP_STRUCTURE);
    }
  }
  return kith_read_fail (c, KITH_DROP_METHOD);
}

static bool
check_message (KithReader *c, const Message *message)
{
  const unsigned top = message->top;

  if ((top & TOP_TID) == 0 || (top & TOP_KIND) == 0) {
    return kith_read_fail (c, KITH_DROP_STRUCTURE);
  }
  switch (message->kind) {
  case 'q':
    c->info->kind = KITH_DATAGRAM_REQUEST;
    return check_request (c, message);
  case 'r':
    c->info->kind = KITH_DATAGRAM_REPLY;
    return ((top & (TOP_REPLY | TOP_UPDATE)) != 0 && (top & TOP_ERROR) == 0)
           || kith_read_fail (c, KITH_DROP_STRUCTURE);
  case 'e': /* the library would read the body out of the error's array when there is no other */
    c->info->kind = KITH_DATAGRAM_REPLY;
    return ((top & TOP_REPLY) != 0 && (top & TOP_ERROR) != 0)
           || kith_read_fail (c, KITH_DROP_STRUCTURE);
  case 'p':
    c->info->kind = KITH_DATAGRAM_PART;
    return ((top & TOP_PART) != 0 && (top & TOP_ERROR) == 0)
           || kith_read_fail (c, KITH_DROP_STRUCTURE);
  default:
    return kith_read_fail (c, KITH_DROP_STRUCTURE);
  }
}

KithDrop
kith_datagram_check (const uint8_t *data, size_t len, uint32_t network, KithDatagram *info)
{
  KithReader c = { data, data, data + len, KITH_DROP_NOT, info };
  Message message = { 0 };

  memset (info, 0, sizeof *info);
  if (take_message (&c, &message) && check_message (&c, &message) && message.network != network) {
    kith_read_fail (&c, KITH_DROP_NETWORK);
  }
  return c.drop;
}

KithDrop
kith_datagram_check_value (const uint8_t *data, size_t len, KithDatagramValue *value)
{
  KithDatagram none;
  KithReader c = { data, data, data + len, KITH_DROP_NOT, &none };

  memset (value, 0, sizeof *value);
  if (kith_read_value (&c, value) && c.at != c.end) {
    kith_read_fail (&c, KITH_DROP_MALFORMED);
  }
  return c.drop;
}

/* "q", or {"dht": [node id, port, network]}. */
KithDrop
kith_discovery_check (const uint8_t *data, size_t len, uint16_t *port, uint32_t *network)
{
  KithDatagram none;
  KithReader c = { data, data, data + len, KITH_DROP_NOT, &none };
  KithToken head, key, pack;
  uint64_t its_port = 0, its_network = 0;

  *port = 0;
  *network = 0;
  if (!kith_read_token (&c, &head)) {
    return KITH_DROP_DISCOVERY;
  }
  if (head.type == KITH_TOKEN_TEXT) {
    return kith_read_is_text (&head, "q") && c.at == c.end ? KITH_DROP_NOT : KITH_DROP_DISCOVERY;
  }
  if (head.type != KITH_TOKEN_MAP || head.n != 1 || !kith_read_key (&c, &key)
      || !kith_read_is_text (&key, "dht") || !kith_read_type (&c, KITH_TOKEN_ARRAY, &pack)
      || pack.n != 3 || !kith_read_hash (&c) || !kith_read_uint (&c, UINT16_MAX, &its_port)
      || !kith_read_uint (&c, UINT32_MAX, &its_network) || c.at != c.end) {
    return KITH_DROP_DISCOVERY;
  }
  *port = (uint16_t)its_port;
  *network = (uint32_t)its_network;
  return KITH_DROP_NOT;
}
