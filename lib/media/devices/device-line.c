/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens and closes a pipeline without ever waiting for the sound server on the main thread. */
#include "media/devices/device-line.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "media/media-elements.h"
#include "media/priority.h"

#define PATIENCE_MS 5000 /* for the sound server to open its devices */

struct _KithDeviceLine {
  GMainContext *context;
  GstElement *pipeline;
  const char *name;
  KithDeviceLineFunc func;
  gpointer user_data;
  guint uses; /* the owner and the worker threads under way; main thread only */
  guint patience;
  gboolean may_block, closed, failed;
  gboolean unopened; /* what the worker says */
  gboolean latency_busy, latency_again;
  GDestroyNotify done;
  gpointer done_data;
};

static void
unref (KithDeviceLine *line)
{
  if (--line->uses > 0) {
    return;
  }
  gst_object_unref (line->pipeline);
  g_main_context_unref (line->context);
  if (line->done != NULL) {
    line->done (line->done_data);
  }
  g_free (line);
}

/* The handler may close the line. */
static void
fail (KithDeviceLine *line, const char *why)
{
  if (!line->closed && !line->failed) {
    line->failed = TRUE;
    line->func (why, line->user_data);
  }
}

/* Work in a worker thread, and what the main thread does after it: gives the use of the line
   back. */
static void
start_worker (KithDeviceLine *line, GstElementCallAsyncFunc func)
{
  line->uses++;
  gst_element_call_async (line->pipeline, func, line, NULL);
}

static void
worker_done (KithDeviceLine *line, GSourceFunc func)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, line, NULL);
  g_source_attach (source, line->context);
  g_source_unref (source);
}

/* Opening and closing */

static gboolean
on_opened (gpointer user_data)
{
  KithDeviceLine *line = user_data;

  kith_clock_cancel (kith_clock_get_default (), &line->patience);
  /* the element's own message on the bus tells more, and usually comes first */
  if (line->unopened) {
    fail (line, "the sound device could not be opened");
  }
  unref (line);
  return G_SOURCE_REMOVE;
}

static void
open_in_worker (GstElement *pipeline, gpointer user_data)
{
  KithDeviceLine *line = user_data;

  line->unopened = gst_element_set_state (pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE;
  worker_done (line, on_opened);
}

static gboolean
on_patience (gpointer user_data)
{
  KithDeviceLine *line = user_data;

  line->patience = 0;
  fail (line, "the sound server does not answer: restart PipeWire or PulseAudio");
  return G_SOURCE_REMOVE;
}

static gboolean
on_closed (gpointer user_data)
{
  unref (user_data);
  return G_SOURCE_REMOVE;
}

static void
close_in_worker (GstElement *pipeline, gpointer user_data)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  worker_done (user_data, on_closed);
}

/* Latency */

static void spread_latency (KithDeviceLine *line);

static gboolean
on_latency_spread (gpointer user_data)
{
  KithDeviceLine *line = user_data;

  line->latency_busy = FALSE;
  if (line->latency_again && !line->closed) {
    spread_latency (line);
  }
  unref (line);
  return G_SOURCE_REMOVE;
}

static void
spread_latency_in_worker (GstElement *pipeline, gpointer user_data)
{
  gst_bin_recalculate_latency (GST_BIN (pipeline));
  worker_done (user_data, on_latency_spread);
}

/* A sound device that is being opened holds a lock that this needs, so with devices it is a
   worker's work, one at a time. */
static void
spread_latency (KithDeviceLine *line)
{
  if (!line->may_block) {
    gst_bin_recalculate_latency (GST_BIN (line->pipeline));
    return;
  }
  line->latency_again = line->latency_busy;
  if (!line->latency_busy) {
    line->latency_busy = TRUE;
    start_worker (line, spread_latency_in_worker);
  }
}

static gboolean
on_bus_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  KithDeviceLine *line = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *detail = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, &detail);
    kith_debug ("media",
                "%s: %s (%s)",
                GST_OBJECT_NAME (GST_MESSAGE_SRC (message)),
                error->message,
                detail);
    g_autofree gchar *why = g_strdup_printf ("the %s stopped: %s", line->name, error->message);
    fail (line, why);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_LATENCY) {
    spread_latency (line);
  }
  return G_SOURCE_CONTINUE;
}

KithDeviceLine *
kith_device_line_open (GstElement *pipeline,
                       const char *name,
                       gboolean may_block,
                       KithDeviceLineFunc failed,
                       gpointer user_data,
                       GError **error)
{
  KithDeviceLine *line = g_new0 (KithDeviceLine, 1);
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  line->context = g_main_context_ref_thread_default ();
  line->pipeline = pipeline;
  line->name = name;
  line->may_block = may_block;
  line->func = failed;
  line->user_data = user_data;
  line->uses = 1;
  gst_pipeline_use_clock (GST_PIPELINE (pipeline), clock);
  gst_bus_add_watch (bus, on_bus_message, line);
  kith_priority_watch (bus);
  if (may_block) {
    line->patience = kith_clock_add (kith_clock_get_default (), PATIENCE_MS, on_patience, line);
    start_worker (line, open_in_worker);
  } else if (gst_element_set_state (pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_MEDIA, "the %s does not start", name);
    kith_device_line_close (line, NULL, NULL);
    return NULL;
  }
  return line;
}

void
kith_device_line_close (KithDeviceLine *line, GDestroyNotify done, gpointer done_data)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (line->pipeline);

  line->closed = TRUE;
  line->done = done;
  line->done_data = done_data;
  kith_clock_cancel (kith_clock_get_default (), &line->patience);
  gst_bus_remove_watch (bus);
  if (line->may_block) {
    start_worker (line, close_in_worker);
  } else {
    gst_element_set_state (line->pipeline, GST_STATE_NULL);
  }
  unref (line);
}

gboolean
kith_device_line_stamp (GstBuffer *buffer, GstElement *to, GstClockTime at)
{
  GST_OBJECT_LOCK (to);
  gboolean plays = GST_STATE (to) == GST_STATE_PLAYING;
  GstClockTime base = to->base_time;
  GST_OBJECT_UNLOCK (to);
  GST_BUFFER_PTS (buffer) = at > base ? at - base : 0;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  return plays;
}

GstElement *
kith_device_line_add_way_in (GstBin *bin, guint queue_ms, GError **error)
{
  GstElement *way_in = kith_media_element_add (bin, "appsrc", error);

  if (way_in != NULL) {
    gst_util_set_object_arg (G_OBJECT (way_in), "leaky-type", "downstream");
    g_object_set (way_in,
                  "is-live",
                  TRUE,
                  "format",
                  GST_FORMAT_TIME,
                  "emit-signals",
                  FALSE,
                  "max-bytes",
                  (guint64)0,
                  "max-time",
                  (guint64)queue_ms * GST_MSECOND,
                  NULL);
  }
  return way_in;
}

GstCaps *
kith_device_line_caps (void)
{
  return gst_caps_new_simple ("audio/x-raw",
                              "format",
                              G_TYPE_STRING,
                              "S16LE",
                              "rate",
                              G_TYPE_INT,
                              KITH_AUDIO_RATE,
                              "channels",
                              G_TYPE_INT,
                              1,
                              "layout",
                              G_TYPE_STRING,
                              "interleaved",
                              NULL);
}
