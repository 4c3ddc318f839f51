/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a QUIC connection, written out. */
#include "model/net/quic-states.h"

#include "base/state-table.h"

#define TO(state) (KITH_QUIC_##state + 1) /* 0 in a table: the event means nothing */

static const guint8 states[KITH_N_QUIC_STATES][KITH_N_QUIC_EVENTS] = {
  [KITH_QUIC_IDLE] = {
    [KITH_QUIC_EVENT_MAKE] = TO (MAKING),
    [KITH_QUIC_EVENT_END] = TO (FAILED),
  },
  [KITH_QUIC_MAKING] = {
    [KITH_QUIC_EVENT_MADE] = TO (SHAKING),
    [KITH_QUIC_EVENT_UNMAKE] = TO (IDLE),
  },
  [KITH_QUIC_SHAKING] = {
    [KITH_QUIC_EVENT_UNMAKE] = TO (IDLE),
    [KITH_QUIC_EVENT_PEER] = TO (CHECKED),
    [KITH_QUIC_EVENT_END] = TO (FAILED),
  },
  [KITH_QUIC_CHECKED] = {
    [KITH_QUIC_EVENT_SHAKEN] = TO (SHAKEN),
    [KITH_QUIC_EVENT_END] = TO (FAILED),
  },
  [KITH_QUIC_SHAKEN] = {
    [KITH_QUIC_EVENT_TOLD] = TO (UP),
    [KITH_QUIC_EVENT_END] = TO (FAILED),
  },
  [KITH_QUIC_UP] = {
    [KITH_QUIC_EVENT_END] = TO (ENDED),
  },
};

static const guint8 outs[KITH_N_QUIC_OUTS][KITH_N_QUIC_OUT_EVENTS] = {
  [KITH_QUIC_OUT_OPEN] = {
    [KITH_QUIC_OUT_EVENT_END] = TO (OUT_ENDING),
    [KITH_QUIC_OUT_EVENT_CLOSE] = TO (OUT_CLOSED),
  },
  [KITH_QUIC_OUT_ENDING] = {
    [KITH_QUIC_OUT_EVENT_SENT] = TO (OUT_ENDED),
    [KITH_QUIC_OUT_EVENT_CLOSE] = TO (OUT_CLOSED),
  },
  [KITH_QUIC_OUT_ENDED] = {
    [KITH_QUIC_OUT_EVENT_CLOSE] = TO (OUT_CLOSED),
  },
};

static const guint8 ins[KITH_N_QUIC_INS][KITH_N_QUIC_IN_EVENTS] = {
  [KITH_QUIC_IN_OPEN] = {
    [KITH_QUIC_IN_EVENT_END] = TO (IN_ENDED),
  },
  [KITH_QUIC_IN_ENDED] = {
    [KITH_QUIC_IN_EVENT_TELL] = TO (IN_TOLD),
  },
};

static const guint8 notes[KITH_N_QUIC_NOTES][KITH_N_QUIC_NOTES_EVENTS] = {
  [KITH_QUIC_NOTES_NONE] = {
    [KITH_QUIC_NOTES_EVENT_OPEN] = TO (NOTES_OPEN),
    [KITH_QUIC_NOTES_EVENT_REFUSE] = TO (NOTES_REFUSED),
  },
  [KITH_QUIC_NOTES_OPEN] = {
    [KITH_QUIC_NOTES_EVENT_BLOCK] = TO (NOTES_BLOCKED),
    [KITH_QUIC_NOTES_EVENT_REFUSE] = TO (NOTES_REFUSED),
  },
  [KITH_QUIC_NOTES_BLOCKED] = {
    [KITH_QUIC_NOTES_EVENT_TURN] = TO (NOTES_OPEN),
    [KITH_QUIC_NOTES_EVENT_REFUSE] = TO (NOTES_REFUSED),
  },
};

static const char *const words[KITH_N_QUIC_STATES] = {
  [KITH_QUIC_IDLE] = "idle",       [KITH_QUIC_MAKING] = "making", [KITH_QUIC_SHAKING] = "shaking",
  [KITH_QUIC_CHECKED] = "checked", [KITH_QUIC_SHAKEN] = "shaken", [KITH_QUIC_UP] = "up",
  [KITH_QUIC_FAILED] = "failed",   [KITH_QUIC_ENDED] = "ended",
};

gboolean
kith_quic_state_step (KithQuicState *state, KithQuicEvent event)
{
  guint next = *state;
  gboolean moves = kith_state_table_next (*states,
                                          KITH_N_QUIC_STATES,
                                          KITH_N_QUIC_EVENTS,
                                          *state,
                                          event,
                                          &next);

  *state = (KithQuicState)next;
  return moves;
}

gboolean
kith_quic_out_step (KithQuicOut *state, KithQuicOutEvent event)
{
  guint next = *state;
  gboolean moves = kith_state_table_next (*outs,
                                          KITH_N_QUIC_OUTS,
                                          KITH_N_QUIC_OUT_EVENTS,
                                          *state,
                                          event,
                                          &next);

  *state = (KithQuicOut)next;
  return moves;
}

gboolean
kith_quic_in_step (KithQuicIn *state, KithQuicInEvent event)
{
  guint next = *state;
  gboolean moves
      = kith_state_table_next (*ins, KITH_N_QUIC_INS, KITH_N_QUIC_IN_EVENTS, *state, event, &next);

  *state = (KithQuicIn)next;
  return moves;
}

gboolean
kith_quic_notes_step (KithQuicNotes *state, KithQuicNotesEvent event)
{
  guint next = *state;
  gboolean moves = kith_state_table_next (*notes,
                                          KITH_N_QUIC_NOTES,
                                          KITH_N_QUIC_NOTES_EVENTS,
                                          *state,
                                          event,
                                          &next);

  *state = (KithQuicNotes)next;
  return moves;
}

const char *
kith_quic_state_word (KithQuicState state)
{
  return (guint)state < KITH_N_QUIC_STATES ? words[state] : NULL;
}

gboolean
kith_quic_state_is_over (KithQuicState state)
{
  return state == KITH_QUIC_FAILED || state == KITH_QUIC_ENDED;
}

gboolean
kith_quic_state_was_up (KithQuicState state)
{
  return state == KITH_QUIC_UP || state == KITH_QUIC_ENDED;
}
