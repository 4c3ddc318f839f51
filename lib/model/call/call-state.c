/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a call's state follows from its legs, and the table of what may follow what. */
#include "model/call/call-state.h"

#define TO(state) (1u << KITH_CALL_##state)

static const guint table[KITH_N_CALL_STATES] = {
  [KITH_CALL_NEW] = TO (LOCATING) | TO (DIALING) | TO (INCOMING) | TO (ENDED),
  [KITH_CALL_LOCATING] = TO (DIALING) | TO (ENDED),
  [KITH_CALL_DIALING] = TO (RINGING) | TO (EARLY) | TO (CONNECTING) | TO (ENDED),
  /* Back: the leg that was furthest ended, and others go on. */
  [KITH_CALL_RINGING] = TO (DIALING) | TO (EARLY) | TO (CONNECTING) | TO (ENDED),
  [KITH_CALL_EARLY] = TO (DIALING) | TO (RINGING) | TO (CONNECTING) | TO (ENDED),
  [KITH_CALL_INCOMING] = TO (CONNECTING) | TO (ENDED),
  [KITH_CALL_CONNECTING] = TO (ACTIVE) | TO (ENDED),
  [KITH_CALL_ACTIVE] = TO (HELD) | TO (ENDED),
  [KITH_CALL_HELD] = TO (ACTIVE) | TO (ENDED),
};

/* Per state of the furthest leg: of the callee's side, of the caller's. */
static const KithCallState derived[KITH_N_LEG_STATES][2] = {
  [KITH_LEG_NEW] = { KITH_CALL_DIALING, KITH_CALL_NEW },
  [KITH_LEG_DIALING] = { KITH_CALL_DIALING, KITH_CALL_NEW },
  [KITH_LEG_RINGING] = { KITH_CALL_RINGING, KITH_CALL_INCOMING },
  [KITH_LEG_EARLY] = { KITH_CALL_EARLY, KITH_CALL_INCOMING },
  [KITH_LEG_ANSWERED] = { KITH_CALL_CONNECTING, KITH_CALL_CONNECTING },
  [KITH_LEG_FLOWING] = { KITH_CALL_ACTIVE, KITH_CALL_ACTIVE },
  [KITH_LEG_HELD_HERE] = { KITH_CALL_HELD, KITH_CALL_HELD },
  [KITH_LEG_HELD_THERE] = { KITH_CALL_ACTIVE, KITH_CALL_ACTIVE },
  [KITH_LEG_HELD_BOTH] = { KITH_CALL_HELD, KITH_CALL_HELD },
  [KITH_LEG_ENDED] = { KITH_CALL_ENDED, KITH_CALL_ENDED },
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

/* Of legs, that which ended counts least; else the later state is further. */
static KithLegState
furthest (const KithLegState *legs, guint n_legs)
{
  KithLegState best = KITH_LEG_ENDED;

  for (guint i = 0; i < n_legs; i++) {
    if (legs[i] != KITH_LEG_ENDED && (best == KITH_LEG_ENDED || legs[i] > best)) {
      best = legs[i];
    }
  }
  return best;
}

KithCallState
kith_call_state_of (KithCallStep step, gboolean outgoing, const KithLegState *legs, guint n_legs)
{
  if (step == KITH_CALL_STEP_OVER) {
    return KITH_CALL_ENDED;
  }
  if (n_legs > 0) {
    return derived[furthest (legs, n_legs)][outgoing ? 0 : 1];
  }
  return step == KITH_CALL_STEP_LOOK_UP ? KITH_CALL_LOCATING
         : step == KITH_CALL_STEP_FOUND ? KITH_CALL_DIALING
                                        : KITH_CALL_NEW;
}

gboolean
kith_call_state_may_follow (KithCallState before, KithCallState after)
{
  return (guint)before < KITH_N_CALL_STATES && (guint)after < KITH_N_CALL_STATES
         && (table[before] & (1u << after)) != 0;
}

const char *
kith_call_state_word (KithCallState state)
{
  return (guint)state < KITH_N_CALL_STATES ? state_words[state] : NULL;
}
