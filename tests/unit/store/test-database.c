/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests the database file: permissions, damage, full disk, newer form, memory. */
#include "store/database.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/error.h"
#include "common/absent.h"

#define TABLE                                                                                      \
  "CREATE TABLE IF NOT EXISTS things (id INTEGER PRIMARY KEY, word TEXT, data BLOB, real REAL)"

typedef struct {
  gchar *dir;
  gchar *file;
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  place->dir = g_dir_make_tmp ("kith-db-XXXXXX", NULL);
  place->file = g_build_filename (place->dir, KITH_DATABASE_FILE, NULL);
}

static void
tear_down (Place *place, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (place->dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (place->dir, name, NULL);
    g_assert_cmpint (g_unlink (path), ==, 0);
  }
  g_assert_cmpint (g_rmdir (place->dir), ==, 0);
  g_free (place->dir);
  g_free (place->file);
}

static KithDatabase *
open_ok (Place *place)
{
  g_autoptr (GError) error = NULL;
  KithDatabase *database = kith_database_open (place->dir, &error);

  g_assert_no_error (error);
  g_assert_nonnull (database);
  g_assert_true (kith_database_run (database, TABLE, &error));
  return database;
}

static gint64
ask_number (KithDatabase *database, const char *sql)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithStatement) statement = kith_database_prepare (database, sql, &error);
  gboolean row = FALSE;

  g_assert_no_error (error);
  g_assert_true (kith_statement_step (statement, &row, &error));
  g_assert_true (row);
  return kith_statement_get_int (statement, 0);
}

static gboolean
add (KithDatabase *database, const char *word, const guint8 *data, gsize len, GError **error)
{
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database,
                               "INSERT INTO things (word, data, real) VALUES (?1, ?2, ?3)",
                               error);

  if (statement == NULL) {
    return FALSE;
  }
  kith_statement_bind_text (statement, 1, word);
  kith_statement_bind_bytes (statement, 2, data, len);
  kith_statement_bind_real (statement, 3, 1.5);
  return kith_statement_run (statement, error);
}

