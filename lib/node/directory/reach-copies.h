/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search for what is kept beside the claims of a name: copies of reach records, and the way to
   the name's inbox. */
#pragma once

#include "base/clock.h"
#include "ports/locator.h"

G_BEGIN_DECLS

#define KITH_COPY_KEYS 4 /* identities whose copies are looked for */

#define KITH_TYPE_REACH_COPIES (kith_reach_copies_get_type ())
G_DECLARE_FINAL_TYPE (KithReachCopies, kith_reach_copies, KITH, REACH_COPIES, GObject)

/* Signals: "found" (gpointer const KithReach *): a copy that verified for one of the keys; "done"
   (): no more copies come, once. */

/* Starts at once to ask @locators (element-type KithLocator). Values that come before a key is
   known are kept, 64 at most. The name's inbox is asked too, for nothing but that the nodes that
   keep it are known when a knock is put there. (transfer full) */
KithReachCopies *
kith_reach_copies_new (KithClock *clock, const guint8 name_secret[32], GPtrArray *locators);

/* A claim of @key was verified: its copies are believed from now on. Those that came already are
   told before it returns. */
void kith_reach_copies_add_key (KithReachCopies *copies, const KithPeerKey *key);

gboolean kith_reach_copies_has_key (KithReachCopies *copies, const KithPeerKey *key);

/* 32 bytes (transfer none). */
const guint8 *kith_reach_copies_get_secret (KithReachCopies *copies);

/* Monotonic time of its start, in µs. */
gint64 kith_reach_copies_get_started (KithReachCopies *copies);

gboolean kith_reach_copies_is_done (KithReachCopies *copies);

G_END_DECLS
