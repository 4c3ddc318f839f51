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

static void
report_error (KithGraph *graph, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *detail = NULL;

  gst_message_parse_error (message, &error, &detail);
  gboolean fatal
      = gst_object_has_as_ancestor (GST_MESSAGE_SRC (message), GST_OBJECT (graph->sender));
  kith_debug ("media",
              "%s: %s (%s)",
              GST_OBJECT_NAME (GST_MESSAGE_SRC (message)),
              error->message,
              detail);
  KithGraphMessage report
      = { .kind = fatal ? KITH_GRAPH_FAILED : KITH_GRAPH_BROKEN,
          .text = g_strdup_printf ("%s: %s",
                                   fatal ? "the encoder stopped" : "receiving stopped",
                                   error->message) };
  kith_graph_post (graph, &report);
}

/* All its ends take what comes at once: there is no latency to spread. */
static gboolean
on_bus_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    report_error (user_data, message);
  }
  return G_SOURCE_CONTINUE;
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
  graph->func = func;
  graph->user_data = user_data;
  g_mutex_init (&graph->tap.mutex);
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  graph->box = kith_mailbox_new (context, BOX_CAPACITY, on_message, message_free, graph);
  graph->pads = g_ptr_array_new_with_free_func (gst_object_unref);
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
    kith_graph_free (graph);
    return NULL;
  }
  kith_audio_inlet_connect (graph->config.inlet, kith_graph_on_mouth, graph, graph->lead);
  return graph;
}

void
kith_graph_flow_again (KithGraph *graph)
{
  g_mutex_lock (&graph->tap.mutex);
  graph->tap.flowing = FALSE;
  g_mutex_unlock (&graph->tap.mutex);
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
kith_graph_free (KithGraph *graph)
{
  if (graph == NULL) {
    return;
  }
  g_autoptr (GstBus) bus = gst_element_get_bus (graph->pipeline);
  graph->closed = TRUE;
  kith_audio_inlet_connect (graph->config.inlet, NULL, NULL, 0);
  gst_bus_remove_watch (bus);
  kith_priority_end ();
  kith_mailbox_close (graph->box);
  gst_element_set_state (graph->pipeline, GST_STATE_NULL);
  g_ptr_array_unref (graph->pads);
  g_clear_object (&graph->session);
  gst_object_unref (graph->pipeline);
  kith_mailbox_free (graph->box);
  g_mutex_clear (&graph->tap.mutex);
  explicit_bzero (graph->local_key, sizeof graph->local_key);
  explicit_bzero (graph->remote_key, sizeof graph->remote_key);
  g_free (graph);
}
