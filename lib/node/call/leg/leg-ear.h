/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes a leg's audio from its link, on the thread that brings it, and notes when it came. */
#pragma once

#include "base/clock.h"
#include "ports/link.h"
#include "ports/media/media.h"

G_BEGIN_DECLS

typedef struct _KithLegEar KithLegEar;

/* What comes over @link and is claimed goes to @media, at the times of @clock (references are
   taken). Main thread, as is all of it. (transfer full) */
KithLegEar *kith_leg_ear_new (KithLink *link, KithMedia *media, KithClock *clock);

/* Gives back what it has claimed. */
void kith_leg_ear_free (KithLegEar *ear);

/* As kith_link_claim_media(): at most two at a time, of which one is about to take the place of the
   other. TRUE when @ssrc is claimed already. */
gboolean kith_leg_ear_claim (KithLegEar *ear, guint32 ssrc, GError **error);

/* Gives a claim back; one that it has not, or 0, is ignored. */
void kith_leg_ear_release (KithLegEar *ear, guint32 ssrc);

/* Notes that @data came and is the peer's; reports (RTCP) and scraps are no sound. Any thread. */
void kith_leg_ear_note (KithLegEar *ear, const guint8 *data, gsize len);

/* What came of their sound since the last call of this: when the last packet did, and the longest
   silence before any of them, in ms. FALSE: nothing came. */
gboolean kith_leg_ear_take (KithLegEar *ear, gint64 *heard_us, guint *silent_ms);

G_END_DECLS
