/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How values of each kind are written, and the way to the translations. */
#pragma once

#include <glib.h>

#include "words/word-table.h"

G_BEGIN_DECLS

/* The type of a value of @kind on the bus (static); NULL: unknown. */
const char *kith_value_type (KithValueKind kind);

/* @value of that type in words; no saying. (transfer full) */
gchar *kith_value_text (KithValueKind kind, GVariant *value);

/* The form of @one and @many that the language has for @n. */
const char *kith_words_translate_many (const char *one, const char *many, guint n);

/* "3 min 12 s", "1 h 4 min". (transfer full) */
gchar *kith_words_time (gint64 ms);

G_END_DECLS
