/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon's database: one SQLite file in the state directory that never stops the telephone from
   working. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define KITH_DATABASE_FILE "kith.db"
#define KITH_DATABASE_MAX_BYTES (64 * 1024 * 1024) /* the file grows no further */

/* One thread: that of KithStore, and before its start whoever opened it. What any thread may ask
   says so. Errors are KITH_ERROR_FAILED with cause and remedy (disk full, not writable, damaged)
   unless said otherwise. */
#define KITH_TYPE_DATABASE (kith_database_get_type ())
G_DECLARE_FINAL_TYPE (KithDatabase, kith_database, KITH, DATABASE, GObject)

/* One prepared statement of a database; holds a reference to it. */
typedef struct _KithStatement KithStatement;

/**
 * kith_database_open:
 * @dir: the state directory, which exists
 *
 * Opens KITH_DATABASE_FILE in @dir (0600, write-ahead log, foreign keys enforced) and brings its
 * tables to the present form. A damaged file is moved aside as "kith.db.broken-N" (N from 1, at
 * most 9 are kept) with a warning in the log, and a new one is begun. One of an older Kith is kept
 * as "kith.db.bak-FORM" (the newest 3 forms) before anything of it is changed: an older program can
 * read that copy.
 *
 * Returns: (transfer full), or NULL: the directory is not writable, the disk is full (also: no copy
 * can be kept), the file is not ours, or it was made by a newer Kith (which leaves it as it is).
 */
KithDatabase *kith_database_open (const char *dir, GError **error);

/* One that lives in memory and is gone with the object: for tests. (transfer full) */
KithDatabase *kith_database_open_in_memory (GError **error);

/* One in memory in place of one in @dir that cannot be had, since @why (an error's text, with cause
   and remedy). What can be read of the file is in it; what is changed does not last, and
   kith_database_check_lasting() says so. (transfer full) */
KithDatabase *kith_database_open_instead (const char *dir, const char *why, GError **error);

/* TRUE for one that has no file, which then waits for no disk. Any thread. */
gboolean kith_database_is_in_memory (KithDatabase *database);

/* Where the newest damaged file of this or an earlier run is; NULL: there is none, or nobody left
   it there. (transfer full) Any thread. */
gchar *kith_database_get_put_aside (KithDatabase *database);

/* FALSE: what is written is gone when the daemon stops; @error tells why, and what mends it.
   Whoever is about to keep what a person wants to be kept asks first. Any thread. */
gboolean kith_database_check_lasting (KithDatabase *database, GError **error);

/* Runs @sql (one statement or several, without parameters and without results). */
gboolean kith_database_run (KithDatabase *database, const char *sql, GError **error);

/* A transaction: begin (mends the file as kith_database_prepare() does), then commit, or roll back
   after any failure. They do not nest. rollback without a transaction does nothing. */
gboolean kith_database_begin (KithDatabase *database, GError **error);

/* What was committed survives a loss of power. */
gboolean kith_database_commit (KithDatabase *database, GError **error);
void kith_database_rollback (KithDatabase *database);

/* Rows that the last INSERT, UPDATE or DELETE changed, and the rowid of the last INSERT. */
guint kith_database_get_changes (KithDatabase *database);
gint64 kith_database_get_last_id (KithDatabase *database);

/* Prepares @sql, one statement with parameters ?1, ?2 … (transfer full). If the file was found to
   be damaged meanwhile, it is moved aside first and a new, empty one begun. Free it before the
   database is closed, and do not keep it over turns of the loop. */
KithStatement *kith_database_prepare (KithDatabase *database, const char *sql, GError **error);
void kith_statement_free (KithStatement *statement);

/* Parameters, numbered from 1. Text (UTF-8, NULL: SQL's NULL) and bytes (NULL: SQL's NULL) are
   copied. */
void kith_statement_bind_int (KithStatement *statement, int number, gint64 value);
void kith_statement_bind_real (KithStatement *statement, int number, double value);
void kith_statement_bind_text (KithStatement *statement, int number, const char *text);
void
kith_statement_bind_bytes (KithStatement *statement, int number, const guint8 *data, gsize len);

/* One step. FALSE and an error when it failed; else *@row tells whether a row is there to be
   read. */
gboolean kith_statement_step (KithStatement *statement, gboolean *row, GError **error);

/* Runs it to its end, then makes it ready to be bound and run again. Rows are thrown away. */
gboolean kith_statement_run (KithStatement *statement, GError **error);

/* Columns of the present row, numbered from 0; (transfer none) valid until the next step. NULL text
   is "", NULL bytes are NULL with *@len 0. */
gint64 kith_statement_get_int (KithStatement *statement, int column);
double kith_statement_get_real (KithStatement *statement, int column);
const char *kith_statement_get_text (KithStatement *statement, int column);
const guint8 *kith_statement_get_bytes (KithStatement *statement, int column, gsize *len);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithStatement, kith_statement_free)

G_END_DECLS
