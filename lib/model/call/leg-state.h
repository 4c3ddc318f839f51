/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a leg: state × event → state. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

typedef enum {
  KITH_LEG_NEW,
  KITH_LEG_DIALING,    /* callee's side: link and INVITE under way */
  KITH_LEG_RINGING,    /* callee's side: 180 seen; caller's side: it rings here */
  KITH_LEG_EARLY,      /* callee's side: what they send is heard before they answer */
  KITH_LEG_ANSWERED,   /* no packet of their media seen yet */
  KITH_LEG_FLOWING,    /* media is proven to flow, or none is to come */
  KITH_LEG_HELD_HERE,  /* we hold it */
  KITH_LEG_HELD_THERE, /* they hold it: they do not hear us */
  KITH_LEG_HELD_BOTH,
  KITH_LEG_ENDED,
} KithLegState;

#define KITH_N_LEG_STATES (KITH_LEG_ENDED + 1)

typedef enum {
  KITH_LEG_EVENT_DIAL,    /* callee's side: the way to them is looked for */
  KITH_LEG_EVENT_OFFERED, /* caller's side: their INVITE may ring here */
  KITH_LEG_EVENT_RING,    /* 180/183 */
  KITH_LEG_EVENT_EARLY,   /* a 1xx described sound that may be heard now */
  KITH_LEG_EVENT_ANSWER,  /* the 200, theirs or ours */
  KITH_LEG_EVENT_FLOW,    /* first valid packet of their media, or none is to come */
  KITH_LEG_EVENT_HOLD,    /* ours */
  KITH_LEG_EVENT_RESUME,
  KITH_LEG_EVENT_PEER_HOLD, /* theirs */
  KITH_LEG_EVENT_PEER_RESUME,
  KITH_LEG_EVENT_END, /* for whatever reason */
} KithLegEvent;

#define KITH_N_LEG_EVENTS (KITH_LEG_EVENT_END + 1)

/* The table. TRUE and @next when @event is legal in @state; FALSE (and @next untouched) when not.
   ENDED accepts nothing. */
KITH_API gboolean kith_leg_state_next (KithLegState state, KithLegEvent event, KithLegState *next);

/* TRUE from the answer to the end. */
KITH_API gboolean kith_leg_state_is_answered (KithLegState state);

/* Words for logs (static); NULL out of range. */
KITH_API const char *kith_leg_state_word (KithLegState state);
KITH_API const char *kith_leg_event_word (KithLegEvent event);

G_END_DECLS
