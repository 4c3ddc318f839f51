/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GStreamer's reader and writer of RTCP packets. */
#include "media/relay/rtcp-report.h"

#include <gst/rtp/rtp.h>
#include <string.h>

#define NTP_SINCE 2208988800u /* 1900 to 1970, seconds */

static guint64
ntp_of (gint64 wall_us)
{
  guint64 us = (guint64)MAX (wall_us, 0);
  guint64 part = (us % G_USEC_PER_SEC << 32) / G_USEC_PER_SEC;

  return (us / G_USEC_PER_SEC + NTP_SINCE) << 32 | part;
}

guint32
kith_rtcp_ntp (gint64 wall_us)
{
  return (guint32)(ntp_of (wall_us) >> 16);
}

static void
add_block (GstRTCPPacket *packet, const KithRtcpFacts *facts)
{
  const KithRtpCounter *counter = facts->counter;
  guint64 lost = kith_rtp_counter_lost (counter);

  (void)gst_rtcp_packet_add_rb (packet,
                                counter->ssrc,
                                facts->fraction,
                                (gint32)MIN (lost, 0x7fffff),
                                counter->cycles + counter->max_seq,
                                (guint32)(counter->jitter_us * facts->clock / G_USEC_PER_SEC),
                                facts->last_sr,
                                facts->since_sr);
}

gsize
kith_rtcp_write (const KithRtcpFacts *facts, const char *cname, guint8 *out)
{
  g_autoptr (GstBuffer) buffer = gst_rtcp_buffer_new (KITH_RTP_MAX_PACKET);
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  GstRTCPPacket packet;
  gboolean sends = facts->packets > 0;

  if (!gst_rtcp_buffer_map (buffer, GST_MAP_READWRITE, &rtcp)) {
    return 0;
  }
  (void)gst_rtcp_buffer_add_packet (&rtcp, sends ? GST_RTCP_TYPE_SR : GST_RTCP_TYPE_RR, &packet);
  if (sends) {
    gst_rtcp_packet_sr_set_sender_info (&packet,
                                        facts->ssrc,
                                        ntp_of (facts->wall_us),
                                        facts->timestamp,
                                        (guint32)facts->packets,
                                        (guint32)facts->octets);
  } else {
    gst_rtcp_packet_rr_set_ssrc (&packet, facts->ssrc);
  }
  if (facts->counter->begun) {
    add_block (&packet, facts);
  }
  (void)gst_rtcp_buffer_add_packet (&rtcp, GST_RTCP_TYPE_SDES, &packet);
  (void)gst_rtcp_packet_sdes_add_item (&packet, facts->ssrc);
  (void)gst_rtcp_packet_sdes_add_entry (&packet,
                                        GST_RTCP_SDES_CNAME,
                                        (guint8)MIN (strlen (cname), 64),
                                        (const guint8 *)cname);
  (void)gst_rtcp_buffer_unmap (&rtcp);
  return gst_buffer_extract (buffer, 0, out, KITH_RTP_MAX_PACKET);
}

static void
read_blocks (GstRTCPPacket *packet, guint32 ssrc, KithRtcpHeard *heard)
{
  for (guint i = 0; i < gst_rtcp_packet_get_rb_count (packet); i++) {
    guint32 of = 0, highest = 0, jitter = 0, lsr = 0, dlsr = 0;
    guint8 fraction = 0;
    gint32 lost = 0;
    gst_rtcp_packet_get_rb (packet, i, &of, &fraction, &lost, &highest, &jitter, &lsr, &dlsr);
    if (of == ssrc) {
      heard->has_report = TRUE;
      heard->loss_ppm = (guint)((guint64)fraction * 1000000 / 256);
      heard->last_sr = lsr;
      heard->since_sr = dlsr;
    }
  }
}

void
kith_rtcp_read (const guint8 *data, gsize len, guint32 ssrc, KithRtcpHeard *heard)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new_memdup (data, len);
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  GstRTCPPacket packet;

  memset (heard, 0, sizeof *heard);
  if (!gst_rtcp_buffer_map (buffer, GST_MAP_READ, &rtcp)) {
    return;
  }
  for (gboolean more = gst_rtcp_buffer_get_first_packet (&rtcp, &packet); more;
       more = gst_rtcp_packet_move_to_next (&packet)) {
    GstRTCPType type = gst_rtcp_packet_get_type (&packet);
    guint64 ntp = 0;
    guint32 from = 0, stamp = 0, packets = 0, octets = 0;
    if (type == GST_RTCP_TYPE_SR) {
      gst_rtcp_packet_sr_get_sender_info (&packet, &from, &ntp, &stamp, &packets, &octets);
      heard->sr = (guint32)(ntp >> 16);
    }
    if (type == GST_RTCP_TYPE_SR || type == GST_RTCP_TYPE_RR) {
      read_blocks (&packet, ssrc, heard);
    }
  }
  (void)gst_rtcp_buffer_unmap (&rtcp);
}
