/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breaks text at its spaces. */
#include "cli/wrap-text.h"

#include <string.h>

gchar *
kith_wrap_text (const char *text, guint indent)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  GString *wrapped = g_string_new (NULL);
  glong column = indent;

  for (guint i = 0; words[i] != NULL; i++) {
    glong width = g_utf8_strlen (words[i], -1);
    if (wrapped->len > 0 && column + 1 + width > KITH_WRAP_COLUMNS) {
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
