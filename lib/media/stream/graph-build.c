/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds the pipeline of a call: srtpdec, rtpsession, jitter buffer, ear and mouth, encoder,
   rtpsession, srtpenc, appsink. */
#include "media/stream/graph-private.h"

#include <gst/app/gstappsink.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "media/codec/codec-chain.h"
#include "media/media-elements.h"

#define RTCP_INTERVAL_NS GST_SECOND /* what the peer loses is known soon */

/* From 48 kHz and back: 32 taps at the lower rate, of which half wait for what comes: 2 ms at 8
   kHz, 1 ms at 16. */
#define RESAMPLE_QUALITY 2
#define RESAMPLE_LEAD(rate) (KITH_AUDIO_RATE * 16 / (rate))

/* Of the microphone's sound, while the encoder is held up. */
#define QUEUE_MS 200

static GstCaps *
on_request_pt_map (GstElement *rtp, guint pt, gpointer user_data)
{
  const KithCodec *codec = kith_graph_codec_of_pt (user_data, pt);

  return codec != NULL ? kith_codec_chain_caps (codec, (guint8)pt) : NULL;
}

static GstBuffer *
key_buffer (const guint8 *key)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, KITH_SRTP_KEY_LEN, NULL);

  gst_buffer_fill (buffer, 0, key, KITH_SRTP_KEY_LEN);
  return buffer;
}

static GstCaps *
on_request_key (GstElement *decoder, guint ssrc, gpointer user_data)
{
  KithGraph *graph = user_data;
  g_autoptr (GstBuffer) key = key_buffer (graph->remote_key);
  GstCaps *caps = gst_caps_new_simple ("application/x-srtp",
                                       "srtp-key",
                                       GST_TYPE_BUFFER,
                                       key,
                                       "srtp-cipher",
                                       G_TYPE_STRING,
                                       "aes-128-icm",
                                       "srtp-auth",
                                       G_TYPE_STRING,
                                       "hmac-sha1-80",
                                       "srtcp-cipher",
                                       G_TYPE_STRING,
                                       "aes-128-icm",
                                       "srtcp-auth",
                                       G_TYPE_STRING,
                                       "hmac-sha1-80",
                                       NULL);

  if (graph->config.remote_roc != 0 && ssrc == graph->config.remote_ssrc) {
    gst_caps_set_simple (caps, "roc", G_TYPE_UINT, graph->config.remote_roc, NULL);
  }
  return caps;
}

static GstElement *
add_sink (KithGraph *graph, GstFlowReturn (*func) (GstAppSink *, gpointer), GError **error)
{
  GstAppSinkCallbacks callbacks = { .new_sample = func };
  GstElement *sink = kith_media_element_add (GST_BIN (graph->pipeline), "appsink", error);

  if (sink != NULL) {
    g_object_set (sink, "sync", FALSE, "async", FALSE, "qos", FALSE, NULL);
    gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, graph, NULL);
  }
  return sink;
}

static gboolean
link_pads (GstElement *from, const char *src, GstElement *to, const char *sink, GError **error)
{
  if (gst_element_link_pads (from, src, to, sink)) {
    return TRUE;
  }
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_MEDIA,
               "cannot link %s to %s",
               GST_OBJECT_NAME (from),
               GST_OBJECT_NAME (to));
  return FALSE;
}

/* The way in for packets that the main thread brings: a pad of ours that nobody owns, before the
   element's own. */
static GstPad *
make_entry (KithGraph *graph, GstElement *to, const char *name, const char *type, GError **error)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (to, name);
  g_autoptr (GstPad) entry = gst_object_ref_sink (gst_pad_new (NULL, GST_PAD_SRC));
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple (type);
  g_autofree gchar *stream = g_strdup_printf ("%s-%08x", name, graph->config.ssrc);
  GstSegment segment;

  if (sink == NULL) {
    sink = gst_element_request_pad_simple (to, name);
  }
  if (sink == NULL || GST_PAD_LINK_FAILED (gst_pad_link (entry, sink))) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_MEDIA, "there is no way in for packets: %s", name);
    return NULL;
  }
  gst_pad_set_active (entry, TRUE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (entry, gst_event_new_stream_start (stream));
  gst_pad_push_event (entry, gst_event_new_caps (caps));
  gst_pad_push_event (entry, gst_event_new_segment (&segment));
  return g_steal_pointer (&entry);
}

