/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds bytes to both ends of the control stream of kith-edge: what is understood must come out the
   same when it is written again. */
/* link: kith-edge-static */
#include <stdlib.h>
#include <string.h>

#include "edge/edge-frames.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
run (const uint8_t *data, size_t size, KithEdgeOrigin origin)
{
  static KithEdgeFrame frame;
  static uint8_t bytes[KITH_EDGE_FRAME_MAX];
  KithWireReader body;
  size_t at = 0, used = 0;

  while (kith_frame_split (data + at, size - at, KITH_EDGE_FRAME_MAX, &body, &used)
             == KITH_SPLIT_FRAME
         && kith_edge_frame_decode (body, origin, &frame)) {
    const size_t len = kith_edge_frame_encode (&frame, bytes, sizeof bytes);
    if (len != used || memcmp (bytes, data + at, used) != 0) {
      abort ();
    }
    at += used;
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  run (data, size, KITH_EDGE_FROM_KITHD);
  run (data, size, KITH_EDGE_FROM_EDGE);
  return 0;
}
