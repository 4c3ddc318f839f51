/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one gate from libopendht's threads to the worker's main thread: a bounded ring of notes
   behind an eventfd. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "datagrams/datagram-filter.h"

typedef enum {
  KITH_NOTE_GET_VALUE,
  KITH_NOTE_GET_DONE,
  KITH_NOTE_PUT_DONE,
  KITH_NOTE_LISTEN_VALUE
} KithNoteKind;

typedef struct {
  KithNoteKind kind;
  uint32_t handle; /* of the operation, made by its owner */
  bool ok;
  uint16_t len;
  uint8_t data[KITH_DHT_DATA_MAX];
} KithNote;

/* Makes the eventfd, which polls readable while there are notes. Returns it, or -1. Once, before
   threads. */
int kith_notes_open (void);

/* Wakes the main thread without a note. Any thread. */
void kith_notes_wake (void);

/* Posts a value (dropped and counted when the ring is nearly full) or the end of an operation (a
   quarter of the ring is kept for these). Values longer than KITH_DHT_DATA_MAX or empty are
   dropped. Any thread; never blocks for long. */
void kith_notes_post_value (KithNoteKind kind, uint32_t handle, const uint8_t *data, size_t len);
void kith_notes_post_done (KithNoteKind kind, uint32_t handle, bool ok);

/* Takes the oldest note. False when there is none. Main thread. */
bool kith_notes_take (KithNote *note);

/* Values dropped so far because the ring was full. */
uint32_t kith_notes_lost (void);
