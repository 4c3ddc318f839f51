/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way of a packet from one leg's peer to the other's; all of it under the lock. */
#include <string.h>

#include "base/clock.h"
#include "media/relay/relay-line-private.h"

/* Out */

static gboolean
deliver (KithRelayLine *line, guint8 *packet, gsize *len, gboolean is_rtcp, gint64 now_us)
{
  if (line->srtp != NULL && !kith_srtp_box_close (line->srtp, packet, len, is_rtcp)) {
    return FALSE;
  }
  return line->send != NULL
             ? line->send (packet, *len, line->send_data)
             : line->sockets != NULL
                   && kith_media_sockets_send (line->sockets, packet, *len, is_rtcp, now_us);
}

void
kith_relay_line_say (KithRelayLine *line, const KithRtpHeader *header, gint64 now_us)
{
  _Alignas(8) guint8 packet[KITH_RTP_MAX_PACKET + KITH_SRTP_BOX_TRAILER];
  gsize len = line->speaks && line->sounds ? kith_rtp_write (header, packet) : 0;

  if (len > 0 && deliver (line, packet, &len, FALSE, now_us)) {
    line->sent.packets++;
    line->sent.bytes += len;
    line->sent.octets += header->payload_len;
    if (line->sent.first_us == 0) {
      line->sent.first_us = kith_clock_thread_wall ();
    }
  }
}

void
kith_relay_line_say_report (KithRelayLine *line, const guint8 *data, gsize len, gint64 now_us)
{
  _Alignas(8) guint8 packet[KITH_RTP_MAX_PACKET + KITH_SRTP_BOX_TRAILER];

  if (line->speaks && len > 0 && len <= KITH_RTP_MAX_PACKET) {
    memcpy (packet, data, len);
    (void)deliver (line, packet, &len, TRUE, now_us);
  }
}

void
kith_relay_line_play_on (KithRelayLine *line, gint64 now_us)
{
  guint8 payload[KITH_VOICE_MAX_PAYLOAD];
  KithRelayLine *to = line->other;
  KithRtpHeader header;
  gsize len;

  while ((len = kith_transcoder_pull (line->transcoder, now_us, payload)) > 0) {
    kith_rtp_rewriter_make (&to->out,
                            kith_transcoder_get_ticks (line->transcoder),
                            to->terms.codec->rtp_clock,
                            now_us,
                            &header);
    header.pt = to->terms.send_pt;
    header.payload = payload;
    header.payload_len = len;
    kith_relay_line_say (to, &header, now_us);
  }
}

void
kith_relay_line_play_tone (KithRelayLine *line, gint64 now_us)
{
  gboolean is_event = kith_tone_player_is (line->player, KITH_CODEC_TELEPHONE_EVENT, 0);
  guint8 payload[KITH_VOICE_MAX_PAYLOAD];
  KithRtpHeader header;
  gsize len;

  while ((len = kith_tone_player_pull (line->player, now_us, payload)) > 0) {
    kith_rtp_rewriter_make (&line->out,
                            kith_tone_player_get_ticks (line->player),
                            line->terms.codec->rtp_clock,
                            now_us,
                            &header);
    header.pt = is_event ? (guint8)line->out_pt[KITH_CODEC_TELEPHONE_EVENT] : line->terms.send_pt;
    header.payload = payload;
    header.payload_len = len;
    kith_relay_line_say (line, &header, now_us);
  }
  if (kith_tone_player_get_due (line->player) == G_MAXINT64) {
    kith_relay_line_next_key (line);
  }
}

/* In */

static void
transcode (KithRelayLine *line, KithCodecId id, const KithRtpHeader *header, gint64 now_us)
{
  const KithMediaTerms *terms = &line->other->terms;
  KithTranscoderPlan plan = { .from = id };

  if (terms->codec == NULL) {
    return;
  }
  plan.to = terms->codec->id;
  plan.frame_ms = terms->frame_ms;
  if (line->transcoder != NULL && !kith_transcoder_is (line->transcoder, &plan)) {
    g_clear_pointer (&line->transcoder, kith_transcoder_free);
  }
  if (line->transcoder == NULL) {
    line->transcoder = kith_transcoder_new (&plan);
    if (line->transcoder == NULL) {
      return;
    }
    kith_transcoder_set_loss (line->transcoder, line->other->reports.fec_percent);
  }
  kith_transcoder_push (line->transcoder, header, now_us);
  kith_relay_line_set_ticker (line);
}

