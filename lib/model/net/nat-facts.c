/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of the kinds of NAT, and which of them can meet. */
#include "model/net/nat-facts.h"

#include <string.h>

#include "base/phrase.h"

static const struct {
  const char *word;
  const char *text;
} kinds[] = {
  [KITH_NAT_UNKNOWN] = { "unknown", PHRASE ("not known yet") },
  [KITH_NAT_NONE] = { "none", PHRASE ("no NAT") },
  [KITH_NAT_FIREWALL] = { "firewall", PHRASE ("no NAT, but a firewall") },
  [KITH_NAT_FULL_CONE] = { "full-cone", PHRASE ("full-cone NAT") },
  [KITH_NAT_ADDRESS_RESTRICTED] = { "address-restricted", PHRASE ("address-restricted NAT") },
  [KITH_NAT_PORT_RESTRICTED] = { "port-restricted", PHRASE ("port-restricted NAT") },
  [KITH_NAT_CONE] = { "cone", PHRASE ("NAT with one mapping for all") },
  [KITH_NAT_SYMMETRIC] = { "symmetric", PHRASE ("symmetric NAT") },
  [KITH_NAT_BLOCKED] = { "blocked", PHRASE ("a network that blocks UDP") },
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

KithNatKind
kith_nat_guess (const KithCandidate *candidates, guint n)
{
  guint relayed = 0;

  for (guint i = 0; i < n; i++) {
    if (candidates[i].type == KITH_CANDIDATE_HOST && candidates[i].endpoint.family == 4
        && kith_endpoint_is_public (&candidates[i].endpoint)) {
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
