/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A packet's way through the pipeline of a call: in on the thread that brings it, out on one of the
   pipeline's own. */
#include <string.h>

#include "base/clock.h"
#include "media/stream/graph-private.h"

#define RTP_HEADER 12

/* Set by a packet that has come through srtpdec, which is on the thread that pushed it, and before
   the push returns. */
static _Thread_local gboolean has_passed;

const KithCodec *
kith_graph_codec_of_pt (const KithGraph *graph, guint pt)
{
  gint8 id = pt < 128 ? graph->config.pt_map[pt] : KITH_GRAPH_NO_CODEC;

  return id != KITH_GRAPH_NO_CODEC ? kith_codec_get ((KithCodecId)id) : NULL;
}

static GstFlowReturn
send_packet (GstPad *pad, GstBuffer *buffer, gboolean is_rtcp)
{
  KithGraph *graph = gst_pad_get_element_private (pad);
  GstMapInfo map;

  if (graph->config.send != NULL && gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    graph->config.send (map.data, map.size, is_rtcp, graph->config.send_data);
    gst_buffer_unmap (buffer, &map);
  }
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

GstFlowReturn
kith_graph_on_rtp_out (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  return send_packet (pad, buffer, FALSE);
}

GstFlowReturn
kith_graph_on_rtcp_out (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  return send_packet (pad, buffer, TRUE);
}

/* The last check before the session, after decryption: what passes has a payload type that we know,
   and is counted. */
GstPadProbeReturn
kith_graph_on_rtp_in (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
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
  has_passed = TRUE;
  const KithCodec *codec = valid ? kith_graph_codec_of_pt (graph, header.pt) : NULL;
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

GstPadProbeReturn
kith_graph_on_rtcp_in (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    return GST_PAD_PROBE_DROP;
  }
  gboolean valid = kith_rtcp_check (map.data, map.size);
  has_passed = TRUE;
  gst_buffer_unmap (buffer, &map);
  return valid ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

/* A packet and the copies of earlier ones in it, to the jitter buffer, which keeps @memory, where
   the packet is, and copies nothing. */
static void
play_packet (KithGraph *graph,
             const KithCodec *codec,
             const KithRtpHeader *header,
             GstMemory *memory)
{
  KithRedBlock blocks[KITH_RED_MAX_COPIES + 1]
      = { { header->pt, header->timestamp, header->payload, header->payload_len } };
  KithPlayoutPacket packets[G_N_ELEMENTS (blocks)];
  guint found = 1, n = 0;

  if (codec->id == KITH_CODEC_RED) {
    found = kith_red_read (header->payload, header->payload_len, header->timestamp, blocks);
  }
  for (guint i = 0; i < found; i++) {
    const KithCodec *inner = kith_graph_codec_of_pt (graph, blocks[i].pt);
    if (inner != NULL && kith_codec_is_voice (inner->id)) {
      packets[n++] = (KithPlayoutPacket){ .codec = inner->id,
                                          .ssrc = header->ssrc,
                                          .timestamp = blocks[i].timestamp,
                                          .payload = blocks[i].data,
                                          .len = blocks[i].len,
                                          .is_copy = i > 0,
                                          .owner = memory,
                                          .arrival_us = kith_clock_thread_now () };
    }
  }
  kith_playout_source_push (KITH_PLAYOUT_SOURCE (graph->playout), packets, n);
}

/* Before the session: a packet of Opus becomes one that repeats earlier ones, while the peer loses
   many. */
GstPadProbeReturn
kith_graph_on_voice_out (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  KithGraph *graph = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  guint copies = (guint)atomic_load (&graph->copies);
  guint8 made[RTP_HEADER + KITH_RED_MAX_PACKET];
  KithRtpHeader header;
  gsize len = 0;
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    return GST_PAD_PROBE_OK;
  }
  if (kith_rtp_parse (map.data, map.size, TRUE, &header)
      && header.payload == map.data + RTP_HEADER) {
    KithRedBlock block = { header.pt, header.timestamp, header.payload, header.payload_len };
    memcpy (made, map.data, RTP_HEADER);
    made[1] = (guint8)((made[1] & 0x80) | graph->config.red_pt);
    len = kith_red_write (&graph->red_writer, &block, copies, made + RTP_HEADER);
  }
  gst_buffer_unmap (buffer, &map);
  if (copies > 0 && len > 0) {
    GstBuffer *changed = gst_buffer_new_memdup (made, RTP_HEADER + len);
    gst_buffer_copy_into (changed, buffer, GST_BUFFER_COPY_METADATA, 0, (gsize)-1);
    gst_buffer_unref (buffer);
    GST_PAD_PROBE_INFO_DATA (info) = changed;
  }
  return GST_PAD_PROBE_OK;
}

/* Voice that passed the session goes to the jitter buffer, and no further. */
GstPadProbeReturn
kith_graph_on_voice (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  KithGraph *graph = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  KithRtpHeader header;
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    return GST_PAD_PROBE_DROP;
  }
  const KithCodec *codec = kith_rtp_parse (map.data, map.size, TRUE, &header)
                               ? kith_graph_codec_of_pt (graph, header.pt)
                               : NULL;
  if (codec != NULL && codec->id != KITH_CODEC_TELEPHONE_EVENT) {
    gboolean is_one = gst_buffer_n_memory (buffer) == 1;
    play_packet (graph, codec, &header, is_one ? gst_buffer_peek_memory (buffer, 0) : NULL);
  }
  gst_buffer_unmap (buffer, &map);
  return GST_PAD_PROBE_DROP;
}

gboolean
kith_graph_push (KithGraph *graph, const guint8 *data, gsize len, gboolean is_rtcp)
{
  GstBuffer *buffer = gst_buffer_new_memdup (data, len);
  GstClockTime now = (GstClockTime)kith_graph_get_time (graph);

  has_passed = FALSE;
  GST_BUFFER_PTS (buffer) = now;
  GST_BUFFER_DTS (buffer) = now;
  GstFlowReturn flow = gst_pad_push (is_rtcp ? graph->rtcp_in : graph->rtp_in, buffer);
  if (flow < GST_FLOW_OK && flow != GST_FLOW_FLUSHING && !atomic_exchange (&graph->broken, TRUE)) {
    KithGraphMessage broken
        = { .kind = KITH_GRAPH_BROKEN,
            .text = g_strdup_printf ("receiving stopped: %s", gst_flow_get_name (flow)) };
    kith_graph_post (graph, &broken);
  }
  return has_passed;
}
