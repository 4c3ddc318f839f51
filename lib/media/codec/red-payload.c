/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Headers of four bytes for copies, one byte for the packet's own data. */
#include "media/codec/red-payload.h"

#include <string.h>

/* of copies, of which the newest are used; more make the payload a broken one */
#define MAX_HEADERS 8
#define COPY_HEADER 4

typedef struct {
  guint8 pt;
  guint offset;
  gsize len;
} Header;

guint
kith_red_read (const guint8 *payload,
               gsize len,
               guint32 timestamp,
               KithRedBlock blocks[KITH_RED_MAX_COPIES + 1])
{
  Header headers[MAX_HEADERS];
  guint n = 0, found = 0;
  gsize at = 0;

  while (at < len && (payload[at] & 0x80) != 0) {
    if (n == MAX_HEADERS || at + COPY_HEADER > len) {
      return 0;
    }
    const guint8 *p = payload + at;
    headers[n].pt = p[0] & 0x7f;
    headers[n].offset = (guint)p[1] << 6 | p[2] >> 2;
    headers[n++].len = (gsize)(p[2] & 0x03) << 8 | p[3];
    at += COPY_HEADER;
  }
  if (at >= len) {
    return 0;
  }
  guint8 own_pt = payload[at++] & 0x7f;
  gsize copies = 0;
  for (guint i = 0; i < n; i++) {
    copies += headers[i].len;
  }
  if (copies >= len - at) { /* nothing left for the packet itself */
    return 0;
  }
  blocks[found++] = (KithRedBlock){ own_pt, timestamp, payload + at + copies, len - at - copies };
  for (guint i = n; i > 0 && found <= KITH_RED_MAX_COPIES; i--) {
    const Header *header = &headers[i - 1];
    copies -= header->len;
    if (header->len > 0 && header->offset > 0) {
      blocks[found++] = (KithRedBlock){ header->pt,
                                        timestamp - header->offset,
                                        payload + at + copies,
                                        header->len };
    }
  }
  return found;
}

static gboolean
is_usable (const KithRedWriter *writer, guint i, guint32 now)
{
  guint32 offset = now - writer->timestamp[i];

  return writer->len[i] > 0 && offset > 0 && offset <= KITH_RED_MAX_OFFSET;
}

static void
remember (KithRedWriter *writer, const KithRedBlock *block)
{
  for (guint i = KITH_RED_MAX_COPIES - 1; i > 0; i--) {
    memcpy (writer->data[i], writer->data[i - 1], writer->len[i - 1]);
    writer->len[i] = writer->len[i - 1];
    writer->timestamp[i] = writer->timestamp[i - 1];
  }
  writer->len[0] = block->len <= KITH_RED_MAX_LENGTH ? block->len : 0;
  memcpy (writer->data[0], block->data, writer->len[0]);
  writer->timestamp[0] = block->timestamp;
}

gsize
kith_red_write (KithRedWriter *writer, const KithRedBlock *block, guint copies, guint8 *out)
{
  gsize size = 1 + block->len, at = 0;
  guint n = 0;

  if (block->len == 0 || size > KITH_RED_MAX_PACKET) {
    return 0;
  }
  while (n < MIN (copies, KITH_RED_MAX_COPIES) && is_usable (writer, n, block->timestamp)
         && size + COPY_HEADER + writer->len[n] <= KITH_RED_MAX_PACKET) {
    size += COPY_HEADER + writer->len[n++];
  }
  for (guint i = n; i > 0; i--) {
    guint32 offset = block->timestamp - writer->timestamp[i - 1];
    gsize len = writer->len[i - 1];
    out[at++] = 0x80 | block->pt;
    out[at++] = (guint8)(offset >> 6);
    out[at++] = (guint8)((offset & 0x3f) << 2 | len >> 8);
    out[at++] = (guint8)len;
  }
  out[at++] = block->pt & 0x7f;
  for (guint i = n; i > 0; i--) {
    memcpy (out + at, writer->data[i - 1], writer->len[i - 1]);
    at += writer->len[i - 1];
  }
  memcpy (out + at, block->data, block->len);
  remember (writer, block);
  return at + block->len;
}
