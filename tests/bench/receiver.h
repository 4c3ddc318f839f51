/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jitter buffers behind one interface, so that one bench compares ours with those of libraries. */
#pragma once

#include "media/devices/wav-writer.h"
#include "media/playout/playout.h"

typedef struct _Receiver Receiver;

/* @kind: "own", "speex" (jitter_buffer of libspeexdsp), "gst:MS" (rtpjitterbuffer with that
   latency) or "gst:auto" (its latency follows our rule). What is heard goes to @heard, which
   outlives it. NULL: this build does not know it. (transfer full) */
Receiver *receiver_new (const char *kind, guint start_ms, KithWavWriter *heard);
void receiver_free (Receiver *receiver);

/* A packet that came, and the copies of earlier ones in it. Frames are 20 ms long. */
void receiver_take (Receiver *receiver, const KithPlayoutPacket *packets, guint n);

/* When it is to be called again, and that call. */
gint64 receiver_get_due (Receiver *receiver);
void receiver_play (Receiver *receiver, gint64 due_us);

/* What this kind knows; of others than our own only played, recovered, concealed and late. */
void receiver_get_stats (Receiver *receiver, KithPlayoutStats *stats);
