/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All sockets are bound before one is served. */
#include "edge/worker/io/edge-ports.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AGAIN_MS 1000
#define AGAIN_MAX_MS 30000
#define ANY_TRIES 16 /* ports of the kernel's choice, until one is free for all */

typedef struct {
  KithEndpoint at;
  KithUdpSocket *udp;
  KithListener *listener;
} Place;

struct _KithEdgePorts {
  KithEdgeLoop *loop;
  const KithUdpFuncs *udp;
  KithListenerAccepted accepted;
  KithEdgePortsReady ready;
  gpointer data;
  KithEdgeStart start;
  Place places[KITH_EDGE_BINDS_MAX];
  guint16 port; /* 0: none yet */
  KithTimer again;
  guint wait_ms;
};

typedef struct {
  int fds[KITH_EDGE_SOCKETS_MAX];
  KithEdgeSockets told;
} Try;

static void
close_all (Try *try)
{
  for (guint i = 0; i < try->told.n; i++) {
    if (try->fds[i] >= 0) {
      (void)close (try->fds[i]);
    }
  }
}

/* A kernel without this family, or with it switched off. */
static gboolean
is_missing (int why)
{
  return why == EAFNOSUPPORT || why == EADDRNOTAVAIL;
}

/* Binds all that is wanted; the kernel's choice for the first is that of all. Returns 0 or the
   errno that is in the way. */
static int
bind_all (const KithEdgeStart *start, Try *try)
{
  static const int types[] = { SOCK_DGRAM, SOCK_STREAM };
  guint16 port = start->port;
  guint missing = 0;
  int problem = 0;

  try->told.n = 0;
  for (guint i = 0; i < start->n_binds; i++) {
    gboolean left_out = FALSE;
    for (guint k = 0; k < G_N_ELEMENTS (types) && !left_out; k++) {
      KithEndpoint at = start->binds[i];
      at.port = port;
      int fd = kith_bind (&at, types[k], start->dscp);
      int why = fd < 0 ? errno : 0;
      left_out = fd < 0 && k == 0 && start->n_binds > 1 && is_missing (why)
                 && missing + 1 < start->n_binds;
      missing += left_out;
      port = fd >= 0 ? at.port : port;
      problem = why != 0 && !left_out ? why : problem;
      try->fds[try->told.n] = fd;
      try->told.list[try->told.n++]
          = (KithEdgeSocket){ types[k] == SOCK_DGRAM ? KITH_EDGE_UDP : KITH_EDGE_TCP,
                              at,
                              (guint16)why };
    }
  }
  return problem;
}

static void
serve (KithEdgePorts *ports, Try *try)
{
  guint place = 0;

  for (guint i = 0; i < try->told.n; i++) {
    const KithEdgeSocket *told = &try->told.list[i];
    if (try->fds[i] < 0) {
      continue;
    }
    if (told->protocol == KITH_EDGE_UDP) {
      ports->places[place].at = told->address;
      ports->places[place].udp = kith_udp_socket_new (ports->loop,
                                                      try->fds[i],
                                                      told->address.family,
                                                      ports->udp,
                                                      ports->data);
    } else {
      ports->places[place++].listener
          = kith_listener_new (ports->loop, try->fds[i], ports->accepted, ports->data);
    }
    ports->port = told->address.port;
  }
}

static void
open_now (gpointer data)
{
  KithEdgePorts *ports = data;
  Try try;
  int why = bind_all (&ports->start, &try);

  for (guint i = 1; i < ANY_TRIES && why == EADDRINUSE && ports->start.port == 0; i++) {
    close_all (&try);
    why = bind_all (&ports->start, &try);
  }
  if (why == 0) {
    serve (ports, &try);
  } else {
    close_all (&try);
    ports->wait_ms = CLAMP (2 * ports->wait_ms, AGAIN_MS, AGAIN_MAX_MS);
    kith_timer_set_ms (&ports->again, ports->wait_ms);
  }
  ports->ready (ports->data, &try.told);
}

KithEdgePorts *
kith_edge_ports_new (KithEdgeLoop *loop,
                     const KithUdpFuncs *udp,
                     KithListenerAccepted accepted,
                     KithEdgePortsReady ready,
                     gpointer data)
{
  KithEdgePorts *ports = g_new0 (KithEdgePorts, 1);

  ports->loop = loop;
  ports->udp = udp;
  ports->accepted = accepted;
  ports->ready = ready;
  ports->data = data;
  kith_timer_init (&ports->again, kith_edge_loop_clock (loop), open_now, ports);
  return ports;
}

void
kith_edge_ports_free (KithEdgePorts *ports)
{
  if (ports != NULL) {
    for (guint i = 0; i < KITH_EDGE_BINDS_MAX; i++) {
      kith_udp_socket_free (ports->places[i].udp);
      kith_listener_free (ports->places[i].listener);
    }
    kith_timer_finish (&ports->again);
    g_free (ports);
  }
}

void
kith_edge_ports_open (KithEdgePorts *ports, const KithEdgeStart *start)
{
  ports->start = *start;
  open_now (ports);
}

static const Place *
find (KithEdgePorts *ports, guint family)
{
  for (guint i = 0; i < KITH_EDGE_BINDS_MAX; i++) {
    if (ports->places[i].udp != NULL && ports->places[i].at.family == family) {
      return &ports->places[i];
    }
  }
  return NULL;
}

KithUdpSocket *
kith_edge_ports_udp (KithEdgePorts *ports, int family)
{
  const Place *place = find (ports, (guint)family);

  return place != NULL ? place->udp : NULL;
}

/* The address that the routing table gives, without a packet. */
static gboolean
ask_route (const KithWay *way, KithEndpoint *own)
{
  struct sockaddr_storage to;
  struct sockaddr_storage from;
  socklen_t len = kith_way_to_native (way, &to);
  socklen_t from_len = sizeof from;
  KithWay here;
  int fd = socket (to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean ok = fd >= 0 && connect (fd, (const struct sockaddr *)&to, len) == 0
                && getsockname (fd, (struct sockaddr *)&from, &from_len) == 0
                && kith_way_from_native (&here, (const struct sockaddr *)&from);

  if (fd >= 0) {
    (void)close (fd);
  }
  if (ok) {
    *own = here.to.peer;
  }
  return ok;
}

gboolean
kith_edge_ports_own_address (KithEdgePorts *ports, const KithWay *way, KithEndpoint *own)
{
  static const guint8 any[16];
  const Place *place = find (ports, way->to.peer.family);

  if (place == NULL) {
    return FALSE;
  }
  if (memcmp (place->at.ip, any, sizeof any) != 0) {
    *own = place->at;
    return TRUE;
  }
  if (!ask_route (way, own)) {
    return FALSE;
  }
  own->port = ports->port;
  return TRUE;
}
