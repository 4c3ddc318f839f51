/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turns packets of one codec into samples, and makes up for packets that are missing. */
#pragma once

#include "model/sdp/codec.h"

G_BEGIN_DECLS

#define KITH_VOICE_MAX_SAMPLES 5760 /* 120 ms at 48 kHz, the longest packet of Opus */
#define KITH_VOICE_MAX_MS 120

typedef struct _KithVoiceDecoder KithVoiceDecoder;

/* Opus, G.722, PCMU or PCMA; NULL for others, and where the library is missing. @rate: Hz of the
   samples, 0: that of the codec; 8000 for G.722, and what libopus knows for Opus. Not thread safe,
   any one thread at a time. (transfer full) */
KithVoiceDecoder *kith_voice_decoder_new (KithCodecId id, guint rate);
void kith_voice_decoder_free (KithVoiceDecoder *decoder);

/* Hz of the samples; the RTP clock may be another one. */
guint kith_voice_decoder_get_rate (const KithVoiceDecoder *decoder);

/* How many samples a packet holds; 0 when it is not of this codec, or longer than 120 ms. */
gsize kith_voice_decoder_count (const KithVoiceDecoder *decoder, const guint8 *data, gsize len);

/* One packet to @out (room for KITH_VOICE_MAX_SAMPLES). Returns the number of samples, 0 for a
   broken packet. */
gsize
kith_voice_decoder_decode (KithVoiceDecoder *decoder, const guint8 *data, gsize len, gint16 *out);

/* TRUE when the packet also tells of the one before it (in-band FEC of Opus, RFC 6716 section
   2.1.7). */
gboolean
kith_voice_decoder_has_fec (const KithVoiceDecoder *decoder, const guint8 *data, gsize len);

/* The @n samples before the packet @data, from what it tells of them; 0 when it does not. */
gsize kith_voice_decoder_recover (KithVoiceDecoder *decoder,
                                  const guint8 *data,
                                  gsize len,
                                  gsize n,
                                  gint16 *out);

/* @n made up samples (at most KITH_VOICE_MAX_SAMPLES) that go on from the last ones and fade
   away. */
void kith_voice_decoder_conceal (KithVoiceDecoder *decoder, gsize n, gint16 *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithVoiceDecoder, kith_voice_decoder_free)

G_END_DECLS
