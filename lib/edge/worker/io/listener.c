/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One watch; without free descriptors it rests for a second. */
#include "edge/worker/io/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket-mark.h"

#define MOST 16 /* of one turn */
#define REST_MS 1000

struct _KithListener {
  KithEdgeLoop *loop;
  KithWatch watch;
  KithTimer rest;
  KithListenerAccepted accepted;
  gpointer data;
};

int
kith_bind (KithEndpoint *at, int type, guint dscp)
{
  KithWay way = { .to = { .peer = *at } };
  struct sockaddr_storage native;
  socklen_t len = kith_way_to_native (&way, &native);
  int one = 1;
  int fd = socket (native.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd < 0) {
    return -1;
  }
  kith_socket_mark (fd, dscp);
  if (native.ss_family == AF_INET6) {
    (void)setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  }
  if (type == SOCK_STREAM) {
    (void)setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  }
  if (bind (fd, (struct sockaddr *)&native, len) < 0
      || (type == SOCK_STREAM && listen (fd, SOMAXCONN) < 0)
      || getsockname (fd, (struct sockaddr *)&native, &len) < 0
      || !kith_way_from_native (&way, (struct sockaddr *)&native)) {
    int why = errno;
    (void)close (fd);
    errno = why;
    return -1;
  }
  at->port = way.to.peer.port;
  return fd;
}

static void
on_ready (gpointer data, guint32 events)
{
  KithListener *self = data;
  struct sockaddr_storage peer;
  KithWay way;

  for (guint i = 0; i < MOST; i++) {
    socklen_t len = sizeof peer;
    int fd = accept4 (self->watch.fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        kith_edge_loop_set (self->loop, &self->watch, 0);
        kith_timer_set_ms (&self->rest, REST_MS);
      }
      return;
    }
    if (kith_way_from_native (&way, (struct sockaddr *)&peer)) {
      way.to.tcp = TRUE;
      self->accepted (self->data, fd, &way);
    } else {
      (void)close (fd);
    }
  }
}

static void
on_rested (gpointer data)
{
  KithListener *self = data;

  kith_edge_loop_set (self->loop, &self->watch, EPOLLIN);
}

KithListener *
kith_listener_new (KithEdgeLoop *loop, int fd, KithListenerAccepted accepted, gpointer data)
{
  KithListener *self = g_new0 (KithListener, 1);

  self->loop = loop;
  self->watch = (KithWatch){ .fd = fd, .ready = on_ready, .data = self };
  self->accepted = accepted;
  self->data = data;
  kith_timer_init (&self->rest, kith_edge_loop_clock (loop), on_rested, self);
  kith_edge_loop_set (loop, &self->watch, EPOLLIN);
  return self;
}

void
kith_listener_free (KithListener *self)
{
  if (self != NULL) {
    kith_timer_finish (&self->rest);
    kith_edge_loop_set (self->loop, &self->watch, 0);
    (void)close (self->watch.fd);
    g_free (self);
  }
}
