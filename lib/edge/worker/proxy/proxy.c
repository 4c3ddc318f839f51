/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table by the marks of what was forwarded. */
#include "edge/worker/proxy/proxy.h"

#include "edge/edge-limits.h"

struct _KithProxy {
  KithClock *clock;
  KithProxyForkFuncs funcs;
  GHashTable *forks; /* of Entry */
  guint64 repeated;  /* of forks that are gone */
};

typedef struct {
  guint64 key; /* the key */
  KithProxyFork *fork;
} Entry;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  kith_proxy_fork_free (entry->fork);
  g_free (entry);
}

KithProxy *
kith_proxy_new (KithClock *clock, const KithProxyForkFuncs *funcs)
{
  KithProxy *proxy = g_new0 (KithProxy, 1);

  proxy->clock = g_object_ref (clock);
  proxy->funcs = *funcs;
  proxy->forks = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, entry_free);
  return proxy;
}

void
kith_proxy_free (KithProxy *proxy)
{
  if (proxy != NULL) {
    g_hash_table_unref (proxy->forks);
    g_object_unref (proxy->clock);
    g_free (proxy);
  }
}

gboolean
kith_proxy_has_room (KithProxy *proxy)
{
  return g_hash_table_size (proxy->forks) < KITH_EDGE_MAX_FORKS;
}

static guint64
key_of (const gchar *mark, gboolean invite)
{
  return kith_branch_key (mark, invite ? KITH_BRANCH_INVITE : KITH_BRANCH_OTHER);
}

KithProxyFork *
kith_proxy_add (KithProxy *proxy,
                const KithProxyOrder *order,
                const KithSipLines *request,
                KithProxyTargets *targets)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->fork = kith_proxy_fork_new (proxy->clock, &proxy->funcs, order, request, targets);
  entry->key = key_of (order->mark.mark, kith_proxy_fork_is_invite (entry->fork));
  (void)g_hash_table_replace (proxy->forks, &entry->key, entry);
  return entry->fork;
}

void
kith_proxy_forget (KithProxy *proxy, KithProxyFork *fork)
{
  const guint64 key = key_of (kith_proxy_fork_mark (fork)->mark, kith_proxy_fork_is_invite (fork));

  proxy->repeated += kith_proxy_fork_repeats (fork);
  (void)g_hash_table_remove (proxy->forks, &key);
}

KithProxyFork *
kith_proxy_find (KithProxy *proxy, const gchar *mark, KithSipPiece method)
{
  const guint64 key = key_of (mark, kith_branch_kind (method) != KITH_BRANCH_OTHER);
  const Entry *entry = g_hash_table_lookup (proxy->forks, &key);

  return entry != NULL ? entry->fork : NULL;
}

/* Each fork; any may go meanwhile, but no other one than that which is visited. */
static void
each (KithProxy *proxy, void (*func) (KithProxyFork *fork, gconstpointer what), gconstpointer what)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (guint64));
  GHashTableIter iter;
  gpointer value = NULL;

  g_hash_table_iter_init (&iter, proxy->forks);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    g_array_append_val (all, ((Entry *)value)->key);
  }
  for (guint i = 0; i < all->len; i++) {
    const Entry *entry = g_hash_table_lookup (proxy->forks, &g_array_index (all, guint64, i));
    if (entry != NULL) {
      func (entry->fork, what);
    }
  }
}

static void
on_lost (KithProxyFork *fork, gconstpointer what)
{
  kith_proxy_fork_lost (fork, *(const guint32 *)what);
}

static void
on_refused (KithProxyFork *fork, gconstpointer what)
{
  kith_proxy_fork_refused (fork, what);
}

void
kith_proxy_lost (KithProxy *proxy, guint32 stream)
{
  each (proxy, on_lost, &stream);
}

void
kith_proxy_refused (KithProxy *proxy, const KithEndpoint *peer)
{
  each (proxy, on_refused, peer);
}

gboolean
kith_proxy_waits (KithProxy *proxy)
{
  GHashTableIter iter;
  gpointer value = NULL;

  g_hash_table_iter_init (&iter, proxy->forks);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithProxyFork *fork = ((Entry *)value)->fork;
    if (kith_proxy_fork_waits (fork) && kith_proxy_fork_mark (fork)->kind == KITH_PROXY_MARK_UA) {
      return TRUE;
    }
  }
  return FALSE;
}

guint64
kith_proxy_repeated (KithProxy *proxy)
{
  GHashTableIter iter;
  gpointer value = NULL;
  guint64 sum = proxy->repeated;

  g_hash_table_iter_init (&iter, proxy->forks);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    sum += kith_proxy_fork_repeats (((Entry *)value)->fork);
  }
  return sum;
}
