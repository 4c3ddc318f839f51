/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon as a client sees it: its bus, its manager and its objects. */
#include "common/daemon-view.h"

#include <gio/gunixfdlist.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "bus/names.h"
#include "common/await.h"

#define ANNOUNCE_MS 2000

struct _KithDaemonView {
  GDBusConnection *connection;
  GDBusObjectManager *objects;
  KithBusManager *manager;
  gboolean is_system;
};

static GDBusConnection *
connect_bus (const KithBusTarget *target, GError **error)
{
  KithAwait await = { NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) cause = NULL;
  GDBusConnection *connection;

  if (target->address != NULL) {
    g_dbus_connection_new_for_address (target->address,
                                       G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                           | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                       NULL,
                                       NULL,
                                       kith_await_ready,
                                       &await);
    result = kith_await_result (&await);
    connection = g_dbus_connection_new_for_address_finish (result, &cause);
  } else {
    g_bus_get (target->is_system ? G_BUS_TYPE_SYSTEM : G_BUS_TYPE_SESSION,
               NULL,
               kith_await_ready,
               &await);
    result = kith_await_result (&await);
    connection = g_bus_get_finish (result, &cause);
  }
  if (connection == NULL) {
    g_set_error (error,
                 G_DBUS_ERROR,
                 G_DBUS_ERROR_NO_SERVER,
                 "no %s bus can be reached (%s): %s",
                 target->address != NULL ? "such"
                 : target->is_system     ? "system"
                                         : "session",
                 cause->message,
                 target->is_system ? "install and start dbus"
                                   : "run it in a login session or give --bus ADDRESS");
    return NULL;
  }
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  return connection;
}

static gboolean
read_objects (KithDaemonView *view, gboolean start, GError **error)
{
  KithAwait await = { NULL };
  g_autoptr (GAsyncResult) result = NULL;

  kith_bus_object_manager_client_new (view->connection,
                                      start ? G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE
                                            : G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START,
                                      KITH_BUS_NAME,
                                      KITH_BUS_ROOT,
                                      NULL,
                                      kith_await_ready,
                                      &await);
  result = kith_await_result (&await);
  view->objects = kith_bus_object_manager_client_new_finish (result, error);
  return view->objects != NULL;
}

static gboolean
read_manager (KithDaemonView *view, GError **error)
{
  KithAwait await = { NULL };
  g_autoptr (GAsyncResult) result = NULL;

  kith_bus_manager_proxy_new (view->connection,
                              G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START,
                              KITH_BUS_NAME,
                              KITH_BUS_ROOT,
                              NULL,
                              kith_await_ready,
                              &await);
  result = kith_await_result (&await);
  view->manager = kith_bus_manager_proxy_new_finish (result, error);
  return view->manager != NULL;
}

/* Why there is no daemon to speak with, and what helps. Takes @cause (nullable). */
static void
set_absent (const KithBusTarget *target, GError *cause, GError **error)
{
  g_autoptr (GError) owned = cause;
  const char *bus = target->is_system ? "system bus" : "bus";

  if (g_error_matches (cause, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_NOT_AUTHORIZED,
                 "not allowed: the %s lets you not speak with kithd: run kith as root, or as the "
                 "user that kithd runs as",
                 bus);
  } else if (cause != NULL && cause->domain == KITH_ERROR) {
    g_dbus_error_strip_remote_error (cause);
    g_set_error (error,
                 KITH_ERROR,
                 cause->code,
                 "%s%s",
                 cause->code == KITH_ERROR_NOT_AUTHORIZED ? "not allowed: " : "",
                 cause->message);
  } else {
    if (cause != NULL) {
      g_dbus_error_strip_remote_error (cause);
    }
    g_set_error (error,
                 G_DBUS_ERROR,
                 G_DBUS_ERROR_SERVICE_UNKNOWN,
                 "kithd is not running%s%s%s%s: %s",
                 target->is_system ? " on the system bus" : "",
                 cause != NULL ? " (" : "",
                 cause != NULL ? cause->message : "",
                 cause != NULL ? ")" : "",
                 target->is_system ? "start it as root with `kithd --system`"
                                   : "start it with `systemctl --user start kithd` or run `kithd`");
  }
}

