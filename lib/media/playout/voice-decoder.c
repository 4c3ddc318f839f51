/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opus by libopus, G.722 by libspandsp and G.711 by a table, these two with a concealer. */
#include "media/playout/voice-decoder.h"

#include <opus/opus.h>
#include <string.h>

#include "media/codec/g722.h"
#include "media/playout/concealer.h"

#define MAX_OPUS_FRAMES 48
#define OPUS_STEPS 400 /* a second: libopus makes up 2.5 ms, and multiples of it */

struct _KithVoiceDecoder {
  KithCodecId id;
  guint rate;
  OpusDecoder *opus;
  KithG722Decoder *g722;
  KithConcealer concealer; /* G.711, G.722 */
  gint16 table[256];
};

static gint16
from_ulaw (guint8 code)
{
  guint8 u = (guint8)~code;
  gint32 sample = ((((gint32)u & 0x0f) << 3) + 0x84) << ((u & 0x70) >> 4);

  return (gint16)((u & 0x80) != 0 ? 0x84 - sample : sample - 0x84);
}

static gint16
from_alaw (guint8 code)
{
  guint8 a = code ^ 0x55;
  gint32 mantissa = ((gint32)a & 0x0f) << 4, segment = (a & 0x70) >> 4;
  gint32 sample = segment == 0 ? mantissa + 8 : (mantissa + 0x108) << (segment - 1);

  return (gint16)((a & 0x80) != 0 ? sample : -sample);
}

static gboolean
open_codec (KithVoiceDecoder *decoder)
{
  int wrong = OPUS_OK;

  switch (decoder->id) {
  case KITH_CODEC_OPUS:
    decoder->opus = opus_decoder_create ((opus_int32)decoder->rate, 1, &wrong);
    return decoder->opus != NULL;
  case KITH_CODEC_G722:
    decoder->g722 = kith_g722_decoder_new (decoder->rate);
    return decoder->g722 != NULL;
  case KITH_CODEC_PCMU:
  case KITH_CODEC_PCMA:
    for (guint i = 0; i < 256; i++) {
      decoder->table[i]
          = decoder->id == KITH_CODEC_PCMU ? from_ulaw ((guint8)i) : from_alaw ((guint8)i);
    }
    return decoder->rate == kith_codec_get (decoder->id)->audio_rate;
  case KITH_CODEC_TELEPHONE_EVENT:
  case KITH_CODEC_RED:
    return FALSE;
  }
  return FALSE;
}

KithVoiceDecoder *
kith_voice_decoder_new (KithCodecId id, guint rate)
{
  g_autoptr (KithVoiceDecoder) decoder = g_new0 (KithVoiceDecoder, 1);

  decoder->id = id;
  decoder->rate = rate != 0 ? rate : kith_codec_get (id)->audio_rate;
  if (!open_codec (decoder)) {
    return NULL;
  }
  kith_concealer_init (&decoder->concealer, decoder->rate);
  return g_steal_pointer (&decoder);
}

void
kith_voice_decoder_free (KithVoiceDecoder *decoder)
{
  if (decoder != NULL) {
    g_clear_pointer (&decoder->opus, opus_decoder_destroy);
    g_clear_pointer (&decoder->g722, kith_g722_decoder_free);
    g_free (decoder);
  }
}

guint
kith_voice_decoder_get_rate (const KithVoiceDecoder *decoder)
{
  return decoder->rate;
}

gsize
kith_voice_decoder_count (const KithVoiceDecoder *decoder, const guint8 *data, gsize len)
{
  if (len == 0 || len > G_MAXINT16) {
    return 0;
  }
  if (decoder->opus == NULL) {
    gsize per_byte = decoder->rate / kith_codec_get (decoder->id)->rtp_clock;
    return len * per_byte <= (gsize)decoder->rate * KITH_VOICE_MAX_MS / 1000 ? len * per_byte : 0;
  }
  int n = opus_packet_get_nb_samples (data, (opus_int32)len, (opus_int32)decoder->rate);
  return n > 0 && n <= KITH_VOICE_MAX_SAMPLES ? (gsize)n : 0;
}

gsize
kith_voice_decoder_decode (KithVoiceDecoder *decoder, const guint8 *data, gsize len, gint16 *out)
{
  gsize n = kith_voice_decoder_count (decoder, data, len);

  if (n == 0) {
    return 0;
  }
  if (decoder->opus != NULL) {
    int done = opus_decode (decoder->opus, data, (opus_int32)len, out, KITH_VOICE_MAX_SAMPLES, 0);
    return done > 0 ? (gsize)done : 0;
  }
  if (decoder->g722 != NULL) {
    n = kith_g722_decode (decoder->g722, data, len, out);
  }
  for (gsize i = 0; decoder->g722 == NULL && i < n; i++) {
    out[i] = decoder->table[data[i]];
  }
  kith_concealer_pass (&decoder->concealer, out, n);
  return n;
}

/* libopus has a function for it only from 1.4 on. */
gboolean
kith_voice_decoder_has_fec (const KithVoiceDecoder *decoder, const guint8 *data, gsize len)
{
  const unsigned char *frames[MAX_OPUS_FRAMES];
  opus_int16 sizes[MAX_OPUS_FRAMES];
  unsigned char toc;

  if (decoder->opus == NULL || len == 0 || len > G_MAXINT16 || (data[0] & 0x80) != 0
      || opus_packet_parse (data, (opus_int32)len, &toc, frames, sizes, NULL) <= 0
      || sizes[0] == 0) {
    return FALSE; /* 0x80: CELT alone has none */
  }
  gboolean is_stereo = opus_packet_get_nb_channels (data) == 2;
  int tens = opus_packet_get_samples_per_frame (data, 48000) / 480;
  guint inner = tens > 2 ? (guint)tens / 2 : 1; /* SILK frames of 20 ms in one frame of Opus */
  /* Of each channel: one bit of voice activity for each inner frame, and one that says that FEC
     follows. */
  gboolean has = (frames[0][0] >> (7 - inner) & 1) != 0;
  if (is_stereo && 2 * inner + 1 <= 7) {
    has = has || (frames[0][0] >> (6 - 2 * inner) & 1) != 0;
  }
  return has;
}

gsize
kith_voice_decoder_recover (KithVoiceDecoder *decoder,
                            const guint8 *data,
                            gsize len,
                            gsize n,
                            gint16 *out)
{
  if (n == 0 || n > KITH_VOICE_MAX_SAMPLES || n % (decoder->rate / OPUS_STEPS) != 0
      || !kith_voice_decoder_has_fec (decoder, data, len)) {
    return 0;
  }
  int done = opus_decode (decoder->opus, data, (opus_int32)len, out, (int)n, 1);
  return done > 0 ? (gsize)done : 0;
}

void
kith_voice_decoder_conceal (KithVoiceDecoder *decoder, gsize n, gint16 *out)
{
  n = MIN (n, KITH_VOICE_MAX_SAMPLES);
  if (decoder->opus == NULL) {
    kith_concealer_fill (&decoder->concealer, out, n);
    return;
  }
  gsize step = decoder->rate / OPUS_STEPS;
  gsize whole = (n + step - 1) / step * step;
  int done = opus_decode (decoder->opus, NULL, 0, out, (int)whole, 0);
  gsize made = MIN (done > 0 ? (gsize)done : 0, n);
  memset (out + made, 0, (n - made) * sizeof *out);
}
