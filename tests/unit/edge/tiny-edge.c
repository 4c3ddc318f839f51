/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A kith-edge that binds nothing and does what its stream of SIP says, for the tests of its
   host. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/edge-frames.h"
#include "worker/worker-end.h"

static KithEdgeFrame frame; /* the last one that came */
static KithEdgeStart started;
static guint n_host, n_known, n_known_frames, n_routes, n_trusted;
static KithEdgeRole role;
static gboolean has_loopback;

static void
send_frame (const KithEdgeFrame *said)
{
  static guint8 bytes[KITH_EDGE_FRAME_MAX];

  (void)kith_worker_end_send (bytes,
                              kith_edge_frame_encode (said, bytes, sizeof bytes),
                              KITH_WORKER_OUT_MAX);
}

static void
say_ready (guint16 port, guint16 problem)
{
  KithEdgeFrame *ready = g_new0 (KithEdgeFrame, 1);

  ready->type = KITH_EDGE_READY;
  for (guint i = 0; i < started.n_binds; i++) {
    for (guint k = 0; k < 2; k++) {
      KithEdgeSocket *socket = &ready->sockets.list[ready->sockets.n++];
      socket->protocol = k == 0 ? KITH_EDGE_UDP : KITH_EDGE_TCP;
      socket->address = started.binds[i];
      socket->address.port = port;
    }
  }
  ready->sockets.list[0].problem = problem;
  send_frame (ready);
  g_free (ready);
}

static bool
take (KithWireReader body)
{
  static const guint8 loopback[4] = { 127, 0, 0, 1 };

  if (!kith_edge_frame_decode (body, KITH_EDGE_FROM_KITHD, &frame)) {
    return false;
  }
  switch ((int)frame.type) {
  case KITH_EDGE_START:
    started = frame.start;
    return true;
  case KITH_EDGE_HOST:
    n_host = frame.addresses.n;
    for (guint i = 0; i < n_host; i++) {
      has_loopback = has_loopback || memcmp (frame.addresses.list[i].ip, loopback, 4) == 0;
    }
    return true;
  case KITH_EDGE_KNOWN:
    n_known = frame.addresses.n;
    n_known_frames++;
    return true;
  case KITH_EDGE_ROLE:
    role = frame.role;
    return true;
  case KITH_EDGE_ROUTE:
    n_routes += strcmp (frame.route.domain, "b.example") == 0;
    return true;
  case KITH_EDGE_TRUSTED:
    n_trusted = frame.trusted.n;
    return true;
  case KITH_EDGE_PING: {
    KithEdgeFrame status = { .type = KITH_EDGE_STATUS };
    status.status.memory_kib = 3500;
    status.status.counts[KITH_EDGE_N_FLOOD] = 7;
    send_frame (&status);
    return true;
  }
  case KITH_EDGE_QUIT:
    exit (0);
  }
  return false;
}

static void
answer (void)
{
  char text[256];
  const int len = snprintf (text,
                            sizeof text,
                            "port=%u plain=%d strangers=%d binds=%u/%u key=%02x hosts=%d "
                            "known=%u/%u role=%s/%u trusted=%u\n",
                            started.port,
                            started.plain_in,
                            (int)started.strangers,
                            started.n_binds,
                            started.binds[0].family,
                            started.key[31],
                            n_host > 0 && has_loopback,
                            n_known,
                            n_known_frames,
                            kith_edge_role_word (role),
                            n_routes,
                            n_trusted);

  if (write (KITH_EDGE_UA_FD, text, (size_t)len) != len) {
    exit (5);
  }
}

static void
obey (char *order)
{
  unsigned port = 0, problem = 0;

  if (strncmp (order, "call", 4) == 0) {
    const KithEdgeFrame call
        = { .type = KITH_EDGE_CALL,
            .call
            = { .id = 77, .phase = KITH_PROXIED_CONFIRMED, .caller = "desk", .callee = "dect" } };
    send_frame (&call);
  } else if (strncmp (order, "tell", 4) == 0) {
    answer ();
  } else if (sscanf (order, "ready %u %u", &port, &problem) == 2) {
    say_ready ((guint16)port, (guint16)problem);
  } else if (strncmp (order, "die", 3) == 0) {
    (void)raise (SIGKILL);
  } else if (strncmp (order, "fail", 4) == 0) {
    KithEdgeFrame failed = { .type = KITH_EDGE_FAILED, .text = { .text = "nothing goes" } };
    send_frame (&failed);
    (void)kith_worker_end_flush ();
    exit (2);
  } else if (strncmp (order, "log", 3) == 0) {
    KithEdgeFrame log = { .type = KITH_EDGE_LOG };
    log.text = (KithEdgeText){ .level = KITH_EDGE_WARNING,
                               .who = { .family = 4, .ip = { 192, 0, 2, 7 }, .port = 5060 },
                               .text = "too many requests" };
    for (guint i = 0; i < 1000; i++) {
      send_frame (&log);
    }
    say_ready (5061, 0);
  }
}

int
main (void)
{
  struct pollfd fds[2] = { { .fd = KITH_WORKER_CONTROL_FD, .events = POLLIN },
                           { .fd = KITH_EDGE_UA_FD, .events = POLLIN } };

  if (kith_worker_end_open (2) != NULL) {
    return 64;
  }
  while (poll (fds, 2, -1) >= 0) {
    char order[64] = { 0 };
    if ((fds[0].revents & (POLLIN | POLLHUP)) != 0
        && !kith_worker_end_read (KITH_EDGE_FRAME_MAX, take)) {
      return 2;
    }
    if ((fds[1].revents & POLLIN) != 0 && read (KITH_EDGE_UA_FD, order, sizeof order - 1) > 0) {
      obey (order);
    }
    fds[1].events = (fds[1].revents & POLLHUP) != 0 ? 0 : POLLIN;
    fds[0].events = (short)(POLLIN | (kith_worker_end_flush () ? POLLOUT : 0));
  }
  return 3;
}
