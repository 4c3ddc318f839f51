/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells others that this node is only a client while nobody can reach it first, so that nobody
   waits for it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dht-frames.h"

/* libopendht takes nodes into its tables, and tells them to others, unless their messages say "s":
   true. Who asks a node behind a NAT gets no answer, and each look-up and put waits about a second
   for it. So the messages of such a node to public addresses say it, until somebody who was never
   asked has come through: then it can be reached. On the LAN it is a node like others. */

#define KITH_CLIENT_MARK_LEN 3 /* bytes that the mark adds */

/* This host's public addresses (ports do not count). Before the first call nothing is marked. Any
   thread. */
void kith_client_set_host (const KithEndpoint *addresses, unsigned n);

/* A request goes to @to, or came from @from. One thread at a time. */
void kith_client_note_sent (const KithEndpoint *to);
void kith_client_note_came (const KithEndpoint *from);

/* TRUE when a message to @to is to be marked. One thread at a time. */
bool kith_client_is_due (const KithEndpoint *to);

/* Writes the message @data, a msgpack map, with the mark to @marked of @room bytes. Returns its
   length, 0 when it is no map that can take it. Pure. */
size_t kith_client_mark (const uint8_t *data, size_t len, uint8_t *marked, size_t room);

/* Forgets everything. */
void kith_client_reset (void);
