/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies fields while they fit, and cuts frames by their length. */
#include "base/wire.h"

#include <string.h>

void
kith_wire_put (KithWireWriter *writer, const void *data, size_t len)
{
  writer->ok = writer->ok && len <= writer->room;
  if (writer->ok && len > 0) {
    memcpy (writer->at, data, len);
    writer->at += len;
    writer->room -= len;
  }
}

void
kith_wire_put_number (KithWireWriter *writer, uint64_t value, size_t len)
{
  uint8_t bytes[8];

  for (size_t i = 0; i < len; i++) {
    bytes[i] = (uint8_t)(value >> (8 * (len - 1 - i)));
  }
  kith_wire_put (writer, bytes, len);
}

void
kith_wire_get (KithWireReader *reader, void *data, size_t len)
{
  reader->ok = reader->ok && len <= reader->left;
  if (reader->ok && len > 0) {
    memcpy (data, reader->at, len);
    reader->at += len;
    reader->left -= len;
  }
}

uint64_t
kith_wire_get_number (KithWireReader *reader, size_t len)
{
  uint8_t bytes[8] = { 0 };
  uint64_t value = 0;

  kith_wire_get (reader, bytes, len);
  for (size_t i = 0; i < len; i++) {
    value = value << 8 | bytes[i];
  }
  return value;
}

bool
kith_wire_get_bool (KithWireReader *reader)
{
  const uint64_t value = kith_wire_get_number (reader, 1);

  reader->ok = reader->ok && value <= 1;
  return value == 1;
}

KithWireWriter
kith_frame_begin (uint8_t *out, size_t room, uint8_t type)
{
  KithWireWriter writer = { out, room, true };

  kith_wire_put_number (&writer, 0, 2);
  kith_wire_put_number (&writer, type, 1);
  return writer;
}

size_t
kith_frame_end (const KithWireWriter *writer, uint8_t *out)
{
  const size_t len = writer->ok ? (size_t)(writer->at - out) : 0;

  if (len < 3 || len - 2 > UINT16_MAX) {
    return 0;
  }
  out[0] = (uint8_t)((len - 2) >> 8);
  out[1] = (uint8_t)(len - 2);
  return len;
}

KithSplit
kith_frame_split (const uint8_t *data, size_t len, size_t most, KithWireReader *body, size_t *used)
{
  KithWireReader stream = { data, len, true };
  const size_t body_len = (size_t)kith_wire_get_number (&stream, 2);

  *used = 0;
  if (!stream.ok) {
    return KITH_SPLIT_MORE;
  }
  if (body_len == 0 || body_len + 2 > most) {
    return KITH_SPLIT_BROKEN;
  }
  if (stream.left < body_len) {
    return KITH_SPLIT_MORE;
  }
  *body = (KithWireReader){ stream.at, body_len, true };
  *used = 2 + body_len;
  return KITH_SPLIT_FRAME;
}
