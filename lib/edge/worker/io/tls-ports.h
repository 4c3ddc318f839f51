/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port of SIP over TLS at each address: each is taken as soon as it is free. */
#pragma once

#include "edge/edge-frames.h"
#include "edge/worker/io/listener.h"
#include "tls/tls-trust.h"

G_BEGIN_DECLS

typedef struct _KithTlsPorts KithTlsPorts;

/* Every try is told. */
typedef void (*KithTlsPortsReady) (gpointer data, const KithEdgeSockets *sockets);

/* @start: where, and how its packets are marked (copied). */
KithTlsPorts *kith_tls_ports_new (KithEdgeLoop *loop,
                                  const KithEdgeStart *start,
                                  KithListenerAccepted accepted,
                                  KithTlsPortsReady ready,
                                  gpointer data);
void kith_tls_ports_free (KithTlsPorts *ports);

/* Serves @port (0: none) and shows @trust (a reference is taken) from now on; connections that
   stand keep what they were shown. */
void kith_tls_ports_set (KithTlsPorts *ports, guint16 port, KithTlsTrust *trust);

/* What is shown. NULL: nothing yet. (transfer none) */
KithTlsTrust *kith_tls_ports_trust (KithTlsPorts *ports);

/* 0: none is served. */
guint16 kith_tls_ports_port (KithTlsPorts *ports);

G_END_DECLS
