/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adds our IPv6 address to messages over IPv4, and keeps the last one that was told. */
#include "other-family.h"

#include <string.h>

#include "model/net/endpoint.h"

#define N_TOLD 256     /* hosts, by a hash: who shares a place is told more often */
#define MAP_FIRST 0x80 /* msgpack: a map of 0 … */
#define MAP_LAST 0x8e  /* … to 14 fields, to which one can be added */
#define LEN_MAX 1100

static KithEndpoint ours; /* family 0: none */
static KithEndpoint kept;
static struct {
  uint8_t ip[4];
  int64_t at_ms;
} told[N_TOLD];

void
kith_other_set_host (const KithEndpoint *addresses, unsigned n, uint16_t port6)
{
  memset (&ours, 0, sizeof ours);
  for (unsigned i = 0; i < n && port6 != 0 && ours.family == 0; i++) {
    if (addresses[i].family == 6 && kith_endpoint_is_public (&addresses[i])) {
      ours = addresses[i];
      ours.port = port6;
    }
  }
  memset (told, 0, sizeof told); /* others know another one, or none */
}

bool
kith_other_is_due (const KithEndpoint *to, int64_t now_ms)
{
  const unsigned place = (to->ip[0] * 31u + to->ip[1] * 17u + to->ip[2] * 7u + to->ip[3]) % N_TOLD;

  if (ours.family == 0 || to->family != 4 || !kith_endpoint_is_public (to)
      || (memcmp (told[place].ip, to->ip, 4) == 0
          && now_ms - told[place].at_ms < KITH_OTHER_EVERY_MS)) {
    return false;
  }
  memcpy (told[place].ip, to->ip, 4);
  told[place].at_ms = now_ms;
  return true;
}

size_t
kith_other_add (const uint8_t *data, size_t len, uint8_t *marked, size_t room)
{
  const uint8_t head[KITH_OTHER_FIELD - KITH_OTHER_LEN] = { 0xa1, '6', 0xc4, KITH_OTHER_LEN };

  if (len == 0 || len > LEN_MAX || data[0] < MAP_FIRST || data[0] > MAP_LAST
      || room < len + KITH_OTHER_FIELD) {
    return 0;
  }
  memmove (marked, data, len);
  memcpy (marked + len, head, sizeof head);
  memcpy (marked + len + sizeof head, ours.ip, 16);
  marked[len + sizeof head + 16] = (uint8_t)(ours.port >> 8);
  marked[len + sizeof head + 17] = (uint8_t)ours.port;
  marked[0]++;
  return len + KITH_OTHER_FIELD;
}

void
kith_other_note (const uint8_t field[KITH_OTHER_LEN])
{
  KithEndpoint address = { .family = 6, .port = (uint16_t)(field[16] << 8 | field[17]) };

  memcpy (address.ip, field, 16);
  if (ours.family != 0 && address.port != 0 && kith_endpoint_is_public (&address)
      && memcmp (address.ip, ours.ip, 16) != 0) {
    kept = address;
  }
}

bool
kith_other_take (KithEndpoint *address)
{
  *address = kept;
  memset (&kept, 0, sizeof kept);
  return address->family != 0;
}
