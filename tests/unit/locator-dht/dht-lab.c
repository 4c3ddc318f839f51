/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts workers the way kithd does, with plain system calls, and ends them whatever happens. */
#include "dht-lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS KITH_BUILD_DIR "/plugins/locator-dht/"

LabWorker *
lab_worker_spawn (const char *argument)
{
  LabWorker *worker = g_new0 (LabWorker, 1);
  const char *program = argument != NULL ? WORKERS "kith-dht-unfiltered" : WORKERS "kith-dht";
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  worker->fd = pair[0];
  worker->pid = fork ();
  g_assert_cmpint (worker->pid, >=, 0);
  if (worker->pid == 0) {
    if (pair[1] == 3) {
      int copy = dup (pair[1]);
      dup2 (copy, 3);
    } else {
      dup2 (pair[1], 3);
    }
    execl (program, program, argument, NULL);
    _exit (127);
  }
  close (pair[1]);
  return worker;
}

LabWorker *
lab_worker_start (guint32 network, const char *argument)
{
  LabWorker *worker = lab_worker_spawn (argument);
  const KithDhtFrame start = { .type = KITH_FRAME_START, .network = network, .check_s = 60 };
  KithDhtFrame frame;

  lab_worker_send (worker, &start);
  g_assert_true (lab_worker_wait (worker, KITH_FRAME_READY, 0, &frame, 10000));
  worker->port = frame.port4;
  g_assert_cmpuint (worker->port, >=, 20000);
  return worker;
}

void
lab_worker_send (LabWorker *worker, const KithDhtFrame *frame)
{
  guint8 bytes[KITH_FRAME_MAX];
  const gsize len = kith_dht_frame_encode (frame, bytes, sizeof bytes);

  g_assert_cmpuint (len, >, 0);
  g_assert_cmpint (send (worker->fd, bytes, len, MSG_NOSIGNAL), ==, (gssize)len);
}

gboolean
lab_worker_read (LabWorker *worker, KithDhtFrame *frame, guint ms)
{
  const gint64 until = g_get_monotonic_time () + (gint64)ms * 1000;
  KithWireReader body;
  gsize used = 0;

  for (;;) {
    const KithSplit split
        = kith_frame_split (worker->in, worker->in_len, KITH_FRAME_MAX, &body, &used);
    g_assert_cmpint (split, !=, KITH_SPLIT_BROKEN);
    if (split == KITH_SPLIT_FRAME) {
      g_assert_true (kith_dht_frame_decode (body, KITH_FRAME_FROM_WORKER, frame));
      memmove (worker->in, worker->in + used, worker->in_len - used);
      worker->in_len -= used;
      return TRUE;
    }
    struct pollfd fds = { .fd = worker->fd, .events = POLLIN };
    const gint64 left = (until - g_get_monotonic_time ()) / 1000;
    if (worker->closed || left < 0 || poll (&fds, 1, (int)left) <= 0) {
      return FALSE;
    }
    const gssize n
        = recv (worker->fd, worker->in + worker->in_len, sizeof worker->in - worker->in_len, 0);
    worker->closed = n <= 0;
    worker->in_len += n > 0 ? (gsize)n : 0;
  }
}

gboolean
lab_worker_wait (LabWorker *worker, KithFrameType type, guint32 id, KithDhtFrame *frame, guint ms)
{
  const gint64 until = g_get_monotonic_time () + (gint64)ms * 1000;

  for (;;) {
    const gint64 left = (until - g_get_monotonic_time ()) / 1000;
    if (left < 0 || !lab_worker_read (worker, frame, (guint)left)) {
      return FALSE;
    }
    if (frame->type == type && (id == 0 || frame->id == id)) {
      return TRUE;
    }
  }
}

void
lab_worker_status (LabWorker *worker, KithFrameStatus *status)
{
  const KithDhtFrame ping = { .type = KITH_FRAME_PING };
  KithDhtFrame frame;

  while (lab_worker_read (worker, &frame, 0)) {
    continue;
  }
  lab_worker_send (worker, &ping);
  g_assert_true (lab_worker_wait (worker, KITH_FRAME_STATUS, 0, &frame, 5000));
  *status = frame.status;
}

void
lab_worker_bootstrap (LabWorker *worker, const LabWorker *other)
{
  const KithDhtFrame frame
      = { .type = KITH_FRAME_BOOTSTRAP,
          .address = { .family = 4, .ip = { 127, 0, 0, 1 }, .port = other->port } };

  lab_worker_send (worker, &frame);
}

void
lab_worker_put (LabWorker *worker,
                guint32 id,
                const guint8 *location,
                const guint8 *value,
                gsize len,
                gboolean keep)
{
  KithDhtFrame frame = { .type = KITH_FRAME_PUT, .id = id, .keep = keep, .value_len = len };

  memcpy (frame.location, location, sizeof frame.location);
  memcpy (frame.value, value, len);
  lab_worker_send (worker, &frame);
}

void
lab_worker_ask (LabWorker *worker, KithFrameType type, guint32 id, const guint8 *location)
{
  KithDhtFrame frame = { .type = type, .id = id, .deadline_ms = 3000 };

  memcpy (frame.location, location, sizeof frame.location);
  lab_worker_send (worker, &frame);
}

void
lab_worker_join (LabWorker *worker)
{
  const gint64 until = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  KithFrameStatus status = { 0 };

  while (status.peers == 0 && g_get_monotonic_time () < until) {
    g_usleep (20000);
    lab_worker_status (worker, &status);
  }
  g_assert_cmpuint (status.peers, >, 0);
}

gboolean
lab_worker_ended (LabWorker *worker, guint ms, int *wait_status)
{
  const gint64 until = g_get_monotonic_time () + (gint64)ms * 1000;

  do {
    if (worker->pid == 0 || waitpid (worker->pid, wait_status, WNOHANG) == worker->pid) {
      worker->pid = 0;
      return TRUE;
    }
    g_usleep (5000);
  } while (g_get_monotonic_time () < until);
  return FALSE;
}

void
lab_worker_free (LabWorker *worker)
{
  close (worker->fd);
  if (worker->pid != 0) {
    kill (worker->pid, SIGKILL);
    waitpid (worker->pid, NULL, 0);
  }
  g_free (worker);
}

void
lab_send (guint16 port, const void *data, gsize len)
{
  const struct sockaddr_in to = { .sin_family = AF_INET,
                                  .sin_port = htons (port),
                                  .sin_addr = { htonl (INADDR_LOOPBACK) } };
  const int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (sendto (fd, data, len, 0, (const struct sockaddr *)&to, sizeof to),
                   ==,
                   (gssize)len);
  close (fd);
}

GBytes *
lab_data (const char *name)
{
  g_autofree gchar *path = g_build_filename (KITH_TEST_DATA, name, NULL);
  g_autoptr (GError) error = NULL;
  gchar *data = NULL;
  gsize len = 0;

  g_file_get_contents (path, &data, &len, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (data, len);
}
