/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes the samples of the call in front to the one sink: to a device at the time they are due, to
   a file with that time. */
#include "media/devices/loudspeaker.h"

#include <gst/app/gstappsrc.h>

#include "base/error.h"

/* While the device takes nothing. It gets over that only when nothing is missing afterwards: its
   clock stood still meanwhile, and what follows a gap would wait for as long once more. */
#define QUEUE_MS 5000

struct _KithLoudspeaker { /* g_rc_box, of the main thread */
  KithAudioSink *sink;
  gboolean is_open;
  KithDeviceLine *line; /* NULL: closed, or no device */
  GMutex mutex;         /* guards all below: streaming threads read */
  GstElement *way_in;   /* appsrc of the line; NULL: there is none */
  GPtrArray *outlets;   /* that are open */
  KithAudioOutlet *front;
  guint64 turns;         /* mark the samples of a call in front */
  gconstpointer feeder;  /* only compared: whose sound, or silence, came last; NULL: nothing came */
  GstClockTime fed;      /* … up to then; of the clock */
  KithWavWriter *writer; /* of all that is heard; NULL: it is not recorded */
  GstClockTime began;    /* … which began then; of the clock */
};

static void
loudspeaker_clear (gpointer data)
{
  KithLoudspeaker *loudspeaker = data;

  kith_audio_sink_free (loudspeaker->sink);
  g_ptr_array_unref (loudspeaker->outlets);
  g_mutex_clear (&loudspeaker->mutex);
}

KithLoudspeaker *
kith_loudspeaker_new (KithAudioSink *sink)
{
  KithLoudspeaker *loudspeaker = g_rc_box_new0 (KithLoudspeaker);

  loudspeaker->sink = sink;
  loudspeaker->outlets = g_ptr_array_new ();
  g_mutex_init (&loudspeaker->mutex);
  return loudspeaker;
}

void
kith_loudspeaker_unref (KithLoudspeaker *loudspeaker)
{
  g_rc_box_release_full (loudspeaker, loudspeaker_clear);
}

gboolean
kith_loudspeaker_check (KithLoudspeaker *loudspeaker, GError **error)
{
  return kith_audio_sink_check (loudspeaker->sink, error);
}

static GstClockTime
now (void)
{
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();

  return gst_clock_get_time (clock);
}

/* Samples */

static void
record (KithWavWriter *writer, GstClockTime began, GstClockTime at, GstBuffer *buffer, gboolean on)
{
  GstMapInfo map;

  if (writer == NULL || !gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    return;
  }
  gsize n = map.size / sizeof (gint16);
  g_autofree gint16 *silence = on ? NULL : g_new0 (gint16, n);
  kith_wav_writer_put (writer,
                       (gint64)at - (gint64)began,
                       on ? (const gint16 *)(gpointer)map.data : silence,
                       n);
  gst_buffer_unmap (buffer, &map);
}

static void
measure (KithAudioOutlet *outlet, GstBuffer *buffer)
{
  GstMapInfo map;

  if (gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    kith_audio_meter_feed (&outlet->meter,
                           (const gint16 *)(gpointer)map.data,
                           map.size / sizeof (gint16));
    gst_buffer_unmap (buffer, &map);
  }
}

/* The end of the device's line. */
static void
on_heard (GstBuffer *buffer, GstClockTime at, gpointer user_data)
{
  KithLoudspeaker *loudspeaker = user_data;

  g_mutex_lock (&loudspeaker->mutex);
  if (loudspeaker->front != NULL && GST_BUFFER_OFFSET (buffer) == loudspeaker->front->turn) {
    measure (loudspeaker->front, buffer);
  }
  g_mutex_unlock (&loudspeaker->mutex);
}

static GstClockTime
time_of (GstBuffer *buffer)
{
  return gst_util_uint64_scale (gst_buffer_get_size (buffer) / sizeof (gint16),
                                GST_SECOND,
                                KITH_AUDIO_RATE);
}

/* A device is opened by its first samples: one that waits for them runs dry before it begins. */
static void
begin (KithLoudspeaker *loudspeaker)
{
  g_autoptr (GstCaps) caps = kith_device_line_caps ();

  g_object_set (loudspeaker->way_in, "caps", caps, NULL);
}

