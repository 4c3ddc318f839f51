/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listeners of each family, and their connections, for setup-http. */
#include "edge/worker/setup/setup-door.h"

#include <errno.h>
#include <unistd.h>

#include "edge/worker/io/connections.h"
#include "edge/worker/io/listener.h"
#include "edge/worker/setup/setup-ear.h"

struct _KithSetupDoor {
  KithEdgeLoop *loop;
  KithSetupHttp *http;
  KithConnections *connections;
  KithSetupEar *ear;
  guint8 n_binds;
  KithEndpoint binds[KITH_EDGE_BINDS_MAX];
  KithListener *listeners[KITH_EDGE_BINDS_MAX];
  KithEndpoint own; /* our end of the connection that is being accepted */
  void (*tell) (gpointer data, const KithEdgeFrame *frame);
  gpointer data;
};

static void
on_fd (gpointer data, int fd, const KithWay *way)
{
  KithSetupDoor *door = data;
  struct sockaddr_storage native;
  socklen_t len = sizeof native;
  KithWay own = { .stream = 0 };

  if (getsockname (fd, (struct sockaddr *)&native, &len) < 0
      || !kith_way_from_native (&own, (struct sockaddr *)&native)) {
    (void)close (fd);
    return;
  }
  door->own = own.to.peer;
  kith_connections_accept (door->connections, fd, way, NULL);
}

static void
unlisten (gpointer data)
{
  KithSetupDoor *door = data;

  for (guint i = 0; i < door->n_binds; i++) {
    g_clear_pointer (&door->listeners[i], kith_listener_free);
  }
}

/* A family that this host does not have is passed over when there is another. */
static int
listen_at (gpointer data, guint16 port)
{
  KithSetupDoor *door = data;
  guint open = 0;
  int why = 0;

  for (guint i = 0; i < door->n_binds; i++) {
    KithEndpoint at = door->binds[i];
    at.port = port;
    const int fd = kith_bind (&at, SOCK_STREAM, 0);
    if (fd >= 0) {
      door->listeners[i] = kith_listener_new (door->loop, fd, on_fd, door);
      open++;
    } else if (why == 0 || (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)) {
      why = errno;
    }
  }
  if (open > 0 && (why == 0 || why == EAFNOSUPPORT || why == EADDRNOTAVAIL)) {
    return 0;
  }
  unlisten (door);
  return why;
}

static void
write_to (gpointer data, guint32 stream, const char *text, gsize len)
{
  kith_connections_write (((KithSetupDoor *)data)->connections, stream, text, len);
}

static void
close_it (gpointer data, guint32 stream)
{
  kith_connections_close (((KithSetupDoor *)data)->connections, stream);
}

static void
tell_it (gpointer data, const KithEdgeFrame *frame)
{
  KithSetupDoor *door = data;

  door->tell (door->data, frame);
}

static const KithSetupFuncs http_funcs = { listen_at, unlisten, write_to, close_it, tell_it };

static gboolean
on_accept (gpointer data, guint32 stream, const KithWay *way)
{
  KithSetupDoor *door = data;

  return kith_setup_http_accept (door->http, stream, &way->to.peer, &door->own);
}

static void
on_bytes (gpointer data, guint32 stream, const guint8 *bytes, gsize len)
{
  kith_setup_http_bytes (((KithSetupDoor *)data)->http, stream, bytes, len);
}

/* It has asked, and waits: an answer goes to it still. */
static gboolean
on_ended (gpointer data, guint32 stream)
{
  return TRUE;
}

static void
on_closed (gpointer data, guint32 stream)
{
  kith_setup_http_closed (((KithSetupDoor *)data)->http, stream);
}

static const KithConnectionFuncs connection_funcs
    = { on_accept, on_bytes, on_ended, on_closed, NULL, NULL };

KithSetupDoor *
kith_setup_door_new (KithEdgeLoop *loop,
                     KithEdgePorts *ports,
                     const KithEdgeStart *start,
                     void (*tell) (gpointer data, const KithEdgeFrame *frame),
                     gpointer data)
{
  KithSetupDoor *door = g_new0 (KithSetupDoor, 1);

  door->loop = loop;
  door->n_binds = start->n_binds;
  for (guint i = 0; i < start->n_binds; i++) {
    door->binds[i] = start->binds[i];
  }
  door->tell = tell;
  door->data = data;
  door->http = kith_setup_http_new (kith_edge_loop_clock (loop), &http_funcs, door);
  door->ear = kith_setup_ear_new (loop, ports, tell, data);
  door->connections = kith_connections_new (loop, 0, &connection_funcs, door);
  return door;
}

void
kith_setup_door_free (KithSetupDoor *door)
{
  if (door != NULL) {
    unlisten (door);
    kith_setup_ear_free (door->ear);
    kith_connections_free (door->connections);
    kith_setup_http_free (door->http);
    g_free (door);
  }
}

void
kith_setup_door_set_own (KithSetupDoor *door, const KithEdgeAddresses *own)
{
  kith_setup_ear_set_own (door->ear, own);
}

void
kith_setup_door_order (KithSetupDoor *door, const KithEdgeFrame *frame)
{
  kith_setup_ear_order (door->ear, frame);
  kith_setup_http_order (door->http, frame);
}
