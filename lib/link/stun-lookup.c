/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tries the configured STUN servers one after the other in the resolver. */
#include "link/stun-lookup.h"

#include "base/error.h"

typedef struct {
  GStrv servers;
  guint next;
  guint16 port; /* of the one being looked up */
} Lookup;

static void try_next (GTask *task);

static void
lookup_free (gpointer data)
{
  Lookup *lookup = data;

  g_strfreev (lookup->servers);
  g_free (lookup);
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GList *list = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, NULL);
  GInetAddress *best = NULL;

  for (GList *one = list; one != NULL; one = one->next) {
    if (best == NULL
        || (g_inet_address_get_family (best) != G_SOCKET_FAMILY_IPV4
            && g_inet_address_get_family (one->data) == G_SOCKET_FAMILY_IPV4)) {
      best = one->data;
    }
  }
  if (best != NULL) {
    g_task_return_pointer (task, g_inet_address_to_string (best), g_free);
  } else {
    try_next (task);
  }
  g_resolver_free_addresses (list);
}

static void
try_next (GTask *task)
{
  Lookup *lookup = g_task_get_task_data (task);
  g_autoptr (GSocketConnectable) connectable = NULL;

  if (g_task_return_error_if_cancelled (task)) {
    return;
  }
  while (connectable == NULL && lookup->servers[lookup->next] != NULL) {
    connectable = g_network_address_parse (lookup->servers[lookup->next++], KITH_STUN_PORT, NULL);
  }
  if (connectable == NULL) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_NOT_FOUND,
                             "No STUN server has an address; check the configuration");
    return;
  }
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  GNetworkAddress *address = G_NETWORK_ADDRESS (connectable);
  lookup->port = g_network_address_get_port (address);
  g_resolver_lookup_by_name_async (resolver,
                                   g_network_address_get_hostname (address),
                                   g_task_get_cancellable (task),
                                   on_resolved,
                                   g_object_ref (task));
}

void
kith_stun_lookup_async (const char *const *servers,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Lookup *lookup = g_new0 (Lookup, 1);

  lookup->servers = g_strdupv ((gchar **)servers);
  g_task_set_task_data (task, lookup, lookup_free);
  try_next (task);
}

gchar *
kith_stun_lookup_finish (GAsyncResult *result, guint16 *port, GError **error)
{
  Lookup *lookup = g_task_get_task_data (G_TASK (result));

  *port = lookup->port;
  return g_task_propagate_pointer (G_TASK (result), error);
}
