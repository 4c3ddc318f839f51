/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What kithd writes outside of its log, to whoever started it. */
#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

/* Writes one line to @to. What it quotes of files and arguments is of any origin: control
   characters and the like are shown as U+FFFD. */
void kithd_print_line (FILE *to, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
