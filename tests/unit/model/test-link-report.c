/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the steps of an attempt found out is put together: nothing that was known is lost, and what
   was said counts more than what was guessed. */
#include "model/call/link-report.h"

static void
test_add (void)
{
  const KithLinkReport record
      = { .has_record = TRUE, .known_only = TRUE, .their_nat = KITH_NAT_SYMMETRIC };
  const KithLinkReport attempt = { .peer_answered = TRUE,
                                   .refused = KITH_REASON_BUSY,
                                   .their_nat = KITH_NAT_PORT_RESTRICTED };
  KithLinkReport report = { 0 };

  kith_link_report_add (&report, &report);
  g_assert_false (report.has_record || report.known_only || report.peer_answered);
  g_assert_cmpint (report.refused, ==, KITH_REASON_NONE);
  kith_link_report_add (&report, &record);
  kith_link_report_add (&report, &attempt);
  g_assert_true (report.has_record && report.known_only && report.peer_answered);
  g_assert_cmpint (report.refused, ==, KITH_REASON_BUSY);
  g_assert_cmpint (report.their_nat, ==, KITH_NAT_SYMMETRIC);

  report = (KithLinkReport){ 0 };
  kith_link_report_add (&report, &attempt); /* a guess is better than nothing */
  g_assert_cmpint (report.their_nat, ==, KITH_NAT_PORT_RESTRICTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/link-report/add", test_add);
  return g_test_run ();
}
