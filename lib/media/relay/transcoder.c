/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The jitter buffer of our own calls, and an encoder behind it. Neither resamples: decoders and
   encoders work at the lower of the two codecs' rates. */
#include "media/relay/transcoder.h"

#include <string.h>

#define START_MS 20
#define MAX_STEPS 64 /* pieces of sound on the way to one payload */

struct _KithTranscoder {
  KithTranscoderPlan plan;
  KithPlayout *playout;
  KithVoiceEncoder *encoder;
  gsize frame, held; /* samples of a payload, and those that wait */
  gint16 sound[KITH_VOICE_MAX_FRAME + KITH_PLAYOUT_SAMPLES];
};

static guint
common_rate (const KithTranscoderPlan *plan)
{
  guint rate = MIN (kith_codec_get (plan->from)->audio_rate, kith_codec_get (plan->to)->audio_rate);

  return rate;
}

KithTranscoder *
kith_transcoder_new (const KithTranscoderPlan *plan)
{
  guint rate = common_rate (plan);
  KithVoiceEncoder *encoder = kith_voice_encoder_new (plan->to, rate, plan->frame_ms);
  g_autoptr (KithVoiceDecoder) probe = kith_voice_decoder_new (plan->from, rate);

  if (encoder == NULL || probe == NULL) {
    kith_voice_encoder_free (encoder);
    return NULL;
  }
  KithTranscoder *transcoder = g_new0 (KithTranscoder, 1);
  transcoder->plan = *plan;
  transcoder->encoder = encoder;
  transcoder->frame = kith_voice_encoder_get_frame (encoder);
  transcoder->playout = kith_playout_new (START_MS);
  kith_playout_set_rate (transcoder->playout, rate);
  return transcoder;
}

void
kith_transcoder_free (KithTranscoder *transcoder)
{
  if (transcoder != NULL) {
    kith_playout_free (transcoder->playout);
    kith_voice_encoder_free (transcoder->encoder);
    g_free (transcoder);
  }
}

gboolean
kith_transcoder_is (const KithTranscoder *transcoder, const KithTranscoderPlan *plan)
{
  return transcoder->plan.from == plan->from && transcoder->plan.to == plan->to
         && transcoder->plan.frame_ms == plan->frame_ms;
}

void
kith_transcoder_push (KithTranscoder *transcoder, const KithRtpHeader *header, gint64 arrival_us)
{
  KithPlayoutPacket packet = { .codec = transcoder->plan.from,
                               .ssrc = header->ssrc,
                               .timestamp = header->timestamp,
                               .payload = header->payload,
                               .len = header->payload_len,
                               .arrival_us = arrival_us };

  (void)kith_playout_push (transcoder->playout, &packet);
}

gint64
kith_transcoder_get_due (const KithTranscoder *transcoder)
{
  return kith_playout_get_due (transcoder->playout);
}

gsize
kith_transcoder_pull (KithTranscoder *transcoder, gint64 now_us, guint8 *out)
{
  gsize frame = transcoder->frame;

  for (guint i = 0; i < MAX_STEPS && transcoder->held < frame
                    && kith_playout_get_due (transcoder->playout) <= now_us;
       i++) {
    transcoder->held
        += kith_playout_pull (transcoder->playout, now_us, transcoder->sound + transcoder->held);
  }
  if (transcoder->held < frame) {
    return 0;
  }
  gsize len = kith_voice_encoder_encode (transcoder->encoder, transcoder->sound, out);
  transcoder->held -= frame;
  memmove (transcoder->sound,
           transcoder->sound + frame,
           transcoder->held * sizeof *transcoder->sound);
  return len;
}

guint
kith_transcoder_get_ticks (const KithTranscoder *transcoder)
{
  return kith_codec_get (transcoder->plan.to)->rtp_clock * transcoder->plan.frame_ms / 1000;
}

void
kith_transcoder_set_loss (KithTranscoder *transcoder, guint percent)
{
  kith_voice_encoder_set_loss (transcoder->encoder, percent);
}

void
kith_transcoder_get_stats (const KithTranscoder *transcoder, KithPlayoutStats *stats)
{
  kith_playout_get_stats (transcoder->playout, stats);
}