KithDaemonView *
kith_daemon_view_open (const KithBusTarget *target, GError **error)
{
  g_autoptr (KithDaemonView) view = g_new0 (KithDaemonView, 1);
  g_autoptr (GError) cause = NULL;

  (void)kith_error_quark ();
  view->is_system = target->is_system;
  view->connection = connect_bus (target, error);
  if (view->connection == NULL) {
    return NULL;
  }
  if (!read_objects (view, target->start, &cause) || kith_daemon_view_is_gone (view)) {
    set_absent (target, g_steal_pointer (&cause), error);
    return NULL;
  }
  if (!read_manager (view, error)) {
    return NULL;
  }
  return g_steal_pointer (&view);
}

void
kith_daemon_view_free (KithDaemonView *view)
{
  if (view == NULL) {
    return;
  }
  g_clear_object (&view->manager);
  g_clear_object (&view->objects);
  g_clear_object (&view->connection);
  g_free (view);
}

gboolean
kith_daemon_view_is_absence (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_SERVER)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
         || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER);
}

gboolean
kith_daemon_view_is_gone (KithDaemonView *view)
{
  g_autofree gchar *owner = NULL;

  owner
      = g_dbus_object_manager_client_get_name_owner (G_DBUS_OBJECT_MANAGER_CLIENT (view->objects));
  return owner == NULL;
}

KithBusManager *
kith_daemon_view_get_manager (KithDaemonView *view)
{
  return view->manager;
}

GDBusObjectManager *
kith_daemon_view_get_objects (KithDaemonView *view)
{
  return view->objects;
}

GDBusConnection *
kith_daemon_view_get_connection (KithDaemonView *view)
{
  return view->connection;
}

/* Shorter paths first, so that call/9 stands before call/10. */
static gint
compare_paths (gconstpointer a, gconstpointer b)
{
  const char *path_a = g_dbus_object_get_object_path (*(GDBusObject *const *)a);
  const char *path_b = g_dbus_object_get_object_path (*(GDBusObject *const *)b);
  gsize len_a = strlen (path_a);
  gsize len_b = strlen (path_b);

  if (len_a != len_b) {
    return len_a < len_b ? -1 : 1;
  }
  return strcmp (path_a, path_b);
}

static GPtrArray *
list_with (KithDaemonView *view, const char *interface)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_object_unref);
  GList *all = g_dbus_object_manager_get_objects (view->objects);
  GList *at;

  for (at = all; at != NULL; at = at->next) {
    g_autoptr (GDBusInterface) has = g_dbus_object_get_interface (at->data, interface);

    if (has != NULL) {
      g_ptr_array_add (found, g_object_ref (at->data));
    }
  }
  g_list_free_full (all, g_object_unref);
  g_ptr_array_sort (found, compare_paths);
  return found;
}

GPtrArray *
kith_daemon_view_list_calls (KithDaemonView *view)
{
  return list_with (view, KITH_BUS_IFACE_CALL);
}

GPtrArray *
kith_daemon_view_list_accounts (KithDaemonView *view)
{
  return list_with (view, KITH_BUS_IFACE_ACCOUNT);
}

GPtrArray *
kith_daemon_view_list_plugins (KithDaemonView *view)
{
  return list_with (view, KITH_BUS_IFACE_PLUGIN);
}

GPtrArray *
kith_daemon_view_list_contacts (KithDaemonView *view)
{
  return list_with (view, KITH_BUS_IFACE_CONTACT);
}

GPtrArray *
kith_daemon_view_list_phones (KithDaemonView *view)
{
  return list_with (view, KITH_BUS_IFACE_PHONE);
}

GPtrArray *
kith_daemon_view_list_trunks (KithDaemonView *view)
{
  return list_with (view, KITH_BUS_IFACE_TRUNK);
}

