/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages of STUN and TURN (RFC 8489, RFC 5780, RFC 8656) as values and as bytes. */
#pragma once

#include "model/net/endpoint.h"

G_BEGIN_DECLS

#define KITH_STUN_PORT 3478
#define KITH_STUN_ID_LEN 16     /* magic cookie and transaction id, as they stand in the header */
#define KITH_STUN_HEADER_LEN 20 /* bytes */
#define KITH_STUN_MAX 2560      /* bytes of a message that is looked at */
#define KITH_STUN_MAX_ATTRIBUTES 32 /* of a message that is looked at */
#define KITH_STUN_DATA_MAX 1500     /* bytes of a peer's datagram in a message of TURN */
#define KITH_STUN_TEXT_MAX 763      /* bytes of a realm, nonce or software (RFC 8489 section 14) */
#define KITH_STUN_DOMAIN_MAX 255    /* section 14.16 */
#define KITH_STUN_ALGORITHMS_MAX 64

typedef enum {
  KITH_STUN_BINDING = 0x001,
  KITH_STUN_ALLOCATE = 0x003,
  KITH_STUN_REFRESH = 0x004,
  KITH_STUN_SEND = 0x006,
  KITH_STUN_DATA = 0x007,
  KITH_STUN_CREATE_PERMISSION = 0x008
} KithStunMethod;

/* The class, as its two bits stand in the type. */
typedef enum {
  KITH_STUN_REQUEST,
  KITH_STUN_INDICATION,
  KITH_STUN_SUCCESS,
  KITH_STUN_ERROR
} KithStunKind;

/* Types of attributes that are written, or looked for, one by one. */
enum {
  KITH_STUN_INTEGRITY = 0x0008,
  KITH_STUN_INTEGRITY_SHA256 = 0x001c,
  KITH_STUN_FINGERPRINT = 0x8028
};

/* Bits of CHANGE-REQUEST. */
enum { KITH_STUN_CHANGE_PORT = 2, KITH_STUN_CHANGE_IP = 4 };

/* A part of a message that was read, or memory of whoever writes one. */
typedef struct {
  const guint8 *data; /* NULL: not there */
  gsize len;
} KithStunBytes;

/* A message. A number that is 0 and an address whose family is 0 are not there. */
typedef struct {
  guint method; /* KithStunMethod, or another number */
  KithStunKind kind;
  guint8 id[KITH_STUN_ID_LEN]; /* of RFC 8489 when it begins with the magic cookie, else RFC 3489 */
  gboolean has_fingerprint;    /* decoding: there was one, and it is right; encoding: add one */

  /* Of binding messages */
  KithEndpoint mapped;   /* XOR-MAPPED-ADDRESS, else MAPPED-ADDRESS; TURN has it, too */
  KithEndpoint other;    /* OTHER-ADDRESS: where change-ip and change-port are answered from */
  KithEndpoint origin;   /* RESPONSE-ORIGIN: where the answer was sent from */
  guint32 change;        /* CHANGE-REQUEST: KITH_STUN_CHANGE_IP, KITH_STUN_CHANGE_PORT */
  guint32 response_port; /* RESPONSE-PORT: the port of the asker's address that is answered to */
  guint32 error_code;    /* 300 to 699; TURN has it, too */
  KithStunBytes software;

  /* Of TURN */
  KithEndpoint relayed, peer;
  KithEndpoint alternate; /* the first ALTERNATE-SERVER */
  guint32 transport;      /* REQUESTED-TRANSPORT, as the number is on the wire */
  guint32 algorithm;      /* PASSWORD-ALGORITHM; the same */
  gboolean has_lifetime;
  guint32 lifetime_s;
  KithStunBytes data, user, realm, nonce, algorithms;
  KithStunBytes domain; /* ALTERNATE-DOMAIN: the name in the alternate's certificate */

  /* Decoding only */
  /* an attribute that must be understood (RFC 8489 section 5) and is none of a binding message,
     such as USERNAME */
  gboolean has_foreign;
  gsize integrity_at; /* offset of MESSAGE-INTEGRITY or -SHA256, the first of both; 0: none */
  gboolean is_sha256; /* … it is the second */
} KithStun;

/* TRUE when @id begins with the magic cookie of RFC 8489. */
KITH_API gboolean kith_stun_has_cookie (const guint8 id[KITH_STUN_ID_LEN]);

/* Writes the magic cookie and the 12 random bytes @random into @id. */
KITH_API void kith_stun_make_id (guint8 id[KITH_STUN_ID_LEN], const guint8 random[12]);

/* Reads the message that fills @data exactly. FALSE when it is none: other first bits, a length
   that does not fit, an attribute that runs over the end, an attribute that is known in a strange
   form, a wrong fingerprint, or more than KITH_STUN_MAX_ATTRIBUTES. Of attributes that come twice
   the first counts (section 14); behind the integrity only the fingerprint does, and nobody has
   looked at either integrity. Bytes of @stun are parts of @data. Pure; any thread; uses nothing of
   GLib's library. */
KITH_API gboolean kith_stun_decode (const guint8 *data, gsize len, KithStun *stun);

/* Writes what is there of @stun: mapped as XOR-MAPPED-ADDRESS, or as MAPPED-ADDRESS when the id has
   no cookie. Returns the number of bytes, 0 when they do not fit @room. Pure; any thread; uses
   nothing of GLib's library. */
KITH_API gsize kith_stun_encode (const KithStun *stun, guint8 *data, gsize room);

/* Adds an attribute to the message of @len bytes in @data. Returns its new length; 0 when it does
   not fit @room, or @len is 0. Pure; any thread. */
KITH_API gsize kith_stun_append (guint8 *data,
                                 gsize len,
                                 gsize room,
                                 guint type,
                                 const void *value,
                                 gsize value_len);

/* The same with FINGERPRINT, which is the last. */
KITH_API gsize kith_stun_append_fingerprint (guint8 *data, gsize len, gsize room);

G_END_DECLS