static void
test_keeps (Place *place, gconstpointer data)
{
  const guint8 bytes[] = { 0, 1, 2, 255 };
  g_autoptr (KithDatabase) first = open_ok (place);
  g_autoptr (GError) error = NULL;
  struct stat st;
  gboolean row = FALSE;
  gsize len = 0;

  g_assert_true (kith_database_check_lasting (first, &error));
  g_assert_true (add (first, "one'; DROP TABLE things; --", bytes, sizeof bytes, &error));
  g_assert_cmpuint (kith_database_get_changes (first), ==, 1);
  g_assert_cmpint (kith_database_get_last_id (first), ==, 1);
  g_assert_cmpint (g_stat (place->file, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 0777, ==, 0600);
  g_autofree gchar *log = g_strconcat (place->file, "-wal", NULL);
  g_assert_cmpint (g_stat (log, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 0777, ==, 0600);
  g_clear_object (&first);
  g_autoptr (KithDatabase) second = open_ok (place);
  g_autoptr (KithStatement) statement
      = kith_database_prepare (second, "SELECT word, data, real, NULL FROM things", &error);
  g_assert_no_error (error);
  g_assert_true (kith_statement_step (statement, &row, &error));
  g_assert_true (row);
  g_assert_cmpstr (kith_statement_get_text (statement, 0), ==, "one'; DROP TABLE things; --");
  const guint8 *back = kith_statement_get_bytes (statement, 1, &len);
  g_assert_cmpmem (back, len, bytes, sizeof bytes);
  g_assert_cmpfloat (kith_statement_get_real (statement, 2), ==, 1.5);
  g_assert_cmpstr (kith_statement_get_text (statement, 3), ==, "");
  g_assert_true (kith_statement_step (statement, &row, &error));
  g_assert_false (row);
}

static void
test_transactions (Place *place, gconstpointer data)
{
  g_autoptr (KithDatabase) database = open_ok (place);
  g_autoptr (GError) error = NULL;

  kith_database_rollback (database);
  g_assert_true (kith_database_begin (database, &error));
  g_assert_true (add (database, "a", NULL, 0, &error));
  kith_database_rollback (database);
  g_assert_cmpint (ask_number (database, "SELECT count(*) FROM things"), ==, 0);
  g_assert_true (kith_database_begin (database, &error));
  g_assert_true (add (database, "a", NULL, 0, &error));
  g_assert_true (kith_database_commit (database, &error));
  g_assert_cmpint (ask_number (database, "SELECT count(*) FROM things"), ==, 1);
  g_assert_false (kith_database_run (database, "NO SUCH COMMAND", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_cmpint (ask_number (database, "PRAGMA foreign_keys"), ==, 1);
}

static gboolean
exists (Place *place, const char *suffix)
{
  g_autofree gchar *path = g_strconcat (place->file, suffix, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Bytes that are no database at all, more often than files are kept. */
static void
test_garbage (Place *place, gconstpointer data)
{
  for (guint i = 1; i <= 11; i++) {
    g_autoptr (GError) error = NULL;
    gchar garbage[8192];
    memset (garbage, 'x', sizeof garbage);
    g_assert_true (g_file_set_contents (place->file, garbage, sizeof garbage, &error));
    g_autoptr (KithDatabase) database = open_ok (place);
    g_assert_true (add (database, "new", NULL, 0, &error));
    g_assert_cmpint (ask_number (database, "SELECT count(*) FROM things"), ==, 1);
    g_assert_true (exists (place, ".broken-1"));
    g_assert_true (exists (place, i > 1 ? ".broken-2" : ".broken-1"));
  }
  g_assert_true (exists (place, ".broken-9"));
  g_assert_false (exists (place, ".broken-10"));
}

/* It is told which file was put aside, also by later runs, until somebody takes it away. */
static void
test_put_aside (Place *place, gconstpointer data)
{
  g_autoptr (KithDatabase) sound = open_ok (place);
  g_autofree gchar *none = kith_database_get_put_aside (sound);
  g_autofree gchar *expected = g_strconcat (place->file, ".broken-1", NULL);

  g_assert_null (none);
  g_clear_object (&sound);
  g_assert_true (g_file_set_contents (place->file, "no database", -1, NULL));
  for (guint run = 0; run < 2; run++) {
    g_autoptr (KithDatabase) database = open_ok (place);
    g_autofree gchar *file = kith_database_get_put_aside (database);
    g_assert_cmpstr (file, ==, expected);
  }
  g_autoptr (KithDatabase) last = open_ok (place);
  g_assert_cmpint (g_unlink (expected), ==, 0);
  g_autofree gchar *gone = kith_database_get_put_aside (last);
  g_assert_null (gone);
}

/* Damage in the middle of a good file, found at the next opening. */
static void
test_damaged_page (Place *place, gconstpointer data)
{
  g_autoptr (KithDatabase) first = open_ok (place);
  g_autoptr (GError) error = NULL;
  gchar *content = NULL;
  gsize len = 0;

  for (guint i = 0; i < 2000; i++) {
    g_assert_true (add (first, "many", NULL, 0, &error));
  }
  g_clear_object (&first);
  g_assert_true (g_file_get_contents (place->file, &content, &len, &error));
  memset (content + 4096, 0xee, len - 4096);
  g_assert_true (g_file_set_contents (place->file, content, (gssize)len, &error));
  g_free (content);
  g_autoptr (KithDatabase) second = open_ok (place);
  g_assert_cmpint (ask_number (second, "SELECT count(*) FROM things"), ==, 0);
  g_assert_true (exists (place, ".broken-1"));
}

/* A whole file in which a table or a column is missing that was made once, in the present form or
   an older one. */
static void
test_missing (Place *place, gconstpointer data)
{
  static const char *const rows[] = {
    "DROP TABLE contacts",
    "DROP TABLE call_entries",
    "ALTER TABLE contacts DROP COLUMN own_name",
    "PRAGMA user_version = 3; DROP TABLE seen_keys; DROP TABLE contacts",
    "DROP TABLE contacts; CREATE VIEW contacts AS SELECT 1 AS id",
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *broken = g_strdup_printf (".broken-%u", i + 1);
    g_autoptr (GError) error = NULL;
    g_test_message ("%s", rows[i]);
    g_autoptr (KithDatabase) first = open_ok (place);
    g_assert_true (add (first, "old", NULL, 0, &error));
    g_assert_true (kith_database_run (first, rows[i], &error));
    g_clear_object (&first);
    g_autoptr (KithDatabase) second = open_ok (place);
    g_assert_cmpint (ask_number (second, "SELECT count(*) FROM things"), ==, 0);
    g_assert_cmpint (ask_number (second, "SELECT count(own_name) FROM contacts"), ==, 0);
    g_assert_cmpint (ask_number (second, "SELECT count(*) FROM call_entries"), ==, 0);
    g_assert_true (exists (place, broken));
    g_autofree gchar *aside = kith_database_get_put_aside (second);
    g_assert_true (g_str_has_suffix (aside, broken));
  }
}

/* Pipes under the names of its journals are not waited for, and what is in the file is there. */
static void
test_pipes (Place *place, gconstpointer data)
{
  static const char *const names[] = { "-journal", "-wal", "-shm" };
  g_autoptr (GError) error = NULL;
  g_autoptr (KithDatabase) first = open_ok (place);

  g_assert_true (add (first, "kept", NULL, 0, &error));
  g_clear_object (&first);
  for (guint instead = 0; instead < 2; instead++) {
    for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
      g_autofree gchar *pipe = g_strconcat (place->file, names[i], NULL);
      g_test_message ("%s", pipe);
      (void)g_unlink (pipe);
      g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
      g_autoptr (KithDatabase) second
          = instead == 1 ? kith_database_open_instead (place->dir, "no disk", &error)
                         : kith_database_open (place->dir, &error);
      g_assert_no_error (error);
      g_assert_cmpint (ask_number (second, "SELECT count(*) FROM things"), ==, 1);
    }
  }
}

/* What stands there beside ours does no harm. */
static void
test_more (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithDatabase) first = open_ok (place);

  g_assert_true (kith_database_run (first,
                                    "ALTER TABLE contacts ADD COLUMN more TEXT; CREATE VIEW names "
                                    "AS SELECT name FROM contacts",
                                    &error));
  g_assert_true (add (first, "kept", NULL, 0, &error));
  g_clear_object (&first);
  g_autoptr (KithDatabase) second = open_ok (place);
  g_assert_cmpint (ask_number (second, "SELECT count(*) FROM things"), ==, 1);
  g_assert_false (exists (place, ".broken-1"));
}

/* Damage while it is in use: the statement that meets it fails, the next one has a new file. */
static void
test_damage_in_use (Place *place, gconstpointer data)
{
  g_autoptr (KithDatabase) database = open_ok (place);
  g_autoptr (GError) error = NULL;
  guint8 junk[4096];

  memset (junk, 0xee, sizeof junk);
  for (guint i = 0; i < 200; i++) {
    g_assert_true (add (database, "much", junk, sizeof junk, &error));
  }
  g_assert_true (
      kith_database_run (database, "PRAGMA cache_size = 0; PRAGMA shrink_memory", &error));
  (void)ask_number (database, "PRAGMA wal_checkpoint(TRUNCATE)");
  FILE *file = g_fopen (place->file, "r+b");
  g_assert_nonnull (file);
  g_assert_cmpint (fseek (file, 4096, SEEK_SET), ==, 0);
  for (guint i = 0; i < 150; i++) {
    g_assert_cmpuint (fwrite (junk, sizeof junk, 1, file), ==, 1);
  }
  (void)fclose (file);
  gboolean met = FALSE;
  for (guint i = 0; i < 20 && !met; i++) {
    met = !add (database, "after", NULL, 0, NULL);
  }
  g_assert_true (met);
  g_autoptr (KithStatement) next = kith_database_prepare (database, "SELECT 1", &error);
  g_assert_no_error (error);
  g_assert_true (kith_database_run (database, TABLE, &error));
  g_assert_true (add (database, "new", NULL, 0, &error));
  g_assert_cmpint (ask_number (database, "SELECT count(*) FROM things"), ==, 1);
  g_assert_true (exists (place, ".broken-1"));
}

static void
test_newer (Place *place, gconstpointer data)
{
  g_autoptr (KithDatabase) first = open_ok (place);
  g_autoptr (GError) error = NULL;

  g_assert_true (kith_database_run (first, "PRAGMA user_version = 9999", &error));
  g_clear_object (&first);
  g_assert_null (kith_database_open (place->dir, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "newer"));
  g_assert_false (exists (place, ".broken-1"));
}

static void
test_not_ours (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *target = g_build_filename (place->dir, "target", NULL);

  g_assert_true (g_file_set_contents (target, "keep", -1, &error));
  g_assert_cmpint (symlink (target, place->file), ==, 0);
  g_assert_null (kith_database_open (place->dir, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_null (kith_database_open (absent_path ("kith"), &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
}

/* No room for the file to grow: an error with its remedy, and it works again when there is room. */
static void
test_full (Place *place, gconstpointer data)
{
  g_autoptr (KithDatabase) database = open_ok (place);
  g_autoptr (GError) error = NULL;
  guint8 much[65536] = { 0 };
  struct rlimit old, tight;

  (void)signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  tight = old;
  tight.rlim_cur = 256 * 1024;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &tight), ==, 0);
  gboolean went = TRUE;
  for (guint i = 0; i < 20 && went; i++) {
    went = add (database, "much", much, sizeof much, &error);
  }
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  g_assert_false (went);
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "disk"));
  g_clear_error (&error);
  kith_database_rollback (database);
  g_assert_true (add (database, "again", NULL, 0, &error));
  g_assert_false (exists (place, ".broken-1"));
}

static void
test_bounded (Place *place, gconstpointer data)
{
  g_autoptr (KithDatabase) database = kith_database_open_in_memory (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *much = g_malloc0 (1024 * 1024);
  guint i = 0;

  g_assert_true (kith_database_run (database, TABLE, &error));
  while (i < 80 && add (database, "much", much, 1024 * 1024, &error)) {
    i++;
  }
  g_assert_cmpuint (i, >, 50);
  g_assert_cmpuint (i, <, 64);
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
}

static guint
count_things (KithDatabase *database)
{
  g_autoptr (KithStatement) count
      = kith_database_prepare (database, "SELECT count(*) FROM things", NULL);
  gboolean row = FALSE;

  if (count == NULL || !kith_statement_step (count, &row, NULL)) {
    return 0;
  }
  return (guint)kith_statement_get_int (count, 0);
}

/* In place of a file that cannot be written: what is in it is there, and whatever is changed is
   said not to last. */
static void
test_instead (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithDatabase) first = open_ok (place);

  g_assert_true (add (first, "kept", NULL, 0, &error));
  for (guint closed = 0; closed < 2; closed++) { /* with its log beside it, and without */
    g_autoptr (KithDatabase) instead
        = kith_database_open_instead (place->dir, "no disk; buy one", &error);
    g_assert_no_error (error);
    g_assert_cmpuint (count_things (instead), ==, 1);
    g_assert_true (add (instead, "for now", NULL, 0, &error));
    g_assert_false (kith_database_check_lasting (instead, &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
    g_assert_nonnull (strstr (error->message, "no disk; buy one"));
    g_clear_error (&error);
    g_clear_object (&first);
  }
  first = open_ok (place);
  g_assert_cmpuint (count_things (first), ==, 1);
}

/* Of a file in a form that is not known nothing is used. */
static void
test_instead_of_newer (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithDatabase) newer = open_ok (place);

  g_assert_true (add (newer, "kept", NULL, 0, &error));
  g_assert_true (kith_database_run (newer, "PRAGMA user_version = 1000", &error));
  g_clear_object (&newer);
  g_assert_null (kith_database_open (place->dir, &error));
  g_autoptr (KithDatabase) instead = kith_database_open_instead (place->dir, error->message, NULL);
  g_assert_nonnull (instead);
  g_assert_cmpuint (count_things (instead), ==, 0);
  g_clear_error (&error);
  g_assert_false (kith_database_check_lasting (instead, &error));
  g_assert_nonnull (strstr (error->message, "newer Kith"));
}

/* A file that somebody took away while it is open: a next start would not have what is written
   now. */
static void
test_taken_away (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithDatabase) database = open_ok (place);
  g_autofree gchar *other = g_strconcat (place->file, ".other", NULL);

  g_assert_true (kith_database_check_lasting (database, &error));
  g_assert_cmpint (g_rename (place->file, other), ==, 0);
  g_assert_false (kith_database_check_lasting (database, &error));
  g_assert_nonnull (strstr (error->message, "start kithd anew"));
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (place->file, "another", -1, NULL));
  g_assert_false (kith_database_check_lasting (database, &error));
  g_assert_cmpint (g_rename (other, place->file), ==, 0);
  g_clear_error (&error);
  g_assert_true (kith_database_check_lasting (database, &error));
}

/* The file of 0.1.0, whose form has four steps. */
static gchar *
put_old (Place *place, gsize *len)
{
  g_autoptr (GError) error = NULL;
  gchar *bytes = NULL;

  g_assert_true (g_file_get_contents (KITH_TEST_DATA "/kith-0.1.0.db", &bytes, len, &error));
  g_assert_true (g_file_set_contents (place->file, bytes, (gssize)*len, &error));
  return bytes;
}

/* How many steps were done to a file: bytes 60 to 63 of SQLite's header. */
static guint
form_of (const char *path)
{
  g_autofree gchar *bytes = NULL;
  gsize len = 0;

  g_assert_true (g_file_get_contents (path, &bytes, &len, NULL));
  g_assert_cmpuint (len, >, 64);
  return (guint)(guint8)bytes[63] | (guint)(guint8)bytes[62] << 8;
}

/* Before the form of a file is changed a copy of it is kept, once; an older program goes on with
   that. */
static void
test_copy (Place *place, gconstpointer data)
{
  g_autofree gchar *copy = g_strconcat (place->file, ".bak-4", NULL);
  g_autoptr (GError) error = NULL;
  gsize len = 0;
  struct stat st, again;

  g_free (put_old (place, &len));
  g_autoptr (KithDatabase) database = open_ok (place);
  gint64 calls = ask_number (database, "SELECT count(*) FROM calls");
  g_assert_cmpint (calls, >, 0);
  g_clear_object (&database);
  g_assert_cmpint (g_stat (copy, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 0777, ==, 0600);
  g_assert_cmpuint (form_of (copy), ==, 4);
  g_assert_cmpuint (form_of (place->file), >, 4);
  g_assert_false (exists (place, ".bak-new"));

  database = open_ok (place); /* in the present form: nothing to keep */
  g_assert_true (kith_database_run (database, "DELETE FROM calls", &error));
  g_clear_object (&database);
  g_assert_cmpint (g_stat (copy, &again), ==, 0);
  g_assert_cmpuint (again.st_ino, ==, st.st_ino);
  g_assert_cmpint (again.st_mtime, ==, st.st_mtime);

  g_assert_cmpint (g_rename (copy, place->file), ==, 0); /* as who goes back to an older program */
  database = open_ok (place);
  g_assert_cmpint (ask_number (database, "SELECT count(*) FROM calls"), ==, calls);
  g_assert_true (exists (place, ".bak-4"));
}

/* What stands in the log only is in the copy, too. */
static void
test_copy_with_log (Place *place, gconstpointer data)
{
  g_autofree gchar *copy = g_strconcat (place->file, ".bak-3", NULL);
  g_autofree gchar *log = g_strconcat (place->file, "-wal", NULL);
  g_autofree gchar *content = NULL;
  g_autofree gchar *logged = NULL;
  gsize len = 0, logged_len = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (KithDatabase) database = open_ok (place);
  gint64 form = ask_number (database, "PRAGMA user_version");

  g_assert_true (kith_database_run (database,
                                    "PRAGMA wal_checkpoint(TRUNCATE);"
                                    "INSERT INTO things (word) VALUES ('kept');"
                                    "PRAGMA user_version = 3",
                                    &error));
  /* As after a crash: the file, and the log beside it. */
  g_assert_true (g_file_get_contents (place->file, &content, &len, &error));
  g_assert_true (g_file_get_contents (log, &logged, &logged_len, &error));
  g_assert_cmpuint (logged_len, >, 0);
  g_clear_object (&database);
  g_assert_true (g_file_set_contents (place->file, content, (gssize)len, &error));
  g_assert_true (g_file_set_contents (log, logged, (gssize)logged_len, &error));
  g_assert_null (kith_database_open (place->dir, &error)); /* the steps were done already */
  g_clear_error (&error);
  g_assert_cmpuint (form_of (copy), ==, 3);
  g_free (content);
  g_assert_true (g_file_get_contents (copy, &content, &len, &error));
  content[63] = (char)form;
  g_assert_true (g_file_set_contents (place->file, content, (gssize)len, &error));
  (void)g_unlink (log);
  g_autoptr (KithDatabase) again = open_ok (place);
  g_assert_cmpuint (count_things (again), ==, 1);
}

/* No copy, no change: it is told, and what is there can be read. */
static void
test_no_copy (Place *place, gconstpointer data)
{
  g_autofree gchar *in_the_way = g_strconcat (place->file, ".bak-new", NULL);
  g_autoptr (GError) error = NULL;
  gsize len = 0;

  g_free (put_old (place, &len));
  g_assert_cmpint (g_mkdir (in_the_way, 0700), ==, 0);
  g_assert_null (kith_database_open (place->dir, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "no copy"));
  g_assert_nonnull (strstr (error->message, ".bak-4"));
  g_assert_cmpuint (form_of (place->file), ==, 4);
  g_autoptr (KithDatabase) instead = kith_database_open_instead (place->dir, error->message, NULL);
  g_assert_cmpint (ask_number (instead, "SELECT count(*) FROM calls"), >, 0);
  g_clear_error (&error);
  g_assert_false (kith_database_check_lasting (instead, &error));
  g_assert_nonnull (strstr (error->message, "no copy"));
  g_clear_error (&error);
  g_assert_cmpint (g_rmdir (in_the_way), ==, 0);

  g_autoptr (KithDatabase) database = open_ok (place); /* and without it, it goes on */
  g_assert_true (exists (place, ".bak-4"));
}

/* A disk that is full: half a copy is none. */
static void
test_no_room_for_copy (Place *place, gconstpointer data)
{
  g_autoptr (KithDatabase) database = open_ok (place);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *before = NULL;
  g_autofree gchar *after = NULL;
  gsize len = 0, len_after = 0;
  guint8 much[65536] = { 0 };
  struct rlimit old, tight;

  for (guint i = 0; i < 4; i++) {
    g_assert_true (add (database, "much", much, sizeof much, &error));
  }
  g_assert_true (kith_database_run (database, "PRAGMA user_version = 3", &error));
  g_clear_object (&database);
  g_assert_true (g_file_get_contents (place->file, &before, &len, NULL));
  g_assert_cmpuint (len, >, 3 * sizeof much);
  (void)signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  tight = old;
  tight.rlim_cur = 2 * sizeof much;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &tight), ==, 0);
  g_assert_null (kith_database_open (place->dir, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "no copy"));
  g_assert_false (exists (place, ".bak-3"));
  g_assert_false (exists (place, ".bak-new"));
  g_assert_true (g_file_get_contents (place->file, &after, &len_after, NULL));
  g_assert_cmpmem (after, len_after, before, len);
}

/* Copies do not pile up. */
static void
test_copies_bounded (Place *place, gconstpointer data)
{
  gsize len = 0;

  for (guint i = 0; i < 4; i++) {
    g_autofree gchar *path = g_strdup_printf ("%s.bak-%u", place->file, i);
    g_assert_true (g_file_set_contents (path, "old", -1, NULL));
  }
  g_free (put_old (place, &len));
  g_autoptr (KithDatabase) database = open_ok (place);
  g_assert_true (exists (place, ".bak-4"));
  g_assert_true (exists (place, ".bak-3"));
  g_assert_true (exists (place, ".bak-2"));
  g_assert_false (exists (place, ".bak-1"));
  g_assert_false (exists (place, ".bak-0"));
}

#define TEST(name, function)                                                                       \
  g_test_add ("/store/database/" name, Place, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("keeps", test_keeps);
  TEST ("transactions", test_transactions);
  TEST ("garbage", test_garbage);
  TEST ("put-aside", test_put_aside);
  TEST ("damaged-page", test_damaged_page);
  TEST ("missing", test_missing);
  TEST ("pipes", test_pipes);
  TEST ("more", test_more);
  TEST ("damage-in-use", test_damage_in_use);
  TEST ("newer", test_newer);
  TEST ("not-ours", test_not_ours);
  TEST ("full", test_full);
  TEST ("bounded", test_bounded);
  TEST ("instead", test_instead);
  TEST ("instead-of-newer", test_instead_of_newer);
  TEST ("taken-away", test_taken_away);
  TEST ("copy", test_copy);
  TEST ("copy-with-log", test_copy_with_log);
  TEST ("no-copy", test_no_copy);
  TEST ("no-room-for-copy", test_no_room_for_copy);
  TEST ("copies-bounded", test_copies_bounded);
  return g_test_run ();
}
