/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Candidates as libnice has them. */
#pragma once

#include <nice/agent.h>

#include "model/names/record.h"

G_BEGIN_DECLS

#define KITH_ICE_COMPONENT 1 /* the one for everything */

/* FALSE when it is no address. */
gboolean kith_ice_to_nice (const KithEndpoint *from, NiceAddress *to);

/* FALSE when it is neither IPv4 nor IPv6. */
gboolean kith_ice_from_nice (const NiceCandidate *from, KithCandidate *to);

/* The agent's own candidates so far, best first. Returns their number. */
guint
kith_ice_list_local (NiceAgent *agent, guint stream, KithCandidate candidates[KITH_MAX_CANDIDATES]);

/* A remote candidate with the priority of its type (RFC 8445 section 5.1.2.1), lower with each
   @index, and a foundation of its own. NULL when it is no address. (transfer full):
   nice_candidate_free(). */
NiceCandidate *kith_ice_make_remote (const KithCandidate *from, guint stream, guint index);

G_END_DECLS
