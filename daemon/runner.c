/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connects, owns the name, runs the main loop and unwinds in reverse. */
#include "runner.h"

#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "bus/names.h"
#include "lifecycle.h"
#include "node/node.h"
#include "service.h"

#define STOP_LIMIT_MS 4000

typedef struct {
  const KithdOptions *options;
  KithConfig *config;
  KithdLifecycle *lifecycle;
  GMainLoop *loop;
  GDBusConnection *connection;
  KithNode *node;
  KithdService *service;
  guint name_id;
  guint stop_timer;
  gboolean owns_name;
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
  kithd_service_stopped (daemon->service);
  g_dbus_connection_flush (daemon->connection, NULL, on_flushed, daemon);
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
  if (!daemon->owns_name) {
    g_main_loop_quit (daemon->loop);
    return;
  }
  kithd_lifecycle_stopping (daemon->lifecycle);
  kithd_service_stopping (daemon->service);
  daemon->stop_timer = g_timeout_add (STOP_LIMIT_MS, on_stop_limit, daemon);
  kith_node_stop_async (daemon->node, NULL, on_node_stopped, daemon);
}

static void
on_client_stop (gpointer user_data)
{
  leave (user_data, KITHD_EXIT_CLEAN);
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

static void
on_name_acquired (GDBusConnection *connection, const gchar *name, gpointer user_data)
{
  Daemon *daemon = user_data;
  g_autoptr (GError) error = NULL;

  daemon->owns_name = TRUE;
  if (!kith_node_start (daemon->node, &error)
      && !g_error_matches (error, KITH_ERROR, KITH_ERROR_NOT_FOUND)) {
    kith_log (G_LOG_LEVEL_CRITICAL, "daemon", "cannot start: %s", error->message);
    leave (daemon, KITHD_EXIT_FAILED);
    return;
  }
  kithd_service_started (daemon->service);
  kithd_lifecycle_ready (daemon->lifecycle);
  kith_info ("daemon",
             "kithd " KITH_VERSION " is ready%s",
             error != NULL ? ", without an identity: make one with “kith init NAME”" : "");
}

static void
on_name_lost (GDBusConnection *connection, const gchar *name, gpointer user_data)
{
  Daemon *daemon = user_data;

  if (connection == NULL || g_dbus_connection_is_closed (connection)) {
    kith_log (G_LOG_LEVEL_CRITICAL, "daemon", "the bus has gone");
    leave (daemon, KITHD_EXIT_FAILED);
  } else if (daemon->owns_name) {
    kith_log (G_LOG_LEVEL_CRITICAL, "daemon", "the name " KITH_BUS_NAME " was taken away");
    leave (daemon, KITHD_EXIT_FAILED);
  } else {
    kith_log (G_LOG_LEVEL_CRITICAL,
              "daemon",
              "kithd is running already: " KITH_BUS_NAME " is taken");
    leave (daemon, KITHD_EXIT_NAME_TAKEN);
  }
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Daemon *daemon = user_data;
  g_autoptr (GError) error = NULL;

  daemon->connection = g_dbus_connection_new_for_address_finish (result, &error);
  if (daemon->connection != NULL) {
    daemon->node = kith_node_new (daemon->config, &error);
  }
  if (daemon->node != NULL) {
    daemon->service = kithd_service_new (daemon->connection,
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
    return;
  }
  /* Everything is exported: a request that waited for the name finds its object. */
  daemon->name_id = g_bus_own_name_on_connection (daemon->connection,
                                                  KITH_BUS_NAME,
                                                  G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                                  on_name_acquired,
                                                  on_name_lost,
                                                  daemon,
                                                  NULL);
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

  daemon->loop = g_main_loop_new (NULL, FALSE);
  daemon->lifecycle = kithd_lifecycle_new ();
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                         | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL,
                                     NULL,
                                     on_connected,
                                     daemon);
  g_main_loop_run (daemon->loop);

  g_clear_handle_id (&daemon->stop_timer, g_source_remove);
  g_clear_handle_id (&daemon->name_id, g_bus_unown_name);
  g_clear_pointer (&daemon->service, kithd_service_free);
  g_clear_object (&daemon->node);
  g_clear_object (&daemon->connection);
  g_clear_pointer (&daemon->lifecycle, kithd_lifecycle_free);
  g_clear_pointer (&daemon->loop, g_main_loop_unref);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++) {
    g_source_remove (signals[i]);
  }
  return daemon->exit_code;
}
