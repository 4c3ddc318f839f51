/* SPDX-License-Identifier: GPL-3.0-or-later */
/* STUN messages as a TURN client writes and reads them (RFC 8489, RFC 8656), strict and bounded. */
#pragma once

#include "model/net/endpoint.h"

G_BEGIN_DECLS

#define KITH_TURN_ID_LEN 12
#define KITH_TURN_MESSAGE_MAX 2560 /* bytes of a message that is written, or read from a stream */
#define KITH_TURN_DATA_MAX 1500    /* bytes of a peer's datagram */
#define KITH_TURN_REALM_MAX 763    /* RFC 8489 sections 14.9 and 14.10 */
#define KITH_TURN_DOMAIN_MAX 255   /* section 14.16 */
#define KITH_TURN_KEY_MAX 32
#define KITH_TURN_ALGORITHMS_MAX 64

typedef enum {
  KITH_TURN_BINDING = 0x001,
  KITH_TURN_ALLOCATE = 0x003,
  KITH_TURN_REFRESH = 0x004,
  KITH_TURN_SEND = 0x006,
  KITH_TURN_DATA = 0x007,
  KITH_TURN_CREATE_PERMISSION = 0x008
} KithTurnMethod;

typedef enum {
  KITH_TURN_REQUEST,
  KITH_TURN_INDICATION,
  KITH_TURN_SUCCESS,
  KITH_TURN_ERROR
} KithTurnClass;

typedef enum {
  KITH_TURN_ATTR_USERNAME = 0x0006,
  KITH_TURN_ATTR_INTEGRITY = 0x0008,
  KITH_TURN_ATTR_ERROR_CODE = 0x0009,
  KITH_TURN_ATTR_LIFETIME = 0x000d,
  KITH_TURN_ATTR_PEER = 0x0012,
  KITH_TURN_ATTR_DATA = 0x0013,
  KITH_TURN_ATTR_REALM = 0x0014,
  KITH_TURN_ATTR_NONCE = 0x0015,
  KITH_TURN_ATTR_RELAYED = 0x0016,
  KITH_TURN_ATTR_TRANSPORT = 0x0019,
  KITH_TURN_ATTR_INTEGRITY_SHA256 = 0x001c,
  KITH_TURN_ATTR_ALGORITHM = 0x001d,
  KITH_TURN_ATTR_MAPPED = 0x0020,
  KITH_TURN_ATTR_ALGORITHMS = 0x8002,
  KITH_TURN_ATTR_ALTERNATE_DOMAIN = 0x8003,
  KITH_TURN_ATTR_ALTERNATE = 0x8023,
  KITH_TURN_ATTR_FINGERPRINT = 0x8028
} KithTurnAttribute;

/* The key of long-term credentials (RFC 8489 sections 9.2.2 and 18.5). */
typedef struct {
  gboolean
      sha256; /* the server offered SHA-256: key and integrity are made with it; else MD5 and SHA-1 */
  gsize len;
  guint8 bytes[KITH_TURN_KEY_MAX];
} KithTurnKey;

/* What was read; pointers go into the bytes that were read. */
typedef struct {
  guint method; /* KithTurnMethod, or another number */
  KithTurnClass class;
  guint8 id[KITH_TURN_ID_LEN];
  guint error_code; /* 300 to 699, 0: none */
  gboolean has_lifetime;
  guint32 lifetime_s;
  KithEndpoint relayed, mapped, peer; /* family 0: not there */
  KithEndpoint alternate;             /* the first ALTERNATE-SERVER; the same */
  const guint8 *domain; /* the first ALTERNATE-DOMAIN: the name in its certificate; NULL: none */
  gsize domain_len;
  const guint8 *data;
  gsize data_len;
  const guint8 *realm; /* NULL: not there */
  gsize realm_len;
  const guint8 *nonce;
  gsize nonce_len;
  const guint8 *algorithms; /* PASSWORD-ALGORITHMS */
  gsize algorithms_len;
  gsize
      integrity_at; /* offset of MESSAGE-INTEGRITY or -SHA256, 0: none; what follows it is not read */
  gboolean integrity_is_sha256;
} KithTurnMessage;

/* FALSE when @data is no STUN message as a whole: type, magic cookie, length, every attribute in bounds; an attribute that is known
   has its form. Unknown ones are skipped. Any thread. */
gboolean kith_turn_message_decode (const guint8 *data, gsize len, KithTurnMessage *message);

/* TRUE when the integrity of @message, decoded from @data, was made with @key. */
gboolean kith_turn_message_is_authentic (const guint8 *data,
                                         const KithTurnMessage *message,
                                         const KithTurnKey *key);

/* How many bytes the first message of a stream has (RFC 8656 section 12.5: STUN, or channel data with its padding): 0 when that
   cannot be said yet, G_MAXSIZE when this is neither or larger than KITH_TURN_MESSAGE_MAX. */
gsize kith_turn_message_frame (const guint8 *data, gsize len);

/* TRUE when the first algorithm we know in PASSWORD-ALGORITHMS, strongest first, is SHA-256, and the nonce says that the attribute was not
   cut out (RFC 8489 section 9.2). */
gboolean kith_turn_message_offers_sha256 (const KithTurnMessage *message);

void kith_turn_key_derive (KithTurnKey *key,
                           gboolean sha256,
                           const char *user,
                           const guint8 *realm,
                           gsize realm_len,
                           const char *password);

/* Writes one message; what does not fit makes @failed TRUE. */
typedef struct {
  guint8 data[KITH_TURN_MESSAGE_MAX];
  gsize len;
  gboolean failed;
} KithTurnWriter;

void kith_turn_writer_begin (KithTurnWriter *writer,
                             KithTurnMethod method,
                             KithTurnClass class,
                             const guint8 id[KITH_TURN_ID_LEN]);
void kith_turn_writer_put (KithTurnWriter *writer,
                           KithTurnAttribute attribute,
                           const void *value,
                           gsize len);
void kith_turn_writer_put_u32 (KithTurnWriter *writer, KithTurnAttribute attribute, guint32 value);

/* XOR-ed, as all of PEER, RELAYED and MAPPED are; ALTERNATE is not. */
void kith_turn_writer_put_address (KithTurnWriter *writer,
                                   KithTurnAttribute attribute,
                                   const KithEndpoint *address);

/* Adds the integrity; the last step. */
void kith_turn_writer_seal (KithTurnWriter *writer, const KithTurnKey *key);

G_END_DECLS
