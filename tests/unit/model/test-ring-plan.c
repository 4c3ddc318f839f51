/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of who rings when: what may stand there, and what may not. */
#include "base/error.h"
#include "model/phone/ring-plan.h"

static void
test_good (void)
{
  KithRingPlan plan;

  kith_ring_plan_init (&plan);
  g_assert_cmpuint (plan.n, ==, 2);
  g_assert_nonnull (kith_ring_plan_find (&plan, KITH_RING_AGENT));
  g_assert_nonnull (kith_ring_plan_find (&plan, KITH_RING_PHONES));
  g_assert_true (
      kith_ring_plan_parse (" agent ; phone/Desk;phone/dect@10; contact/bob@120;", &plan, NULL));
  g_assert_cmpuint (plan.n, ==, 4);
  g_assert_cmpint (plan.rows[0].target, ==, KITH_RING_AGENT);
  g_assert_cmpuint (plan.rows[0].after_s, ==, 0);
  g_assert_cmpstr (plan.rows[1].name, ==, "desk");
  g_assert_cmpstr (plan.rows[2].name, ==, "dect");
  g_assert_cmpuint (plan.rows[2].after_s, ==, 10);
  g_assert_cmpint (plan.rows[3].target, ==, KITH_RING_CONTACT);
  g_assert_cmpuint (plan.rows[3].after_s, ==, 120);
  g_assert_null (kith_ring_plan_find (&plan, KITH_RING_PHONES));
  g_assert_true (kith_ring_plan_parse ("phones", &plan, NULL));
  g_assert_cmpuint (plan.n, ==, 1);
}

static void
test_bad (void)
{
  static const char *const bad[]
      = { "",
          ";",
          "agents",
          "agent;agent",
          "phone/",
          "phone/my desk",
          "phone",
          "agent@0",
          "agent@121",
          "agent@",
          "agent@x",
          "agent;;phones",
          "Agent",
          "phones/desk",
          "phone/desk;phone/DESK",
          "phone/a;phone/b;phone/c;phone/d;phone/e;phone/f;phone/g;phone/h;phone/i;phone/j;phone/k;"
          "phone/l;phone/m;phone/n;phone/o;phone/p;phone/q" };
  KithRingPlan plan;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_test_message ("\"%s\"", bad[i]);
    g_assert_false (kith_ring_plan_parse (bad[i], &plan, &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ring-plan/good", test_good);
  g_test_add_func ("/ring-plan/bad", test_bad);
  return g_test_run ();
}
