/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may cost us how much: token buckets for each source and for all strangers, in a bounded
   table. */
#pragma once

#include "edge/edge-frames.h"

G_BEGIN_DECLS

typedef struct _KithAdmission KithAdmission;

KithAdmission *kith_admission_new (void);
void kith_admission_free (KithAdmission *admission);

/* The sources (of kith_way_source()) of hosts that the node knows, in place of those before. */
void kith_admission_set_known (KithAdmission *admission, const guint64 *sources, guint n);

/* The networks of which every host may send as much as it likes, in place of those before. */
void kith_admission_set_trusted (KithAdmission *admission, const KithEdgeTrusted *trusted);

/**
 * kith_admission_may_read:
 * @peer: where it came from
 * @now_us: monotonic
 * Takes nothing. FALSE: whatever it is that came from there, there is no token for it, and it need
 * not be looked at.
 */
gboolean
kith_admission_may_read (KithAdmission *admission, const KithEndpoint *peer, gint64 now_us);

/* Takes a token for a message that bears no mark of ours. FALSE: too many. */
gboolean kith_admission_take (KithAdmission *admission, const KithEndpoint *peer, gint64 now_us);

/* The same for one that does: an answer to us, a request of a call, or a repetition. */
gboolean
kith_admission_take_marked (KithAdmission *admission, const KithEndpoint *peer, gint64 now_us);

/* TRUE if the node knows the host. */
gboolean kith_admission_knows (KithAdmission *admission, guint64 source);

/* How many sources are remembered: never more than KITH_EDGE_MAX_SOURCES. */
guint kith_admission_count (KithAdmission *admission);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithAdmission, kith_admission_free)

G_END_DECLS
