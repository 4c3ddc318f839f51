/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds the pipeline of a call: srtpdec, rtpsession, jitter buffer, ear and mouth, encoder,
   rtpsession, srtpenc, between pads of ours. */
#include "media/stream/graph-private.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "media/codec/codec-chain.h"
#include "media/loose-pad.h"
#include "media/media-elements.h"

#define RTCP_INTERVAL_NS GST_SECOND /* what the peer loses is known soon */

/* From 48 kHz and back: 32 taps at the lower rate, of which half wait for what comes: 2 ms at 8
   kHz, 1 ms at 16. */
#define RESAMPLE_QUALITY 2
#define RESAMPLE_LEAD(rate) (KITH_AUDIO_RATE * 16 / (rate))

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

/* The graph keeps the loose pad @pad (transfer full), which may be NULL. (transfer none) */
static GstPad *
keep (KithGraph *graph, GstPad *pad)
{
  if (pad != NULL) {
    g_ptr_array_add (graph->pads, pad);
  }
  return pad;
}

static gboolean
add_exit (KithGraph *graph,
          GstElement *from,
          const char *name,
          GstPadChainFunction func,
          GError **error)
{
  return keep (graph, kith_loose_pad_out (from, name, func, graph, error)) != NULL;
}

/* The way in for packets: before @name of @to. */
static GstPad *
add_entry (KithGraph *graph, GstElement *to, const char *name, const char *type, GError **error)
{
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple (type);

  return keep (graph, kith_loose_pad_in (to, name, caps, error));
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
  graph->rtp_in = add_entry (graph,
                             first,
                             locked ? "rtp_sink" : "recv_rtp_sink",
                             locked ? "application/x-srtp" : "application/x-rtp",
                             error);
  graph->rtcp_in = graph->rtp_in != NULL
                       ? add_entry (graph,
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
  GstElement *last = graph->rtp;

  if (!link_pads (graph->sender, "src", graph->rtp, "send_rtp_sink", error)) {
    return FALSE;
  }
  if (graph->config.has_keys) {
    last = kith_media_element_add (GST_BIN (graph->pipeline), "srtpenc", error);
    if (last == NULL) {
      return FALSE;
    }
    g_autoptr (GstBuffer) key = key_buffer (graph->local_key);
    g_object_set (last, "key", key, NULL);
    if (!link_pads (graph->rtp, "send_rtp_src", last, "rtp_sink_0", error)
        || !link_pads (graph->rtp, "send_rtcp_src", last, "rtcp_sink_0", error)) {
      return FALSE;
    }
  }
  return add_exit (graph,
                   last,
                   graph->config.has_keys ? "rtp_src_0" : "send_rtp_src",
                   kith_graph_on_rtp_out,
                   error)
         && add_exit (graph,
                      last,
                      graph->config.has_keys ? "rtcp_src_0" : "send_rtcp_src",
                      kith_graph_on_rtcp_out,
                      error);
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

/* Resamples what leaves @from to @rate: the element that it leaves then. */
static GstElement *
add_rate (GstBin *bin, GstElement *resample, guint rate, GError **error)
{
  g_autoptr (GstCaps) caps
      = gst_caps_new_simple ("audio/x-raw", "rate", G_TYPE_INT, (gint)rate, NULL);
  GstElement *filter = kith_media_element_add (bin, "capsfilter", error);

  if (filter == NULL || !link_pads (resample, "src", filter, "sink", error)) {
    return NULL;
  }
  g_object_set (resample, "quality", RESAMPLE_QUALITY, NULL);
  g_object_set (filter, "caps", caps, NULL);
  return filter;
}

/* TRUE when a codec that may arrive has another rate than the devices. */
static gboolean
hears_other_rates (const KithGraph *graph)
{
  gboolean other = FALSE;

  for (guint pt = 0; pt < G_N_ELEMENTS (graph->config.pt_map); pt++) {
    const KithCodec *codec = kith_graph_codec_of_pt (graph, pt);
    other = other
            || (codec != NULL && kith_codec_is_voice (codec->id)
                && codec->audio_rate != KITH_AUDIO_RATE);
  }
  return other;
}

/* The jitter buffer, and the way from it to the loudspeaker. */
static gboolean
link_ear (KithGraph *graph, GError **error)
{
  GstBin *bin = GST_BIN (graph->pipeline);
  GstElement *last = graph->playout = kith_playout_source_new (graph->config.buffer_ms);

  if (!gst_bin_add (bin, graph->playout)) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_MEDIA, "the jitter buffer does not fit in");
    return FALSE;
  }
  if (hears_other_rates (graph)) {
    GstElement *resample = kith_media_element_add (bin, "audioresample", error);
    last = resample != NULL && link_pads (graph->playout, "src", resample, "sink", error)
               ? add_rate (bin, resample, KITH_AUDIO_RATE, error)
               : NULL;
  }
  return last != NULL && add_exit (graph, last, "src", kith_graph_on_sound, error);
}

/* The way from the microphone to the encoder. */
static gboolean
link_mouth (KithGraph *graph, GError **error)
{
  GstBin *bin = GST_BIN (graph->pipeline);
  GstElement *first = graph->sender;
  guint rate = graph->config.codec->audio_rate;
  g_autoptr (GstCaps) caps = kith_device_line_caps ();

  if (rate != KITH_AUDIO_RATE) {
    graph->lead = RESAMPLE_LEAD (rate);
    first = kith_media_element_add (bin, "audioresample", error);
    GstElement *last = first != NULL ? add_rate (bin, first, rate, error) : NULL;
    if (last == NULL || !link_pads (last, "src", graph->sender, "sink", error)) {
      return FALSE;
    }
  }
  graph->mouth = keep (graph, kith_loose_pad_in (first, "sink", caps, error));
  return graph->mouth != NULL;
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
