/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What calls cost: nothing is left of a hundred, and the delay and work of one. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>

#include "media-pair.h"

/* what is left shows after fewer, and leaks are told apart by LeakSanitizer */
#ifdef __SANITIZE_ADDRESS__
#define CYCLES 40
#else
#define CYCLES 100
#endif
#define SETTLED 20 /* cycles before the first look */

/* Threads that have been told to end may do so late on a busy machine: waits until @wanted are
   left, or for as long as that may take. */
static guint
settled_threads (guint wanted)
{
  for (guint wait = 0; wait < 100 && count_threads () > wanted; wait++) {
    run_ms (50);
  }
  return count_threads ();
}

static void
test_hundred_calls (void)
{
  guint threads = 0, fds = 0, rss = 0;

  for (guint i = 0; i < CYCLES; i++) {
    Pair pair;
    pair_init (&pair, &(PairConfig){ .sockets = i % 2 == 0 });
    pair_agree (&pair, i % 4 < 2 ? KITH_CODEC_OPUS : KITH_CODEC_PCMU);
    party_start (&pair.alice);
    party_start (&pair.bob);
    for (guint wait = 0; wait < 100 && (pair.alice.flowing == 0 || pair.bob.flowing == 0); wait++) {
      run_ms (40);
    }
    kith_media_stop (pair.alice.media);
    kith_media_stop (pair.bob.media);
    g_assert_cmpuint (pair.alice.flowing, ==, 1);
    g_assert_cmpuint (pair.bob.flowing, ==, 1);
    pair_clear (&pair);
    if (i == SETTLED) {
      threads = count_threads ();
      fds = count_fds ();
      rss = rss_kb ();
    }
  }
  guint threads_left = settled_threads (threads + 1);
  g_test_message ("after %u: %u threads, %u fds, %u kB; after %u: %u, %u, %u kB",
                  SETTLED,
                  threads,
                  fds,
                  rss,
                  CYCLES,
                  threads_left,
                  count_fds (),
                  rss_kb ());
  g_assert_cmpuint (threads_left, <=, threads + 1);
  g_assert_cmpuint (count_fds (), <=, fds);
#ifndef __SANITIZE_ADDRESS__
  g_assert_cmpuint (rss_kb (), <=, rss + 4000);
#endif
}

static void
test_work (void)
{
  Pair pair;
  struct rusage before, after;

  pair_init (&pair, &(PairConfig){ 0 });
  pair_agree (&pair, KITH_N_CODECS);
  party_start (&pair.alice);
  party_start (&pair.bob);
  run_ms (500);
  getrusage (RUSAGE_SELF, &before);
  run_ms (4000);
  getrusage (RUSAGE_SELF, &after);
  double used = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec
                         - before.ru_stime.tv_sec)
                + (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec
                           - before.ru_stime.tv_usec)
                      / 1e6;
  g_test_message ("one end of an Opus and SRTP call: %.2f %% of a core, %u threads in the process "
                  "of two ends, %u kB",
                  used / 4 / 2 * 100,
                  count_threads (),
                  rss_kb ());
  g_assert_cmpuint (count_threads (), <=, 12);
  pair_clear (&pair);
}

/* A click in every second of what alice says; the same clicks in what bob hears. */
static void
save_clicks (const char *path)
{
  gsize n = 48000;
  g_autofree gint16 *samples = g_new0 (gint16, n);

  for (guint i = 0; i < 480; i++) {
    samples[24000 + i] = (gint16)(16000 * sin (2 * G_PI * 1000.0 * i / 48000));
  }
  g_assert_true (g_file_set_contents (path, (const char *)samples, (gssize)(n * 2), NULL));
}

static double
measure_delay (guint buffer_ms, guint frame_ms)
{
  g_autofree gchar *directory = g_dir_make_tmp ("kith-click-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (directory, "click.raw", NULL);
  g_auto (KithToneSound) sound = { 0 };
  KithMediaStats stats;
  double sum = 0;
  guint heard = 0;
  Pair pair;

  save_clicks (path);
  pair_init (&pair,
             &(PairConfig){ .alice_in = path,
                            .bob_in = "silence",
                            .buffer_ms = buffer_ms,
                            .frame_ms = frame_ms });
  pair_agree (&pair, KITH_N_CODECS);
  run_ms (200);
  party_start (&pair.bob);
  gint64 bob_began = g_get_real_time ();
  party_start (&pair.alice);
  gint64 alice_began = g_get_real_time ();
  run_ms (3900);
  kith_media_get_stats (pair.bob.media, &stats);
  kith_media_stop (pair.alice.media);
  kith_media_stop (pair.bob.media);
  g_autofree gchar *wrong = kith_tone_sound_read (&sound, pair.bob.recording);
  g_assert_cmpstr (wrong, ==, NULL);
  for (gsize i = 0; i < sound.n; i++) {
    if (ABS (sound.samples[i]) > 5000) {
      /* alice's microphone hears the file from the moment of her start: sample k at k / 48000 s */
      double at_ms = (double)i / sound.rate * 1000 + (double)(bob_began - alice_began) / 1000;
      sum += at_ms - 500 - 1000.0 * heard;
      heard++;
      i += sound.rate / 2;
    }
  }
  g_test_message ("buffer %u (then %u), frame %u: %u clicks, mouth to ear %.1f ms",
                  buffer_ms,
                  stats.buffer_ms,
                  frame_ms,
                  heard,
                  heard > 0 ? sum / heard : -1);
  g_assert_cmpuint (heard, >=, 3);
  pair_clear (&pair);
  g_unlink (path);
  g_rmdir (directory);
  return sum / heard;
}

static void
test_mouth_to_ear (void)
{
  double usual = measure_delay (40, 20), quick = measure_delay (20, 10);

  g_assert_cmpfloat (usual, >, 20); /* less would be a mistake of the measuring */
  g_assert_cmpfloat (usual, <, 150);
  g_assert_cmpfloat (quick, <, 150);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/media-endurance/hundred-calls", test_hundred_calls);
  g_test_add_func ("/media-endurance/work", test_work);
  g_test_add_func ("/media-endurance/mouth-to-ear", test_mouth_to_ear);
  return g_test_run ();
}
