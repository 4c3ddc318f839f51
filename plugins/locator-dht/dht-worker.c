/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts kith-dht with a socket pair, moves the frames, watches over it and starts it anew. */
#include "dht-worker.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define LOG "dht"
#define CONTROL_FD 3
#define IN_MAX (64 * 1024)
#define OUT_MAX (2u << 20)
#define QUIT_MS 2000
#define PING_MS 10000
#define LONG_RUN_US (60 * G_USEC_PER_SEC)
#define SLOWEST_MS 30000

struct _KithDhtWorker {
  gchar *path;
  const KithDhtWorkerFuncs *funcs;
  gpointer owner;
  KithClock *clock;
  GSubprocess *process;
  GCancellable *watching; /* of g_subprocess_wait_async() */
  gint64 started_us;
  int fd;
  guint in_source, out_source;
  guint8 in[IN_MAX];
  gsize in_len;
  GByteArray *out;
  gboolean wanted; /* start it anew when it ends */
  gboolean silent; /* nothing came since the last ping */
  guint restart_timer, ping_timer, quit_timer;
  guint delay_ms; /* before the next start */
  guint restarts;
  gchar *why;      /* what it said before it ended */
  gboolean *freed; /* set when an owner's function freed us */
};

static void spawn (KithDhtWorker *worker);

static void
close_socket (KithDhtWorker *worker)
{
  if (worker->in_source != 0) {
    g_source_remove (worker->in_source);
  }
  if (worker->out_source != 0) {
    g_source_remove (worker->out_source);
  }
  worker->in_source = worker->out_source = 0;
  if (worker->fd >= 0) {
    close (worker->fd);
  }
  worker->fd = -1;
  worker->in_len = 0;
  g_byte_array_set_size (worker->out, 0);
}

static void
forget_process (KithDhtWorker *worker)
{
  close_socket (worker);
  kith_clock_cancel (worker->clock, &worker->ping_timer);
  kith_clock_cancel (worker->clock, &worker->quit_timer);
  g_clear_object (&worker->watching);
  g_clear_object (&worker->process);
}

static void
kill_process (KithDhtWorker *worker, const char *why)
{
  if (worker->process != NULL) {
    g_free (worker->why);
    worker->why = g_strdup (why);
    g_subprocess_force_exit (worker->process);
  }
}

static gboolean
on_restart_time (gpointer user_data)
{
  KithDhtWorker *worker = user_data;

  worker->restart_timer = 0;
  spawn (worker);
  return G_SOURCE_REMOVE;
}

static void
plan_restart (KithDhtWorker *worker, gint64 ran_us)
{
  if (ran_us >= LONG_RUN_US) {
    worker->delay_ms = 0;
  }
  worker->restart_timer = kith_clock_add (worker->clock, worker->delay_ms, on_restart_time, worker);
  worker->delay_ms = CLAMP (worker->delay_ms * 2, 1000, SLOWEST_MS);
}

static void
take_frame (KithDhtWorker *worker, const KithDhtFrame *frame)
{
  worker->silent = FALSE;
  if (frame->type == KITH_FRAME_FAILED) {
    g_autofree gchar *said = g_strndup ((const char *)frame->value, frame->value_len);
    g_free (worker->why);
    worker->why = g_strdup_printf ("gave up: %s", said);
  }
  worker->funcs->frame (frame, worker->owner);
}

typedef enum { READ_ON, READ_NO_MORE, READ_FREED } ReadResult;

/* Handles all whole frames. FREED: an owner's function freed us. NO_MORE: the stream is broken or
   closed; its source must go. */
static ReadResult
split_frames (KithDhtWorker *worker)
{
  KithDhtFrame frame;
  gboolean freed = FALSE;
  gsize at = 0, used = 0;
  KithSplit split;

  worker->freed = &freed;
  while (worker->fd >= 0
         && (split = kith_dht_frame_split (worker->in + at,
                                           worker->in_len - at,
                                           KITH_FRAME_FROM_WORKER,
                                           &frame,
                                           &used))
                == KITH_SPLIT_FRAME) {
    at += used;
    take_frame (worker, &frame);
    if (freed) {
      return READ_FREED;
    }
  }
  worker->freed = NULL;
  if (worker->fd < 0) {
    return READ_NO_MORE;
  }
  if (split == KITH_SPLIT_BROKEN) {
    kill_process (worker, "sent what is no frame");
    return READ_NO_MORE;
  }
  memmove (worker->in, worker->in + at, worker->in_len - at);
  worker->in_len -= at;
  return READ_ON;
}

