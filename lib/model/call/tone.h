/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a telephone plays to who calls: that it rings, and why a call does not come about. */
#pragma once

#include "base/export.h"
#include "model/call/reason.h"

G_BEGIN_DECLS

typedef enum {
  KITH_TONE_NONE,
  KITH_TONE_RING_BACK, /* it rings there */
  KITH_TONE_BUSY,      /* they are busy, or declined */
  KITH_TONE_NO_WAY     /* special information tone (ITU-T E.180): nobody of that name or number */
} KithTone;

#define KITH_N_TONES (KITH_TONE_NO_WAY + 1)

/* One step of a tone, which begins anew after its last. */
typedef struct {
  guint16 ms;
  guint16 hz[2]; /* both at once; 0: none */
} KithToneStep;

/* The steps of @tone (static), and *@n how many: 0 for NONE. */
KITH_API const KithToneStep *kith_tone_get_steps (KithTone tone, guint *n);

/* The two frequencies of a key (ITU-T Q.23) in @hz. FALSE: there is no such key. */
KITH_API gboolean kith_tone_get_key (char key, guint16 hz[2]);

/* What the caller hears before a call that ended so is refused; NONE: nothing. */
KITH_API KithTone kith_tone_of_reason (KithReason reason);

G_END_DECLS
