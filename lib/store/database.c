/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens, migrates and mends the SQLite file, and wraps its statements. */
#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "store/database-copy.h"
#include "store/database-form.h"
#include "store/schema.h"

#define BUSY_MS 200     /* another process that reads the file is waited for no longer */
#define MAX_BROKEN 9    /* damaged files kept */
#define PAGE_BYTES 4096 /* SQLite's default */

/* All steps of the form in the order in which they came; user_version counts those that were
   done. */
static const char *const steps[] = {
  kith_schema_history_1,  kith_schema_contacts_1, kith_schema_history_2, kith_schema_history_3,
  kith_schema_history_4,  kith_schema_seen_1,     kith_schema_history_5, kith_schema_phones_1,
  kith_schema_contacts_2, kith_schema_trunks_1,
};

struct _KithDatabase {
  GObject parent_instance;
  sqlite3 *sqlite;
  gboolean damaged; /* found while it was in use: a new one is begun before the next statement */
  pthread_mutex_t mutex; /* what follows is changed under it, and read under it by other threads */
  gchar *path;           /* NULL: in memory */
  gchar *put_aside;      /* where the damaged file is that was found last, or NULL */
  gchar *why_not;        /* why it does not last; NULL: it does, or nobody expects it to */
  dev_t device;          /* the file that is open */
  ino_t inode;
};

struct _KithStatement {
  KithDatabase *database;
  sqlite3_stmt *sqlite;
};

G_DEFINE_FINAL_TYPE (KithDatabase, kith_database, G_TYPE_OBJECT)

static gboolean
is_damage (int code)
{
  return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

static const char *
remedy (int code)
{
  switch (code & 0xff) {
  case SQLITE_FULL:
    return "free some space on that disk";
  case SQLITE_READONLY:
  case SQLITE_CANTOPEN:
  case SQLITE_PERM:
    return "make the state directory and its files writable for you";
  case SQLITE_IOERR:
    return "check the disk's space and health";
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return "close the other program that uses it";
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return "it is moved aside, and a new one is begun";
  default:
    return "please report this";
  }
}

/* Says what SQLite found on @sqlite, and keeps in mind that the file is damaged; a statement may be
   one of a file that was moved aside. */
static gboolean
failed_on (KithDatabase *database, sqlite3 *sqlite, const char *doing, GError **error)
{
  int code = sqlite3_extended_errcode (sqlite);

  database->damaged = database->damaged || (sqlite == database->sqlite && is_damage (code));
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_FAILED,
               "%s: %s failed: %s; %s",
               database->path != NULL ? database->path : "database in memory",
               doing,
               sqlite3_errmsg (sqlite),
               remedy (code));
  return FALSE;
}

static gboolean
failed (KithDatabase *database, const char *doing, GError **error)
{
  return failed_on (database, database->sqlite, doing, error);
}

static void
close_sqlite (KithDatabase *database)
{
  /* Statements that are still held keep the old file until they are freed. */
  (void)sqlite3_close_v2 (database->sqlite);
  database->sqlite = NULL;
}

static void
kith_database_finalize (GObject *object)
{
  KithDatabase *database = KITH_DATABASE (object);

  close_sqlite (database);
  g_free (database->put_aside);
  g_free (database->why_not);
  g_free (database->path);
  pthread_mutex_destroy (&database->mutex);
  G_OBJECT_CLASS (kith_database_parent_class)->finalize (object);
}

static void
kith_database_class_init (KithDatabaseClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_database_finalize;
}

static void
kith_database_init (KithDatabase *database)
{
  pthread_mutex_init (&database->mutex, NULL);
}

/* What stands under the names that SQLite uses beside @path and is no plain file is removed: it
   would wait for a pipe. FALSE: something of that kind stays. */
static gboolean
clear_beside (const char *path)
{
  static const char *const names[] = { "-journal", "-wal", "-shm" };
  gboolean ok = TRUE;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *beside = g_strconcat (path, names[i], NULL);
    struct stat st;
    if (stat (beside, &st) == 0 && !S_ISREG (st.st_mode)) {
      ok = g_remove (beside) == 0 && ok;
    }
  }
  return ok;
}

