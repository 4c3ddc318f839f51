/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests who may ring: every row of the table, which row comes first, and what must hold whatever
   the facts are. */
#include "model/call/ring-policy.h"

#define REFUSE KITH_RING_REFUSE

/* One row of the table, and what it must not depend on. */
static void
test_rows (void)
{
  static const struct {
    const char *what;
    KithRingFacts facts;
    KithRingVerdict right;
  } rows[] = {
    { "a contact, nothing else",
      { .is_known = TRUE, .strangers_ring = TRUE },
      { KITH_RING_RING, 0, FALSE } },
    { "a stranger, nothing else", { .strangers_ring = TRUE }, { KITH_RING_RING, 0, FALSE } },
    { "a stranger who is refused", { .is_known = FALSE }, { REFUSE, 403, FALSE } },
    { "a contact where strangers are refused", { .is_known = TRUE }, { KITH_RING_RING, 0, FALSE } },
    { "a refused stranger at the limit, too often",
      { .rings_too_often = TRUE,
        .is_crossed = TRUE,
        .rings_already = TRUE,
        .is_at_limit = TRUE,
        .ringing = 4,
        .strangers = 1 },
      { REFUSE, 403, FALSE } },
    { "too often",
      { .is_known = TRUE, .strangers_ring = TRUE, .rings_too_often = TRUE },
      { REFUSE, 486, TRUE } },
    { "too often, and crossed",
      { .is_known = TRUE, .strangers_ring = TRUE, .rings_too_often = TRUE, .is_crossed = TRUE },
      { REFUSE, 486, TRUE } },
    { "crossed",
      { .is_known = TRUE, .strangers_ring = TRUE, .is_crossed = TRUE, .is_at_limit = TRUE },
      { REFUSE, 486, FALSE } },
    { "at the limit",
      { .is_known = TRUE, .strangers_ring = TRUE, .is_at_limit = TRUE },
      { REFUSE, 486, TRUE } },
    { "a stranger, at the limit",
      { .strangers_ring = TRUE, .is_at_limit = TRUE },
      { REFUSE, 486, TRUE } },
    { "at the limit, a stranger among those that ring",
      { .is_known = TRUE,
        .strangers_ring = TRUE,
        .is_at_limit = TRUE,
        .ringing = 2,
        .strangers = 1 },
      { KITH_RING_REPLACE_STRANGER, 0, FALSE } },
    { "again",
      { .is_known = TRUE, .strangers_ring = TRUE, .rings_already = TRUE, .ringing = 1 },
      { KITH_RING_REPLACE_OWN, 0, FALSE } },
    { "again, at the limit",
      { .is_known = TRUE,
        .strangers_ring = TRUE,
        .rings_already = TRUE,
        .is_at_limit = TRUE,
        .ringing = 1 },
      { KITH_RING_REPLACE_OWN, 0, FALSE } },
    { "a stranger again",
      { .strangers_ring = TRUE, .rings_already = TRUE, .ringing = 1, .strangers = 1 },
      { KITH_RING_REPLACE_OWN, 0, FALSE } },
    { "again, among four",
      { .is_known = TRUE, .strangers_ring = TRUE, .rings_already = TRUE, .ringing = 4 },
      { KITH_RING_REPLACE_OWN, 0, FALSE } },
    { "a contact beside a stranger",
      { .is_known = TRUE, .strangers_ring = TRUE, .ringing = 1, .strangers = 1 },
      { KITH_RING_RING, 0, FALSE } },
    { "a stranger beside a contact",
      { .strangers_ring = TRUE, .ringing = 1 },
      { KITH_RING_RING, 0, FALSE } },
    { "a stranger beside a stranger",
      { .strangers_ring = TRUE, .ringing = 1, .strangers = 1 },
      { REFUSE, 486, TRUE } },
    { "a contact as the fourth",
      { .is_known = TRUE, .strangers_ring = TRUE, .ringing = 3, .strangers = 1 },
      { KITH_RING_RING, 0, FALSE } },
    { "a contact as the fifth, in a stranger's place",
      { .is_known = TRUE, .strangers_ring = TRUE, .ringing = 4, .strangers = 1 },
      { KITH_RING_REPLACE_STRANGER, 0, FALSE } },
    { "a contact as the fifth of contacts",
      { .is_known = TRUE, .strangers_ring = TRUE, .ringing = 4 },
      { REFUSE, 486, TRUE } },
    { "a stranger as the fifth of contacts",
      { .strangers_ring = TRUE, .ringing = 4 },
      { REFUSE, 486, TRUE } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithRingVerdict verdict;
    g_test_message ("%s", rows[i].what);
    kith_ring_policy (&rows[i].facts, &verdict);
    g_assert_cmpint (verdict.act, ==, rows[i].right.act);
    g_assert_cmpuint (verdict.status, ==, rows[i].right.status);
    g_assert_cmpint (verdict.is_missed, ==, rows[i].right.is_missed);
  }
}

/* All facts there can be. */
static void
test_promises (void)
{
  for (guint bits = 0; bits < 64; bits++) {
    for (guint ringing = 0; ringing <= KITH_RING_MAX; ringing++) {
      for (guint strangers = 0; strangers <= MIN (ringing, 1); strangers++) {
        const KithRingFacts facts
            = { (bits & 1) != 0,  (bits & 2) != 0,  (bits & 4) != 0, (bits & 8) != 0,
                (bits & 16) != 0, (bits & 32) != 0, ringing,         strangers };
        KithRingVerdict verdict;
        kith_ring_policy (&facts, &verdict);
        g_assert_true ((verdict.act == REFUSE) == (verdict.status != 0));
        g_assert_true (!verdict.is_missed || verdict.act == REFUSE);
        if (verdict.act == KITH_RING_RING) { /* never too many */
          g_assert_false (facts.is_at_limit);
          g_assert_cmpuint (ringing, <, KITH_RING_MAX);
          g_assert_true (facts.is_known || strangers == 0);
        }
        if (facts.is_known && !facts.is_at_limit && !facts.rings_too_often && !facts.is_crossed
            && (ringing < KITH_RING_MAX
                || strangers > 0)) { /* nothing that strangers do keeps a contact out */
          g_assert_cmpint (verdict.act, !=, REFUSE);
        }
        if (facts.is_known && verdict.act == REFUSE) { /* and none is lost without a word */
          g_assert_true (verdict.is_missed || facts.is_crossed);
        }
      }
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/ring-policy/rows", test_rows);
  g_test_add_func ("/model/ring-policy/promises", test_promises);
  return g_test_run ();
}
