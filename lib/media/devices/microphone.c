/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies each buffer of the source to the calls: samples to the one in front, silence to the
   others. */
#include "media/devices/microphone.h"

#include <string.h>

#include "base/error.h"
#include "media/loose-pad.h"

#define EXIT "kith-exit"

struct _KithMicrophone { /* g_rc_box, of the main thread */
  KithAudioSource *source;
  guint frame_ms;
  KithDeviceLine *line;  /* NULL: closed */
  GMutex mutex;          /* guards all below: the streaming thread reads */
  GPtrArray *inlets;     /* that are open */
  KithAudioInlet *front; /* NULL: nobody has it */
};

static void
microphone_clear (gpointer data)
{
  KithMicrophone *microphone = data;

  kith_audio_source_free (microphone->source);
  g_ptr_array_unref (microphone->inlets);
  g_mutex_clear (&microphone->mutex);
}

KithMicrophone *
kith_microphone_new (KithAudioSource *source, guint frame_ms)
{
  KithMicrophone *microphone = g_rc_box_new0 (KithMicrophone);

  microphone->source = source;
  microphone->frame_ms = frame_ms;
  microphone->inlets = g_ptr_array_new ();
  g_mutex_init (&microphone->mutex);
  return microphone;
}

void
kith_microphone_unref (KithMicrophone *microphone)
{
  g_rc_box_release_full (microphone, microphone_clear);
}

gboolean
kith_microphone_check (KithMicrophone *microphone, GError **error)
{
  return kith_audio_source_check (microphone->source, error);
}

/* Samples */

/* The silence before @part, so that all of it comes out of the resampler at once. (transfer
   full) */
static GstBuffer *
add_lead (KithAudioInlet *inlet, GstBuffer *part)
{
  GstBuffer *lead = gst_buffer_new_allocate (NULL, inlet->lead * sizeof (gint16), NULL);

  (void)gst_buffer_memset (lead, 0, 0, inlet->lead * sizeof (gint16));
  inlet->lead = 0;
  return gst_buffer_append (lead, part);
}

/* @at: of the clock. */
static void
give (KithAudioInlet *inlet, GstBuffer *from, GstClockTime at, gboolean silent)
{
  GstBuffer *part = silent ? gst_buffer_new_allocate (NULL, gst_buffer_get_size (from), NULL)
                           : gst_buffer_copy (from);
  GstMapInfo map;

  if (silent) {
    (void)gst_buffer_memset (part, 0, 0, gst_buffer_get_size (part));
  }
  if (gst_buffer_map (part, &map, GST_MAP_READ)) {
    kith_audio_meter_feed (&inlet->meter,
                           (const gint16 *)(gpointer)map.data,
                           map.size / sizeof (gint16));
    gst_buffer_unmap (part, &map);
  }
  if (inlet->lead > 0) {
    at -= gst_util_uint64_scale (inlet->lead, GST_SECOND, KITH_AUDIO_RATE);
    part = add_lead (inlet, part);
  }
  GST_BUFFER_DURATION (part) = GST_CLOCK_TIME_NONE;
  inlet->to (part, at, inlet->to_data);
}

/* Of the clock. */
static GstClockTime
time_of (GstPad *pad, GstBuffer *buffer)
{
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  g_autoptr (GstPad) peer = gst_pad_get_peer (pad);
  g_autoptr (GstElement) source = gst_pad_get_parent_element (peer);
  GstClockTime running = GST_BUFFER_PTS (buffer);
  const GstSegment *segment;

  if (event != NULL) {
    gst_event_parse_segment (event, &segment);
    running = gst_segment_to_running_time (segment, GST_FORMAT_TIME, running);
  }
  return running + gst_element_get_base_time (source);
}

