/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a call ended: one word on the bus, one SIP status and one exit code. */
#pragma once

#include <glib-object.h>

#include "base/export.h"

G_BEGIN_DECLS

/* Numbers are for ever: nodes tell them to each other when they close a link or refuse a call. */
typedef enum {
  KITH_REASON_NONE = 0,
  KITH_REASON_LOCAL = 1,           /* we hung up */
  KITH_REASON_REMOTE = 2,          /* the peer hung up */
  KITH_REASON_REJECTED = 3,        /* declined: 603 and other 4xx/6xx of a human's refusal */
  KITH_REASON_BUSY = 4,            /* 486, 600 */
  KITH_REASON_NO_ANSWER = 5,       /* rang, nobody came: 408, 480 after ringing, 487 by time-out */
  KITH_REASON_NOT_FOUND = 6,       /* nobody of that name; 404, 604 */
  KITH_REASON_AMBIGUOUS = 7,       /* several people use that name and none is known */
  KITH_REASON_UNREACHABLE = 8,     /* known, but no path or gone: 480, 503, 408 before ringing */
  KITH_REASON_UNTRUSTED = 9,       /* another key than the one meant, or a From that lies */
  KITH_REASON_NOT_ACCEPTABLE = 10, /* no codec or encryption in common: 488, 406, 606, 415 */
  KITH_REASON_UNAUTHORIZED = 11,   /* 401, 403, 407 */
  KITH_REASON_MEDIA_FAILED = 12,   /* audio could not be set up or never flowed */
  KITH_REASON_NETWORK_LOST = 13,   /* an established call lost its path */
  KITH_REASON_ELSEWHERE = 14,      /* answered on another device */
  KITH_REASON_REPLACED = 15,
  KITH_REASON_TIMEOUT = 16,
  KITH_REASON_INTERNAL = 17,
} KithReason;

#define KITH_N_REASONS (KITH_REASON_INTERNAL + 1)

/* The word on the bus, such as "no-answer" (static); NULL out of range. */
KITH_API const char *kith_reason_word (KithReason reason);

/* FALSE if @word names no reason. */
KITH_API gboolean kith_reason_from_word (const char *word, KithReason *reason);

/* The exit code of `kith call` (documented in kith(1)): NONE, LOCAL, REMOTE → 0; every other its
   own, from 10 up, fixed for ever: 10 rejected, 11 busy, 12 no-answer, 13 not-found, 14 ambiguous,
   15 unreachable, 16 untrusted, 17 not-acceptable, 18 unauthorized, 19 media-failed, 20
   network-lost, 21 elsewhere, 22 replaced, 23 timeout, 24 internal. */
KITH_API int kith_reason_exit_code (KithReason reason);

/* From a SIP final status of an INVITE; @ringing: 180 or 183 had been seen. 0 (BYE or CANCEL of the
   peer): REMOTE; 1xx and 2xx: NONE. */
KITH_API KithReason kith_reason_from_sip (guint status, gboolean ringing);

/* The SIP status with which an incoming call is refused for @reason (486 for BUSY, 603 for REJECTED
   …). */
KITH_API guint kith_reason_to_sip (KithReason reason);

/* Why an outgoing call comes to nothing, from the error of one of its steps; INTERNAL for errors of
   other domains. */
KITH_API KithReason kith_reason_from_error (const GError *error);

/* What the number means with which a peer closed a link, seen from here: its "we hung up" is our
   REMOTE. Any number is taken; one that is not known is REMOTE. 0 is what 0.1.0 always gives: only
   then @word, its text, is looked at. @text: (out) (nullable) (transfer full): the same for people,
   which tells an unknown number as such. */
KITH_API KithReason kith_reason_from_peer (guint64 number, const char *word, gchar **text);

G_END_DECLS
