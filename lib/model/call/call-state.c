/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a call's states, written out. */
#include "model/call/call-state.h"

#define TO(state) (KITH_CALL_##state + 1) /* 0 in the table: the event is illegal */

static const guint8 table[KITH_N_CALL_STATES][KITH_N_CALL_EVENTS] = {
  [KITH_CALL_NEW] = {
    [KITH_CALL_EVENT_LOCATE] = TO (LOCATING),
    [KITH_CALL_EVENT_DIAL] = TO (DIALING), /* ordinary SIP needs no look-up */
    [KITH_CALL_EVENT_OFFERED] = TO (INCOMING),
    [KITH_CALL_EVENT_END] = TO (ENDED),
  },
  [KITH_CALL_LOCATING] = {
    [KITH_CALL_EVENT_DIAL] = TO (DIALING),
    [KITH_CALL_EVENT_END] = TO (ENDED),
  },
  [KITH_CALL_DIALING] = {
    [KITH_CALL_EVENT_RING] = TO (RINGING),
    [KITH_CALL_EVENT_EARLY] = TO (EARLY),
    [KITH_CALL_EVENT_ANSWERED] = TO (CONNECTING), /* 200 without 180 */
    [KITH_CALL_EVENT_END] = TO (ENDED),
  },
  [KITH_CALL_RINGING] = {
    [KITH_CALL_EVENT_EARLY] = TO (EARLY),
    [KITH_CALL_EVENT_ANSWERED] = TO (CONNECTING),
    [KITH_CALL_EVENT_END] = TO (ENDED),
  },
  [KITH_CALL_EARLY] = {
    [KITH_CALL_EVENT_RING] = TO (EARLY), /* it is heard all the same */
    [KITH_CALL_EVENT_EARLY] = TO (EARLY),
    [KITH_CALL_EVENT_ANSWERED] = TO (CONNECTING),
    [KITH_CALL_EVENT_END] = TO (ENDED),
  },
  [KITH_CALL_INCOMING] = {
    [KITH_CALL_EVENT_ACCEPT] = TO (CONNECTING),
    [KITH_CALL_EVENT_END] = TO (ENDED),
  },
  [KITH_CALL_CONNECTING] = {
    [KITH_CALL_EVENT_MEDIA_FLOWS] = TO (ACTIVE),
    [KITH_CALL_EVENT_END] = TO (ENDED),
  },
  [KITH_CALL_ACTIVE] = {
    [KITH_CALL_EVENT_HOLD] = TO (HELD),
    [KITH_CALL_EVENT_END] = TO (ENDED),
  },
  [KITH_CALL_HELD] = {
    [KITH_CALL_EVENT_RESUME] = TO (ACTIVE),
    [KITH_CALL_EVENT_END] = TO (ENDED),
  },
};

static const char *const state_words[KITH_N_CALL_STATES] = {
  [KITH_CALL_NEW] = "new",
  [KITH_CALL_LOCATING] = "locating",
  [KITH_CALL_DIALING] = "dialing",
  [KITH_CALL_RINGING] = "ringing",
  [KITH_CALL_EARLY] = "early",
  [KITH_CALL_INCOMING] = "incoming",
  [KITH_CALL_CONNECTING] = "connecting",
  [KITH_CALL_ACTIVE] = "active",
  [KITH_CALL_HELD] = "held",
  [KITH_CALL_ENDED] = "ended",
};

static const char *const event_words[KITH_N_CALL_EVENTS] = {
  [KITH_CALL_EVENT_LOCATE] = "locate",     [KITH_CALL_EVENT_DIAL] = "dial",
  [KITH_CALL_EVENT_RING] = "ring",         [KITH_CALL_EVENT_EARLY] = "early",
  [KITH_CALL_EVENT_OFFERED] = "offered",   [KITH_CALL_EVENT_ACCEPT] = "accept",
  [KITH_CALL_EVENT_ANSWERED] = "answered", [KITH_CALL_EVENT_MEDIA_FLOWS] = "media-flows",
  [KITH_CALL_EVENT_HOLD] = "hold",         [KITH_CALL_EVENT_RESUME] = "resume",
  [KITH_CALL_EVENT_END] = "end",
};

gboolean
kith_call_state_next (KithCallState state, KithCallEvent event, KithCallState *next)
{
  if ((guint)state >= KITH_N_CALL_STATES || (guint)event >= KITH_N_CALL_EVENTS
      || table[state][event] == 0) {
    return FALSE;
  }
  *next = (KithCallState)(table[state][event] - 1);
  return TRUE;
}

const char *
kith_call_state_word (KithCallState state)
{
  return (guint)state < KITH_N_CALL_STATES ? state_words[state] : NULL;
}

const char *
kith_call_event_word (KithCallEvent event)
{
  return (guint)event < KITH_N_CALL_EVENTS ? event_words[event] : NULL;
}
