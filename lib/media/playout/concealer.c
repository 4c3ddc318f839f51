/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pitch repetition in the manner of ITU-T G.711 Appendix I. */
#include "media/playout/concealer.h"

#include <string.h>

#include "media/playout/time-stretch.h"

#define LONGEST_MS 15
#define HISTORY_MS 50
#define LOUD_MS 10 /* at full level */
#define FADE_MS 70 /* and then down to nothing */
#define JOIN_MS 4  /* fading over to what came */

static gsize
to_samples (const KithConcealer *concealer, guint ms)
{
  return (gsize)concealer->rate * ms / 1000;
}

void
kith_concealer_init (KithConcealer *concealer, guint rate)
{
  memset (concealer, 0, sizeof *concealer);
  concealer->rate = MIN (rate, KITH_CONCEALER_MAX_RATE);
}

static void
remember (KithConcealer *concealer, const gint16 *x, gsize n)
{
  gsize all = to_samples (concealer, HISTORY_MS);
  gsize part = MIN (n, all);

  memmove (concealer->history, concealer->history + part, (all - part) * sizeof *x);
  memcpy (concealer->history + all - part, x + n - part, part * sizeof *x);
}

static gint16
next_sample (KithConcealer *concealer)
{
  gsize loud = to_samples (concealer, LOUD_MS), fade = to_samples (concealer, FADE_MS);
  const gint16 *wave = concealer->history + to_samples (concealer, HISTORY_MS) - concealer->period;
  gsize gone = concealer->missing++;
  gsize level = gone < loud ? fade : gone < loud + fade ? loud + fade - gone : 0;
  gint32 sample = wave[concealer->at];

  concealer->at = (concealer->at + 1) % concealer->period;
  return (gint16)(sample * (gint32)level / (gint32)fade);
}

void
kith_concealer_fill (KithConcealer *concealer, gint16 *x, gsize n)
{
  double likeness;

  if (concealer->missing == 0) {
    concealer->period = kith_stretch_find_period (concealer->history,
                                                  to_samples (concealer, HISTORY_MS),
                                                  concealer->rate,
                                                  LONGEST_MS,
                                                  &likeness);
    concealer->period = MAX (concealer->period, 1);
    concealer->at = 0;
  }
  for (gsize i = 0; i < n; i++) {
    x[i] = next_sample (concealer);
  }
}

void
kith_concealer_pass (KithConcealer *concealer, gint16 *x, gsize n)
{
  if (concealer->missing > 0) {
    gsize join = MIN (n, to_samples (concealer, JOIN_MS));
    for (gsize i = 0; i < join; i++) {
      x[i] = (gint16)((next_sample (concealer) * (gint32)(join - i) + x[i] * (gint32)i)
                      / (gint32)join);
    }
    concealer->missing = 0;
  }
  remember (concealer, x, n);
}
