/* SPDX-License-Identifier: GPL-3.0-or-later */
/* User names: RFC 8265 UsernameCaseMapped, one script, at most 24 bytes. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_NAME_MAX 24
#define KITH_TAG_LEN 5      /* bytes: 40 bits */
#define KITH_TAG_TEXT_LEN 8 /* Crockford base 32 */

/**
 * kith_name_normalize:
 * Enforces RFC 8265 section 3.3 (width mapping, lower case, NFC, bidi rule, IdentifierClass of RFC
 * 8264 plus ".", "-", "_"), one script (UTS 39, Latin/Greek/Cyrillic/Han… never mixed), 1 to 24
 * bytes of UTF-8, no '~', '@', ':', '/', '*' or white space.
 *
 * Returns: (transfer full): the normal form, or NULL and KITH_ERROR_INVALID_ADDRESS with the cause
 * and the remedy in words.
 */
KITH_API gchar *kith_name_normalize (const char *text, GError **error);

/* "alice" and the 5 bytes of a tag → "alice~7k2f9qxm". (transfer full) */
KITH_API gchar *kith_name_with_tag (const char *name, const guint8 tag[KITH_TAG_LEN]);

G_END_DECLS