static gboolean
link_in (KithGraph *graph, GError **error)
{
  gboolean locked = graph->config.has_keys;
  GstElement *first = graph->rtp;

  if (locked) {
    first = kith_media_element_add (GST_BIN (graph->pipeline), "srtpdec", error);
    if (first == NULL) {
      return FALSE;
    }
    g_signal_connect (first, "request-key", G_CALLBACK (on_request_key), graph);
    if (!link_pads (first, "rtp_src", graph->rtp, "recv_rtp_sink", error)
        || !link_pads (first, "rtcp_src", graph->rtp, "recv_rtcp_sink", error)) {
      return FALSE;
    }
  }
  graph->rtp_in = make_entry (graph,
                              first,
                              locked ? "rtp_sink" : "recv_rtp_sink",
                              locked ? "application/x-srtp" : "application/x-rtp",
                              error);
  graph->rtcp_in = graph->rtp_in != NULL
                       ? make_entry (graph,
                                     first,
                                     locked ? "rtcp_sink" : "recv_rtcp_sink",
                                     locked ? "application/x-srtcp" : "application/x-rtcp",
                                     error)
                       : NULL;
  return graph->rtcp_in != NULL;
}

static gboolean
link_out (KithGraph *graph, GError **error)
{
  GstElement *rtp = add_sink (graph, kith_graph_on_rtp_out, error);
  GstElement *rtcp = rtp != NULL ? add_sink (graph, kith_graph_on_rtcp_out, error) : NULL;

  if (rtcp == NULL || !link_pads (graph->sender, "src", graph->rtp, "send_rtp_sink", error)) {
    return FALSE;
  }
  if (!graph->config.has_keys) {
    return link_pads (graph->rtp, "send_rtp_src", rtp, "sink", error)
           && link_pads (graph->rtp, "send_rtcp_src", rtcp, "sink", error);
  }
  GstElement *enc = kith_media_element_add (GST_BIN (graph->pipeline), "srtpenc", error);
  if (enc == NULL) {
    return FALSE;
  }
  g_autoptr (GstBuffer) key = key_buffer (graph->local_key);
  g_object_set (enc, "key", key, NULL);
  return link_pads (graph->rtp, "send_rtp_src", enc, "rtp_sink_0", error)
         && link_pads (enc, "rtp_src_0", rtp, "sink", error)
         && link_pads (graph->rtp, "send_rtcp_src", enc, "rtcp_sink_0", error)
         && link_pads (enc, "rtcp_src_0", rtcp, "sink", error);
}

static void
tune_session (KithGraph *graph)
{
  g_autofree gchar *name
      = g_strdup_printf ("%08x%08x", kith_random_uint32 (), kith_random_uint32 ());
  g_autoptr (GstStructure) sdes
      = gst_structure_new ("application/x-rtp-source-sdes", "cname", G_TYPE_STRING, name, NULL);

  g_object_get (graph->rtp, "internal-session", &graph->session, NULL);
  if (graph->session != NULL) {
    g_object_set (graph->session,
                  "internal-ssrc",
                  graph->config.ssrc,
                  "probation",
                  0,
                  "rtcp-min-interval",
                  (guint64)RTCP_INTERVAL_NS,
                  "sdes",
                  sdes,
                  NULL);
  }
}

static void
add_probe (GstElement *rtp, const char *name, GstPadProbeCallback func, KithGraph *graph)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rtp, name);

  if (pad != NULL) {
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, func, graph, NULL);
  }
}

