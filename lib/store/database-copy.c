/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies a database to a new file, and gives it its name only when all of it is on the disk. */
#include "store/database-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

/* An empty file of ours alone, in place of what an earlier attempt left. */
static gboolean
make_file (const char *path)
{
  (void)g_unlink (path);
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

  return fd >= 0 && close (fd) == 0;
}

/* Why it cannot be done; NULL: the copy is whole. (static or of SQLite) */
static const char *
copy_pages (sqlite3 *from, const char *path)
{
  sqlite3 *to = NULL;
  int code = sqlite3_open_v2 (path, &to, SQLITE_OPEN_READWRITE, NULL);

  /* no journal beside it that a crash could leave: half a copy is thrown away */
  if (code == SQLITE_OK) {
    code = sqlite3_exec (to, "PRAGMA journal_mode = MEMORY", NULL, NULL, NULL);
  }
  sqlite3_backup *backup
      = code == SQLITE_OK ? sqlite3_backup_init (to, "main", from, "main") : NULL;

  if (backup != NULL) {
    code = sqlite3_backup_step (backup, -1);
    (void)sqlite3_backup_finish (backup);
  } else if (code == SQLITE_OK) {
    code = sqlite3_errcode (to);
  }
  int closed = sqlite3_close (to);
  return code != SQLITE_DONE   ? sqlite3_errstr (code)
         : closed != SQLITE_OK ? sqlite3_errstr (closed)
                               : NULL;
}

/* What was written to @path survives a loss of power. */
static gboolean
make_last (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean ok = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0) {
    (void)close (fd);
  }
  return ok;
}

static void
remove_old (const char *path, guint form)
{
  guint n = 1; /* that of @form */

  for (guint i = form; i-- > 0;) {
    g_autofree gchar *old = g_strdup_printf ("%s.bak-%u", path, i);
    if (g_file_test (old, G_FILE_TEST_IS_REGULAR) && ++n > KITH_DATABASE_MAX_COPIES) {
      (void)g_unlink (old);
    }
  }
}

gboolean
kith_database_keep_copy (sqlite3 *sqlite, const char *path, guint form, GError **error)
{
  g_autofree gchar *fresh = g_strconcat (path, ".bak-new", NULL);
  g_autofree gchar *kept = g_strdup_printf ("%s.bak-%u", path, form);
  g_autofree gchar *dir = g_path_get_dirname (path);
  const char *why = make_file (fresh) ? copy_pages (sqlite, fresh) : g_strerror (errno);

  if (why == NULL && (!make_last (fresh) || g_rename (fresh, kept) != 0 || !make_last (dir))) {
    why = g_strerror (errno);
  }
  if (why != NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "%s is of an older Kith and stays as it is, since no copy of it can be kept as "
                 "%s: %s; free some space on that disk, or make the state directory and its files "
                 "writable for you",
                 path,
                 kept,
                 why);
    (void)g_unlink (fresh);
    return FALSE;
  }
  remove_old (path, form);
  kith_info ("store", "the database of an older Kith is kept as %s", kept);
  return TRUE;
}
