/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of addresses, and look-ups that fill it. */
#include "net/known-hosts.h"

#include <string.h>

#include "base/log.h"

#define READ_US (5 * G_USEC_PER_SEC)      /* the list is read no more often */
#define RESOLVE_US (600 * G_USEC_PER_SEC) /* a name is looked up again */
#define RETRY_US (60 * G_USEC_PER_SEC)    /* … when that failed */
#define MAX_HOSTS 2000
#define MAX_ADDRESSES 16 /* of one name */

/* A host as the contact's address names it. */
typedef struct {
  GPtrArray *addresses; /* of gchar, in normal form */
  gint64 due_us;        /* G_MAXINT64: never again, it is an address */
  gboolean listed;      /* still */
} Host;

struct _KithKnownHosts {
  KithClock *clock;
  KithKnownHostsFunc list;
  gpointer list_data;
  GHashTable *hosts;     /* name → Host */
  GHashTable *addresses; /* those of all hosts, a set; NULL: must be made anew */
  GCancellable *cancellable;
  gboolean was_read;
  gint64 read_us;
};

typedef struct {
  KithKnownHosts *hosts;
  gchar *name;
} LookUp;

static void
host_free (gpointer data)
{
  Host *host = data;

  g_ptr_array_unref (host->addresses);
  g_free (host);
}

/* The one way to write an address, or NULL. (transfer full) */
static gchar *
normal_form (const char *address)
{
  g_autoptr (GInetAddress) parsed = g_inet_address_new_from_string (address);

  return parsed != NULL ? g_inet_address_to_string (parsed) : NULL;
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  LookUp *look_up = user_data;
  g_autoptr (GError) error = NULL;
  GList *found = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    KithKnownHosts *hosts = look_up->hosts;
    Host *host = g_hash_table_lookup (hosts->hosts, look_up->name);
    if (host != NULL && found != NULL) {
      g_ptr_array_set_size (host->addresses, 0);
      for (GList *l = found; l != NULL && host->addresses->len < MAX_ADDRESSES; l = l->next) {
        g_ptr_array_add (host->addresses, g_inet_address_to_string (l->data));
      }
      g_clear_pointer (&hosts->addresses, g_hash_table_unref);
    } else if (host != NULL) { /* it stays where it was */
      host->due_us = kith_clock_now (hosts->clock) + RETRY_US;
      kith_debug ("calls", "the host of a contact was not found: %s", error->message);
    }
  }
  g_resolver_free_addresses (found);
  g_free (look_up->name);
  g_free (look_up);
}

static void
look_up (KithKnownHosts *hosts, const char *name, Host *host)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  LookUp *one = g_new0 (LookUp, 1);

  host->due_us = kith_clock_now (hosts->clock) + RESOLVE_US;
  one->hosts = hosts;
  one->name = g_strdup (name);
  g_resolver_lookup_by_name_async (resolver, name, hosts->cancellable, on_resolved, one);
}

static void
list_host (KithKnownHosts *hosts, const char *name)
{
  Host *host = g_hash_table_lookup (hosts->hosts, name);

  if (host == NULL && g_hash_table_size (hosts->hosts) < MAX_HOSTS) {
    gchar *address = normal_form (name);
    host = g_new0 (Host, 1);
    host->addresses = g_ptr_array_new_with_free_func (g_free);
    if (address != NULL) {
      g_ptr_array_add (host->addresses, address);
      host->due_us = G_MAXINT64;
    }
    g_hash_table_insert (hosts->hosts, g_strdup (name), host);
    g_clear_pointer (&hosts->addresses, g_hash_table_unref);
  }
  if (host != NULL) {
    host->listed = TRUE;
    if (kith_clock_now (hosts->clock) >= host->due_us) {
      look_up (hosts, name, host);
    }
  }
}

static gboolean
is_unlisted (gpointer key, gpointer value, gpointer user_data)
{
  Host *host = value;
  gboolean listed = host->listed;

  host->listed = FALSE;
  return !listed;
}

static void
read_lists (KithKnownHosts *hosts)
{
  g_auto (GStrv) names = hosts->list (hosts->list_data);

  for (guint i = 0; names[i] != NULL; i++) {
    list_host (hosts, names[i]);
  }
  if (g_hash_table_foreach_remove (hosts->hosts, is_unlisted, NULL) > 0) {
    g_clear_pointer (&hosts->addresses, g_hash_table_unref);
  }
}

static void
collect (KithKnownHosts *hosts)
{
  GHashTableIter iter;
  gpointer value;

  hosts->addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_iter_init (&iter, hosts->hosts);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Host *host = value;
    for (guint i = 0; i < host->addresses->len; i++) {
      g_hash_table_add (hosts->addresses, g_strdup (host->addresses->pdata[i]));
    }
  }
}

KithKnownHosts *
kith_known_hosts_new (KithClock *clock, KithKnownHostsFunc list, gpointer user_data)
{
  KithKnownHosts *hosts = g_new0 (KithKnownHosts, 1);

  hosts->clock = clock;
  hosts->list = list;
  hosts->list_data = user_data;
  hosts->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, host_free);
  hosts->cancellable = g_cancellable_new ();
  (void)kith_known_hosts_has (hosts, ""); /* names are looked up before the first one calls */
  return hosts;
}

void
kith_known_hosts_free (KithKnownHosts *hosts)
{
  if (hosts != NULL) {
    g_cancellable_cancel (hosts->cancellable);
    g_object_unref (hosts->cancellable);
    g_clear_pointer (&hosts->addresses, g_hash_table_unref);
    g_hash_table_unref (hosts->hosts);
    g_free (hosts);
  }
}

static void
look_again (KithKnownHosts *hosts)
{
  gint64 now_us = kith_clock_now (hosts->clock);

  if (!hosts->was_read || now_us - hosts->read_us >= READ_US) {
    hosts->was_read = TRUE;
    hosts->read_us = now_us;
    read_lists (hosts);
  }
  if (hosts->addresses == NULL) {
    collect (hosts);
  }
}

gboolean
kith_known_hosts_has (KithKnownHosts *hosts, const char *address)
{
  look_again (hosts);
  if (g_hash_table_size (hosts->addresses) == 0) {
    return FALSE;
  }
  g_autofree gchar *normal = normal_form (address);
  return normal != NULL && g_hash_table_contains (hosts->addresses, normal);
}

guint
kith_known_hosts_list (KithKnownHosts *hosts, KithEndpoint *list, guint room)
{
  GHashTableIter iter;
  gpointer address;
  guint n = 0;

  look_again (hosts);
  g_hash_table_iter_init (&iter, hosts->addresses);
  while (n < room && g_hash_table_iter_next (&iter, &address, NULL)) {
    g_autoptr (GInetAddress) parsed = g_inet_address_new_from_string (address);
    const gboolean is_v6 = g_inet_address_get_family (parsed) == G_SOCKET_FAMILY_IPV6;
    list[n] = (KithEndpoint){ .family = is_v6 ? 6 : 4 };
    memcpy (list[n++].ip,
            g_inet_address_to_bytes (parsed),
            g_inet_address_get_native_size (parsed));
  }
  return n;
}
