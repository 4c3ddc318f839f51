/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private files by temporary file, fsync and link or rename. */
#include "identity/state-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define OTHERS_MAY_WRITE (S_IWGRP | S_IWOTH)
#define OTHERS_MAY_ANYTHING (S_IRWXG | S_IRWXO)

static gboolean
failed (GError **error, const char *path, const char *why, const char *remedy)
{
  g_set_error (error, KITH_ERROR, KITH_ERROR_FAILED, "%s %s; %s", path, why, remedy);
  return FALSE;
}

static gboolean
failed_errno (GError **error, const char *path, const char *verb)
{
  gint number = errno;

  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_FAILED,
               "%s cannot be %s: %s",
               path,
               verb,
               g_strerror (number));
  return FALSE;
}

static gboolean
check_dir (const char *dir, GError **error)
{
  struct stat st;

  if (stat (dir, &st) != 0) {
    return failed_errno (error, dir, "examined");
  }
  if (!S_ISDIR (st.st_mode)) {
    return failed (error, dir, "is not a directory", "choose another state directory");
  }
  if (st.st_uid != geteuid ()) {
    return failed (error, dir, "belongs to somebody else", "choose another state directory");
  }
  if ((st.st_mode & OTHERS_MAY_WRITE) != 0) {
    return failed (error, dir, "can be changed by others", "forbid it with chmod 700");
  }
  return TRUE;
}

gboolean
kith_state_dir_prepare (const char *dir, GError **error)
{
  g_return_val_if_fail (dir != NULL, FALSE);
  if (g_mkdir_with_parents (dir, 0700) != 0) {
    return failed_errno (error, dir, "made");
  }
  return check_dir (dir, error);
}

static gboolean
check_file (gint fd, const char *path, GError **error)
{
  struct stat st;

  if (fstat (fd, &st) != 0) {
    return failed_errno (error, path, "examined");
  }
  if (!S_ISREG (st.st_mode)) {
    return failed (error, path, "is not a plain file", "move it away");
  }
  if (st.st_uid != geteuid ()) {
    return failed (error, path, "belongs to somebody else", "run as its owner or move it away");
  }
  if ((st.st_mode & OTHERS_MAY_ANYTHING) != 0) {
    return failed (error,
                   path,
                   "is open to others",
                   "forbid it with chmod 600, and think of who may have read it");
  }
  return TRUE;
}

static gssize
read_all (gint fd, guint8 *buffer, gsize size)
{
  gsize at = 0;

  while (at < size) {
    gssize n = read (fd, buffer + at, size - at);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return -1;
    }
    if (n == 0) {
      break;
    }
    at += (gsize)n;
  }
  return (gssize)at;
}

/* The content of the open file, which must end within @size bytes. */
static gssize
read_checked (gint fd, const char *path, guint8 *buffer, gsize size, GError **error)
{
  guint8 more;

  if (!check_file (fd, path, error)) {
    return -1;
  }
  gssize len = read_all (fd, buffer, size);
  if (len < 0) {
    failed_errno (error, path, "read");
    return -1;
  }
  if ((gsize)len == size && read_all (fd, &more, 1) != 0) {
    failed (error, path, "is too long to be one of ours", "restore it from a copy");
    return -1;
  }
  return len;
}

gssize
kith_state_file_read (const char *dir, const char *name, guint8 *buffer, gsize size, GError **error)
{
  g_return_val_if_fail (dir != NULL && name != NULL && buffer != NULL, -1);
  g_autofree gchar *path = g_build_filename (dir, name, NULL);
  /* O_NONBLOCK: a FIFO in its place must not hang us */
  gint fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_NOT_FOUND, "There is no %s", path);
    return -1;
  }
  if (fd < 0 && errno == ELOOP) {
    failed (error, path, "is a symbolic link", "put the file itself there");
    return -1;
  }
  if (fd < 0) {
    failed_errno (error, path, "opened");
    return -1;
  }
  gssize len = check_dir (dir, error) ? read_checked (fd, path, buffer, size, error) : -1;
  (void)close (fd);
  return len;
}

static gboolean
write_all (gint fd, const guint8 *data, gsize len)
{
  for (gsize at = 0; at < len;) {
    gssize n = write (fd, data + at, len - at);
    if (n < 0 && errno != EINTR) {
      return FALSE;
    }
    at += n > 0 ? (gsize)n : 0;
  }
  return TRUE;
}

/* Gives the finished file its name. link() never overwrites; where a file system has no links,
   renameat2() does as well. */
static gboolean
place (const char *temporary, const char *path, KithStateFileMode mode)
{
  switch (mode) {
  case KITH_STATE_FILE_REPLACE:
    return rename (temporary, path) == 0;
  case KITH_STATE_FILE_NEW:
    if (link (temporary, path) == 0) {
      (void)unlink (temporary);
      return TRUE;
    }
    return errno != EEXIST
           && renameat2 (AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0;
  }
  errno = EINVAL;
  return FALSE;
}

static gboolean
sync_dir (const char *dir, GError **error)
{
  gint fd = open (dir, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
  /* EINVAL: this file system has nothing to sync */
  gboolean ok = fd >= 0 && (fsync (fd) == 0 || errno == EINVAL);

  if (!ok) {
    failed_errno (error, dir, "written to the disk");
  }
  if (fd >= 0) {
    (void)close (fd);
  }
  return ok;
}

/* Writes and closes; the file exists under its temporary name only. */
static gboolean
fill (gint fd, const char *path, const guint8 *data, gsize len, GError **error)
{
  gboolean ok = fchmod (fd, S_IRUSR | S_IWUSR) == 0 && write_all (fd, data, len) && fsync (fd) == 0;

  if (!ok) {
    failed_errno (error, path, "written");
  }
  if (close (fd) != 0 && ok) {
    return failed_errno (error, path, "written");
  }
  return ok;
}

gboolean
kith_state_file_write (const char *dir,
                       const char *name,
                       const guint8 *data,
                       gsize len,
                       KithStateFileMode mode,
                       GError **error)
{
  g_return_val_if_fail (dir != NULL && name != NULL && (data != NULL || len == 0), FALSE);
  g_autofree gchar *path = g_build_filename (dir, name, NULL);
  g_autofree gchar *temporary = g_strdup_printf ("%s%c.%s.XXXXXX", dir, G_DIR_SEPARATOR, name);

  if (!kith_state_dir_prepare (dir, error)) {
    return FALSE;
  }
  gint fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) {
    return failed_errno (error, path, "written");
  }
  if (!fill (fd, path, data, len, error)) {
    (void)unlink (temporary);
    return FALSE;
  }
  if (!place (temporary, path, mode)) {
    if (errno == EEXIST) {
      g_set_error (error,
                   KITH_ERROR,
                   KITH_ERROR_EXISTS,
                   "There is %s already; it is left as it is",
                   path);
    } else {
      failed_errno (error, path, "written");
    }
    (void)unlink (temporary);
    return FALSE;
  }
  if (!sync_dir (dir, error)) {
    if (mode == KITH_STATE_FILE_NEW) {
      (void)unlink (path);
    }
    return FALSE;
  }
  return TRUE;
}