static ReadResult
read_socket (KithDhtWorker *worker)
{
  const gssize n = recv (worker->fd,
                         worker->in + worker->in_len,
                         sizeof worker->in - worker->in_len,
                         MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
    return READ_ON;
  }
  if (n <= 0) {
    g_subprocess_force_exit (worker->process); /* "ended" follows from the process */
    return READ_NO_MORE;
  }
  worker->in_len += (gsize)n;
  return split_frames (worker);
}

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  KithDhtWorker *worker = user_data;

  (void)fd;
  (void)condition;
  switch (read_socket (worker)) {
  case READ_ON:
    return G_SOURCE_CONTINUE;
  case READ_NO_MORE:
    worker->in_source = 0;
    return G_SOURCE_REMOVE;
  case READ_FREED:
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_REMOVE;
}

static gchar *
describe_end (KithDhtWorker *worker)
{
  if (worker->why != NULL) {
    return g_strdup (worker->why);
  }
  if (g_subprocess_get_if_signaled (worker->process)) {
    return g_strdup_printf ("ended by signal %d", g_subprocess_get_term_sig (worker->process));
  }
  return g_strdup_printf ("ended with code %d", g_subprocess_get_exit_status (worker->process));
}

static void
on_process_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  (void)g_subprocess_wait_finish (G_SUBPROCESS (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return; /* the worker object is gone */
  }
  KithDhtWorker *worker = user_data;
  if (worker->fd >= 0 && read_socket (worker) == READ_FREED) { /* its last words */
    return;
  }
  g_autofree gchar *why = describe_end (worker);
  const gint64 ran_us = kith_clock_now (worker->clock) - worker->started_us;
  forget_process (worker);
  g_clear_pointer (&worker->why, g_free);
  if (worker->wanted) {
    kith_warning (LOG,
                  "the DHT worker %s; starting it again in %u ms",
                  why,
                  ran_us >= LONG_RUN_US ? 0 : worker->delay_ms);
    worker->restarts++;
    plan_restart (worker, ran_us);
  }
  worker->funcs->ended (why, worker->owner);
}

static gboolean
flush_out (KithDhtWorker *worker)
{
  while (worker->out->len > 0) {
    const gssize n
        = send (worker->fd, worker->out->data, worker->out->len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0 && errno != EAGAIN) {
      g_byte_array_set_size (worker->out, 0); /* it is going; its end comes from the process */
    }
    if (n <= 0) {
      break;
    }
    g_byte_array_remove_range (worker->out, 0, (guint)n);
  }
  return worker->out->len > 0;
}

static gboolean
on_writable (gint fd, GIOCondition condition, gpointer user_data)
{
  KithDhtWorker *worker = user_data;

  (void)fd;
  (void)condition;
  if (flush_out (worker)) {
    return G_SOURCE_CONTINUE;
  }
  worker->out_source = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
on_ping_time (gpointer user_data)
{
  KithDhtWorker *worker = user_data;
  const KithDhtFrame ping = { .type = KITH_FRAME_PING };

  if (worker->silent) {
    worker->ping_timer = 0;
    kill_process (worker, "did not answer for 10 s");
    return G_SOURCE_REMOVE;
  }
  worker->silent = TRUE;
  kith_dht_worker_send (worker, &ping);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_quit_time (gpointer user_data)
{
  KithDhtWorker *worker = user_data;

  worker->quit_timer = 0;
  kill_process (worker, "did not end in time");
  return G_SOURCE_REMOVE;
}

static GSubprocess *
launch (KithDhtWorker *worker, int control_fd, GError **error)
{
  const char *const argv[] = { worker->path, NULL };
  const char *const environment[] = { NULL };
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);

  g_subprocess_launcher_set_environ (launcher, (gchar **)environment);
  g_subprocess_launcher_take_fd (launcher, control_fd, CONTROL_FD);
  return g_subprocess_launcher_spawnv (launcher, argv, error);
}

static void
spawn (KithDhtWorker *worker)
{
  g_autoptr (GError) error = NULL;
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    kith_warning (LOG, "no socket for the DHT worker: %s", g_strerror (errno));
    plan_restart (worker, 0);
    return;
  }
  worker->process = launch (worker, pair[1], &error);
  if (worker->process == NULL) {
    close (pair[0]);
    g_autofree gchar *why = g_strdup_printf (
        "could not be started: %s; is Kith installed completely, or [dht] worker wrong?",
        error->message);
    kith_warning (LOG, "the DHT worker %s %s", worker->path, why);
    plan_restart (worker, 0);
    worker->funcs->ended (why, worker->owner);
    return;
  }
  worker->fd = pair[0];
  worker->started_us = kith_clock_now (worker->clock);
  worker->silent = FALSE;
  worker->in_source
      = g_unix_fd_add (worker->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, worker);
  worker->watching = g_cancellable_new ();
  g_subprocess_wait_async (worker->process, worker->watching, on_process_ended, worker);
  worker->ping_timer = kith_clock_add (worker->clock, PING_MS, on_ping_time, worker);
  worker->funcs->started (worker->owner);
}