/* The file, ours alone, before SQLite sees it: its log and index take over the permissions. */
static gboolean
prepare_file (const char *path, GError **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  const char *why = NULL;
  struct stat st;

  if (fd < 0) {
    why = g_strerror (errno);
  } else if (fstat (fd, &st) != 0) {
    why = g_strerror (errno);
  } else if (!S_ISREG (st.st_mode) || st.st_uid != geteuid ()) {
    why = "it is no plain file of yours";
  } else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0 && fchmod (fd, 0600) != 0) {
    why = g_strerror (errno);
  } else if (!clear_beside (path)) {
    why = "its journal is no plain file";
  }
  if (fd >= 0) {
    (void)close (fd);
  }
  if (why != NULL) {
    g_set_error (
        error,
        KITH_ERROR,
        KITH_ERROR_FAILED,
        "%s cannot be opened: %s; make the state directory and its files yours and writable",
        path,
        why);
    return FALSE;
  }
  return TRUE;
}

gboolean
kith_database_run (KithDatabase *database, const char *sql, GError **error)
{
  if (sqlite3_exec (database->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK) {
    return failed (database, "a change", error);
  }
  return TRUE;
}

static gboolean
begin (KithDatabase *database, GError **error)
{
  return kith_database_run (database, "BEGIN IMMEDIATE", error);
}

gboolean
kith_database_commit (KithDatabase *database, GError **error)
{
  return kith_database_run (database, "COMMIT", error);
}

void
kith_database_rollback (KithDatabase *database)
{
  if (sqlite3_get_autocommit (database->sqlite) == 0) {
    (void)sqlite3_exec (database->sqlite, "ROLLBACK", NULL, NULL, NULL);
  }
}

guint
kith_database_get_changes (KithDatabase *database)
{
  return (guint)sqlite3_changes (database->sqlite);
}

gint64
kith_database_get_last_id (KithDatabase *database)
{
  return sqlite3_last_insert_rowid (database->sqlite);
}

/* The first column of the first row of @sql. */
static gboolean
ask (KithDatabase *database, const char *sql, gint64 *number, gchar **text, GError **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (database->sqlite, sql, -1, &statement, NULL);

  if (code == SQLITE_OK) {
    code = sqlite3_step (statement);
  }
  if (code != SQLITE_ROW) {
    failed (database, "reading", error);
    (void)sqlite3_finalize (statement);
    return FALSE;
  }
  if (number != NULL) {
    *number = sqlite3_column_int64 (statement, 0);
  }
  if (text != NULL) {
    *text = g_strdup ((const char *)sqlite3_column_text (statement, 0));
  }
  (void)sqlite3_finalize (statement);
  return TRUE;
}

static gboolean
check_whole (KithDatabase *database, GError **error)
{
  g_autofree gchar *verdict = NULL;

  if (!ask (database, "PRAGMA quick_check(1)", NULL, &verdict, error)) {
    return FALSE;
  }
  if (g_strcmp0 (verdict, "ok") != 0) {
    database->damaged = TRUE;
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "%s is damaged: %s",
                 database->path != NULL ? database->path : "its copy",
                 verdict != NULL ? verdict : "unreadable");
    return FALSE;
  }
  return TRUE;
}

/* A whole file, but not with what @done steps have made: somebody changed it, and no statement of
   ours fits it. */
static gboolean
check_form (KithDatabase *database, gsize done, GError **error)
{
  g_autofree gchar *missing = kith_database_find_missing (database->sqlite, steps, done);

  if (missing == NULL) {
    return TRUE;
  }
  database->damaged = TRUE;
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_FAILED,
               "%s is damaged: there is %s",
               database->path != NULL ? database->path : "its copy",
               missing);
  return FALSE;
}

static gboolean
migrate (KithDatabase *database, GError **error)
{
  gint64 done = 0;

  if (!ask (database, "PRAGMA user_version", &done, NULL, error)) {
    return FALSE;
  }
  if (done < 0 || done > (gint64)G_N_ELEMENTS (steps)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "%s was made by a newer Kith; update this one, or move the file away",
                 database->path != NULL ? database->path : KITH_DATABASE_FILE);
    return FALSE;
  }
  if (!check_form (database, (gsize)done, error)) {
    return FALSE;
  }
  if (database->path != NULL && done > 0 && done < (gint64)G_N_ELEMENTS (steps)
      && !kith_database_keep_copy (database->sqlite, database->path, (guint)done, error)) {
    return FALSE;
  }
  for (gsize i = (gsize)done; i < G_N_ELEMENTS (steps); i++) {
    g_autofree gchar *mark = g_strdup_printf ("PRAGMA user_version = %zu", i + 1);
    if (!begin (database, error) || !kith_database_run (database, steps[i], error)
        || !kith_database_run (database, mark, error) || !kith_database_commit (database, error)) {
      kith_database_rollback (database);
      return FALSE;
    }
  }
  return TRUE;
}

