/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The E-model and two smoothing rules. */
#include "media/stream/media-stats.h"

#define R_DEFAULT 93.2 /* G.107 with default values */
#define SMOOTHING 0.25
#define FEC_ON_PPM 25000
#define FEC_OFF_PPM 10000
#define FEC_TWICE_PPM 80000
#define FEC_ONCE_PPM 40000
#define FEC_HELD_PERCENT 92 /* of what was held a second ago */

typedef struct {
  double ie;  /* equipment impairment without loss */
  double bpl; /* robustness against random loss */
} Impairment;

static Impairment
impairment_of (KithCodecId codec)
{
  switch (codec) {
  case KITH_CODEC_OPUS:
    return (Impairment){ 0, 20 };
  case KITH_CODEC_G722:
  case KITH_CODEC_PCMU:
  case KITH_CODEC_PCMA:
  case KITH_CODEC_TELEPHONE_EVENT:
  case KITH_CODEC_RED:
    return (Impairment){ 0, 25.1 }; /* G.113: with packet loss concealment */
  }
  return (Impairment){ 0, 4.3 };
}

double
kith_media_mos (KithCodecId codec, double loss_percent, double delay_ms)
{
  Impairment impairment = impairment_of (codec);
  double loss = CLAMP (loss_percent, 0, 100);
  double delay = 0.024 * delay_ms + (delay_ms > 177.3 ? 0.11 * (delay_ms - 177.3) : 0);
  double equipment = impairment.ie + (95 - impairment.ie) * loss / (loss + impairment.bpl);
  double r = R_DEFAULT - delay - equipment;

  if (r <= 0) {
    return 1.0;
  }
  double mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
  return CLAMP (mos, 1.0, 4.5);
}

void
kith_loss_meter_skip (KithLossMeter *meter, guint64 expected, guint64 missed)
{
  meter->expected = expected;
  meter->missed = missed;
}

void
kith_loss_meter_step (KithLossMeter *meter, guint64 expected, guint64 missed)
{
  guint64 more = expected > meter->expected ? expected - meter->expected : 0;
  guint64 gone = missed > meter->missed ? missed - meter->missed : 0;

  meter->expected = expected;
  meter->missed = missed;
  if (more > 0) {
    double percent = 100.0 * (double)MIN (gone, more) / (double)more;
    meter->percent += (percent - meter->percent) * SMOOTHING;
  }
}

guint
kith_fec_rule_step (KithFecRule *rule, guint remote_loss_ppm)
{
  rule->mean_ppm = (2 * MIN (rule->mean_ppm, 1000000) + MIN (remote_loss_ppm, 1000000)) / 3;
  rule->held_ppm = MAX (rule->mean_ppm, rule->held_ppm / 100 * FEC_HELD_PERCENT);
  rule->on = rule->held_ppm >= (rule->on ? FEC_OFF_PPM : FEC_ON_PPM);
  rule->twice = rule->held_ppm >= (rule->twice ? FEC_ONCE_PPM : FEC_TWICE_PPM);
  return rule->on ? MAX ((rule->held_ppm + 9999) / 10000, 1) : 0;
}

guint
kith_fec_rule_get_copies (const KithFecRule *rule)
{
  return !rule->on ? 0 : rule->twice ? 2 : 1;
}
