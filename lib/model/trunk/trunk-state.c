/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a trunk's registration, written out, and its waits. */
#include "model/trunk/trunk-state.h"

#include "base/state-table.h"

#define TO(state) (KITH_TRUNK_##state + 1) /* 0 in the table: the event means nothing */
#define FIRST_WAIT_MS 2000u
#define SECOND_WAIT_MS 8000u
#define BASE_WAIT_MS 30000u
#define BEFORE_END_S 30u

static const guint8 table[KITH_N_TRUNK_STATES][KITH_N_TRUNK_EVENTS] = {
  [KITH_TRUNK_OFF] = {
    [KITH_TRUNK_EVENT_WANTED] = TO (RESOLVING),
  },
  [KITH_TRUNK_RESOLVING] = {
    [KITH_TRUNK_EVENT_WANTED] = TO (RESOLVING),
    [KITH_TRUNK_EVENT_FOUND] = TO (REGISTERING),
    [KITH_TRUNK_EVENT_REFUSED] = TO (FAILED),
    [KITH_TRUNK_EVENT_MOVED] = TO (RESOLVING),
    [KITH_TRUNK_EVENT_STOPPED] = TO (OFF),
  },
  [KITH_TRUNK_REGISTERING] = {
    [KITH_TRUNK_EVENT_WANTED] = TO (RESOLVING),
    [KITH_TRUNK_EVENT_ACCEPTED] = TO (REGISTERED),
    [KITH_TRUNK_EVENT_ASKED] = TO (REGISTERING),
    [KITH_TRUNK_EVENT_SILENT] = TO (REGISTERING), /* at the next place */
    [KITH_TRUNK_EVENT_REFUSED] = TO (FAILED),
    [KITH_TRUNK_EVENT_MOVED] = TO (RESOLVING),
    [KITH_TRUNK_EVENT_STOPPED] = TO (OFF),
  },
  [KITH_TRUNK_REGISTERED] = {
    [KITH_TRUNK_EVENT_WANTED] = TO (RESOLVING),
    [KITH_TRUNK_EVENT_DUE] = TO (REFRESHING),
    [KITH_TRUNK_EVENT_MOVED] = TO (REFRESHING), /* at the same place, from another one */
    [KITH_TRUNK_EVENT_STOPPED] = TO (OFF),
  },
  [KITH_TRUNK_REFRESHING] = {
    [KITH_TRUNK_EVENT_WANTED] = TO (RESOLVING),
    [KITH_TRUNK_EVENT_ACCEPTED] = TO (REGISTERED),
    [KITH_TRUNK_EVENT_ASKED] = TO (REFRESHING),
    [KITH_TRUNK_EVENT_SILENT] = TO (REGISTERING),
    [KITH_TRUNK_EVENT_REFUSED] = TO (FAILED),
    [KITH_TRUNK_EVENT_MOVED] = TO (REFRESHING),
    [KITH_TRUNK_EVENT_STOPPED] = TO (OFF),
  },
  [KITH_TRUNK_FAILED] = {
    [KITH_TRUNK_EVENT_WANTED] = TO (RESOLVING),
    [KITH_TRUNK_EVENT_DUE] = TO (RESOLVING),
    [KITH_TRUNK_EVENT_MOVED] = TO (RESOLVING), /* what failed there may work here */
    [KITH_TRUNK_EVENT_STOPPED] = TO (OFF),
  },
};

static const char *const state_words[KITH_N_TRUNK_STATES] = {
  [KITH_TRUNK_OFF] = "off",
  [KITH_TRUNK_RESOLVING] = "resolving",
  [KITH_TRUNK_REGISTERING] = "registering",
  [KITH_TRUNK_REGISTERED] = "registered",
  [KITH_TRUNK_REFRESHING] = "refreshing",
  [KITH_TRUNK_FAILED] = "failed",
};