/* Settings of this connection. A file from elsewhere may carry a hostile schema: nothing in it is
   trusted. */
static gboolean
set_up (KithDatabase *database, GError **error)
{
  g_autofree gchar *settings = g_strdup_printf (
      "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON; "
      "PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; "
      "PRAGMA journal_size_limit = 1048576; "
      "PRAGMA max_page_count = %d",
      KITH_DATABASE_MAX_BYTES / PAGE_BYTES);
  g_autofree gchar *journal = NULL;

  (void)sqlite3_busy_timeout (database->sqlite, BUSY_MS);
  (void)sqlite3_db_config (database->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  /* Some file systems know no shared memory: SQLite then keeps its old kind of journal, which
     serves as well. */
  return ask (database, "PRAGMA journal_mode = WAL", NULL, &journal, error)
         && kith_database_run (database, settings, error);
}

static gboolean
open_once (KithDatabase *database, GError **error)
{
  const char *name = database->path != NULL ? database->path : ":memory:";
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE;

  database->damaged = FALSE;
  if (database->path != NULL && !prepare_file (database->path, error)) {
    return FALSE;
  }
  if (sqlite3_open_v2 (name, &database->sqlite, flags, NULL) != SQLITE_OK) {
    return failed (database, "opening", error);
  }
  if (!set_up (database, error) || !check_whole (database, error) || !migrate (database, error)) {
    return FALSE;
  }
  struct stat st = { 0 };
  if (database->path != NULL && stat (database->path, &st) == 0) {
    pthread_mutex_lock (&database->mutex);
    database->device = st.st_dev;
    database->inode = st.st_ino;
    pthread_mutex_unlock (&database->mutex);
  }
  return TRUE;
}

/* A name for a damaged file: the first free number, else the last one. */
static gchar *
broken_name (const char *path)
{
  for (guint i = 1; i < MAX_BROKEN; i++) {
    g_autofree gchar *name = g_strdup_printf ("%s.broken-%u", path, i);
    if (!g_file_test (name, G_FILE_TEST_EXISTS)) {
      return g_steal_pointer (&name);
    }
  }
  return g_strdup_printf ("%s.broken-%u", path, MAX_BROKEN);
}

static gboolean
move_aside (KithDatabase *database, GError **error)
{
  g_autofree gchar *broken = broken_name (database->path);
  g_autofree gchar *log = g_strconcat (database->path, "-wal", NULL);
  g_autofree gchar *index = g_strconcat (database->path, "-shm", NULL);

  if (g_rename (database->path, broken) != 0) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "%s is damaged and cannot be moved aside: %s; remove it by hand",
                 database->path,
                 g_strerror (errno));
    return FALSE;
  }
  (void)g_unlink (log); /* it belongs to the damaged file and must not be played into a new one */
  (void)g_unlink (index);
  pthread_mutex_lock (&database->mutex);
  g_free (database->put_aside);
  database->put_aside = g_strdup (broken);
  pthread_mutex_unlock (&database->mutex);
  kith_warning ("store",
                "the database was damaged: it is kept as %s, and a new one begins",
                broken);
  return TRUE;
}

static gboolean
open_file (KithDatabase *database, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (open_once (database, &problem)) {
    return TRUE;
  }
  gboolean mend = database->damaged && database->path != NULL;
  close_sqlite (database);
  if (!mend) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  kith_warning ("store", "%s", problem->message);
  return move_aside (database, error) && open_once (database, error);
}

KithDatabase *
kith_database_open (const char *dir, GError **error)
{
  g_autoptr (KithDatabase) database = g_object_new (KITH_TYPE_DATABASE, NULL);

  database->path = g_build_filename (dir, KITH_DATABASE_FILE, NULL);
  return open_file (database, error) ? g_steal_pointer (&database) : NULL;
}

