/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TURN servers that lend nothing: the test says which of them works, and plays their gates. */
#pragma once

#include "ports/turn.h"

G_BEGIN_DECLS

#define KITH_TYPE_FAKE_TURN (kith_fake_turn_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeTurn, kith_fake_turn, KITH, FAKE_TURN, GObject)

/* No server yet. (transfer full) */
KithTurn *kith_fake_turn_new (void);

/* A server more, of which nothing is known. @label is kept, not copied. Returns its index. */
guint kith_fake_turn_add (KithFakeTurn *turn, const char *label, KithTurnTransport transport);

/* What is found out about a server; the first that works and is the best is used, and "changed" is
   emitted when that is another one. @why is kept, not copied. */
void
kith_fake_turn_set_state (KithFakeTurn *turn, guint index, KithTurnState state, const char *why);

/* The server in use forgot what it lent: emits "changed". */
void kith_fake_turn_lose (KithFakeTurn *turn);

/* How often it was asked to look, was told of a doubt, and was stopped. */
guint kith_fake_turn_count_checks (KithFakeTurn *turn);
guint kith_fake_turn_count_doubts (KithFakeTurn *turn);
guint kith_fake_turn_count_stops (KithFakeTurn *turn);

/* How many gates were opened since the beginning, and are open. */
guint kith_fake_turn_count_opened (KithFakeTurn *turn);
guint kith_fake_turn_count_gates (KithFakeTurn *turn);

/* The gate that was opened last gets its address, on @port, or fails. FALSE: none is open. */
gboolean kith_fake_turn_gate_ready (KithFakeTurn *turn, guint16 port);
gboolean kith_fake_turn_gate_fail (KithFakeTurn *turn, const char *why);

G_END_DECLS
