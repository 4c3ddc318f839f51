/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Agents that gather this host's addresses before it is known where their peer is. */
#pragma once

#include "path/path.h"

G_BEGIN_DECLS

#define KITH_MAX_EARLY_AGENTS 4

/* Main thread. */
typedef struct _KithEarlyAgents KithEarlyAgents;

/* (transfer full) */
KithEarlyAgents *kith_early_agents_new (KithPathHub *hub);
void kith_early_agents_free (KithEarlyAgents *early);

/* Starts one: it asks the STUN server (or witness) and the TURN server for its addresses, and tells
   nobody of them. It goes by itself after KithLinkTimes.prepared. Returns its id > 0; 0 when there
   are KITH_MAX_EARLY_AGENTS already, or no socket can be had. */
guint kith_early_agents_add (KithEarlyAgents *early);

/* Drops it; an unknown id is ignored. */
void kith_early_agents_drop (KithEarlyAgents *early, guint id);

/* Drops all: this host's addresses changed. */
void kith_early_agents_clear (KithEarlyAgents *early);

/* Takes it out, for kith_quic_link_new(). NULL when it is gone, or was made before a STUN server
   was known that is known now: a new one serves better. (transfer full) */
KithPath *kith_early_agents_take (KithEarlyAgents *early, guint id);

/* How many there are. */
guint kith_early_agents_count (KithEarlyAgents *early);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithEarlyAgents, kith_early_agents_free)

G_END_DECLS
