/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts the process with a socket pair, moves the frames, watches over it and starts it anew. */
#include "worker/worker-host.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define CONTROL_FD 3
#define SECOND_FD 4
#define IN_MAX (64 * 1024)
#define OUT_MAX (2u << 20)
#define QUIT_MS 2000
#define PING_MS 10000
#define LONG_RUN_US (60 * G_USEC_PER_SEC)
#define SLOWEST_MS 30000

struct _KithWorkerHost {
  const KithWorkerKind *kind;
  gchar *path;
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

static void spawn (KithWorkerHost *host);

static void
close_socket (KithWorkerHost *host)
{
  if (host->in_source != 0) {
    g_source_remove (host->in_source);
  }
  if (host->out_source != 0) {
    g_source_remove (host->out_source);
  }
  host->in_source = host->out_source = 0;
  if (host->fd >= 0) {
    close (host->fd);
  }
  host->fd = -1;
  host->in_len = 0;
  g_byte_array_set_size (host->out, 0);
}

static void
forget_process (KithWorkerHost *host)
{
  close_socket (host);
  kith_clock_cancel (host->clock, &host->ping_timer);
  kith_clock_cancel (host->clock, &host->quit_timer);
  g_clear_object (&host->watching);
  g_clear_object (&host->process);
}

static void
kill_process (KithWorkerHost *host, const char *why)
{
  if (host->process != NULL) {
    kith_worker_host_set_why (host, why);
    g_subprocess_force_exit (host->process);
  }
}

static gboolean
on_restart_time (gpointer user_data)
{
  KithWorkerHost *host = user_data;

  host->restart_timer = 0;
  spawn (host);
  return G_SOURCE_REMOVE;
}

static void
plan_restart (KithWorkerHost *host, gint64 ran_us)
{
  if (ran_us >= LONG_RUN_US) {
    host->delay_ms = host->kind->again_ms;
  }
  host->restart_timer = kith_clock_add (host->clock, host->delay_ms, on_restart_time, host);
  host->delay_ms = CLAMP (host->delay_ms * 2, 1000, SLOWEST_MS);
}

typedef enum { READ_ON, READ_NO_MORE, READ_FREED } ReadResult;

/* Handles all whole frames. FREED: an owner's function freed us. NO_MORE: the stream is broken or
   closed; its source must go. */
static ReadResult
split_frames (KithWorkerHost *host)
{
  KithWireReader body;
  gboolean freed = FALSE, is_good = TRUE;
  gsize at = 0, used = 0;
  KithSplit split = KITH_SPLIT_MORE;

  host->freed = &freed;
  while (host->fd >= 0 && is_good
         && (split = kith_frame_split (host->in + at,
                                       host->in_len - at,
                                       host->kind->frame_max,
                                       &body,
                                       &used))
                == KITH_SPLIT_FRAME) {
    at += used;
    host->silent = FALSE;
    is_good = host->kind->frame (body, host->owner);
    if (freed) {
      return READ_FREED;
    }
  }
  host->freed = NULL;
  if (host->fd < 0) {
    return READ_NO_MORE;
  }
  if (!is_good || split == KITH_SPLIT_BROKEN) {
    kill_process (host, "sent what is no frame");
    return READ_NO_MORE;
  }
  memmove (host->in, host->in + at, host->in_len - at);
  host->in_len -= at;
  return READ_ON;
}

static ReadResult
read_socket (KithWorkerHost *host)
{
  const gssize n
      = recv (host->fd, host->in + host->in_len, sizeof host->in - host->in_len, MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
    return READ_ON;
  }
  if (n <= 0) {
    g_subprocess_force_exit (host->process); /* "ended" follows from the process */
    return READ_NO_MORE;
  }
  host->in_len += (gsize)n;
  return split_frames (host);
}

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  KithWorkerHost *host = user_data;