static GstElement *
add_rate (GstBin *bin, guint rate, GstElement **resample, GError **error)
{
  g_autoptr (GstCaps) caps
      = gst_caps_new_simple ("audio/x-raw", "rate", G_TYPE_INT, (gint)rate, NULL);

  *resample = kith_media_element_add (bin, "audioresample", error);
  GstElement *filter = *resample != NULL ? kith_media_element_add (bin, "capsfilter", error) : NULL;
  if (filter != NULL) {
    g_object_set (*resample, "quality", RESAMPLE_QUALITY, NULL);
    g_object_set (filter, "caps", caps, NULL);
  }
  return filter;
}

static GstFlowReturn
on_sound (GstAppSink *sink, gpointer user_data)
{
  KithGraph *graph = user_data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer = sample != NULL ? gst_sample_get_buffer (sample) : NULL;

  if (buffer != NULL && GST_BUFFER_PTS_IS_VALID (buffer)) {
    kith_audio_outlet_play (graph->config.outlet,
                            buffer,
                            GST_BUFFER_PTS (buffer)
                                + gst_element_get_base_time (GST_ELEMENT (sink)));
  }
  return GST_FLOW_OK;
}

/* The jitter buffer, and the way from it to the loudspeaker. */
static gboolean
link_ear (KithGraph *graph, GError **error)
{
  GstBin *bin = GST_BIN (graph->pipeline);
  GstElement *resample = NULL;

  graph->playout = kith_playout_source_new (graph->config.buffer_ms);
  if (!gst_bin_add (bin, graph->playout)) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_MEDIA, "the jitter buffer does not fit in");
    return FALSE;
  }
  GstElement *filter = add_rate (bin, KITH_AUDIO_RATE, &resample, error);
  GstElement *ear = filter != NULL ? add_sink (graph, on_sound, error) : NULL;
  return ear != NULL && link_pads (graph->playout, "src", resample, "sink", error)
         && link_pads (resample, "src", filter, "sink", error)
         && link_pads (filter, "src", ear, "sink", error);
}

/* The way from the microphone to the encoder. */
static gboolean
link_mouth (KithGraph *graph, GError **error)
{
  GstBin *bin = GST_BIN (graph->pipeline);
  GstElement *resample = NULL;

  g_autoptr (GstCaps) caps = kith_device_line_caps ();

  guint rate = graph->config.codec->audio_rate;
  graph->lead = rate != KITH_AUDIO_RATE ? RESAMPLE_LEAD (rate) : 0;
  graph->way_in = kith_device_line_add_way_in (bin, QUEUE_MS, error);
  GstElement *filter = graph->way_in != NULL ? add_rate (bin, rate, &resample, error) : NULL;
  if (filter == NULL) {
    return FALSE;
  }
  g_object_set (graph->way_in, "caps", caps, NULL);
  return link_pads (graph->way_in, "src", resample, "sink", error)
         && link_pads (resample, "src", filter, "sink", error)
         && link_pads (filter, "src", graph->sender, "sink", error);
}

gboolean
kith_graph_build (KithGraph *graph, GError **error)
{
  GstBin *bin = GST_BIN (graph->pipeline);

  graph->rtp = kith_media_element_add (bin, "rtpsession", error);
  if (graph->rtp == NULL || !link_ear (graph, error)) {
    return FALSE;
  }
  g_signal_connect (graph->rtp, "request-pt-map", G_CALLBACK (on_request_pt_map), graph);
  graph->sender = kith_codec_chain_make_encoder (graph->config.codec,
                                                 graph->config.send_pt,
                                                 graph->config.frame_ms,
                                                 graph->config.ssrc,
                                                 error);
  if (graph->sender == NULL) {
    return FALSE;
  }
  gst_bin_add (bin, graph->sender);
  if (!link_mouth (graph, error) || !link_in (graph, error) || !link_out (graph, error)) {
    return FALSE;
  }
  if (graph->config.red_pt >= 0) {
    add_probe (graph->sender, "src", kith_graph_on_voice_out, graph);
  }
  add_probe (graph->rtp, "recv_rtp_sink", kith_graph_on_rtp_in, graph);
  add_probe (graph->rtp, "recv_rtp_src", kith_graph_on_voice, graph);
  add_probe (graph->rtp, "recv_rtcp_sink", kith_graph_on_rtcp_in, graph);
  tune_session (graph);
  return TRUE;
}
