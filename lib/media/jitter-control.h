/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses the delay of the jitter buffer from the measured jitter, a pure state machine. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KITH_JITTER_MIN_MS 20
#define KITH_JITTER_MAX_MS 200
#define KITH_JITTER_TICK_MS 500 /* the caller steps it this often */

typedef struct {
  guint current_ms;
  guint calm_ticks; /* how long the buffer has been larger than needed */
} KithJitterControl;

/* Begins at @start_ms, brought into 10 to 200. */
void kith_jitter_control_init (KithJitterControl *control, guint start_ms);

/* One tick: @jitter_us as in RFC 3550 section 6.4.1. The target is 20 ms + 5 × jitter within 20 to 200 ms. Raises at once; lowers by
   10 ms after 2 s of calm while the peer is @silent, or after 15 s. Returns the delay to use in ms. */
guint kith_jitter_control_step (KithJitterControl *control, guint jitter_us, gboolean silent);

G_END_DECLS
