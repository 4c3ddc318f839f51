/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables, written out for unreliable transports; what a stream spares is taken away in one
   place. */
#include "model/sip/transaction.h"

#define T1 500 /* RFC 3261 section 17.1.1.1, in milliseconds */
#define T2 4000
#define T4 5000
#define PATIENCE (64 * T1)
#define RINGING 181000 /* more than three minutes */

typedef struct {
  guint8 next; /* the state + 1; 0: the event means nothing */
  guint8 timer;
  guint16 actions;
} Cell;

#define TO(state, timer, actions)                                                                  \
  {                                                                                                \
    KITH_TRANSACTION_##state + 1, KITH_TRANSACTION_TIMER_##timer, (actions)                        \
  }
#define ON(event) KITH_TRANSACTION_EVENT_##event
#define PASS KITH_TRANSACTION_PASS
#define SEND KITH_TRANSACTION_SEND
#define HUNDRED KITH_TRANSACTION_SEND_100
#define ACK KITH_TRANSACTION_SEND_ACK
#define CANCEL KITH_TRANSACTION_SEND_CANCEL
#define TIMEOUT KITH_TRANSACTION_TELL_TIMEOUT
#define BROKEN KITH_TRANSACTION_TELL_BROKEN
#define REPEAT KITH_TRANSACTION_REPEAT
#define STOP KITH_TRANSACTION_STOP_REPEAT

/* Final responses to an INVITE that is under way. */
#define FINALS                                                                                     \
  [ON (SUCCESS)] = TO (ACCEPTED, M, PASS | STOP),                                                  \
      [ON (FAILURE)] = TO (COMPLETED, D, PASS | ACK | STOP)

