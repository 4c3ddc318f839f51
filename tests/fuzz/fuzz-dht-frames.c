/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds bytes to both ends of the worker's control stream: what is understood must come out the
   same when it is written again. */
/* link: kith-dht-wire */
#include <stdlib.h>
#include <string.h>

#include "dht-frames.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
run (const uint8_t *data, size_t size, KithFrameOrigin origin)
{
  static KithDhtFrame frame;
  uint8_t bytes[KITH_FRAME_MAX];
  KithWireReader body;
  size_t at = 0, used = 0;

  while (kith_frame_split (data + at, size - at, KITH_FRAME_MAX, &body, &used) == KITH_SPLIT_FRAME
         && kith_dht_frame_decode (body, origin, &frame)) {
    const size_t len = kith_dht_frame_encode (&frame, bytes, sizeof bytes);
    if (len != used || memcmp (bytes, data + at, used) != 0) {
      abort ();
    }
    at += used;
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  run (data, size, KITH_FRAME_FROM_DAEMON);
  run (data, size, KITH_FRAME_FROM_WORKER);
  return 0;
}
