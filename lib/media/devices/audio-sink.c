/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bins that end in the device or in an appsink that keeps real time. */
#include "media/devices/audio-sink.h"

#include <gst/app/gstappsink.h>
#include <string.h>

#include "base/error.h"
#include "media/devices/sound-server.h"
#include "media/media-elements.h"

#define DEVICE_BUFFER_US 40000
#define DEVICE_LATENCY_US 10000
#define DEADLINE_NS                                                                                \
  (5 * GST_MSECOND) /* basesink's default of 20 ms would be added to the mouth-to-ear delay */

typedef enum { SINK_DEVICE, SINK_FILE, SINK_NOWHERE } SinkKind;

struct _KithAudioSink {
  SinkKind kind;
  gchar *pattern;
};

KithAudioSink *
kith_audio_sink_new (const char *spec)
{
  KithAudioSink *sink = g_new0 (KithAudioSink, 1);

  sink->kind = spec == NULL ? SINK_DEVICE : g_str_equal (spec, "null") ? SINK_NOWHERE : SINK_FILE;
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

gchar *
kith_audio_sink_get_path (const KithAudioSink *sink, const char *id)
{
  if (sink->kind != SINK_FILE) {
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

static GstFlowReturn
on_sound (GstAppSink *appsink, gpointer user_data)
{
  KithAudioOutlet *outlet = user_data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (appsink);
  GstBuffer *buffer = sample != NULL ? gst_sample_get_buffer (sample) : NULL;
  GstMapInfo map;

  if (buffer == NULL || !gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    return GST_FLOW_OK;
  }
  const gint16 *samples = (const gint16 *)(gpointer)map.data;
  gsize n = map.size / sizeof *samples;
  g_autofree gint16 *silence = atomic_load (&outlet->meter.muted) ? g_new0 (gint16, n) : NULL;
  samples = silence != NULL ? silence : samples;
  kith_audio_meter_feed (&outlet->meter, samples, n);
  g_mutex_lock (&outlet->mutex);
  if (outlet->writer != NULL && GST_BUFFER_PTS_IS_VALID (buffer)) {
    GstClockTime heard = gst_segment_to_running_time (gst_sample_get_segment (sample),
                                                      GST_FORMAT_TIME,
                                                      GST_BUFFER_PTS (buffer));
    gint64 latency = (gint64)gst_base_sink_get_latency (GST_BASE_SINK (appsink));
    kith_wav_writer_put (outlet->writer, (gint64)heard + latency - outlet->began_ns, samples, n);
  }
  g_mutex_unlock (&outlet->mutex);
  gst_buffer_unmap (buffer, &map);
  return GST_FLOW_OK;
}

static GstPadProbeReturn
on_device_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  KithAudioOutlet *outlet = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gboolean muted = atomic_load (&outlet->meter.muted);
  GstMapInfo map;

  if (muted) {
    buffer = gst_buffer_make_writable (buffer);
    GST_PAD_PROBE_INFO_DATA (info) = buffer;
  }
  if (gst_buffer_map (buffer, &map, muted ? GST_MAP_READWRITE : GST_MAP_READ)) {
    if (muted) {
      memset (map.data, 0, map.size);
    }
    kith_audio_meter_feed (&outlet->meter, (const gint16 *)(gpointer)map.data, map.size / 2);
    gst_buffer_unmap (buffer, &map);
  }
  return GST_PAD_PROBE_OK;
}

static GstElement *
add_device (GstBin *bin, GstElement *filter, KithAudioOutlet *outlet, GError **error)
{
  const char *factory = kith_sound_server_check ("pulsesink", "pipewiresink", error);
  GstElement *device = factory != NULL ? kith_media_element_add (bin, factory, error) : NULL;

  if (device == NULL) {
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
  g_autoptr (GstPad) pad = gst_element_get_static_pad (filter, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_device_buffer, outlet, NULL);
  return device;
}

static GstElement *
add_listener (GstBin *bin, KithAudioOutlet *outlet, GError **error)
{
  GstAppSinkCallbacks callbacks = { .new_sample = on_sound };
  GstElement *listener = kith_media_element_add (bin, "appsink", error);

  if (listener != NULL) {
    gst_app_sink_set_callbacks (GST_APP_SINK (listener), &callbacks, outlet, NULL);
  }
  return listener;
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
                  DEADLINE_NS,
                  NULL);
  }
}

GstElement *
kith_audio_sink_make (KithAudioSink *sink, guint rate, KithAudioOutlet *outlet, GError **error)
{
  g_autoptr (GstElement) bin = gst_object_ref_sink (gst_bin_new ("loudspeaker"));
  GstBin *in = GST_BIN (bin);
  GstElement *convert = kith_media_element_add (in, "audioconvert", error);
  GstElement *resample
      = convert != NULL ? kith_media_element_add (in, "audioresample", error) : NULL;
  GstElement *filter = resample != NULL ? kith_media_element_add (in, "capsfilter", error) : NULL;

  if (filter == NULL) {
    return NULL;
  }
  GstElement *last = sink->kind == SINK_DEVICE ? add_device (in, filter, outlet, error)
                                               : add_listener (in, outlet, error);
  if (last == NULL) {
    return NULL;
  }
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("audio/x-raw",
                                                  "format",
                                                  G_TYPE_STRING,
                                                  "S16LE",
                                                  "rate",
                                                  G_TYPE_INT,
                                                  (gint)rate,
                                                  "channels",
                                                  G_TYPE_INT,
                                                  1,
                                                  NULL);
  g_object_set (filter, "caps", caps, NULL);
  tune (last);
  gboolean linked;
  if (sink->kind == SINK_DEVICE) { /* the device may want two channels or another rate */
    GstElement *adapt = kith_media_element_add (in, "audioconvert", error);
    GstElement *speed = adapt != NULL ? kith_media_element_add (in, "audioresample", error) : NULL;
    if (speed == NULL) {
      return NULL;
    }
    linked = gst_element_link_many (convert, resample, filter, adapt, speed, last, NULL);
  } else {
    linked = gst_element_link_many (convert, resample, filter, last, NULL);
  }
  if (!linked) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_MEDIA,
                 "the loudspeaker's elements do not fit together");
    return NULL;
  }
  g_autoptr (GstPad) pad = gst_element_get_static_pad (convert, "sink");
  gst_element_add_pad (bin, gst_ghost_pad_new ("sink", pad));
  gst_object_ref (bin);
  g_object_force_floating (G_OBJECT (bin));
  return bin;
}
