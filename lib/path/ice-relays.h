/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The relayed addresses of one ICE agent (RFC 8656). */
#pragma once

#include <nice/agent.h>

#include "ports/turn.h"

G_BEGIN_DECLS

/* Main thread. */
typedef struct _KithIceRelays KithIceRelays;

/* An address is gone, or was not given: the agent has one candidate less. May come from inside the
   agent. */
typedef void (*KithIceRelaysFunc) (gpointer user_data);

/* Tells @agent (kept without a reference) of the server that @turn has in use, before it gathers or
   while it does, and of another one when it has none of the last; with @two also of the next best,
   which may work when the first is what is gone. (transfer full) */
KithIceRelays *kith_ice_relays_new (NiceAgent *agent,
                                    guint stream,
                                    KithTurn *turn,
                                    gboolean two,
                                    KithIceRelaysFunc changed,
                                    gpointer user_data);

/* The agent has gathered all that it was told of. */
void kith_ice_relays_gathered (KithIceRelays *relays);

/* TRUE once the agent was told of a server: it may have an address that has to be given back. */
gboolean kith_ice_relays_has_asked (KithIceRelays *relays);

void kith_ice_relays_free (KithIceRelays *relays);

G_END_DECLS
