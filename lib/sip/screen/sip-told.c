/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A counter and a time for each kind. */
#include "sip/screen/sip-told.h"

gboolean
kith_sip_told_now (KithSipTold *told, KithSipToldKind kind, gint64 now_us, guint *count)
{
  gint64 at_us = told->kinds[kind].at_us;

  told->kinds[kind].count++;
  if (at_us > 0 && now_us - at_us < G_USEC_PER_SEC) {
    return FALSE;
  }
  *count = told->kinds[kind].count;
  told->kinds[kind].count = 0;
  told->kinds[kind].at_us = now_us;
  return TRUE;
}
