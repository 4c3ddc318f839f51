/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the edge asks of its sockets: so the whole of it runs without any in tests. */
#pragma once

#include "edge/edge-frames.h"
#include "edge/worker/io/tls-peer.h"
#include "edge/worker/way.h"

G_BEGIN_DECLS

typedef struct {
  /* Sends a datagram from @way's own address. Returns an errno, 0: it is on its way. */
  int (*send) (gpointer data, const KithWay *way, const char *text, gsize len);
  /* Begins a connection; @peer: whom TLS must reach, NULL where @way has none. Returns its number,
     which is never 0; what is written before it stands waits. 0: none can be made. */
  guint32 (*connect) (gpointer data, const KithWay *way, const KithTlsPeer *peer);
  /* Writes to a connection, or keeps it until that can be written. */
  void (*write) (gpointer data, guint32 stream, const char *text, gsize len);
  /* Bytes that wait for the peer to read. */
  gsize (*waiting) (gpointer data, guint32 stream);
  /* Ends a connection, once what waits is written; kith_front_closed() is not called for it. */
  void (*close) (gpointer data, guint32 stream);
  /* Our address and port towards @way. FALSE: there is no way. */
  gboolean (*own_address) (gpointer data, const KithWay *way, KithEndpoint *own);
  /* One whole message to the user agent. FALSE: it does not read. */
  gboolean (*to_user_agent) (gpointer data, const char *text, gsize len);
  /* A frame for kithd. */
  void (*tell) (gpointer data, const KithEdgeFrame *frame);
  /* A line for the log, about @who. */
  void (*log) (gpointer data, KithEdgeLevel level, const KithEndpoint *who, const char *text);
} KithNetwork;

G_END_DECLS
