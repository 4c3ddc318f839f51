/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a link, written out. */
#include "model/net/link-states.h"

#include "base/state-table.h"

#define TO(state) (KITH_##state + 1) /* 0 in a table: the event means nothing */

static const guint8 phases[KITH_N_LINK_PHASES][KITH_N_LINK_EVENTS] = {
  [KITH_LINK_PHASE_OPENING] = {
    [KITH_LINK_EVENT_RISE] = TO (LINK_PHASE_UP),
    [KITH_LINK_EVENT_END] = TO (LINK_PHASE_FAILED),
  },
  [KITH_LINK_PHASE_UP] = {
    [KITH_LINK_EVENT_END] = TO (LINK_PHASE_ENDED),
  },
};

static const guint8 repairs[KITH_N_REPAIR_STATES][KITH_N_REPAIR_EVENTS] = {
  [KITH_REPAIR_QUIET] = {
    [KITH_REPAIR_EVENT_LOSE] = TO (REPAIR_SILENT),
  },
  [KITH_REPAIR_SILENT] = {
    [KITH_REPAIR_EVENT_SHOW] = TO (REPAIR_SHOWN),
    [KITH_REPAIR_EVENT_HEAR] = TO (REPAIR_QUIET),
  },
  [KITH_REPAIR_SHOWN] = {
    [KITH_REPAIR_EVENT_HEAR] = TO (REPAIR_QUIET),
  },
};

static const guint8 standbys[KITH_N_STANDBY_STATES][KITH_N_STANDBY_EVENTS] = {
  [KITH_STANDBY_OFF] = {
    [KITH_STANDBY_EVENT_HOLD] = TO (STANDBY_KEPT),
    [KITH_STANDBY_EVENT_RENEW] = TO (STANDBY_OFF),
  },
  [KITH_STANDBY_KEPT] = {
    [KITH_STANDBY_EVENT_LET_GO] = TO (STANDBY_LEFT),
    [KITH_STANDBY_EVENT_TRY] = TO (STANDBY_TRIED),
    [KITH_STANDBY_EVENT_RENEW] = TO (STANDBY_KEPT),
  },
  [KITH_STANDBY_TRIED] = {
    [KITH_STANDBY_EVENT_LET_GO] = TO (STANDBY_LEFT_TRIED),
    [KITH_STANDBY_EVENT_RENEW] = TO (STANDBY_KEPT),
  },
  [KITH_STANDBY_LEFT] = {
    [KITH_STANDBY_EVENT_HOLD] = TO (STANDBY_KEPT),
    [KITH_STANDBY_EVENT_TRY] = TO (STANDBY_LEFT_TRIED),
    [KITH_STANDBY_EVENT_RENEW] = TO (STANDBY_OFF),
  },
  [KITH_STANDBY_LEFT_TRIED] = {
    [KITH_STANDBY_EVENT_HOLD] = TO (STANDBY_KEPT),
    [KITH_STANDBY_EVENT_RENEW] = TO (STANDBY_OFF),
  },
};

static const guint8 pump_outs[KITH_N_PUMP_OUTS][KITH_N_PUMP_OUT_EVENTS] = {
  [KITH_PUMP_OUT_OPEN] = {
    [KITH_PUMP_OUT_EVENT_END] = TO (PUMP_OUT_ENDED),
  },
  [KITH_PUMP_OUT_ENDED] = {
    [KITH_PUMP_OUT_EVENT_CLOSE] = TO (PUMP_OUT_CLOSED),
  },
  [KITH_PUMP_OUT_CLOSED] = {
    [KITH_PUMP_OUT_EVENT_TELL] = TO (PUMP_OUT_TOLD),
  },
};

static const guint8 pump_ins[KITH_N_PUMP_INS][KITH_N_PUMP_IN_EVENTS] = {
  [KITH_PUMP_IN_OPEN] = {
    [KITH_PUMP_IN_EVENT_END] = TO (PUMP_IN_ENDED),
  },
  [KITH_PUMP_IN_ENDED] = {
    [KITH_PUMP_IN_EVENT_SHUT] = TO (PUMP_IN_SHUT),
  },
};

gboolean
kith_link_phase_step (KithLinkPhase *state, KithLinkEvent event)
{
  guint next = *state;
  gboolean moves = kith_state_table_next (*phases,
                                          KITH_N_LINK_PHASES,
                                          KITH_N_LINK_EVENTS,
                                          *state,
                                          event,
                                          &next);

  *state = (KithLinkPhase)next;
  return moves;
}

gboolean
kith_repair_state_step (KithRepairState *state, KithRepairEvent event)
{
  guint next = *state;
  gboolean moves = kith_state_table_next (*repairs,
                                          KITH_N_REPAIR_STATES,
                                          KITH_N_REPAIR_EVENTS,
                                          *state,
                                          event,
                                          &next);

  *state = (KithRepairState)next;
  return moves;
}

gboolean
kith_standby_state_step (KithStandbyState *state, KithStandbyEvent event)
{
  guint next = *state;
  gboolean moves = kith_state_table_next (*standbys,
                                          KITH_N_STANDBY_STATES,
                                          KITH_N_STANDBY_EVENTS,
                                          *state,
                                          event,
                                          &next);

  *state = (KithStandbyState)next;
  return moves;
}

gboolean
kith_pump_out_step (KithPumpOut *state, KithPumpOutEvent event)
{
  guint next = *state;
  gboolean moves = kith_state_table_next (*pump_outs,
                                          KITH_N_PUMP_OUTS,
                                          KITH_N_PUMP_OUT_EVENTS,
                                          *state,
                                          event,
                                          &next);

  *state = (KithPumpOut)next;
  return moves;
}

gboolean
kith_pump_in_step (KithPumpIn *state, KithPumpInEvent event)
{
  guint next = *state;
  gboolean moves = kith_state_table_next (*pump_ins,
                                          KITH_N_PUMP_INS,
                                          KITH_N_PUMP_IN_EVENTS,
                                          *state,
                                          event,
                                          &next);

  *state = (KithPumpIn)next;
  return moves;
}

gboolean
kith_link_phase_is_over (KithLinkPhase phase)
{
  return phase == KITH_LINK_PHASE_FAILED || phase == KITH_LINK_PHASE_ENDED;
}

gboolean
kith_standby_state_is_held (KithStandbyState state)
{
  return state == KITH_STANDBY_KEPT || state == KITH_STANDBY_TRIED;
}