static GstFlowReturn
on_samples (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  KithMicrophone *microphone = gst_pad_get_element_private (pad);
  GstClockTime at = time_of (pad, buffer);

  g_mutex_lock (&microphone->mutex);
  for (guint i = 0; i < microphone->inlets->len; i++) {
    KithAudioInlet *inlet = microphone->inlets->pdata[i];
    if (inlet->to != NULL) {
      give (inlet, buffer, at, inlet != microphone->front || atomic_load (&inlet->meter.muted));
    }
  }
  g_mutex_unlock (&microphone->mutex);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

/* Its life */

/* (transfer full) */
static GstElement *
build (KithMicrophone *microphone, GError **error)
{
  g_autoptr (GstElement) pipeline = gst_object_ref_sink (gst_pipeline_new ("microphone"));
  GstElement *source = kith_audio_source_make (microphone->source, microphone->frame_ms, error);

  if (source == NULL || !gst_bin_add (GST_BIN (pipeline), source)) {
    return NULL;
  }
  GstPad *exit = kith_loose_pad_out (source, "src", on_samples, microphone, error);
  if (exit == NULL) {
    return NULL;
  }
  g_object_set_data_full (G_OBJECT (pipeline), EXIT, exit, gst_object_unref);
  return g_steal_pointer (&pipeline);
}

static void
release (gpointer data)
{
  kith_microphone_unref (data);
}

static void
close_line (KithMicrophone *microphone)
{
  KithDeviceLine *line = g_steal_pointer (&microphone->line);

  if (line != NULL) {
    kith_device_line_close (line, release, g_rc_box_acquire (microphone));
  }
}

/* TRUE when @inlet was open. */
static gboolean
leave (KithAudioInlet *inlet)
{
  KithMicrophone *microphone = inlet->microphone;

  if (!inlet->is_open) {
    return FALSE;
  }
  inlet->is_open = FALSE;
  g_mutex_lock (&microphone->mutex);
  (void)g_ptr_array_remove (microphone->inlets, inlet);
  microphone->front = microphone->front != inlet ? microphone->front : NULL;
  g_mutex_unlock (&microphone->mutex);
  return TRUE;
}

/* All who have it are told; the last one closes it. */
static void
on_failed (const char *why, gpointer user_data)
{
  KithMicrophone *microphone = g_rc_box_acquire (user_data);
  KithDeviceLine *line = microphone->line;

  while (microphone->inlets->len > 0 && microphone->line == line) {
    KithAudioInlet *inlet = microphone->inlets->pdata[0];
    (void)leave (inlet);
    if (microphone->inlets->len == 0) {
      close_line (microphone);
    }
    inlet->failed (why, inlet->user_data);
  }
  kith_microphone_unref (microphone);
}

static gboolean
open_line (KithMicrophone *microphone, GError **error)
{
  if (microphone->line == NULL) {
    GstElement *pipeline = build (microphone, error);
    microphone->line
        = pipeline != NULL
              ? kith_device_line_open (pipeline,
                                       "microphone",
                                       kith_audio_source_is_device (microphone->source),
                                       on_failed,
                                       microphone,
                                       error)
              : NULL;
  }
  return microphone->line != NULL;
}

void
kith_audio_inlet_init (KithAudioInlet *inlet,
                       KithMicrophone *microphone,
                       KithDeviceLineFunc failed,
                       gpointer user_data)
{
  *inlet = (KithAudioInlet){ .microphone = microphone,
                             .front = TRUE,
                             .failed = failed,
                             .user_data = user_data };
  kith_audio_meter_init (&inlet->meter);
}

gboolean
kith_audio_inlet_open (KithAudioInlet *inlet, GError **error)
{
  KithMicrophone *microphone = inlet->microphone;

  if (inlet->is_open) {
    return TRUE;
  }
  inlet->is_open = TRUE; /* first: the line may give samples at once */
  g_mutex_lock (&microphone->mutex);
  g_ptr_array_add (microphone->inlets, inlet);
  microphone->front = inlet->front ? inlet : microphone->front;
  g_mutex_unlock (&microphone->mutex);
  if (!open_line (microphone, error)) {
    (void)leave (inlet);
    return FALSE;
  }
  return TRUE;
}

void
kith_audio_inlet_close (KithAudioInlet *inlet)
{
  if (leave (inlet) && inlet->microphone->inlets->len == 0) {
    close_line (inlet->microphone);
  }
}

void
kith_audio_inlet_set_front (KithAudioInlet *inlet, gboolean front)
{
  KithMicrophone *microphone = inlet->microphone;

  inlet->front = front;
  g_mutex_lock (&microphone->mutex);
  if (front && inlet->is_open) {
    microphone->front = inlet;
  } else if (!front && microphone->front == inlet) {
    microphone->front = NULL;
  }
  g_mutex_unlock (&microphone->mutex);
}

void
kith_audio_inlet_connect (KithAudioInlet *inlet,
                          KithAudioInletFunc to,
                          gpointer user_data,
                          guint lead)
{
  g_mutex_lock (&inlet->microphone->mutex);
  inlet->to = to;
  inlet->to_data = user_data;
  inlet->lead = lead;
  g_mutex_unlock (&inlet->microphone->mutex);
}
