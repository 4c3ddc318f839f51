/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of the keys in memory beside the one of the database, with the same bound. */
#include "store/met-keys.h"

#include "base/log.h"
#include "store/seen-keys.h"

struct _KithMetKeys {
  KithStore *store;
  GHashTable *keys; /* set of KithSeenKey (owned), by their key, which is first in them */
};

/* One more call, as the store is told. */
typedef struct {
  KithPeerKey key;
  gint64 now;
} Meeting;

KithMetKeys *
kith_met_keys_new (KithStore *store, GError **error)
{
  g_autoptr (GPtrArray) list = kith_seen_keys_load (kith_store_get_database (store), error);

  if (list == NULL) {
    return NULL;
  }
  KithMetKeys *met = g_new0 (KithMetKeys, 1);
  met->store = g_object_ref (store);
  met->keys = g_hash_table_new_full (kith_peer_key_hash, kith_peer_key_equal, g_free, NULL);
  g_ptr_array_set_free_func (list, NULL);
  for (guint i = 0; i < list->len; i++) {
    (void)g_hash_table_add (met->keys, list->pdata[i]);
  }
  return met;
}

void
kith_met_keys_free (KithMetKeys *met)
{
  if (met != NULL) {
    g_hash_table_unref (met->keys);
    g_object_unref (met->store);
    g_free (met);
  }
}

guint
kith_met_keys_get (KithMetKeys *met, const KithPeerKey *key, gint64 *since)
{
  const KithSeenKey *seen = g_hash_table_lookup (met->keys, key);

  *since = seen != NULL ? seen->since : 0;
  return seen != NULL ? seen->calls : 0;
}

/* Forgets the one of the longest ago. */
static void
remove_oldest (KithMetKeys *met)
{
  const KithSeenKey *oldest = NULL;
  GHashTableIter iter;
  gpointer seen;

  g_hash_table_iter_init (&iter, met->keys);
  while (g_hash_table_iter_next (&iter, &seen, NULL)) {
    if (oldest == NULL || ((const KithSeenKey *)seen)->last < oldest->last) {
      oldest = seen;
    }
  }
  if (oldest != NULL) {
    (void)g_hash_table_remove (met->keys, oldest);
  }
}

static gboolean
keep (KithDatabase *database, gpointer data, GError **error)
{
  const Meeting *meeting = data;

  return kith_seen_keys_add (database, &meeting->key, meeting->now, error);
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree gchar *log_id = user_data;
  g_autoptr (GError) error = NULL;

  if (!kith_store_run_finish (KITH_STORE (source), result, NULL, &error)) {
    kith_warning (log_id, "that the peer's key was met is not kept: %s", error->message);
  }
}

void
kith_met_keys_add (KithMetKeys *met, const KithPeerKey *key, gint64 now, const char *log_id)
{
  KithSeenKey *seen = g_hash_table_lookup (met->keys, key);
  Meeting *meeting = g_new0 (Meeting, 1);

  if (seen == NULL) {
    if (g_hash_table_size (met->keys) >= KITH_SEEN_KEYS_MAX) {
      remove_oldest (met);
    }
    seen = g_new0 (KithSeenKey, 1);
    seen->key = *key;
    seen->since = now;
    (void)g_hash_table_add (met->keys, seen);
  }
  seen->calls++;
  seen->last = now;
  meeting->key = *key;
  meeting->now = now;
  kith_store_run_async (met->store, keep, meeting, g_free, on_kept, g_strdup (log_id));
}

void
kith_met_keys_clear (KithMetKeys *met)
{
  g_hash_table_remove_all (met->keys);
}
