/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells when somebody's reach record changes, for as long as it matters. */
#pragma once

#include "base/clock.h"
#include "ports/locator.h"

G_BEGIN_DECLS

/* A record of the identity that is newer than all seen before, and does not say that the device
   left; valid during the call. */
typedef void (*KithReachWatchFunc) (const KithReach *reach, gpointer user_data);

/* Main thread. */
typedef struct _KithReachWatch KithReachWatch;

/* Watches the place of @identity's record, today's and close to midnight its neighbour's, on all
   @locators (element-type KithLocator) that can watch, from @delay_ms on. @func may free the watch.
   (transfer full) */
KithReachWatch *kith_reach_watch_new (KithClock *clock,
                                      GPtrArray *locators,
                                      const KithPeerKey *identity,
                                      guint delay_ms,
                                      KithReachWatchFunc func,
                                      gpointer user_data);
void kith_reach_watch_free (KithReachWatch *watch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithReachWatch, kith_reach_watch_free)

G_END_DECLS
