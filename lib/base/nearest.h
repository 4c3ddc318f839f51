/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Guesses which word was meant by one that was mistyped. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* The one of @words (ends with NULL) that differs from @typed by the fewest letters put in, left
   out, replaced or swapped with the next one, upper and lower case being the same; NULL when none
   is near: more than 2 letters, or half of the word, are another. @typed is of any origin; what is
   longer than 32 bytes is near to nothing. (transfer none) */
KITH_API const char *kith_nearest_word (const char *typed, const char *const *words);

G_END_DECLS
