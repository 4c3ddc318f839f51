/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls between two phones of the house that kith-edge passes on: the node has no part in them, and
   only knows that they are. */
#pragma once

#include "base/clock.h"
#include "ports/edge.h"

G_BEGIN_DECLS

typedef struct _KithHouseCalls KithHouseCalls;

/* @edge: outlives it. Main thread. (transfer full) */
KithHouseCalls *kith_house_calls_new (KithClock *clock, KithEdge *edge);
void kith_house_calls_free (KithHouseCalls *calls);

/* Rows of Manager.HouseCalls, the oldest first. aa{sv}. (transfer full) */
GVariant *kith_house_calls_list (KithHouseCalls *calls);

/* TRUE while the phone @name is in one: for who is told that it is busy. */
gboolean kith_house_calls_has (KithHouseCalls *calls, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithHouseCalls, kith_house_calls_free)

G_END_DECLS
