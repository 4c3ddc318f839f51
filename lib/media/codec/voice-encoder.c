/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libopus, libspandsp, and G.711 by spandsp's header. */
#include "media/codec/voice-encoder.h"

#include <opus/opus.h>
#include <stdint.h>

#include <spandsp/telephony.h>

#include <spandsp/bit_operations.h>

#include <spandsp/g711.h>

#include "media/codec/g722.h"

#define WIDE_BITRATE 28000
#define NARROW_BITRATE 18000
/* Encoding is done by the thread that carries all packets: no more than it costs on a machine with
   few processors (codec-chain.c). */
#define COMPLEXITY 5

struct _KithVoiceEncoder {
  KithCodecId id;
  gsize frame;
  OpusEncoder *opus;
  KithG722Encoder *g722;
};

static gboolean
open_opus (KithVoiceEncoder *encoder, guint rate)
{
  int wrong = OPUS_OK;

  encoder->opus = opus_encoder_create ((opus_int32)rate, 1, OPUS_APPLICATION_VOIP, &wrong);
  if (encoder->opus == NULL) {
    return FALSE;
  }
  (void)opus_encoder_ctl (encoder->opus,
                          OPUS_SET_BITRATE (rate <= 8000 ? NARROW_BITRATE : WIDE_BITRATE));
  (void)opus_encoder_ctl (encoder->opus, OPUS_SET_COMPLEXITY (COMPLEXITY));
  return TRUE;
}

static gboolean
open_codec (KithVoiceEncoder *encoder, guint rate, guint frame_ms)
{
  switch (encoder->id) {
  case KITH_CODEC_OPUS:
    return (frame_ms == 10 || frame_ms == 20) && open_opus (encoder, rate);
  case KITH_CODEC_G722:
    encoder->g722 = kith_g722_encoder_new (rate);
    return encoder->g722 != NULL;
  case KITH_CODEC_PCMU:
  case KITH_CODEC_PCMA:
    return rate == kith_codec_get (encoder->id)->audio_rate;
  case KITH_CODEC_TELEPHONE_EVENT:
  case KITH_CODEC_RED:
    return FALSE;
  }
  return FALSE;
}

KithVoiceEncoder *
kith_voice_encoder_new (KithCodecId id, guint rate, guint frame_ms)
{
  KithVoiceEncoder *encoder = g_new0 (KithVoiceEncoder, 1);

  encoder->id = id;
  encoder->frame = (gsize)rate * frame_ms / 1000;
  if (frame_ms < 10 || frame_ms > 60 || frame_ms % 10 != 0
      || !open_codec (encoder, rate, frame_ms)) {
    kith_voice_encoder_free (encoder);
    return NULL;
  }
  return encoder;
}

void
kith_voice_encoder_free (KithVoiceEncoder *encoder)
{
  if (encoder != NULL) {
    g_clear_pointer (&encoder->opus, opus_encoder_destroy);
    g_clear_pointer (&encoder->g722, kith_g722_encoder_free);
    g_free (encoder);
  }
}

gsize
kith_voice_encoder_get_frame (const KithVoiceEncoder *encoder)
{
  return encoder->frame;
}

gsize
kith_voice_encoder_encode (KithVoiceEncoder *encoder, const gint16 *samples, guint8 *out)
{
  if (encoder->opus != NULL) {
    opus_int32 len
        = opus_encode (encoder->opus, samples, (int)encoder->frame, out, KITH_VOICE_MAX_PAYLOAD);
    return len > 0 ? (gsize)len : 0;
  }
  if (encoder->g722 != NULL) {
    return kith_g722_encode (encoder->g722, samples, encoder->frame, out);
  }
  for (gsize i = 0; i < encoder->frame; i++) {
    out[i] = encoder->id == KITH_CODEC_PCMU ? linear_to_ulaw (samples[i])
                                            : linear_to_alaw (samples[i]);
  }
  return encoder->frame;
}

void
kith_voice_encoder_set_loss (KithVoiceEncoder *encoder, guint percent)
{
  if (encoder->opus != NULL) {
    (void)opus_encoder_ctl (encoder->opus, OPUS_SET_INBAND_FEC (percent > 0));
    (void)opus_encoder_ctl (encoder->opus, OPUS_SET_PACKET_LOSS_PERC ((int)MIN (percent, 50)));
  }
}
