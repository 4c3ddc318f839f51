/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps UDP ports by NAT-PMP (RFC 6886). */
#pragma once

#include "router/port-mapper.h"

G_BEGIN_DECLS

/* Main thread. */
typedef struct _KithNatPmp KithNatPmp;

/* Asks the default gateway; "found" or "failed" follows within 2 s; then it is asked once a minute
   whether it was started anew. @events is kept. (transfer full) */
KithNatPmp *kith_nat_pmp_new (const KithMapperEvents *events, gpointer user_data);

/* Asks for a mapping of this host's UDP @port to @outer_port (0: the same), or to have it longer;
   "mapped" follows within 2 s. */
void kith_nat_pmp_map (KithNatPmp *client, guint16 port, guint16 outer_port, guint lifetime_s);

/* Takes the mapping of @port away; nothing follows. */
void kith_nat_pmp_unmap (KithNatPmp *client, guint16 port);

/* No event follows. Mappings stay, unless they were taken away. */
void kith_nat_pmp_free (KithNatPmp *client);

G_END_DECLS
