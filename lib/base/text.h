/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that came from outside: made safe to show, and the encodings for keys. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* The index of the first argument of a program that is not valid UTF-8; 0 if all are. Nothing else
   may touch them before. */
KITH_API int kith_text_find_broken (int argc, char **argv);

/**
 * kith_text_safe:
 * @text: (nullable): bytes of unknown origin
 * @len: their number, or -1 if NUL-terminated
 * @max_chars: longest result in characters, longer is cut with "…"
 *
 * Returns: (transfer full): valid UTF-8 on one line without control characters, escape sequences,
 * bidi overrides, isolates, zero-width or other format characters; each such character becomes
 * U+FFFD. Markup is left as it is: show it as plain text.
 */
KITH_API gchar *kith_text_safe (const char *text, gssize len, guint max_chars);

/* Crockford base 32, lower case, most significant bit first, last character padded with zero bits.
   (transfer full) */
KITH_API gchar *kith_base32_encode (const guint8 *data, gsize len);

/**
 * kith_base32_decode:
 * Accepts either case, I and L for 1, O for 0 and hyphens anywhere. Exactly @len bytes must come
 * out, with zero padding bits.
 * Returns: TRUE and @data filled, or FALSE.
 */
KITH_API gboolean kith_base32_decode (const char *text, guint8 *data, gsize len);

/* Lower-case hexadecimal. (transfer full) */
KITH_API gchar *kith_hex_encode (const guint8 *data, gsize len);

/* Exactly 2 × @len hexadecimal digits. Returns: TRUE and @data filled, or FALSE. */
KITH_API gboolean kith_hex_decode (const char *text, guint8 *data, gsize len);

G_END_DECLS
