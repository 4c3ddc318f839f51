/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Responses made shorter: an address that has not proved that it is there gets little more than
   came from it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  KITH_BRIEF_WHOLE,
  KITH_BRIEF_NEEDED,  /* without what nobody needs to go on with a call */
  KITH_BRIEF_COMPACT, /* and with short names of headers */
  KITH_BRIEF_BARE,    /* and without the phrase */
} KithBrief;

/* Writes the response @text (@len bytes) to @out as short as @brief says. FALSE: it is no
   response. */
gboolean kith_brief (const char *text, gsize len, KithBrief brief, GString *out);

G_END_DECLS
