/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three phases in order. */
#include "model/phone/proxied-call.h"

const char *
kith_proxied_phase_word (KithProxiedPhase phase)
{
  static const char *const words[] = { "early", "confirmed", "terminated" };

  return (gsize)phase < G_N_ELEMENTS (words) ? words[phase] : words[KITH_PROXIED_TERMINATED];
}

gboolean
kith_proxied_phase_may (KithProxiedPhase phase, KithProxiedPhase next)
{
  return next > phase && next <= KITH_PROXIED_TERMINATED;
}
