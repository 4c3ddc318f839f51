/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of kith-edge, written out. */
#include "model/net/edge-state.h"

#include "base/state-table.h"

#define TO(state) (KITH_EDGE_##state + 1) /* 0 in the table: the event means nothing */

static const guint8 table[KITH_N_EDGE_STATES][KITH_N_EDGE_EVENTS] = {
  [KITH_EDGE_OFF] = {
    [KITH_EDGE_EVENT_START] = TO (STARTING),
  },
  [KITH_EDGE_STARTING] = {
    [KITH_EDGE_EVENT_START] = TO (STARTING),
    [KITH_EDGE_EVENT_OPEN] = TO (SERVING),
    [KITH_EDGE_EVENT_TAKEN] = TO (BLOCKED),
    [KITH_EDGE_EVENT_END] = TO (ENDED),
    [KITH_EDGE_EVENT_MISSING] = TO (ABSENT),
    [KITH_EDGE_EVENT_STOP] = TO (OFF),
  },
  [KITH_EDGE_SERVING] = {
    [KITH_EDGE_EVENT_OPEN] = TO (SERVING),
    [KITH_EDGE_EVENT_TAKEN] = TO (BLOCKED), /* an address went and came back */
    [KITH_EDGE_EVENT_END] = TO (ENDED),
    [KITH_EDGE_EVENT_STOP] = TO (OFF),
  },
  [KITH_EDGE_BLOCKED] = {
    [KITH_EDGE_EVENT_OPEN] = TO (SERVING),
    [KITH_EDGE_EVENT_TAKEN] = TO (BLOCKED), /* the next try */
    [KITH_EDGE_EVENT_END] = TO (ENDED),
    [KITH_EDGE_EVENT_STOP] = TO (OFF),
  },
  [KITH_EDGE_ENDED] = {
    [KITH_EDGE_EVENT_START] = TO (STARTING),
    [KITH_EDGE_EVENT_MISSING] = TO (ABSENT),
    [KITH_EDGE_EVENT_STOP] = TO (OFF),
  },
  [KITH_EDGE_ABSENT] = {
    [KITH_EDGE_EVENT_START] = TO (STARTING),
    [KITH_EDGE_EVENT_MISSING] = TO (ABSENT),
    [KITH_EDGE_EVENT_STOP] = TO (OFF),
  },
};

static const char *const words[KITH_N_EDGE_STATES] = {
  [KITH_EDGE_OFF] = "off",         [KITH_EDGE_STARTING] = "starting",
  [KITH_EDGE_SERVING] = "serving", [KITH_EDGE_BLOCKED] = "blocked",
  [KITH_EDGE_ENDED] = "ended",     [KITH_EDGE_ABSENT] = "absent",
};

gboolean
kith_edge_state_next (KithEdgeState state, KithEdgeEvent event, KithEdgeState *next)
{
  guint to = 0;

  if (!kith_state_table_next (*table, KITH_N_EDGE_STATES, KITH_N_EDGE_EVENTS, state, event, &to)) {
    return FALSE;
  }
  *next = (KithEdgeState)to;
  return TRUE;
}

const char *
kith_edge_state_word (KithEdgeState state)
{
  return (guint)state < KITH_N_EDGE_STATES ? words[state] : NULL;
}
