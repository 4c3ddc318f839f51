/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks at the figures of a leg's audio once a second, for the call's time line. */
#include "node/call/leg/leg-private.h"

#define SAMPLE_MS 1000

static KithQualitySample
sample_of (const KithMediaStats *stats)
{
  return (KithQualitySample){ .sent = stats->packets_sent,
                              .received = stats->packets_received,
                              .lost = stats->packets_lost,
                              .jitter_us = stats->jitter_us,
                              .rtt_us = stats->rtt_us,
                              .buffer_ms = stats->buffer_ms,
                              .mos = stats->mos };
}

static void
tell_first_sound (KithLeg *leg, const KithMediaStats *stats)
{
  if (stats->first_heard_us != 0 && !leg->quality.heard) {
    leg->quality.heard = TRUE;
    kith_trace_say_at (leg->findings->trace,
                       stats->first_heard_us,
                       KITH_TRACE_MEDIA,
                       kith_saying_new ("step-first-sound"));
  }
}

static gboolean
on_sample (gpointer user_data)
{
  KithLeg *leg = user_data;
  KithMediaStats stats = { 0 };

  if (leg->media == NULL) {
    leg->quality.timer = 0;
    return G_SOURCE_REMOVE;
  }
  kith_media_get_stats (leg->media, &stats);
  tell_first_sound (leg, &stats);
  const KithQualitySample sample = sample_of (&stats);
  if (!kith_leg_expects_sound (leg)) {
    kith_quality_watch_rest (&leg->quality.watch, &sample);
  } else if (stats.packets_received > 0 && leg->state == KITH_LEG_FLOWING) {
    kith_leg_measure_path (leg, &stats);
    kith_quality_watch_take (&leg->quality.watch,
                             leg->findings->trace,
                             &sample,
                             leg->trouble.reconnecting);
  }
  return G_SOURCE_CONTINUE;
}

void
kith_leg_watch_media (KithLeg *leg)
{
  const KithCodec *codec = kith_media_get_codec (leg->media);
  KithSaying *saying = kith_saying_new (leg->voice.bridged         ? "step-joined"
                                        : leg->voice.listen_only   ? "step-listen-only"
                                        : leg->voice.in_background ? "step-background"
                                                                   : "step-microphone-open");

  kith_saying_put (saying, "codec", codec != NULL ? codec->name : NULL);
  kith_leg_say (leg, KITH_TRACE_MEDIA, saying);
  if (leg->quality.timer == 0) {
    leg->quality.timer = kith_clock_add (leg->context->clock, SAMPLE_MS, on_sample, leg);
  }
}

void
kith_leg_keep_mos (KithLeg *leg, KithMediaStats *stats)
{
  gboolean silent = leg->trouble.lost_at != 0 || !kith_leg_expects_sound (leg);

  if (silent && leg->quality.watch.well_mos > 0) {
    stats->mos = leg->quality.watch.well_mos;
  }
}

void
kith_leg_watch_end (KithLeg *leg)
{
  KithMediaStats *stats = &leg->quality.last;

  if (leg->quality.timer == 0) {
    return; /* it never began */
  }
  kith_clock_cancel (leg->context->clock, &leg->quality.timer);
  kith_leg_keep_mos (leg, stats);
  tell_first_sound (leg, stats);
  const KithQualitySample sample = sample_of (stats);
  kith_quality_watch_sum (leg->findings->trace, &sample);
}
