/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All trunks of the edge: their registrations, and whose request is that of a trunk. */
#pragma once

#include "edge/worker/trunk/trunk-register.h"

G_BEGIN_DECLS

/* One thread, that of the edge. */
typedef struct _KithTrunkWatch KithTrunkWatch;

/* (transfer full) */
KithTrunkWatch *
kith_trunk_watch_new (KithClock *clock, const guint8 *key, const KithTrunkFuncs *funcs);
void kith_trunk_watch_free (KithTrunkWatch *watch);

/* TRUNK, TRUNK_GONE, TRUNK_RETRY, DIGEST or TARGETS of kithd; others are passed over. */
void kith_trunk_watch_order (KithTrunkWatch *watch, const KithEdgeFrame *frame);

/* A response with the branch @branch (without our mark). TRUE: it was that of a REGISTER. */
gboolean
kith_trunk_watch_take (KithTrunkWatch *watch, const KithSipLines *response, KithSipPiece branch);

/* As kith_trunk_register_refused() and its like, for all. */
void kith_trunk_watch_refused (KithTrunkWatch *watch, const KithEndpoint *peer);
void kith_trunk_watch_lost (KithTrunkWatch *watch, guint32 stream);
void kith_trunk_watch_distrusted (KithTrunkWatch *watch, guint32 stream, const char *why);
void kith_trunk_watch_pong (KithTrunkWatch *watch, guint32 stream);
void kith_trunk_watch_moved (KithTrunkWatch *watch);

/* The trunk of that name; NULL: none. (transfer none) */
KithTrunkRegister *kith_trunk_watch_find (KithTrunkWatch *watch, const char *name);

/* Whose request it is that came by @way: of a trunk whose source that is and, if it begins
   something, whose account, number or token of ours it calls. NULL: of no trunk's. (transfer
   none) */
KithTrunkRegister *
kith_trunk_watch_who (KithTrunkWatch *watch, const KithSipLines *request, const KithWay *way);

/* The hosts that are sources of trunks now, port 0, each maybe more than once: at most @room.
   Returns their number. */
guint kith_trunk_watch_sources (KithTrunkWatch *watch, KithEndpoint *hosts, guint room);

/* Each is off, and says so; TRUE of _waits() while one of them waits for the answer. */
void kith_trunk_watch_stop (KithTrunkWatch *watch);
gboolean kith_trunk_watch_waits (KithTrunkWatch *watch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithTrunkWatch, kith_trunk_watch_free)

G_END_DECLS
