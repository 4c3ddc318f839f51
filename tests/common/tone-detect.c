/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Goertzel filters over short windows of a WAV file. */
#include "tone-detect.h"

#include <math.h>
#include <string.h>

#define WINDOW_MS 40
#define HOP_MS 10

const KithToneRule kith_tone_rule_default = { .min_db = -40, .min_share = 0.1, .min_ms = 500 };

static guint32
little (const guint8 *p, guint bytes)
{
  guint32 value = 0;

  for (guint i = bytes; i > 0; i--) {
    value = value << 8 | p[i - 1];
  }
  return value;
}

static void
take_samples (KithToneSound *sound, const guint8 *data, gsize len, guint channels)
{
  gsize frame = 2u * channels;

  sound->n = len / frame;
  sound->samples = g_new (gint16, sound->n + 1);
  for (gsize i = 0; i < sound->n; i++) {
    sound->samples[i] = (gint16)little (data + i * frame, 2);
  }
}

gchar *
kith_tone_sound_read (KithToneSound *sound, const char *path)
{
  g_autofree gchar *contents = NULL;
  g_autoptr (GError) error = NULL;
  gsize len, at = 12;
  guint channels = 0;

  memset (sound, 0, sizeof *sound);
  if (!g_file_get_contents (path, &contents, &len, &error)) {
    return g_strdup (error->message);
  }
  const guint8 *data = (const guint8 *)contents;
  if (len < 44 || memcmp (data, "RIFF", 4) != 0 || memcmp (data + 8, "WAVE", 4) != 0) {
    return g_strdup_printf ("%s is not a WAV file", path);
  }
  while (at + 8 <= len) {
    gsize size = little (data + at + 4, 4), here = MIN (size, len - at - 8);
    if (memcmp (data + at, "fmt ", 4) == 0 && here >= 16) {
      if (little (data + at + 8, 2) != 1 || little (data + at + 22, 2) != 16) {
        return g_strdup_printf ("%s is not 16-bit PCM", path);
      }
      channels = little (data + at + 10, 2);
      sound->rate = little (data + at + 12, 4);
    } else if (memcmp (data + at, "data", 4) == 0 && channels > 0) {
      take_samples (sound, data + at + 8, here, channels);
      return sound->rate >= 1000 ? NULL : g_strdup_printf ("%s has no sensible rate", path);
    }
    at += 8 + here + (here & 1);
  }
  return g_strdup_printf ("%s has no samples", path);
}

void
kith_tone_sound_clear (KithToneSound *sound)
{
  g_clear_pointer (&sound->samples, g_free);
  sound->n = 0;
}

/* Level of the tone in dBFS, and its share of the power, in one window. */
static double
measure_window (const gint16 *samples, gsize n, double step, double *share)
{
  double coefficient = 2 * cos (step), s1 = 0, s2 = 0, power = 0, sum = 0, sum2 = 0;

  for (gsize i = 0; i < n; i++) {
    double w = 0.5 - 0.5 * cos (2 * G_PI * (double)i / (double)n);
    double x = w * samples[i] / 32768.0;
    double s0 = x + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
    power += x * x;
    sum += w;
    sum2 += w * w;
  }
  double magnitude = sqrt (MAX (s1 * s1 + s2 * s2 - coefficient * s1 * s2, 0));
  double amplitude = 2 * magnitude / sum;
  *share = power > 0 ? amplitude * amplitude / 2 / (power / sum2) : 0;
  return amplitude > 1e-5 ? 20 * log10 (amplitude) : -100;
}

void
kith_tone_measure (const KithToneSound *sound,
                   double hz,
                   const KithToneRule *rule,
                   KithToneReport *report)
{
  gsize window = (gsize)sound->rate * WINDOW_MS / 1000, hop = (gsize)sound->rate * HOP_MS / 1000;
  gsize end = rule->to_s > 0 ? MIN ((gsize)(rule->to_s * sound->rate), sound->n) : sound->n;
  gsize last = 0, hits = 0, longest = 0;
  double levels = 0;

  *report = (KithToneReport){ .level_db = -100 };
  for (gsize at = (gsize)(rule->from_s * sound->rate); at + window <= end; at += hop) {
    double share;
    double db = measure_window (sound->samples + at, window, 2 * G_PI * hz / sound->rate, &share);
    if (db < rule->min_db || share < rule->min_share) {
      continue;
    }
    if (hits == 0) {
      report->first_s = (double)at / sound->rate;
    } else {
      longest = MAX (longest, (at - last) / hop - 1);
    }
    hits++;
    last = at;
    levels += db;
  }
  if (hits > 0) {
    report->level_db = levels / (double)hits;
    report->last_s = (double)last / sound->rate;
  }
  report->total_ms = (double)hits * HOP_MS;
  report->longest_gap_ms = (double)longest * HOP_MS;
  report->present = hits > 0 && report->total_ms >= rule->min_ms;
}
