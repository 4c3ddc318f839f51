/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a call's pipeline: its life, the way in for packets, the bus and the statistics. */
#include "media/stream/graph.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "media/codec/codec-chain.h"
#include "media/priority.h"
#include "media/stream/graph-private.h"

#define BOX_CAPACITY 512 /* events that wait for the main thread */

static void
message_free (gpointer data)
{
  KithGraphMessage *message = data;

  g_free (message->text);
  g_free (message);
}

void
kith_graph_post (KithGraph *graph, const KithGraphMessage *message)
{
  KithGraphMessage *copy = g_memdup2 (message, sizeof *message);

  if (!kith_mailbox_post (graph->box, copy)) {
    message_free (copy);
  }
}

/* The handler may free the graph: nothing of it is touched afterwards. */
static void
on_message (gpointer data, gpointer user_data)
{
  KithGraph *graph = user_data;
  KithGraphMessage *message = data;
  KithGraphEvent event = { .kind = message->kind, .digit = message->digit, .text = message->text };

  if (!graph->closed) {
    graph->func (&event, graph->user_data);
  }
  message_free (message);
}

static gboolean
is_within (GstMessage *message, GstElement *bin)
{
  return bin != NULL && gst_object_has_as_ancestor (GST_MESSAGE_SRC (message), GST_OBJECT (bin));
}

static void
report_error (KithGraph *graph, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *detail = NULL;

  gst_message_parse_error (message, &error, &detail);
  gboolean microphone = is_within (message, graph->microphone);
  gboolean loudspeaker = is_within (message, graph->loudspeaker);
  gboolean fatal = microphone || loudspeaker || is_within (message, graph->sender);
  g_autofree gchar *text = g_strdup_printf ("%s: %s",
                                            microphone    ? "the microphone stopped"
                                            : loudspeaker ? "the loudspeaker stopped"
                                            : fatal       ? "the encoder stopped"
                                                          : "receiving stopped",
                                            error->message);
  kith_debug ("media",
              "%s: %s (%s)",
              GST_OBJECT_NAME (GST_MESSAGE_SRC (message)),
              error->message,
              detail);
  KithGraphMessage report
      = { .kind = fatal ? KITH_GRAPH_FAILED : KITH_GRAPH_BROKEN, .text = g_steal_pointer (&text) };
  kith_graph_post (graph, &report);
}

static void
unref (KithGraph *graph)
{
  if (--graph->uses > 0) {
    return;
  }
  g_clear_object (&graph->rtp_in);
  g_clear_object (&graph->rtcp_in);
  g_clear_object (&graph->session);
  gst_object_unref (graph->pipeline);
  kith_mailbox_free (graph->box);
  g_mutex_clear (&graph->tap.mutex);
  explicit_bzero (graph->local_key, sizeof graph->local_key);
  explicit_bzero (graph->remote_key, sizeof graph->remote_key);
  g_main_context_unref (graph->context);
  if (graph->done != NULL) {
    graph->done (graph->done_data);
  }
  g_free (graph);
}

static gboolean
on_worker_done (gpointer user_data)
{
  unref (user_data);
  return G_SOURCE_REMOVE;
}

/* Ends a worker: @func gives its use of the graph back on the main thread. */
static void
worker_done (KithGraph *graph, GSourceFunc func)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, graph, NULL);
  g_source_attach (source, graph->context);
  g_source_unref (source);
}

static void spread_latency (KithGraph *graph);

static gboolean
on_latency_spread (gpointer user_data)
{
  KithGraph *graph = user_data;

  graph->latency_busy = FALSE;
  if (graph->latency_again && !graph->closed) {
    spread_latency (graph);
  }
  unref (graph);
  return G_SOURCE_REMOVE;
}

static void
spread_latency_in_worker (GstElement *pipeline, gpointer user_data)
{
  gst_bin_recalculate_latency (GST_BIN (pipeline));
  worker_done (user_data, on_latency_spread);
}

/* A sound device that is being opened holds a lock that this needs, so with devices it is a worker's work, one at a time. */
static void
spread_latency (KithGraph *graph)
{
  if (!graph->has_device) {
    gst_bin_recalculate_latency (GST_BIN (graph->pipeline));
    return;
  }
  graph->latency_again = graph->latency_busy;
  if (!graph->latency_busy) {
    graph->latency_busy = TRUE;
    graph->uses++;
    gst_element_call_async (graph->pipeline, spread_latency_in_worker, graph, NULL);
  }
}

