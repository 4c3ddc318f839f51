/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds the pipeline of a call: appsrc, srtpdec, rtpbin, decoders, loudspeaker; encoder, rtpbin, srtpenc, appsink. */
#include "media/graph-build.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <stdio.h>

#include "base/error.h"
#include "base/log.h"
#include "media/codec-chain.h"
#include "media/media-elements.h"

#define QUEUE_BYTES 65536 /* packets that wait for the receiving thread; then the oldest go */
#define RTCP_INTERVAL_NS (2 * GST_SECOND)

static const KithCodec *
codec_of_pt (KithGraph *graph, guint pt)
{
  gint8 id = pt < 128 ? graph->config.pt_map[pt] : KITH_GRAPH_NO_CODEC;

  return id != KITH_GRAPH_NO_CODEC ? kith_codec_get ((KithCodecId)id) : NULL;
}

static GstCaps *
on_request_pt_map (GstElement *rtpbin, guint session, guint pt, gpointer user_data)
{
  const KithCodec *codec = codec_of_pt (user_data, pt);

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

static GstFlowReturn
take_packet (GstAppSink *sink, KithGraph *graph, gboolean is_rtcp)
{
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  GstBuffer *buffer = sample != NULL ? gst_sample_get_buffer (sample) : NULL;

  if (buffer != NULL) {
    KithGraphMessage message
        = { .kind = KITH_GRAPH_PACKET, .packet = gst_buffer_ref (buffer), .is_rtcp = is_rtcp };
    kith_graph_post (graph, &message);
  }
  return GST_FLOW_OK;
}

static GstFlowReturn
on_rtp_out (GstAppSink *sink, gpointer user_data)
{
  return take_packet (sink, user_data, FALSE);
}

static GstFlowReturn
on_rtcp_out (GstAppSink *sink, gpointer user_data)
{
  return take_packet (sink, user_data, TRUE);
}

/* The last check before rtpbin, after decryption: what passes has a payload type that we know, and is counted. */
static GstPadProbeReturn
on_rtp_in (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  KithGraph *graph = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  KithGraphMessage flowing = { .kind = KITH_GRAPH_FLOWING }, tone = { .kind = KITH_GRAPH_TONE };
  KithRtpHeader header;
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    return GST_PAD_PROBE_DROP;
  }
  gboolean valid = kith_rtp_parse (map.data, map.size, TRUE, &header);
  const KithCodec *codec = valid ? codec_of_pt (graph, header.pt) : NULL;
  gboolean first = FALSE;
  if (codec != NULL) {
    gint64 arrival_us = (gint64)(GST_BUFFER_DTS_OR_PTS (buffer) / 1000);
    g_mutex_lock (&graph->tap.mutex);
    first = !graph->tap.flowing;
    graph->tap.flowing = TRUE;
    kith_rtp_counter_add (&graph->tap.counter, &header, map.size, arrival_us, codec->rtp_clock);
    if (codec->id == KITH_CODEC_TELEPHONE_EVENT) {
      tone.digit = kith_tone_reader_feed (&graph->tap.tones, &header);
    }
    g_mutex_unlock (&graph->tap.mutex);
  }
  gst_buffer_unmap (buffer, &map);
  if (first) {
    kith_graph_post (graph, &flowing);
  }
  if (tone.digit != 0) {
    kith_graph_post (graph, &tone);
  }
  return codec != NULL ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

static GstPadProbeReturn
on_rtcp_in (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    return GST_PAD_PROBE_DROP;
  }
  gboolean valid = kith_rtcp_check (map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return valid ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

/* Each decoder asks for a pad of its own. gst_element_link() would take any pad that has no peer yet, also one that the thread of
   another stream has just asked for. */
static gboolean
link_to_funnel (KithGraph *graph, GstElement *decoder)
{
  g_autoptr (GstPad) src = gst_element_get_static_pad (decoder, "src");
  g_autoptr (GstPad) into = gst_element_request_pad_simple (graph->funnel, "sink_%u");

  if (src == NULL || into == NULL) {
    return FALSE;
  }
  if (GST_PAD_LINK_FAILED (gst_pad_link (src, into))) {
    gst_element_release_request_pad (graph->funnel, into);
    return FALSE;
  }
  return TRUE;
}

static GstElement *
add_decoder (KithGraph *graph, const KithCodec *codec, GError **error)
{
  GstElement *decoder = kith_codec_chain_make_decoder (codec, error);

  if (decoder == NULL) {
    return NULL;
  }
  gst_bin_add (GST_BIN (graph->pipeline), decoder);
  if (!link_to_funnel (graph, decoder)) {
    gst_bin_remove (GST_BIN (graph->pipeline), decoder);
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_MEDIA,
                 "the decoder of %s does not fit to the loudspeaker",
                 codec->name);
    return NULL;
  }
  return decoder;
}

static GstElement *
decoder_for (KithGraph *graph, const KithCodec *codec)
{
  GstElement *decoder = NULL;

  if (codec == NULL || codec->id == KITH_CODEC_TELEPHONE_EVENT) {
    decoder = kith_media_element_add (GST_BIN (graph->pipeline), "fakesink", NULL);
    if (decoder != NULL) {
      g_object_set (decoder, "async", FALSE, "sync", FALSE, NULL);
    }
    return decoder;
  }
  if (codec == graph->config.codec) {
    g_mutex_lock (&graph->tap.mutex);
    decoder = g_steal_pointer (&graph->spare_decoder);
    g_mutex_unlock (&graph->tap.mutex);
  }
  return decoder != NULL ? decoder : add_decoder (graph, codec, NULL);
}

/* A new stream of the peer (SSRC and payload type): it gets a decoder of its own, and none is ever unlinked while it plays. */
static void
on_pad_added (GstElement *rtpbin, GstPad *pad, gpointer user_data)
{
  KithGraph *graph = user_data;
  g_autofree gchar *name = gst_pad_get_name (pad);
  guint session, ssrc, pt;

  if (sscanf (name, "recv_rtp_src_%u_%u_%u", &session, &ssrc, &pt) != 3) {
    return;
  }
  GstElement *decoder = decoder_for (graph, codec_of_pt (graph, pt));
  if (decoder == NULL) {
    return;
  }
  /* First of all: another thread may remove the pad at any time. */
  g_autoptr (GstElement) held = gst_object_ref (decoder);
  g_object_set_data_full (G_OBJECT (pad),
                          "kith-decoder",
                          gst_object_ref (decoder),
                          gst_object_unref);
  g_autoptr (GstPad) sink = gst_element_get_static_pad (decoder, "sink");
  gst_element_sync_state_with_parent (decoder);
  if (GST_PAD_LINK_FAILED (gst_pad_link (pad, sink))) {
    kith_debug ("media", "no decoder fits to %s", name);
  }
}

static void
on_pad_removed (GstElement *rtpbin, GstPad *pad, gpointer user_data)
{
  KithGraph *graph = user_data;
  GstElement *decoder = g_object_steal_data (G_OBJECT (pad), "kith-decoder");

  if (decoder == NULL) {
    return;
  }
  g_autoptr (GstPad) src = gst_element_get_static_pad (decoder, "src");
  g_autoptr (GstPad) into = src != NULL ? gst_pad_get_peer (src) : NULL;
  gst_element_set_locked_state (decoder, TRUE);
  gst_element_set_state (decoder, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (graph->pipeline), decoder);
  /* While the graph is taken down the funnel may have let go of it already. */
  g_autoptr (GstObject) owner = into != NULL ? gst_object_get_parent (GST_OBJECT (into)) : NULL;
  if (owner == GST_OBJECT (graph->funnel)) {
    gst_element_release_request_pad (graph->funnel, into);
  }
  gst_object_unref (decoder);
}

static void
on_new_jitter_buffer (GstElement *rtpbin,
                      GstElement *buffer,
                      guint session,
                      guint ssrc,
                      gpointer user_data)
{
  KithGraph *graph = user_data;

  g_mutex_lock (&graph->tap.mutex);
  gst_object_replace ((GstObject **)&graph->jitter_buffer, GST_OBJECT (buffer));
  g_mutex_unlock (&graph->tap.mutex);
}

static GstElement *
add_packet_source (KithGraph *graph, const char *plain, const char *protected, GError **error)
{
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple (graph->config.has_keys ? protected : plain);
  GstElement *source = kith_media_element_add (GST_BIN (graph->pipeline), "appsrc", error);

  if (source != NULL) {
    g_object_set (source, "is-live", TRUE, "format", GST_FORMAT_TIME, "caps", caps, NULL);
    g_object_set (source,
                  "max-bytes",
                  (guint64)QUEUE_BYTES,
                  "leaky-type",
                  GST_APP_LEAKY_TYPE_DOWNSTREAM,
                  NULL);
  }
  return source;
}

static GstElement *
add_packet_sink (KithGraph *graph, GstFlowReturn (*func) (GstAppSink *, gpointer), GError **error)
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

static gboolean
link_in (KithGraph *graph, GError **error)
{
  GstElement *dec = graph->config.has_keys
                        ? kith_media_element_add (GST_BIN (graph->pipeline), "srtpdec", error)
                        : NULL;

  if (!graph->config.has_keys) {
    return link_pads (graph->rtp_in, "src", graph->rtpbin, "recv_rtp_sink_0", error)
           && link_pads (graph->rtcp_in, "src", graph->rtpbin, "recv_rtcp_sink_0", error);
  }
  if (dec == NULL) {
    return FALSE;
  }
  g_signal_connect (dec, "request-key", G_CALLBACK (on_request_key), graph);
  return link_pads (graph->rtp_in, "src", dec, "rtp_sink", error)
         && link_pads (dec, "rtp_src", graph->rtpbin, "recv_rtp_sink_0", error)
         && link_pads (graph->rtcp_in, "src", dec, "rtcp_sink", error)
         && link_pads (dec, "rtcp_src", graph->rtpbin, "recv_rtcp_sink_0", error);
}

static gboolean
link_out (KithGraph *graph, GError **error)
{
  GstElement *rtp = add_packet_sink (graph, on_rtp_out, error);
  GstElement *rtcp = rtp != NULL ? add_packet_sink (graph, on_rtcp_out, error) : NULL;

  if (rtcp == NULL || !link_pads (graph->sender, "src", graph->rtpbin, "send_rtp_sink_0", error)) {
    return FALSE;
  }
  if (!graph->config.has_keys) {
    return link_pads (graph->rtpbin, "send_rtp_src_0", rtp, "sink", error)
           && link_pads (graph->rtpbin, "send_rtcp_src_0", rtcp, "sink", error);
  }
  GstElement *enc = kith_media_element_add (GST_BIN (graph->pipeline), "srtpenc", error);
  if (enc == NULL) {
    return FALSE;
  }
  g_autoptr (GstBuffer) key = key_buffer (graph->local_key);
  g_object_set (enc, "key", key, NULL);
  return link_pads (graph->rtpbin, "send_rtp_src_0", enc, "rtp_sink_0", error)
         && link_pads (enc, "rtp_src_0", rtp, "sink", error)
         && link_pads (graph->rtpbin, "send_rtcp_src_0", enc, "rtcp_sink_0", error)
         && link_pads (enc, "rtcp_src_0", rtcp, "sink", error);
}

static void
tune_session (KithGraph *graph)
{
  g_autofree gchar *name = g_strdup_printf ("%08x%08x", g_random_int (), g_random_int ());
  g_autoptr (GstStructure) sdes
      = gst_structure_new ("application/x-rtp-source-sdes", "cname", G_TYPE_STRING, name, NULL);

  g_signal_emit_by_name (graph->rtpbin, "get-internal-session", 0, &graph->session);
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
add_probe (GstElement *rtpbin, const char *name, GstPadProbeCallback func, KithGraph *graph)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rtpbin, name);

  if (pad != NULL) {
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, func, graph, NULL);
  }
}

