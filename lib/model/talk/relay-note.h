/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The notes between friends who carry knocks and packets for each other: plain values and their
   wire form. */
#pragma once

#include <glib.h>

#include "base/export.h"
#include "model/names/peer-key.h"
#include "model/names/record.h"
#include "model/talk/note.h"

G_BEGIN_DECLS

#define KITH_CHANNEL_ID_LEN 8     /* random, another one on each of the two legs */
#define KITH_RELAY_NOTE_MAX 640   /* bytes of the longest one */
#define KITH_RELAY_RTT_MAX 0xffff /* ms; more is told as this */

/* What a note of KITH_NOTE_CHANNEL tells. Numbers are for ever. */
typedef enum {
  KITH_CHANNEL_OPENED = 1,  /* to who asked: the knock went on, and here is a channel */
  KITH_CHANNEL_PASSED = 2,  /* to who asked: the knock went on; no channel was wanted */
  KITH_CHANNEL_REFUSED = 3, /* to who asked: with a reason; nothing went on */
  KITH_CHANNEL_NONE
  = 4, /* to who asked: the knock went on, but there is no channel, with a reason */
  KITH_CHANNEL_CLOSED = 5, /* either way: this channel carries no more */
  /* callee → friend: what comes from this peer is taken, and they may know of us; all zeros: such
     is said here at all */
  KITH_CHANNEL_TAKEN = 6
} KithChannelOp;

/* Why there is no channel, or no more. Numbers are for ever; any other byte is a reason of a newer
   program, and counts like OTHER. (0.1.0 ignores a note with one.) */
typedef enum {
  KITH_RELAY_OTHER = 0,
  KITH_RELAY_STRANGER = 1,   /* who asks is no contact that may ask */
  KITH_RELAY_NOT_LINKED = 2, /* whom it is for is no such contact, or not linked now */
  KITH_RELAY_UNWANTED = 3,   /* the other end does not let this friend relay for it */
  KITH_RELAY_OFF = 4,        /* relaying is switched off */
  KITH_RELAY_BUSY = 5,       /* too many calls at once, or asked too often */
  KITH_RELAY_QUOTA = 6,      /* the day's bytes are used up */
  KITH_RELAY_IDLE = 7,       /* nothing was carried for a while */
  KITH_RELAY_GONE = 8,       /* the link to the other end is gone */
  KITH_RELAY_DONE = 9        /* the end needs it no more */
} KithRelayReason;

/* Bits of tomorrow are kept and mean nothing. (0.1.0 ignores a note with one.) */
enum {
  KITH_RELAY_MAY = 1,     /* you may relay for me */
  KITH_RELAY_CARRIES = 2, /* I carry knocks for you */
  KITH_RELAY_GIVES = 4    /* I give you channels */
};

/* One note; what is not of its kind is zero. */
typedef struct {
  KithNoteKind kind; /* CARRY, CARRIED, CHANNEL or RELAY_STATE */
  KithPeerKey peer;  /* CARRY: to whom; CARRIED: from whom, on the friend's word; TAKEN */
  guint8 link_id[KITH_SEED_LEN]; /* CARRY, CARRIED: the knock's */
  gboolean has_channel;          /* CARRY: one is wanted; CARRIED: here it is */
  guint32 request; /* CARRY, CHANNEL but CLOSED and TAKEN: the asker's number for it */
  guint8 channel[KITH_CHANNEL_ID_LEN]; /* CARRIED with a channel, OPENED, CLOSED */
  guint16 asker_rtt_ms;   /* CARRIED with a channel, OPENED: between the friend and who asked */
  guint16 other_rtt_ms;   /* … and between the friend and the other end */
  KithChannelOp op;       /* CHANNEL */
  KithRelayReason reason; /* CHANNEL: REFUSED, NONE, CLOSED */
  guint flags;            /* RELAY_STATE: KITH_RELAY_MAY … */
  gsize knock_len;        /* CARRY, CARRIED: 0 (only a channel is wanted) to KITH_RECORD_MAX */
  guint8 knock[KITH_RECORD_MAX]; /* sealed */
} KithRelayNote;

/* Writes @note. Returns its length, 0 when a field is out of bounds. */
KITH_API gsize kith_relay_note_write (const KithRelayNote *note, guint8 out[KITH_RELAY_NOTE_MAX]);

/* Reads @len bytes of anybody. FALSE (and @note is not defined): another kind or version, too
   short, too long, or a field out of bounds. A note that is read is the only text of bytes for its
   value. */
KITH_API gboolean kith_relay_note_read (const guint8 *data, gsize len, KithRelayNote *note);

/* "a stranger is not served" … for people (static string). */
KITH_API const char *kith_relay_reason_text (KithRelayReason reason);

G_END_DECLS
