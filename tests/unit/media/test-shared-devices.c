/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two calls of one daemon: one microphone and one loudspeaker are opened, whoever has them. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/clock.h"
#include "fake-sound.h"
#include "media-pair.h"

#define QUIET 1000 /* -30 dBFS */
#define PART_MS 1200
#define EDGE_MS 300 /* of a part that is not looked at: what was under way */

/* bob's daemon, and his calls with two people of 440 and 660 Hz. */
typedef struct {
  KithMediaMaker *maker;
  Pair calls[2];
} Scene;

static void
start (Pair *pair)
{
  pair_agree (pair, KITH_N_CODECS);
  party_start (&pair->alice);
  party_start (&pair->bob);
}

static void
scene_init (Scene *scene, const char *audio_in, const char *audio_out)
{
  static const char *const tones[] = { "tone:440", "tone:660" };
  KithMediaEngineConfig config = { audio_in, audio_out, 40, 20, 0 };
  g_autoptr (GError) error = NULL;

  scene->maker = kith_media_engine_new (&config, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++) {
    pair_init (&scene->calls[i], &(PairConfig){ .alice_in = tones[i], .bob_maker = scene->maker });
  }
}

static void
scene_clear (Scene *scene)
{
  pair_clear (&scene->calls[0]);
  pair_clear (&scene->calls[1]);
  run_ms (50); /* workers close the devices */
  g_assert_finalize_object (scene->maker);
}

/* This call of the two is in the foreground. */
static void
take (Scene *scene, guint call)
{
  kith_media_set_flow (scene->calls[1 - call].bob.media, FALSE, FALSE);
  kith_media_set_flow (scene->calls[call].bob.media, TRUE, TRUE);
}

static void
assert_opened (gint opened, gint closed)
{
  const FakeSoundCount *counts[] = { &fake_sound.microphone, &fake_sound.loudspeaker };

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++) {
    g_assert_cmpint (g_atomic_int_get (&counts[i]->opened), ==, opened);
    g_assert_cmpint (g_atomic_int_get (&counts[i]->closed), ==, closed);
  }
}

/* How many ms of @hz are in the part from @from_s to @to_s. */
static double
ms_of (const KithToneSound *sound, double hz, double from_s, double to_s)
{
  KithToneRule rule = kith_tone_rule_default;
  KithToneReport report;

  rule.from_s = from_s;
  rule.to_s = to_s;
  kith_tone_measure (sound, hz, &rule, &report);
  g_test_message ("%.0f Hz from %.2f to %.2f s of %.2f: %.0f ms, %.1f dBFS",
                  hz,
                  from_s,
                  to_s,
                  (double)sound->n / sound->rate,
                  report.total_ms,
                  report.level_db);
  return report.total_ms;
}

/* @hz is there and @other_hz is not, but for the edges of the part. */
static void
assert_tone (const KithToneSound *sound, guint part, double hz, double other_hz)
{
  double from_s = (part * PART_MS + EDGE_MS) / 1000.0;
  double to_s = ((part + 1) * PART_MS - EDGE_MS / 3) / 1000.0;

  g_assert_cmpfloat (ms_of (sound, hz, from_s, to_s),
                     >,
                     (to_s - from_s) * 1000 - 250 - (double)longest_stall / 1000);
  g_assert_cmpfloat (ms_of (sound, other_hz, from_s, to_s), ==, 0);
}

static void
read_recording (Party *party, KithToneSound *sound)
{
  g_autofree gchar *wrong = kith_tone_sound_read (sound, party->recording);

  g_assert_cmpstr (wrong, ==, NULL);
}

/* What came out of the loudspeaker since the last time. */
static void
assert_played (double hz, double other_hz)
{
  g_autoptr (GArray) played = fake_sound_take_played ();
  KithToneSound sound = { 48000, (gint16 *)(gpointer)played->data, played->len };

  g_assert_cmpuint (sound.n, >, 48 * (PART_MS - 500));
  g_assert_cmpfloat (ms_of (&sound, hz, 0.2, 0), >, PART_MS - 700);
  g_assert_cmpfloat (ms_of (&sound, other_hz, 0.2, 0), ==, 0);
}

/* The foreground changes twice: nothing is opened anew, each of the others hears bob while he talks
   with them, and he hears whom he talks with. */
