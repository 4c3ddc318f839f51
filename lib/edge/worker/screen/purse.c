/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two counters and one comparison. */
#include "edge/worker/screen/purse.h"

#include "edge/edge-limits.h"

void
kith_purse_heard (KithPurse *purse, gsize bytes)
{
  purse->heard += bytes;
}

gboolean
kith_purse_has_room (const KithPurse *purse, guint status, gboolean is_yes, gsize bytes)
{
  gsize reserve = status <= 100 ? 3 * bytes : status < 200 ? bytes : 0;

  if (purse->proved) {
    return TRUE;
  }
  return is_yes ? purse->answers < KITH_EDGE_MOST_ANSWERS
                : purse->said + bytes + reserve <= KITH_EDGE_MOST_BACK * purse->heard;
}

gboolean
kith_purse_may_say (KithPurse *purse, guint status, gboolean is_yes, gsize bytes)
{
  if (!kith_purse_has_room (purse, status, is_yes, bytes)) {
    return FALSE;
  }
  purse->answers += is_yes;
  purse->said += bytes;
  return TRUE;
}
