/* SPDX-License-Identifier: GPL-3.0-or-later */
/* G.722: speech through the codec and through calls, its clock in RTP, and what a call offers. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "media-pair.h"
#include "media/codec/g722.h"
#include "media/playout/playout.h"

#define SPEECH KITH_TEST_DATA "/../../packaging/speech/alice.wav"
#define PIECE 320          /* 20 ms at 16 kHz */
#define DELAY_MAX 40       /* samples: the two filters of the codec take 22 at 16 kHz */
#define LOUD (300.0 * 300) /* mean power from which a piece counts as speech */

static KithToneSound
read_speech (void)
{
  KithToneSound sound = { 0 };
  g_autofree gchar *wrong = kith_tone_sound_read (&sound, SPEECH);

  g_assert_cmpstr (wrong, ==, NULL);
  g_assert_cmpuint (sound.rate, ==, 16000);
  return sound;
}

/* Every second sample of the mean of two: good enough to be compared with itself. */
static void
halve (KithToneSound *sound)
{
  for (gsize i = 0; i < sound->n / 2; i++) {
    sound->samples[i] = (gint16)((sound->samples[2 * i] + sound->samples[2 * i + 1]) / 2);
  }
  sound->n /= 2;
  sound->rate = 8000;
}

static void
go_through (const KithToneSound *sound, gint16 *heard)
{
  KithG722Encoder *encoder = kith_g722_encoder_new (sound->rate);
  g_autoptr (KithVoiceDecoder) decoder = kith_voice_decoder_new (KITH_CODEC_G722, sound->rate);
  gsize piece = sound->rate / 50;

  g_assert_nonnull (encoder);
  g_assert_nonnull (decoder);
  g_assert_cmpuint (kith_voice_decoder_get_rate (decoder), ==, sound->rate);
  for (gsize at = 0; at + piece <= sound->n; at += piece) {
    guint8 bytes[PIECE];
    g_assert_cmpuint (kith_g722_encode (encoder, sound->samples + at, piece, bytes), ==, 160);
    g_assert_cmpuint (kith_voice_decoder_decode (decoder, bytes, 160, heard + at), ==, piece);
  }
  kith_g722_encoder_free (encoder);
}

/* The mean of speech to noise over the loud pieces, in dB, at the delay that fits best. */
static double
segmental_snr (const KithToneSound *sound, const gint16 *heard)
{
  double best = -100;

  for (gsize delay = 0; delay < DELAY_MAX; delay++) {
    double sum = 0;
    guint n = 0;
    for (gsize at = 0; at + PIECE + delay <= sound->n - PIECE; at += PIECE) {
      double power = 0, noise = 0;
      for (gsize i = at; i < at + PIECE; i++) {
        double wrong = (double)heard[i + delay] - sound->samples[i];
        power += (double)sound->samples[i] * sound->samples[i];
        noise += wrong * wrong;
      }
      if (power / PIECE > LOUD) {
        sum += CLAMP (10 * log10 (power / MAX (noise, 1)), -10, 40);
        n++;
      }
    }
    g_assert_cmpuint (n, >, 20);
    best = MAX (best, sum / n);
  }
  return best;
}

static void
test_speech (void)
{
  g_auto (KithToneSound) sound = read_speech ();
  g_autofree gint16 *heard = g_new0 (gint16, sound.n);

  go_through (&sound, heard);
  double wide = segmental_snr (&sound, heard);
  halve (&sound);
  go_through (&sound, heard);
  double narrow = segmental_snr (&sound, heard);
  g_test_message ("speech to noise %.1f dB, of the lower half alone %.1f dB", wide, narrow);
  g_assert_cmpfloat (wide, >, 15);
  g_assert_cmpfloat (narrow, >, 15);
}

