/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whom a probe asks is chosen by what is known of each, without any state but the table. */
#include "nat/nat-targets.h"

gboolean
kith_nat_targets_is_new (const KithNatTargets *targets, const KithEndpoint *address)
{
  for (guint i = 0; i < targets->n; i++) {
    if (kith_endpoint_is_same (&targets->all[i].address, address)) {
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
kith_nat_targets_offer (KithNatTargets *targets,
                        const KithEndpoint *address,
                        gboolean is_server,
                        guint family)
{
  if (address->family != family || !kith_endpoint_is_sendable (address)
      || (!is_server && !kith_endpoint_is_public (address)) || targets->n == KITH_MAX_TARGETS
      || !kith_nat_targets_is_new (targets, address)) {
    return FALSE;
  }
  targets->all[targets->n] = (KithNatTarget){ .address = *address, .is_server = is_server };
  return TRUE;
}

gboolean
kith_nat_target_take (KithNatTarget *target,
                      const KithStun *answer,
                      const KithEndpoint *from,
                      guint rtt_ms)
{
  if (target->answered || answer->kind != KITH_STUN_SUCCESS
      || !kith_endpoint_is_same (from, &target->address)
      || answer->mapped.family != target->address.family
      || !kith_endpoint_is_sendable (&answer->mapped)
      || (!target->is_server && !kith_endpoint_is_public (&answer->mapped))) {
    return FALSE;
  }
  target->answered = TRUE;
  target->mapped = answer->mapped;
  target->rtt_ms = rtt_ms;
  if (answer->other.family == target->address.family && kith_endpoint_is_sendable (&answer->other)
      && (target->is_server || kith_endpoint_is_public (&answer->other))) {
    target->other = answer->other;
  }
  return TRUE;
}

guint
kith_nat_target_worth (const KithNatTarget *target)
{
  if (target->other.family != target->address.family) {
    return 0;
  }
  return kith_endpoint_is_same_host (&target->other, &target->address) ? 1 : 2;
}

guint
kith_nat_targets_get_answers (const KithNatTargets *targets,
                              KithNatAnswer answers[KITH_MAX_TARGETS + 1])
{
  guint n = 0;

  for (guint i = 0; i < targets->n; i++) {
    if (targets->all[i].answered) {
      answers[n++] = (KithNatAnswer){ targets->all[i].address, targets->all[i].mapped };
    }
  }
  if (targets->has_extra) {
    answers[n++] = targets->extra;
  }
  return n;
}

guint
kith_nat_targets_count_hosts (const KithNatTargets *targets, gboolean answered)
{
  guint n = 0;

  for (guint i = 0; i < targets->n; i++) {
    gboolean is_new = !answered || targets->all[i].answered;
    for (guint k = 0; k < i && is_new; k++) {
      is_new = (answered && !targets->all[k].answered)
               || !kith_endpoint_is_same_host (&targets->all[i].address, &targets->all[k].address);
    }
    n += is_new;
  }
  return n;
}

static gboolean
is_better_server (const KithNatTarget *one, const KithNatTarget *than)
{
  if (than == NULL || one->is_server != than->is_server) {
    return than == NULL || one->is_server;
  }
  return one->rtt_ms < than->rtt_ms;
}

static gboolean
is_credible (const KithNatTarget *one, const KithEndpoint *reflexive)
{
  return one->answered && !kith_endpoint_is_same_host (&one->address, &one->mapped)
         && (one->is_server
             || (reflexive != NULL && kith_endpoint_is_same_host (&one->mapped, reflexive)));
}

const KithNatTarget *
kith_nat_targets_choose_server (const KithNatTargets *targets,
                                const KithEndpoint *reflexive,
                                const KithEndpoint *before)
{
  const KithNatTarget *best = NULL;

  for (guint i = 0; i < targets->n; i++) {
    const KithNatTarget *one = &targets->all[i];
    if (is_credible (one, reflexive) && is_better_server (one, best)) {
      best = one;
    }
  }
  for (guint i = 0; i < targets->n && best != NULL && before != NULL; i++) {
    const KithNatTarget *one = &targets->all[i];
    if (is_credible (one, reflexive) && one->is_server == best->is_server
        && kith_endpoint_is_same (&one->address, before)) {
      return one; /* no change for a few milliseconds */
    }
  }
  return best;
}

void
kith_nat_targets_choose_pair (const KithNatTargets *targets,
                              const KithNatTarget **best,
                              const KithNatTarget **stranger)
{
  *best = *stranger = NULL;
  for (guint i = 0; i < targets->n; i++) {
    const KithNatTarget *one = &targets->all[i];
    const guint worth = kith_nat_target_worth (one);
    if (one->answered
        && (*best == NULL || worth > kith_nat_target_worth (*best)
            || (worth == kith_nat_target_worth (*best) && one->rtt_ms < (*best)->rtt_ms))) {
      *best = one;
    }
  }
  for (guint i = 0; i < targets->n && *best != NULL; i++) {
    const KithNatTarget *one = &targets->all[i];
    if (one->answered && !kith_endpoint_is_same_host (&one->address, &(*best)->address)
        && (*stranger == NULL || one->rtt_ms < (*stranger)->rtt_ms)) {
      *stranger = one;
    }
  }
}
