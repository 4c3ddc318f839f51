/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files in place of devices: what can be played, what is recorded, and a machine with neither. */
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "common/absent.h"
#include "media-pair.h"
#include "media/devices/audio-clip.h"
#include "media/devices/wav-writer.h"

static void
put (GByteArray *to, guint32 value, guint bytes)
{
  for (guint i = 0; i < bytes; i++) {
    guint8 byte = (guint8)(value >> (8 * i));
    g_byte_array_append (to, &byte, 1);
  }
}

/* A WAV file with a tone of 440 Hz at half scale in all channels. */
static GByteArray *
make_wav (guint rate, guint channels, guint bits, gboolean is_float, guint ms)
{
  GByteArray *wav = g_byte_array_new ();
  guint frames = rate * ms / 1000, bytes = bits / 8;

  g_byte_array_append (wav, (const guint8 *)"RIFF....WAVELIST", 16);
  put (wav, 3, 4); /* an odd chunk first */
  g_byte_array_append (wav, (const guint8 *)"abc\0fmt ", 8);
  put (wav, 16, 4);
  put (wav, is_float ? 3 : 1, 2);
  put (wav, channels, 2);
  put (wav, rate, 4);
  put (wav, rate * channels * bytes, 4);
  put (wav, channels * bytes, 2);
  put (wav, bits, 2);
  g_byte_array_append (wav, (const guint8 *)"data", 4);
  put (wav, frames * channels * bytes, 4);
  for (guint i = 0; i < frames * channels; i++) {
    double x = 0.5 * sin (2 * G_PI * 440 * (i / channels) / rate);
    float f = (float)x;
    guint32 word;
    memcpy (&word, &f, 4);
    if (!is_float) {
      word = bits == 8 ? (guint32)lrint (128 + 127 * x)
                       : (guint32)lrint (x * (double)((1u << (bits - 1)) - 1));
    }
    put (wav, word, bytes);
  }
  return wav;
}

static gchar *
save (const char *directory, const char *name, const guint8 *data, gsize len)
{
  gchar *path = g_build_filename (directory, name, NULL);

  g_assert_true (g_file_set_contents (path, (const char *)data, (gssize)len, NULL));
  return path;
}

static void
test_clip_formats (void)
{
  static const struct {
    guint rate, channels, bits;
    gboolean is_float;
  } cases[] = { { 48000, 1, 16, FALSE }, { 8000, 1, 16, FALSE },  { 44100, 2, 16, FALSE },
                { 22050, 1, 8, FALSE },  { 96000, 2, 24, FALSE }, { 16000, 1, 32, FALSE },
                { 48000, 2, 32, TRUE },  { 11025, 1, 16, FALSE } };
  g_autofree gchar *directory = g_dir_make_tmp ("kith-clip-XXXXXX", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GByteArray) wav
        = make_wav (cases[i].rate, cases[i].channels, cases[i].bits, cases[i].is_float, 2000);
    g_autofree gchar *path = save (directory, "in.wav", wav->data, wav->len);
    g_autoptr (GError) error = NULL;
    g_autoptr (KithAudioClip) clip = kith_audio_clip_load (path, &error);
    g_assert_no_error (error);
    for (guint rate = 8000; rate <= 48000; rate += 40000) {
      KithToneSound sound = { .rate = rate };
      KithToneReport report;
      sound.samples = (gint16 *)kith_audio_clip_get_samples (clip, rate, &sound.n);
      kith_tone_measure (&sound, 440, &kith_tone_rule_default, &report);
      g_test_message ("%u Hz %u ch %u bit at %u: %.2f dBFS, %zu samples",
                      cases[i].rate,
                      cases[i].channels,
                      cases[i].bits,
                      rate,
                      report.level_db,
                      sound.n);
      g_assert_cmpfloat (fabs (report.level_db + 6.02), <, 0.3);
      g_assert_cmpfloat (fabs ((double)sound.n / rate - 2), <, 0.02);
      g_assert_cmpfloat (report.longest_gap_ms, ==, 0);
    }
    g_unlink (path);
  }
  g_rmdir (directory);
}

