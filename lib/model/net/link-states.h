/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a link: its life, the search for a new path, the standby path that is kept for it,
   and its SIP stream. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* The link. */
typedef enum {
  KITH_LINK_PHASE_OPENING,
  KITH_LINK_PHASE_UP,
  KITH_LINK_PHASE_FAILED, /* over, and never was up */
  KITH_LINK_PHASE_ENDED   /* over, and was up */
} KithLinkPhase;

#define KITH_N_LINK_PHASES (KITH_LINK_PHASE_ENDED + 1)

typedef enum { KITH_LINK_EVENT_RISE, KITH_LINK_EVENT_END } KithLinkEvent;

#define KITH_N_LINK_EVENTS (KITH_LINK_EVENT_END + 1)

/* Whether a new path is looked for. */
typedef enum {
  KITH_REPAIR_QUIET,  /* the peer is heard */
  KITH_REPAIR_SILENT, /* it is not, and a path is looked for */
  KITH_REPAIR_SHOWN   /* … for so long that people were told */
} KithRepairState;

#define KITH_N_REPAIR_STATES (KITH_REPAIR_SHOWN + 1)

typedef enum {
  KITH_REPAIR_EVENT_LOSE, /* nothing is heard, or the path is gone */
  KITH_REPAIR_EVENT_SHOW,
  KITH_REPAIR_EVENT_HEAR
} KithRepairEvent;

#define KITH_N_REPAIR_EVENTS (KITH_REPAIR_EVENT_HEAR + 1)

/* The standby path: an agent that listens, and that the peer knows of. */
typedef enum {
  KITH_STANDBY_OFF,
  KITH_STANDBY_KEPT,      /* the link is held */
  KITH_STANDBY_TRIED,     /* … and the peer checks at it: it is used up */
  KITH_STANDBY_LEFT,      /* the link is held no more: it stays for a while, for the goodbye */
  KITH_STANDBY_LEFT_TRIED /* … and the peer checks at it */
} KithStandbyState;

#define KITH_N_STANDBY_STATES (KITH_STANDBY_LEFT_TRIED + 1)

typedef enum {
  KITH_STANDBY_EVENT_HOLD,
  KITH_STANDBY_EVENT_LET_GO,
  KITH_STANDBY_EVENT_TRY,
  KITH_STANDBY_EVENT_RENEW /* another takes its place, or none when the link is not held */
} KithStandbyEvent;

#define KITH_N_STANDBY_EVENTS (KITH_STANDBY_EVENT_RENEW + 1)

/* From SIP's socket to the stream. */
typedef enum {
  KITH_PUMP_OUT_OPEN,
  KITH_PUMP_OUT_ENDED,  /* the socket was shut for writing, and the stream ended */
  KITH_PUMP_OUT_CLOSED, /* … or closed: no answer is read either */
  KITH_PUMP_OUT_TOLD    /* … and the peer has all that came out of it */
} KithPumpOut;

#define KITH_N_PUMP_OUTS (KITH_PUMP_OUT_TOLD + 1)

typedef enum {
  KITH_PUMP_OUT_EVENT_END,
  KITH_PUMP_OUT_EVENT_CLOSE,
  KITH_PUMP_OUT_EVENT_TELL
} KithPumpOutEvent;

#define KITH_N_PUMP_OUT_EVENTS (KITH_PUMP_OUT_EVENT_TELL + 1)

/* From the stream to SIP's socket. */
typedef enum {
  KITH_PUMP_IN_OPEN,
  KITH_PUMP_IN_ENDED, /* the stream ended: the socket is shut when all is written */
  KITH_PUMP_IN_SHUT
} KithPumpIn;

#define KITH_N_PUMP_INS (KITH_PUMP_IN_SHUT + 1)

typedef enum { KITH_PUMP_IN_EVENT_END, KITH_PUMP_IN_EVENT_SHUT } KithPumpInEvent;

#define KITH_N_PUMP_IN_EVENTS (KITH_PUMP_IN_EVENT_SHUT + 1)

/* Each moves *@state by @event. FALSE, and *@state stays, when the event means nothing in it. */
KITH_API gboolean kith_link_phase_step (KithLinkPhase *state, KithLinkEvent event);
KITH_API gboolean kith_repair_state_step (KithRepairState *state, KithRepairEvent event);
KITH_API gboolean kith_standby_state_step (KithStandbyState *state, KithStandbyEvent event);
KITH_API gboolean kith_pump_out_step (KithPumpOut *state, KithPumpOutEvent event);
KITH_API gboolean kith_pump_in_step (KithPumpIn *state, KithPumpInEvent event);

/* TRUE once nothing will come of it any more. */
KITH_API gboolean kith_link_phase_is_over (KithLinkPhase phase);

/* TRUE while the link is held, and there is to be a standby. */
KITH_API gboolean kith_standby_state_is_held (KithStandbyState state);

G_END_DECLS
