/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interface of TURN: its signal, its wrappers, and what the time line says of the servers. */
#include "ports/turn.h"

G_DEFINE_INTERFACE (KithTurn, kith_turn, G_TYPE_OBJECT)

static void
kith_turn_default_init (KithTurnInterface *iface)
{
  g_signal_new ("changed",
                G_TYPE_FROM_INTERFACE (iface),
                G_SIGNAL_RUN_LAST,
                0,
                NULL,
                NULL,
                NULL,
                G_TYPE_NONE,
                0);
}

void
kith_turn_check (KithTurn *self)
{
  g_return_if_fail (KITH_IS_TURN (self));
  KITH_TURN_GET_IFACE (self)->check (self);
}

void
kith_turn_suspect (KithTurn *self)
{
  g_return_if_fail (KITH_IS_TURN (self));
  KITH_TURN_GET_IFACE (self)->suspect (self);
}

void
kith_turn_stop (KithTurn *self)
{
  g_return_if_fail (KITH_IS_TURN (self));
  KITH_TURN_GET_IFACE (self)->stop (self);
}

gboolean
kith_turn_get_relay (KithTurn *self, KithTurnRelay *relay)
{
  g_return_val_if_fail (KITH_IS_TURN (self) && relay != NULL, FALSE);
  return KITH_TURN_GET_IFACE (self)->get_relay (self, relay);
}

gboolean
kith_turn_get_second (KithTurn *self, KithTurnRelay *relay)
{
  g_return_val_if_fail (KITH_IS_TURN (self) && relay != NULL, FALSE);
  return KITH_TURN_GET_IFACE (self)->get_second (self, relay);
}

guint
kith_turn_get_losses (KithTurn *self)
{
  g_return_val_if_fail (KITH_IS_TURN (self), 0);
  return KITH_TURN_GET_IFACE (self)->get_losses (self);
}

gboolean
kith_turn_is_udp_open (KithTurn *self)
{
  g_return_val_if_fail (KITH_IS_TURN (self), FALSE);
  return KITH_TURN_GET_IFACE (self)->is_udp_open (self);
}

guint
kith_turn_get_n (KithTurn *self)
{
  g_return_val_if_fail (KITH_IS_TURN (self), 0);
  return KITH_TURN_GET_IFACE (self)->get_n (self);
}

void
kith_turn_get_facts (KithTurn *self, guint index, KithTurnFacts *facts)
{
  g_return_if_fail (KITH_IS_TURN (self));
  g_return_if_fail (index < kith_turn_get_n (self) && facts != NULL);
  KITH_TURN_GET_IFACE (self)->get_facts (self, index, facts);
}

KithTurnGate *
kith_turn_open_gate (KithTurn *self,
                     const KithTurnGateEvents *events,
                     gpointer user_data,
                     GError **error)
{
  g_return_val_if_fail (KITH_IS_TURN (self) && events != NULL, NULL);
  return KITH_TURN_GET_IFACE (self)->open_gate (self, events, user_data, error);
}

void
kith_turn_close_gate (KithTurn *self, KithTurnGate *gate)
{
  g_return_if_fail (KITH_IS_TURN (self) && gate != NULL);
  KITH_TURN_GET_IFACE (self)->close_gate (self, gate);
}

void
kith_turn_trace (KithTurn *self, KithTrace *trace)
{
  guint n = kith_turn_get_n (self);
  KithTurnFacts facts = { 0 };

  for (guint i = 0; i < n; i++) {
    kith_turn_get_facts (self, i, &facts);
    if (facts.is_used) {
      kith_trace_tell_of (trace, KITH_TRACE_CANDIDATE, "step-turn-asked", "server", facts.label);
      return;
    }
  }
  for (guint i = 0; i < n; i++) {
    kith_turn_get_facts (self, i, &facts);
    if (facts.state == KITH_TURN_FAILED) {
      KithSaying *saying = kith_saying_new ("step-turn-failed");
      kith_saying_put (saying, "server", facts.label);
      kith_saying_put (saying, "error", facts.why);
      kith_trace_say (trace, KITH_TRACE_TROUBLE, saying);
    } else {
      kith_trace_tell_of (trace, KITH_TRACE_TROUBLE, "step-turn-waits", "server", facts.label);
    }
  }
}
