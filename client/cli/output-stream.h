/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The standard output as something that can fail, and the letters that the reader's terminal
   knows. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Before anything is written: closed standard streams get a place that nothing else can take, and a
   reader that leaves is an error instead of an end. */
void kith_output_open (void);

/* Writes at once. @is_data: as it is, for programs; else in the letters of the locale. What fails
   is remembered. */
void kith_output_write (const char *text, gboolean is_data);

/* TRUE once something could not be written, or the reader was seen to leave. */
gboolean kith_output_is_lost (void);

/* Why, such as "No space left on device"; NULL while it is not lost. (transfer none) */
const char *kith_output_get_fault (void);

/* Asks for room for @bytes more before anything is done whose result must not be lost. FALSE: it
   would be, and the fault says why. */
gboolean kith_output_probe (gsize bytes);

/* From now on the main loop notices when the reader at the other end of a pipe leaves. */
void kith_output_watch_reader (void);

/* After all: FALSE if anything was not written, also what the system tells only at the end. */
gboolean kith_output_close (void);

G_END_DECLS