/* @turn: 0: silence. */
static void
push (KithLoudspeaker *loudspeaker,
      KithAudioOutlet *outlet,
      guint64 turn,
      GstBuffer *buffer,
      GstClockTime at)
{
  GstBuffer *part = turn != 0 ? gst_buffer_copy (buffer) : gst_buffer_copy_deep (buffer);

  if (!kith_device_line_stamp (part, loudspeaker->way_in, at)) {
    gst_buffer_unref (part);
    return;
  }
  if (turn == 0) {
    (void)gst_buffer_memset (part, 0, 0, gst_buffer_get_size (part));
  }
  if (loudspeaker->feeder == NULL) {
    begin (loudspeaker);
  }
  if (loudspeaker->feeder != outlet) { /* its time fits to nothing before */
    GST_BUFFER_FLAG_SET (part, GST_BUFFER_FLAG_DISCONT);
  }
  loudspeaker->feeder = outlet;
  loudspeaker->fed = at + time_of (buffer);
  GST_BUFFER_OFFSET (part) = turn;
  (void)gst_app_src_push_buffer (GST_APP_SRC (loudspeaker->way_in), part);
}

static void
silence_meter (KithAudioOutlet *outlet)
{
  static const gint16 silence[KITH_AUDIO_RATE / 100];

  kith_audio_meter_feed (&outlet->meter, silence, G_N_ELEMENTS (silence));
}

void
kith_audio_outlet_play (KithAudioOutlet *outlet, GstBuffer *buffer, GstClockTime at)
{
  KithLoudspeaker *loudspeaker = outlet->loudspeaker;

  g_mutex_lock (&loudspeaker->mutex);
  gboolean in_front = loudspeaker->front == outlet;
  if (in_front && loudspeaker->way_in != NULL) {
    push (loudspeaker, outlet, outlet->turn, buffer, at);
  } else if (in_front) {
    measure (outlet, buffer); /* there is no device that it would have to wait for */
    record (loudspeaker->writer, loudspeaker->began, at, buffer, TRUE);
  } else if (outlet->is_open) {
    silence_meter (outlet);
    if (loudspeaker->way_in != NULL && at >= loudspeaker->fed) { /* nobody else keeps it going */
      push (loudspeaker, outlet, 0, buffer, at);
    }
  }
  record (outlet->writer, outlet->began, at, buffer, in_front);
  g_mutex_unlock (&loudspeaker->mutex);
}

/* Its life */

/* (transfer full) */
static GstElement *
build (KithLoudspeaker *loudspeaker, GstElement **way_in, GError **error)
{
  g_autoptr (GstElement) pipeline = gst_object_ref_sink (gst_pipeline_new ("loudspeaker"));
  GstElement *sink = kith_audio_sink_make (on_heard, loudspeaker, error);

  if (sink == NULL || !gst_bin_add (GST_BIN (pipeline), sink)) {
    return NULL;
  }
  *way_in = kith_device_line_add_way_in (GST_BIN (pipeline), QUEUE_MS, error);
  if (*way_in == NULL) {
    return NULL;
  }
  if (!gst_element_link (*way_in, sink)) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_MEDIA,
                         "the loudspeaker's elements do not fit together");
    return NULL;
  }
  return g_steal_pointer (&pipeline);
}

static void
release (gpointer data)
{
  kith_loudspeaker_unref (data);
}

static void
finish (KithWavWriter *writer, GstClockTime began)
{
  kith_wav_writer_finish (writer, (gint64)now () - (gint64)began);
}

static void
close_line (KithLoudspeaker *loudspeaker)
{
  KithDeviceLine *line = g_steal_pointer (&loudspeaker->line);

  loudspeaker->is_open = FALSE;
  g_mutex_lock (&loudspeaker->mutex);
  loudspeaker->way_in = NULL;
  KithWavWriter *writer = g_steal_pointer (&loudspeaker->writer);
  g_mutex_unlock (&loudspeaker->mutex);
  finish (writer, loudspeaker->began);
  if (line != NULL) {
    kith_device_line_close (line, release, g_rc_box_acquire (loudspeaker));
  }
}

/* TRUE when @outlet was open. */
static gboolean
leave (KithAudioOutlet *outlet)
{
  KithLoudspeaker *loudspeaker = outlet->loudspeaker;

  if (!outlet->is_open) {
    return FALSE;
  }
  g_mutex_lock (&loudspeaker->mutex);
  outlet->is_open = FALSE;
  (void)g_ptr_array_remove (loudspeaker->outlets, outlet);
  loudspeaker->front = loudspeaker->front != outlet ? loudspeaker->front : NULL;
  KithWavWriter *writer = g_steal_pointer (&outlet->writer);
  g_mutex_unlock (&loudspeaker->mutex);
  finish (writer, outlet->began);
  return TRUE;
}

