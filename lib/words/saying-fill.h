/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills values into the words of a code. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The words of @code with @values (a{sv}) in them: what is so, or what to do about it (@is_help);
   "" without any. *@is_whole becomes FALSE when a value that is needed is not there or of another
   type, or when a saying within has no words. (transfer full) */
gchar *kith_saying_fill (const char *code, GVariant *values, gboolean is_help, gboolean *is_whole);

G_END_DECLS
