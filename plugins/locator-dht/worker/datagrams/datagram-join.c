/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the heads of messages in parts and puts the parts in the place of their sizes. */
#include "datagram-join.h"

#include <string.h>

#define ADDRESS_LEN (KITH_JOIN_SOURCE_LEN - 2)

static KithJoinSlot *
find_slot (KithJoin *join, int64_t now_ms, const uint8_t *source, uint32_t tid)
{
  for (unsigned i = 0; i < KITH_JOIN_SLOTS; i++) {
    KithJoinSlot *slot = &join->slots[i];
    if (slot->until_ms > now_ms && slot->tid == tid
        && memcmp (slot->source, source, KITH_JOIN_SOURCE_LEN) == 0) {
      return slot;
    }
  }
  return NULL;
}

/* A free slot, or the oldest of this address when it has its share, or the oldest of all. */
static KithJoinSlot *
choose_slot (KithJoin *join, int64_t now_ms, const uint8_t *source)
{
  KithJoinSlot *oldest = &join->slots[0], *oldest_own = NULL, *empty = NULL;
  unsigned own = 0;

  for (unsigned i = 0; i < KITH_JOIN_SLOTS; i++) {
    KithJoinSlot *slot = &join->slots[i];
    if (slot->until_ms <= now_ms) {
      empty = slot;
      continue;
    }
    if (slot->until_ms < oldest->until_ms) {
      oldest = slot;
    }
    if (memcmp (slot->source, source, ADDRESS_LEN) == 0) {
      own++;
      if (oldest_own == NULL || slot->until_ms < oldest_own->until_ms) {
        oldest_own = slot;
      }
    }
  }
  if (own >= KITH_JOIN_SLOTS / 4) {
    return oldest_own;
  }
  return empty != NULL ? empty : oldest;
}

KithDrop
kith_join_head (KithJoin *join,
                int64_t now_ms,
                const uint8_t *source,
                const uint8_t *data,
                size_t len,
                const KithDatagram *info)
{
  if (len > KITH_JOIN_HEAD_MAX || info->n_sizes == 0 || info->sizes_end > len
      || info->sizes_start >= info->sizes_end) {
    return KITH_DROP_OVERSIZED;
  }
  if (find_slot (join, now_ms, source, info->tid) != NULL) {
    return KITH_DROP_NOT; /* sent again: what came already is kept */
  }
  KithJoinSlot *slot = choose_slot (join, now_ms, source);
  slot->until_ms = now_ms + KITH_JOIN_LIFE_MS;
  memcpy (slot->source, source, KITH_JOIN_SOURCE_LEN);
  slot->tid = info->tid;
  slot->head_len = len;
  slot->cut_start = info->sizes_start;
  slot->cut_end = info->sizes_end;
  memcpy (slot->head, data, len);
  slot->n = info->n_sizes;
  slot->n_have = 0;
  memcpy (slot->len, info->sizes, sizeof slot->len);
  memset (slot->have, 0, sizeof slot->have);
  return KITH_DROP_NOT;
}

static size_t
append (uint8_t *out, size_t at, const uint8_t *data, size_t len)
{
  memcpy (out + at, data, len);
  return at + len;
}

/* Head, an array with the values themselves, tail. */
static size_t
write_whole (const KithJoinSlot *slot, uint8_t *out)
{
  const uint8_t array[3] = { 0xdc, 0, (uint8_t)slot->n };
  size_t at = append (out, 0, slot->head, slot->cut_start);

  at = append (out, at, array, sizeof array);
  for (unsigned i = 0; i < slot->n; i++) {
    at = append (out, at, slot->part[i], slot->len[i]);
  }
  return append (out, at, slot->head + slot->cut_end, slot->head_len - slot->cut_end);
}

KithDrop
kith_join_part (KithJoin *join,
                int64_t now_ms,
                const uint8_t *source,
                const KithDatagram *info,
                uint8_t *out,
                size_t *out_len)
{
  KithJoinSlot *slot = find_slot (join, now_ms, source, info->tid);
  KithDatagramValue value;
  const unsigned i = info->part_index;

  *out_len = 0;
  if (slot == NULL) {
    return KITH_DROP_PART;
  }
  if (i >= slot->n) {
    return KITH_DROP_NOT; /* one of the many that are left out */
  }
  if (info->part_len != slot->len[i]) {
    return KITH_DROP_PART;
  }
  const KithDrop drop = kith_datagram_check_value (info->part, info->part_len, &value);
  if (drop != KITH_DROP_NOT) {
    slot->until_ms = 0;
    return drop;
  }
  if (!slot->have[i]) {
    slot->have[i] = true;
    slot->n_have++;
    memcpy (slot->part[i], info->part, info->part_len);
  }
  if (slot->n_have == slot->n) {
    *out_len = write_whole (slot, out);
    slot->until_ms = 0;
  }
  return KITH_DROP_NOT;
}
