/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of methods is whole, and what is printed from it says the same. */
#include <string.h>

#include "model/sip/sip-bounds.h"
#include "sip/screen/sip-methods.h"

static gboolean
is_in (const char *list, const char *name)
{
  g_auto (GStrv) names = g_strsplit (list, ", ", -1);

  return g_strv_contains ((const char *const *)names, name);
}

/* Each row is there once, is taken somewhere, and each of its refusals is one. */
static void
test_rows (void)
{
  guint n = 0, n_taken = 0, n_ours = 0;
  const KithSipMethod *rows = kith_sip_methods (&n);

  for (guint i = 0; i < n; i++) {
    gboolean taken = FALSE;
    for (guint j = 0; j < i; j++) {
      g_assert_cmpint (rows[j].method, !=, rows[i].method);
      g_assert_cmpstr (rows[j].name, !=, rows[i].name);
    }
    g_assert_cmpint (sip_method_code (rows[i].name), ==, rows[i].method);
    for (guint way = 0; way < KITH_SIP_N_SIDES; way++) {
      for (guint place = 0; place < KITH_SIP_N_PLACES; place++) {
        KithSipMethodRule rule = kith_sip_method_rule (rows[i].method, way, place);
        g_assert_cmpuint (rule.status, ==, rows[i].rules[way][place].status);
        g_assert_true (rule.status == 0 || rule.status == 405 || rule.status == 481);
        g_assert_true (rule.status == 0 || rule.cost == KITH_SIP_COST_NONE);
        /* what begins a call is outside of all others */
        g_assert_true (rule.cost != KITH_SIP_COST_CALL || place == KITH_SIP_OUTSIDE);
        taken = taken || rule.status == 0;
      }
    }
    g_assert_true (taken);
    g_assert_true (is_in (kith_sip_methods_allow (), rows[i].name));
    g_assert_cmpint (is_in (kith_sip_methods_ours (), rows[i].name), ==, rows[i].is_ours);
    n_taken++;
    n_ours += rows[i].is_ours;
  }
  g_auto (GStrv) allow = g_strsplit (kith_sip_methods_allow (), ", ", -1);
  g_auto (GStrv) ours = g_strsplit (kith_sip_methods_ours (), ", ", -1);
  g_assert_cmpuint (g_strv_length (allow), ==, n_taken);
  g_assert_cmpuint (g_strv_length (ours), ==, n_ours);
}

/* What is not in the table is refused everywhere: PRACK above all, which the library answers itself
   only while it is not ours. */
static void
test_others (void)
{
  static const char *const others[]
      = { "REGISTER", "PRACK", "MESSAGE", "NOTIFY", "REFER", "PUBLISH" };

  for (guint way = 0; way < KITH_SIP_N_SIDES; way++) {
    for (guint place = 0; place < KITH_SIP_N_PLACES; place++) {
      for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
        sip_method_t method = sip_method_code (others[i]);
        g_assert_cmpint (method, !=, sip_method_unknown);
        g_assert_cmpuint (kith_sip_method_rule (method, way, place).status, ==, 405);
        g_assert_false (is_in (kith_sip_methods_allow (), others[i]));
      }
      g_assert_cmpuint (kith_sip_method_rule (sip_method_unknown, way, place).status, ==, 501);
    }
  }
}

/* What is taken today, as 0.1.0 said it. */
static void
test_today (void)
{
  g_assert_cmpstr (kith_sip_methods_allow (), ==, KITH_SIP_ALLOW); /* the edge says the same */
  g_assert_cmpstr (kith_sip_methods_ours (), ==, "INVITE, UPDATE, SUBSCRIBE");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sip/methods/rows", test_rows);
  g_test_add_func ("/sip/methods/others", test_others);
  g_test_add_func ("/sip/methods/today", test_today);
  return g_test_run ();
}