static const Cell tables[KITH_N_TRANSACTION_KINDS][KITH_N_TRANSACTION_STATES]
                        [KITH_N_TRANSACTION_EVENTS] = {
  [KITH_TRANSACTION_INVITE_CLIENT] = {
    [KITH_TRANSACTION_NEW] = {
      [ON (START)] = TO (TRYING, B, SEND | REPEAT),
    },
    [KITH_TRANSACTION_TRYING] = {
      [ON (CANCEL)] = TO (WITHDRAWN, NONE, 0),
      [ON (HUNDRED)] = TO (PROCEEDING, C, STOP),
      [ON (PROVISIONAL)] = TO (PROCEEDING, C, PASS | STOP),
      FINALS,
      [ON (REPEAT_DUE)] = TO (TRYING, NONE, SEND | REPEAT),
      [ON (TIMER_DUE)] = TO (ENDED, NONE, TIMEOUT),
      [ON (BROKEN)] = TO (ENDED, NONE, BROKEN),
    },
    [KITH_TRANSACTION_WITHDRAWN] = {
      [ON (HUNDRED)] = TO (CANCELLING, X, CANCEL | STOP),
      [ON (PROVISIONAL)] = TO (CANCELLING, X, PASS | CANCEL | STOP),
      FINALS,
      [ON (REPEAT_DUE)] = TO (WITHDRAWN, NONE, SEND | REPEAT),
      [ON (TIMER_DUE)] = TO (ENDED, NONE, TIMEOUT),
      [ON (BROKEN)] = TO (ENDED, NONE, BROKEN),
    },
    [KITH_TRANSACTION_PROCEEDING] = {
      [ON (CANCEL)] = TO (CANCELLING, X, CANCEL),
      [ON (PROVISIONAL)] = TO (PROCEEDING, C, PASS),
      FINALS,
      [ON (TIMER_DUE)] = TO (CANCELLING, X, CANCEL),
    },
    [KITH_TRANSACTION_CANCELLING] = {
      [ON (PROVISIONAL)] = TO (CANCELLING, NONE, PASS),
      FINALS,
      [ON (TIMER_DUE)] = TO (ENDED, NONE, TIMEOUT),
    },
    [KITH_TRANSACTION_ACCEPTED] = {
      [ON (SUCCESS)] = TO (ACCEPTED, NONE, PASS),
      [ON (TIMER_DUE)] = TO (ENDED, NONE, 0),
    },
    [KITH_TRANSACTION_COMPLETED] = {
      [ON (FAILURE)] = TO (COMPLETED, NONE, ACK),
      [ON (TIMER_DUE)] = TO (ENDED, NONE, 0),
      [ON (BROKEN)] = TO (ENDED, NONE, BROKEN),
    },
  },
  [KITH_TRANSACTION_CLIENT] = {
    [KITH_TRANSACTION_NEW] = {
      [ON (START)] = TO (TRYING, F, SEND | REPEAT),
    },
    [KITH_TRANSACTION_TRYING] = {
      [ON (HUNDRED)] = TO (PROCEEDING, NONE, 0),
      [ON (PROVISIONAL)] = TO (PROCEEDING, NONE, PASS),
      [ON (SUCCESS)] = TO (COMPLETED, K, PASS | STOP),
      [ON (FAILURE)] = TO (COMPLETED, K, PASS | STOP),
      [ON (REPEAT_DUE)] = TO (TRYING, NONE, SEND | REPEAT),
      [ON (TIMER_DUE)] = TO (ENDED, NONE, TIMEOUT),
      [ON (BROKEN)] = TO (ENDED, NONE, BROKEN),
    },
    [KITH_TRANSACTION_PROCEEDING] = {
      [ON (PROVISIONAL)] = TO (PROCEEDING, NONE, PASS),
      [ON (SUCCESS)] = TO (COMPLETED, K, PASS | STOP),
      [ON (FAILURE)] = TO (COMPLETED, K, PASS | STOP),
      [ON (REPEAT_DUE)] = TO (PROCEEDING, NONE, SEND | REPEAT),
      [ON (TIMER_DUE)] = TO (ENDED, NONE, TIMEOUT),
      [ON (BROKEN)] = TO (ENDED, NONE, BROKEN),
    },
    [KITH_TRANSACTION_COMPLETED] = {
      [ON (TIMER_DUE)] = TO (ENDED, NONE, 0),
    },
  },
  [KITH_TRANSACTION_INVITE_SERVER] = {
    [KITH_TRANSACTION_NEW] = {
      [ON (START)] = TO (PROCEEDING, NONE, PASS | HUNDRED),
    },
    [KITH_TRANSACTION_PROCEEDING] = {
      [ON (AGAIN)] = TO (PROCEEDING, NONE, SEND),
      [ON (CANCEL)] = TO (PROCEEDING, NONE, PASS),
      [ON (PROVISIONAL)] = TO (PROCEEDING, NONE, SEND),
      [ON (SUCCESS)] = TO (ACCEPTED, L, SEND),
      [ON (FAILURE)] = TO (COMPLETED, H, SEND | REPEAT),
      [ON (BROKEN)] = TO (PROCEEDING, NONE, BROKEN),
    },
    [KITH_TRANSACTION_ACCEPTED] = {
      [ON (ACK)] = TO (ACCEPTED, NONE, PASS),
      [ON (SUCCESS)] = TO (ACCEPTED, NONE, SEND),
      [ON (TIMER_DUE)] = TO (ENDED, NONE, 0),
      [ON (BROKEN)] = TO (ACCEPTED, NONE, BROKEN),
    },
    [KITH_TRANSACTION_COMPLETED] = {
      [ON (AGAIN)] = TO (COMPLETED, NONE, SEND),
      [ON (ACK)] = TO (CONFIRMED, I, STOP),
      [ON (REPEAT_DUE)] = TO (COMPLETED, NONE, SEND | REPEAT),
      [ON (TIMER_DUE)] = TO (ENDED, NONE, TIMEOUT),
      [ON (BROKEN)] = TO (COMPLETED, NONE, BROKEN),
    },
    [KITH_TRANSACTION_CONFIRMED] = {
      [ON (TIMER_DUE)] = TO (ENDED, NONE, 0),
    },
  },
  [KITH_TRANSACTION_SERVER] = {
    [KITH_TRANSACTION_NEW] = {
      [ON (START)] = TO (TRYING, F, PASS),
    },
    [KITH_TRANSACTION_TRYING] = {
      [ON (HUNDRED)] = TO (PROCEEDING, NONE, SEND),
      [ON (PROVISIONAL)] = TO (PROCEEDING, NONE, SEND),
      [ON (SUCCESS)] = TO (COMPLETED, J, SEND),
      [ON (FAILURE)] = TO (COMPLETED, J, SEND),
      [ON (TIMER_DUE)] = TO (ENDED, NONE, TIMEOUT),
    },
    [KITH_TRANSACTION_PROCEEDING] = {
      [ON (AGAIN)] = TO (PROCEEDING, NONE, SEND),
      [ON (HUNDRED)] = TO (PROCEEDING, NONE, SEND),
      [ON (PROVISIONAL)] = TO (PROCEEDING, NONE, SEND),
      [ON (SUCCESS)] = TO (COMPLETED, J, SEND),
      [ON (FAILURE)] = TO (COMPLETED, J, SEND),
      [ON (TIMER_DUE)] = TO (ENDED, NONE, TIMEOUT),
      [ON (BROKEN)] = TO (ENDED, NONE, BROKEN),
    },
    [KITH_TRANSACTION_COMPLETED] = {
      [ON (AGAIN)] = TO (COMPLETED, NONE, SEND),
      [ON (TIMER_DUE)] = TO (ENDED, NONE, 0),
      [ON (BROKEN)] = TO (ENDED, NONE, BROKEN),
    },
  },
};

