/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers are hardly longer than what was asked, and count as what they answer. */
#include "edge/worker/front-private.h"

#include <string.h>

#include "model/net/stun.h"

#define FIRST_BITS 0xc0 /* of STUN they are 0; SIP begins with a letter */
#define ANSWER_ROOM 64

static gboolean
may_answer (KithFront *front, const KithWay *way)
{
  return kith_admission_take (front->admission, &way->to.peer, kith_clock_now (front->clock));
}

static void
answer_binding (KithFront *front, const KithWay *way, const KithStun *request)
{
  KithStun answer = { .method = KITH_STUN_BINDING,
                      .kind = KITH_STUN_SUCCESS,
                      .has_fingerprint = request->has_fingerprint,
                      .mapped = way->to.peer };
  guint8 bytes[ANSWER_ROOM];

  memcpy (answer.id, request->id, sizeof answer.id);
  const gsize len = kith_stun_encode (&answer, bytes, sizeof bytes);
  if (len > 0 && may_answer (front, way)) {
    (void)front->network->send (front->data, way, (const char *)bytes, len);
  }
}

gboolean
kith_front_stun (KithFront *front, const KithWay *way, const guint8 *data, gsize len)
{
  KithStun stun;

  if (len < KITH_STUN_HEADER_LEN || (data[0] & FIRST_BITS) != 0 || g_ascii_isspace (data[0])) {
    return FALSE;
  }
  if (kith_stun_decode (data, len, &stun) && stun.method == KITH_STUN_BINDING
      && stun.kind == KITH_STUN_REQUEST && !stun.has_foreign && stun.change == 0
      && stun.response_port == 0) {
    answer_binding (front, way, &stun);
  }
  return TRUE;
}

void
kith_front_pong (KithFront *front, const KithWay *way)
{
  if (may_answer (front, way)) {
    (void)front->network->send (front->data, way, "\r\n", 2);
  }
}