static void
test_two_calls (void)
{
  Scene scene;

  scene_init (&scene, NULL, NULL);
  assert_opened (0, 0);
  take (&scene, 0);
  pair_agree (&scene.calls[0], KITH_N_CODECS);
  party_start (&scene.calls[0].bob);
  run_ms (100);
  assert_opened (1, 0);
  g_assert_cmpint (fake_sound.streams, ==, 0); /* it would run dry before there is any sound */
  party_start (&scene.calls[0].alice);
  start (&scene.calls[1]);
  run_ms (PART_MS);
  assert_played (440, 660);
  take (&scene, 1);
  run_ms (PART_MS);
  assert_played (660, 440);
  take (&scene, 0);
  run_ms (PART_MS);
  assert_played (440, 660);
  assert_opened (1, 0);
  kith_media_stop (scene.calls[0].alice.media);
  run_ms (400);
  g_array_unref (fake_sound_take_played ());
  run_ms (400);
  g_autoptr (GArray) played = fake_sound_take_played ();
  /* what the codec makes up for lost packets, and the silence of the other call */
  g_assert_cmpuint (played->len, >, 48 * 200);
  for (guint i = 0; i < played->len; i++) {
    g_assert_cmpint (ABS (g_array_index (played, gint16, i)), <, QUIET);
  }
  g_assert_cmpint (fake_sound.streams, ==, 1);
  kith_media_stop (scene.calls[0].bob.media); /* the other one has it still */
  run_ms (50);
  assert_opened (1, 0);
  kith_media_stop (scene.calls[1].bob.media);
  run_ms (50);
  assert_opened (1, 1);
  for (guint i = 0; i < 2; i++) {
    g_auto (KithToneSound) sound = { 0 };
    kith_media_stop (scene.calls[i].alice.media);
    read_recording (&scene.calls[i].alice, &sound);
    for (guint part = 0; part < 3; part++) {
      double from_s = (part * PART_MS + EDGE_MS) / 1000.0;
      double to_s = ((part + 1) * PART_MS - EDGE_MS / 3) / 1000.0;
      double ms = ms_of (&sound, FAKE_SOUND_HZ, from_s, to_s);
      if (i == part % 2) {
        g_assert_cmpfloat (ms, >, 350);
      } else {
        g_assert_cmpfloat (ms, ==, 0);
      }
    }
    g_assert_cmpuint (scene.calls[i].bob.sent, >, 3 * PART_MS / 20 - 40); /* silence is sent, too */
    g_assert_cmpuint (scene.calls[i].bob.failures, ==, 0);
  }
  scene_clear (&scene);
}

/* The call in front has no sound yet (it rings there): the stream begins with that of the other
   call, as silence, and goes on with the first one's. */
static void
test_kept_going (void)
{
  Scene scene;

  g_atomic_int_set (&fake_sound.streams, 0);
  scene_init (&scene, NULL, NULL);
  take (&scene, 0);
  pair_agree (&scene.calls[0], KITH_N_CODECS);
  party_start (&scene.calls[0].bob);
  run_ms (100);
  g_array_unref (fake_sound_take_played ());
  start (&scene.calls[1]);
  run_ms (500);
  g_autoptr (GArray) played = fake_sound_take_played ();
  g_assert_cmpuint (played->len, >, 48 * 200);
  for (guint i = 0; i < played->len; i++) {
    g_assert_cmpint (g_array_index (played, gint16, i), ==, 0);
  }
  party_start (&scene.calls[0].alice);
  run_ms (PART_MS);
  assert_played (440, 660);
  g_assert_cmpint (g_atomic_int_get (&fake_sound.streams), ==, 1);
  scene_clear (&scene);
}

/* The device takes nothing for a while: then it gets all that was due, without a gap. */
static void
test_device_stalls (void)
{
  Scene scene;

  scene_init (&scene, NULL, NULL);
  start (&scene.calls[0]);
  run_ms (600);
  g_atomic_int_set (&fake_sound.gaps, 0);
  g_atomic_int_set (&fake_sound.stalls, TRUE);
  run_ms (700);
  g_array_unref (fake_sound_take_played ());
  g_atomic_int_set (&fake_sound.stalls, FALSE);
  run_ms (300);
  g_autoptr (GArray) played = fake_sound_take_played ();
  g_assert_cmpint (g_atomic_int_get (&fake_sound.gaps), ==, 0);
  g_assert_cmpuint (played->len, >, 48 * 800);
  scene_clear (&scene);
}