static gboolean
on_bus_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  KithGraph *graph = user_data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    report_error (graph, message);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_LATENCY) {
    spread_latency (graph);
  }
  return G_SOURCE_CONTINUE;
}

static void open_in_worker (KithGraph *graph);

static gboolean
on_devices_open (gpointer user_data)
{
  KithGraph *graph = user_data;

  graph->opening = FALSE;
  if (graph->open_again && !graph->closed) {
    open_in_worker (graph);
  }
  return on_worker_done (graph);
}

static void
open_devices (GstElement *pipeline, gpointer user_data)
{
  KithGraph *graph = user_data;
  gboolean ok = TRUE;

  if (graph->hold != 0) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (graph->playout, "src");
    ok = gst_element_sync_state_with_parent (graph->loudspeaker);
    gst_pad_remove_probe (pad, graph->hold);
    graph->hold = 0;
  }
  if (graph->opens_microphone) {
    ok = ok && gst_element_sync_state_with_parent (graph->microphone);
  }
  if (!ok) { /* the element's own message on the bus tells more, and usually comes first */
    KithGraphMessage failed
        = { .kind = KITH_GRAPH_FAILED, .text = g_strdup ("the sound device could not be opened") };
    kith_graph_post (graph, &failed);
  }
  worker_done (graph, on_devices_open);
}

/* Opens what is there: all changes of it are made while no worker is at it. */
static void
open_in_worker (KithGraph *graph)
{
  graph->opened = TRUE;
  graph->open_again = graph->opening;
  if (!graph->opening) {
    graph->opening = TRUE;
    graph->opens_microphone = graph->microphone != NULL;
    graph->uses++;
    gst_element_call_async (graph->pipeline, open_devices, graph, NULL);
  }
}

static void
stop_pipeline (GstElement *pipeline, gpointer user_data)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  worker_done (user_data, on_worker_done);
}

KithGraph *
kith_graph_new (const KithGraphConfig *config,
                KithGraphFunc func,
                gpointer user_data,
                GError **error)
{
  KithGraph *graph = g_new0 (KithGraph, 1);
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();

  graph->config = *config;
  if (config->has_keys) {
    memcpy (graph->local_key, config->local_key, KITH_SRTP_KEY_LEN);
    memcpy (graph->remote_key, config->remote_key, KITH_SRTP_KEY_LEN);
  }
  graph->config.local_key = graph->config.remote_key = NULL;
  graph->has_device
      = kith_audio_source_is_device (config->source) || kith_audio_sink_is_device (config->sink);
  graph->func = func;
  graph->user_data = user_data;
  graph->uses = 1;
  graph->context = g_main_context_ref_thread_default ();
  g_mutex_init (&graph->tap.mutex);
  graph->box = kith_mailbox_new (graph->context, BOX_CAPACITY, on_message, message_free, graph);
  graph->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  gst_pipeline_use_clock (GST_PIPELINE (graph->pipeline), clock);
  g_autoptr (GstBus) bus = gst_element_get_bus (graph->pipeline);
  gst_bus_add_watch (bus, on_bus_message, graph);
  kith_priority_watch (bus);
  kith_priority_begin ();
  gboolean built = kith_graph_build (graph, error);
  if (built
      && gst_element_set_state (graph->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_MEDIA,
                 "the audio pipeline does not start; the log says more with GST_DEBUG=2");
    built = FALSE;
  }
  if (!built) {
    kith_graph_free (graph, NULL, NULL);
    return NULL;
  }
  return graph;
}

gboolean
kith_graph_listen (KithGraph *graph, GError **error)
{
  if (graph->loudspeaker != NULL) {
    return TRUE; /* it is none of hardware, or was opened before */
  }
  if (!kith_graph_add_loudspeaker (graph, error)) {
    return FALSE;
  }
  open_in_worker (graph);
  return TRUE;
}

void
kith_graph_flow_again (KithGraph *graph)
{
  g_mutex_lock (&graph->tap.mutex);
  graph->tap.flowing = FALSE;
  g_mutex_unlock (&graph->tap.mutex);
}

gboolean
kith_graph_open (KithGraph *graph, GError **error)
{
  if (graph->microphone != NULL) {
    return TRUE;
  }
  if (graph->loudspeaker == NULL && !kith_graph_add_loudspeaker (graph, error)) {
    return FALSE;
  }
  GstElement *microphone = kith_audio_source_make (graph->config.source,
                                                   graph->config.codec->audio_rate,
                                                   graph->config.frame_ms,
                                                   graph->config.meter_in,
                                                   error);
  if (microphone == NULL) {
    return FALSE;
  }
  gst_bin_add (GST_BIN (graph->pipeline), microphone);
  graph->microphone = microphone;
  if (!gst_element_link (microphone, graph->sender)) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_MEDIA, "the microphone does not fit to the encoder");
    return FALSE;
  }
  if (graph->has_device) {
    open_in_worker (graph);
  } else if (!gst_element_sync_state_with_parent (microphone)) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_MEDIA, "the audio input does not start");
    return FALSE;
  }
  return TRUE;
}

