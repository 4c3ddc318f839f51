/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last calls with their time lines, kept over restarts of the daemon. */
#pragma once

#include "model/call/call-facts.h"
#include "store/database.h"

G_BEGIN_DECLS

#define KITH_HISTORY_MAX 100 /* calls; older ones are deleted */
/* and so many rows of calls of strangers that were not answered: a share of their own */
#define KITH_HISTORY_STRANGERS 20

/* Keeps @facts (element-type KithCallFacts: calls that ended; one of that number is replaced), all
   in one transaction, and deletes the oldest ones above @keep, which is at most KITH_HISTORY_MAX.
   One with a group is of the strangers' share, and takes the place of the other rows of its group
   that ended less than a day before: it stands for their calls, too. KITH_ERROR_FAILED when they
   could not be written: then nothing changed. */
gboolean
kith_history_add_all (KithDatabase *database, GPtrArray *facts, guint keep, GError **error);

/* Deletes all but the newest @keep calls of both shares with their time lines, and what the file
   still holds of them; with 0 also with which keys calls were answered. How many calls they were:
   @n (out, nullable). KITH_ERROR_FAILED. */
gboolean kith_history_trim (KithDatabase *database, guint keep, guint *n, GError **error);

/* The call of @number, or with 0 the newest one. (transfer full); KITH_ERROR_NOT_FOUND,
   KITH_ERROR_FAILED. */
KithCallFacts *kith_history_get (KithDatabase *database, guint number, GError **error);

/* The newest calls, newest first, at most @max, without their time lines. (transfer full)
   (element-type KithCallFacts); KITH_ERROR_FAILED. */
GPtrArray *kith_history_list (KithDatabase *database, guint max, GError **error);

/* The highest number that is kept, 0 when there is none: new calls are numbered from there. */
guint kith_history_last_number (KithDatabase *database);

G_END_DECLS
