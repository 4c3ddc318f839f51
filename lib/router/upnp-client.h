/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps UDP ports by UPnP (WANIPConnection) through the helper program kith-upnp. */
#pragma once

#include "router/port-mapper.h"

G_BEGIN_DECLS

/* Main thread; the network is only touched by helper processes, one at a time, which are ended when
   they take too long. */
typedef struct _KithUpnp KithUpnp;

/* Looks for a router; "found" or "failed" follows within 8 s. @helper: path of kith-upnp. @events
   is kept. (transfer full) */
KithUpnp *kith_upnp_new (const char *helper, const KithMapperEvents *events, gpointer user_data);

/* Asks for a mapping of this host's UDP @port, or to have it longer; "mapped" follows within some
   seconds. */
void kith_upnp_map (KithUpnp *client, guint16 port, guint lifetime_s);

/* Takes a mapping away; nothing follows. The helper that does it outlives the client. */
void kith_upnp_unmap (KithUpnp *client, guint16 outer_port);

/* No event follows. Mappings stay, unless they were taken away. */
void kith_upnp_free (KithUpnp *client);

G_END_DECLS
