/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decision table of RFC 5780, and what to believe when witnesses contradict each other. */
#include "nat/nat-classify.h"

#define ENOUGH_TO_SAY_BLOCKED 2

static KithNatKind
judge_own (const KithNatEvidence *evidence)
{
  if (evidence->other_host == KITH_TRIAL_NO
      || (evidence->other_host == KITH_TRIAL_OPEN && evidence->other_port == KITH_TRIAL_NO)) {
    return KITH_NAT_FIREWALL;
  }
  return KITH_NAT_NONE;
}

/* Of one mapping for all. */
static KithNatKind
judge_cone (const KithNatEvidence *evidence)
{
  switch (evidence->other_port) {
  case KITH_TRIAL_OPEN:
    return KITH_NAT_CONE;
  case KITH_TRIAL_YES:
    return evidence->other_host == KITH_TRIAL_NO ? KITH_NAT_ADDRESS_RESTRICTED : KITH_NAT_CONE;
  case KITH_TRIAL_NO:
    return KITH_NAT_PORT_RESTRICTED;
  }
  return KITH_NAT_UNKNOWN;
}

KithNatKind
kith_nat_classify (const KithNatEvidence *evidence)
{
  if (evidence->n_answered == 0) {
    return evidence->heard || evidence->n_asked < ENOUGH_TO_SAY_BLOCKED ? KITH_NAT_UNKNOWN
                                                                        : KITH_NAT_BLOCKED;
  }
  if (evidence->is_own) {
    return judge_own (evidence);
  }
  if (evidence->one_mapping == KITH_TRIAL_NO) {
    return KITH_NAT_SYMMETRIC;
  }
  if (evidence->other_host == KITH_TRIAL_YES) {
    return KITH_NAT_FULL_CONE;
  }
  return evidence->one_mapping == KITH_TRIAL_YES ? judge_cone (evidence) : KITH_NAT_UNKNOWN;
}

/* TRUE when the witness saw us from outside. */
static gboolean
counts (const KithNatAnswer *answer)
{
  return !kith_endpoint_is_same_host (&answer->witness, &answer->mapped);
}

/* TRUE when an earlier answer came from the same address and port. */
static gboolean
is_repeated (const KithNatAnswer *answers, guint at)
{
  for (guint i = 0; i < at; i++) {
    if (kith_endpoint_is_same (&answers[i].witness, &answers[at].witness)) {
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
kith_nat_agree (const KithNatAnswer *answers, guint n, KithEndpoint *mapped, guint *n_agree)
{
  *n_agree = 0;
  for (guint i = 0; i < n; i++) {
    guint same = 0;
    for (guint k = 0; k < n; k++) {
      same += counts (&answers[k]) && !is_repeated (answers, k)
              && kith_endpoint_is_same (&answers[i].mapped, &answers[k].mapped);
    }
    if (counts (&answers[i]) && same > *n_agree) {
      *n_agree = same;
      *mapped = answers[i].mapped;
    }
  }
  return *n_agree > 0;
}

KithTrial
kith_nat_compare (const KithNatAnswer *answers, guint n)
{
  KithEndpoint mapped;
  guint n_agree;
  guint n_counting = 0;

  for (guint i = 0; i < n; i++) {
    n_counting += counts (&answers[i]) && !is_repeated (answers, i);
  }
  if (n_counting < 2 || !kith_nat_agree (answers, n, &mapped, &n_agree)) {
    return KITH_TRIAL_OPEN;
  }
  return 2 * n_agree > n_counting ? KITH_TRIAL_YES : KITH_TRIAL_NO;
}