KithDhtWorker *
kith_dht_worker_new (const char *path, const KithDhtWorkerFuncs *funcs, gpointer owner)
{
  KithDhtWorker *worker = g_new0 (KithDhtWorker, 1);

  worker->path = g_strdup (path);
  worker->funcs = funcs;
  worker->owner = owner;
  worker->clock = g_object_ref (kith_clock_get_default ());
  worker->fd = -1;
  worker->out = g_byte_array_new ();
  return worker;
}

void
kith_dht_worker_start (KithDhtWorker *worker)
{
  worker->wanted = TRUE;
  worker->delay_ms = 0;
  if (worker->process == NULL && worker->restart_timer == 0) {
    worker->restart_timer = kith_clock_add (worker->clock, 0, on_restart_time, worker);
  }
}

void
kith_dht_worker_send (KithDhtWorker *worker, const KithDhtFrame *frame)
{
  guint8 bytes[KITH_FRAME_MAX];
  const gsize len = kith_dht_frame_encode (frame, bytes, sizeof bytes);

  if (worker->fd < 0 || len == 0) {
    return;
  }
  if (worker->out->len + len > OUT_MAX) {
    kill_process (worker, "did not read its frames");
    return;
  }
  g_byte_array_append (worker->out, bytes, (guint)len);
  if (worker->out_source == 0 && flush_out (worker)) {
    worker->out_source = g_unix_fd_add (worker->fd, G_IO_OUT, on_writable, worker);
  }
}

void
kith_dht_worker_stop (KithDhtWorker *worker)
{
  const KithDhtFrame quit = { .type = KITH_FRAME_QUIT };

  worker->wanted = FALSE;
  kith_clock_cancel (worker->clock, &worker->restart_timer);
  if (worker->process != NULL && worker->quit_timer == 0) {
    worker->quit_timer = kith_clock_add (worker->clock, QUIT_MS, on_quit_time, worker);
    kith_dht_worker_send (worker, &quit);
  }
}

gboolean
kith_dht_worker_is_running (KithDhtWorker *worker)
{
  return worker->process != NULL;
}

guint
kith_dht_worker_get_pid (KithDhtWorker *worker)
{
  const char *text = worker->process != NULL ? g_subprocess_get_identifier (worker->process) : NULL;

  return text != NULL ? (guint)g_ascii_strtoull (text, NULL, 10) : 0;
}

guint
kith_dht_worker_get_restarts (KithDhtWorker *worker)
{
  return worker->restarts;
}

void
kith_dht_worker_free (KithDhtWorker *worker)
{
  if (worker == NULL) {
    return;
  }
  if (worker->freed != NULL) {
    *worker->freed = TRUE;
  }
  kith_clock_cancel (worker->clock, &worker->restart_timer);
  if (worker->process != NULL) {
    g_cancellable_cancel (worker->watching);
    g_subprocess_force_exit (worker->process);
  }
  forget_process (worker);
  g_byte_array_unref (worker->out);
  g_free (worker->why);
  g_free (worker->path);
  g_object_unref (worker->clock);
  g_free (worker);
}
