/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers STUN binding requests in memory, with a bound for each source and one for all. */
#include "stun-answer.h"

#include <string.h>

#define WAYS 4 /* places where a source may be remembered */
#define UDP_HEADER 8
#define LEAST_PORT 1024
#define THOUSAND 1000

/* Takes one from the bucket after filling it. */
static bool
take (KithStunBucket *bucket, int64_t now_ms, int64_t per_second, int64_t burst)
{
  const int64_t most = burst * THOUSAND;

  if (bucket->filled_ms == 0) {
    bucket->left = most;
  } else if (now_ms - bucket->filled_ms >= most / per_second) {
    bucket->left = most;
  } else {
    bucket->left += (now_ms - bucket->filled_ms) * per_second;
    bucket->left = bucket->left < most ? bucket->left : most;
  }
  bucket->filled_ms = now_ms;
  if (bucket->left < THOUSAND) {
    return false;
  }
  bucket->left -= THOUSAND;
  return true;
}

/* The bucket of a source; a new one takes the place of that which was asked for longest ago. */
static KithStunBucket *
bucket_of (KithStunGate *gate, const KithEndpoint *source)
{
  uint8_t key[16] = { 0 };
  uint32_t hash = 2166136261U;

  memcpy (key, source->ip, source->family == 4 ? 4 : 8); /* a /64 belongs to one */
  key[15] = source->family;
  for (size_t i = 0; i < sizeof key; i++) {
    hash = (hash ^ key[i]) * 16777619U;
  }
  KithStunBucket *set = &gate->sources[hash % (KITH_STUN_SOURCES / WAYS) * WAYS];
  KithStunBucket *oldest = set;
  for (unsigned i = 0; i < WAYS; i++) {
    if (set[i].filled_ms != 0 && memcmp (set[i].source, key, sizeof key) == 0) {
      return &set[i];
    }
    oldest = set[i].filled_ms < oldest->filled_ms ? &set[i] : oldest;
  }
  memset (oldest, 0, sizeof *oldest);
  memcpy (oldest->source, key, sizeof key);
  return oldest;
}

/* False when there were too many, of this one or of all. */
static bool
is_allowed (KithStunGate *gate, int64_t now_ms, const KithEndpoint *source)
{
  return take (bucket_of (gate, source), now_ms, KITH_STUN_PER_SOURCE, KITH_STUN_BURST)
         && take (&gate->all, now_ms, KITH_STUN_PER_SECOND, 2 * KITH_STUN_PER_SECOND);
}

/* False when the question asks for what cannot be done. */
static bool
fill_way (const KithStun *question, const KithStunPlace *place, KithStunReply *reply)
{
  reply->to = place->source;
  reply->from_other_ip = (question->change & KITH_STUN_CHANGE_IP) != 0;
  reply->from_other_port = (question->change & KITH_STUN_CHANGE_PORT) != 0;
  if (question->response_port != 0) {
    reply->to.port = (uint16_t)question->response_port;
    return question->response_port >= LEAST_PORT && !reply->from_other_ip
           && !reply->from_other_port;
  }
  return (!reply->from_other_ip || place->other.family == place->source.family)
         && (!reply->from_other_port || place->other_port != 0);
}

static void
fill_addresses (const KithStunPlace *place, const KithStunReply *reply, KithStun *answer)
{
  const bool has_local
      = place->local.family == place->source.family && kith_endpoint_is_public (&place->local);
  const bool has_other = has_local && place->other.family == place->source.family;

  if (has_local && place->other_port != 0) {
    answer->other = has_other ? place->other : place->local;
    answer->other.port = place->other_port;
  }
  if (has_local && (!reply->from_other_ip || has_other)) {
    answer->origin = reply->from_other_ip ? place->other : place->local;
    answer->origin.port = reply->from_other_port ? place->other_port : place->local.port;
  }
}

KithStunVerdict
kith_stun_judge (KithStunGate *gate,
                 int64_t now_ms,
                 const uint8_t *data,
                 size_t len,
                 const KithStunPlace *place,
                 KithStunReply *reply)
{
  KithStun question;
  KithStun answer = { .method = KITH_STUN_BINDING, .kind = KITH_STUN_SUCCESS };
  size_t room = 2 * (len + UDP_HEADER) - UDP_HEADER;

  memset (reply, 0, sizeof *reply);
  if (!kith_stun_decode (data, len, &question) || question.method != KITH_STUN_BINDING
      || question.kind != KITH_STUN_REQUEST) {
    return KITH_STUN_NO_QUESTION;
  }
  if (question.has_foreign || !kith_endpoint_is_sendable (&place->source)
      || !fill_way (&question, place, reply) || !is_allowed (gate, now_ms, &place->source)) {
    return KITH_STUN_REFUSED;
  }
  room = room < sizeof reply->data ? room : sizeof reply->data;
  memcpy (answer.id, question.id, sizeof answer.id);
  answer.mapped = place->source;
  answer.has_fingerprint = question.has_fingerprint;
  fill_addresses (place, reply, &answer);
  reply->len = kith_stun_encode (&answer, reply->data, room);
  if (reply->len == 0) {
    answer.origin.family = 0;
    reply->len = kith_stun_encode (&answer, reply->data, room);
  }
  if (reply->len == 0) {
    answer.other.family = 0;
    reply->len = kith_stun_encode (&answer, reply->data, room);
  }
  return reply->len > 0 ? KITH_STUN_ANSWERED : KITH_STUN_REFUSED;
}
