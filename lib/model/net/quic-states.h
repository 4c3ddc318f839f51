/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a QUIC connection of ours: its life, the two directions of its stream, and its
   notes. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* The connection. */
typedef enum {
  KITH_QUIC_IDLE,    /* there is none yet: nothing was sent, or nothing of worth came */
  KITH_QUIC_MAKING,  /* the library makes it */
  KITH_QUIC_SHAKING, /* the handshake is under way, and the peer is not known */
  KITH_QUIC_CHECKED, /* … the peer's certificate is good */
  KITH_QUIC_SHAKEN,  /* … it is done, and the owner was not told yet */
  KITH_QUIC_UP,
  KITH_QUIC_FAILED, /* over, and never was up */
  KITH_QUIC_ENDED   /* over, and was up */
} KithQuicState;

#define KITH_N_QUIC_STATES (KITH_QUIC_ENDED + 1)

typedef enum {
  KITH_QUIC_EVENT_MAKE,
  KITH_QUIC_EVENT_MADE,
  KITH_QUIC_EVENT_UNMAKE, /* it could not be made, or what came only looked like a first packet */
  KITH_QUIC_EVENT_PEER,   /* the peer is who it should be */
  KITH_QUIC_EVENT_SHAKEN,
  KITH_QUIC_EVENT_TOLD,
  KITH_QUIC_EVENT_END
} KithQuicEvent;

#define KITH_N_QUIC_EVENTS (KITH_QUIC_EVENT_END + 1)

/* What we send on the stream. */
typedef enum {
  KITH_QUIC_OUT_OPEN,
  KITH_QUIC_OUT_ENDING, /* the end follows what is queued */
  KITH_QUIC_OUT_ENDED,  /* it was sent */
  KITH_QUIC_OUT_CLOSED  /* the peer takes no more, or has all */
} KithQuicOut;

#define KITH_N_QUIC_OUTS (KITH_QUIC_OUT_CLOSED + 1)

typedef enum {
  KITH_QUIC_OUT_EVENT_END,
  KITH_QUIC_OUT_EVENT_SENT,
  KITH_QUIC_OUT_EVENT_CLOSE
} KithQuicOutEvent;

#define KITH_N_QUIC_OUT_EVENTS (KITH_QUIC_OUT_EVENT_CLOSE + 1)

/* What the peer sends on the stream. */
typedef enum {
  KITH_QUIC_IN_OPEN,
  KITH_QUIC_IN_ENDED, /* nothing more will come, and the owner was not told yet */
  KITH_QUIC_IN_TOLD
} KithQuicIn;

#define KITH_N_QUIC_INS (KITH_QUIC_IN_TOLD + 1)

typedef enum { KITH_QUIC_IN_EVENT_END, KITH_QUIC_IN_EVENT_TELL } KithQuicInEvent;

#define KITH_N_QUIC_IN_EVENTS (KITH_QUIC_IN_EVENT_TELL + 1)

/* Notes from us to the peer. */
typedef enum {
  KITH_QUIC_NOTES_NONE, /* their stream was not opened yet */
  KITH_QUIC_NOTES_OPEN,
  KITH_QUIC_NOTES_BLOCKED, /* in this turn, by the peer's window */
  KITH_QUIC_NOTES_REFUSED  /* the peer takes none */
} KithQuicNotes;

#define KITH_N_QUIC_NOTES (KITH_QUIC_NOTES_REFUSED + 1)

typedef enum {
  KITH_QUIC_NOTES_EVENT_OPEN,
  KITH_QUIC_NOTES_EVENT_BLOCK,
  KITH_QUIC_NOTES_EVENT_TURN, /* another turn begins */
  KITH_QUIC_NOTES_EVENT_REFUSE
} KithQuicNotesEvent;

#define KITH_N_QUIC_NOTES_EVENTS (KITH_QUIC_NOTES_EVENT_REFUSE + 1)

/* Each moves *@state by @event. FALSE, and *@state stays, when the event means nothing in it. */
KITH_API gboolean kith_quic_state_step (KithQuicState *state, KithQuicEvent event);
KITH_API gboolean kith_quic_out_step (KithQuicOut *state, KithQuicOutEvent event);
KITH_API gboolean kith_quic_in_step (KithQuicIn *state, KithQuicInEvent event);
KITH_API gboolean kith_quic_notes_step (KithQuicNotes *state, KithQuicNotesEvent event);

/* For a line of log: "shaking"; NULL for what is no state. */
KITH_API const char *kith_quic_state_word (KithQuicState state);

/* TRUE once nothing will come of it any more. */
KITH_API gboolean kith_quic_state_is_over (KithQuicState state);

/* TRUE when it is up, or was until it ended. */
KITH_API gboolean kith_quic_state_was_up (KithQuicState state);

G_END_DECLS
