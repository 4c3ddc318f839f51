/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which nodes the daemon is told of, so that it can ask them how it is seen. */
#pragma once

#include "dht-frames.h"

/* Fills @frame (PEERS) from the nodes that answered lately (@live, the latest first) or, when there
   is none, from those that were asked in vain (@tried). Public addresses come first, of each
   address one node before any second; those of @told that are still live are kept, so that the
   choice does not change with every packet. Returns true when it is another set than @told.
   Pure. */
bool kith_peer_choice (const KithDhtFrame *told,
                       const KithEndpoint *live,
                       unsigned n_live,
                       const KithEndpoint *tried,
                       unsigned n_tried,
                       KithDhtFrame *frame);