KithDatabase *
kith_database_open_in_memory (GError **error)
{
  g_autoptr (KithDatabase) database = g_object_new (KITH_TYPE_DATABASE, NULL);

  return open_file (database, error) ? g_steal_pointer (&database) : NULL;
}

/* Reading a file that cannot be written */

/* @path read-only; with @immutable also where SQLite cannot make its index (a file that nobody else
   writes). NULL: it cannot be read. */
static sqlite3 *
open_to_read (const char *path, gboolean immutable)
{
  g_autofree gchar *escaped = g_uri_escape_string (path, "/", FALSE);
  g_autofree gchar *uri
      = g_strdup_printf ("file:%s?mode=ro%s", escaped, immutable ? "&immutable=1" : "");
  sqlite3 *file = NULL;

  if (sqlite3_open_v2 (uri, &file, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) != SQLITE_OK
      || sqlite3_exec (file, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL) != SQLITE_OK) {
    (void)sqlite3_close_v2 (file);
    return NULL;
  }
  return file;
}

/* Takes over all that is in the file at @path. FALSE: it cannot be read, and the database is as
   before. */
static gboolean
copy_file (KithDatabase *database, const char *path)
{
  sqlite3 *file = open_to_read (path, FALSE);

  if (file == NULL) {
    file = open_to_read (path, TRUE);
  }
  sqlite3_backup *backup
      = file != NULL ? sqlite3_backup_init (database->sqlite, "main", file, "main") : NULL;
  gboolean ok = backup != NULL && sqlite3_backup_step (backup, -1) == SQLITE_DONE;
  (void)sqlite3_backup_finish (backup);
  (void)sqlite3_close_v2 (file);
  return ok;
}

KithDatabase *
kith_database_open_instead (const char *dir, const char *why, GError **error)
{
  g_autoptr (KithDatabase) database = g_object_new (KITH_TYPE_DATABASE, NULL);
  g_autofree gchar *path = g_build_filename (dir, KITH_DATABASE_FILE, NULL);
  g_autoptr (GError) problem = NULL;

  database->why_not = g_strdup (why);
  if (!open_file (database, error)) {
    return NULL;
  }
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR) && clear_beside (path)
      && copy_file (database, path)
      && (!check_whole (database, &problem) || !migrate (database, &problem))) {
    kith_info ("store", "nothing of the file is used: %s", problem->message);
    close_sqlite (database); /* a newer or a damaged one: begin with nothing */
    return open_file (database, error) ? g_steal_pointer (&database) : NULL;
  }
  return g_steal_pointer (&database);
}

/* TRUE while the file that is open is the one that a next start would read. */
static gboolean
is_same_file (KithDatabase *database)
{
  struct stat st;

  return stat (database->path, &st) == 0 && st.st_dev == database->device
         && st.st_ino == database->inode;
}

static gboolean
check_lasting (KithDatabase *database, GError **error)
{
  if (database->why_not != NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "nothing that is changed now lasts: %s",
                 database->why_not);
    return FALSE;
  }
  if (database->path != NULL && !is_same_file (database)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "nothing that is changed now lasts: %s was removed or replaced while kithd runs; "
                 "start kithd anew",
                 database->path);
    return FALSE;
  }
  return TRUE;
}

gboolean
kith_database_check_lasting (KithDatabase *database, GError **error)
{
  pthread_mutex_lock (&database->mutex);
  gboolean lasts = check_lasting (database, error);
  pthread_mutex_unlock (&database->mutex);
  return lasts;
}

gboolean
kith_database_is_in_memory (KithDatabase *database)
{
  pthread_mutex_lock (&database->mutex);
  gboolean in_memory = database->path == NULL;
  pthread_mutex_unlock (&database->mutex);
  return in_memory;
}

static gchar *
find_put_aside (KithDatabase *database)
{
  guint number = 0;

  if (database->put_aside != NULL && g_file_test (database->put_aside, G_FILE_TEST_EXISTS)) {
    return g_strdup (database->put_aside);
  }
  for (guint i = 1; database->path != NULL && i <= MAX_BROKEN; i++) { /* of an earlier run */
    g_autofree gchar *name = g_strdup_printf ("%s.broken-%u", database->path, i);
    number = g_file_test (name, G_FILE_TEST_EXISTS) ? i : number;
  }
  return number > 0 ? g_strdup_printf ("%s.broken-%u", database->path, number) : NULL;
}

