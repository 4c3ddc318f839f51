/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks for STUN answers with any bytes from any address: an answer is never too large, never to
   where nobody may be sent, never without an end. */
/* link: kith-dht-stun */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stun-answer.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
want (bool ok)
{
  if (!ok) {
    abort ();
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static KithStunGate gate;
  static int64_t now_ms;
  KithStunPlace place = { .local = { .family = 4, .port = 4222, .ip = { 203, 0, 113, 1 } },
                          .other = { .family = 4, .ip = { 203, 0, 113, 2 } },
                          .other_port = 40000 };
  KithStunReply reply;
  KithStun answer;

  if (size < 8) {
    return 0;
  }
  now_ms += 1 + data[0];
  place.source = (KithEndpoint){ .family = data[1] % 2 == 0 ? 4 : 6, .port = data[2] };
  memcpy (place.source.ip, data + 3, 4);
  place.other_port = data[7] % 2 == 0 ? 40000 : 0;
  if (kith_stun_judge (&gate, now_ms, data + 8, size - 8, &place, &reply) == KITH_STUN_ANSWERED) {
    want (reply.len + 8 <= 2 * (size - 8 + 8) && reply.len <= sizeof reply.data);
    want (kith_endpoint_is_sendable (&reply.to));
    want (kith_endpoint_is_same_host (&reply.to, &place.source));
    want (kith_stun_decode (reply.data, reply.len, &answer) && answer.kind == KITH_STUN_SUCCESS);
    want (kith_endpoint_is_same (&answer.mapped, &place.source));
    want (!reply.from_other_port || place.other_port != 0);
    want (!reply.from_other_ip || place.source.family == 4);
  }
  return 0;
}
