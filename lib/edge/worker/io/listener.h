/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binds sockets, and accepts connections. */
#pragma once

#include "edge/worker/io/edge-loop.h"
#include "edge/worker/way.h"

G_BEGIN_DECLS

/* Binds a socket of @type (SOCK_DGRAM, SOCK_STREAM) to @at, whose port 0 becomes the kernel's
   choice; @dscp: kith_socket_mark(), also of what it accepts. Returns the descriptor, or -1 and
   errno. */
int kith_bind (KithEndpoint *at, int type, guint dscp);

typedef struct _KithListener KithListener;

/* @fd becomes ours. */
typedef void (*KithListenerAccepted) (gpointer data, int fd, const KithWay *way);

/* Accepts on the bound socket @fd, which becomes its own. */
KithListener *
kith_listener_new (KithEdgeLoop *loop, int fd, KithListenerAccepted accepted, gpointer data);
void kith_listener_free (KithListener *listener);

G_END_DECLS
