/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search for one identity's reach record, shared by all who ask at the same time. */
#pragma once

#include "base/clock.h"
#include "ports/locator.h"

G_BEGIN_DECLS

#define KITH_REACH_REPLICAS 2

#define KITH_TYPE_REACH_SEARCH (kith_reach_search_get_type ())
G_DECLARE_FINAL_TYPE (KithReachSearch, kith_reach_search, KITH, REACH_SEARCH, GObject)

/* Starts at once to ask @locators (element-type KithLocator) for the record of @identity. (transfer
   full) */
KithReachSearch *
kith_reach_search_new (KithClock *clock, const KithPeerKey *identity, GPtrArray *locators);

const KithPeerKey *kith_reach_search_get_identity (KithReachSearch *search);

/* Monotonic time of its start, in µs. */
gint64 kith_reach_search_get_started (KithReachSearch *search);

/* Asks for the identity's inbox too, so that the nodes that keep it are known when a knock is put
   there: it then arrives after one round trip of the network instead of three. Once; what is in it
   does not matter. */
void kith_reach_search_ask_inbox (KithReachSearch *search, GPtrArray *locators);

/* A verified record of this identity that came by another way: the newest of all counts. */
void kith_reach_search_offer (KithReachSearch *search, const KithReach *reach);

/* That other way has given all that it had: what is there, if it does not say "gone", need not wait
   for more. */
void kith_reach_search_settle (KithReachSearch *search);

/* TRUE when all locators are done. */
gboolean kith_reach_search_is_over (KithReachSearch *search);

/* Waits for the result: the newest record a moment after the first one came, else when all locators
   are done.
   _finish: (transfer full): g_free(); KITH_ERROR_NOT_FOUND, KITH_ERROR_CANCELLED. */
void kith_reach_search_wait_async (KithReachSearch *search,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
KithReach *
kith_reach_search_wait_finish (KithReachSearch *search, GAsyncResult *result, GError **error);

G_END_DECLS
