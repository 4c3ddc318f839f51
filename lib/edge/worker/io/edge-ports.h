/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port of SIP, UDP and TCP at each address: taken at once when it is free, else as soon as it
   is. */
#pragma once

#include "edge/edge-frames.h"
#include "edge/worker/io/connections.h"
#include "edge/worker/io/listener.h"
#include "edge/worker/io/udp-socket.h"

G_BEGIN_DECLS

typedef struct _KithEdgePorts KithEdgePorts;

/* Every try is told. */
typedef void (*KithEdgePortsReady) (gpointer data, const KithEdgeSockets *sockets);

/* @udp, @accepted and @ready are called with @data; @udp must outlive it. */
KithEdgePorts *kith_edge_ports_new (KithEdgeLoop *loop,
                                    const KithUdpFuncs *udp,
                                    KithListenerAccepted accepted,
                                    KithEdgePortsReady ready,
                                    gpointer data);
void kith_edge_ports_free (KithEdgePorts *ports);

/* Serves @start's port at its addresses. All of them are taken, or none; but one of two whose
   family this host has not is left out. */
void kith_edge_ports_open (KithEdgePorts *ports, const KithEdgeStart *start);

/* The socket for datagrams of a family, 4 or 6. (transfer none) (nullable) */
KithUdpSocket *kith_edge_ports_udp (KithEdgePorts *ports, int family);

/* Our address and port towards @way. FALSE: we have none, or there is no way. */
gboolean kith_edge_ports_own_address (KithEdgePorts *ports, const KithWay *way, KithEndpoint *own);

G_END_DECLS
