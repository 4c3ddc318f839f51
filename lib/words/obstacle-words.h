/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is in the way of a path, as something to be said: friends who do not carry, NATs that cannot
   meet. */
#pragma once

#include "model/call/relay-obstacle.h"
#include "model/net/nat-facts.h"
#include "words/saying.h"

G_BEGIN_DECLS

/* "obstacle-quota": what is so, without a full stop ("fred has relayed as much as it may today"),
   and who has to do what about it. @ended: it was otherwise when the call began. Names: (nullable).
   NULL for NONE. (transfer full) (nullable) */
KITH_API KithSaying *kith_obstacle_saying (KithRelayObstacle obstacle,
                                           const char *friend_name,
                                           const char *peer_name,
                                           gboolean ended);

/* "no-path-nats": why no direct path can have been found, and what would help; NULL when they can
   meet. @peer_name: (nullable). (transfer full) (nullable) */
KITH_API KithSaying *
kith_no_path_saying (KithNatKind ours, KithNatKind theirs, const char *peer_name);

G_END_DECLS
