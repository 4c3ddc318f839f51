/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds-checked writing and reading of binary fields, and the frames that kithd and its workers
   exchange on a stream socket. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/export.h"

/* Needs no GLib. Numbers are big-endian. After the first field that does not fit, or that a caller
   finds out of bounds, ok is false and nothing is written or read any more: it is looked at once,
   at the end. Any thread. */
typedef struct {
  uint8_t *at;
  size_t room;
  bool ok;
} KithWireWriter;

typedef struct {
  const uint8_t *at;
  size_t left;
  bool ok;
} KithWireReader;

/* @data may be NULL when @len is 0. */
KITH_API void kith_wire_put (KithWireWriter *writer, const void *data, size_t len);

/* The lowest @len bytes (1 to 8) of @value. */
KITH_API void kith_wire_put_number (KithWireWriter *writer, uint64_t value, size_t len);

/* When it is not all there @data stays as it was. */
KITH_API void kith_wire_get (KithWireReader *reader, void *data, size_t len);

/* A number of @len bytes (1 to 8); 0 when it is not there. */
KITH_API uint64_t kith_wire_get_number (KithWireReader *reader, size_t len);

/* A byte that is 0 or 1. */
KITH_API bool kith_wire_get_bool (KithWireReader *reader);

/* A frame is the length of what follows u16, the type u8, then its fields. Begins one of @type at
   @out, with room for @room bytes. */
KITH_API KithWireWriter kith_frame_begin (uint8_t *out, size_t room, uint8_t type);

/* Ends the frame that began at @out. Returns all of its bytes, 0: it is none. */
KITH_API size_t kith_frame_end (const KithWireWriter *writer, uint8_t *out);

typedef enum { KITH_SPLIT_FRAME, KITH_SPLIT_MORE, KITH_SPLIT_BROKEN } KithSplit;

/* Looks for the first frame, of at most @most bytes, in @len bytes of a stream. FRAME: *@body is
   its type and its fields, and *@used bytes are done with. MORE: not all is there yet. BROKEN: this
   is no such stream, give it up. */
KITH_API KithSplit
kith_frame_split (const uint8_t *data, size_t len, size_t most, KithWireReader *body, size_t *used);