/* The sound server goes: both calls are told, and the next one opens the devices anew. */
static void
test_server_goes (void)
{
  Scene scene;
  Pair next;
  KithMediaStats stats;

  memset (&fake_sound.microphone, 0, sizeof fake_sound.microphone);
  memset (&fake_sound.loudspeaker, 0, sizeof fake_sound.loudspeaker);
  scene_init (&scene, NULL, NULL);
  start (&scene.calls[0]);
  start (&scene.calls[1]);
  run_ms (300);
  fake_sound_break ();
  run_ms (100);
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpuint (scene.calls[i].bob.failures, ==, 1);
    g_assert_cmpstr (scene.calls[i].bob.why,
                     ==,
                     "the microphone stopped: Disconnected: Connection terminated");
  }
  assert_opened (1, 1);
  pair_init (&next, &(PairConfig){ .bob_maker = scene.maker });
  start (&next);
  run_ms (800);
  assert_opened (2, 1);
  kith_media_get_stats (next.bob.media, &stats);
  g_assert_cmpuint (next.bob.failures, ==, 0);
  g_assert_cmpuint (stats.packets_sent, >, 20);
  g_assert_cmpfloat (stats.level_in_db, >, -20);
  g_assert_cmpfloat (stats.level_out_db, >, -20);
  pair_clear (&next);
  scene_clear (&scene);
}

/* A server that does not answer is waited for 5 s, for all calls at once. In a process of its own,
   for it has a clock of its own. */
static void
test_server_is_silent (void)
{
  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed ();
    return;
  }
  KithClock *clock = kith_clock_new_manual (g_get_real_time ());
  Scene scene;

  kith_clock_set_default (clock);
  scene_init (&scene, NULL, NULL);
  g_atomic_int_set (&fake_sound.blocks, TRUE);
  start (&scene.calls[0]);
  kith_clock_advance (clock, 4900);
  start (&scene.calls[1]);
  run_ms (30);
  g_assert_cmpuint (scene.calls[0].bob.failures + scene.calls[1].bob.failures, ==, 0);
  kith_clock_advance (clock, 100);
  run_ms (30);
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpuint (scene.calls[i].bob.failures, ==, 1);
    g_assert_nonnull (strstr (scene.calls[i].bob.why, "the sound server does not answer"));
  }
  g_atomic_int_set (&fake_sound.blocks, FALSE);
  run_ms (100);
  assert_opened (1, 1);
  scene_clear (&scene);
  g_object_unref (clock);
}

/* Two calls and one file without "%c": it is what came out of the loudspeaker, from the first
   call's beginning to the last one's end. */
static void
test_one_file (void)
{
  g_autofree gchar *directory = g_dir_make_tmp ("kith-file-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (directory, "heard.wav", NULL);
  g_auto (KithToneSound) sound = { 0 };
  Scene scene;

  scene_init (&scene, "silence", path);
  take (&scene, 0);
  start (&scene.calls[0]);
  run_ms (PART_MS);
  take (&scene, 1);
  start (&scene.calls[1]);
  run_ms (PART_MS);
  kith_media_stop (scene.calls[1].bob.media);
  take (&scene, 0);
  run_ms (PART_MS);
  kith_media_stop (scene.calls[0].bob.media);
  g_autofree gchar *wrong = kith_tone_sound_read (&sound, path);
  g_assert_cmpstr (wrong, ==, NULL);
  g_assert_cmpfloat ((double)sound.n / sound.rate, >, 3 * PART_MS / 1000.0 - 0.1);
  assert_tone (&sound, 0, 440, 660);
  assert_tone (&sound, 1, 660, 440);
  assert_tone (&sound, 2, 440, 660);
  scene_clear (&scene);
  g_unlink (path);
  g_rmdir (directory);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  fake_sound_install ();
  g_test_add_func ("/shared-devices/two-calls", test_two_calls);
  g_test_add_func ("/shared-devices/kept-going", test_kept_going);
  g_test_add_func ("/shared-devices/device-stalls", test_device_stalls);
  g_test_add_func ("/shared-devices/server-goes", test_server_goes);
  g_test_add_func ("/shared-devices/server-is-silent", test_server_is_silent);
  g_test_add_func ("/shared-devices/one-file", test_one_file);
  return g_test_run ();
}