gboolean
kith_graph_is_opening (KithGraph *graph)
{
  return graph->opening;
}

gint64
kith_graph_get_time (KithGraph *graph)
{
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  GstClockTime base = gst_element_get_base_time (graph->pipeline);
  GstClockTime now = gst_clock_get_time (clock);

  return now > base ? (gint64)(now - base) : 0;
}

void
kith_graph_set_loss (KithGraph *graph, guint loss_percent, guint copies)
{
  gboolean has_red = graph->config.red_pt >= 0;

  atomic_store (&graph->copies, has_red ? (int)copies : 0);
  kith_codec_chain_set_copies (graph->sender, has_red ? copies : 0);
  kith_codec_chain_set_loss (graph->sender, has_red ? 0 : loss_percent);
}

static void
read_source (const GstStructure *source, KithGraphStats *stats)
{
  gboolean internal = TRUE, has_report = FALSE;
  guint fraction = 0, round_trip = 0;

  gst_structure_get_boolean (source, "internal", &internal);
  gst_structure_get_boolean (source, "have-rb", &has_report);
  if (internal || !has_report) {
    return;
  }
  gst_structure_get_uint (source, "rb-fractionlost", &fraction);
  gst_structure_get_uint (source, "rb-round-trip", &round_trip);
  stats->has_report = TRUE;
  stats->remote_loss_ppm = (guint)((guint64)fraction * 1000000 / 256);
  stats->rtt_us = (guint)((guint64)round_trip * 1000000 / 65536);
}

static void
read_reports (KithGraph *graph, KithGraphStats *stats)
{
  g_autoptr (GstStructure) all = NULL;

  g_object_get (graph->session, "stats", &all, NULL);
  const GValue *value = all != NULL ? gst_structure_get_value (all, "source-stats") : NULL;
  if (value == NULL) {
    return;
  }
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  GValueArray *sources = g_value_get_boxed (value);
  for (guint i = 0; sources != NULL && i < sources->n_values; i++) {
    read_source (g_value_get_boxed (g_value_array_get_nth (sources, i)), stats);
  }
  G_GNUC_END_IGNORE_DEPRECATIONS
}

void
kith_graph_get_stats (KithGraph *graph, gboolean reports, KithGraphStats *stats)
{
  memset (stats, 0, sizeof *stats);
  g_mutex_lock (&graph->tap.mutex);
  const KithRtpCounter *counter = &graph->tap.counter;
  stats->received = counter->received;
  stats->bytes = counter->bytes;
  stats->lost = kith_rtp_counter_lost (counter);
  stats->expected = kith_rtp_counter_expected (counter);
  stats->jitter_us = (guint)counter->jitter_us;
  stats->ssrc = counter->ssrc;
  stats->roc = counter->roc;
  if (counter->ssrc == graph->config.remote_ssrc) {
    stats->roc += graph->config.remote_roc; /* what an earlier graph had counted */
  }
  g_mutex_unlock (&graph->tap.mutex);
  kith_playout_source_get_stats (KITH_PLAYOUT_SOURCE (graph->playout), &stats->playout);
  if (reports && graph->session != NULL) {
    read_reports (graph, stats);
  }
}

void
kith_graph_free (KithGraph *graph, GDestroyNotify done, gpointer done_data)
{
  if (graph == NULL) {
    if (done != NULL) {
      done (done_data);
    }
    return;
  }
  g_autoptr (GstBus) bus = gst_element_get_bus (graph->pipeline);
  graph->closed = TRUE;
  graph->done = done;
  graph->done_data = done_data;
  gst_bus_remove_watch (bus);
  kith_priority_end ();
  kith_mailbox_close (graph->box);
  if (graph->opened) { /* the reference of the owner goes to the worker */
    gst_element_call_async (graph->pipeline, stop_pipeline, graph, NULL);
    return;
  }
  if (graph->hold != 0) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (graph->playout, "src");
    gst_pad_remove_probe (pad, graph->hold);
  }
  gst_element_set_state (graph->pipeline, GST_STATE_NULL);
  unref (graph);
}
