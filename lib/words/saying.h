/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words that are made of a saying. */
#pragma once

#include "model/call/saying-value.h"

G_BEGIN_DECLS

/* As it came over the bus: @values: a{sv}. NULL when this version has no words for it, or when a
   value that the words need is not there: a newer program speaks. (transfer full) (nullable) */
KITH_API KithSaying *kith_saying_read (const char *code, GVariant *values);

/* The words in the language of the process's locale, on one line and safe to show: what is so, and
   what to do about it ("" when there is nothing). (transfer full) */
KITH_API gchar *kith_saying_tell (KithSaying *saying);
KITH_API gchar *kith_saying_help (KithSaying *saying);

G_END_DECLS
