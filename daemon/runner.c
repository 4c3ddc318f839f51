/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connects, owns the name, runs the main loop and unwinds in reverse. */
#include "runner.h"

#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/media-thread.h"
#include "bus/names.h"
#include "lifecycle.h"
#include "node/node.h"
#include "objects/bus-seat.h"
#include "rest.h"
#include "service.h"
#include "settled.h"

#define STOP_LIMIT_MS 4000
#define ALONE_S 300 /* without a bus nobody can use us: then we leave, unless there is a call */

typedef struct {
  const KithdOptions *options;
  KithConfig *config;
  KithdLifecycle *lifecycle;
  GMainLoop *loop;
  KithdSeat *seat;
  KithNode *node;
  KithdService *service; /* NULL: there is no bus */
  KithdRest *rest;
  guint stop_timer;
  guint alone_timer;
  gboolean started; /* the node was */
  gboolean settled; /* and that was told */
  gboolean stopping;
  int exit_code;
} Daemon;

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Daemon *daemon = user_data;

  (void)g_dbus_connection_flush_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_main_loop_quit (daemon->loop);
}

static void
on_node_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Daemon *daemon = user_data;
  g_autoptr (GError) error = NULL;

  if (!kith_node_stop_finish (KITH_NODE (source), result, &error)) {
    kith_warning ("daemon", "not everything could be left cleanly: %s", error->message);
  }
  GDBusConnection *connection
      = daemon->service != NULL ? kithd_seat_get_connection (daemon->seat) : NULL;
  if (connection == NULL) {
    g_main_loop_quit (daemon->loop);
    return;
  }
  kithd_service_stopped (daemon->service);
  g_dbus_connection_flush (connection, NULL, on_flushed, daemon);
}

static gboolean
on_stop_limit (gpointer user_data)
{
  Daemon *daemon = user_data;

  kith_warning ("daemon", "leaving without waiting any longer");
  daemon->stop_timer = 0;
  daemon->exit_code = KITHD_EXIT_FAILED;
  g_main_loop_quit (daemon->loop);
  return G_SOURCE_REMOVE;
}

/* The one way out of the main loop. */
static void
leave (Daemon *daemon, int exit_code)
{
  if (daemon->stopping) {
    return;
  }
  daemon->stopping = TRUE;
  daemon->exit_code = exit_code;
  if (!daemon->started) {
    g_main_loop_quit (daemon->loop);
    return;
  }
  kithd_lifecycle_stopping (daemon->lifecycle);
  if (daemon->service != NULL) {
    kithd_service_stopping (daemon->service);
  }
  daemon->stop_timer
      = kith_clock_add (kith_clock_get_default (), STOP_LIMIT_MS, on_stop_limit, daemon);
  kith_node_stop_async (daemon->node, NULL, on_node_stopped, daemon);
}

static void
on_client_stop (gpointer user_data)
{
  Daemon *daemon = user_data;
  gboolean failed = kith_node_get_start_problem (daemon->node) != NULL;

  leave (daemon, failed ? KITHD_EXIT_FAILED : KITHD_EXIT_CLEAN);
}

static int
exit_status_of (const GError *error)
{
  if (g_error_matches (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS)) {
    return KITHD_EXIT_USAGE;
  }
  return g_error_matches (error, KITH_ERROR, KITH_ERROR_EXISTS) ? KITHD_EXIT_NAME_TAKEN
                                                                : KITHD_EXIT_FAILED;
}

