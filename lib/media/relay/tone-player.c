/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sines by the steps of a tone, and an encoder behind them. */
#include "media/relay/tone-player.h"

#include <math.h>
#include <string.h>

#define LEVEL 4600.0 /* of one frequency: -17 dBFS */
#define LATE_US (200 * 1000)
#define KEY_MS 160
#define EVENT_MS 20  /* between two packets of an event */
#define EVENT_ENDS 3 /* packets that say that it is over */
#define EVENT_VOLUME 10

struct _KithTonePlayer {
  KithToneWish wish;
  KithCodecId codec;
  guint frame_ms, rate;
  KithVoiceEncoder *encoder;
  guint64 at; /* samples so far */
  gint64 due_us;
  gint16 sound[KITH_VOICE_MAX_FRAME];
};

KithTonePlayer *
kith_tone_player_new (const KithToneWish *wish, KithCodecId codec, guint frame_ms, gint64 now_us)
{
  guint rate = kith_codec_get (codec)->audio_rate;
  gboolean is_event = codec == KITH_CODEC_TELEPHONE_EVENT;
  guint16 hz[2];

  if (wish->tone == KITH_TONE_NONE ? !kith_tone_get_key (wish->key, hz) : is_event) {
    return NULL;
  }
  KithVoiceEncoder *encoder = is_event ? NULL : kith_voice_encoder_new (codec, rate, frame_ms);
  if (encoder == NULL && !is_event) {
    return NULL;
  }
  KithTonePlayer *player = g_new0 (KithTonePlayer, 1);
  player->wish = *wish;
  player->codec = codec;
  player->frame_ms = is_event ? EVENT_MS : frame_ms;
  player->rate = rate;
  player->encoder = encoder;
  player->due_us = now_us;
  return player;
}

void
kith_tone_player_free (KithTonePlayer *player)
{
  if (player != NULL) {
    if (player->encoder != NULL) {
      kith_voice_encoder_free (player->encoder);
    }
    g_free (player);
  }
}

gboolean
kith_tone_player_is (const KithTonePlayer *player, KithCodecId codec, guint frame_ms)
{
  return player->codec == codec
         && (player->frame_ms == frame_ms || codec == KITH_CODEC_TELEPHONE_EVENT);
}

gint64
kith_tone_player_get_due (const KithTonePlayer *player)
{
  return player->due_us;
}

guint
kith_tone_player_get_ticks (const KithTonePlayer *player)
{
  return player->encoder != NULL
             ? kith_codec_get (player->codec)->rtp_clock * player->frame_ms / 1000
             : 0;
}

/* The frequencies of the step at @ms from the beginning. */
static void
find_step (const KithTonePlayer *player, guint64 ms, guint16 hz[2])
{
  guint n = 0;
  const KithToneStep *steps = kith_tone_get_steps (player->wish.tone, &n);
  guint64 cycle = 0;

  hz[0] = hz[1] = 0;
  if (n == 0) {
    (void)kith_tone_get_key (player->wish.key, hz);
    return;
  }
  for (guint i = 0; i < n; i++) {
    cycle += steps[i].ms;
  }
  ms %= cycle;
  for (guint i = 0; i < n; i++) {
    if (ms < steps[i].ms) {
      hz[0] = steps[i].hz[0];
      hz[1] = steps[i].hz[1];
      return;
    }
    ms -= steps[i].ms;
  }
}

static void
fill (KithTonePlayer *player, gsize n)
{
  guint16 hz[2];

  for (gsize i = 0; i < n; i++, player->at++) {
    double t = (double)player->at / player->rate;
    double sample = 0;
    find_step (player, player->at * 1000 / player->rate, hz);
    for (guint k = 0; k < G_N_ELEMENTS (hz); k++) {
      sample += hz[k] != 0 ? LEVEL * sin (2 * G_PI * hz[k] * t) : 0;
    }
    player->sound[i] = (gint16)sample;
  }
}

/* The next packet of an event; the last ones are alike. */
static gsize
write_event (KithTonePlayer *player, guint8 *out)
{
  static const char events[] = "0123456789*#ABCD";
  const guint whole = KEY_MS * player->rate / 1000;
  const guint step = EVENT_MS * player->rate / 1000;
  gboolean is_over = player->at + step >= whole;
  guint ticks = is_over ? whole : (guint)player->at + step;

  player->at += step;
  out[0] = (guint8)(strchr (events, player->wish.key) - events);
  out[1] = (guint8)((is_over ? 0x80 : 0) | EVENT_VOLUME);
  out[2] = (guint8)(ticks >> 8);
  out[3] = (guint8)ticks;
  return 4;
}

/* TRUE when all of the key was played. */
static gboolean
is_over (const KithTonePlayer *player)
{
  guint ms = KEY_MS + (player->encoder == NULL ? (EVENT_ENDS - 1) * EVENT_MS : 0);

  return player->wish.tone == KITH_TONE_NONE && player->at * 1000 / player->rate >= ms;
}

gsize
kith_tone_player_pull (KithTonePlayer *player, gint64 now_us, guint8 *out)
{
  gsize len = 0;

  if (now_us < player->due_us) {
    return 0;
  }
  if (player->encoder == NULL) {
    len = write_event (player, out);
  } else {
    fill (player, kith_voice_encoder_get_frame (player->encoder));
    len = kith_voice_encoder_encode (player->encoder, player->sound, out);
  }
  if (now_us - player->due_us > LATE_US) {
    player->due_us = now_us;
  }
  player->due_us += (gint64)player->frame_ms * 1000;
  if (is_over (player)) {
    player->due_us = G_MAXINT64;
  }
  return len;
}
