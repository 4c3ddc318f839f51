/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of the kinds of NAT, and which of them can meet. */
#include "model/nat.h"

static const struct {
  const char *word;
  const char *text;
} kinds[] = {
  [KITH_NAT_UNKNOWN] = { "unknown", "unknown network" },
  [KITH_NAT_NONE] = { "none", "no NAT" },
  [KITH_NAT_FIREWALL] = { "firewall", "no NAT, but a firewall" },
  [KITH_NAT_FULL_CONE] = { "full-cone", "full-cone NAT" },
  [KITH_NAT_ADDRESS_RESTRICTED] = { "address-restricted", "address-restricted NAT" },
  [KITH_NAT_PORT_RESTRICTED] = { "port-restricted", "port-restricted NAT" },
  [KITH_NAT_CONE] = { "cone", "NAT with one mapping for all" },
  [KITH_NAT_SYMMETRIC] = { "symmetric", "symmetric NAT" },
  [KITH_NAT_BLOCKED] = { "blocked", "a network that blocks UDP" },
};

const char *
kith_nat_kind_word (KithNatKind kind)
{
  return kinds[(guint)kind < G_N_ELEMENTS (kinds) ? kind : KITH_NAT_UNKNOWN].word;
}

const char *
kith_nat_kind_text (KithNatKind kind)
{
  return kinds[(guint)kind < G_N_ELEMENTS (kinds) ? kind : KITH_NAT_UNKNOWN].text;
}

gboolean
kith_nat_can_meet (KithNatKind ours, KithNatKind theirs)
{
  if (ours == KITH_NAT_BLOCKED || theirs == KITH_NAT_BLOCKED) {
    return FALSE;
  }
  if (ours == KITH_NAT_SYMMETRIC) {
    return theirs != KITH_NAT_SYMMETRIC && theirs != KITH_NAT_PORT_RESTRICTED;
  }
  return theirs != KITH_NAT_SYMMETRIC || ours != KITH_NAT_PORT_RESTRICTED;
}
