/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pitch repetition in the manner of ITU-T G.711 Appendix I. */
#include "media/playout/concealer.h"

#include <string.h>

#include "media/playout/time-stretch.h"

#define RATE 8000
#define LONGEST_MS 15
#define LOUD (10 * RATE / 1000) /* samples at full level */
#define FADE (70 * RATE / 1000) /* and then down to nothing */
#define JOIN (4 * RATE / 1000)  /* fading over to what came */

static void
remember (KithConcealer *concealer, const gint16 *x, gsize n)
{
  gsize part = MIN (n, KITH_CONCEALER_HISTORY);

  memmove (concealer->history,
           concealer->history + part,
           (KITH_CONCEALER_HISTORY - part) * sizeof *x);
  memcpy (concealer->history + KITH_CONCEALER_HISTORY - part, x + n - part, part * sizeof *x);
}

static gint16
next_sample (KithConcealer *concealer)
{
  const gint16 *wave = concealer->history + KITH_CONCEALER_HISTORY - concealer->period;
  gsize gone = concealer->missing++;
  gsize level = gone < LOUD ? FADE : gone < LOUD + FADE ? LOUD + FADE - gone : 0;
  gint32 sample = wave[concealer->at];

  concealer->at = (concealer->at + 1) % concealer->period;
  return (gint16)(sample * (gint32)level / FADE);
}

void
kith_concealer_fill (KithConcealer *concealer, gint16 *x, gsize n)
{
  double likeness;

  if (concealer->missing == 0) {
    concealer->period = kith_stretch_find_period (concealer->history,
                                                  KITH_CONCEALER_HISTORY,
                                                  RATE,
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
    gsize join = MIN (n, JOIN);
    for (gsize i = 0; i < join; i++) {
      x[i] = (gint16)((next_sample (concealer) * (gint32)(join - i) + x[i] * (gint32)i)
                      / (gint32)join);
    }
    concealer->missing = 0;
  }
  remember (concealer, x, n);
}
