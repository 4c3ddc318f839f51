/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which numbers may be called, and every quota at its end and one before. */
#include "model/call/toll.h"

typedef struct {
  const char *allow;
  const char *deny;
  const char *number;
  KithToll toll;
} Row;

static void
test_numbers (void)
{
  static const Row rows[] = {
    { NULL, NULL, "+4930123456", KITH_TOLL_YES },
    { NULL, NULL, "+43123456", KITH_TOLL_FOREIGN },
    { "+43;+41", NULL, "+43123456", KITH_TOLL_YES },
    { "*", NULL, "+8612345678", KITH_TOLL_YES },
    { NULL, NULL, "+49900123456", KITH_TOLL_PREMIUM },
    { "*", NULL, "+49900123456", KITH_TOLL_PREMIUM },
    { "+49", NULL, "+49900123456", KITH_TOLL_PREMIUM },
    { "+49900", NULL, "+49900123456", KITH_TOLL_YES },
    { "+49900", "+499001", "+49900123456", KITH_TOLL_DENIED },
    { "+44", NULL, "+449098790000", KITH_TOLL_PREMIUM },
    { "*", NULL, "+88212345678", KITH_TOLL_PREMIUM },
    { NULL, NULL, "+88212345678", KITH_TOLL_PREMIUM },
    { NULL, "+49171", "+491711234567", KITH_TOLL_DENIED },
    { "+491711234567", "+49171", "+491711234567", KITH_TOLL_YES },
    { "+49171", "+49171", "+491711234567", KITH_TOLL_DENIED },
    { NULL, "*", "+4930123456", KITH_TOLL_YES }, /* the country is the longer one */
    { "*", "*", "+33123456", KITH_TOLL_DENIED },
  };
  const KithTollUse none = { 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithTollRules rules = kith_toll_rules_home ();
    rules.country = "49";
    rules.allow = rows[i].allow;
    rules.deny = rows[i].deny;
    g_test_message ("row %zu: %s", i, rows[i].number);
    g_assert_cmpint (kith_toll_check (&rules, &none, rows[i].number, NULL), ==, rows[i].toll);
  }
  KithTollRules rules = kith_toll_rules_home ();
  g_assert_cmpint (kith_toll_check (&rules, &none, "+4930123456", NULL), ==, KITH_TOLL_FOREIGN);
}

static void
test_quotas (void)
{
  KithTollRules rules = kith_toll_rules_contact ();
  KithTollUse use = { 0 };
  guint seconds = 0;

  rules.country = "49";
  g_assert_cmpint (kith_toll_check (&rules, &use, "+4930123456", &seconds), ==, KITH_TOLL_YES);
  g_assert_cmpuint (seconds, ==, 3600);
  use.calls = 1;
  g_assert_cmpint (kith_toll_check (&rules, &use, "+4930123456", NULL), ==, KITH_TOLL_CALLS);
  use.calls = 0;
  use.calls_this_hour = 9;
  g_assert_cmpint (kith_toll_check (&rules, &use, "+4930123456", NULL), ==, KITH_TOLL_YES);
  use.calls_this_hour = 10;
  g_assert_cmpint (kith_toll_check (&rules, &use, "+4930123456", NULL), ==, KITH_TOLL_HOUR);
  use.calls_this_hour = 0;
  use.seconds_today = 3599;
  g_assert_cmpint (kith_toll_check (&rules, &use, "+4930123456", &seconds), ==, KITH_TOLL_YES);
  g_assert_cmpuint (seconds, ==, 1);
  use.seconds_today = 3600;
  g_assert_cmpint (kith_toll_check (&rules, &use, "+4930123456", NULL), ==, KITH_TOLL_DAY);
  use.seconds_today = G_MAXUINT;
  g_assert_cmpint (kith_toll_check (&rules, &use, "+4930123456", NULL), ==, KITH_TOLL_DAY);
  rules = kith_toll_rules_home ();
  rules.country = "49";
  g_assert_cmpint (kith_toll_check (&rules, &use, "+4930123456", &seconds), ==, KITH_TOLL_YES);
  g_assert_cmpuint (seconds, ==, 0);
  use.calls = 2;
  g_assert_cmpint (kith_toll_check (&rules, &use, "+4930123456", NULL), ==, KITH_TOLL_CALLS);
  rules.calls = 0;
  use.calls = 0;
  g_assert_cmpint (kith_toll_check (&rules, &use, "+4930123456", NULL), ==, KITH_TOLL_CALLS);
}

static void
test_near (void)
{
  KithTollRules rules = kith_toll_rules_contact ();
  KithTollUse use = { .seconds_today = 2879, .calls_this_hour = 7 };

  g_assert_false (kith_toll_is_near (&rules, &use));
  use.seconds_today = 2880;
  g_assert_true (kith_toll_is_near (&rules, &use));
  use.seconds_today = 0;
  use.calls_this_hour = 8;
  g_assert_true (kith_toll_is_near (&rules, &use));
  rules.calls_an_hour = rules.seconds_a_day = 0;
  use.seconds_today = G_MAXUINT;
  g_assert_false (kith_toll_is_near (&rules, &use));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/toll/numbers", test_numbers);
  g_test_add_func ("/model/toll/quotas", test_quotas);
  g_test_add_func ("/model/toll/near", test_near);
  return g_test_run ();
}
