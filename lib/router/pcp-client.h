/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps UDP ports, or opens them in the router's firewall, by the Port Control Protocol (RFC
   6887). */
#pragma once

#include "router/port-mapper.h"

G_BEGIN_DECLS

#define KITH_PCP_MAX_PORTS 8

/* Main thread. */
typedef struct _KithPcp KithPcp;

/* Asks the default gateway whether it speaks PCP; "found" or "failed" follows within 25 s, from a
   router that speaks it at once. @from: one of this host's IPv6 addresses, or NULL: IPv4. @events
   is kept. (transfer full) */
KithPcp *
kith_pcp_new (const KithEndpoint *from, const KithMapperEvents *events, gpointer user_data);

/* Asks for a mapping of this host's UDP @port to the same outer port, or the one it had, or to have
   it longer; "mapped" follows within 25 s. At most KITH_PCP_MAX_PORTS. */
void kith_pcp_map (KithPcp *client, guint16 port, guint lifetime_s);

/* Takes the mapping of @port away; nothing follows. */
void kith_pcp_unmap (KithPcp *client, guint16 port);

/* No event follows. Mappings stay, unless they were taken away. */
void kith_pcp_free (KithPcp *client);

/* The server is asked at @port of @gateway instead: for tests, before the loop runs. */
KithPcp *
kith_pcp_new_at (const KithEndpoint *gateway, const KithMapperEvents *events, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPcp, kith_pcp_free)

G_END_DECLS
