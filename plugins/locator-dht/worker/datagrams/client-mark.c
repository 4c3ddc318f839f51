/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds out whether strangers' requests come through, and adds a field to messages. */
#include "client-mark.h"

#include <stdatomic.h>
#include <string.h>

#include "model/net/endpoint.h"

#define ASKED_BITS 16384 /* hosts that were asked, by a hash */
#define MAP_FIRST 0x80   /* msgpack: a map of 0 … */
#define MAP_LAST 0x8e    /* … to 14 fields, to which one can be added */

static uint8_t asked[ASKED_BITS / 8];
static bool reached[2]; /* by a stranger, over IPv4 and IPv6 */
static atomic_bool is_private;

static unsigned
hash_of (const KithEndpoint *address)
{
  uint32_t hash = 2166136261u; /* FNV-1a */

  for (unsigned i = 0; i < (address->family == 4 ? 4u : 8u); i++) {
    hash = (hash ^ address->ip[i]) * 16777619u;
  }
  return (hash ^ hash >> 16) % ASKED_BITS;
}

void
kith_client_set_host (const KithEndpoint *addresses, unsigned n)
{
  bool has_public4 = false;

  for (unsigned i = 0; i < n; i++) {
    has_public4 = has_public4 || addresses[i].family == 4;
  }
  /* Who has IPv4 behind a NAT has IPv6 behind a firewall, most likely. */
  atomic_store (&is_private, !has_public4);
}

void
kith_client_note_sent (const KithEndpoint *to)
{
  const unsigned hash = hash_of (to);

  asked[hash / 8] |= (uint8_t)(1u << hash % 8);
}

void
kith_client_note_came (const KithEndpoint *from)
{
  const unsigned hash = hash_of (from);

  if ((asked[hash / 8] & 1u << hash % 8) == 0 && kith_endpoint_is_public (from)) {
    reached[from->family == 4 ? 0 : 1] = true;
  }
}

bool
kith_client_is_due (const KithEndpoint *to)
{
  return atomic_load (&is_private) && !reached[to->family == 4 ? 0 : 1]
         && kith_endpoint_is_public (to);
}

size_t
kith_client_mark (const uint8_t *data, size_t len, uint8_t *marked, size_t room)
{
  static const uint8_t mark[KITH_CLIENT_MARK_LEN] = { 0xa1, 's', 0xc3 };

  if (len == 0 || data[0] < MAP_FIRST || data[0] > MAP_LAST || room < len + sizeof mark) {
    return 0;
  }
  memcpy (marked, data, len);
  memcpy (marked + len, mark, sizeof mark);
  marked[0]++;
  return len + sizeof mark;
}

void
kith_client_reset (void)
{
  memset (asked, 0, sizeof asked);
  reached[0] = reached[1] = false;
  atomic_store (&is_private, false);
}
