/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens without blocking and looks at what was opened, so that nothing can be put in its place
   meanwhile. */
#include "base/plain-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void
set_error (GError **error, int number, const char *why)
{
  g_set_error_literal (error, G_FILE_ERROR, (gint)g_file_error_from_errno (number), why);
}

int
kith_plain_file_open (const char *path, gsize *size, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat st;

  if (fd < 0 || fstat (fd, &st) != 0) {
    int number = errno;
    set_error (error, number, g_strerror (number));
  } else if (!S_ISREG (st.st_mode)) {
    set_error (error, EINVAL, "it is no plain file");
  } else {
    *size = (gsize)st.st_size;
    return fd;
  }
  if (fd >= 0) {
    (void)close (fd);
  }
  return -1;
}

/* The bytes that were read, at most @size; -1: errno says why not. */
static gssize
read_all (int fd, gchar *buffer, gsize size)
{
  gsize at = 0;

  while (at < size) {
    gssize n = read (fd, buffer + at, size - at);
    if (n < 0 && errno != EINTR) {
      return -1;
    }
    if (n == 0) {
      break;
    }
    at += n > 0 ? (gsize)n : 0;
  }
  return (gssize)at;
}

gboolean
kith_plain_file_read (const char *path, gsize max, gchar **text, gsize *len, GError **error)
{
  gsize size = 0;
  int fd = kith_plain_file_open (path, &size, error);

  if (fd < 0) {
    return FALSE;
  }
  if (size > max) {
    (void)close (fd);
    set_error (error, ENOSPC, "it is too large");
    return FALSE;
  }
  gchar *buffer = g_malloc (size + 1);
  gssize n = read_all (fd, buffer, size);
  int number = errno;
  (void)close (fd);
  if (n < 0) {
    g_free (buffer);
    set_error (error, number, g_strerror (number));
    return FALSE;
  }
  buffer[n] = '\0';
  *text = buffer;
  *len = (gsize)n;
  return TRUE;
}