gchar *
kith_database_get_put_aside (KithDatabase *database)
{
  pthread_mutex_lock (&database->mutex);
  gchar *name = find_put_aside (database);
  pthread_mutex_unlock (&database->mutex);
  return name;
}

/* Begins a new file in place of one that was found to be damaged. Without one it goes on in memory:
   there must always be a database. */
static gboolean
mend (KithDatabase *database, GError **error)
{
  g_autoptr (GError) problem = NULL;

  close_sqlite (database);
  if (database->path != NULL && move_aside (database, &problem) && open_file (database, &problem)) {
    return TRUE;
  }
  if (problem != NULL) {
    kith_warning ("store", "%s", problem->message);
  }
  close_sqlite (database);
  pthread_mutex_lock (&database->mutex);
  database->why_not = g_strdup_printf ("%s: its file was found to be damaged, and no new one could "
                                       "be begun%s%s; mend the disk and start kithd anew",
                                       database->path,
                                       problem != NULL ? ": " : "",
                                       problem != NULL ? problem->message : "");
  g_clear_pointer (&database->path, g_free);
  pthread_mutex_unlock (&database->mutex);
  return open_file (database, error);
}

/* Statements */

gboolean
kith_database_begin (KithDatabase *database, GError **error)
{
  return (!database->damaged || mend (database, error)) && begin (database, error);
}

KithStatement *
kith_database_prepare (KithDatabase *database, const char *sql, GError **error)
{
  sqlite3_stmt *prepared = NULL;

  if (database->damaged && !mend (database, error)) {
    return NULL;
  }
  if (sqlite3_prepare_v2 (database->sqlite, sql, -1, &prepared, NULL) != SQLITE_OK) {
    failed (database, "preparing", error);
    return NULL;
  }
  KithStatement *statement = g_new0 (KithStatement, 1);
  statement->database = g_object_ref (database);
  statement->sqlite = prepared;
  return statement;
}

void
kith_statement_free (KithStatement *statement)
{
  (void)sqlite3_finalize (statement->sqlite);
  g_object_unref (statement->database);
  g_free (statement);
}

void
kith_statement_bind_int (KithStatement *statement, int number, gint64 value)
{
  (void)sqlite3_bind_int64 (statement->sqlite, number, value);
}

void
kith_statement_bind_real (KithStatement *statement, int number, double value)
{
  (void)sqlite3_bind_double (statement->sqlite, number, value);
}

void
kith_statement_bind_text (KithStatement *statement, int number, const char *text)
{
  (void)sqlite3_bind_text (statement->sqlite, number, text, -1, SQLITE_TRANSIENT);
}

void
kith_statement_bind_bytes (KithStatement *statement, int number, const guint8 *data, gsize len)
{
  (void)sqlite3_bind_blob64 (statement->sqlite, number, data, len, SQLITE_TRANSIENT);
}

gboolean
kith_statement_step (KithStatement *statement, gboolean *row, GError **error)
{
  int code = sqlite3_step (statement->sqlite);

  *row = code == SQLITE_ROW;
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    return failed_on (statement->database, sqlite3_db_handle (statement->sqlite), "a step", error);
  }
  return TRUE;
}

gboolean
kith_statement_run (KithStatement *statement, GError **error)
{
  gboolean row = TRUE;

  while (row) {
    if (!kith_statement_step (statement, &row, error)) {
      (void)sqlite3_reset (statement->sqlite);
      return FALSE;
    }
  }
  (void)sqlite3_reset (statement->sqlite);
  (void)sqlite3_clear_bindings (statement->sqlite);
  return TRUE;
}

gint64
kith_statement_get_int (KithStatement *statement, int column)
{
  return sqlite3_column_int64 (statement->sqlite, column);
}

double
kith_statement_get_real (KithStatement *statement, int column)
{
  return sqlite3_column_double (statement->sqlite, column);
}

const char *
kith_statement_get_text (KithStatement *statement, int column)
{
  const char *text = (const char *)sqlite3_column_text (statement->sqlite, column);
  return text != NULL ? text : "";
}

const guint8 *
kith_statement_get_bytes (KithStatement *statement, int column, gsize *len)
{
  const guint8 *data = sqlite3_column_blob (statement->sqlite, column);

  *len = data != NULL ? (gsize)sqlite3_column_bytes (statement->sqlite, column) : 0;
  return data;
}
