/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breaks text into lines for a terminal of 80 columns. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KITH_WRAP_COLUMNS 80

/* @text broken at spaces so that no line is longer than KITH_WRAP_COLUMNS when the first one starts
   at column @indent; the others are indented by as much. A word that is longer stands alone.
   Without a line break at the end. (transfer full) */
gchar *kith_wrap_text (const char *text, guint indent);

/* Columns of the terminal that stdout is, 40 to 500; KITH_WRAP_COLUMNS when it is none. */
guint kith_terminal_columns (void);

/* @text padded with spaces, or cut with "…", to @columns characters. (transfer full) */
gchar *kith_fit_text (const char *text, guint columns);

G_END_DECLS
