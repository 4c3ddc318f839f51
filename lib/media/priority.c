/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real-time scheduling of audio threads: directly where limits allow, else by rtkit, else not at
   all. */
#include "media/priority.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/media-thread.h"

#define RTKIT_NAME "org.freedesktop.RealtimeKit1"
#define RTKIT_PATH "/org/freedesktop/RealtimeKit1"
#define RTKIT_MS 5000
#define MAX_THREADS 64 /* that are lowered again if one of them runs away */

static gint priority; /* KithPriority; atomic, since threads of audio read it */
static gboolean asked;
static GDBusConnection *rtkit; /* NULL: not needed, or not there */
static guint n_uses;
/* The main loop, and the media thread where there is one. */
static struct {
  gint tid; /* 0: none */
  int nice_before;
} loops[2];
static gboolean is_session_raised;
static gint threads[MAX_THREADS]; /* 0: free */

KithPriority
kith_priority_get (void)
{
  return (KithPriority)g_atomic_int_get (&priority);
}

static gint
own_tid (void)
{
  return (gint)syscall (SYS_gettid);
}

static int
policy_of (gint tid)
{
  return sched_getscheduler (tid) & ~SCHED_RESET_ON_FORK;
}

/* The kernel's word that a thread of ours computed too long without a pause: all of them run as any
   other from now on. In a signal handler. */
static void
on_run_away (int number)
{
  const struct sched_param none = { 0 };
  int kept = errno;

  for (guint i = 0; i < MAX_THREADS; i++) {
    gint tid = g_atomic_int_get (&threads[i]);
    if (tid != 0) {
      (void)sched_setscheduler (tid, SCHED_OTHER | SCHED_RESET_ON_FORK, &none);
    }
  }
  errno = kept;
}

/* Without this bound, which rtkit demands, a fault in an element could stop the machine. */
static void
limit_run_time (void)
{
  struct sigaction action = { .sa_handler = on_run_away, .sa_flags = SA_RESTART };
  struct rlimit limit = { 0 };

  (void)sigaction (SIGXCPU, &action, NULL);
  if (getrlimit (RLIMIT_RTTIME, &limit) != 0) {
    return;
  }
  if (limit.rlim_max > KITH_PRIORITY_RUN_US) {
    limit.rlim_max = KITH_PRIORITY_RUN_US;
  }
  limit.rlim_cur = MIN (limit.rlim_max, KITH_PRIORITY_RUN_US / 2);
  (void)setrlimit (RLIMIT_RTTIME, &limit);
}

static gboolean
set_realtime (gint tid)
{
  const struct sched_param wanted = { .sched_priority = KITH_PRIORITY_REALTIME };

  return sched_setscheduler (tid, SCHED_RR | SCHED_RESET_ON_FORK, &wanted) == 0;
}

static void
ask_rtkit (const char *method, GVariant *arguments)
{
  /* From any thread; what it answers changes nothing. */
  g_dbus_connection_call (rtkit,
                          RTKIT_NAME,
                          RTKIT_PATH,
                          RTKIT_NAME,
                          method,
                          arguments,
                          NULL,
                          G_DBUS_CALL_FLAGS_NONE,
                          RTKIT_MS,
                          NULL,
                          NULL,
                          NULL);
}

/* The loop */

/* Where the kernel shares the machine by sessions first (autogroup), niceness counts among the
   processes of one session only: all of it has to be raised. Nothing happens where the kernel has
   no such thing. */
static void
set_session_nice (int nice)
{
  g_autofree gchar *text = g_strdup_printf ("%d", nice);
  int fd = open ("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);

  if (fd >= 0) {
    gssize written = write (fd, text, strlen (text));
    is_session_raised = written > 0 && nice < 0;
    (void)close (fd);
  }
}

static void
raise_loop (gint tid, int nice_before)
{
  const struct sched_param none = { 0 };

  if (policy_of (tid) != SCHED_OTHER || nice_before <= KITH_PRIORITY_NICE) {
    return; /* somebody gave it more already */
  }
  (void)sched_setscheduler (tid, SCHED_OTHER | SCHED_RESET_ON_FORK, &none);
  if (setpriority (PRIO_PROCESS, (id_t)tid, KITH_PRIORITY_NICE) == 0) {
    set_session_nice (KITH_PRIORITY_NICE);
  } else if (rtkit != NULL) {
    ask_rtkit ("MakeThreadHighPriority", g_variant_new ("(ti)", (guint64)tid, KITH_PRIORITY_NICE));
  }
}

static void
raise_loops (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (loops); i++) {
    if (loops[i].tid != 0) {
      raise_loop (loops[i].tid, loops[i].nice_before);
    }
  }
}

void
kith_priority_begin (void)
{
  if (n_uses++ > 0) {
    return;
  }
  loops[0].tid = own_tid ();
  loops[1].tid = kith_media_thread_get_tid ();
  for (guint i = 0; i < G_N_ELEMENTS (loops); i++) {
    loops[i].nice_before = getpriority (PRIO_PROCESS, (id_t)loops[i].tid);
  }
  raise_loops ();
}

