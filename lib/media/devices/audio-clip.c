/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lets GStreamer read the file, and converts what it has read to other rates. */
#include "media/devices/audio-clip.h"

#include <gst/app/gstappsink.h>
#include <gst/audio/audio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/plain-file.h"

#define MASTER_RATE 48000
#define WAIT_S 5      /* for the next piece of a file */
#define MAX_HEAD 4096 /* where the format of a WAVE file is looked for */
#define MAX_RATE 384000
#define WAVE_PCM 1
#define WAVE_FLOAT 3
#define WAVE_EXTENSIBLE 0xfffe
#define FORMAT_LEN 24 /* a chunk's head and what of the format is looked at */

typedef struct {
  guint rate;
  GArray *samples; /* gint16 */
} Version;

struct _KithAudioClip {
  GObject parent_instance;
  GArray *versions; /* Version; the first is the master */
};

G_DEFINE_FINAL_TYPE (KithAudioClip, kith_audio_clip, G_TYPE_OBJECT)

static void
version_clear (gpointer data)
{
  g_array_unref (((Version *)data)->samples);
}

static void
kith_audio_clip_finalize (GObject *object)
{
  g_array_unref (KITH_AUDIO_CLIP (object)->versions);
  G_OBJECT_CLASS (kith_audio_clip_parent_class)->finalize (object);
}

static void
kith_audio_clip_class_init (KithAudioClipClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_audio_clip_finalize;
}

static void
kith_audio_clip_init (KithAudioClip *clip)
{
  clip->versions = g_array_new (FALSE, FALSE, sizeof (Version));
  g_array_set_clear_func (clip->versions, version_clear);
}

/* Adds what @sink gives until the end of the file, an error, or the most that is kept. */
static void
take_all (GstAppSink *sink, GArray *samples)
{
  GstSample *sample;

  while (samples->len < MASTER_RATE * KITH_AUDIO_CLIP_MAX_S
         && (sample = gst_app_sink_try_pull_sample (sink, WAIT_S * GST_SECOND)) != NULL) {
    GstMapInfo map;
    if (gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ)) {
      g_array_append_vals (samples, map.data, (guint)(map.size / sizeof (gint16)));
      gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
    }
    gst_sample_unref (sample);
  }
}

static guint
little_endian (const guint8 *at, guint n)
{
  guint value = 0;

  for (guint i = n; i > 0; i--) {
    value = value << 8 | at[i - 1];
  }
  return value;
}

/* PCM, floats or the extensible form, whose numbers fit each other: wavparse divides by them.
   @format: what follows "fmt " and its length. */
static gboolean
is_sane_format (const guint8 *format)
{
  guint tag = little_endian (format, 2);
  guint channels = little_endian (format + 2, 2);
  guint rate = little_endian (format + 4, 4);
  guint frame = little_endian (format + 12, 2);

  return (tag == WAVE_PCM || tag == WAVE_FLOAT || tag == WAVE_EXTENSIBLE) && channels > 0
         && rate > 0 && rate <= MAX_RATE && frame > 0
         && frame == channels * ((little_endian (format + 14, 2) + 7) / 8)
         && little_endian (format + 8, 4) == rate * frame;
}

static gboolean
has_sane_format (int fd)
{
  guint8 head[MAX_HEAD];
  ssize_t n = pread (fd, head, sizeof head, 0);

  for (ssize_t at = 12; at + FORMAT_LEN <= n;) {
    const guint8 *chunk = head + at;
    if (memcmp (chunk, "fmt ", 4) == 0) {
      return is_sane_format (chunk + 8);
    }
    at += 8 + ((ssize_t)little_endian (chunk + 4, 4) + 1) / 2 * 2;
  }
  return FALSE;
}

