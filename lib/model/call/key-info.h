/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys that telephones press, as the bodies of INFO have them. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_KEY_INFO_TYPE "application/dtmf-relay"

/* The key '0'-'9', '*', '#', 'A'-'D' of a body of "application/dtmf-relay" ("Signal=5") or
   "application/dtmf" ("5"); 0: there is none. @type: the value of Content-Type with or without
   parameters (nullable); @body: @len bytes. */
KITH_API char kith_key_info_read (const char *type, const char *body, gsize len);

/* The body of KITH_KEY_INFO_TYPE for @key. (transfer full) */
KITH_API gchar *kith_key_info_print (char key, guint ms);

G_END_DECLS