static void
set_left (KithDaemonView *view, GError **error)
{
  g_set_error (error,
               G_DBUS_ERROR,
               G_DBUS_ERROR_SERVICE_UNKNOWN,
               "kithd has left the bus: start it %s",
               view->is_system ? "as root with `kithd --system`"
                               : "with `systemctl --user start kithd` or run `kithd`");
}

static gboolean
on_announce_timeout (gpointer is_over)
{
  *(gboolean *)is_over = TRUE;
  return G_SOURCE_REMOVE;
}

KithBusObject *
kith_daemon_view_wait_object (KithDaemonView *view, const char *path, GError **error)
{
  gboolean is_over = FALSE;
  guint timer = g_timeout_add (ANNOUNCE_MS, on_announce_timeout, &is_over);
  GDBusObject *object = g_dbus_object_manager_get_object (view->objects, path);

  while (object == NULL && !is_over && !kith_daemon_view_is_gone (view)) {
    g_main_context_iteration (NULL, TRUE);
    object = g_dbus_object_manager_get_object (view->objects, path);
  }
  if (!is_over) {
    g_source_remove (timer);
  }
  if (object == NULL && kith_daemon_view_is_gone (view)) {
    set_left (view, error);
    return NULL;
  }
  if (object == NULL) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_NOT_FOUND, "there is no object %s on the bus", path);
    return NULL;
  }
  return KITH_BUS_OBJECT (object);
}

/* Turns "no owner" of whatever kind into the one sentence that helps. */
static void
explain (KithDaemonView *view, GError *cause, GError **error)
{
  if (kith_daemon_view_is_absence (cause)) {
    set_left (view, error);
    g_error_free (cause);
    return;
  }
  g_dbus_error_strip_remote_error (cause);
  g_propagate_error (error, cause);
}

GVariant *
kith_daemon_view_invoke (KithDaemonView *view,
                         gpointer proxy,
                         const char *method,
                         GVariant *parameters,
                         gint timeout_ms,
                         GError **error)
{
  KithAwait await = { NULL };
  g_autoptr (GAsyncResult) result = NULL;
  GError *cause = NULL;
  GVariant *reply;

  g_dbus_proxy_call (G_DBUS_PROXY (proxy),
                     method,
                     parameters,
                     G_DBUS_CALL_FLAGS_NO_AUTO_START,
                     timeout_ms,
                     NULL,
                     kith_await_ready,
                     &await);
  result = kith_await_result (&await);
  reply = g_dbus_proxy_call_finish (G_DBUS_PROXY (proxy), result, &cause);
  if (reply == NULL) {
    explain (view, cause, error);
  }
  return reply;
}

GVariant *
kith_daemon_view_invoke_file (KithDaemonView *view,
                              gpointer proxy,
                              const char *method,
                              GVariant *parameters,
                              int fd,
                              GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (parameters);
  g_autoptr (GUnixFDList) files = g_unix_fd_list_new ();
  g_autoptr (GAsyncResult) result = NULL;
  KithAwait await = { NULL };
  GError *cause = NULL;
  GVariant *reply = NULL;

  if (g_unix_fd_list_append (files, fd, error) < 0) {
    return NULL;
  }
  g_dbus_proxy_call_with_unix_fd_list (G_DBUS_PROXY (proxy),
                                       method,
                                       owned,
                                       G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                       -1,
                                       files,
                                       NULL,
                                       kith_await_ready,
                                       &await);
  result = kith_await_result (&await);
  reply = g_dbus_proxy_call_with_unix_fd_list_finish (G_DBUS_PROXY (proxy), NULL, result, &cause);
  if (reply == NULL) {
    explain (view, cause, error);
  }
  return reply;
}

gboolean
kith_daemon_view_set_property (KithDaemonView *view,
                               gpointer proxy,
                               const char *property,
                               GVariant *value,
                               GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  GVariant *parameters = g_variant_new ("(ssv)",
                                        g_dbus_proxy_get_interface_name (G_DBUS_PROXY (proxy)),
                                        property,
                                        value);

  reply = kith_daemon_view_invoke (view,
                                   proxy,
                                   "org.freedesktop.DBus.Properties.Set",
                                   parameters,
                                   -1,
                                   error);
  return reply != NULL;
}
