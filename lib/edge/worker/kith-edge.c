/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program with the sockets of ordinary SIP: it takes orders from kithd on file descriptor 3,
   speaks SIP with its user agent on 4, and sees of keys the one of the local TLS server. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/footprint.h"
#include "edge/edge-frames.h"
#include "edge/edge-limits.h"
#include "edge/worker/front.h"
#include "edge/worker/io/edge-ports.h"
#include "edge/worker/io/system-cas.h"
#include "edge/worker/io/tls-ports.h"
#include "edge/worker/setup/setup-door.h"
#include "edge/worker/ua-stream.h"
#include "worker/sandbox.h"
#include "worker/worker-end.h"

#define N_FDS 2 /* frames, user agent */
#define REST_MS 10000
#define QUIT_MS 1500 /* the last requests are answered by then, or never */
#define QUIT_TICK_MS 20
#define LEAVE_MS 250 /* without a user agent */
#define MEMORY ((rlim_t)128 << 20)
#define FILES 4096

typedef struct {
  KithEdgeLoop *loop;
  KithWatch control;
  KithFront *front; /* from START on */
  KithEdgePorts *ports;
  KithTlsPorts *tls_ports;
  KithConnections *connections;
  KithUaStream *user_agent;
  KithSetupDoor *door; /* where phones fetch their settings */
  KithTimer timer;     /* gives back what the start needed; then, at the end, ends */
  gint64 quit_us;      /* when it ends; 0: it does not */
} Server;

static Server server;

static void __attribute__ ((noreturn)) leave (int code) { _exit (code); }

static void
send_frame (const KithEdgeFrame *frame)
{
  static guint8 out[KITH_EDGE_FRAME_MAX];
  gsize len = kith_edge_frame_encode (frame, out, sizeof out);

  if (len > 0 && !kith_worker_end_send (out, len, KITH_WORKER_OUT_MAX)) {
    leave (4); /* kithd has not read for a long time */
  }
}

static void
watch_control (void)
{
  kith_edge_loop_set (server.loop,
                      &server.control,
                      EPOLLIN | (kith_worker_end_flush () ? EPOLLOUT : 0));
}

static int
net_send (gpointer data, const KithWay *way, const char *text, gsize len)
{
  KithUdpSocket *udp = kith_edge_ports_udp (server.ports, way->to.peer.family);

  return udp != NULL ? kith_udp_socket_send (udp, way, text, len) : ENETUNREACH;
}

static guint32
net_connect (gpointer data, const KithWay *way, const KithTlsPeer *peer)
{
  KithTlsPeer known = { 0 };

  if (peer != NULL) {
    known = *peer;
    known.trust = known.trust != NULL ? known.trust : kith_system_cas_get ();
    if (known.trust == NULL) {
      return 0; /* this system believes nobody */
    }
  }
  return kith_connections_open (server.connections, way, peer != NULL ? &known : NULL);
}

static void
net_write (gpointer data, guint32 stream, const char *text, gsize len)
{
  kith_connections_write (server.connections, stream, text, len);
}

static gsize
net_waiting (gpointer data, guint32 stream)
{
  return kith_connections_waiting (server.connections, stream);
}

static void
net_close (gpointer data, guint32 stream)
{
  kith_connections_close (server.connections, stream);
}

static gboolean
net_own_address (gpointer data, const KithWay *way, KithEndpoint *own)
{
  const guint16 tls_port = way->to.tls ? kith_tls_ports_port (server.tls_ports) : 0;
  const gboolean ok = kith_edge_ports_own_address (server.ports, way, own);

  own->port = tls_port != 0 ? tls_port : own->port;
  return ok;
}

static gboolean
net_to_user_agent (gpointer data, const char *text, gsize len)
{
  return server.user_agent != NULL && kith_ua_stream_send (server.user_agent, text, len);
}

static void
net_tell (gpointer data, const KithEdgeFrame *frame)
{
  send_frame (frame);
  watch_control ();
}

static void
net_log (gpointer data, KithEdgeLevel level, const KithEndpoint *who, const char *text)
{
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_LOG;
  frame->text.level = level;
  frame->text.who = *who;
  (void)g_strlcpy (frame->text.text, text, sizeof frame->text.text);
  send_frame (frame);
  watch_control ();
  g_free (frame);
}

static const KithNetwork network
    = { net_send,        net_connect,       net_write, net_waiting, net_close,
        net_own_address, net_to_user_agent, net_tell,  net_log };

static gboolean
on_may_read (gpointer data, const KithWay *way)
{
  return kith_front_may_read (server.front, way);
}

static void
on_datagram (gpointer data, const KithWay *way, const guint8 *bytes, gsize len)
{
  kith_front_datagram (server.front, way, bytes, len);
}

static void
on_refused (gpointer data, const KithEndpoint *peer)
{
  kith_front_refused (server.front, peer);
}

