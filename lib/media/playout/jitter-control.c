/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rule of the adaptive jitter buffer: quantiles of the packets' ways. */
#include "media/playout/jitter-control.h"

#define REVIEW_EVERY 4 /* packets */
#define SETTLED 100    /* packets until the start value is given up */
#define LATE_IN_THOUSAND 15
#define SOON 100 /* packets: the quick look */
#define LATE_SOON_IN_THOUSAND 100
#define SHIFT_PACKETS 25
#define SHIFT_US 40000
#define FASTER_US 10000
#define SLACK 10
#define SLACK_DOWN 4
#define STEP_DOWN_US 10000
#define MARGIN_US 2000 /* for the waking of threads */

void
kith_jitter_control_init (KithJitterControl *control, guint start_ms)
{
  control->start_us = CLAMP (start_ms, KITH_JITTER_MIN_MS, KITH_JITTER_MAX_MS) * 1000;
  control->target_us = control->start_us;
  control->learnt = FALSE;
  kith_jitter_control_restart (control);
}

void
kith_jitter_control_restart (KithJitterControl *control)
{
  control->n = control->next = control->fresh = 0;
  control->base_us = 0;
  control->settling = TRUE;
}

/* The place of the packet that came @back packets before the newest. */
static guint
place_of (const KithJitterControl *control, guint back)
{
  return (control->next + KITH_JITTER_MEMORY - 1 - back) % KITH_JITTER_MEMORY;
}

static void
forget_old (KithJitterControl *control, gint64 now_us)
{
  while (control->n > 1
         && now_us - control->seen[place_of (control, control->n - 1)].arrival_us
                > KITH_JITTER_MEMORY_S * G_USEC_PER_SEC) {
    control->n--;
  }
}

/* The way within which all but @late_in_thousand of the newest @n packets came: of the longest ones
   the shortest. */
static gint64
quantile (const KithJitterControl *control, guint n, guint late_in_thousand)
{
  gint64 longest[KITH_JITTER_MEMORY];
  guint wanted = n * late_in_thousand / 1000 + 1, found = 0;

  for (guint i = 0; i < n; i++) {
    gint64 way = control->seen[place_of (control, i)].way_us;
    if (found == wanted && way <= longest[wanted - 1]) {
      continue;
    }
    guint place = found < wanted ? found++ : wanted - 1;
    for (; place > 0 && longest[place - 1] < way; place--) {
      longest[place] = longest[place - 1];
    }
    longest[place] = way;
  }
  return longest[wanted - 1];
}

static gint64
shortest (const KithJitterControl *control, guint n)
{
  gint64 least = G_MAXINT64;

  for (guint i = 0; i < n; i++) {
    least = MIN (least, control->seen[place_of (control, i)].way_us);
  }
  return least;
}

/* All packets of the last half second were under way longer than ever before, and not because they
   differ so much; or each of them shorter than all before. */
static gboolean
is_shifted (const KithJitterControl *control)
{
  const guint older = SHIFT_PACKETS + 2 * REVIEW_EVERY; /* those between may be of either path */
  gint64 before = G_MAXINT64;

  if (control->n <= older) {
    return FALSE;
  }
  for (guint i = older; i < control->n; i++) {
    before = MIN (before, control->seen[place_of (control, i)].way_us);
  }
  if (quantile (control, SHIFT_PACKETS, 0) + FASTER_US < before) {
    return TRUE;
  }
  gint64 now = shortest (control, SHIFT_PACKETS);
  gint64 spread = quantile (control, SHIFT_PACKETS, LATE_SOON_IN_THOUSAND) - now;
  return now - before > MAX (SHIFT_US, 2 * spread);
}

/* So long that most packets are in time, and at least that they all are, where that takes
   little. */
static gint64
find_wanted (KithJitterControl *control, gint64 *least)
{
  gint64 late = quantile (control, control->n, LATE_IN_THOUSAND);
  gint64 soon = quantile (control, MIN (control->n, SOON), LATE_SOON_IN_THOUSAND);
  gint64 all = quantile (control, control->n, 0);
  gint64 wanted = MAX (late, soon) - control->base_us + MARGIN_US;

  *least = CLAMP (all - control->base_us + MARGIN_US,
                  KITH_JITTER_MIN_MS * 1000,
                  KITH_JITTER_CAREFUL_MS * 1000);
  if (!control->learnt) {
    wanted = MAX (wanted, control->start_us);
  }
  return CLAMP (wanted, *least, KITH_JITTER_MAX_MS * 1000);
}

static void
review (KithJitterControl *control)
{
  gboolean shifted = is_shifted (control);
  gint64 least, target = control->target_us;

  control->n = shifted ? SHIFT_PACKETS : control->n;
  control->base_us = shortest (control, control->n);
  control->learnt = control->learnt || control->n >= SETTLED;
  gint64 wanted = find_wanted (control, &least);
  gint64 roomy = wanted > least ? MIN (wanted + wanted / SLACK, KITH_JITTER_MAX_MS * 1000) : wanted;
  if (shifted) {
    target = wanted;
  } else if (wanted > target) {
    target = roomy;
  } else if (wanted == least || wanted < target - target / SLACK_DOWN) {
    target = MAX (roomy, target - STEP_DOWN_US);
  } /* small changes would be heard, and help nobody */
  control->target_us = (guint)target;
}

void
kith_jitter_control_add (KithJitterControl *control, gint64 sent_us, gint64 arrival_us)
{
  gint64 way_us = arrival_us - sent_us;

  if (control->settling && control->n > 0) {
    control->settling = way_us < control->base_us;
    control->n = control->settling ? 0 : control->n;
  }
  control->seen[control->next].arrival_us = arrival_us;
  control->seen[control->next].way_us = way_us;
  control->next = (control->next + 1) % KITH_JITTER_MEMORY;
  control->n = MIN (control->n + 1, KITH_JITTER_MEMORY);
  control->base_us = control->n == 1 ? way_us : MIN (control->base_us, way_us);
  if (++control->fresh >= REVIEW_EVERY) {
    control->fresh = 0;
    forget_old (control, arrival_us);
    review (control);
  }
}