/* The file as mono samples at MASTER_RATE. NULL and GStreamer's error. */
static GArray *
read_file (int fd, GError **error)
{
  gchar head[12] = { 0 };
  gboolean is_wave = pread (fd, head, sizeof head, 0) == sizeof head
                     && memcmp (head, "RIFF", 4) == 0 && memcmp (head + 8, "WAVE", 4) == 0;
  if (is_wave && !has_sane_format (fd)) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_MEDIA, "its format is not that of sound");
    return NULL;
  }
  g_autofree gchar *text = g_strdup_printf (
      "fdsrc fd=%d ! %s ! audioconvert ! audioresample ! appsink name=out sync=false "
      "caps=audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=%u",
      fd,
      is_wave ? "wavparse" : "rawaudioparse use-sink-caps=false num-channels=1 sample-rate=48000",
      MASTER_RATE);
  g_autoptr (GstElement) pipeline = gst_parse_launch (text, error);
  g_autoptr (GArray) samples = g_array_new (FALSE, TRUE, sizeof (gint16));

  if (pipeline == NULL) {
    return NULL;
  }
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  (void)gst_element_set_state (pipeline, GST_STATE_PLAYING);
  take_all (GST_APP_SINK (sink), samples);
  (void)gst_element_set_state (pipeline, GST_STATE_NULL);
  g_autoptr (GstMessage) failure = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  if (failure != NULL && samples->len == 0) {
    gst_message_parse_error (failure, error, NULL);
    return NULL;
  }
  return g_steal_pointer (&samples);
}

static GArray *
convert (const GArray *master, guint rate)
{
  GArray *samples = g_array_new (FALSE, TRUE, sizeof (gint16));
  GstAudioInfo in, out;
  gpointer data = NULL;
  gsize len = 0;

  gst_audio_info_set_format (&in, GST_AUDIO_FORMAT_S16LE, MASTER_RATE, 1, NULL);
  gst_audio_info_set_format (&out, GST_AUDIO_FORMAT_S16LE, (gint)rate, 1, NULL);
  GstAudioConverter *converter
      = gst_audio_converter_new (GST_AUDIO_CONVERTER_FLAG_NONE, &in, &out, NULL);
  if (converter != NULL
      && gst_audio_converter_convert (converter,
                                      GST_AUDIO_CONVERTER_FLAG_NONE,
                                      master->data,
                                      master->len * sizeof (gint16),
                                      &data,
                                      &len)) {
    g_array_append_vals (samples, data, (guint)(len / sizeof (gint16)));
  }
  g_free (data);
  g_clear_pointer (&converter, gst_audio_converter_free);
  return samples;
}

static const Version *
add_version (KithAudioClip *clip, guint rate, GArray *samples)
{
  Version version = { rate, samples };

  if (samples->len == 0) {
    g_array_set_size (samples, 1);
  }
  g_array_append_val (clip->versions, version);
  return &g_array_index (clip->versions, Version, clip->versions->len - 1);
}

KithAudioClip *
kith_audio_clip_load (const char *path, GError **error)
{
  g_autoptr (GError) why = NULL;
  gsize size = 0;
  int fd = kith_plain_file_open (path, &size, &why);
  g_autoptr (GArray) samples = fd >= 0 ? read_file (fd, &why) : NULL;

  if (fd >= 0) {
    (void)close (fd);
  }
  if (samples == NULL || samples->len == 0) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_MEDIA,
                 "cannot play %s: %s; give a WAV file (PCM) with --audio-in",
                 path,
                 why != NULL ? why->message : "it is empty");
    return NULL;
  }
  KithAudioClip *clip = g_object_new (KITH_TYPE_AUDIO_CLIP, NULL);
  (void)add_version (clip, MASTER_RATE, g_steal_pointer (&samples));
  return clip;
}

const gint16 *
kith_audio_clip_get_samples (KithAudioClip *clip, guint rate, gsize *n)
{
  const Version *found = NULL;

  for (guint i = 0; found == NULL && i < clip->versions->len; i++) {
    const Version *version = &g_array_index (clip->versions, Version, i);
    found = version->rate == rate ? version : NULL;
  }
  if (found == NULL) {
    const GArray *master = g_array_index (clip->versions, Version, 0).samples;
    found = add_version (clip, rate, convert (master, rate));
  }
  *n = found->samples->len;
  return (const gint16 *)(gpointer)found->samples->data;
}