static const KithUdpFuncs udp_funcs = { on_may_read, on_datagram, on_refused };

static gboolean
on_accept (gpointer data, guint32 stream, const KithWay *way)
{
  return kith_front_accept (server.front, stream, way);
}

static void
on_bytes (gpointer data, guint32 stream, const guint8 *bytes, gsize len)
{
  kith_front_bytes (server.front, stream, bytes, len);
}

static gboolean
on_ended (gpointer data, guint32 stream)
{
  return kith_front_ended (server.front, stream);
}

static void
on_closed (gpointer data, guint32 stream)
{
  kith_front_closed (server.front, stream);
}

static void
on_setup_frame (gpointer data, const KithEdgeFrame *frame)
{
  send_frame (frame);
  watch_control ();
}

static void
on_shaken (gpointer data, guint32 stream)
{
  kith_front_shaken (server.front);
}

static void
on_distrusted (gpointer data, guint32 stream, const KithEndpoint *peer, const char *why)
{
  kith_front_distrusted (server.front, stream, peer, why);
}

static const KithConnectionFuncs connection_funcs
    = { on_accept, on_bytes, on_ended, on_closed, on_shaken, on_distrusted };

static void
on_accepted (gpointer data, int fd, const KithWay *way)
{
  kith_connections_accept (server.connections, fd, way, NULL);
}

static void
on_tls_accepted (gpointer data, int fd, const KithWay *way)
{
  KithWay by_tls = *way;

  by_tls.to.tls = TRUE;
  kith_connections_accept (server.connections,
                           fd,
                           &by_tls,
                           kith_tls_ports_trust (server.tls_ports));
}

static void
tell_ports (KithEdgeFrameType type, const KithEdgeSockets *sockets)
{
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = type;
  frame->sockets = *sockets;
  send_frame (frame);
  watch_control ();
  g_free (frame);
}

static void
on_ports (gpointer data, const KithEdgeSockets *sockets)
{
  tell_ports (KITH_EDGE_READY, sockets);
}

static void
on_tls_ports (gpointer data, const KithEdgeSockets *sockets)
{
  tell_ports (KITH_EDGE_TLS_READY, sockets);
}

static void
on_message (gpointer data, const char *text, gsize len)
{
  kith_front_from_user_agent (server.front, text, len);
}

/* Ends at the latest after @ms; who knows us somewhere is told that we go. */
static void
quit (guint ms)
{
  const gint64 end_us = kith_clock_now (kith_edge_loop_clock (server.loop)) + (gint64)ms * 1000;

  if (server.quit_us == 0) {
    kith_front_quit (server.front);
  }
  server.quit_us = server.quit_us == 0 ? end_us : MIN (server.quit_us, end_us);
  kith_timer_set_ms (&server.timer, server.user_agent != NULL ? QUIT_TICK_MS : 0);
}

/* It ends before us: registrars of trunks are left to be told. */
static void
on_user_agent_closed (gpointer data)
{
  g_clear_pointer (&server.user_agent, kith_ua_stream_free);
  quit (LEAVE_MS);
}

static const KithUaStreamFuncs ua_funcs = { on_message, on_user_agent_closed };

static void
start (const KithEdgeStart *rules)
{
  server.front = kith_front_new (kith_edge_loop_clock (server.loop), rules, &network, NULL);
  server.connections = kith_connections_new (server.loop, rules->dscp, &connection_funcs, NULL);
  server.user_agent = kith_ua_stream_new (server.loop, KITH_EDGE_UA_FD, &ua_funcs, NULL);
  server.ports = kith_edge_ports_new (server.loop, &udp_funcs, on_accepted, on_ports, NULL);
  server.tls_ports = kith_tls_ports_new (server.loop, rules, on_tls_accepted, on_tls_ports, NULL);
  kith_edge_ports_open (server.ports, rules);
  server.door = kith_setup_door_new (server.loop, server.ports, rules, on_setup_frame, NULL);
}

/* FALSE: the two do not belong together. */
static gboolean
set_tls (const KithEdgeTls *tls)
{
  KithTlsTrust *trust = kith_tls_trust_new_server (tls->chain, tls->key, NULL);

  if (trust == NULL) {
    return FALSE;
  }
  kith_tls_ports_set (server.tls_ports, tls->port, trust);
  kith_tls_trust_unref (trust);
  return TRUE;
}

/* What this process alone keeps in memory, in KiB; without files it is what the heap holds. */
static guint32
memory_kib (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return (guint32)((info.uordblks + info.hblkhd) / 1024);
}

static void
tell_status (void)
{
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_STATUS;
  kith_front_get_status (server.front, &frame->status);
  frame->status.memory_kib = memory_kib ();
  send_frame (frame);
  g_free (frame);
}

