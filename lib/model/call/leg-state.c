/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a leg's states, written out. */
#include "model/call/leg-state.h"

#include "base/state-table.h"

#define TO(state) (KITH_LEG_##state + 1) /* 0 in the table: the event is illegal */

static const guint8 table[KITH_N_LEG_STATES][KITH_N_LEG_EVENTS] = {
  [KITH_LEG_NEW] = {
    [KITH_LEG_EVENT_DIAL] = TO (DIALING),
    [KITH_LEG_EVENT_OFFERED] = TO (RINGING),
    [KITH_LEG_EVENT_END] = TO (ENDED),
  },
  [KITH_LEG_DIALING] = {
    [KITH_LEG_EVENT_RING] = TO (RINGING),
    [KITH_LEG_EVENT_EARLY] = TO (EARLY),
    [KITH_LEG_EVENT_ANSWER] = TO (ANSWERED), /* 200 without 180 */
    [KITH_LEG_EVENT_END] = TO (ENDED),
  },
  [KITH_LEG_RINGING] = {
    [KITH_LEG_EVENT_EARLY] = TO (EARLY),
    [KITH_LEG_EVENT_ANSWER] = TO (ANSWERED),
    [KITH_LEG_EVENT_END] = TO (ENDED),
  },
  [KITH_LEG_EARLY] = {
    [KITH_LEG_EVENT_RING] = TO (EARLY), /* it is heard all the same */
    [KITH_LEG_EVENT_EARLY] = TO (EARLY),
    [KITH_LEG_EVENT_ANSWER] = TO (ANSWERED),
    [KITH_LEG_EVENT_END] = TO (ENDED),
  },
  [KITH_LEG_ANSWERED] = {
    [KITH_LEG_EVENT_FLOW] = TO (FLOWING),
    [KITH_LEG_EVENT_END] = TO (ENDED),
  },
  [KITH_LEG_FLOWING] = {
    [KITH_LEG_EVENT_HOLD] = TO (HELD_HERE),
    [KITH_LEG_EVENT_PEER_HOLD] = TO (HELD_THERE),
    [KITH_LEG_EVENT_END] = TO (ENDED),
  },
  [KITH_LEG_HELD_HERE] = {
    [KITH_LEG_EVENT_RESUME] = TO (FLOWING),
    [KITH_LEG_EVENT_PEER_HOLD] = TO (HELD_BOTH),
    [KITH_LEG_EVENT_END] = TO (ENDED),
  },
  [KITH_LEG_HELD_THERE] = {
    [KITH_LEG_EVENT_HOLD] = TO (HELD_BOTH),
    [KITH_LEG_EVENT_PEER_RESUME] = TO (FLOWING),
    [KITH_LEG_EVENT_END] = TO (ENDED),
  },
  [KITH_LEG_HELD_BOTH] = {
    [KITH_LEG_EVENT_RESUME] = TO (HELD_THERE),
    [KITH_LEG_EVENT_PEER_RESUME] = TO (HELD_HERE),
    [KITH_LEG_EVENT_END] = TO (ENDED),
  },
};

static const char *const state_words[KITH_N_LEG_STATES] = {
  [KITH_LEG_NEW] = "new",
  [KITH_LEG_DIALING] = "dialing",
  [KITH_LEG_RINGING] = "ringing",
  [KITH_LEG_EARLY] = "early",
  [KITH_LEG_ANSWERED] = "answered",
  [KITH_LEG_FLOWING] = "flowing",
  [KITH_LEG_HELD_HERE] = "held-here",
  [KITH_LEG_HELD_THERE] = "held-there",
  [KITH_LEG_HELD_BOTH] = "held-both",
  [KITH_LEG_ENDED] = "ended",
};

static const char *const event_words[KITH_N_LEG_EVENTS] = {
  [KITH_LEG_EVENT_DIAL] = "dial",
  [KITH_LEG_EVENT_OFFERED] = "offered",
  [KITH_LEG_EVENT_RING] = "ring",
  [KITH_LEG_EVENT_EARLY] = "early",
  [KITH_LEG_EVENT_ANSWER] = "answer",
  [KITH_LEG_EVENT_FLOW] = "media-flows",
  [KITH_LEG_EVENT_HOLD] = "hold",
  [KITH_LEG_EVENT_RESUME] = "resume",
  [KITH_LEG_EVENT_PEER_HOLD] = "peer-hold",
  [KITH_LEG_EVENT_PEER_RESUME] = "peer-resume",
  [KITH_LEG_EVENT_END] = "end",
};

gboolean
kith_leg_state_next (KithLegState state, KithLegEvent event, KithLegState *next)
{
  guint to = 0;

  if (!kith_state_table_next (*table, KITH_N_LEG_STATES, KITH_N_LEG_EVENTS, state, event, &to)) {
    return FALSE;
  }
  *next = (KithLegState)to;
  return TRUE;
}

gboolean
kith_leg_state_is_answered (KithLegState state)
{
  return state >= KITH_LEG_ANSWERED && state < KITH_LEG_ENDED;
}

const char *
kith_leg_state_word (KithLegState state)
{
  return (guint)state < KITH_N_LEG_STATES ? state_words[state] : NULL;
}

const char *
kith_leg_event_word (KithLegEvent event)
{
  return (guint)event < KITH_N_LEG_EVENTS ? event_words[event] : NULL;
}
