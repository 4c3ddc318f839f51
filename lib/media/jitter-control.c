/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rule of the adaptive jitter buffer. */
#include "media/jitter-control.h"

#define START_MIN_MS 10
#define ROUND_MS 5
#define STEP_DOWN_MS 10
#define CALM_TICKS_SILENT (2000 / KITH_JITTER_TICK_MS)
#define CALM_TICKS_LOUD (15000 / KITH_JITTER_TICK_MS)

void
kith_jitter_control_init (KithJitterControl *control, guint start_ms)
{
  control->current_ms = CLAMP (start_ms, START_MIN_MS, KITH_JITTER_MAX_MS);
  control->calm_ticks = 0;
}

guint
kith_jitter_control_step (KithJitterControl *control, guint jitter_us, gboolean silent)
{
  guint64 wanted = KITH_JITTER_MIN_MS + (guint64)jitter_us * 5 / 1000;
  guint target = (guint)MIN (wanted, KITH_JITTER_MAX_MS);

  if (target > control->current_ms) {
    guint rounded = (target + ROUND_MS - 1) / ROUND_MS * ROUND_MS;
    control->current_ms = MIN (rounded, KITH_JITTER_MAX_MS);
    control->calm_ticks = 0;
  } else if (target + STEP_DOWN_MS <= control->current_ms) {
    control->calm_ticks++;
    if (control->calm_ticks >= (guint)(silent ? CALM_TICKS_SILENT : CALM_TICKS_LOUD)) {
      control->current_ms -= STEP_DOWN_MS;
      control->calm_ticks = 0;
    }
  } else {
    control->calm_ticks = 0;
  }
  return control->current_ms;
}