static void
test_sizes (void)
{
  g_autoptr (KithVoiceDecoder) decoder = kith_voice_decoder_new (KITH_CODEC_G722, 0);
  gint16 out[KITH_VOICE_MAX_SAMPLES];
  guint8 bytes[1000] = { 0 };

  g_assert_cmpuint (kith_voice_decoder_get_rate (decoder), ==, 16000);
  g_assert_cmpuint (kith_voice_decoder_count (decoder, bytes, 160), ==, 320);
  g_assert_cmpuint (kith_voice_decoder_count (decoder, bytes, 960), ==, 1920); /* 120 ms */
  g_assert_cmpuint (kith_voice_decoder_count (decoder, bytes, 961), ==, 0);
  g_assert_cmpuint (kith_voice_decoder_decode (decoder, bytes, 1000, out), ==, 0);
  g_assert_null (kith_voice_decoder_new (KITH_CODEC_G722, 48000));
  g_assert_null (kith_g722_encoder_new (11025));
}

/* The clock of RTP is 8000 Hz: 20 ms are 160 ticks and 320 samples. Nothing is made up, stretched
   or cut as long as all packets come in time; over the end of the 32 bits as well. */
static void
test_clock (void)
{
  g_autoptr (KithPlayout) playout = kith_playout_new (40);
  static gint16 out[KITH_PLAYOUT_SAMPLES];
  guint8 bytes[160] = { 0 };
  KithPlayoutStats stats;
  gint64 played = 0;

  for (guint i = 0; i < 500; i++) {
    KithPlayoutPacket packet = { .codec = KITH_CODEC_G722,
                                 .ssrc = 7,
                                 .timestamp = G_MAXUINT32 - 20000 + i * 160,
                                 .payload = bytes,
                                 .len = sizeof bytes,
                                 .arrival_us = 1000000 + i * 20000 };
    g_assert_true (kith_playout_push (playout, &packet));
    while (kith_playout_get_due (playout) <= packet.arrival_us) {
      played += (gint64)kith_playout_pull (playout, kith_playout_get_due (playout), out);
    }
  }
  kith_playout_get_stats (playout, &stats);
  g_assert_cmpuint (kith_playout_get_rate (playout), ==, 16000);
  g_assert_cmpint (played, >=, (gint64)490 * 320);
  g_assert_cmpint (played, <=, (gint64)500 * 320);
  g_assert_cmpuint (stats.concealed, ==, 0);
  g_assert_cmpuint (stats.stretched_ms, ==, 0);
  g_assert_cmpuint (stats.cut_ms, <=, 40); /* from 40 ms down to 10 */
  g_assert_cmpuint (stats.late + stats.duplicates + stats.reordered, ==, 0);
}

/* A hole is filled with what sounds like the voice before it. */
static void
test_hole (void)
{
  g_autoptr (KithVoiceDecoder) decoder = kith_voice_decoder_new (KITH_CODEC_G722, 0);
  KithG722Encoder *encoder = kith_g722_encoder_new (16000);
  gint16 said[PIECE], heard[KITH_VOICE_MAX_SAMPLES];
  guint8 bytes[PIECE];
  double power = 0;

  for (guint frame = 0; frame < 10; frame++) {
    for (guint i = 0; i < PIECE; i++) {
      said[i] = (gint16)(8000 * sin (2 * G_PI * 200 * (frame * PIECE + i) / 16000));
    }
    gsize len = kith_g722_encode (encoder, said, PIECE, bytes);
    (void)kith_voice_decoder_decode (decoder, bytes, len, heard);
  }
  kith_voice_decoder_conceal (decoder, PIECE, heard);
  guint crossings = 0;
  for (guint i = 0; i < PIECE; i++) {
    power += (double)heard[i] * heard[i] / PIECE;
    crossings += i > 0 && (heard[i - 1] < 0) != (heard[i] < 0) ? 1 : 0;
  }
  g_assert_cmpfloat (sqrt (power), >, 4500);
  g_assert_cmpuint (crossings, >=, 7); /* 200 Hz: 8 in 20 ms */
  g_assert_cmpuint (crossings, <=, 9);
  kith_g722_encoder_free (encoder);
}

