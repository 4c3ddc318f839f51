/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A UDP socket of one family: datagrams come in batches with the address that they were sent to,
   and answers leave from that. */
#pragma once

#include "edge/worker/io/edge-loop.h"
#include "edge/worker/way.h"

G_BEGIN_DECLS

typedef struct _KithUdpSocket KithUdpSocket;

typedef struct {
  /* Before a datagram is looked at. FALSE: it is thrown away. */
  gboolean (*may_read) (gpointer data, const KithWay *way);
  void (*datagram) (gpointer data, const KithWay *way, const guint8 *bytes, gsize len);
  /* What was sent there is refused. */
  void (*refused) (gpointer data, const KithEndpoint *peer);
} KithUdpFuncs;

/* Serves the bound socket @fd, which becomes its own. */
KithUdpSocket *kith_udp_socket_new (KithEdgeLoop *loop,
                                    int fd,
                                    int family,
                                    const KithUdpFuncs *funcs,
                                    gpointer data);
void kith_udp_socket_free (KithUdpSocket *socket);

/* @on: another socket of this process may be bound to a part of its addresses now. It is for that
   moment alone: meanwhile others could, too. */
void kith_udp_socket_share (KithUdpSocket *socket, gboolean on);

/* Returns an errno; 0: it is on its way. */
int kith_udp_socket_send (KithUdpSocket *socket, const KithWay *way, const char *text, gsize len);

G_END_DECLS
