/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A guess for want of anybody who could tell the port, too. */
#include "nat/nat-hint.h"

gboolean
kith_nat_hint_add (const KithEndpoint *hint, KithReach *slot)
{
  const KithEndpoint *host = NULL;

  if (hint->family != 4 || !kith_endpoint_is_public (hint)
      || slot->n_candidates >= KITH_MAX_CANDIDATES) {
    return FALSE;
  }
  for (guint i = 0; i < slot->n_candidates; i++) {
    const KithCandidate *one = &slot->candidates[i];
    if (one->endpoint.family != 4) {
      continue;
    }
    if (one->type == KITH_CANDIDATE_SRFLX || kith_endpoint_is_same_host (&one->endpoint, hint)) {
      return FALSE;
    }
    host = host == NULL && one->type == KITH_CANDIDATE_HOST ? &one->endpoint : host;
  }
  if (host == NULL) {
    return FALSE;
  }
  KithCandidate guess = { .endpoint = *hint, .type = KITH_CANDIDATE_SRFLX };
  guess.endpoint.port = host->port;
  slot->candidates[slot->n_candidates++] = guess;
  return TRUE;
}