/* A second of a tone as a raw sound file. (transfer full) */
static gchar *
make_tone (double hz)
{
  static gint16 samples[48000];
  g_autoptr (GError) error = NULL;
  gchar *file = NULL;
  gint fd = g_file_open_tmp ("kith-tone-XXXXXX.raw", &file, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++) {
    samples[i] = (gint16)(8000 * sin (2 * G_PI * hz * i / 48000));
  }
  g_assert_cmpint (write (fd, samples, sizeof samples), ==, sizeof samples);
  close (fd);
  return file;
}

typedef struct {
  guint n, wrong;
  guint32 last;
} Stamps;

static void
on_packet (Party *party, const guint8 *data, gsize len)
{
  Stamps *stamps = party->carry_data;

  if (len > 12 && (data[1] & 0x7f) == 9) {
    guint32 now = (guint32)data[4] << 24 | (guint32)data[5] << 16 | (guint32)data[6] << 8 | data[7];
    stamps->wrong += stamps->n > 0 && now - stamps->last != 160 ? 1 : 0;
    stamps->last = now;
    stamps->n++;
  }
}

/* 5 kHz, which no codec of 8000 Hz knows, and packets of 160 ticks. */
static void
test_call (void)
{
  g_autofree gchar *file = make_tone (5000);
  Stamps stamps = { 0 };
  Pair pair;

  pair_init (&pair, &(PairConfig){ .alice_in = file });
  pair.alice.spy = on_packet;
  pair.alice.carry_data = &stamps;
  pair_talk (&pair, KITH_CODEC_G722, 2000);
  g_assert_cmpint (kith_media_get_codec (pair.alice.media)->id, ==, KITH_CODEC_G722);
  KithToneReport bob = party_hears (&pair.bob, 5000), alice = party_hears (&pair.alice, 660);
  g_assert_true (bob.present);
  g_assert_true (alice.present);
  g_assert_cmpfloat (bob.total_ms, >, 1700);
  g_assert_cmpfloat (bob.longest_gap_ms, <=, 100);
  g_assert_cmpfloat (alice.longest_gap_ms, <=, 100);
  g_assert_cmpuint (stamps.n, >, 80);
  g_assert_cmpuint (stamps.wrong, ==, 0);
  pair_clear (&pair);
  g_unlink (file);
}

static gchar *
codecs_of (const KithOffer *offer)
{
  const KithStream *audio = kith_offer_audio (offer);
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < audio->n_codecs; i++) {
    g_string_append_printf (names,
                            "%s%s %u",
                            i > 0 ? ", " : "",
                            kith_codec_get (audio->codecs[i].id)->name,
                            audio->codecs[i].pt);
  }
  return g_string_free (names, FALSE);
}

/* What an ordinary telephone is offered, in its order, and as it stands in SDP. */
static void
test_offer (void)
{
  Pair pair;
  g_autoptr (GError) error = NULL;

  pair_init (&pair, &(PairConfig){ .sockets = TRUE });
  g_autoptr (KithOffer) offer = kith_media_get_local (pair.alice.media, &error);
  g_assert_no_error (error);
  g_autofree gchar *codecs = codecs_of (offer);
  g_assert_cmpstr (codecs, ==, "opus 96, G722 9, PCMA 8, PCMU 0, telephone-event 101");
  g_autofree gchar *text = kith_sdp_print (offer);
  g_assert_nonnull (strstr (text, "a=rtpmap:9 G722/8000\r\n"));
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/g722/speech", test_speech);
  g_test_add_func ("/g722/sizes", test_sizes);
  g_test_add_func ("/g722/clock", test_clock);
  g_test_add_func ("/g722/hole", test_hole);
  g_test_add_func ("/g722/call", test_call);
  g_test_add_func ("/g722/offer", test_offer);
  return g_test_run ();
}
