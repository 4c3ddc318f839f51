/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bins around a device or a generator, whose samples a file replaces. */
#include "media/devices/audio-source.h"

#include <string.h>

#include "base/error.h"
#include "media/devices/audio-clip.h"
#include "media/devices/device-line.h"
#include "media/devices/sound-server.h"
#include "media/media-elements.h"

#define TONE_VOLUME 0.3 /* -10 dBFS */
#define DEVICE_BUFFER_US 40000
#define DEVICE_LATENCY_US 10000

typedef enum { SOURCE_DEVICE, SOURCE_CLIP, SOURCE_TONE, SOURCE_SILENCE } SourceKind;

struct _KithAudioSource {
  SourceKind kind;
  double tone_hz;
  KithAudioClip *clip;
};

/* Where a bin is in its file; lives as long as its pad probe. */
typedef struct {
  KithAudioClip *clip; /* keeps samples alive */
  const gint16 *samples;
  gsize n, at;
} Tape;

static void
tape_free (gpointer data)
{
  Tape *tape = data;

  g_clear_object (&tape->clip);
  g_free (tape);
}

static void
fill_from_tape (Tape *tape, gint16 *to, gsize count)
{
  while (count > 0) {
    gsize part = MIN (count, tape->n - tape->at);
    memcpy (to, tape->samples + tape->at, part * sizeof *to);
    tape->at = (tape->at + part) % tape->n;
    to += part;
    count -= part;
  }
}

static GstPadProbeReturn
on_tape_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Tape *tape = user_data;
  GstBuffer *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
  GstMapInfo map;

  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  if (gst_buffer_map (buffer, &map, GST_MAP_WRITE)) {
    fill_from_tape (tape, (gint16 *)(gpointer)map.data, map.size / sizeof (gint16));
    GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_GAP);
    gst_buffer_unmap (buffer, &map);
  }
  return GST_PAD_PROBE_OK;
}

static gboolean
parse_spec (KithAudioSource *source, const char *spec, GError **error)
{
  if (spec == NULL) {
    source->kind = SOURCE_DEVICE;
  } else if (g_str_equal (spec, "silence")) {
    source->kind = SOURCE_SILENCE;
  } else if (g_str_has_prefix (spec, "tone:")) {
    gchar *end = NULL;
    source->kind = SOURCE_TONE;
    source->tone_hz = g_ascii_strtod (spec + strlen ("tone:"), &end);
    if (*end != '\0' || !(source->tone_hz >= 20 && source->tone_hz <= 3900)) {
      g_set_error (error,
                   KITH_ERROR,
                   KITH_ERROR_MEDIA,
                   "%s: a tone lies between 20 and 3900 Hz, such as tone:440",
                   spec);
      return FALSE;
    }
  } else {
    source->kind = SOURCE_CLIP;
    source->clip = kith_audio_clip_load (spec, error);
    return source->clip != NULL;
  }
  return TRUE;
}

KithAudioSource *
kith_audio_source_new (const char *spec, GError **error)
{
  g_autoptr (KithAudioSource) source = g_new0 (KithAudioSource, 1);

  return parse_spec (source, spec, error) ? g_steal_pointer (&source) : NULL;
}

void
kith_audio_source_free (KithAudioSource *source)
{
  if (source != NULL) {
    g_clear_object (&source->clip);
    g_free (source);
  }
}

gboolean
kith_audio_source_is_device (const KithAudioSource *source)
{
  return source->kind == SOURCE_DEVICE;
}

gboolean
kith_audio_source_check (const KithAudioSource *source, GError **error)
{
  return source->kind != SOURCE_DEVICE
         || kith_sound_server_check ("pulsesrc", "pipewiresrc", error) != NULL;
}

static GstElement *
add_device (GstBin *bin, GError **error)
{
  const char *factory = kith_sound_server_check ("pulsesrc", "pipewiresrc", error);
  GstElement *device = factory != NULL ? kith_media_element_add (bin, factory, error) : NULL;

  if (device != NULL && g_str_equal (factory, "pulsesrc")) {
    g_object_set (device,
                  "client-name",
                  "Kith",
                  "buffer-time",
                  (gint64)DEVICE_BUFFER_US,
                  "latency-time",
                  (gint64)DEVICE_LATENCY_US,
                  NULL);
  }
  return device;
}

static GstElement *
add_generator (KithAudioSource *source, GstBin *bin, guint samples_per_buffer, GError **error)
{
  GstElement *generator = kith_media_element_add (bin, "audiotestsrc", error);

  if (generator != NULL) {
    gst_util_set_object_arg (G_OBJECT (generator),
                             "wave",
                             source->kind == SOURCE_TONE ? "sine" : "silence");
    g_object_set (generator,
                  "is-live",
                  TRUE,
                  "samplesperbuffer",
                  (gint)samples_per_buffer,
                  "freq",
                  source->kind == SOURCE_TONE ? source->tone_hz : 440.0,
                  "volume",
                  TONE_VOLUME,
                  NULL);
  }
  return generator;
}

/* The way out of @bin, past the file if there is one. */
static void
add_way_out (KithAudioSource *source, GstElement *bin, GstElement *last)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (last, "src");

  if (source->clip != NULL) {
    Tape *tape = g_new0 (Tape, 1);
    tape->clip = g_object_ref (source->clip);
    tape->samples = kith_audio_clip_get_samples (source->clip, KITH_AUDIO_RATE, &tape->n);
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_tape_buffer, tape, tape_free);
  }
  gst_element_add_pad (bin, gst_ghost_pad_new ("src", pad));
}

GstElement *
kith_audio_source_make (KithAudioSource *source, guint frame_ms, GError **error)
{
  g_autoptr (GstElement) bin = gst_object_ref_sink (gst_bin_new ("source"));
  GstBin *in = GST_BIN (bin);
  gboolean linked;

  g_autoptr (GstCaps) caps = kith_device_line_caps ();
  GstElement *filter = kith_media_element_add (in, "capsfilter", error);
  if (filter == NULL) {
    return NULL;
  }
  g_object_set (filter, "caps", caps, NULL);
  if (source->kind == SOURCE_DEVICE) {
    GstElement *device = add_device (in, error);
    GstElement *convert
        = device != NULL ? kith_media_element_add (in, "audioconvert", error) : NULL;
    GstElement *resample
        = convert != NULL ? kith_media_element_add (in, "audioresample", error) : NULL;
    if (resample == NULL) {
      return NULL;
    }
    linked = gst_element_link_many (device, convert, resample, filter, NULL);
  } else {
    GstElement *generator = add_generator (source, in, KITH_AUDIO_RATE * frame_ms / 1000, error);
    if (generator == NULL) {
      return NULL;
    }
    linked = gst_element_link (generator, filter);
  }
  if (!linked) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_MEDIA,
                 "the microphone's elements do not fit together");
    return NULL;
  }
  add_way_out (source, bin, filter);
  gst_object_ref (bin); /* the autoptr's reference goes; the caller's is floating again */
  g_object_force_floating (G_OBJECT (bin));
  return bin;
}