static void
test_clip_refusals (void)
{
  g_autofree gchar *directory = g_dir_make_tmp ("kith-clip-XXXXXX", NULL);
  g_autoptr (GByteArray) wav = make_wav (8000, 1, 16, FALSE, 100);
  g_autoptr (GError) error = NULL;

  g_assert_null (kith_audio_clip_load (absent_path ("x.wav"), &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_MEDIA);
  g_assert_nonnull (strstr (error->message, absent_path ("x.wav")));
  g_autofree gchar *pipe = g_build_filename (directory, "pipe", NULL); /* nobody waits for it */
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_null (kith_audio_clip_load (pipe, NULL));
  g_unlink (pipe);
  for (gsize len = 0; len <= wav->len;
       len += len < 80 ? 1 : 97) { /* cut anywhere: loaded or refused, never read beyond */
    g_autofree gchar *path = save (directory, "cut.wav", wav->data, len);
    g_autoptr (KithAudioClip) clip = kith_audio_clip_load (path, NULL);
    g_assert_true (clip == NULL || len > 12 || (len > 1 && len < 12));
    g_unlink (path);
  }
  for (guint i = 0; i < 2000; i++) { /* any byte wrong */
    g_autoptr (GByteArray) bad = g_byte_array_new ();
    g_byte_array_append (bad, wav->data, 120);
    bad->data[g_random_int_range (12, 60)] = (guint8)g_random_int ();
    bad->data[g_random_int_range (12, 60)] = (guint8)g_random_int ();
    g_autofree gchar *path = save (directory, "bad.wav", bad->data, bad->len);
    g_autoptr (KithAudioClip) clip = kith_audio_clip_load (path, NULL);
    g_unlink (path);
  }
  g_rmdir (directory);
}

/* The file as microphone goes round and round. */
static void
test_file_in (void)
{
  g_autofree gchar *directory = g_dir_make_tmp ("kith-clip-XXXXXX", NULL);
  g_autoptr (GByteArray) wav = make_wav (22050, 1, 16, FALSE, 500);
  g_autofree gchar *path = save (directory, "in.wav", wav->data, wav->len);
  Pair pair;

  pair_init (&pair, &(PairConfig){ .alice_in = path, .bob_in = "silence" });
  pair_talk (&pair, KITH_CODEC_OPUS, 2000);
  KithToneReport report = party_hears (&pair.bob, 440);
  g_assert_true (report.present);
  g_assert_cmpfloat (report.total_ms, >, 1800);
  g_assert_false (party_hears (&pair.alice, 440).present);
  pair_clear (&pair);
  g_unlink (path);
  g_rmdir (directory);
}

static guint32
word_at (const gchar *data, gsize at)
{
  guint32 value;

  memcpy (&value, data + at, 4);
  return GUINT32_FROM_LE (value);
}

static void
test_wav_keeps_time (void)
{
  g_autofree gchar *directory = g_dir_make_tmp ("kith-wav-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (directory, "out.wav", NULL);
  g_autofree gchar *data = NULL;
  gint16 loud[160];
  gsize len;
  KithWavWriter *writer = kith_wav_writer_new (path, 8000, NULL);

  for (guint i = 0; i < 160; i++) {
    loud[i] = 1000;
  }
  kith_wav_writer_put (writer, 100 * 1000000LL, loud, 160); /* after 100 ms of silence */
  kith_wav_writer_put (writer, 122 * 1000000LL, loud, 160); /* 2 ms off: joined */
  kith_wav_writer_put (writer, 500 * 1000000LL, loud, 160);
  kith_wav_writer_put (writer, 505 * 1000000LL, loud, 160); /* 15 ms too early: 5 ms are left */
  kith_wav_writer_finish (writer, 1000 * 1000000LL);
  g_assert_true (g_file_get_contents (path, &data, &len, NULL));
  g_assert_cmpuint (len, ==, 44 + 16000);
  g_assert_cmpuint (word_at (data, 40), ==, 16000);
  g_assert_cmpuint (word_at (data, 4), ==, 16036);
  const gint16 *samples = (const gint16 *)(gpointer)(data + 44);
  g_assert_cmpint (samples[799], ==, 0);
  g_assert_cmpint (samples[800], ==, 1000);
  g_assert_cmpint (samples[1119], ==, 1000);
  g_assert_cmpint (samples[1120], ==, 0);
  g_assert_cmpint (samples[3999], ==, 0);
  g_assert_cmpint (samples[4000], ==, 1000);
  g_assert_cmpint (samples[4199], ==, 1000);
  g_assert_cmpint (samples[4200], ==, 0);
  g_unlink (path);
  g_rmdir (directory);
}

/* A process that dies in the middle of a recording leaves a file that can be played. */
static void
test_wav_survives_a_kill (void)
{
  g_autofree gchar *directory = g_dir_make_tmp ("kith-wav-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (directory, "out.wav", NULL);
  g_auto (KithToneSound) sound = { 0 };
  pid_t child = fork ();

  if (child == 0) {
    KithWavWriter *writer = kith_wav_writer_new (path, 8000, NULL);
    gint16 loud[160];
    memset (loud, 3, sizeof loud);
    for (guint i = 0; i < 175; i++) {
      kith_wav_writer_put (writer, i * 20000000LL, loud, 160);
    }
    kill (getpid (), SIGKILL);
  }
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  g_autofree gchar *wrong = kith_tone_sound_read (&sound, path);
  g_assert_cmpstr (wrong, ==, NULL);
  g_assert_cmpuint (sound.n, >=, 8000 * 3);
  g_unlink (path);
  g_rmdir (directory);
}

static void
test_recording_refused (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *nowhere = g_strdup (absent_path ("%c.wav"));
  KithMediaEngineConfig config = { "silence", nowhere, 40, 20, 0 };
  g_autoptr (KithMediaMaker) maker = kith_media_engine_new (&config, &error);
  KithMediaTransport transport = { .local_host = "127.0.0.1" };

  g_assert_no_error (error);
  g_autoptr (KithMedia) media = kith_media_maker_create (maker, &transport, "call/1", &error);
  g_autoptr (KithOffer) offer = kith_media_get_local (media, &error);
  kith_media_set_origin (media, "127.0.0.1", 0);
  g_assert_true (kith_media_set_remote (media, offer, TRUE, &error));
  g_assert_false (kith_media_start (media, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_MEDIA);
  g_assert_nonnull (strstr (error->message, absent_path ("1.wav")));
}

/* No sound server, no files: everything works until start, which says what to do. */
static void
test_no_device (void)
{
  g_autoptr (GError) error = NULL;
  KithMediaEngineConfig config = { NULL, NULL, 40, 20, 0 };
  KithMediaTransport transport = { .local_host = "127.0.0.1" };

  g_autoptr (KithMediaMaker) maker = kith_media_engine_new (&config, &error);
  g_assert_no_error (error);
  g_autoptr (KithMedia) media = kith_media_maker_create (maker, &transport, "call/1", &error);
  g_autoptr (KithOffer) offer = kith_media_get_local (media, &error);
  kith_media_set_origin (media, "127.0.0.1", 0);
  g_assert_true (kith_media_set_remote (media, offer, TRUE, &error));
  gint64 began = g_get_monotonic_time ();
  g_assert_false (kith_media_start (media, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_MEDIA);
  g_assert_cmpstr (
      error->message,
      ==,
      "no sound device: start PipeWire or PulseAudio, or use --audio-in FILE --audio-out FILE");
  g_assert_cmpint (g_get_monotonic_time () - began, <, 100000);
  run_ms (50);
  kith_media_stop (media);
}

int
main (int argc, char **argv)
{
  g_setenv ("XDG_RUNTIME_DIR", absent_path ("here"), TRUE); /* a machine without a sound server */
  g_autofree gchar *server = g_strconcat ("unix:", absent_path ("native"), NULL);
  g_setenv ("PULSE_SERVER", server, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/media-files/wav-survives-a-kill", test_wav_survives_a_kill);
  /* initializes GStreamer */
  g_test_add_func ("/media-files/recording-refused", test_recording_refused);
  g_test_add_func ("/media-files/clip-formats", test_clip_formats);
  g_test_add_func ("/media-files/clip-refusals", test_clip_refusals);
  g_test_add_func ("/media-files/file-in", test_file_in);
  g_test_add_func ("/media-files/wav-keeps-time", test_wav_keeps_time);
  g_test_add_func ("/media-files/no-device", test_no_device);
  return g_test_run ();
}
