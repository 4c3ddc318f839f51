/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts the answered calls of each key in the database. */
#include "store/seen-keys.h"

#include "store/schema.h"

/* It begins with the calls that are kept. */
const char kith_schema_seen_1[]
    = "CREATE TABLE seen_keys ("
      " key TEXT PRIMARY KEY, calls INTEGER NOT NULL, since INTEGER NOT NULL,"
      " last INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
      "INSERT INTO seen_keys (key, calls, since, last)"
      " SELECT peer_key, count (*), min (answered_at) / 1000000, max (answered_at) / 1000000"
      " FROM calls WHERE peer_key <> '' AND flowing_at > 0 AND answered_at > 0 GROUP BY peer_key";

gboolean
kith_seen_keys_add (KithDatabase *database, const KithPeerKey *key, gint64 now, GError **error)
{
  g_autofree gchar *text = kith_peer_key_to_text (key);
  g_autoptr (KithStatement) add
      = kith_database_prepare (database,
                               "INSERT INTO seen_keys (key, calls, since, last) VALUES (?1, 1, ?2, "
                               "?2) ON CONFLICT (key) DO UPDATE SET calls = calls + 1, last = ?2",
                               error);
  g_autoptr (KithStatement) trim
      = add != NULL ? kith_database_prepare (database,
                                             "DELETE FROM seen_keys WHERE key IN (SELECT key FROM "
                                             "seen_keys ORDER BY last DESC LIMIT -1 OFFSET ?1)",
                                             error)
                    : NULL;

  if (trim == NULL) {
    return FALSE;
  }
  kith_statement_bind_text (add, 1, text);
  kith_statement_bind_int (add, 2, now);
  kith_statement_bind_int (trim, 1, KITH_SEEN_KEYS_MAX);
  return kith_statement_run (add, error) && kith_statement_run (trim, error);
}

GPtrArray *
kith_seen_keys_load (KithDatabase *database, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database,
                               "SELECT key, calls, since, last FROM seen_keys LIMIT ?1",
                               error);
  gboolean row = TRUE;

  if (statement == NULL) {
    return NULL;
  }
  kith_statement_bind_int (statement, 1, KITH_SEEN_KEYS_MAX);
  while (TRUE) {
    KithSeenKey seen = { 0 };
    if (!kith_statement_step (statement, &row, error)) {
      return NULL;
    }
    if (!row) {
      return g_steal_pointer (&list);
    }
    seen.calls = (guint)CLAMP (kith_statement_get_int (statement, 1), 0, (gint64)G_MAXINT32);
    seen.since = CLAMP (kith_statement_get_int (statement, 2), 0, (gint64)G_MAXUINT32);
    seen.last = CLAMP (kith_statement_get_int (statement, 3), 0, (gint64)G_MAXUINT32);
    if (kith_peer_key_parse (kith_statement_get_text (statement, 0), &seen.key, NULL)) {
      g_ptr_array_add (list, g_memdup2 (&seen, sizeof seen));
    }
  }
}

gboolean
kith_seen_keys_clear (KithDatabase *database, GError **error)
{
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database, "DELETE FROM seen_keys", error);

  return statement != NULL && kith_statement_run (statement, error);
}
