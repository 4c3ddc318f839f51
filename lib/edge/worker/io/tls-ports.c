/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One listener an address; those that are missing are tried again. */
#include "edge/worker/io/tls-ports.h"

#include <errno.h>
#include <sys/socket.h>

#define AGAIN_MS 1000
#define AGAIN_MAX_MS 30000

struct _KithTlsPorts {
  KithEdgeLoop *loop;
  KithListenerAccepted accepted;
  KithTlsPortsReady ready;
  gpointer data;
  KithEdgeStart start;
  KithListener *listeners[KITH_EDGE_BINDS_MAX];
  KithTlsTrust *trust;
  guint16 port;
  KithTimer again;
  guint wait_ms;
};

/* A kernel without this family, or with it switched off. */
static gboolean
is_missing (int why)
{
  return why == EAFNOSUPPORT || why == EADDRNOTAVAIL;
}

static void
open_now (gpointer data)
{
  KithTlsPorts *ports = data;
  KithEdgeSockets told = { 0 };
  gboolean is_whole = TRUE;

  for (guint i = 0; i < ports->start.n_binds; i++) {
    KithEndpoint at = ports->start.binds[i];
    int why = 0;
    at.port = ports->port;
    if (ports->listeners[i] == NULL) {
      const int fd = kith_bind (&at, SOCK_STREAM, ports->start.dscp);
      why = fd < 0 ? errno : 0;
      ports->listeners[i]
          = fd >= 0 ? kith_listener_new (ports->loop, fd, ports->accepted, ports->data) : NULL;
    }
    is_whole = is_whole && (why == 0 || is_missing (why));
    told.list[told.n++] = (KithEdgeSocket){ KITH_EDGE_TCP, at, (guint16)why };
  }
  if (!is_whole) {
    ports->wait_ms = CLAMP (2 * ports->wait_ms, AGAIN_MS, AGAIN_MAX_MS);
    kith_timer_set_ms (&ports->again, ports->wait_ms);
  }
  ports->ready (ports->data, &told);
}

static void
shut (KithTlsPorts *ports)
{
  for (guint i = 0; i < KITH_EDGE_BINDS_MAX; i++) {
    g_clear_pointer (&ports->listeners[i], kith_listener_free);
  }
  kith_timer_clear (&ports->again);
  ports->wait_ms = 0;
}

KithTlsPorts *
kith_tls_ports_new (KithEdgeLoop *loop,
                    const KithEdgeStart *start,
                    KithListenerAccepted accepted,
                    KithTlsPortsReady ready,
                    gpointer data)
{
  KithTlsPorts *ports = g_new0 (KithTlsPorts, 1);

  ports->loop = loop;
  ports->start = *start;
  ports->accepted = accepted;
  ports->ready = ready;
  ports->data = data;
  kith_timer_init (&ports->again, kith_edge_loop_clock (loop), open_now, ports);
  return ports;
}

void
kith_tls_ports_free (KithTlsPorts *ports)
{
  if (ports != NULL) {
    shut (ports);
    kith_timer_finish (&ports->again);
    g_clear_pointer (&ports->trust, kith_tls_trust_unref);
    g_free (ports);
  }
}

void
kith_tls_ports_set (KithTlsPorts *ports, guint16 port, KithTlsTrust *trust)
{
  KithTlsTrust *old = ports->trust;
  const guint16 old_port = ports->port;

  ports->trust = kith_tls_trust_ref (trust);
  ports->port = port;
  if (old != NULL) {
    kith_tls_trust_unref (old);
  }
  if (old != NULL && port == old_port) {
    return;
  }
  shut (ports);
  if (port != 0) {
    open_now (ports);
  }
}

KithTlsTrust *
kith_tls_ports_trust (KithTlsPorts *ports)
{
  return ports->trust;
}

guint16
kith_tls_ports_port (KithTlsPorts *ports)
{
  gboolean is_served = FALSE;

  for (guint i = 0; i < KITH_EDGE_BINDS_MAX; i++) {
    is_served = is_served || ports->listeners[i] != NULL;
  }
  return is_served ? ports->port : 0;
}
