/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks the resolver for all configured STUN servers. */
#include "nat/stun-lookup.h"

#include <string.h>

#include "base/log.h"

struct _KithStunLookup {
  GCancellable *cancellable;
  KithStunFoundFunc found;
  gpointer user_data;
};

typedef struct {
  KithStunLookup *lookup;
  gchar *server;
  guint16 port;
} Search;

static void
search_free (Search *search)
{
  g_free (search->server);
  g_free (search);
}

static GInetAddress *
choose (GList *list)
{
  GInetAddress *best = NULL;

  for (GList *one = list; one != NULL; one = one->next) {
    if (best == NULL
        || (g_inet_address_get_family (best) != G_SOCKET_FAMILY_IPV4
            && g_inet_address_get_family (one->data) == G_SOCKET_FAMILY_IPV4)) {
      best = one->data;
    }
  }
  return best;
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  Search *search = user_data;
  GList *list = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  GInetAddress *best = choose (list);

  if (best != NULL) {
    KithEndpoint server = { .port = search->port, .family = 4 };
    if (g_inet_address_get_family (best) == G_SOCKET_FAMILY_IPV6) {
      server.family = 6;
    }
    memcpy (server.ip, g_inet_address_to_bytes (best), server.family == 4 ? 4 : 16);
    search->lookup->found (&server, search->lookup->user_data);
  } else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    kith_warning ("link",
                  "the STUN server %s has no address (%s); check [link] stun in kith.conf",
                  search->server,
                  error != NULL ? error->message : "none");
  }
  search_free (search);
  g_resolver_free_addresses (list);
}

KithStunLookup *
kith_stun_lookup_new (const char *const *servers, KithStunFoundFunc found, gpointer user_data)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  KithStunLookup *lookup = g_new0 (KithStunLookup, 1);

  lookup->cancellable = g_cancellable_new ();
  lookup->found = found;
  lookup->user_data = user_data;
  for (guint i = 0; servers != NULL && servers[i] != NULL; i++) {
    g_autoptr (GSocketConnectable) connectable
        = g_network_address_parse (servers[i], KITH_STUN_PORT, NULL);
    if (connectable == NULL) {
      kith_warning ("link", "%s is no STUN server; check [link] stun in kith.conf", servers[i]);
      continue;
    }
    Search *search = g_new0 (Search, 1);
    search->lookup = lookup;
    search->server = g_strdup (servers[i]);
    search->port = g_network_address_get_port (G_NETWORK_ADDRESS (connectable));
    g_resolver_lookup_by_name_async (
        resolver,
        g_network_address_get_hostname (G_NETWORK_ADDRESS (connectable)),
        lookup->cancellable,
        on_resolved,
        search);
  }
  return lookup;
}

void
kith_stun_lookup_free (KithStunLookup *lookup)
{
  if (lookup != NULL) {
    g_cancellable_cancel (lookup->cancellable);
    g_object_unref (lookup->cancellable);
    g_free (lookup);
  }
}
