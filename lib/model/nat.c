/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of the kinds of NAT, and which of them can meet. */
#include "model/nat.h"

#include <string.h>

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

KithNatKind
kith_nat_kind_parse (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (strcmp (kinds[i].word, word) == 0) {
      return (KithNatKind)i;
    }
  }
  return KITH_NAT_UNKNOWN;
}

/* Private, link-local, shared by carriers (RFC 1918, RFC 3927, RFC 6598), or no IPv4 at all. */
static gboolean
is_public_v4 (const KithCandidate *candidate)
{
  const guint8 *ip = candidate->ip;

  return candidate->family == 4 && ip[0] != 0 && ip[0] != 10 && ip[0] != 127 && ip[0] < 224
         && !(ip[0] == 172 && (ip[1] & 0xf0) == 16) && !(ip[0] == 192 && ip[1] == 168)
         && !(ip[0] == 169 && ip[1] == 254) && !(ip[0] == 100 && (ip[1] & 0xc0) == 64);
}

KithNatKind
kith_nat_guess (const KithCandidate *candidates, guint n)
{
  guint relayed = 0;

  for (guint i = 0; i < n; i++) {
    if (candidates[i].type == KITH_CANDIDATE_HOST && is_public_v4 (&candidates[i])) {
      return KITH_NAT_NONE;
    }
    relayed += candidates[i].type == KITH_CANDIDATE_RELAY;
  }
  return n > 0 && relayed == n ? KITH_NAT_BLOCKED : KITH_NAT_UNKNOWN;
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
