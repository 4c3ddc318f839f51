/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our tags: whoever has the key sees by a tag alone that it is one of ours for this Call-ID, so
   that the edge can tell requests in dialogs from others without knowing any dialog. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_SIP_TOKEN_KEY 32   /* bytes */
#define KITH_SIP_TOKEN_CHARS 24 /* hex digits: 8 of chance, 16 of the MAC */

/**
 * kith_sip_token_make:
 * @key: KITH_SIP_TOKEN_KEY bytes
 * @chance: any number: two calls of one Call-ID have two tags
 * Returns: (transfer full): a tag (RFC 3261 section 19.3).
 */
KITH_API gchar *kith_sip_token_make (const guint8 *key, const char *call_id, guint32 chance);

/* TRUE if @tag was made with @key for @call_id; upper case is taken for lower case. */
KITH_API gboolean kith_sip_token_check (const guint8 *key, const char *call_id, const char *tag);

G_END_DECLS
