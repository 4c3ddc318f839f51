/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The four transactions of SIP as tables (RFC 3261 section 17, RFC 6026): what an event does in a
   state. Timers and bytes are their owner's. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

typedef enum {
  KITH_TRANSACTION_INVITE_CLIENT,
  KITH_TRANSACTION_CLIENT,
  KITH_TRANSACTION_INVITE_SERVER,
  KITH_TRANSACTION_SERVER,
} KithTransactionKind;

#define KITH_N_TRANSACTION_KINDS (KITH_TRANSACTION_SERVER + 1)

typedef enum {
  KITH_TRANSACTION_NEW,
  KITH_TRANSACTION_TRYING,     /* "calling" of an INVITE: no response yet */
  KITH_TRANSACTION_WITHDRAWN,  /* the same, and its CANCEL waits for the first response */
  KITH_TRANSACTION_PROCEEDING, /* provisional responses alone */
  KITH_TRANSACTION_CANCELLING, /* the same, and CANCEL was sent */
  KITH_TRANSACTION_ACCEPTED,   /* 2xx to an INVITE: more of them may come */
  KITH_TRANSACTION_COMPLETED,  /* a final response, to an INVITE of 300 and more */
  KITH_TRANSACTION_CONFIRMED,  /* … and its ACK */
  KITH_TRANSACTION_ENDED,      /* forget it, with its timers */
} KithTransactionState;

#define KITH_N_TRANSACTION_STATES (KITH_TRANSACTION_ENDED + 1)

/* Responses come from the network to a client, and from the user of a server. */
typedef enum {
  KITH_TRANSACTION_EVENT_START,       /* the request, for the first time */
  KITH_TRANSACTION_EVENT_AGAIN,       /* server: the request once more */
  KITH_TRANSACTION_EVENT_ACK,         /* server: an ACK with the branch of the INVITE */
  KITH_TRANSACTION_EVENT_CANCEL,      /* client: the user wants it; server: it came */
  KITH_TRANSACTION_EVENT_HUNDRED,     /* response 100 */
  KITH_TRANSACTION_EVENT_PROVISIONAL, /* 101 to 199 */
  KITH_TRANSACTION_EVENT_SUCCESS,     /* 2xx */
  KITH_TRANSACTION_EVENT_FAILURE,     /* 300 and more */
  KITH_TRANSACTION_EVENT_REPEAT_DUE,  /* the repeat timer (A, E, G) */
  KITH_TRANSACTION_EVENT_TIMER_DUE,   /* the other timer */
  KITH_TRANSACTION_EVENT_BROKEN,      /* what was sent could not be (RFC 3261 section 18.4) */
} KithTransactionEvent;

#define KITH_N_TRANSACTION_EVENTS (KITH_TRANSACTION_EVENT_BROKEN + 1)

/* What is to be done, in this order. */
typedef enum {
  KITH_TRANSACTION_PASS = 1 << 0,        /* hand the message to the user */
  KITH_TRANSACTION_SEND = 1 << 1,        /* the request; of a server the latest response */
  KITH_TRANSACTION_SEND_100 = 1 << 2,    /* answer 100 */
  KITH_TRANSACTION_SEND_ACK = 1 << 3,    /* for this response */
  KITH_TRANSACTION_SEND_CANCEL = 1 << 4, /* a transaction of its own */
  KITH_TRANSACTION_TELL_TIMEOUT = 1 << 5,
  KITH_TRANSACTION_TELL_BROKEN = 1 << 6,
  KITH_TRANSACTION_REPEAT = 1 << 7,      /* set the repeat timer: kith_transaction_repeat_ms() */
  KITH_TRANSACTION_STOP_REPEAT = 1 << 8, /* it runs no more */
} KithTransactionAction;

/* The other timer, by the letter in the RFCs. */
typedef enum {
  KITH_TRANSACTION_TIMER_NONE, /* leave it as it is */
  KITH_TRANSACTION_TIMER_B,    /* an INVITE without any response */
  KITH_TRANSACTION_TIMER_C,    /* an INVITE with provisional ones (section 16.6) */
  KITH_TRANSACTION_TIMER_X,    /* an INVITE after CANCEL (section 9.1): it has no letter */
  KITH_TRANSACTION_TIMER_D,
  KITH_TRANSACTION_TIMER_F, /* also of a server: the client has given up (RFC 4320) */
  KITH_TRANSACTION_TIMER_H,
  KITH_TRANSACTION_TIMER_I,
  KITH_TRANSACTION_TIMER_J,
  KITH_TRANSACTION_TIMER_K,
  KITH_TRANSACTION_TIMER_L,
  KITH_TRANSACTION_TIMER_M,
} KithTransactionTimer;

#define KITH_N_TRANSACTION_TIMERS (KITH_TRANSACTION_TIMER_M + 1)

/**
 * KithTransactionStep:
 * @state: the state that follows
 * @actions: of KithTransactionAction
 * @timer: to set, in the place of the one that may run
 */
typedef struct {
  KithTransactionState state;
  guint actions;
  KithTransactionTimer timer;
} KithTransactionStep;

/**
 * kith_transaction_step:
 * @reliable: over a stream: nothing is repeated, and nothing is waited for that might be
 * @step: (out): what follows; without actions, and in the same state, after FALSE
 * Returns: FALSE when the event means nothing in that state: what came is absorbed. Pure.
 */
KITH_API gboolean kith_transaction_step (KithTransactionKind kind,
                                         gboolean reliable,
                                         KithTransactionState state,
                                         KithTransactionEvent event,
                                         KithTransactionStep *step);

/* The event that a response is; @status: 100 to 699. */
KITH_API KithTransactionEvent kith_transaction_event_of (guint status);

/* The repeat timer's @nth time, from 0, in milliseconds. */
KITH_API guint kith_transaction_repeat_ms (KithTransactionKind kind,
                                           KithTransactionState state,
                                           guint nth);

/* The other timer's time in milliseconds; 0 for NONE. */
KITH_API guint kith_transaction_timer_ms (KithTransactionTimer timer);

/* For a line of log: "proceeding"; NULL for what is no state. */
KITH_API const char *kith_transaction_state_word (KithTransactionState state);

G_END_DECLS
