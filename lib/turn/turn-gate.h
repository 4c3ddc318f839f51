/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A UDP port on loopback whose datagrams leave from, and come in at, an address of a TURN
   server. */
#pragma once

#include "ports/turn.h"

G_BEGIN_DECLS

/*
 * Every datagram on loopback, in both directions, has this before its payload: the token (16
 * bytes), family (u8, always 4), the peer's address (4 bytes) and port (u16, big-endian). What
 * comes without the right token is dropped. Answers go to where the latest good one came from.
 */
#define KITH_TURN_GATE_HEADER_LEN (KITH_TURN_TOKEN_LEN + 7)

/* Main thread. Allocates at @server, reached by TCP or TLS. @events is kept, not copied. NULL and
   KITH_ERROR_FAILED when no loopback socket can be had. (transfer full) */
KithTurnGate *kith_turn_gate_new (KithTurnServer *server,
                                  const KithTurnGateEvents *events,
                                  gpointer user_data,
                                  GError **error);

/* Gives the address back. */
void kith_turn_gate_free (KithTurnGate *gate);

/* Datagrams that went out and came in. */
void kith_turn_gate_get_counts (KithTurnGate *gate, guint64 *n_out, guint64 *n_in);

G_END_DECLS
