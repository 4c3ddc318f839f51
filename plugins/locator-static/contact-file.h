/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of a contact file, as contacts: one group a name, with a key, a SIP address or both. */
#pragma once

#include <glib.h>

#include "model/names/found.h"

G_BEGIN_DECLS

#define KITH_CONTACT_FILE_MAX (256 * 1024) /* bytes */
#define KITH_CONTACT_FILE_CONTACTS 1000

/**
 * kith_contact_file_parse:
 * @text: the file, @len bytes
 * @path: how the file is called in an error
 *
 * Lines are `[name]`, `key=52 characters`, `sip=sip:user@host`, comments from `#` or `;`, or empty.
 * Pure.
 *
 * Returns: (transfer full): name in normal form → KithFound, or NULL and
 * KITH_ERROR_INVALID_ARGUMENTS with path, line, cause and remedy.
 */
GHashTable *kith_contact_file_parse (const char *text, gsize len, const char *path, GError **error);

G_END_DECLS
