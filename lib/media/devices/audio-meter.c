/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RMS of samples, smoothed over some 100 ms. */
#include "media/devices/audio-meter.h"

#include <math.h>

#include "base/clock.h"

#define SMOOTHING 0.25 /* share of the newest buffer */

static double
to_db (double power)
{
  return power < 1e-10 ? KITH_AUDIO_SILENCE_DB : 10.0 * log10 (power);
}

void
kith_audio_meter_init (KithAudioMeter *meter)
{
  meter->power = 0;
  atomic_init (&meter->level_cdb, (int)(KITH_AUDIO_SILENCE_DB * 100));
  atomic_init (&meter->first_loud_us, 0);
  atomic_init (&meter->muted, FALSE);
}

void
kith_audio_meter_feed (KithAudioMeter *meter, const gint16 *samples, gsize n)
{
  gint64 sum = 0;

  if (n == 0) {
    return;
  }
  for (gsize i = 0; i < n; i++) {
    sum += (gint32)samples[i] * samples[i];
  }
  double power = (double)sum / (double)n / (32768.0 * 32768.0);
  meter->power += (power - meter->power) * SMOOTHING;
  atomic_store (&meter->level_cdb, (int)lrint (to_db (meter->power) * 100));
  if (atomic_load (&meter->first_loud_us) == 0 && to_db (power) >= KITH_AUDIO_HEARD_DB) {
    atomic_store (&meter->first_loud_us, kith_clock_thread_wall ());
  }
}

double
kith_audio_meter_get_db (KithAudioMeter *meter)
{
  return atomic_load (&meter->level_cdb) / 100.0;
}
