/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes up for lost packets of codecs that cannot do it themselves, by repeating the last period of
   the voice, pure. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KITH_CONCEALER_HISTORY 400 /* samples at 8 kHz: 50 ms */

/* Zeroed = nothing heard yet. */
typedef struct {
  gint16 history[KITH_CONCEALER_HISTORY];
  gsize period, at, missing; /* at: place in the period; missing: samples made up so far */
} KithConcealer;

/* @n samples that came; the first milliseconds after a hole are faded in, in place. */
void kith_concealer_pass (KithConcealer *concealer, gint16 *x, gsize n);

/* @n samples made up, silence after some 80 ms. */
void kith_concealer_fill (KithConcealer *concealer, gint16 *x, gsize n);

G_END_DECLS
