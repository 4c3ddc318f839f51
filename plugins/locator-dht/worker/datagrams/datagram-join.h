/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins messages that come in parts into one datagram, in bounded memory, so that the library never
   sees a part unchecked. */
#pragma once

#include "datagram-filter.h"

#define KITH_JOIN_SOURCE_LEN 18 /* address and port */
#define KITH_JOIN_SLOTS 16      /* messages under way */
#define KITH_JOIN_HEAD_MAX 2048 /* bytes of a message without its values */
#define KITH_JOIN_LIFE_MS 5000
#define KITH_JOIN_WHOLE_MAX (KITH_JOIN_HEAD_MAX + KITH_DHT_SEEN_MAX * KITH_DHT_VALUE_MAX + 4)

/* One message of which parts are awaited. */
typedef struct {
  int64_t until_ms; /* 0: the slot is free */
  uint8_t source[KITH_JOIN_SOURCE_LEN];
  uint32_t tid;
  size_t head_len, cut_start, cut_end; /* the array of sizes lies between the cuts */
  uint8_t head[KITH_JOIN_HEAD_MAX];
  unsigned n, n_have;
  uint16_t len[KITH_DHT_SEEN_MAX];
  bool have[KITH_DHT_SEEN_MAX];
  uint8_t part[KITH_DHT_SEEN_MAX][KITH_DHT_VALUE_MAX];
} KithJoinSlot;

/* All zero at first. One thread at a time. */
typedef struct {
  KithJoinSlot slots[KITH_JOIN_SLOTS];
} KithJoin;

/* Remembers a message that passed the filter and announces sizes (info->n_sizes > 0). At most a
   quarter of the slots for one address; the oldest goes when all are taken. The first 64 values are
   awaited, the rest is left out. Never fails. */
KithDrop kith_join_head (KithJoin *join,
                         int64_t now_ms,
                         const uint8_t *source,
                         const uint8_t *data,
                         size_t len,
                         const KithDatagram *info);

/* Takes a part that passed the filter. When it was the last one, writes the whole message to @out
   (KITH_JOIN_WHOLE_MAX bytes) and its length to *@out_len, else 0. What comes out must pass
   kith_datagram_check() again. KITH_DROP_PART when it belongs to nothing. */
KithDrop kith_join_part (KithJoin *join,
                         int64_t now_ms,
                         const uint8_t *source,
                         const KithDatagram *info,
                         uint8_t *out,
                         size_t *out_len);
