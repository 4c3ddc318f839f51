/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a link, written out. */
#include "model/net/link-states.h"

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
  guint8 to = (guint)*state < KITH_N_LINK_PHASES && (guint)event < KITH_N_LINK_EVENTS
                  ? phases[*state][event]
                  : 0;

  *state = to != 0 ? (KithLinkPhase)(to - 1) : *state;
  return to != 0;
}

gboolean
kith_repair_state_step (KithRepairState *state, KithRepairEvent event)
{
  guint8 to = (guint)*state < KITH_N_REPAIR_STATES && (guint)event < KITH_N_REPAIR_EVENTS
                  ? repairs[*state][event]
                  : 0;

  *state = to != 0 ? (KithRepairState)(to - 1) : *state;
  return to != 0;
}

gboolean
kith_standby_state_step (KithStandbyState *state, KithStandbyEvent event)
{
  guint8 to = (guint)*state < KITH_N_STANDBY_STATES && (guint)event < KITH_N_STANDBY_EVENTS
                  ? standbys[*state][event]
                  : 0;

  *state = to != 0 ? (KithStandbyState)(to - 1) : *state;
  return to != 0;
}

gboolean
kith_pump_out_step (KithPumpOut *state, KithPumpOutEvent event)
{
  guint8 to = (guint)*state < KITH_N_PUMP_OUTS && (guint)event < KITH_N_PUMP_OUT_EVENTS
                  ? pump_outs[*state][event]
                  : 0;

  *state = to != 0 ? (KithPumpOut)(to - 1) : *state;
  return to != 0;
}

gboolean
kith_pump_in_step (KithPumpIn *state, KithPumpInEvent event)
{
  guint8 to = (guint)*state < KITH_N_PUMP_INS && (guint)event < KITH_N_PUMP_IN_EVENTS
                  ? pump_ins[*state][event]
                  : 0;

  *state = to != 0 ? (KithPumpIn)(to - 1) : *state;
  return to != 0;
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
