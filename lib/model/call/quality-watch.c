/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores are believed when they are steady, silences are told once, and both within bounds. */
#include "model/call/quality-watch.h"

#define STEADY 3        /* samples in a row until another quality is believed */
#define MAX_QUALITY 40  /* lines about it */
#define SILENT 2        /* samples without a packet that are worth a line */
#define MAX_SILENCES 20 /* lines about them */

/* Samples after a silence until the quality is told again: its losses weigh on the figures for a
   while. */
#define CALM 8

/* Classes of ITU-T G.107, annex B. */
static const char *
quality_word (double mos)
{
  return mos >= 4.0 ? "good" : mos >= 3.6 ? "fair" : mos >= 3.1 ? "poor" : "bad";
}

static double
loss_percent (guint64 lost, guint64 received)
{
  return lost + received > 0 ? 100.0 * (double)lost / (double)(lost + received) : 0;
}

static guint64
more (guint64 after, guint64 before)
{
  return after > before ? after - before : 0;
}

static void
put_figures (KithSaying *saying, const KithQualitySample *sample, double lost_percent)
{
  kith_saying_put_figure (saying, "mos", sample->mos);
  kith_saying_put_figure (saying, "lost-percent", lost_percent);
  kith_saying_put_figure (saying, "jitter", sample->jitter_us / 1000.0);
  kith_saying_put_time (saying, "buffer-ms", (gint64)sample->buffer_ms * 1000);
}

static void
trace_silence (KithTrace *trace, KithTraceKind kind, const char *code, guint seconds)
{
  KithSaying *saying = kith_saying_new (code);

  kith_saying_put_number (saying, "silent-s", seconds);
  kith_trace_say (trace, kind, saying);
}

static void
trace_quality (KithQualityWatch *watch, KithTrace *trace, const KithQualitySample *sample)
{
  double lost = loss_percent (more (sample->lost, watch->before.lost),
                              more (sample->received, watch->before.received));

  g_autofree gchar *code = g_strconcat ("step-quality-", watch->next_quality, NULL);
  KithSaying *saying = kith_saying_new (code);

  put_figures (saying, sample, lost);
  kith_saying_put_time (saying, "rtt-ms", sample->rtt_us);
  kith_trace_say (trace, KITH_TRACE_MEDIA, saying);
  watch->quality = watch->next_quality;
  watch->before = *sample;
  watch->n_quality++;
}

static void
watch_quality (KithQualityWatch *watch, KithTrace *trace, const KithQualitySample *sample)
{
  const char *word = quality_word (sample->mos);

  watch->steady = word == watch->next_quality ? watch->steady + 1 : 1;
  watch->next_quality = word;
  if (word != watch->quality && watch->steady >= STEADY && watch->n_quality < MAX_QUALITY) {
    trace_quality (watch, trace, sample);
  }
}

static void
watch_silence (KithQualityWatch *watch,
               KithTrace *trace,
               const KithQualitySample *sample,
               gboolean reconnecting)
{
  if (sample->received > watch->received) {
    if (watch->told_silence) {
      trace_silence (trace, KITH_TRACE_MEDIA, "step-audio-back", watch->silent);
    }
    watch->silent = 0;
    watch->told_silence = FALSE;
  } else if (++watch->silent == SILENT && !reconnecting && watch->n_silences++ < MAX_SILENCES) {
    watch->told_silence = TRUE;
    kith_trace_mark (trace, KITH_MARK_SILENCE);
    trace_silence (trace, KITH_TRACE_TROUBLE, "step-no-audio", SILENT);
  }
  watch->received = sample->received;
}

/* What was lost with a path is told as silence, and not once more as bad quality. */
static void
follow_quality (KithQualityWatch *watch,
                KithTrace *trace,
                const KithQualitySample *sample,
                gboolean reconnecting)
{
  if (reconnecting || watch->silent >= SILENT) {
    watch->calm = 0;
    return;
  }
  if (watch->silent > 0) {
    return;
  }
  if (watch->calm < CALM) {
    watch->before = *sample;
    watch->steady = 0;
    watch->calm++;
    return;
  }
  watch->well_mos = sample->mos;
  watch_quality (watch, trace, sample);
}

void
kith_quality_watch_init (KithQualityWatch *watch)
{
  *watch = (KithQualityWatch){ .calm = CALM };
}

void
kith_quality_watch_take (KithQualityWatch *watch,
                         KithTrace *trace,
                         const KithQualitySample *sample,
                         gboolean reconnecting)
{
  watch_silence (watch, trace, sample, reconnecting);
  follow_quality (watch, trace, sample, reconnecting);
}

void
kith_quality_watch_rest (KithQualityWatch *watch, const KithQualitySample *sample)
{
  watch->silent = 0;
  watch->told_silence = FALSE;
  watch->received = sample->received;
  watch->calm = 0;
}

void
kith_quality_watch_sum (KithTrace *trace, const KithQualitySample *sample)
{
  KithSaying *saying = kith_saying_new ("step-sum");

  kith_saying_put_number (saying, "sent", (guint)MIN (sample->sent, G_MAXUINT));
  kith_saying_put_number (saying, "received", (guint)MIN (sample->received, G_MAXUINT));
  put_figures (saying, sample, loss_percent (sample->lost, sample->received));
  kith_trace_say (trace, KITH_TRACE_MEDIA, saying);
}
