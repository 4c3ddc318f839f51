/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells whether a recording holds a sentence that was played in a loop: same-speech SENTENCE.wav
   RECORDING.wav. */
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The loudness of speech in a few bands, frame by frame, survives codecs, filters and a shift in
   time; its exact samples do not. */
#define FRAMES_PER_SECOND 50
#define N_BANDS 4
#define WINDOW (2 * FRAMES_PER_SECOND)
#define HOP (FRAMES_PER_SECOND / 2)
#define FLOOR_DB -60.0
#define LEAST_LEVEL_DB -45.0
#define LEAST_LIKENESS 0.75

typedef struct {
  double *samples;
  gsize n_samples;
  guint rate;
} Sound;

typedef struct {
  double bands[N_BANDS];
} Frame;

static guint
get_u16 (const guint8 *data)
{
  return (guint)data[0] | (guint)data[1] << 8;
}

static guint32
get_u32 (const guint8 *data)
{
  return get_u16 (data) | (guint32)get_u16 (data + 2) << 16;
}

/* First channel only. @format: 1 for 16 bit integers, 3 for 32 bit floats. */
static void
take_samples (Sound *sound, const guint8 *data, gsize len, guint format, guint channels)
{
  gsize width = format == 3 ? 4 : 2;
  gsize i;

  sound->n_samples = len / (width * channels);
  sound->samples = g_new (double, sound->n_samples);
  for (i = 0; i < sound->n_samples; i++) {
    const guint8 *at = data + i * width * channels;

    if (format == 3) {
      guint32 bits = get_u32 (at);
      float value;

      memcpy (&value, &bits, sizeof value);
      sound->samples[i] = isfinite (value) ? (double)value : 0;
    } else {
      sound->samples[i] = (double)(gint16)get_u16 (at) / 32768.0;
    }
  }
}

/* Reads a WAV file, also one whose header was not completed. */
static gboolean
read_wav (const char *path, Sound *sound)
{
  g_autofree gchar *text = NULL;
  gsize len = 0;
  gsize at = 12;
  guint format = 0;
  guint channels = 0;
  guint bits = 0;
  const guint8 *data;

  if (!g_file_get_contents (path, &text, &len, NULL) || len < 12 || memcmp (text, "RIFF", 4) != 0) {
    return FALSE;
  }
  data = (const guint8 *)text;
  while (at + 8 <= len) {
    gsize size = MIN ((gsize)get_u32 (data + at + 4), len - at - 8);

    if (memcmp (data + at, "fmt ", 4) == 0 && size >= 16) {
      format = get_u16 (data + at + 8);
      channels = get_u16 (data + at + 10);
      sound->rate = get_u32 (data + at + 12);
      bits = get_u16 (data + at + 22);
      format = format == 0xfffe && size >= 26 ? get_u16 (data + at + 32) : format;
    } else if (memcmp (data + at, "data", 4) == 0) {
      if (size == 0) {
        size = len - at - 8;
      }
      if (channels == 0 || sound->rate < 8000
          || !((format == 1 && bits == 16) || (format == 3 && bits == 32))) {
        return FALSE;
      }
      take_samples (sound, data + at + 8, size, format, channels);
      return sound->n_samples > 0;
    }
    at += 8 + size + (size & 1);
  }
  return FALSE;
}

static double
decibel (double power)
{
  return MAX (10.0 * log10 (power + 1e-12), FLOOR_DB);
}

static double
level_of (const Sound *sound)
{
  double sum = 0;
  gsize i;

  for (i = 0; i < sound->n_samples; i++) {
    sum += sound->samples[i] * sound->samples[i];
  }
  return decibel (sum / (double)sound->n_samples);
}

/* Splits by one-pole low passes at 300, 800 and 1800 Hz: what passes one and not the one below is a
   band. */
static GArray *
analyse (const Sound *sound)
{
  static const double corners[N_BANDS - 1] = { 300, 800, 1800 };
  GArray *frames = g_array_new (FALSE, TRUE, sizeof (Frame));
  gsize frame_len = sound->rate / FRAMES_PER_SECOND;
  double low[N_BANDS - 1] = { 0 };
  Frame sum = { { 0 } };
  gsize i;
  guint b;

  for (i = 0; i < sound->n_samples; i++) {
    double below = 0;

    for (b = 0; b < N_BANDS; b++) {
      double passed = sound->samples[i];

      if (b < N_BANDS - 1) {
        low[b] += (1 - exp (-2 * G_PI * corners[b] / sound->rate)) * (sound->samples[i] - low[b]);
        passed = low[b];
      }
      sum.bands[b] += (passed - below) * (passed - below);
      below = passed;
    }
    if ((i + 1) % frame_len == 0) {
      for (b = 0; b < N_BANDS; b++) {
        sum.bands[b] = decibel (sum.bands[b] / (double)frame_len);
      }
      g_array_append_val (frames, sum);
      memset (&sum, 0, sizeof sum);
    }
  }
  return frames;
}

/* Pearson's correlation of a window of @heard with @spoken from frame @lag on, around its end; the
   mean of all bands. */
static double
likeness (const Frame *heard, GArray *spoken, guint lag)
{
  double total = 0;
  guint b;
  guint i;

  for (b = 0; b < N_BANDS; b++) {
    double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    double spread;

    for (i = 0; i < WINDOW; i++) {
      double u = heard[i].bands[b];
      double v = g_array_index (spoken, Frame, (lag + i) % spoken->len).bands[b];

      x += u;
      y += v;
      xx += u * u;
      yy += v * v;
      xy += u * v;
    }
    spread = (xx - x * x / WINDOW) * (yy - y * y / WINDOW);
    total += spread > 1e-6 ? (xy - x * y / WINDOW) / sqrt (spread) : 0;
  }
  return total / N_BANDS;
}

/* The best likeness of any window. */
static double
best_likeness (GArray *heard, GArray *spoken)
{
  double best = 0;
  guint start;
  guint lag;

  for (start = 0; start + WINDOW <= heard->len; start += HOP) {
    for (lag = 0; lag < spoken->len; lag++) {
      best = MAX (best, likeness (&g_array_index (heard, Frame, start), spoken, lag));
    }
  }
  return best;
}

int
main (int argc, char **argv)
{
  Sound spoken = { NULL, 0, 0 };
  Sound heard = { NULL, 0, 0 };
  g_autoptr (GArray) spoken_frames = NULL;
  g_autoptr (GArray) heard_frames = NULL;
  double level;
  double like;

  if (argc != 3) {
    fprintf (stderr, "usage: same-speech SENTENCE.wav RECORDING.wav\n");
    return 2;
  }
  if (!read_wav (argv[1], &spoken) || !read_wav (argv[2], &heard)) {
    fprintf (stderr,
             "same-speech: %s is no WAV file with sound in it\n",
             spoken.samples == NULL ? argv[1] : argv[2]);
    return 2;
  }
  spoken_frames = analyse (&spoken);
  heard_frames = analyse (&heard);
  level = level_of (&heard);
  like = best_likeness (heard_frames, spoken_frames);
  printf ("likeness %.2f, level %.1f dBFS, %.1f s\n",
          like,
          level,
          (double)heard.n_samples / heard.rate);
  g_free (spoken.samples);
  g_free (heard.samples);
  return like >= LEAST_LIKENESS && level >= LEAST_LEVEL_DB ? 0 : 1;
}
