/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of several final responses a forking proxy hands back (RFC 3261 section 16.7, step 6). */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* That nobody answered, or could not be reached at all: any answer is better. */
#define KITH_SIP_BEST_SILENCE 408

/* How good a final response is, 300 to 699: the less the better. G_MAXUINT for what is none. */
KITH_API guint kith_sip_best_rank (guint status);

/* TRUE when @status is to be handed back and not @than, which came before it; 0: there was none
   yet. Of equals the first is kept. */
KITH_API gboolean kith_sip_best_is_better (guint status, guint than);

/* What is handed back for @status: 503 would say that this proxy itself cannot be used, and becomes
   500; all others stay. */
KITH_API guint kith_sip_best_status (guint status);

/* TRUE for 401 and 407: the challenges of all branches go back together. */
KITH_API gboolean kith_sip_best_is_challenge (guint status);

G_END_DECLS
