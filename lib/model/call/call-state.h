/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a call: state × event → state. */
#pragma once

#include <glib-object.h>

#include "base/export.h"

G_BEGIN_DECLS

typedef enum {
  KITH_CALL_NEW,
  KITH_CALL_LOCATING, /* outgoing: who and where is the callee */
  KITH_CALL_DIALING,  /* outgoing: link and INVITE under way */
  KITH_CALL_RINGING,  /* outgoing: 180 seen */
  KITH_CALL_EARLY, /* outgoing: what the peer sends is heard before it answers; our microphone is shut */
  KITH_CALL_INCOMING,   /* incoming: our user is being rung */
  KITH_CALL_CONNECTING, /* answered, no packet of the peer's media seen yet */
  KITH_CALL_ACTIVE,     /* media is proven to flow */
  KITH_CALL_HELD,
  KITH_CALL_ENDED,
} KithCallState;

#define KITH_N_CALL_STATES (KITH_CALL_ENDED + 1)

typedef enum {
  KITH_CALL_EVENT_LOCATE,      /* outgoing call begins its look-up */
  KITH_CALL_EVENT_DIAL,        /* the callee is known: the invitation goes out */
  KITH_CALL_EVENT_RING,        /* 180/183 */
  KITH_CALL_EVENT_EARLY,       /* a 1xx described sound that may be heard now */
  KITH_CALL_EVENT_OFFERED,     /* an INVITE came in */
  KITH_CALL_EVENT_ACCEPT,      /* our user accepts */
  KITH_CALL_EVENT_ANSWERED,    /* the peer's 200 */
  KITH_CALL_EVENT_MEDIA_FLOWS, /* first valid packet of the peer's media */
  KITH_CALL_EVENT_HOLD,
  KITH_CALL_EVENT_RESUME,
  KITH_CALL_EVENT_END, /* for whatever reason */
} KithCallEvent;

#define KITH_N_CALL_EVENTS (KITH_CALL_EVENT_END + 1)

/* The table. TRUE and @next when @event is legal in @state; FALSE (and @next untouched) when not. ENDED accepts nothing. */
KITH_API gboolean kith_call_state_next (KithCallState state,
                                        KithCallEvent event,
                                        KithCallState *next);

/* The word on the bus, such as "ringing" (static); NULL out of range. */
KITH_API const char *kith_call_state_word (KithCallState state);
KITH_API const char *kith_call_event_word (KithCallEvent event);

G_END_DECLS
