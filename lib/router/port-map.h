/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has the router let others in to our listening port: PCP, NAT-PMP or UPnP, whichever answers
   first. */
#pragma once

#include "model/names/record.h"
#include "model/net/nat-facts.h"

G_BEGIN_DECLS

#define KITH_MAX_MAPPED 4

/* Main thread; nothing waits for it. */
typedef struct _KithPortMap KithPortMap;

/* Looks for a router at once. @family: 4, if this host has a private address; or 6, if it has a
   global one: then a port of that address is opened in the router's firewall, which only PCP can
   do. @upnp_helper: path of kith-upnp; NULL with IPv6. @changed is called from the loop when a
   mapping came or went, or the facts changed. (transfer full) */
KithPortMap *kith_port_map_new (guint family,
                                const char *upnp_helper,
                                void (*changed) (gpointer user_data),
                                gpointer user_data);

/* Takes all mappings away, without waiting whether that works. */
void kith_port_map_free (KithPortMap *map);

/* The listening agent has these candidates now: its host candidates on the router's network are
   mapped. Ports of former agents stay mapped while somebody is bound to them, at most
   KITH_MAX_MAPPED in all. */
void kith_port_map_set_slot (KithPortMap *map, const KithReach *slot);

/* This host's network changed: everything is looked for anew. */
void kith_port_map_restart (KithPortMap *map);

/* Adds to @slot the outer addresses of those of its ports that are mapped, as server-reflexive
   candidates before its relayed ones. */
void kith_port_map_add_candidates (KithPortMap *map, KithReach *slot);

/* Fills has_mapping, mapped, mapped_by and has_outer_nat; of IPv6 has_pinhole and pinhole. */
void kith_port_map_fill_facts (KithPortMap *map, KithNatFacts *facts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPortMap, kith_port_map_free)

G_END_DECLS
