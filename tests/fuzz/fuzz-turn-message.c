/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds bytes to the reader of TURN messages, as a datagram and as a stream: nothing it says points
   outside of them. */
/* link: kith-turn */
#include <stdint.h>
#include <stdlib.h>

#include "turn/turn-message.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_inside (const guint8 *data, gsize size, const KithStunBytes *part)
{
  if (part->data != NULL && (part->data < data || part->data + part->len > data + size)) {
    abort ();
  }
}

static void
read_one (const guint8 *data, gsize size)
{
  KithStun message;
  KithTurnKey key;

  if (!kith_stun_decode (data, size, &message)) {
    return;
  }
  check_inside (data, size, &message.data);
  check_inside (data, size, &message.user);
  check_inside (data, size, &message.realm);
  check_inside (data, size, &message.nonce);
  check_inside (data, size, &message.algorithms);
  check_inside (data, size, &message.domain);
  check_inside (data, size, &message.software);
  kith_turn_key_derive (&key, kith_turn_message_offers_sha256 (&message), "u", &message.realm, "p");
  (void)kith_turn_message_is_authentic (data, &message, &key);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  gsize at = 0;
  gsize whole;

  read_one (data, size);
  while ((whole = kith_turn_message_frame (data + at, size - at)) > 0 && whole <= size - at) {
    read_one (data + at, whole);
    at += whole;
  }
  return 0;
}
