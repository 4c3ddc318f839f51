/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The language in which the words of lib/words are said. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Takes the locale of the environment, and finds our translations beside the program, wherever it
   was installed or built. First in main(). */
void kith_language_begin (void);

/* From now on English, with points in its numbers: for what programs read. */
void kith_language_neutral (void);

G_END_DECLS