static GstPadProbeReturn
on_held (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  return GST_PAD_PROBE_OK; /* blocks until the probe is removed */
}

gboolean
kith_graph_add_loudspeaker (KithGraph *graph, GError **error)
{
  GstElement *bin = kith_audio_sink_make (graph->config.sink,
                                          graph->config.rate_out,
                                          graph->config.outlet,
                                          error);

  if (bin == NULL) {
    return FALSE;
  }
  gst_bin_add (GST_BIN (graph->pipeline), bin);
  graph->loudspeaker = bin;
  return link_pads (graph->funnel, "src", bin, "sink", error);
}

static gboolean
prepare_loudspeaker (KithGraph *graph, GError **error)
{
  graph->funnel = kith_media_element_add (GST_BIN (graph->pipeline), "funnel", error);
  if (graph->funnel == NULL) {
    return FALSE;
  }
  graph->spare_decoder = add_decoder (graph, graph->config.codec, error);
  if (graph->spare_decoder == NULL) {
    return FALSE;
  }
  if (kith_audio_sink_is_device (graph->config.sink)) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (graph->funnel, "src");
    graph->hold = gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM, on_held, NULL, NULL);
    return TRUE;
  }
  return kith_graph_add_loudspeaker (graph, error);
}

gboolean
kith_graph_build (KithGraph *graph, GError **error)
{
  GstBin *bin = GST_BIN (graph->pipeline);

  graph->rtpbin = kith_media_element_add (bin, "rtpbin", error);
  if (graph->rtpbin == NULL || !prepare_loudspeaker (graph, error)) {
    return FALSE;
  }
  g_object_set (graph->rtpbin,
                "latency",
                graph->config.buffer_ms,
                "do-lost",
                TRUE,
                "autoremove",
                TRUE,
                NULL);
  g_signal_connect (graph->rtpbin, "request-pt-map", G_CALLBACK (on_request_pt_map), graph);
  g_signal_connect (graph->rtpbin, "pad-added", G_CALLBACK (on_pad_added), graph);
  g_signal_connect (graph->rtpbin, "pad-removed", G_CALLBACK (on_pad_removed), graph);
  g_signal_connect (graph->rtpbin, "new-jitterbuffer", G_CALLBACK (on_new_jitter_buffer), graph);
  graph->sender = kith_codec_chain_make_encoder (graph->config.codec,
                                                 graph->config.send_pt,
                                                 graph->config.frame_ms,
                                                 graph->config.ssrc,
                                                 error);
  if (graph->sender == NULL) {
    return FALSE;
  }
  gst_bin_add (bin, graph->sender);
  graph->rtp_in = add_packet_source (graph, "application/x-rtp", "application/x-srtp", error);
  graph->rtcp_in
      = graph->rtp_in != NULL
            ? add_packet_source (graph, "application/x-rtcp", "application/x-srtcp", error)
            : NULL;
  if (graph->rtcp_in == NULL || !link_in (graph, error) || !link_out (graph, error)) {
    return FALSE;
  }
  add_probe (graph->rtpbin, "recv_rtp_sink_0", on_rtp_in, graph);
  add_probe (graph->rtpbin, "recv_rtcp_sink_0", on_rtcp_in, graph);
  tune_session (graph);
  return TRUE;
}
