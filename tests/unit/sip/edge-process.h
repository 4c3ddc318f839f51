/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kith-edge of this build beside a stack that a test started, for tests whose peers are
   sockets. */
#pragma once

#include <gio/gio.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/edge-frames.h"
#include "ports/sip.h"

static const guint8 edge_key[KITH_EDGE_KEY_LEN] = { 1, 9, 8, 4 };

typedef struct {
  GSubprocess *process; /* NULL: there is none */
  int control;
} EdgeProcess;

static void
edge_process_send (EdgeProcess *edge, const KithEdgeFrame *frame)
{
  static guint8 out[KITH_EDGE_FRAME_MAX];
  gsize len = kith_edge_frame_encode (frame, out, sizeof out);

  g_assert_cmpuint (len, >, 0);
  g_assert_cmpint (send (edge->control, out, len, MSG_NOSIGNAL), ==, (ssize_t)len);
}

/* The first READY, within 5 s. */
static void
edge_process_wait (EdgeProcess *edge, KithEdgeFrame *frame)
{
  static guint8 in[KITH_EDGE_FRAME_MAX];
  struct pollfd wait = { .fd = edge->control, .events = POLLIN };
  gsize have = 0;
  gsize used = 0;
  KithWireReader body;

  for (;;) {
    if (kith_frame_split (in, have, sizeof in, &body, &used) == KITH_SPLIT_FRAME) {
      g_assert_true (kith_edge_frame_decode (body, KITH_EDGE_FROM_EDGE, frame));
      memmove (in, in + used, have - used);
      have -= used;
      if (frame->type == KITH_EDGE_READY) {
        return;
      }
      continue;
    }
    g_assert_cmpint (poll (&wait, 1, 5000), ==, 1);
    ssize_t n = recv (edge->control, in + have, sizeof in - have, 0);
    g_assert_cmpint (n, >, 0);
    have += (gsize)n;
  }
}

/* Serves a port of its choice at @bind for @sip, which runs. */
static void
edge_process_start (EdgeProcess *edge, KithSip *sip, const char *bind, gboolean plain_in)
{
  gboolean both = strcmp (bind, "::") == 0;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);
  g_autofree gchar *where = g_strdup_printf (strchr (bind, ':') != NULL ? "[%s]:0" : "%s:0", bind);
  g_autoptr (GError) error = NULL;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  edge->control = fds[0];
  int stream = kith_sip_open_edge (sip, &error);
  g_assert_no_error (error);
  g_subprocess_launcher_take_fd (launcher, fds[1], KITH_EDGE_CONTROL_FD);
  g_subprocess_launcher_take_fd (launcher, stream, KITH_EDGE_UA_FD);
  edge->process = g_subprocess_launcher_spawn (launcher, &error, KITH_EDGE_PROGRAM, NULL);
  g_assert_no_error (error);
  frame->type = KITH_EDGE_START;
  frame->start = (KithEdgeStart){ .plain_in = plain_in,
                                  .max_connections = 256,
                                  .max_connections_a_source = 16,
                                  .n_binds = both ? 2 : 1 };
  memcpy (frame->start.key, edge_key, sizeof edge_key);
  g_assert_true (kith_endpoint_parse (both ? "0.0.0.0:0" : where, &frame->start.binds[0]));
  if (both) {
    g_assert_true (kith_endpoint_parse ("[::]:0", &frame->start.binds[1]));
  }
  edge_process_send (edge, frame);
  edge_process_wait (edge, frame);
  g_assert_cmpuint (frame->sockets.n, >, 0);
  g_assert_cmpuint (frame->sockets.list[0].problem, ==, 0);
  kith_sip_set_edge (sip, frame->sockets.list[0].address.port, 0, NULL, 0);
}

/* At once, as by a crash. */
static void
edge_process_stop (EdgeProcess *edge)
{
  if (edge->process != NULL) {
    g_subprocess_force_exit (edge->process);
    (void)g_subprocess_wait (edge->process, NULL, NULL);
    g_clear_object (&edge->process);
    close (edge->control);
  }
}
