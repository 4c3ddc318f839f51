/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bin that ends in the device; files and nothing need none. */
#include "media/devices/audio-sink.h"

#include <gst/base/gstbasesink.h>
#include <string.h>

#include "base/error.h"
#include "media/devices/sound-server.h"
#include "media/media-elements.h"

#define DEVICE_BUFFER_US 40000
#define DEVICE_LATENCY_US 10000

typedef enum { SINK_DEVICE, SINK_FILE, SINK_FILES, SINK_NOWHERE } SinkKind;

struct _KithAudioSink {
  SinkKind kind;
  gchar *pattern;
};

/* One bin's end; lives as long as what calls it. */
typedef struct {
  GstElement *bin; /* not owned */
  KithAudioHeardFunc heard;
  gpointer user_data;
} Ear;

KithAudioSink *
kith_audio_sink_new (const char *spec)
{
  KithAudioSink *sink = g_new0 (KithAudioSink, 1);

  sink->kind = spec == NULL                  ? SINK_DEVICE
               : g_str_equal (spec, "null")  ? SINK_NOWHERE
               : strstr (spec, "%c") != NULL ? SINK_FILES
                                             : SINK_FILE;
  sink->pattern = g_strdup (spec);
  return sink;
}

void
kith_audio_sink_free (KithAudioSink *sink)
{
  if (sink != NULL) {
    g_free (sink->pattern);
    g_free (sink);
  }
}

gboolean
kith_audio_sink_is_device (const KithAudioSink *sink)
{
  return sink->kind == SINK_DEVICE;
}

gboolean
kith_audio_sink_check (const KithAudioSink *sink, GError **error)
{
  return sink->kind != SINK_DEVICE
         || kith_sound_server_check ("pulsesink", "pipewiresink", error) != NULL;
}

const char *
kith_audio_sink_get_path (const KithAudioSink *sink)
{
  return sink->kind == SINK_FILE ? sink->pattern : NULL;
}

gchar *
kith_audio_sink_get_path_of (const KithAudioSink *sink, const char *id)
{
  if (sink->kind != SINK_FILES) {
    return NULL;
  }
  const char *slash = strrchr (id, '/');
  g_autofree gchar *number = g_strdup (slash != NULL ? slash + 1 : id);
  GString *path = g_string_new (sink->pattern);
  g_string_replace (path,
                    "%c",
                    g_strcanon (number, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_", '_'),
                    0);
  return g_string_free (path, FALSE);
}

static Ear *
ear_new (GstElement *bin, KithAudioHeardFunc heard, gpointer user_data)
{
  Ear *ear = g_new0 (Ear, 1);

  ear->bin = bin;
  ear->heard = heard;
  ear->user_data = user_data;
  return ear;
}

/* Before the device's own elements: what was handed to it counts as heard. */
static GstPadProbeReturn
on_device_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Ear *ear = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

  ear->heard (buffer,
              GST_BUFFER_PTS (buffer) + gst_element_get_base_time (ear->bin),
              ear->user_data);
  return GST_PAD_PROBE_OK;
}

/* The device may want two channels or another rate. */
static GstElement *
add_device (GstBin *bin, Ear *ear, GError **error)
{
  const char *factory = kith_sound_server_check ("pulsesink", "pipewiresink", error);
  GstElement *adapt = factory != NULL ? kith_media_element_add (bin, "audioconvert", error) : NULL;
  GstElement *speed = adapt != NULL ? kith_media_element_add (bin, "audioresample", error) : NULL;
  GstElement *device = speed != NULL ? kith_media_element_add (bin, factory, error) : NULL;

  if (device == NULL || !gst_element_link_many (adapt, speed, device, NULL)) {
    g_free (ear);
    return NULL;
  }
  if (g_str_equal (factory, "pulsesink")) {
    g_object_set (device,
                  "client-name",
                  "Kith",
                  "buffer-time",
                  (gint64)DEVICE_BUFFER_US,
                  "latency-time",
                  (gint64)DEVICE_LATENCY_US,
                  NULL);
  }
  g_autoptr (GstPad) pad = gst_element_get_static_pad (adapt, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_device_buffer, ear, g_free);
  gst_element_add_pad (GST_ELEMENT (bin), gst_ghost_pad_new ("sink", pad));
  return device;
}

static void
tune (GstElement *last)
{
  if (GST_IS_BASE_SINK (last)) {
    g_object_set (last,
                  "async",
                  FALSE,
                  "qos",
                  FALSE,
                  "max-lateness",
                  (gint64)-1,
                  "processing-deadline",
                  KITH_AUDIO_DEADLINE_NS,
                  NULL);
  }
}

GstElement *
kith_audio_sink_make (KithAudioHeardFunc heard, gpointer user_data, GError **error)
{
  g_autoptr (GstElement) bin = gst_object_ref_sink (gst_bin_new ("sink"));
  Ear *ear = ear_new (bin, heard, user_data);
  GstElement *last = add_device (GST_BIN (bin), ear, error);

  if (last == NULL) {
    if (error != NULL && *error == NULL) {
      g_set_error_literal (error,
                           KITH_ERROR,
                           KITH_ERROR_MEDIA,
                           "the loudspeaker's elements do not fit together");
    }
    return NULL;
  }
  tune (last);
  gst_object_ref (bin); /* the autoptr's reference goes; the caller's is floating again */
  g_object_force_floating (G_OBJECT (bin));
  return bin;
}
