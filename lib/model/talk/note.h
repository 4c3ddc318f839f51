/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first byte of a note on a link: what it is about. */
#pragma once

/* Numbers are for ever; a node ignores those it does not know. */
typedef enum {
  KITH_NOTE_STANDBY
  = 1, /* lib/link: a listening agent kept for a change of path: seed, candidates */
  KITH_NOTE_MOVE
  = 2, /* lib/link: an offer or answer for a new path, sent while the old one still works */
  /* lib/node: please carry this sealed knock to a friend of yours (and, if wanted, our packets) */
  KITH_NOTE_CARRY = 16,
  KITH_NOTE_CARRIED
  = 17, /* lib/node: a knock that a friend carried to us, and the channel for packets */
  KITH_NOTE_CHANNEL = 18,    /* lib/node: a channel was opened, refused, measured or closed */
  KITH_NOTE_RELAY_STATE = 19 /* lib/node: whether we let the peer relay for us, and relay for it */
} KithNoteKind;

/* Below this lib/link keeps notes for itself; from here on they are told as the signal "note". */
#define KITH_NOTE_FIRST_OF_NODE 16
