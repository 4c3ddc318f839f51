/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of a call: it follows from its legs and from our own steps, and a table says what may
   follow what. */
#pragma once

#include <glib-object.h>

#include "base/export.h"
#include "model/call/leg-state.h"

G_BEGIN_DECLS

typedef enum {
  KITH_CALL_NEW,
  KITH_CALL_LOCATING, /* outgoing: who and where is the callee */
  KITH_CALL_DIALING,  /* outgoing: link and INVITE under way */
  KITH_CALL_RINGING,  /* outgoing: 180 seen */
  /* outgoing: what the peer sends is heard before it answers; our microphone is shut */
  KITH_CALL_EARLY,
  KITH_CALL_INCOMING,   /* incoming: our user is being rung */
  KITH_CALL_CONNECTING, /* answered, no packet of the peer's media seen yet */
  KITH_CALL_ACTIVE,     /* media is proven to flow */
  KITH_CALL_HELD,
  KITH_CALL_ENDED,
} KithCallState;

#define KITH_N_CALL_STATES (KITH_CALL_ENDED + 1)

/* How far our own side of a call is, before there are legs and after them. */
typedef enum {
  KITH_CALL_STEP_NEW,
  KITH_CALL_STEP_LOOK_UP, /* outgoing: the look-up began */
  KITH_CALL_STEP_FOUND,   /* outgoing: the callee is known, legs are made */
  KITH_CALL_STEP_OVER     /* for whatever reason */
} KithCallStep;

#define KITH_N_CALL_STEPS (KITH_CALL_STEP_OVER + 1)

/* The state of a call with these legs: that of the leg that is furthest. Legs that ended count only
   when there are no others. @outgoing: the legs are of the callee's side. */
KITH_API KithCallState kith_call_state_of (KithCallStep step,
                                           gboolean outgoing,
                                           const KithLegState *legs,
                                           guint n_legs);

/* The table. TRUE when a call in @before may be in @after next; FALSE for the same state, and out
   of range. Nothing follows ENDED. */
KITH_API gboolean kith_call_state_may_follow (KithCallState before, KithCallState after);

/* The word on the bus, such as "ringing" (static); NULL out of range. */
KITH_API const char *kith_call_state_word (KithCallState state);

G_END_DECLS
