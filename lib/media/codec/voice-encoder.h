/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turns samples into payloads of one codec, for calls that are transcoded; those of our own are
   encoded in their pipelines (codec-chain.h). */
#pragma once

#include "model/sdp/codec.h"

G_BEGIN_DECLS

#define KITH_VOICE_MAX_PAYLOAD 1275 /* bytes: the longest packet of Opus; 60 ms of others are 480 */
#define KITH_VOICE_MAX_FRAME 2880   /* samples: 60 ms at 48 kHz */

typedef struct _KithVoiceEncoder KithVoiceEncoder;

/* @rate: Hz of the samples, as for kith_voice_decoder_new(), but not 0. @frame_ms: of a payload, 10
   to 60, of Opus 10 or 20. NULL when there is no such encoder. One thread at a time. (transfer
   full) */
KithVoiceEncoder *kith_voice_encoder_new (KithCodecId id, guint rate, guint frame_ms);
void kith_voice_encoder_free (KithVoiceEncoder *encoder);

/* How many samples become one payload. */
gsize kith_voice_encoder_get_frame (const KithVoiceEncoder *encoder);

/* One frame to @out (room for KITH_VOICE_MAX_PAYLOAD). Returns its length, 0 when it failed. */
gsize kith_voice_encoder_encode (KithVoiceEncoder *encoder, const gint16 *samples, guint8 *out);

/* What the peer loses: Opus helps against that. */
void kith_voice_encoder_set_loss (KithVoiceEncoder *encoder, guint percent);

G_END_DECLS
