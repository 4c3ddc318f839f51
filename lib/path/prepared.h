/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Agents that gather this host's addresses before it is known where their peer is. */
#pragma once

#include "path/path.h"

G_BEGIN_DECLS

#define KITH_MAX_PREPARED 4

/* Main thread. */
typedef struct _KithPrepared KithPrepared;

/* (transfer full) */
KithPrepared *kith_prepared_new (KithPathHub *hub);
void kith_prepared_free (KithPrepared *prepared);

/* Starts one: it asks the STUN server (or witness) and the TURN server for its addresses, and tells nobody of them. It goes by itself after
   KithLinkTimes.prepared. Returns its id > 0; 0 when there are KITH_MAX_PREPARED already, or no socket can be had. */
guint kith_prepared_add (KithPrepared *prepared);

/* Drops it; an unknown id is ignored. */
void kith_prepared_drop (KithPrepared *prepared, guint id);

/* Drops all: this host's addresses changed. */
void kith_prepared_clear (KithPrepared *prepared);

/* Takes it out, for kith_quic_link_new(). NULL when it is gone, or was made before a STUN server was known that is known now: a new one serves better.
   (transfer full) */
KithPath *kith_prepared_take (KithPrepared *prepared, guint id);

/* How many there are. */
guint kith_prepared_count (KithPrepared *prepared);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPrepared, kith_prepared_free)

G_END_DECLS
