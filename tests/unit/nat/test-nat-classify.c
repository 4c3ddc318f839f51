/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kind of NAT follows from which answers, and whom to believe. */
#include <glib.h>

#include "nat/nat-classify.h"

#define O KITH_TRIAL_OPEN
#define Y KITH_TRIAL_YES
#define N KITH_TRIAL_NO

static void
test_kinds (void)
{
  static const struct {
    KithNatEvidence evidence;
    KithNatKind kind;
  } cases[] = {
    /* asked, answered, heard, own, one mapping, other port, other host */
    { { 0, 0, FALSE, FALSE, O, O, O }, KITH_NAT_UNKNOWN },
    { { 1, 0, FALSE, FALSE, O, O, O }, KITH_NAT_UNKNOWN },
    { { 2, 0, FALSE, FALSE, O, O, O }, KITH_NAT_BLOCKED },
    { { 9, 0, TRUE, FALSE, O, O, O }, KITH_NAT_UNKNOWN },
    { { 2, 2, FALSE, TRUE, Y, Y, Y }, KITH_NAT_NONE },
    { { 2, 2, FALSE, TRUE, Y, N, N }, KITH_NAT_FIREWALL },
    { { 2, 2, FALSE, TRUE, Y, Y, N }, KITH_NAT_FIREWALL },
    { { 1, 1, FALSE, TRUE, O, N, O }, KITH_NAT_FIREWALL },
    { { 1, 1, FALSE, TRUE, O, Y, O }, KITH_NAT_NONE },
    { { 2, 2, TRUE, FALSE, N, O, O }, KITH_NAT_SYMMETRIC },
    { { 2, 2, TRUE, FALSE, Y, Y, Y }, KITH_NAT_FULL_CONE },
    { { 2, 2, TRUE, FALSE, Y, O, Y }, KITH_NAT_FULL_CONE },
    { { 2, 2, TRUE, FALSE, Y, Y, N }, KITH_NAT_ADDRESS_RESTRICTED },
    { { 2, 2, TRUE, FALSE, Y, N, N }, KITH_NAT_PORT_RESTRICTED },
    { { 2, 2, TRUE, FALSE, Y, N, O }, KITH_NAT_PORT_RESTRICTED },
    { { 2, 2, TRUE, FALSE, Y, O, N }, KITH_NAT_CONE },
    { { 2, 2, TRUE, FALSE, Y, Y, O }, KITH_NAT_CONE },
    { { 2, 2, TRUE, FALSE, Y, O, O }, KITH_NAT_CONE },
    { { 1, 1, TRUE, FALSE, O, N, O }, KITH_NAT_UNKNOWN }, /* may be symmetric */
    { { 1, 1, TRUE, FALSE, O, Y, O }, KITH_NAT_UNKNOWN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("case %u", i);
    g_assert_cmpstr (kith_nat_kind_word (kith_nat_classify (&cases[i].evidence)),
                     ==,
                     kith_nat_kind_word (cases[i].kind));
  }
}

static KithNatAnswer
answer (const char *witness, const char *mapped)
{
  KithNatAnswer one;

  g_assert_true (kith_endpoint_parse (witness, &one.witness));
  g_assert_true (kith_endpoint_parse (mapped, &one.mapped));
  return one;
}

static void
assert_agreed (const KithNatAnswer *answers, guint n, const char *want, guint want_n)
{
  KithEndpoint mapped;
  guint n_agree;

  g_assert_cmpint (kith_nat_agree (answers, n, &mapped, &n_agree), ==, want != NULL);
  g_assert_cmpuint (n_agree, ==, want_n);
  if (want != NULL) {
    g_autofree gchar *text = kith_endpoint_to_text (&mapped);
    g_assert_cmpstr (text, ==, want);
  }
}

static void
test_agreement (void)
{
  const KithNatAnswer answers[] = {
    answer ("203.0.113.1:1", "198.51.100.1:7"), answer ("203.0.113.2:1", "198.51.100.1:8"),
    answer ("203.0.113.3:1", "198.51.100.1:8"), answer ("203.0.113.4:1", "198.51.100.1:8"),
    answer ("203.0.113.4:1", "198.51.100.1:7"), answer ("198.51.100.1:1", "198.51.100.1:9"),
  };
  const KithNatAnswer all_different[] = {
    answer ("203.0.113.1:1", "198.51.100.1:7"),
    answer ("203.0.113.2:1", "198.51.100.1:8"),
    answer ("203.0.113.3:1", "198.51.100.1:9"),
  };

  assert_agreed (answers, 0, NULL, 0);
  assert_agreed (answers, 1, "198.51.100.1:7", 1);
  assert_agreed (answers, 2, "198.51.100.1:7", 1);
  assert_agreed (answers, 3, "198.51.100.1:8", 2);
  /* one said two things, one is behind our own NAT */
  assert_agreed (answers, 6, "198.51.100.1:8", 3);
  assert_agreed (answers + 5, 1, NULL, 0);
  g_assert_cmpint (kith_nat_compare (answers, 1), ==, KITH_TRIAL_OPEN);
  g_assert_cmpint (kith_nat_compare (answers, 2), ==, KITH_TRIAL_NO);
  g_assert_cmpint (kith_nat_compare (answers, 3), ==, KITH_TRIAL_YES); /* the first one lied */
  g_assert_cmpint (kith_nat_compare (answers, 6), ==, KITH_TRIAL_YES);
  g_assert_cmpint (kith_nat_compare (answers + 4, 2), ==, KITH_TRIAL_OPEN);
  g_assert_cmpint (kith_nat_compare (all_different, 3), ==, KITH_TRIAL_NO);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nat-judge/kinds", test_kinds);
  g_test_add_func ("/nat-judge/agreement", test_agreement);
  return g_test_run ();
}
