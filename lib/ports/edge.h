/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to kith-edge, the worker that holds the sockets of ordinary SIP. */
#pragma once

#include <gio/gio.h>

#include "base/export.h"
#include "model/net/edge-state.h"
#include "model/net/endpoint.h"
#include "model/phone/proxied-call.h"

G_BEGIN_DECLS

#define KITH_TYPE_EDGE (kith_edge_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithEdge, kith_edge, KITH, EDGE, GObject)

/* What it needs of the node; main thread. */
typedef struct {
  /* an edge is about to start: the other end of a stream of SIP (AF_UNIX), whose first end the user
     agent has already (transfer full); -1 and @error: not now */
  int (*open_stream) (gpointer user_data, GError **error);
  /* the hosts whose calls are no strangers', each once, port 0: at most @room. Asked at each start
     and each 10 s. Returns their number */
  guint (*list_known) (KithEndpoint *hosts, guint room, gpointer user_data);
  gpointer user_data;
} KithEdgeOwner;

/* What is known of it. */
typedef struct {
  KithEdgeState state;
  guint16 port;        /* that is served; 0: none */
  int error_number;    /* BLOCKED: why, as the system's number: EADDRINUSE … */
  const char *problem; /* why no port is served, without a remedy, or NULL: "port 5060 is taken by
                           baresip (process 4711)" (borrowed) */
  guint16 tls_port;    /* that is served with TLS; 0: none */
  const char *tls_problem; /* why not, as problem; NULL: none is wanted, or it is (borrowed) */
  const char *last_end; /* how it ended the last time, or NULL: "ended by signal 11" (borrowed) */
  gint64 ended_us;      /* … and when (monotonic) */
  guint n_ends_lately;  /* how often it ended within the last minute */
  guint restarts;
  guint pid; /* 0: no process */
} KithEdgeFacts;

/**
 * KithEdgeInterface: main thread.
 *
 * Signals: "changed" (): kith_edge_get_facts() has another state, port or problem.
 * "proxied-call" (const KithProxiedCall *): a call of two phones, which the node has no part in, is
 * in another phase.
 */
struct _KithEdgeInterface {
  GTypeInterface parent_interface;
  void (*start) (KithEdge *self, const KithEdgeOwner *owner);
  void (*let_end) (KithEdge *self);
  void (*stop_async) (KithEdge *self,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
  gboolean (*stop_finish) (KithEdge *self, GAsyncResult *result, GError **error);
  void (*get_facts) (KithEdge *self, KithEdgeFacts *facts);
  GVariant *(*get_status) (KithEdge *self);
  void (*set_tls) (KithEdge *self, guint16 port, const char *chain, const char *key);
};

/* It is wanted from now on: started, and started again when it dies, until it is stopped. @owner is
   copied, its data must outlive the edge or its stop. */
KITH_API void kith_edge_start (KithEdge *self, const KithEdgeOwner *owner);

/* The user agent is about to close its stream, and the edge ends with that: it is not started
   again. kith_edge_stop_async() follows. */
KITH_API void kith_edge_let_end (KithEdge *self);

/* What it still has to send it sends, for 1.5 s; _finish: the process is gone. */
KITH_API void kith_edge_stop_async (KithEdge *self,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
KITH_API gboolean kith_edge_stop_finish (KithEdge *self, GAsyncResult *result, GError **error);

KITH_API void kith_edge_get_facts (KithEdge *self, KithEdgeFacts *facts);

/* SIP over TLS is served at @port from now on, with the certificate and key in PEM; those that are
   connected keep what they were shown. */
KITH_API void kith_edge_set_tls (KithEdge *self, guint16 port, const char *chain, const char *key);

/* A row of Manager.Workers (docs/dbus.md). a{sv}. (transfer full) */
KITH_API GVariant *kith_edge_get_status (KithEdge *self);

/* For those that implement it: emits "proxied-call". */
KITH_API void kith_edge_tell_call (KithEdge *self, const KithProxiedCall *call);

G_END_DECLS
