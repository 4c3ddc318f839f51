/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of who may ring: the first row that fits counts. */
#include "model/call/ring-policy.h"

typedef struct {
  gboolean (*fits) (const KithRingFacts *facts);
  KithRingVerdict verdict;
} Row;

static gboolean
is_refused (const KithRingFacts *facts)
{
  return !facts->is_known && !facts->strangers_ring;
}

static gboolean
rings_too_often (const KithRingFacts *facts)
{
  return facts->rings_too_often;
}

static gboolean
is_crossed (const KithRingFacts *facts)
{
  return facts->is_crossed;
}

static gboolean
rings_already (const KithRingFacts *facts)
{
  return facts->rings_already;
}

static gboolean
is_second_stranger (const KithRingFacts *facts)
{
  return !facts->is_known && facts->strangers > 0;
}

static gboolean
is_full (const KithRingFacts *facts)
{
  return facts->ringing >= KITH_RING_MAX || facts->is_at_limit;
}

static gboolean
is_full_with_stranger (const KithRingFacts *facts)
{
  return facts->is_known && is_full (facts) && facts->strangers > 0;
}

static gboolean
always (const KithRingFacts *facts)
{
  return TRUE;
}

/* As the header explains them. */
static const Row rows[] = {
  { is_refused, { KITH_RING_REFUSE, 403, FALSE } },
  { rings_too_often, { KITH_RING_REFUSE, 486, TRUE } },
  { is_crossed, { KITH_RING_REFUSE, 486, FALSE } },
  { rings_already, { KITH_RING_REPLACE_OWN, 0, FALSE } },
  { is_second_stranger, { KITH_RING_REFUSE, 486, TRUE } },
  { is_full_with_stranger, { KITH_RING_REPLACE_STRANGER, 0, FALSE } },
  { is_full, { KITH_RING_REFUSE, 486, TRUE } },
  { always, { KITH_RING_RING, 0, FALSE } },
};

void
kith_ring_policy (const KithRingFacts *facts, KithRingVerdict *verdict)
{
  const Row *row = rows;

  while (!row->fits (facts)) {
    row++;
  }
  *verdict = row->verdict;
}
