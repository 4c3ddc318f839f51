/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where phones fetch their settings: a little of HTTP/1.1 (RFC 9112) without sockets. GET alone,
   one request a connection, and only for who knows a token. */
#pragma once

#include "base/clock.h"
#include "edge/edge-frames.h"

G_BEGIN_DECLS

#define KITH_SETUP_CONNECTIONS 16         /* at the same time … */
#define KITH_SETUP_CONNECTIONS_A_SOURCE 4 /* … of one host */
#define KITH_SETUP_CONNECTIONS_A_SECOND 32
#define KITH_SETUP_REQUEST_MAX 2048  /* bytes */
#define KITH_SETUP_FETCHES 20        /* of one token */
#define KITH_SETUP_PATIENCE_MS 10000 /* for the request, and for its answer */

typedef struct _KithSetupHttp KithSetupHttp;

typedef struct {
  /* Listens on @port. Returns an errno, 0: it does. */
  int (*listen) (gpointer data, guint16 port);
  void (*unlisten) (gpointer data);
  void (*write) (gpointer data, guint32 stream, const char *text, gsize len);
  /* Ends a connection, once what waits is written; nothing is told of it any more. */
  void (*close) (gpointer data, guint32 stream);
  /* SETUP_STATE or QUESTION, for kithd. */
  void (*tell) (gpointer data, const KithEdgeFrame *frame);
} KithSetupFuncs;

/* @funcs and @data: must outlive it. It does not listen. One thread, that of the edge. */
KithSetupHttp *kith_setup_http_new (KithClock *clock, const KithSetupFuncs *funcs, gpointer data);
void kith_setup_http_free (KithSetupHttp *http);

/* SETUP or DOCUMENT of kithd. */
void kith_setup_http_order (KithSetupHttp *http, const KithEdgeFrame *frame);

/* Somebody connected: @own is our address towards it. FALSE: close it. */
gboolean kith_setup_http_accept (KithSetupHttp *http,
                                 guint32 stream,
                                 const KithEndpoint *source,
                                 const KithEndpoint *own);

/* Bytes of a connection. It may be closed when this returns. */
void kith_setup_http_bytes (KithSetupHttp *http, guint32 stream, const guint8 *data, gsize len);

/* It is gone. */
void kith_setup_http_closed (KithSetupHttp *http, guint32 stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithSetupHttp, kith_setup_http_free)

G_END_DECLS
