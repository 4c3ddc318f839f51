/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Redundant audio data: packets that repeat what earlier ones carried (RFC 2198), pure. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KITH_RED_MAX_COPIES 2     /* sent; as many are read */
#define KITH_RED_MAX_OFFSET 16383 /* ticks of the RTP clock */
#define KITH_RED_MAX_LENGTH 1023  /* bytes of a copy */
#define KITH_RED_MAX_PACKET 1200  /* bytes of payload that are made */

typedef struct {
  guint8 pt;
  guint32 timestamp;
  const guint8 *data;
  gsize len;
} KithRedBlock;

/* Reads a payload: @blocks[0] becomes what the packet itself carries, then its newest copies,
   newest first. Returns how many, 0 for a broken payload. */
guint kith_red_read (const guint8 *payload,
                     gsize len,
                     guint32 timestamp,
                     KithRedBlock blocks[KITH_RED_MAX_COPIES + 1]);

/* What the sender remembers. Zeroed = nothing yet. */
typedef struct {
  guint8 data[KITH_RED_MAX_COPIES][KITH_RED_MAX_LENGTH];
  gsize len[KITH_RED_MAX_COPIES];
  guint32 timestamp[KITH_RED_MAX_COPIES];
} KithRedWriter;

/**
 * kith_red_write:
 * @block: what is to be sent now; pt that of its codec
 * @copies: how many of the packets before go with it, 0 to 2
 * @out: room for KITH_RED_MAX_PACKET bytes
 * Copies that are too old or do not fit are left out.
 * Returns: bytes written, 0 when the block itself does not fit.
 */
gsize kith_red_write (KithRedWriter *writer, const KithRedBlock *block, guint copies, guint8 *out);

G_END_DECLS
