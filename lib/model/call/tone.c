/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables: the tones as in most of Europe. */
#include "model/call/tone.h"

#include <string.h>

static const KithToneStep ring_back[] = { { 1000, { 425, 0 } }, { 4000, { 0, 0 } } };
static const KithToneStep busy[] = { { 480, { 425, 0 } }, { 480, { 0, 0 } } };
static const KithToneStep no_way[]
    = { { 330, { 950, 0 } }, { 330, { 1400, 0 } }, { 330, { 1800, 0 } }, { 1000, { 0, 0 } } };

static const struct {
  const KithToneStep *steps;
  guint n;
} tones[KITH_N_TONES] = {
  [KITH_TONE_NONE] = { NULL, 0 },
  [KITH_TONE_RING_BACK] = { ring_back, G_N_ELEMENTS (ring_back) },
  [KITH_TONE_BUSY] = { busy, G_N_ELEMENTS (busy) },
  [KITH_TONE_NO_WAY] = { no_way, G_N_ELEMENTS (no_way) },
};

const KithToneStep *
kith_tone_get_steps (KithTone tone, guint *n)
{
  const guint row = (guint)tone < KITH_N_TONES ? (guint)tone : KITH_TONE_NONE;

  *n = tones[row].n;
  return tones[row].steps;
}

gboolean
kith_tone_get_key (char key, guint16 hz[2])
{
  static const char keys[] = "123A456B789C*0#D";
  static const guint16 rows[] = { 697, 770, 852, 941 };
  static const guint16 columns[] = { 1209, 1336, 1477, 1633 };
  const char *at = key != '\0' ? strchr (keys, key) : NULL;

  if (at == NULL) {
    return FALSE;
  }
  hz[0] = rows[(at - keys) / 4];
  hz[1] = columns[(at - keys) % 4];
  return TRUE;
}

KithTone
kith_tone_of_reason (KithReason reason)
{
  switch (reason) {
  case KITH_REASON_REJECTED:
  case KITH_REASON_BUSY:
  case KITH_REASON_REPLACED:
    return KITH_TONE_BUSY;
  case KITH_REASON_NOT_FOUND:
  case KITH_REASON_AMBIGUOUS:
  case KITH_REASON_UNREACHABLE:
  case KITH_REASON_UNTRUSTED:
  case KITH_REASON_UNAUTHORIZED:
    return KITH_TONE_NO_WAY;
  case KITH_REASON_NONE:
  case KITH_REASON_LOCAL:
  case KITH_REASON_REMOTE:
  case KITH_REASON_NO_ANSWER: /* they heard it ring */
  case KITH_REASON_NOT_ACCEPTABLE:
  case KITH_REASON_MEDIA_FAILED:
  case KITH_REASON_NETWORK_LOST:
  case KITH_REASON_ELSEWHERE:
  case KITH_REASON_TIMEOUT:
  case KITH_REASON_INTERNAL:
    return KITH_TONE_NONE;
  }
  return KITH_TONE_NONE;
}
