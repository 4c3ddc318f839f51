/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One period is faded into the next. */
#include "media/playout/time-stretch.h"

#include <math.h>
#include <string.h>

#define COARSE_HZ 8000
#define COARSE_MAX 512
#define PERIOD_MIN (COARSE_HZ / 400)
#define LONGEST_MS 10
#define ALIKE 0.8 /* less, and the seam would be heard */

static double
likeness_at (const float *x, guint window, guint lag)
{
  float product = 0, here = 1e-6f, there = 1e-6f;

  for (guint i = 0; i < window; i++) {
    product += x[i] * x[i + lag];
    here += x[i] * x[i];
    there += x[i + lag] * x[i + lag];
  }
  return (double)product / sqrt ((double)here * (double)there);
}

gsize
kith_stretch_find_period (const gint16 *x, gsize n, guint rate, guint longest_ms, double *likeness)
{
  guint step = MAX (rate / COARSE_HZ, 1);
  guint coarse = (guint)MIN (n / step, COARSE_MAX);
  guint longest = MIN (COARSE_HZ * longest_ms / 1000, coarse / 2), best = 0;
  float y[COARSE_MAX];

  *likeness = -1;
  for (guint i = 0; i < coarse; i++) {
    float sum = 0;
    for (guint k = 0; k < step; k++) {
      sum += x[i * step + k];
    }
    y[i] = sum / (float)step;
  }
  for (guint lag = PERIOD_MIN; lag <= longest; lag++) {
    double value = likeness_at (y, coarse - longest, lag);
    if (value > *likeness) {
      *likeness = value;
      best = lag;
    }
  }
  return (gsize)best * step;
}

/* The period to use, 0: none. */
static gsize
choose_period (const gint16 *x, gsize n, guint rate, gsize most, gboolean silent)
{
  double likeness;

  if (silent) {
    gsize period = MIN (MIN (most, n / 2), (gsize)rate * LONGEST_MS / 1000);
    return period >= rate / 1000 ? period : 0;
  }
  gsize period = kith_stretch_find_period (x, n, rate, LONGEST_MS, &likeness);
  return likeness >= ALIKE && period <= most && 2 * period <= n ? period : 0;
}

static gint16
blend (gint16 from, gint16 to, gsize at, gsize length)
{
  return (gint16)((from * (gint32)(length - at) + to * (gint32)at) / (gint32)length);
}

gsize
kith_stretch_shorten (gint16 *x, gsize n, guint rate, gsize most, gboolean silent)
{
  gsize period = choose_period (x, n, rate, most, silent);

  if (period == 0) {
    return n;
  }
  for (gsize i = 0; i < period; i++) {
    x[i] = blend (x[i], x[period + i], i, period);
  }
  memmove (x + period, x + 2 * period, (n - 2 * period) * sizeof *x);
  return n - period;
}

gsize
kith_stretch_lengthen (gint16 *x, gsize n, guint rate, gsize most, gboolean silent)
{
  gsize period = choose_period (x, n, rate, most, silent);

  if (period == 0) {
    return n;
  }
  memmove (x + 2 * period, x + period, (n - period) * sizeof *x);
  for (gsize i = 0; i < period; i++) {
    x[period + i] = blend (x[2 * period + i], x[i], i, period);
  }
  return n + period;
}