void
kith_priority_end (void)
{
  g_return_if_fail (n_uses > 0);
  gboolean was_raised = FALSE;

  if (--n_uses > 0) {
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (loops); i++) {
    if (loops[i].tid != 0
        && getpriority (PRIO_PROCESS, (id_t)loops[i].tid) < loops[i].nice_before) {
      (void)setpriority (PRIO_PROCESS, (id_t)loops[i].tid, loops[i].nice_before);
      was_raised = TRUE;
    }
  }
  if (was_raised && is_session_raised) {
    set_session_nice (0);
  }
}

/* Finding out */

static void
found (KithPriority what)
{
  static const char *const words[] = { [KITH_PRIORITY_UNKNOWN] = "not known yet",
                                       [KITH_PRIORITY_NONE] = "not allowed here",
                                       [KITH_PRIORITY_LIMITS] = "allowed",
                                       [KITH_PRIORITY_RTKIT] = "given by rtkit" };

  g_atomic_int_set (&priority, what);
  kith_debug ("media", "real-time priority of sound: %s", words[what]);
}

static void
on_rtkit (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) value
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  if (value == NULL) {
    found (KITH_PRIORITY_NONE);
    return;
  }
  rtkit = g_object_ref (G_DBUS_CONNECTION (source));
  found (KITH_PRIORITY_RTKIT);
  if (n_uses > 0) {
    raise_loops ();
  }
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, NULL);

  if (bus == NULL) {
    found (KITH_PRIORITY_NONE);
    return;
  }
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  g_dbus_connection_call (bus,
                          RTKIT_NAME,
                          RTKIT_PATH,
                          "org.freedesktop.DBus.Properties",
                          "Get",
                          g_variant_new ("(ss)", RTKIT_NAME, "MaxRealtimePriority"),
                          G_VARIANT_TYPE ("(v)"),
                          G_DBUS_CALL_FLAGS_NONE,
                          RTKIT_MS,
                          NULL,
                          on_rtkit,
                          NULL);
}

static void
no_work (gpointer data, gpointer user_data)
{
}

void
kith_priority_find (void)
{
  const struct sched_param none = { 0 };
  int policy = policy_of (0);

  if (asked) {
    return;
  }
  asked = TRUE;
  /* GLib gives all threads of shared pools what the thread had that made the first one: now, before
     it has more. */
  g_thread_pool_free (g_thread_pool_new (no_work, NULL, 1, FALSE, NULL), TRUE, TRUE);
  limit_run_time ();
  if (set_realtime (0)) { /* only to see whether it may be */
    if (policy == SCHED_OTHER) {
      (void)sched_setscheduler (0, SCHED_OTHER | SCHED_RESET_ON_FORK, &none);
    }
    found (KITH_PRIORITY_LIMITS);
  } else {
    g_bus_get (G_BUS_TYPE_SYSTEM, NULL, on_bus, NULL);
  }
}

/* Threads of audio */

static void
remember (gint tid)
{
  for (guint i = 0; i < MAX_THREADS; i++) {
    if (g_atomic_int_compare_and_exchange (&threads[i], 0, tid)) {
      return;
    }
  }
}

/* It may do something else after this: threads come from a pool. */
static void
lower_thread (gint tid)
{
  const struct sched_param none = { 0 };

  for (guint i = 0; i < MAX_THREADS; i++) {
    if (g_atomic_int_compare_and_exchange (&threads[i], tid, 0)) {
      (void)sched_setscheduler (tid, SCHED_OTHER | SCHED_RESET_ON_FORK, &none);
      return;
    }
  }
}

static void
raise_thread (gint tid)
{
  switch (kith_priority_get ()) {
  case KITH_PRIORITY_LIMITS:
    if (set_realtime (tid)) {
      remember (tid);
    }
    return;
  case KITH_PRIORITY_RTKIT:
    remember (tid);
    ask_rtkit ("MakeThreadRealtime",
               g_variant_new ("(tu)", (guint64)tid, (guint32)KITH_PRIORITY_REALTIME));
    return;
  case KITH_PRIORITY_UNKNOWN:
  case KITH_PRIORITY_NONE:
    return;
  }
}

/* On the thread that posts the message: the one that enters or leaves. */
static GstBusSyncReply
on_sync_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  GstStreamStatusType type = GST_STREAM_STATUS_TYPE_CREATE;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_STREAM_STATUS) {
    gst_message_parse_stream_status (message, &type, NULL);
    if (type == GST_STREAM_STATUS_TYPE_ENTER) {
      raise_thread (own_tid ());
    } else if (type == GST_STREAM_STATUS_TYPE_LEAVE) {
      lower_thread (own_tid ());
    }
  }
  return GST_BUS_PASS;
}

void
kith_priority_watch (GstBus *bus)
{
  gst_bus_set_sync_handler (bus, on_sync_message, NULL, NULL);
}
