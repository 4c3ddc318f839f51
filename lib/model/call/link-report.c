/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts together what the steps of an attempt found out. */
#include "model/call/link-report.h"

void
kith_link_report_add (KithLinkReport *report, const KithLinkReport *more)
{
  report->has_record = report->has_record || more->has_record;
  report->known_only = report->known_only || more->known_only;
  report->peer_answered = report->peer_answered || more->peer_answered;
  if (report->refused == KITH_REASON_NONE) {
    report->refused = more->refused;
  }
  if (report->their_nat == KITH_NAT_UNKNOWN) {
    report->their_nat = more->their_nat;
  }
}
