/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP connections by number, with TLS or without: accepted and made, read and written. */
#pragma once

#include "edge/worker/io/edge-loop.h"
#include "edge/worker/io/tls-peer.h"
#include "edge/worker/way.h"

G_BEGIN_DECLS

typedef struct _KithConnections KithConnections;

typedef struct {
  gboolean (*accept) (gpointer data, guint32 stream, const KithWay *way); /* FALSE: close it */
  void (*bytes) (gpointer data, guint32 stream, const guint8 *bytes, gsize len);
  /* The peer writes no more. TRUE: it still waits for an answer. */
  gboolean (*ended) (gpointer data, guint32 stream);
  void (*closed) (gpointer data, guint32 stream); /* it is gone */
  void (*shaken) (gpointer data, guint32 stream); /* TLS stands */
  /* It is about to be closed, as TLS failed: "its certificate has expired". */
  void (*distrusted) (gpointer data, guint32 stream, const KithEndpoint *peer, const char *why);
} KithConnectionFuncs;

KithConnections *kith_connections_new (KithEdgeLoop *loop,
                                       guint dscp,
                                       const KithConnectionFuncs *funcs,
                                       gpointer data);
void kith_connections_free (KithConnections *connections);

/* The socket @fd, which was accepted, becomes ours; @tls: (nullable): what we show there. */
void kith_connections_accept (KithConnections *connections,
                              int fd,
                              const KithWay *way,
                              KithTlsTrust *tls);

/* Begins to connect to @way; @peer: (nullable): by TLS. Returns its number, 0: it cannot be. */
guint32
kith_connections_open (KithConnections *connections, const KithWay *way, const KithTlsPeer *peer);

void
kith_connections_write (KithConnections *connections, guint32 stream, const char *text, gsize len);
/* Bytes that the peer has not read yet. */
gsize kith_connections_waiting (KithConnections *connections, guint32 stream);

/* Closes it when what waits is written; nothing is told of it any more. */
void kith_connections_close (KithConnections *connections, guint32 stream);

G_END_DECLS
