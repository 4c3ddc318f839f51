/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One door for lines that are not of the log. */
#include "terminal.h"

#include "base/text.h"

#define MAX_LINE 8000 /* a path may be 4096 bytes */

void
kithd_print_line (FILE *to, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree gchar *raw = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree gchar *safe = kith_text_safe (raw, -1, MAX_LINE);
  (void)fprintf (to, "%s\n", safe);
}