/* A packet of the peer, to the other one's. */
static void
pass_on (KithRelayLine *line, const KithCodec *codec, const KithRtpHeader *header, gint64 now_us)
{
  KithRelayLine *to = line->other;
  KithRtpHeader out;

  if (to == NULL || !to->speaks || !to->sounds || to->player != NULL) {
    return;
  }
  gint16 pt = to->out_pt[codec->id];
  if (pt < 0 && kith_codec_is_voice (codec->id)) {
    transcode (line, codec->id, header, now_us);
    return;
  }
  if (pt < 0) {
    return;
  }
  if (kith_codec_is_voice (codec->id)) {
    g_clear_pointer (&line->transcoder, kith_transcoder_free);
  }
  if (line->transcoder != NULL) {
    kith_rtp_rewriter_press (&to->out, header, &out);
  } else if (!kith_rtp_rewriter_follow (&to->out, header, line->clock, now_us, &out)) {
    return;
  }
  out.pt = (guint8)pt;
  kith_relay_line_say (to, &out, now_us);
}

static void
tell (KithRelayLine *line, char digit)
{
  KithRelayNews *news = line->box != NULL ? g_new (KithRelayNews, 1) : NULL;

  if (news != NULL) {
    news->digit = digit;
    if (!kith_mailbox_post (line->box, news)) {
      g_free (news);
    }
  }
}

static void
hear (KithRelayLine *line, const KithRtpHeader *header, gsize len, gint64 now_us)
{
  gint8 id = line->terms.pt_map[header->pt];
  const KithCodec *codec = id != KITH_MEDIA_NO_CODEC ? kith_codec_get ((KithCodecId)id) : NULL;

  if (codec == NULL || codec->id == KITH_CODEC_RED) {
    return;
  }
  if (kith_codec_is_voice (codec->id) || line->clock == 0) {
    line->clock = codec->rtp_clock;
  }
  kith_rtp_counter_add (&line->counter, header, len, now_us, line->clock);
  if (!line->has_flowed) {
    line->has_flowed = TRUE;
    tell (line, 0);
  }
  char digit
      = codec->id == KITH_CODEC_TELEPHONE_EVENT ? kith_tone_reader_feed (&line->tones, header) : 0;
  if (digit != 0) {
    tell (line, digit);
  }
  pass_on (line, codec, header, now_us);
}

/* Opened, @packet is what was sent. TRUE when it is the peer's beyond doubt. */
static gboolean
take_opened (KithRelayLine *line, const guint8 *packet, gsize len, gboolean is_rtcp, gint64 now_us)
{
  KithRtpHeader header;

  if (is_rtcp) {
    if (kith_rtcp_check (packet, len)) {
      line->sent.reports++;
      kith_relay_line_hear_report (line, packet, len, now_us);
    }
  } else if (kith_rtp_parse (packet, len, TRUE, &header)) {
    hear (line, &header, len, now_us);
  }
  return line->srtp != NULL;
}

static gboolean
take_closed (KithRelayLine *line, const guint8 *data, gsize len, gboolean is_rtcp, gint64 now_us)
{
  _Alignas(8) guint8 packet[KITH_RTP_MAX_PACKET];
  gsize opened = len;

  memcpy (packet, data, len);
  switch (kith_srtp_box_open (line->srtp, packet, &opened, is_rtcp)) {
  case KITH_SRTP_OPENED:
    kith_packet_twins_add (&line->twins, data, len, now_us);
    return take_opened (line, packet, opened, is_rtcp, now_us);
  case KITH_SRTP_KNOWN:
    return kith_packet_twins_know (&line->twins, data, len, now_us);
  case KITH_SRTP_FORGED:
    return FALSE;
  }
  return FALSE;
}

/* TRUE when it may be one of the peer's, by what can be seen of it from outside. */
static gboolean
is_likely (KithRelayLine *line, const guint8 *data, gsize len, gboolean is_rtcp, guint32 *ssrc)
{
  KithRtpHeader header;

  if (!line->hears || line->terms.codec == NULL || len > KITH_RTP_MAX_PACKET) {
    return FALSE;
  }
  if (is_rtcp) {
    *ssrc = len >= 8
                ? (guint32)data[4] << 24 | (guint32)data[5] << 16 | (guint32)data[6] << 8 | data[7]
                : 0;
    return len >= 8 && data[0] >> 6 == 2;
  }
  if (!kith_rtp_parse (data, len, line->srtp == NULL, &header)) {
    return FALSE;
  }
  *ssrc = header.ssrc;
  return line->terms.pt_map[header.pt] != KITH_MEDIA_NO_CODEC;
}

gboolean
kith_relay_line_take (KithRelayLine *line,
                      KithMediaSockets *sockets,
                      const guint8 *data,
                      gsize len,
                      gint64 now_us)
{
  gboolean is_rtcp = kith_rtp_is_rtcp (data, len);
  guint32 ssrc = 0;

  if (!is_likely (line, data, len, is_rtcp, &ssrc)
      || (sockets != NULL && !kith_media_sockets_latch (sockets, is_rtcp, now_us))
      || !kith_ssrc_gate_admit (&line->ssrcs, ssrc, now_us)) {
    return FALSE;
  }
  return line->srtp != NULL ? take_closed (line, data, len, is_rtcp, now_us)
                            : take_opened (line, data, len, is_rtcp, now_us);
}
