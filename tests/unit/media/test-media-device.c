/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The default sound device of PulseAudio or PipeWire, where the loudspeaker can be heard by the
   microphone (a null sink). */
#include "media-pair.h"

/* plays a tone and listens: not on a person's machine without being asked */
#define ENABLE "KITH_TEST_SOUND"

/* Alice's tone goes through bob's loudspeaker into bob's microphone and back to her. */
static void
test_round_trip (void)
{
  Pair pair;
  KithMediaStats stats;

  if (g_getenv (ENABLE) == NULL) {
    g_test_skip ("set " ENABLE
                 "=1 with a sound server whose default source is the monitor of its default sink");
    return;
  }
  pair_init (&pair, &(PairConfig){ .bob_device = TRUE });
  pair_agree (&pair, KITH_N_CODECS);
  party_start (&pair.alice);
  gint64 began = g_get_monotonic_time ();
  party_start (&pair.bob);
  g_test_message ("start took %.1f ms", (double)(g_get_monotonic_time () - began) / 1000);
  run_ms (4000);
  kith_media_get_stats (pair.bob.media, &stats);
  g_test_message ("first sent %.1f ms after start",
                  (double)(stats.first_sent_us - g_get_real_time ()) / 1000 + 4000);
  kith_media_stop (pair.alice.media);
  began = g_get_monotonic_time ();
  kith_media_stop (pair.bob.media);
  g_test_message ("stop took %.1f ms", (double)(g_get_monotonic_time () - began) / 1000);
  run_ms (200); /* a worker closes the device */
  g_assert_cmpuint (pair.bob.failures, ==, 0);
  /* a null sink may be silent for two seconds at first */
  g_assert_cmpuint (stats.packets_sent, >, 50);
  KithToneReport report = party_hears (&pair.alice, 440);
  g_assert_true (report.present);
  g_assert_cmpfloat (report.total_ms, >, 1200);
  pair_clear (&pair);
}

/* The device is opened and closed again and again, also before it is open: nothing stays behind. */
static void
test_short_calls (void)
{
  guint threads = 0, fds = 0;

  if (g_getenv (ENABLE) == NULL) {
    g_test_skip (ENABLE " is not set");
    return;
  }
  for (guint i = 0; i < 12; i++) {
    Pair pair;
    pair_init (&pair, &(PairConfig){ .bob_device = TRUE });
    pair_agree (&pair, KITH_N_CODECS);
    party_start (&pair.alice);
    party_start (&pair.bob);
    run_ms (i * 20);
    pair_clear (&pair);
    run_ms (300);
    if (i == 3) {
      threads = count_threads ();
      fds = count_fds ();
    }
  }
  g_test_message ("%u then %u threads, %u then %u fds",
                  threads,
                  count_threads (),
                  fds,
                  count_fds ());
  g_assert_cmpuint (count_threads (), <=, threads + 2);
  g_assert_cmpuint (count_fds (), <=, fds + 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/media-device/round-trip", test_round_trip);
  g_test_add_func ("/media-device/short-calls", test_short_calls);
  return g_test_run ();
}
