/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One direction of a call whose ends have no codec in common: packets in, a jitter buffer, payloads
   of another codec out, on any clock that the caller gives; pure. */
#pragma once

#include "media/codec/voice-encoder.h"
#include "media/playout/playout.h"
#include "media/rtp/rtp-filter.h"

G_BEGIN_DECLS

typedef struct {
  KithCodecId from, to; /* both carry voice */
  guint frame_ms;       /* of what is made, as for kith_voice_encoder_new() */
} KithTranscoderPlan;

typedef struct _KithTranscoder KithTranscoder;

/* Sound has the rate that both codecs can have. NULL: one of them is not there. Not thread safe.
   (transfer full) */
KithTranscoder *kith_transcoder_new (const KithTranscoderPlan *plan);
void kith_transcoder_free (KithTranscoder *transcoder);

/* TRUE when it was made for @plan. */
gboolean kith_transcoder_is (const KithTranscoder *transcoder, const KithTranscoderPlan *plan);

/* Takes one packet, whose payload is copied. */
void
kith_transcoder_push (KithTranscoder *transcoder, const KithRtpHeader *header, gint64 arrival_us);

/* When kith_transcoder_pull() is to be called, G_MAXINT64 before the first packet. */
gint64 kith_transcoder_get_due (const KithTranscoder *transcoder);

/* What is due by @now_us goes one step on. Returns the length of a payload in @out (room for
   KITH_VOICE_MAX_PAYLOAD) when one is complete, else 0: it is to be called until the time of
   kith_transcoder_get_due() is to come, and 0 came. */
gsize kith_transcoder_pull (KithTranscoder *transcoder, gint64 now_us, guint8 *out);

/* Of the RTP clock of what is made, in one payload. */
guint kith_transcoder_get_ticks (const KithTranscoder *transcoder);

void kith_transcoder_set_loss (KithTranscoder *transcoder, guint percent);
void kith_transcoder_get_stats (const KithTranscoder *transcoder, KithPlayoutStats *stats);

G_END_DECLS
