/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A byte stream to a TURN server, by TCP or by TLS over TCP, that never blocks. */
#pragma once

#include "model/net/endpoint.h"
#include "model/net/turn-server.h"

G_BEGIN_DECLS

#define KITH_TURN_STREAM_QUEUE_MAX 65536 /* bytes that wait to be sent */

/* Main thread. */
typedef struct _KithTurnStream KithTurnStream;

/* All come from the loop. The stream may be freed in all of them. */
typedef struct {
  void (*up) (gpointer user_data); /* connected; with TLS: certificate and name verified */
  void (*data) (const guint8 *data, gsize len, gpointer user_data);
  void (*writable) (gpointer user_data);              /* the queue is empty again */
  void (*down) (const char *why, gpointer user_data); /* once, the last; @why: a plain sentence */
} KithTurnStreamEvents;

/* Begins to connect to @server, whose transport is TCP or TLS (RFC 8656 section 3.1); names are
   resolved asynchronously. @events is kept, not copied. (transfer full) */
KithTurnStream *kith_turn_stream_new (KithTurnServer *server,
                                      const KithTurnStreamEvents *events,
                                      gpointer user_data);
void kith_turn_stream_free (KithTurnStream *stream);

/* Queues @data, also before "up". FALSE, and nothing is queued, when there is no room. */
gboolean kith_turn_stream_send (KithTurnStream *stream, const guint8 *data, gsize len);

/* Bytes that wait. */
gsize kith_turn_stream_get_queued (KithTurnStream *stream);

/* While TRUE nothing is read. */
void kith_turn_stream_pause (KithTurnStream *stream, gboolean pause);

/* Whom we are connected to. FALSE before "up". */
gboolean kith_turn_stream_get_remote (KithTurnStream *stream, KithEndpoint *remote);

G_END_DECLS