static gboolean
on_term (gpointer user_data)
{
  Daemon *daemon = user_data;

  if (daemon->stopping) {
    _exit (KITHD_EXIT_FAILED);
  }
  kith_info ("daemon", "stopping");
  leave (daemon, KITHD_EXIT_CLEAN);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_hup (gpointer user_data)
{
  kith_info ("daemon", "a hang-up signal changes nothing: restart to read the configuration anew");
  return G_SOURCE_CONTINUE;
}

/* Without a bus */

static gboolean
has_call (Daemon *daemon)
{
  g_autoptr (GList) calls = kith_node_get_calls (daemon->node);

  for (GList *l = calls; l != NULL; l = l->next) {
    if (kith_call_get_state (l->data) != KITH_CALL_ENDED) {
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
on_alone (gpointer user_data)
{
  Daemon *daemon = user_data;

  if (has_call (daemon)) {
    return G_SOURCE_CONTINUE;
  }
  daemon->alone_timer = 0;
  kith_log (G_LOG_LEVEL_CRITICAL, "daemon", "the bus did not come back, and there is no call");
  leave (daemon, KITHD_EXIT_FAILED);
  return G_SOURCE_REMOVE;
}

/* The seat on the bus */

static gboolean
on_bus_connected (GDBusConnection *connection, gpointer user_data)
{
  Daemon *daemon = user_data;
  g_autoptr (GError) error = NULL;

  if (daemon->node == NULL) {
    daemon->node = kith_node_new (daemon->config, &error);
  }
  if (daemon->node != NULL) {
    daemon->service = kithd_service_new (connection,
                                         daemon->node,
                                         daemon->options->system_bus,
                                         on_client_stop,
                                         daemon,
                                         &error);
  }
  if (daemon->service == NULL) {
    kith_log (G_LOG_LEVEL_CRITICAL,
              "daemon",
              "cannot start: %s",
              error != NULL ? error->message : "no reason given");
    leave (daemon, exit_status_of (error));
  }
  return daemon->service != NULL;
}

static void
on_bus_lost (gpointer user_data)
{
  Daemon *daemon = user_data;

  g_clear_pointer (&daemon->service, kithd_service_free);
  if (daemon->started && daemon->alone_timer == 0) {
    daemon->alone_timer
        = kith_clock_add (kith_clock_get_default (), ALONE_S * 1000, on_alone, daemon);
  }
}

/* Ordinary SIP is served, too, or it is known why not. */
static void
on_settled (gpointer user_data)
{
  Daemon *daemon = user_data;

  if (daemon->stopping) {
    return;
  }
  daemon->settled = TRUE;
  if (daemon->service != NULL) {
    kithd_service_started (daemon->service);
  }
  kithd_lifecycle_ready (daemon->lifecycle);
  daemon->rest = kithd_rest_new (daemon->node);
  kith_info ("daemon",
             "kithd " KITH_VERSION " is ready%s",
             kith_node_has_identity (daemon->node)
                 ? ""
                 : ", without an identity: make one with “kith init NAME”");
}

static void
on_bus_owned (gpointer user_data)
{
  Daemon *daemon = user_data;
  g_autoptr (GError) error = NULL;

  kith_clock_cancel (kith_clock_get_default (), &daemon->alone_timer);
  if (daemon->started) {
    if (daemon->settled) {
      kithd_service_started (daemon->service);
    }
    kith_info ("daemon", "back on the bus");
    return;
  }
  daemon->started = TRUE;
  if (!kith_node_start (daemon->node, &error)
      && !g_error_matches (error, KITH_ERROR, KITH_ERROR_NOT_FOUND)) {
    kith_log (G_LOG_LEVEL_CRITICAL, "daemon", "cannot start: %s", error->message);
    leave (daemon, KITHD_EXIT_FAILED);
    return;
  }
  kithd_when_settled (daemon->node, on_settled, daemon);
}

/* While we run: the seat goes on trying. */
static void
tell_absence (KithdSeatRefusal why, const char *text)
{
  switch (why) {
  case KITHD_SEAT_NO_BUS:
    kith_warning ("daemon", "the bus is not there (%s): looking for it", text);
    break;
  case KITHD_SEAT_TAKEN:
    kith_warning ("daemon",
                  "another kithd has taken the name on the bus meanwhile: this one goes on without "
                  "the bus, and takes the name when it is free. Stop one of them");
    break;
  case KITHD_SEAT_DENIED:
    kith_warning ("daemon", "the bus does not let us own the name any more: %s", text);
    break;
  }
}

static void
on_bus_refused (KithdSeatRefusal why, const char *text, gpointer user_data)
{
  Daemon *daemon = user_data;
  gboolean system_bus = daemon->options->system_bus;

  if (daemon->started) {
    tell_absence (why, text);
    return;
  }
  switch (why) {
  case KITHD_SEAT_NO_BUS:
    kith_log (G_LOG_LEVEL_CRITICAL,
              "daemon",
              "the bus cannot be reached: %s. %s",
              text,
              kithd_bus_remedy (system_bus));
    leave (daemon, KITHD_EXIT_FAILED);
    break;
  case KITHD_SEAT_TAKEN:
    kith_log (G_LOG_LEVEL_CRITICAL,
              "daemon",
              "kithd is running already: " KITH_BUS_NAME " is taken");
    leave (daemon, KITHD_EXIT_NAME_TAKEN);
    break;
  case KITHD_SEAT_DENIED:
    kith_log (G_LOG_LEVEL_CRITICAL,
              "daemon",
              "the %s does not let this user own " KITH_BUS_NAME ": %s %s",
              system_bus ? "system bus" : "bus",
              system_bus
                  ? "install its policy, org.kith.Kith1.conf, in /etc/dbus-1/system.d or "
                    "/usr/share/dbus-1/system.d, which lets root own it; for another user put a "
                    "copy with that user in place of root there."
                  : "its policy forbids it.",
              text);
    leave (daemon, KITHD_EXIT_FAILED);
    break;
  }
}

static const KithdSeatFuncs seat_funcs = {
  .connected = on_bus_connected,
  .owned = on_bus_owned,
  .lost = on_bus_lost,
  .refused = on_bus_refused,
};

const char *
kithd_bus_remedy (gboolean system_bus)
{
  return system_bus ? "Install and start dbus."
                    : "Run kithd in a login session, as “dbus-run-session -- kithd”, or on the "
                      "system bus with --system.";
}

int
kithd_run (const KithdOptions *options, KithConfig *config, const char *address)
{
  Daemon state = { .options = options, .config = config, .exit_code = KITHD_EXIT_FAILED };
  Daemon *daemon = &state;
  guint signals[] = {
    g_unix_signal_add (SIGTERM, on_term, daemon),
    g_unix_signal_add (SIGINT, on_term, daemon),
    g_unix_signal_add (SIGHUP, on_hup, daemon),
  };

  kith_media_thread_start ();
  daemon->loop = g_main_loop_new (NULL, FALSE);
  daemon->lifecycle = kithd_lifecycle_new ();
  daemon->seat = kithd_seat_new (address, &seat_funcs, daemon);
  g_main_loop_run (daemon->loop);

  kith_clock_cancel (kith_clock_get_default (), &daemon->stop_timer);
  kith_clock_cancel (kith_clock_get_default (), &daemon->alone_timer);
  g_clear_pointer (&daemon->service, kithd_service_free);
  g_clear_pointer (&daemon->seat, kithd_seat_free);
  g_clear_pointer (&daemon->rest, kithd_rest_free);
  g_clear_object (&daemon->node);
  kith_media_thread_stop ();
  g_clear_pointer (&daemon->lifecycle, kithd_lifecycle_free);
  g_clear_pointer (&daemon->loop, g_main_loop_unref);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++) {
    g_source_remove (signals[i]);
  }
  return daemon->exit_code;
}
