/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compares a database with one that is made anew in memory by the same steps. */
#include "store/database-form.h"

#define ALL_COLUMNS                                                                                \
  "SELECT m.name, c.name FROM sqlite_schema AS m JOIN pragma_table_info (m.name) AS c "            \
  "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
#define HAS_TABLE "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1"
#define HAS_COLUMN "SELECT 1 FROM pragma_table_info (?1) WHERE name = ?2"

/* TRUE when @sql surely has no row: one that cannot be run now (busy, a failing disk) proves
   nothing. @second may be NULL. */
static gboolean
lacks_row (sqlite3 *sqlite, const char *sql, const char *first, const char *second)
{
  sqlite3_stmt *statement = NULL;
  gboolean lacks
      = sqlite3_prepare_v2 (sqlite, sql, -1, &statement, NULL) == SQLITE_OK
        && sqlite3_bind_text (statement, 1, first, -1, SQLITE_TRANSIENT) == SQLITE_OK
        && (second == NULL
            || sqlite3_bind_text (statement, 2, second, -1, SQLITE_TRANSIENT) == SQLITE_OK)
        && sqlite3_step (statement) == SQLITE_DONE;

  (void)sqlite3_finalize (statement);
  return lacks;
}

static gchar *
compare (sqlite3 *sqlite, sqlite3 *model)
{
  sqlite3_stmt *all = NULL;
  gchar *missing = NULL;

  if (sqlite3_prepare_v2 (model, ALL_COLUMNS, -1, &all, NULL) != SQLITE_OK) {
    return NULL;
  }
  while (missing == NULL && sqlite3_step (all) == SQLITE_ROW) {
    const char *table = (const char *)sqlite3_column_text (all, 0);
    const char *column = (const char *)sqlite3_column_text (all, 1);
    if (lacks_row (sqlite, HAS_TABLE, table, NULL)) {
      missing = g_strdup_printf ("no table %s", table);
    } else if (lacks_row (sqlite, HAS_COLUMN, table, column)) {
      missing = g_strdup_printf ("no column %s.%s", table, column);
    }
  }
  (void)sqlite3_finalize (all);
  return missing;
}

gchar *
kith_database_find_missing (sqlite3 *sqlite, const char *const *steps, gsize n)
{
  sqlite3 *model = NULL;
  gboolean ok
      = sqlite3_open_v2 (":memory:", &model, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL)
        == SQLITE_OK;

  for (gsize i = 0; ok && i < n; i++) {
    ok = sqlite3_exec (model, steps[i], NULL, NULL, NULL) == SQLITE_OK;
  }
  gchar *missing = ok ? compare (sqlite, model) : NULL;
  (void)sqlite3_close_v2 (model);
  return missing;
}
