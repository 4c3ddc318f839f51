/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon as a client sees it: its bus, its manager and its objects. */
#pragma once

#include <gio/gio.h>

#include "bus/kith-bus.h"

G_BEGIN_DECLS

typedef struct _KithDaemonView KithDaemonView;

/* Where the daemon is looked for. */
typedef struct {
  const char *address; /* (nullable): address of a bus */
  gboolean is_system;  /* the system bus; else the session bus */
  gboolean start;      /* ask the bus to start the daemon if it does not run */
} KithBusTarget;

/**
 * kith_daemon_view_open:
 * Connects and reads all objects. Main thread; the main loop goes on meanwhile.
 * Returns: (transfer full), or NULL and an error for which kith_daemon_view_is_absence() tells
 * whether there is no daemon; it names the remedy.
 */
KithDaemonView *kith_daemon_view_open (const KithBusTarget *target, GError **error);
void kith_daemon_view_free (KithDaemonView *view);

/* TRUE if @error says that no daemon, or no bus, is there. */
gboolean kith_daemon_view_is_absence (const GError *error);

/* TRUE once the daemon has left the bus. */
gboolean kith_daemon_view_is_gone (KithDaemonView *view);

/* All (transfer none). */
KithBusManager *kith_daemon_view_get_manager (KithDaemonView *view);
GDBusObjectManager *kith_daemon_view_get_objects (KithDaemonView *view);
GDBusConnection *kith_daemon_view_get_connection (KithDaemonView *view);

/* All objects with a call, an account, a plugin, a contact, a phone or a trunk, in order of their
   paths (numbers by value). (transfer container) (element-type KithBusObject) */
GPtrArray *kith_daemon_view_list_calls (KithDaemonView *view);
GPtrArray *kith_daemon_view_list_accounts (KithDaemonView *view);
GPtrArray *kith_daemon_view_list_plugins (KithDaemonView *view);
GPtrArray *kith_daemon_view_list_contacts (KithDaemonView *view);
GPtrArray *kith_daemon_view_list_phones (KithDaemonView *view);
GPtrArray *kith_daemon_view_list_trunks (KithDaemonView *view);

/* The object at @path, waiting up to 2 s for its announcement. (transfer full), or NULL and an
   error. */
KithBusObject *
kith_daemon_view_wait_object (KithDaemonView *view, const char *path, GError **error);

/**
 * kith_daemon_view_invoke:
 * @proxy: of the manager, a call…
 * @parameters: (nullable): a floating tuple
 * @timeout_ms: -1: the default of D-Bus, 25 s
 *
 * Calls @method and waits, while the main loop goes on.
 * Returns: (transfer full): the reply, or NULL and an error of #KITH_ERROR (or G_DBUS_ERROR,
 * G_IO_ERROR) without the name in its text.
 */
GVariant *kith_daemon_view_invoke (KithDaemonView *view,
                                   gpointer proxy,
                                   const char *method,
                                   GVariant *parameters,
                                   gint timeout_ms,
                                   GError **error);

/* The same with an open file, which a "h" in @parameters means by its index, 0. */
GVariant *kith_daemon_view_invoke_file (KithDaemonView *view,
                                        gpointer proxy,
                                        const char *method,
                                        GVariant *parameters,
                                        int fd,
                                        GError **error);

/* Writes a property and waits. */
gboolean kith_daemon_view_set_property (KithDaemonView *view,
                                        gpointer proxy,
                                        const char *property,
                                        GVariant *value,
                                        GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithDaemonView, kith_daemon_view_free)

G_END_DECLS
