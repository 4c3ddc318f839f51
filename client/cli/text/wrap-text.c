/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breaks text at its spaces. */
#include "cli/text/wrap-text.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

guint
kith_terminal_columns (void)
{
  struct winsize size = { 0 };

  if (!isatty (STDOUT_FILENO) || ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0
      || size.ws_col == 0) {
    return KITH_WRAP_COLUMNS;
  }
  return CLAMP (size.ws_col, 40, 500);
}

gchar *
kith_fit_text (const char *text, guint columns)
{
  glong len = g_utf8_strlen (text, -1);

  if (len > (glong)columns) {
    g_autofree gchar *head = g_utf8_substring (text, 0, columns > 0 ? (glong)columns - 1 : 0);
    return g_strconcat (head, "…", NULL);
  }
  return g_strdup_printf ("%s%*s", text, (int)((glong)columns - len), "");
}

gchar *
kith_wrap_text (const char *text, guint indent)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  GString *wrapped = g_string_new (NULL);
  glong columns = MIN (kith_terminal_columns (), (guint)KITH_WRAP_COLUMNS);
  glong column = indent;

  for (guint i = 0; words[i] != NULL; i++) {
    glong width = g_utf8_strlen (words[i], -1);
    if (wrapped->len > 0 && column + 1 + width > columns) {
      g_string_append_printf (wrapped, "\n%*s", (int)indent, "");
      column = indent;
    } else if (wrapped->len > 0) {
      g_string_append_c (wrapped, ' ');
      column++;
    }
    g_string_append (wrapped, words[i]);
    column += width;
  }
  return g_string_free (wrapped, FALSE);
}
