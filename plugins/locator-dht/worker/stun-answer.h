/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decides whether a datagram is a STUN question that gets an answer, and which. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/net/stun.h"

#define KITH_STUN_PER_SECOND 100 /* answers to all in the long run; twice as many at once */
#define KITH_STUN_PER_SOURCE 8 /* answers to one address (IPv6: one /64) a second in the long run */
#define KITH_STUN_BURST 32     /* … and at once */
#define KITH_STUN_SOURCES 512  /* addresses that are remembered */
#define KITH_STUN_REPLY_MAX 128 /* bytes of an answer */

/* A bucket of thousandths of an answer. */
typedef struct {
  uint8_t source[16];
  int64_t filled_ms;
  int64_t left; /* filled_ms 0: not used yet */
} KithStunBucket;

/* Who asked lately. All zero at first. Not for two threads at once. */
typedef struct {
  KithStunBucket all;
  KithStunBucket sources[KITH_STUN_SOURCES];
} KithStunGate;

/* Where a question came from and to. */
typedef struct {
  KithEndpoint source;
  KithEndpoint local;  /* family 0: unknown */
  KithEndpoint other;  /* another public address of this host, of the same family; family 0: none */
  uint16_t other_port; /* of the second socket, seen from the one that was asked; 0: none */
} KithStunPlace;

typedef struct {
  KithEndpoint to;
  bool from_other_ip;   /* send it from the place's other address */
  bool from_other_port; /* send it from the second socket */
  size_t len;
  uint8_t data[KITH_STUN_REPLY_MAX];
} KithStunReply;

typedef enum {
  KITH_STUN_NO_QUESTION, /* no binding request: something else */
  KITH_STUN_REFUSED,     /* one that gets no answer */
  KITH_STUN_ANSWERED     /* the reply is filled */
} KithStunVerdict;

/* Judges @data at the time @now_ms (monotonic, > 0). A question is refused when its source may not
   be sent to (kith_endpoint_is_sendable), when it asks for what cannot be done (another address or
   port that is not there, RESPONSE-PORT below 1,024 or together with CHANGE-REQUEST), when it has
   attributes that must be understood and are not, such as those of ICE, and when there were too
   many. The answer with its UDP header is never larger than twice the question with its own:
   OTHER-ADDRESS and RESPONSE-ORIGIN are in it as far as there is room, and only with public
   addresses. */
KithStunVerdict kith_stun_judge (KithStunGate *gate,
                                 int64_t now_ms,
                                 const uint8_t *data,
                                 size_t len,
                                 const KithStunPlace *place,
                                 KithStunReply *reply);
