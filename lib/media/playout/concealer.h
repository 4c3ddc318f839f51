/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes up for lost packets of codecs that cannot do it themselves, by repeating the last period of
   the voice, pure. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KITH_CONCEALER_MAX_RATE 16000
#define KITH_CONCEALER_HISTORY (KITH_CONCEALER_MAX_RATE / 20) /* samples: 50 ms */

typedef struct {
  guint rate;
  gint16 history[KITH_CONCEALER_HISTORY];
  gsize period, at, missing; /* at: place in the period; missing: samples made up so far */
} KithConcealer;

/* Nothing was heard yet; @rate: Hz of the samples, 8000 to KITH_CONCEALER_MAX_RATE. */
void kith_concealer_init (KithConcealer *concealer, guint rate);

/* @n samples that came; the first milliseconds after a hole are faded in, in place. */
void kith_concealer_pass (KithConcealer *concealer, gint16 *x, gsize n);

/* @n samples made up, silence after some 80 ms. */
void kith_concealer_fill (KithConcealer *concealer, gint16 *x, gsize n);

G_END_DECLS
