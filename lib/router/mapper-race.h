/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks the router by PCP, NAT-PMP and UPnP at the same time and goes on with the one that answers
   first. */
#pragma once

#include "router/port-mapper.h"

G_BEGIN_DECLS

/* Main thread. */
typedef struct _KithMapperRace KithMapperRace;

/* @from: one of this host's IPv6 addresses, in front of which the router has a firewall: only PCP
   is asked then; or NULL: IPv4 by all three.
   @upnp_helper: path of kith-upnp (copied), or NULL with @from. "found" comes once, or again when
   the first one turned out to map nothing, or has another outer address: then all is to be mapped
   anew. @events is kept. (transfer full) */
KithMapperRace *kith_mapper_race_new (const KithEndpoint *from,
                                      const char *upnp_helper,
                                      const KithMapperEvents *events,
                                      gpointer user_data);

/* No event follows. Mappings stay, unless they were taken away. */
void kith_mapper_race_free (KithMapperRace *race);

/* "PCP", "NAT-PMP" or "UPnP" once one was found, else "". */
const char *kith_mapper_race_get_name (const KithMapperRace *race);

/* Asks for a mapping of UDP @port to @outer_port (0: any), or to have it longer; "mapped" follows
   within 25 s. Nothing happens while none was found. */
void
kith_mapper_race_map (KithMapperRace *race, guint16 port, guint16 outer_port, guint lifetime_s);

/* Takes a mapping away; nothing follows. */
void kith_mapper_race_unmap (KithMapperRace *race, guint16 port, guint16 outer_port);

G_END_DECLS
