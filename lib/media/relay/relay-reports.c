/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RTCP of a line, and what follows from it. */
#include "base/clock.h"
#include "media/relay/relay-line-private.h"

#define REPORT_US G_USEC_PER_SEC /* as in calls of our own: what is lost is known soon */
#define QUIET_US (REPORT_US * 9 / 10)

/* One frame of silence, when nothing else was sent for a second. */
static void
say_silence (KithRelayLine *line, gint64 now_us)
{
  static const gint16 silence[KITH_VOICE_MAX_FRAME];
  const KithMediaTerms *terms = &line->terms;
  guint8 payload[KITH_VOICE_MAX_PAYLOAD];
  KithRtpHeader header;

  if (!line->sounds || terms->codec == NULL
      || (line->out.sent_us != 0 && now_us - line->out.sent_us < QUIET_US)) {
    return;
  }
  KithVoiceEncoder *encoder
      = kith_voice_encoder_new (terms->codec->id, terms->codec->audio_rate, terms->frame_ms);
  gsize len = encoder != NULL ? kith_voice_encoder_encode (encoder, silence, payload) : 0;
  kith_voice_encoder_free (encoder);
  if (len > 0) {
    kith_rtp_rewriter_make (&line->out,
                            terms->codec->rtp_clock * terms->frame_ms / 1000,
                            terms->codec->rtp_clock,
                            now_us,
                            &header);
    header.pt = terms->send_pt;
    header.payload = payload;
    header.payload_len = len;
    kith_relay_line_say (line, &header, now_us);
  }
}

/* Of the peer's packets since the last report, of 256: what did not come; and where they are handed
   on as they are, what the other peer says that did not come there, if that is more: the loss of
   the whole way is the one that its encoder can do something about. */
static guint8
fraction_lost (KithRelayLine *line)
{
  KithRelayReports *reports = &line->reports;
  guint64 expected = kith_rtp_counter_expected (&line->counter);
  guint64 more = expected > reports->expected ? expected - reports->expected : 0;
  guint64 got = line->counter.received - reports->got;
  guint64 fraction = more > got ? MIN ((more - got) * 256 / more, 255) : 0;

  reports->expected = expected;
  reports->got = line->counter.received;
  kith_loss_meter_step (&reports->loss, expected, kith_rtp_counter_lost (&line->counter));
  if (kith_relay_line_manner (line) == KITH_BRIDGE_RELAYED) {
    guint64 there = (guint64)line->other->reports.remote_loss_ppm * 256 / 1000000;
    fraction = MAX (fraction, MIN (there, 255));
  }
  return (guint8)fraction;
}

void
kith_relay_line_report (KithRelayLine *line, gint64 now_us)
{
  KithRelayReports *reports = &line->reports;
  guint8 packet[KITH_RTP_MAX_PACKET];
  KithRtcpFacts facts = { .ssrc = line->ssrcs.own,
                          .packets = line->sent.packets,
                          .octets = line->sent.octets,
                          .counter = &line->counter,
                          .clock = line->clock,
                          .wall_us = kith_clock_thread_wall () };

  reports->due_us = now_us + REPORT_US;
  say_silence (line, now_us);
  facts.fraction = fraction_lost (line);
  facts.timestamp = line->out.timestamp
                    + (guint32)((now_us - line->out.sent_us) * line->out.clock / G_USEC_PER_SEC);
  if (reports->sr != 0) {
    facts.last_sr = reports->sr;
    facts.since_sr = (guint32)((now_us - reports->sr_us) * 65536 / G_USEC_PER_SEC);
  }
  kith_relay_line_say_report (line, packet, kith_rtcp_write (&facts, line->cname, packet), now_us);
}

void
kith_relay_line_hear_report (KithRelayLine *line, const guint8 *data, gsize len, gint64 now_us)
{
  KithRelayReports *reports = &line->reports;
  KithRtcpHeard heard;

  kith_rtcp_read (data, len, line->ssrcs.own, &heard);
  if (heard.sr != 0) {
    reports->sr = heard.sr;
    reports->sr_us = now_us;
  }
  if (!heard.has_report) {
    return;
  }
  reports->remote_loss_ppm = heard.loss_ppm;
  if (heard.last_sr != 0) {
    gint32 trip
        = (gint32)(kith_rtcp_ntp (kith_clock_thread_wall ()) - heard.last_sr - heard.since_sr);
    reports->rtt_us = trip > 0 ? (guint)((gint64)trip * G_USEC_PER_SEC / 65536) : reports->rtt_us;
  }
  reports->fec_percent = kith_fec_rule_step (&reports->fec, heard.loss_ppm);
  if (line->other != NULL && line->other->transcoder != NULL) {
    kith_transcoder_set_loss (line->other->transcoder, reports->fec_percent);
  }
}
