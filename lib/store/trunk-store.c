/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes the table of trunks; what a trunk has is kept as kith.conf would have it. */
#include "store/trunk-store.h"

#include <string.h>

#include "base/log.h"
#include "store/schema.h"

/* The password is needed as it is: its hash depends on what the registrar says. */
const char kith_schema_trunks_1[]
    = "CREATE TABLE trunks ("
      " name TEXT PRIMARY KEY, settings TEXT NOT NULL, password TEXT NOT NULL,"
      " enabled INTEGER NOT NULL, since INTEGER NOT NULL) STRICT, WITHOUT ROWID";

void
kith_trunk_row_free (KithTrunkRow *row)
{
  if (row != NULL) {
    explicit_bzero (row, sizeof *row);
    g_free (row);
  }
}

static void
free_row (gpointer data)
{
  kith_trunk_row_free (data);
}

/* "domain=example.org\nuser=bob\n": what is not the default. (transfer full) */
static gchar *
print_settings (const KithTrunk *trunk)
{
  const KithTrunk plain = kith_trunk_default (trunk->name);
  GString *text = g_string_new (NULL);

  for (guint i = 0; kith_trunk_keys ()[i] != NULL; i++) {
    const char *key = kith_trunk_keys ()[i];
    g_autofree gchar *value = kith_trunk_get (trunk, key);
    g_autofree gchar *usual = kith_trunk_get (&plain, key);
    if (strcmp (value, usual) != 0) {
      g_string_append_printf (text, "%s=%s\n", key, value);
    }
  }
  return g_string_free (text, FALSE);
}

static gboolean
read_settings (const char *text, KithTrunk *trunk)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    gchar *value = strchr (lines[i], '=');
    if (*lines[i] == '\0') {
      continue;
    }
    if (value == NULL) {
      return FALSE;
    }
    *value++ = '\0';
    if (!kith_trunk_set (trunk, lines[i], value, NULL)) {
      return FALSE;
    }
  }
  return kith_trunk_check (trunk, NULL);
}

/* (transfer full), NULL: it is no trunk. */
static KithTrunkRow *
read_row (KithStatement *statement)
{
  g_autoptr (KithTrunkRow) row = g_new0 (KithTrunkRow, 1);
  const char *name = kith_statement_get_text (statement, 0);

  row->trunk = kith_trunk_default (name);
  row->trunk.since = CLAMP (kith_statement_get_int (statement, 4), 1, (gint64)G_MAXUINT32);
  row->enabled = kith_statement_get_int (statement, 3) != 0;
  return kith_trunk_name_check (name, NULL)
                 && g_strlcpy (row->password,
                               kith_statement_get_text (statement, 2),
                               sizeof row->password)
                        < sizeof row->password
                 && read_settings (kith_statement_get_text (statement, 1), &row->trunk)
             ? g_steal_pointer (&row)
             : NULL;
}

GPtrArray *
kith_trunk_store_load (KithDatabase *database, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (free_row);
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database,
                               "SELECT name, settings, password, enabled, since FROM trunks"
                               " ORDER BY name LIMIT ?1",
                               error);
  gboolean has_row = FALSE;

  if (statement == NULL) {
    return NULL;
  }
  kith_statement_bind_int (statement, 1, KITH_TRUNKS_MAX);
  while (kith_statement_step (statement, &has_row, error)) {
    if (!has_row) {
      return g_steal_pointer (&list);
    }
    KithTrunkRow *row = read_row (statement);
    if (row != NULL) {
      g_ptr_array_add (list, row);
    } else {
      kith_warning ("trunk", "a trunk in the database cannot be read: it is passed over");
    }
  }
  return NULL;
}

gboolean
kith_trunk_store_put (KithDatabase *database, const KithTrunkRow *row, GError **error)
{
  g_autofree gchar *settings = print_settings (&row->trunk);
  g_autoptr (KithStatement) statement = kith_database_prepare (
      database,
      "INSERT OR REPLACE INTO trunks (name, settings, password, enabled, since)"
      " VALUES (?1, ?2, ?3, ?4, ?5)",
      error);

  if (statement == NULL) {
    return FALSE;
  }
  kith_statement_bind_text (statement, 1, row->trunk.name);
  kith_statement_bind_text (statement, 2, settings);
  kith_statement_bind_text (statement, 3, row->password);
  kith_statement_bind_int (statement, 4, row->enabled ? 1 : 0);
  kith_statement_bind_int (statement, 5, row->trunk.since);
  return kith_statement_run (statement, error);
}

gboolean
kith_trunk_store_remove (KithDatabase *database, const char *name, GError **error)
{
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database, "DELETE FROM trunks WHERE name = ?1", error);

  if (statement == NULL) {
    return FALSE;
  }
  kith_statement_bind_text (statement, 1, name);
  return kith_statement_run (statement, error);
}
