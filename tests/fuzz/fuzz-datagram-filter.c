/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds datagrams to the filter in front of libopendht, alone and as messages in parts. */
/* link: kith-dht-wire */
#include <stdlib.h>
#include <string.h>

#include "datagrams/datagram-join.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* All that is pointed to must lie inside the datagram, and a verdict must not depend on anything
   else. */
static void
check (const uint8_t *data, size_t size, uint32_t network, KithDatagram *info)
{
  static KithDatagram again;

  if (kith_datagram_check (data, size, network, info)
      != kith_datagram_check (data, size, network, &again)) {
    abort ();
  }
  for (unsigned i = 0; i < info->n_values; i++) {
    const KithDatagramValue *value = &info->values[i];
    if (value->len > KITH_DHT_DATA_MAX || value->data < data
        || value->data + value->len > data + size) {
      abort ();
    }
  }
}

/* The input as a series of datagrams, each behind a length of two bytes, from one source. */
static void
run_series (const uint8_t *data, size_t size)
{
  static KithJoin join;
  static uint8_t out[KITH_JOIN_WHOLE_MAX];
  static KithDatagram info, whole;
  static const uint8_t source[KITH_JOIN_SOURCE_LEN] = { 1 };
  int64_t now = 1;

  memset (&join, 0, sizeof join);
  while (size > 2) {
    const size_t announced = (size_t)data[0] << 8 | data[1];
    const size_t len = announced < size - 2 ? announced : size - 2;
    size_t out_len = 0;
    data += 2;
    size -= 2;
    if (kith_datagram_check (data, len, 77, &info) == KITH_DROP_NOT) {
      if (info.kind == KITH_DATAGRAM_PART) {
        (void)kith_join_part (&join, now, source, &info, out, &out_len);
      } else if (info.n_sizes > 0) {
        (void)kith_join_head (&join, now, source, data, len, &info);
      }
    }
    if (out_len > 0
        && (kith_datagram_check (out, out_len, 77, &whole) != KITH_DROP_NOT
            || whole.n_sizes != 0)) {
      abort (); /* what is joined of checked parts passes */
    }
    data += len;
    size -= len;
    now++;
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static KithDatagram info;
  KithDatagramValue value;
  uint16_t port;
  uint32_t network;

  check (data, size, 0, &info);
  check (data, size, 77, &info);
  (void)kith_datagram_check_value (data, size, &value);
  (void)kith_discovery_check (data, size, &port, &network);
  run_series (data, size);
  return 0;
}
