/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of kith-edge, the worker with the sockets of ordinary SIP: state × event → state. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

typedef enum {
  KITH_EDGE_OFF,      /* nobody wants it */
  KITH_EDGE_STARTING, /* it did not say yet what it could open */
  KITH_EDGE_SERVING,
  KITH_EDGE_BLOCKED, /* it runs, and tries to get a port that it cannot have */
  KITH_EDGE_ENDED,   /* it died, and is started again soon */
  KITH_EDGE_ABSENT,  /* it cannot be started: that is tried again, too */
} KithEdgeState;

#define KITH_N_EDGE_STATES (KITH_EDGE_ABSENT + 1)

typedef enum {
  KITH_EDGE_EVENT_START,   /* it is wanted, and a process runs now or is about to */
  KITH_EDGE_EVENT_OPEN,    /* all that was asked for is open */
  KITH_EDGE_EVENT_TAKEN,   /* something is not */
  KITH_EDGE_EVENT_END,     /* the process ended */
  KITH_EDGE_EVENT_MISSING, /* there was none to start */
  KITH_EDGE_EVENT_STOP,    /* it is not wanted any more */
} KithEdgeEvent;

#define KITH_N_EDGE_EVENTS (KITH_EDGE_EVENT_STOP + 1)

/* TRUE and *@next; FALSE when @event means nothing in @state. Pure. */
KITH_API gboolean kith_edge_state_next (KithEdgeState state,
                                        KithEdgeEvent event,
                                        KithEdgeState *next);

/* "serving"; NULL for what is none. */
KITH_API const char *kith_edge_state_word (KithEdgeState state);

G_END_DECLS
