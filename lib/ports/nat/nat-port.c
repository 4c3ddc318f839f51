/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interface of what knows the NAT: its signals and wrappers. */
#include "ports/nat/nat.h"

G_DEFINE_INTERFACE (KithNat, kith_nat, G_TYPE_OBJECT)

static void
add_signal (KithNatInterface *iface, const char *name)
{
  g_signal_new (name,
                G_TYPE_FROM_INTERFACE (iface),
                G_SIGNAL_RUN_LAST,
                0,
                NULL,
                NULL,
                NULL,
                G_TYPE_NONE,
                0);
}

static void
kith_nat_default_init (KithNatInterface *iface)
{
  add_signal (iface, "changed");
  add_signal (iface, "mapped");
}

void
kith_nat_start (KithNat *self)
{
  g_return_if_fail (KITH_IS_NAT (self));
  KITH_NAT_GET_IFACE (self)->start (self);
}

void
kith_nat_stop (KithNat *self)
{
  g_return_if_fail (KITH_IS_NAT (self));
  KITH_NAT_GET_IFACE (self)->stop (self);
}

void
kith_nat_look_again (KithNat *self)
{
  g_return_if_fail (KITH_IS_NAT (self));
  KITH_NAT_GET_IFACE (self)->look_again (self);
}

void
kith_nat_set_witnesses (KithNat *self, const KithWitness *witnesses, guint n)
{
  g_return_if_fail (KITH_IS_NAT (self));
  KITH_NAT_GET_IFACE (self)->set_witnesses (self, witnesses, n);
}

void
kith_nat_set_outer_hint (KithNat *self, const KithEndpoint *outer)
{
  g_return_if_fail (KITH_IS_NAT (self));
  KITH_NAT_GET_IFACE (self)->set_outer_hint (self, outer);
}

void
kith_nat_set_slot (KithNat *self, const KithReach *slot)
{
  g_return_if_fail (KITH_IS_NAT (self));
  KITH_NAT_GET_IFACE (self)->set_slot (self, slot);
}

void
kith_nat_add_outer (KithNat *self, KithReach *slot)
{
  g_return_if_fail (KITH_IS_NAT (self));
  KITH_NAT_GET_IFACE (self)->add_outer (self, slot);
}

void
kith_nat_get_facts (KithNat *self, KithNatFacts *facts)
{
  g_return_if_fail (KITH_IS_NAT (self) && facts != NULL);
  *facts = (KithNatFacts){ 0 };
  KITH_NAT_GET_IFACE (self)->get_facts (self, facts);
}

gboolean
kith_nat_get_stun (KithNat *self, KithEndpoint *server)
{
  g_return_val_if_fail (KITH_IS_NAT (self), FALSE);
  return KITH_NAT_GET_IFACE (self)->get_stun (self, server);
}

gboolean
kith_nat_wants_slot (KithNat *self, const KithReach *slot)
{
  g_return_val_if_fail (KITH_IS_NAT (self), FALSE);
  return KITH_NAT_GET_IFACE (self)->wants_slot (self, slot);
}
