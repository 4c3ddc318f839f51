/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Something to be said to people, as a value: a code that never changes, and typed values. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* One thread. Codes are kebab-case and for ever; which values a code has, and of what type, is in
   the tables of lib/words, which make the words of it. */
typedef struct _KithSaying KithSaying;

/* @code: one of the tables (copied). (transfer full) */
KITH_API KithSaying *kith_saying_new (const char *code);

/* @values: a{sv}, what kith_saying_get_values() gave. (transfer full) */
KITH_API KithSaying *kith_saying_new_with (const char *code, GVariant *values);
KITH_API void kith_saying_free (KithSaying *saying);

/* Each puts a value in place of what was there; @name is one of kith_words_kind(). Texts are made
   safe to show and cut at 2000 characters; NULL and "": the value is left out. */
KITH_API void kith_saying_put (KithSaying *saying, const char *name, const char *text);
KITH_API void kith_saying_put_number (KithSaying *saying, const char *name, guint number);
KITH_API void kith_saying_put_figure (KithSaying *saying, const char *name, double figure);

/* FALSE is left out. */
KITH_API void kith_saying_put_flag (KithSaying *saying, const char *name, gboolean flag);

/* @us: a duration in µs; it is kept in ms, negative ones as 0. */
KITH_API void kith_saying_put_time (KithSaying *saying, const char *name, gint64 us);

/* @list: (element-type utf8) (nullable): an empty one is left out. */
KITH_API void kith_saying_put_list (KithSaying *saying, const char *name, GPtrArray *list);

/* Another saying as a value, alone or after those that are there; @part (transfer full). */
KITH_API void kith_saying_put_saying (KithSaying *saying, const char *name, KithSaying *part);
KITH_API void kith_saying_add_saying (KithSaying *saying, const char *name, KithSaying *part);

KITH_API const char *kith_saying_get_code (const KithSaying *saying);

/* a{sv}, for the bus. (transfer full) */
KITH_API GVariant *kith_saying_get_values (KithSaying *saying);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithSaying, kith_saying_free)

G_END_DECLS