static gboolean
take_frame (const KithEdgeFrame *frame)
{
  if ((frame->type == KITH_EDGE_START) != (server.front == NULL)) {
    return FALSE;
  }
  switch (frame->type) {
  case KITH_EDGE_START:
    start (&frame->start);
    return TRUE;
  case KITH_EDGE_HOST:
    kith_front_set_own (server.front, &frame->addresses);
    kith_front_moved (server.front);
    kith_setup_door_set_own (server.door, &frame->addresses);
    return TRUE;
  case KITH_EDGE_KNOWN:
    kith_front_set_known (server.front, &frame->addresses);
    return TRUE;
  case KITH_EDGE_TRUSTED:
    kith_front_set_trusted (server.front, &frame->trusted);
    return TRUE;
  case KITH_EDGE_PING:
    tell_status ();
    return TRUE;
  case KITH_EDGE_QUIT:
    quit (QUIT_MS);
    return TRUE;
  case KITH_EDGE_PHONE:
  case KITH_EDGE_PHONE_GONE:
  case KITH_EDGE_BIND:
  case KITH_EDGE_UNBIND:
  case KITH_EDGE_OPEN:
  case KITH_EDGE_ROLE:
  case KITH_EDGE_ROUTE:
  case KITH_EDGE_TRUNK:
  case KITH_EDGE_TRUNK_GONE:
  case KITH_EDGE_TRUNK_RETRY:
  case KITH_EDGE_DIGEST:
  case KITH_EDGE_TARGETS:
    kith_front_order (server.front, frame);
    return TRUE;
  case KITH_EDGE_SETUP:
  case KITH_EDGE_DOCUMENT:
  case KITH_EDGE_SEEK:
  case KITH_EDGE_ADDRESS:
    kith_setup_door_order (server.door, frame);
    return TRUE;
  case KITH_EDGE_TLS:
    return set_tls (&frame->tls);
  case KITH_EDGE_READY:
  case KITH_EDGE_STATUS:
  case KITH_EDGE_LOG:
  case KITH_EDGE_FAILED:
  case KITH_EDGE_BOUND:
  case KITH_EDGE_UNBOUND:
  case KITH_EDGE_PHONE_STATE:
  case KITH_EDGE_CALL:
  case KITH_EDGE_REACHED:
  case KITH_EDGE_SETUP_STATE:
  case KITH_EDGE_QUESTION:
  case KITH_EDGE_TRUNK_STATE:
  case KITH_EDGE_ASK_DIGEST:
  case KITH_EDGE_RESOLVE:
  case KITH_EDGE_TLS_READY:
  case KITH_EDGE_SEEKER:
    return FALSE;
  }
  return FALSE;
}

static bool
on_frame (KithWireReader body)
{
  static KithEdgeFrame frame;

  return kith_edge_frame_decode (body, KITH_EDGE_FROM_KITHD, &frame) && take_frame (&frame);
}

static void
on_control (gpointer data, guint32 events)
{
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0
      && !kith_worker_end_read (KITH_EDGE_FRAME_MAX, on_frame)) {
    leave (2);
  }
  watch_control ();
}

static void
on_timer (gpointer data)
{
  if (server.quit_us == 0) {
    kith_footprint_release (NULL);
  } else if (kith_front_waits (server.front)
             && kith_clock_now (kith_edge_loop_clock (server.loop)) < server.quit_us) {
    kith_timer_set_ms (&server.timer, QUIT_TICK_MS);
  } else {
    leave (0);
  }
}

static const char *
shut_in (void)
{
  static const char *const calls[]
      = { "listen", "accept4", "accept", "recvmmsg", "sendmmsg", "epoll_pwait2", NULL };
  static const KithSandboxLimit limits[] = { { RLIMIT_DATA, MEMORY }, { RLIMIT_NOFILE, FILES } };
  const KithSandboxRules rules
      = { .limits = limits, .n_limits = G_N_ELEMENTS (limits), .calls = calls, .oom_score = 500 };

  return kith_sandbox_enter (&rules);
}

int
main (int argc, char **argv)
{
  const char *problem = argc == 1 ? kith_worker_end_open (N_FDS) : "it takes no arguments";

  (void)mallopt (M_ARENA_MAX, 1);
  server.loop = problem == NULL ? kith_edge_loop_new () : NULL;
  if (problem == NULL && server.loop == NULL) {
    problem = "no event loop";
  }
  if (problem == NULL) {
    kith_system_cas_open ();
    problem = shut_in ();
  }
  if (problem != NULL) {
    fprintf (stderr, "%s: this program is started by kithd: %s\n", argv[0], problem);
    return 64;
  }
  kith_timer_init (&server.timer, kith_edge_loop_clock (server.loop), on_timer, NULL);
  kith_timer_set_ms (&server.timer, REST_MS);
  server.control = (KithWatch){ .fd = KITH_WORKER_CONTROL_FD, .ready = on_control };
  watch_control ();
  for (;;) {
    kith_edge_loop_turn (server.loop);
  }
}
