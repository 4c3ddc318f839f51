/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Speech through two real audio ends with a bad network between them, in real time; for
   speech.py. */
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "rough-path.h"

typedef struct {
  guint at_s;
  Roughness roughness;
} Step;

static gboolean
read_number (const char *word, const char *key, double *value)
{
  if (!g_str_has_prefix (word, key) || word[strlen (key)] != '=') {
    return FALSE;
  }
  *value = g_ascii_strtod (word + strlen (key) + 1, NULL);
  return TRUE;
}

/* "10:loss=20,delay=50": from the tenth second on. */
static gboolean
read_step (const char *text, Step *step)
{
  gchar *end = NULL;
  step->at_s = (guint)g_ascii_strtoull (text, &end, 10);
  g_auto (GStrv) words = g_strsplit (*end == ':' ? end + 1 : end, ",", -1);
  Roughness *r = &step->roughness;

  for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++) {
    double value;
    if (read_number (words[i], "loss", &r->loss) || read_number (words[i], "enter", &r->burst_in)
        || read_number (words[i], "leave", &r->burst_out)) {
      continue;
    }
    if (read_number (words[i], "delay", &value)) {
      r->delay_ms = (guint)value;
    } else if (read_number (words[i], "jitter", &value)) {
      r->jitter_ms = (guint)value;
    } else if (read_number (words[i], "overtake", &value)) {
      r->overtakes = value != 0;
    } else if (read_number (words[i], "down", &value)) {
      r->down = value != 0;
    } else if (read_number (words[i], "hold", &value)) {
      r->holds = value != 0;
    } else {
      (void)fprintf (stderr, "speech-pair: what is %s?\n", words[i]);
      return FALSE;
    }
  }
  return TRUE;
}

static void
print_second (Pair *pair, guint second)
{
  KithMediaStats bob, alice;

  kith_media_get_stats (pair->bob.media, &bob);
  kith_media_get_stats (pair->alice.media, &alice);
  (void)printf ("{\"second\": %u, \"buffer\": %u, \"delay\": %u, \"sent_bytes\": %" G_GUINT64_FORMAT
                ", \"played\": %" G_GUINT64_FORMAT ", \"recovered\": %" G_GUINT64_FORMAT
                ", \"concealed\": %" G_GUINT64_FORMAT ", \"late\": %" G_GUINT64_FORMAT
                ", \"reordered\": %" G_GUINT64_FORMAT ", \"lost\": %" G_GUINT64_FORMAT
                ", \"fec\": %u, \"mos\": %.2f}\n",
                second,
                bob.buffer_ms,
                bob.delay_ms,
                alice.bytes_sent,
                bob.frames_played,
                bob.frames_recovered,
                bob.frames_concealed,
                bob.packets_late,
                bob.packets_reordered,
                bob.packets_lost,
                alice.fec_percent,
                bob.mos);
  (void)fflush (stdout);
}

static double
cpu_seconds (void)
{
  struct rusage used;

  getrusage (RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
         + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void
talk (Pair *pair, guint seconds, const Step *steps, guint n_steps, guint32 seed)
{
  RoughPath *there = rough_path_new (&pair->alice, &steps[0].roughness, seed);
  RoughPath *back = rough_path_new (&pair->bob, &steps[0].roughness, seed + 1);
  gint64 bob_us = g_get_monotonic_time ();

  party_start (&pair->bob);
  gint64 alice_us = g_get_monotonic_time ();
  party_start (&pair->alice);
  (void)printf ("{\"alice_after_bob_ms\": %.3f}\n", (double)(alice_us - bob_us) / 1000);
  double cpu = cpu_seconds ();
  for (guint second = 0; second < seconds; second++) {
    for (guint i = 1; i < n_steps; i++) {
      if (steps[i].at_s == second) {
        rough_path_set (there, &steps[i].roughness);
        rough_path_set (back, &steps[i].roughness);
      }
    }
    run_ms ((guint)MAX ((alice_us + (second + 1) * G_USEC_PER_SEC - g_get_monotonic_time ()) / 1000,
                        1));
    print_second (pair, second + 1);
  }
  (void)printf ("{\"cpu_percent_each\": %.2f}\n", (cpu_seconds () - cpu) / seconds * 50);
  kith_media_stop (pair->alice.media);
  kith_media_stop (pair->bob.media);
  rough_path_free (there);
  rough_path_free (back);
}

int
main (int argc, char **argv)
{
  Step steps[16] = { 0 };
  Pair pair;

  if (argc < 6 || argc - 5 > (int)G_N_ELEMENTS (steps)) {
    (void)fprintf (
        stderr,
        "usage: speech-pair CLIP.wav HEARD.wav SECONDS opus|G722|PCMU SEED:START_MS STEP…\n"
        "STEP is SECOND:KEY=VALUE,… of delay, jitter (ms), loss, enter, leave (percent), "
        "overtake, down, hold (0 or 1)\n");
    return 2;
  }
  for (int i = 6; i < argc; i++) {
    if (!read_step (argv[i], &steps[i - 6])) {
      return 2;
    }
  }
  gchar *colon = NULL;
  guint32 seed = (guint32)g_ascii_strtoull (argv[5], &colon, 10);
  pair_init (&pair,
             &(PairConfig){ .alice_in = argv[1],
                            .bob_in = argv[1],
                            .buffer_ms = *colon == ':' ? (guint)atoi (colon + 1) : 20 });
  const KithCodec *codec
      = kith_codec_find (argv[4], g_str_equal (argv[4], "opus") ? 48000 : 8000, -1);
  pair_agree (&pair, codec != NULL && codec->id != KITH_CODEC_OPUS ? codec->id : KITH_N_CODECS);
  talk (&pair, (guint)g_ascii_strtoull (argv[3], NULL, 10), steps, MAX ((guint)argc - 6, 1), seed);
  if (g_rename (pair.bob.recording, argv[2]) != 0) {
    (void)fprintf (stderr, "speech-pair: cannot write %s\n", argv[2]);
    return 1;
  }
  pair_clear (&pair);
  return 0;
}
