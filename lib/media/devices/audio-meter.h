/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures how loud a stream of samples is, fed by a streaming thread and read by the main
   thread. */
#pragma once

#include <glib.h>
#include <stdatomic.h>

G_BEGIN_DECLS

#define KITH_AUDIO_SILENCE_DB (-100.0)
#define KITH_AUDIO_HEARD_DB (-40.0) /* a buffer this loud counts as sound heard */

typedef struct {
  double power;                 /* smoothed; the feeding thread's own */
  atomic_int level_cdb;         /* hundredths of dBFS */
  _Atomic gint64 first_loud_us; /* wall time of the first loud buffer, 0 not yet */
  atomic_bool muted;            /* the feeder puts silence in place of the samples */
} KithAudioMeter;

void kith_audio_meter_init (KithAudioMeter *meter);

/* @n samples, mono, 16 bits. One thread at a time. */
void kith_audio_meter_feed (KithAudioMeter *meter, const gint16 *samples, gsize n);

/* RMS in dBFS, -100 for silence. Any thread. */
double kith_audio_meter_get_db (KithAudioMeter *meter);

G_END_DECLS
