/* SPDX-License-Identifier: GPL-3.0-or-later */
/* STUN binding requests and their answers (RFC 8489, RFC 5780) as values and as bytes. */
#pragma once

#include "model/net/endpoint.h"

G_BEGIN_DECLS

#define KITH_STUN_PORT 3478
#define KITH_STUN_ID_LEN 16     /* magic cookie and transaction id, as they stand in the header */
#define KITH_STUN_HEADER_LEN 20 /* bytes */
#define KITH_STUN_MAX 1280      /* bytes of a message that is looked at */
#define KITH_STUN_MAX_ATTRIBUTES 32 /* of a message that is looked at */

typedef enum { KITH_STUN_REQUEST, KITH_STUN_SUCCESS, KITH_STUN_ERROR } KithStunKind;

/* A binding message. An address whose family is 0 is not there. */
typedef struct {
  KithStunKind kind;
  guint8
      id[KITH_STUN_ID_LEN]; /* of RFC 8489 when it begins with the magic cookie, else of RFC 3489 */
  KithEndpoint mapped;      /* XOR-MAPPED-ADDRESS, else MAPPED-ADDRESS */
  KithEndpoint
      other; /* OTHER-ADDRESS: where change-ip and change-port together are answered from */
  KithEndpoint origin; /* RESPONSE-ORIGIN: where the answer was sent from */
  gboolean change_ip;  /* CHANGE-REQUEST */
  gboolean change_port;
  guint16
      response_port; /* RESPONSE-PORT: to which port of the asker's address the answer goes; 0: where it asked from */
  guint16 error_code;       /* of a KITH_STUN_ERROR: 300 to 699 */
  gboolean has_fingerprint; /* decoding: there was one, and it is right; encoding: add one */
  gboolean
      has_foreign; /* decoding only: an attribute that must be understood (section 5) and is none of these, such as USERNAME */
} KithStun;

/* TRUE when @id begins with the magic cookie of RFC 8489. */
KITH_API gboolean kith_stun_has_cookie (const guint8 id[KITH_STUN_ID_LEN]);

/* Writes the magic cookie and the 12 random bytes @random into @id. */
KITH_API void kith_stun_make_id (guint8 id[KITH_STUN_ID_LEN], const guint8 random[12]);

/* Reads the message that fills @data exactly. FALSE when it is no binding message: other first bits, class or method, a length that does not fit,
   an attribute that runs over the end, an address of a strange form, a wrong fingerprint, or more than KITH_STUN_MAX_ATTRIBUTES. Of attributes that
   come twice the first counts (section 14). Pure; any thread; uses nothing of GLib's library. */
KITH_API gboolean kith_stun_decode (const guint8 *data, gsize len, KithStun *stun);

/* Writes @stun: mapped as XOR-MAPPED-ADDRESS, or as MAPPED-ADDRESS when the id has no cookie. Returns the number of bytes, 0 when they do not fit
   @room. Pure; any thread; uses nothing of GLib's library. */
KITH_API gsize kith_stun_encode (const KithStun *stun, guint8 *data, gsize room);

G_END_DECLS
