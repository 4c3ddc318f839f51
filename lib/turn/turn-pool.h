/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The configured TURN servers: the concrete KithTurn. */
#pragma once

#include "ports/turn.h"

G_BEGIN_DECLS

#define KITH_TYPE_TURN_POOL (kith_turn_pool_get_type ())
G_DECLARE_FINAL_TYPE (KithTurnPool, kith_turn_pool, KITH, TURN_POOL, GObject)

/* @servers: element-type KithTurnServer, in order of preference among those of one transport; at
   most KITH_TURN_MAX_SERVERS are kept. Nothing is asked before kith_turn_check(). While a server by
   UDP is in use, an address of the pool's own is held there, to notice within half a minute when it
   forgets the ones that it lent. (transfer full) */
KithTurn *kith_turn_pool_new (GPtrArray *servers);

G_END_DECLS
