/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seed words: entropy to BIP39 words and back. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KITH_ENTROPY_MAX 32 /* bytes: 24 words */

/* Words for @len bytes of entropy (16, 20, 24, 28 or 32: 12 to 24 words), in one string with single
   spaces between them. (transfer full): the caller wipes it before it frees it. Any thread. */
gchar *kith_words_encode (const guint8 *entropy, gsize len);

/* The @len bytes behind the words in @text; any case and any white space around and between them.
   FALSE and KITH_ERROR_INVALID_ARGUMENTS when the count, a word (named, with the nearest one) or
   the checksum is wrong; @entropy is then all zero. Makes no copy of @text. Any thread. */
gboolean kith_words_decode (const char *text, guint8 *entropy, gsize len, GError **error);

G_END_DECLS