/* Timers that wait for repetitions alone. */
static gboolean
is_for_repeats (guint timer)
{
  return timer == KITH_TRANSACTION_TIMER_D || timer == KITH_TRANSACTION_TIMER_I
         || timer == KITH_TRANSACTION_TIMER_J || timer == KITH_TRANSACTION_TIMER_K;
}

gboolean
kith_transaction_step (KithTransactionKind kind,
                       gboolean reliable,
                       KithTransactionState state,
                       KithTransactionEvent event,
                       KithTransactionStep *step)
{
  static const Cell nothing = { 0 };
  gboolean exists = (guint)kind < KITH_N_TRANSACTION_KINDS
                    && (guint)state < KITH_N_TRANSACTION_STATES
                    && (guint)event < KITH_N_TRANSACTION_EVENTS;
  const Cell *cell = exists ? &tables[kind][state][event] : &nothing;

  *step = (KithTransactionStep){ .state = state };
  if (cell->next == 0) {
    return FALSE;
  }
  step->state = (KithTransactionState)(cell->next - 1);
  step->actions = cell->actions;
  step->timer = (KithTransactionTimer)cell->timer;
  if (reliable) {
    step->actions &= ~(guint)(REPEAT | STOP);
    if (is_for_repeats (cell->timer)) {
      step->state = KITH_TRANSACTION_ENDED;
      step->timer = KITH_TRANSACTION_TIMER_NONE;
    }
  }
  return TRUE;
}

KithTransactionEvent
kith_transaction_event_of (guint status)
{
  if (status >= 300) {
    return KITH_TRANSACTION_EVENT_FAILURE;
  }
  if (status >= 200) {
    return KITH_TRANSACTION_EVENT_SUCCESS;
  }
  return status > 100 ? KITH_TRANSACTION_EVENT_PROVISIONAL : KITH_TRANSACTION_EVENT_HUNDRED;
}

guint
kith_transaction_repeat_ms (KithTransactionKind kind, KithTransactionState state, guint nth)
{
  guint doubled = (guint)T1 << MIN (nth, 6u);

  if (kind == KITH_TRANSACTION_INVITE_CLIENT) {
    return doubled;
  }
  if (kind == KITH_TRANSACTION_CLIENT && state == KITH_TRANSACTION_PROCEEDING) {
    return T2;
  }
  return MIN (doubled, (guint)T2);
}

guint
kith_transaction_timer_ms (KithTransactionTimer timer)
{
  switch (timer) {
  case KITH_TRANSACTION_TIMER_NONE:
    return 0;
  case KITH_TRANSACTION_TIMER_C:
    return RINGING;
  case KITH_TRANSACTION_TIMER_I:
  case KITH_TRANSACTION_TIMER_K:
    return T4;
  case KITH_TRANSACTION_TIMER_B:
  case KITH_TRANSACTION_TIMER_X:
  case KITH_TRANSACTION_TIMER_D:
  case KITH_TRANSACTION_TIMER_F:
  case KITH_TRANSACTION_TIMER_H:
  case KITH_TRANSACTION_TIMER_J:
  case KITH_TRANSACTION_TIMER_L:
  case KITH_TRANSACTION_TIMER_M:
    return PATIENCE;
  }
  return 0;
}

const char *
kith_transaction_state_word (KithTransactionState state)
{
  static const char *const words[KITH_N_TRANSACTION_STATES] = {
    [KITH_TRANSACTION_NEW] = "new",
    [KITH_TRANSACTION_TRYING] = "trying",
    [KITH_TRANSACTION_WITHDRAWN] = "withdrawn",
    [KITH_TRANSACTION_PROCEEDING] = "proceeding",
    [KITH_TRANSACTION_CANCELLING] = "cancelling",
    [KITH_TRANSACTION_ACCEPTED] = "accepted",
    [KITH_TRANSACTION_COMPLETED] = "completed",
    [KITH_TRANSACTION_CONFIRMED] = "confirmed",
    [KITH_TRANSACTION_ENDED] = "ended",
  };

  return (guint)state < KITH_N_TRANSACTION_STATES ? words[state] : NULL;
}
