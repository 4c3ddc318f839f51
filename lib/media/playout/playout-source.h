/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A GStreamer source that plays what a jitter buffer gives, at the time it is due. */
#pragma once

#include <gst/base/gstpushsrc.h>

#include "media/playout/playout.h"

G_BEGIN_DECLS

#define KITH_TYPE_PLAYOUT_SOURCE (kith_playout_source_get_type ())
G_DECLARE_FINAL_TYPE (KithPlayoutSource, kith_playout_source, KITH, PLAYOUT_SOURCE, GstPushSrc)

/* A live source of mono samples of 16 bits whose pipeline runs on the monotonic system clock;
   silent until the first packet. (transfer floating) */
GstElement *kith_playout_source_new (guint start_ms);

/* One packet of the peer with what is redundant in it; any thread. */
void
kith_playout_source_push (KithPlayoutSource *source, const KithPlayoutPacket *packets, guint n);

/* Any thread. */
void kith_playout_source_get_stats (KithPlayoutSource *source, KithPlayoutStats *stats);

G_END_DECLS