/* All who have it are told; the last one closes it. */
static void
on_failed (const char *why, gpointer user_data)
{
  KithLoudspeaker *loudspeaker = g_rc_box_acquire (user_data);
  KithDeviceLine *line = loudspeaker->line;

  while (loudspeaker->outlets->len > 0 && loudspeaker->line == line) {
    KithAudioOutlet *outlet = loudspeaker->outlets->pdata[0];
    (void)leave (outlet);
    if (loudspeaker->outlets->len == 0) {
      close_line (loudspeaker);
    }
    outlet->failed (why, outlet->user_data);
  }
  kith_loudspeaker_unref (loudspeaker);
}

static gboolean
open_line (KithLoudspeaker *loudspeaker, GstElement **way_in, GError **error)
{
  GstElement *pipeline = build (loudspeaker, way_in, error);

  loudspeaker->line
      = pipeline != NULL
            ? kith_device_line_open (pipeline, "loudspeaker", TRUE, on_failed, loudspeaker, error)
            : NULL;
  return loudspeaker->line != NULL;
}

static gboolean
open_sink (KithLoudspeaker *loudspeaker, GError **error)
{
  const char *path = kith_audio_sink_get_path (loudspeaker->sink);
  KithWavWriter *writer = path != NULL ? kith_wav_writer_new (path, KITH_AUDIO_RATE, error) : NULL;
  GstElement *way_in = NULL;

  if ((path != NULL && writer == NULL)
      || (kith_audio_sink_is_device (loudspeaker->sink)
          && !open_line (loudspeaker, &way_in, error))) {
    return FALSE;
  }
  loudspeaker->is_open = TRUE;
  g_mutex_lock (&loudspeaker->mutex);
  loudspeaker->way_in = way_in;
  loudspeaker->feeder = NULL;
  loudspeaker->fed = 0;
  loudspeaker->writer = writer;
  loudspeaker->began = now ();
  g_mutex_unlock (&loudspeaker->mutex);
  return TRUE;
}

/* Under the mutex. */
static void
take_turn (KithLoudspeaker *loudspeaker, KithAudioOutlet *outlet)
{
  if (loudspeaker->front != outlet) {
    loudspeaker->front = outlet;
    outlet->turn = ++loudspeaker->turns;
  }
}

void
kith_audio_outlet_init (KithAudioOutlet *outlet,
                        KithLoudspeaker *loudspeaker,
                        KithDeviceLineFunc failed,
                        gpointer user_data)
{
  *outlet = (KithAudioOutlet){ .loudspeaker = loudspeaker,
                               .front = TRUE,
                               .failed = failed,
                               .user_data = user_data };
  kith_audio_meter_init (&outlet->meter);
}

gboolean
kith_audio_outlet_open (KithAudioOutlet *outlet, const char *id, GError **error)
{
  KithLoudspeaker *loudspeaker = outlet->loudspeaker;
  g_autofree gchar *path = kith_audio_sink_get_path_of (loudspeaker->sink, id);

  if (outlet->is_open) {
    return TRUE;
  }
  KithWavWriter *writer = path != NULL ? kith_wav_writer_new (path, KITH_AUDIO_RATE, error) : NULL;
  if ((path != NULL && writer == NULL)
      || (!loudspeaker->is_open && !open_sink (loudspeaker, error))) {
    kith_wav_writer_finish (writer, 0);
    return FALSE;
  }
  g_mutex_lock (&loudspeaker->mutex);
  outlet->is_open = TRUE;
  outlet->writer = writer;
  outlet->began = now ();
  g_ptr_array_add (loudspeaker->outlets, outlet);
  if (outlet->front) {
    take_turn (loudspeaker, outlet);
  }
  g_mutex_unlock (&loudspeaker->mutex);
  return TRUE;
}

void
kith_audio_outlet_close (KithAudioOutlet *outlet)
{
  if (leave (outlet) && outlet->loudspeaker->outlets->len == 0) {
    close_line (outlet->loudspeaker);
  }
}

void
kith_audio_outlet_set_front (KithAudioOutlet *outlet, gboolean front)
{
  KithLoudspeaker *loudspeaker = outlet->loudspeaker;

  outlet->front = front;
  g_mutex_lock (&loudspeaker->mutex);
  if (front && outlet->is_open) {
    take_turn (loudspeaker, outlet);
  } else if (!front && loudspeaker->front == outlet) {
    loudspeaker->front = NULL;
  }
  g_mutex_unlock (&loudspeaker->mutex);
}