static const char *const reason_words[KITH_N_TRUNK_REASONS] = {
  [KITH_TRUNK_FINE] = "none",
  [KITH_TRUNK_NOT_FOUND] = "not-found",
  [KITH_TRUNK_NO_ANSWER] = "no-answer",
  [KITH_TRUNK_WRONG_PASSWORD] = "wrong-password",
  [KITH_TRUNK_REFUSES_USER] = "refuses-user",
  [KITH_TRUNK_BUSY] = "busy",
  [KITH_TRUNK_CERTIFICATE] = "certificate",
  [KITH_TRUNK_PROTOCOL] = "protocol",
  [KITH_TRUNK_NO_PASSWORD] = "no-password",
};

gboolean
kith_trunk_state_next (KithTrunkState state, KithTrunkEvent event, KithTrunkState *next)
{
  guint to = 0;

  if (!kith_state_table_next (*table,
                              KITH_N_TRUNK_STATES,
                              KITH_N_TRUNK_EVENTS,
                              state,
                              event,
                              &to)) {
    return FALSE;
  }
  *next = (KithTrunkState)to;
  return TRUE;
}

const char *
kith_trunk_state_word (KithTrunkState state)
{
  return (guint)state < KITH_N_TRUNK_STATES ? state_words[state] : NULL;
}

const char *
kith_trunk_reason_word (KithTrunkReason reason)
{
  return (guint)reason < KITH_N_TRUNK_REASONS ? reason_words[reason] : NULL;
}

gboolean
kith_trunk_state_serves (KithTrunkState state)
{
  return state == KITH_TRUNK_REGISTERED || state == KITH_TRUNK_REFRESHING;
}

gboolean
kith_trunk_take_minimum (guint32 asked_s, guint64 minimum_s, guint32 *ask_s)
{
  if (minimum_s <= asked_s || minimum_s > KITH_TRUNK_MOST_S) {
    return FALSE;
  }
  *ask_s = (guint32)minimum_s;
  return TRUE;
}

guint32
kith_trunk_refresh_ms (guint32 expires_s)
{
  const guint32 s = CLAMP (expires_s, KITH_TRUNK_LEAST_S, KITH_TRUNK_MOST_S);
  const guint32 early_s = s > BEFORE_END_S ? s - BEFORE_END_S : 0;

  return MAX (s * 500, early_s * 1000);
}

guint32
kith_trunk_wait_ms (KithTrunkReason reason, guint tries, guint32 retry_after_s, guint32 dice)
{
  const guint32 least_ms = MIN (retry_after_s, KITH_TRUNK_RETRY_MOST_S) * 1000;
  if (reason == KITH_TRUNK_WRONG_PASSWORD || reason == KITH_TRUNK_NO_PASSWORD) {
    return MAX (least_ms, KITH_TRUNK_LOCKOUT_S * 1000u);
  }
  if (reason == KITH_TRUNK_REFUSES_USER) { /* whoever knocks often is locked out */
    tries = MAX (tries, 4);
  }
  if (tries <= 2) {
    return MAX (least_ms, tries < 2 ? FIRST_WAIT_MS : SECOND_WAIT_MS);
  }
  const guint32 most_ms = MIN (BASE_WAIT_MS << MIN (tries - 3, 6), KITH_TRUNK_WAIT_MOST_S * 1000u);
  const guint32 ms = most_ms / 2 + dice % (most_ms / 2 + 1);
  return MAX (least_ms, ms);
}

KithTrunkReason
kith_trunk_reason_of (guint status, gboolean *next)
{
  *next = status == 408 || status == 430 || status == 480 || status == 503 || status == 504;
  if (status == 408 || status == 504) {
    return KITH_TRUNK_NO_ANSWER;
  }
  if (status == 480 || status == 486 || status >= 500) {
    return KITH_TRUNK_BUSY;
  }
  return status == 403 || status == 404 || status == 410 || status == 416 || status == 430
             ? KITH_TRUNK_REFUSES_USER
             : KITH_TRUNK_PROTOCOL;
}
