/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes, and knows whether it was written. */
#include "cli/output-stream.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fault; /* errno of the first failure */

/* For terminals that know no more than ASCII. */
static const struct {
  const char *letter;
  const char *plain;
} plain_forms[] = {
  { "…", "..." }, { "–", "-" },  { "—", "-" },  { "’", "'" },  { "‘", "'" },
  { "“", "\"" },  { "”", "\"" }, { "→", "->" }, { "×", "x" },  { "µ", "u" },
  { "·", "-" },   { "•", "*" },  { "≥", ">=" }, { "≤", "<=" },
};

static void
lose (int error)
{
  if (fault == 0) {
    fault = error != 0 ? error : EIO;
  }
}

/* Who names no locale at all, such as a service, gets UTF-8. */
static const char *
charset (void)
{
  static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
  const char *found = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    const char *locale = g_getenv (names[i]);
    if (locale != NULL && *locale != '\0') {
      g_autofree gchar *lower = g_ascii_strdown (locale, -1);
      gboolean is_utf8 = strstr (lower, "utf-8") != NULL || strstr (lower, "utf8") != NULL;
      return is_utf8 || g_get_charset (&found) ? NULL : found;
    }
  }
  return NULL;
}

/* (transfer full) */
static gchar *
localize (const char *text)
{
  const char *wanted = charset ();
  GString *plain;

  if (wanted == NULL || g_str_is_ascii (text)) {
    return g_strdup (text);
  }
  plain = g_string_new (text);
  for (guint i = 0; i < G_N_ELEMENTS (plain_forms); i++) {
    g_string_replace (plain, plain_forms[i].letter, plain_forms[i].plain, 0);
  }
  g_autofree gchar *simple = g_string_free (plain, FALSE);
  gchar *converted = g_convert_with_fallback (simple, -1, wanted, "UTF-8", "?", NULL, NULL, NULL);
  return converted != NULL ? converted : g_steal_pointer (&simple);
}

static void
print_error (const gchar *text)
{
  g_autofree gchar *shown = localize (text);

  (void)fputs (shown, stderr);
  (void)fflush (stderr);
}

/* So that no socket becomes the standard output of a program that was started without one: opened
   the wrong way, it fails as a closed one does. */
static void
occupy (int fd, int flags)
{
  if (fcntl (fd, F_GETFD) < 0) {
    int got = open ("/dev/null", flags);

    if (got >= 0 && got != fd) {
      (void)dup2 (got, fd);
      (void)close (got);
    }
  }
}

void
kith_output_open (void)
{
  occupy (STDIN_FILENO, O_WRONLY);
  occupy (STDOUT_FILENO, O_RDONLY);
  occupy (STDERR_FILENO, O_RDONLY);
  (void)signal (SIGPIPE, SIG_IGN);
  (void)g_set_printerr_handler (print_error);
}

void
kith_output_write (const char *text, gboolean is_data)
{
  g_autofree gchar *shown = is_data ? g_strdup (text) : localize (text);

  errno = 0;
  if (fputs (shown, stdout) == EOF || fflush (stdout) != 0) {
    lose (errno);
    clearerr (stdout);
  }
}

gboolean
kith_output_is_lost (void)
{
  return fault != 0;
}

const char *
kith_output_get_fault (void)
{
  return fault != 0 ? g_strerror (fault) : NULL;
}

gboolean
kith_output_probe (gsize bytes)
{
  struct pollfd end = { .fd = STDOUT_FILENO, .events = POLLOUT };
  struct stat facts;
  off_t at;

  (void)fflush (stdout);
  if (fstat (STDOUT_FILENO, &facts) != 0) {
    lose (errno);
  } else if (S_ISREG (facts.st_mode)) {
    at = lseek (STDOUT_FILENO, 0, SEEK_CUR);
    if (fallocate (STDOUT_FILENO, FALLOC_FL_KEEP_SIZE, MAX (at, facts.st_size), (off_t)bytes) != 0
        && errno != EOPNOTSUPP && errno != ENOSYS && errno != EINTR) {
      lose (errno);
    }
  } else if (poll (&end, 1, 0) > 0 && (end.revents & (POLLERR | POLLNVAL)) != 0) {
    lose (S_ISFIFO (facts.st_mode) || S_ISSOCK (facts.st_mode) ? EPIPE : EBADF);
  } else if (!S_ISSOCK (facts.st_mode) && write (STDOUT_FILENO, "", 0) < 0) {
    lose (errno); /* a device that takes nothing says so even then */
  }
  return fault == 0;
}

static gboolean
on_reader_left (gint fd, GIOCondition condition, gpointer user_data)
{
  lose (EPIPE);
  return G_SOURCE_REMOVE;
}

void
kith_output_watch_reader (void)
{
  struct stat facts;

  if (fstat (STDOUT_FILENO, &facts) == 0
      && (S_ISFIFO (facts.st_mode) || S_ISSOCK (facts.st_mode))) {
    (void)g_unix_fd_add (STDOUT_FILENO, G_IO_ERR | G_IO_HUP, on_reader_left, NULL);
  }
}

gboolean
kith_output_close (void)
{
  errno = 0;
  if (fclose (stdout) != 0
      && errno != EBADF) { /* what was closed before was used if that matters */
    lose (errno);
  }
  return fault == 0;
}
