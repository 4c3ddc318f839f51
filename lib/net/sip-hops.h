/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The next hops of SIP URIs that were found, in order, and which of them did not serve lately (RFC
   3263 section 4.3). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KITH_HOPS_MAX 8 /* of one URI */

/* What is known is kept for a minute, of 64 URIs at most. Times are monotonic, in µs. */
typedef struct _KithHops KithHops;

/* (transfer full) */
KithHops *kith_hops_new (void);
void kith_hops_free (KithHops *hops);

/* Remembers the hops of @uri, best first; what was known of it is forgotten. @list: ends with
   NULL. */
void kith_hops_set (KithHops *hops, const char *uri, const char *const *list, gint64 now_us);

/* The best hop that has not been given up; NULL when nothing is known (any more). (transfer
   none) */
const char *kith_hops_get (KithHops *hops, const char *uri, gint64 now_us);

/* TRUE when another one would be left if the hop of kith_hops_get() were given up. */
gboolean kith_hops_has_other (KithHops *hops, const char *uri, gint64 now_us);

/* TRUE when some hop was given up, and another is left. */
gboolean kith_hops_is_second_choice (KithHops *hops, const char *uri, gint64 now_us);

/* @hop did not serve. TRUE when another is left; with the last one all is forgotten, so that the
   next question begins anew. */
gboolean kith_hops_give_up (KithHops *hops, const char *uri, const char *hop, gint64 now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithHops, kith_hops_free)

G_END_DECLS
