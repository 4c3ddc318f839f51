/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of an account's presence, written out. */
#include "model/names/registration-state.h"

#include "base/state-table.h"

#define TO(state) (KITH_REGISTRATION_##state + 1) /* 0 in the table: the event is illegal */

static const guint8 table[KITH_N_REGISTRATION_STATES][KITH_N_REGISTRATION_EVENTS] = {
  [KITH_REGISTRATION_OFFLINE] = {
    [KITH_REGISTRATION_EVENT_START] = TO (JOINING),
  },
  [KITH_REGISTRATION_JOINING] = {
    [KITH_REGISTRATION_EVENT_JOINED] = TO (PUBLISHING),
    [KITH_REGISTRATION_EVENT_PEERLESS] = TO (ALONE),
    [KITH_REGISTRATION_EVENT_WITHDRAW] = TO (WITHDRAWING),
    [KITH_REGISTRATION_EVENT_LOST] = TO (OFFLINE),
  },
  [KITH_REGISTRATION_PUBLISHING] = {
    [KITH_REGISTRATION_EVENT_PEERLESS] = TO (ALONE),
    [KITH_REGISTRATION_EVENT_READ_BACK] = TO (REGISTERED),
    [KITH_REGISTRATION_EVENT_MISSED] = TO (PUBLISHING), /* the next attempt */
    [KITH_REGISTRATION_EVENT_WITHDRAW] = TO (WITHDRAWING),
    [KITH_REGISTRATION_EVENT_LOST] = TO (OFFLINE),
  },
  [KITH_REGISTRATION_REGISTERED] = {
    [KITH_REGISTRATION_EVENT_PEERLESS] = TO (ALONE),
    /* the check that is made from time to time */
    [KITH_REGISTRATION_EVENT_READ_BACK] = TO (REGISTERED),
    [KITH_REGISTRATION_EVENT_MISSED] = TO (PUBLISHING),
    [KITH_REGISTRATION_EVENT_WITHDRAW] = TO (WITHDRAWING),
    [KITH_REGISTRATION_EVENT_LOST] = TO (OFFLINE),
  },
  [KITH_REGISTRATION_ALONE] = {
    [KITH_REGISTRATION_EVENT_JOINED] = TO (PUBLISHING),
    [KITH_REGISTRATION_EVENT_WITHDRAW] = TO (WITHDRAWING),
    [KITH_REGISTRATION_EVENT_LOST] = TO (OFFLINE),
  },
  [KITH_REGISTRATION_WITHDRAWING] = {
    [KITH_REGISTRATION_EVENT_LOST] = TO (OFFLINE),
  },
};

static const char *const state_words[KITH_N_REGISTRATION_STATES] = {
  [KITH_REGISTRATION_OFFLINE] = "offline",       [KITH_REGISTRATION_JOINING] = "joining",
  [KITH_REGISTRATION_PUBLISHING] = "publishing", [KITH_REGISTRATION_REGISTERED] = "registered",
  [KITH_REGISTRATION_ALONE] = "alone",           [KITH_REGISTRATION_WITHDRAWING] = "withdrawing",
};

static const char *const event_words[KITH_N_REGISTRATION_EVENTS] = {
  [KITH_REGISTRATION_EVENT_START] = "start",
  [KITH_REGISTRATION_EVENT_JOINED] = "joined",
  [KITH_REGISTRATION_EVENT_PEERLESS] = "peerless",
  [KITH_REGISTRATION_EVENT_READ_BACK] = "read-back",
  [KITH_REGISTRATION_EVENT_MISSED] = "missed",
  [KITH_REGISTRATION_EVENT_WITHDRAW] = "withdraw",
  [KITH_REGISTRATION_EVENT_LOST] = "lost",
};

gboolean
kith_registration_state_next (KithRegistrationState state,
                              KithRegistrationEvent event,
                              KithRegistrationState *next)
{
  guint to = 0;

  if (!kith_state_table_next (*table,
                              KITH_N_REGISTRATION_STATES,
                              KITH_N_REGISTRATION_EVENTS,
                              state,
                              event,
                              &to)) {
    return FALSE;
  }
  *next = (KithRegistrationState)to;
  return TRUE;
}

const char *
kith_registration_state_word (KithRegistrationState state)
{
  return (guint)state < KITH_N_REGISTRATION_STATES ? state_words[state] : NULL;
}

const char *
kith_registration_event_word (KithRegistrationEvent event)
{
  return (guint)event < KITH_N_REGISTRATION_EVENTS ? event_words[event] : NULL;
}
