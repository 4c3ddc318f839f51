/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quality of a call's audio, looked at once a second, as it is written into its time line. */
#pragma once

#include "base/export.h"
#include "model/call/trace.h"

G_BEGIN_DECLS

/* The figures of one moment. */
typedef struct {
  guint64 sent, received, lost; /* packets */
  guint jitter_us, rtt_us, buffer_ms;
  double mos;
} KithQualitySample;

typedef struct {
  KithQualitySample before; /* at the last line about quality */
  guint64 received;         /* at the last sample */
  const char *quality;      /* the word that was written last; NULL none */
  const char *next_quality; /* the one that shows now, for so many samples */
  guint steady;
  guint n_quality;
  guint silent;
  guint n_silences;
  gboolean told_silence;
  guint calm;      /* samples since it was silent */
  double well_mos; /* at the last sample that was not silent; 0: there was none */
} KithQualityWatch;

KITH_API void kith_quality_watch_init (KithQualityWatch *watch);

/* One second later: sound should come. @reconnecting: what does not come is told as that. */
KITH_API void kith_quality_watch_take (KithQualityWatch *watch,
                                       KithTrace *trace,
                                       const KithQualitySample *sample,
                                       gboolean reconnecting);

/* One second later: they send nothing, as they said. No silence, and no quality; that of before
   counts until they are heard well again. */
KITH_API void kith_quality_watch_rest (KithQualityWatch *watch, const KithQualitySample *sample);

/* The summary, at the end. */
KITH_API void kith_quality_watch_sum (KithTrace *trace, const KithQualitySample *sample);

G_END_DECLS
