/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts and estimates of a call's audio, over all its graphs. */
#include "base/log.h"
#include "media/stream/call-media-private.h"

#define CODEC_DELAY_MS 7.0 /* look-ahead of the encoder, for the estimate of quality */

static void
add_playout (KithMediaStats *stats, const KithPlayoutStats *playout)
{
  stats->frames_played += playout->played;
  stats->frames_recovered += playout->recovered;
  stats->frames_concealed += playout->concealed;
  stats->packets_late += playout->late;
  stats->packets_reordered += playout->reordered;
}

/* Adds what the graph received to the sums, before it goes. */
void
kith_call_media_collect_counts (KithCallMedia *self)
{
  KithGraphStats seen;

  if (self->graph == NULL) {
    return;
  }
  kith_graph_get_stats (self->graph, FALSE, &seen);
  self->counts.stats.packets_received += seen.received;
  self->counts.stats.packets_lost += seen.lost;
  self->counts.stats.bytes_received += seen.bytes;
  self->counts.stats.jitter_us = seen.jitter_us;
  self->counts.stats.buffer_ms = seen.playout.target_ms;
  self->counts.stats.delay_ms = seen.playout.delay_ms;
  add_playout (&self->counts.stats, &seen.playout);
  if (seen.roc != 0) {
    self->config.remote_ssrc = seen.ssrc;
    self->config.remote_roc = seen.roc;
  }
}

void
kith_call_media_read_reports (KithCallMedia *self)
{
  kith_graph_get_stats (self->graph, TRUE, &self->counts.seen);
  const KithPlayoutStats *playout = &self->counts.seen.playout;
  guint64 expected = playout->played + playout->recovered + playout->concealed;
  if (!self->expects || self->counts.settling > 0) {
    kith_loss_meter_skip (&self->counts.loss, expected, playout->concealed);
    self->counts.settling -= self->expects ? 1 : 0;
  } else {
    kith_loss_meter_step (&self->counts.loss, expected, playout->concealed);
  }
  if (self->counts.seen.has_report) {
    self->counts.stats.remote_loss_ppm = self->counts.seen.remote_loss_ppm;
    self->counts.stats.rtt_us = self->counts.seen.rtt_us;
  }
  guint percent = kith_fec_rule_step (&self->counts.fec, self->counts.stats.remote_loss_ppm);
  guint copies = kith_fec_rule_get_copies (&self->counts.fec);
  if (percent != self->counts.fec_percent || copies != self->counts.fec_copies) {
    kith_debug (self->id, "the peer loses %u %%: %u copies", percent, copies);
    self->counts.fec_percent = percent;
    self->counts.fec_copies = copies;
    kith_graph_set_loss (self->graph, percent, copies);
  }
}

static double
estimate_mos (KithCallMedia *self, const KithMediaStats *stats)
{
  if (self->config.codec == NULL || stats->packets_received == 0) {
    return 1.0;
  }
  double delay_ms
      = stats->rtt_us / 2000.0 + stats->delay_ms + self->config.frame_ms + CODEC_DELAY_MS;
  return kith_media_mos (self->config.codec->id, self->counts.loss.percent, delay_ms);
}

void
kith_call_media_get_stats (KithMedia *media, KithMediaStats *stats)
{
  KithCallMedia *self = KITH_CALL_MEDIA (media);
  KithCallWireCounts counts;
  KithGraphStats now;

  *stats = self->counts.stats;
  kith_call_wire_get_counts (self->wire, &counts);
  stats->packets_sent = counts.packets_sent;
  stats->bytes_sent = counts.bytes_sent;
  stats->first_sent_us = counts.first_sent_us;
  stats->reports_received = counts.reports_received;
  if (self->graph != NULL) {
    kith_graph_get_stats (self->graph, FALSE, &now);
    stats->packets_received += now.received;
    stats->packets_lost += now.lost;
    stats->bytes_received += now.bytes;
    stats->jitter_us = now.jitter_us;
    stats->buffer_ms = now.playout.target_ms;
    stats->delay_ms = now.playout.delay_ms;
    add_playout (stats, &now.playout);
  }
  stats->fec_percent = self->counts.fec_percent;
  stats->level_in_db = kith_audio_meter_get_db (&self->inlet.meter);
  stats->level_out_db = kith_audio_meter_get_db (&self->outlet.meter);
  stats->first_heard_us = atomic_load (&self->outlet.meter.first_loud_us);
  stats->mos = estimate_mos (self, stats);
}
