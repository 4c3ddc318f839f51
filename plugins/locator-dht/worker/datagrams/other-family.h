/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells nodes that we speak to over IPv4 our IPv6 address, and takes theirs, so that both halves of
   the DHT get to know each other. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dht-frames.h"

/* libopendht keeps a table for IPv4 and another one for IPv6, and nodes tell of nodes that are in
   their tables: where all met over IPv4 nobody knows an IPv6 address, and who has IPv6 only from
   some moment on is alone. So messages to public IPv4 addresses carry one field more now and then,
   "6": the sender's IPv6 address and port. Whom that answers is asked there, and is in the other
   table when it answers. */

#define KITH_OTHER_LEN 18   /* address 16, port 2, both in network order */
#define KITH_OTHER_FIELD 22 /* bytes that the field adds */
#define KITH_OTHER_EVERY_MS (60 * 1000)

/* This host's public addresses (ports do not count), and the port of the IPv6 socket, 0 for none.
   One thread at a time, as all here. */
void kith_other_set_host (const KithEndpoint *addresses, unsigned n, uint16_t port6);

/* TRUE when a message to @to is to carry the field: it has IPv4, we have IPv6, and @to was not told
   for a minute. */
bool kith_other_is_due (const KithEndpoint *to, int64_t now_ms);

/* Writes the message @data, a msgpack map, with the field to @marked of @room bytes. Returns its
   length, 0 when it is no map that can take it, or larger than 1,100 bytes. */
size_t kith_other_add (const uint8_t *data, size_t len, uint8_t *marked, size_t room);

/* A node that answered a question of ours told @field. It is kept until it is taken if it is a
   public address, and we have IPv6 ourselves. */
void kith_other_note (const uint8_t field[KITH_OTHER_LEN]);

/* FALSE when nothing is kept. */
bool kith_other_take (KithEndpoint *address);
