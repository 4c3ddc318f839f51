/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads phones from a text with one of them on each line. */
#pragma once

#include "model/phone/phone.h"

G_BEGIN_DECLS

/* A line: where it stands, and the phone in it. */
typedef struct {
  guint line;      /* from 1 */
  KithPhone phone; /* number "": the next that is free; since 0 */
} KithPhoneLine;

/**
 * kith_phone_import_read:
 * @text: of any origin; wiped by the caller, as passwords are in it
 * @max: lines with phones, no more
 *
 * Reads "NAME NUMBER PASSWORD [CLASS]" with blanks or commas between; NUMBER may be "-". In place
 * of a password "md5:" or "sha-256:" and its hash of RFC 7616 in hexadecimal may stand, or both of
 * them with "+" between. Lines that are empty or begin with "#" are passed over.
 * Returns: (transfer full) (element-type KithPhoneLine): or NULL and KITH_ERROR_INVALID_ARGUMENTS,
 * such as "17: number 300 is twice", which never shows a password.
 */
KITH_API GPtrArray *kith_phone_import_read (const char *text, gsize len, guint max, GError **error);

G_END_DECLS
