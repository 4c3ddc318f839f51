/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the choice among final responses: all of them against each other, and the examples that
   people notice. */
#include "model/phone/sip-best.h"

/* Any two: never both better, and what is better than the better one is better than both. */
static void
test_order (void)
{
  for (guint a = 300; a < 700; a++) {
    g_assert_true (kith_sip_best_is_better (a, 0));
    g_assert_false (kith_sip_best_is_better (0, a));
    g_assert_false (kith_sip_best_is_better (a, a));
    g_assert_cmpuint (kith_sip_best_rank (a), <, G_MAXUINT);
    for (guint b = 300; b < 700; b++) {
      const gboolean better = kith_sip_best_is_better (a, b);
      g_assert_false (better && kith_sip_best_is_better (b, a));
      g_assert_cmpint (better, ==, kith_sip_best_rank (a) < kith_sip_best_rank (b));
      if (a >= 600 && b < 600) {
        g_assert_true (better);
      }
      if (a < 400 && b >= 400 && b < 600) {
        g_assert_true (better);
      }
      if (a < 500 && b >= 500 && b < 600 && a != 408 && a != 430) {
        g_assert_true (better);
      }
    }
  }
  for (guint none = 0; none < 300; none++) {
    g_assert_cmpuint (kith_sip_best_rank (none), ==, G_MAXUINT);
  }
  g_assert_cmpuint (kith_sip_best_rank (700), ==, G_MAXUINT);
}

static void
test_examples (void)
{
  static const guint ordered[] = { 603, 302, 401, 488, 486, 404, 487, 480, 500, 503, 408 };

  for (guint i = 0; i + 1 < G_N_ELEMENTS (ordered); i++) {
    g_assert_true (kith_sip_best_is_better (ordered[i], ordered[i + 1]));
  }
}

static void
test_status (void)
{
  for (guint status = 100; status < 700; status++) {
    g_assert_cmpuint (kith_sip_best_status (status), ==, status == 503 ? 500 : status);
    g_assert_cmpint (kith_sip_best_is_challenge (status), ==, status == 401 || status == 407);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sip-best/order", test_order);
  g_test_add_func ("/sip-best/examples", test_examples);
  g_test_add_func ("/sip-best/status", test_status);
  return g_test_run ();
}
