/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From counts of packets to the quality of a call (ITU-T G.107), pure. */
#pragma once

#include "model/sdp/codec.h"

G_BEGIN_DECLS

/**
 * kith_media_mos:
 * @loss_percent: share of the packets that were not played, 0 to 100
 * @delay_ms: mouth to ear, one way
 * The E-model with all other parameters at their defaults: R = 93.2 − Id − Ie,eff.
 * Returns: 1.0 to 4.5
 */
double kith_media_mos (KithCodecId codec, double loss_percent, double delay_ms);

/* The share of the packets lost lately, from growing counts. Zeroed = nothing yet. */
typedef struct {
  guint64 expected, missed;
  double percent; /* smoothed over some seconds */
} KithLossMeter;

/* What happened since the last step does not count: nothing was to come. */
void kith_loss_meter_skip (KithLossMeter *meter, guint64 expected, guint64 missed);

/* Once a second: @expected packets should have come since the beginning, @missed of them were lost
   or came too late. */
void kith_loss_meter_step (KithLossMeter *meter, guint64 expected, guint64 missed);

/* When forward error correction pays for its bits: on above 2.5 % of reported loss, a mean of some
   seconds, because packets that overtake each other look lost at the moment of a report. It is held
   and falls by a twelfth a second, so that it is off again 13 s after loss of 3 % ended, 36 s after
   20 %. Zeroed = off. */
typedef struct {
  gboolean on, twice;
  guint mean_ppm, held_ppm;
} KithFecRule;

/* Once a second. Returns the loss in percent that the encoder should expect, 0: no FEC. */
guint kith_fec_rule_step (KithFecRule *rule, guint remote_loss_ppm);

/* How many earlier packets each packet should repeat, where the peer understands that: 0, 1, or 2
   from 8 % on until 4 %. */
guint kith_fec_rule_get_copies (const KithFecRule *rule);

G_END_DECLS