  (void)fd;
  (void)condition;
  switch (read_socket (host)) {
  case READ_ON:
    return G_SOURCE_CONTINUE;
  case READ_NO_MORE:
    host->in_source = 0;
    return G_SOURCE_REMOVE;
  case READ_FREED:
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_REMOVE;
}

static gchar *
describe_end (KithWorkerHost *host)
{
  if (host->why != NULL) {
    return g_strdup (host->why);
  }
  if (g_subprocess_get_if_signaled (host->process)) {
    return g_strdup_printf ("ended by signal %d", g_subprocess_get_term_sig (host->process));
  }
  return g_strdup_printf ("ended with code %d", g_subprocess_get_exit_status (host->process));
}

static void
on_process_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  (void)g_subprocess_wait_finish (G_SUBPROCESS (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return; /* the host is gone */
  }
  KithWorkerHost *host = user_data;
  if (host->fd >= 0 && read_socket (host) == READ_FREED) { /* its last words */
    return;
  }
  g_autofree gchar *why = describe_end (host);
  const gint64 ran_us = kith_clock_now (host->clock) - host->started_us;
  forget_process (host);
  g_clear_pointer (&host->why, g_free);
  if (host->wanted) {
    kith_warning (host->kind->log,
                  "%s %s; starting it again in %u ms",
                  host->kind->name,
                  why,
                  ran_us >= LONG_RUN_US ? host->kind->again_ms : host->delay_ms);
    host->restarts++;
    plan_restart (host, ran_us);
  }
  host->kind->ended (why, host->owner);
}

static gboolean
flush_out (KithWorkerHost *host)
{
  while (host->out->len > 0) {
    const gssize n = send (host->fd, host->out->data, host->out->len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0 && errno != EAGAIN) {
      g_byte_array_set_size (host->out, 0); /* it is going; its end comes from the process */
    }
    if (n <= 0) {
      break;
    }
    g_byte_array_remove_range (host->out, 0, (guint)n);
  }
  return host->out->len > 0;
}

static gboolean
on_writable (gint fd, GIOCondition condition, gpointer user_data)
{
  KithWorkerHost *host = user_data;

  (void)fd;
  (void)condition;
  if (flush_out (host)) {
    return G_SOURCE_CONTINUE;
  }
  host->out_source = 0;
  return G_SOURCE_REMOVE;
}

/* A frame without fields. */
static void
send_bare (KithWorkerHost *host, guint8 type)
{
  const guint8 frame[] = { 0, 1, type };

  kith_worker_host_send (host, frame, sizeof frame);
}

static gboolean
on_ping_time (gpointer user_data)
{
  KithWorkerHost *host = user_data;

  if (host->silent) {
    host->ping_timer = 0;
    kill_process (host, "did not answer for 10 s");
    return G_SOURCE_REMOVE;
  }
  host->silent = TRUE;
  send_bare (host, host->kind->ping);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_quit_time (gpointer user_data)
{
  KithWorkerHost *host = user_data;

  host->quit_timer = 0;
  kill_process (host, "did not end in time");
  return G_SOURCE_REMOVE;
}

/* NULL and *@error when it cannot be started. Both descriptors are gone then and later. */
static GSubprocess *
launch (KithWorkerHost *host, int control_fd, int second_fd, GError **error)
{
  const char *const argv[] = { host->path, NULL };
  const char *const environment[] = { NULL };
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);

  g_subprocess_launcher_set_environ (launcher, (gchar **)environment);
  g_subprocess_launcher_take_fd (launcher, control_fd, CONTROL_FD);
  if (second_fd >= 0) {
    g_subprocess_launcher_take_fd (launcher, second_fd, SECOND_FD);
  }
  return g_subprocess_launcher_spawnv (launcher, argv, error);
}

/* There is no process. The same reason is logged once. */
static void
tell_not_started (KithWorkerHost *host, const char *reason)
{
  g_autofree gchar *why = g_strdup_printf ("could not be started: %s", reason);

  if (g_strcmp0 (why, host->why) != 0) {
    kith_warning (host->kind->log,
                  "%s (%s) %s; %s",
                  host->kind->name,
                  host->path,
                  why,
                  host->kind->remedy);
    kith_worker_host_set_why (host, why);
  }
  plan_restart (host, 0);
  host->kind->ended (why, host->owner);
}

static void
spawn (KithWorkerHost *host)
{
  g_autoptr (GError) error = NULL;
  const gboolean has_second = host->kind->take_fd != NULL;
  const int second_fd = has_second ? host->kind->take_fd (host->owner) : -1;
  int pair[2] = { -1, -1 };

  if ((has_second && second_fd < 0)
      || socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    if (second_fd >= 0) {
      close (second_fd);
    }
    tell_not_started (host, "no socket is to be had");
    return;
  }
  host->process = launch (host, pair[1], second_fd, &error);
  if (host->process == NULL) {
    close (pair[0]);
    tell_not_started (host, error->message);
    return;
  }
  if (host->why != NULL) { /* there was nothing to start: that is no death */
    host->delay_ms = host->kind->again_ms;
  }
  g_clear_pointer (&host->why, g_free);
  host->fd = pair[0];
  host->started_us = kith_clock_now (host->clock);
  host->silent = FALSE;
  host->in_source = g_unix_fd_add (host->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, host);
  host->watching = g_cancellable_new ();
  g_subprocess_wait_async (host->process, host->watching, on_process_ended, host);
  host->ping_timer = kith_clock_add (host->clock, PING_MS, on_ping_time, host);
  host->kind->started (host->owner);
}

KithWorkerHost *
kith_worker_host_new (const KithWorkerKind *kind, const char *path, gpointer owner)
{
  KithWorkerHost *host = g_new0 (KithWorkerHost, 1);

  host->path = g_strdup (path);
  host->kind = kind;
  host->owner = owner;
  host->clock = g_object_ref (kith_clock_get_default ());
  host->fd = -1;
  host->out = g_byte_array_new ();
  return host;
}

void
kith_worker_host_start (KithWorkerHost *host)
{
  host->wanted = TRUE;
  host->delay_ms = host->kind->again_ms;
  if (host->process == NULL && host->restart_timer == 0) {
    host->restart_timer = kith_clock_add (host->clock, 0, on_restart_time, host);
  }
}

void
kith_worker_host_send (KithWorkerHost *host, const guint8 *frame, gsize len)
{
  if (host->fd < 0 || len == 0) {
    return;
  }
  if (host->out->len + len > OUT_MAX) {
    kill_process (host, "did not read its frames");
    return;
  }
  g_byte_array_append (host->out, frame, (guint)len);
  if (host->out_source == 0 && flush_out (host)) {
    host->out_source = g_unix_fd_add (host->fd, G_IO_OUT, on_writable, host);
  }
}

void
kith_worker_host_set_why (KithWorkerHost *host, const char *why)
{
  g_free (host->why);
  host->why = g_strdup (why);
}

void
kith_worker_host_let_end (KithWorkerHost *host)
{
  host->wanted = FALSE;
  kith_clock_cancel (host->clock, &host->restart_timer);
}

void
kith_worker_host_stop (KithWorkerHost *host)
{
  kith_worker_host_let_end (host);
  if (host->process != NULL && host->quit_timer == 0) {
    host->quit_timer = kith_clock_add (host->clock, QUIT_MS, on_quit_time, host);
    send_bare (host, host->kind->quit);
  }
}

gboolean
kith_worker_host_is_running (KithWorkerHost *host)
{
  return host->process != NULL;
}

guint
kith_worker_host_get_pid (KithWorkerHost *host)
{
  const char *text = host->process != NULL ? g_subprocess_get_identifier (host->process) : NULL;

  return text != NULL ? (guint)g_ascii_strtoull (text, NULL, 10) : 0;
}

guint
kith_worker_host_get_restarts (KithWorkerHost *host)
{
  return host->restarts;
}

void
kith_worker_host_free (KithWorkerHost *host)
{
  if (host == NULL) {
    return;
  }
  if (host->freed != NULL) {
    *host->freed = TRUE;
  }
  kith_clock_cancel (host->clock, &host->restart_timer);
  if (host->process != NULL) {
    g_cancellable_cancel (host->watching);
    g_subprocess_force_exit (host->process);
  }
  forget_process (host);
  g_byte_array_unref (host->out);
  g_free (host->why);
  g_free (host->path);
  g_object_unref (host->clock);
  g_free (host);
}
