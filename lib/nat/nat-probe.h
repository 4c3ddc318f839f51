/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds out how others see this host, and what kind of NAT is on the way, by asking any STUN
   servers there are. */
#pragma once

#include "nat/nat-targets.h"

G_BEGIN_DECLS

/* Main thread. Nothing waits for it. */
typedef struct _KithNatProbe KithNatProbe;

/* @family: 4: of IPv4, or of IPv6 on a host that has no IPv4; 6: of IPv6 on a host that has both,
   with less traffic. @changed is called from the loop when the facts or the server changed. Nothing
   is asked before there is somebody to ask. (transfer full) */
KithNatProbe *
kith_nat_probe_new (guint family, void (*changed) (gpointer user_data), gpointer user_data);

/* Ends it; @changed is not called any more. */
void kith_nat_probe_free (KithNatProbe *probe);

/* Configured servers (at most KITH_MAX_PROBE_SERVERS), and other nodes that may answer (at most
   KITH_MAX_PROBE_NODES). Servers are believed whatever their address; nodes only when it is public.
   What is new is asked at once when too little was known before. */
void kith_nat_probe_set_servers (KithNatProbe *probe, const KithEndpoint *servers, guint n);
void kith_nat_probe_set_witnesses (KithNatProbe *probe, const KithWitness *witnesses, guint n);

/* This host's addresses changed: what was known is asked anew, at once. */
void kith_nat_probe_run (KithNatProbe *probe);

/* Somebody says that this host is seen elsewhere: one who answered before is asked now, unless
   questions are under way. */
void kith_nat_probe_glance (KithNatProbe *probe);

/* What was found; port mappings are not its business. */
void kith_nat_probe_get_facts (KithNatProbe *probe, KithNatFacts *facts);

/* The STUN server that answered quickest, a configured one before any node, and of nodes none that
   contradicts what most say. FALSE while there is none. */
gboolean kith_nat_probe_get_server (KithNatProbe *probe, KithEndpoint *server);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithNatProbe, kith_nat_probe_free)

G_END_DECLS
