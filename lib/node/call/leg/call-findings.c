/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The findings around a call, and the lines of its time line that tell of them. */
#include "node/call/leg/call-findings.h"

#include <string.h>

KithCallFindings *
kith_call_findings_new (KithClock *clock)
{
  KithCallFindings *findings = g_new0 (KithCallFindings, 1);

  g_ref_count_init (&findings->refs);
  findings->trace = kith_trace_new (clock);
  return findings;
}

KithCallFindings *
kith_call_findings_ref (KithCallFindings *findings)
{
  g_ref_count_inc (&findings->refs);
  return findings;
}

void
kith_call_findings_unref (KithCallFindings *findings)
{
  if (g_ref_count_dec (&findings->refs)) {
    kith_trace_unref (findings->trace);
    g_free (findings->turn_failure);
    g_free (findings->friend_name);
    g_free (findings);
  }
}

void
kith_call_findings_note_turn (KithCallFindings *findings, const KithCallContext *context)
{
  KithTurn *turn = context->turn;
  guint works = 0;
  guint failed = 0;

  for (guint i = 0; turn != NULL && i < kith_turn_get_n (turn); i++) {
    KithTurnFacts facts = { 0 };
    kith_turn_get_facts (turn, i, &facts);
    works += facts.state == KITH_TURN_WORKS;
    failed += facts.state == KITH_TURN_FAILED;
    if (facts.state == KITH_TURN_FAILED && findings->turn_failure == NULL) {
      const char *why = facts.why != NULL ? facts.why : "it failed";
      const char *remedy = strstr (why, "; ");
      findings->turn_failure
          = g_strdup_printf ("%s: %.*s",
                             facts.label,
                             (int)(remedy != NULL ? remedy - why : (gssize)strlen (why)),
                             why);
    }
  }
  if (works > 0) {
    kith_trace_mark (findings->trace, KITH_MARK_TURN);
  } else if (failed > 0) {
    kith_trace_mark (findings->trace, KITH_MARK_TURN_FAILED);
  }
}

void
kith_call_findings_note_network (KithCallFindings *findings,
                                 const KithCallContext *context,
                                 gboolean needs_others)
{
  GPtrArray *locators = kith_directory_get_locators (context->directory);
  gboolean has_network = FALSE;
  gboolean online = FALSE;

  for (guint i = 0; i < locators->len; i++) {
    if (strcmp (kith_locator_get_name (locators->pdata[i]), "static") != 0) {
      has_network = TRUE;
      online = online || kith_locator_get_state (locators->pdata[i]) == KITH_LOCATOR_ONLINE;
    }
  }
  if (has_network && !online && needs_others) {
    kith_trace_mark (findings->trace, KITH_MARK_ALONE);
    kith_trace_tell (findings->trace, KITH_TRACE_TROUBLE, "step-alone");
  }
  if (!kith_link_pool_has_address (context->links)) {
    kith_trace_mark (findings->trace, KITH_MARK_NO_NETWORK);
    kith_trace_tell (findings->trace, KITH_TRACE_TROUBLE, "step-no-address");
  }
}

static void
add_our_nat (KithCallFindings *findings, const KithNatFacts *facts)
{
  g_autofree gchar *seen = facts->has_reflexive ? kith_endpoint_to_text (&facts->reflexive) : NULL;

  if (facts->kind != KITH_NAT_UNKNOWN) {
    findings->our_nat = facts->kind;
  }
  kith_trace_add_nat (findings->trace,
                      FALSE,
                      facts->kind,
                      seen,
                      facts->has_mapping ? facts->mapped_by : NULL);
}

void
kith_call_findings_note_nat (KithCallFindings *findings, const KithCallContext *context)
{
  KithNatFacts facts;

  kith_nat_get_facts (context->nat, &facts);
  add_our_nat (findings, &facts);
}

void
kith_call_findings_update_nat (KithCallFindings *findings, const KithCallContext *context)
{
  KithNatFacts facts;

  kith_nat_get_facts (context->nat, &facts);
  if (facts.kind != KITH_NAT_UNKNOWN && facts.kind != findings->our_nat) {
    add_our_nat (findings, &facts);
  }
}

void
kith_call_findings_note_their_nat (KithCallFindings *findings, KithNatKind kind)
{
  if (kind != KITH_NAT_UNKNOWN) {
    findings->their_nat = kind;
    kith_trace_add_nat (findings->trace, TRUE, kind, NULL, NULL);
  }
}

void
kith_call_findings_take_report (KithCallFindings *findings, const KithLinkReport *report)
{
  findings->link = *report;
  if (report->their_nat != KITH_NAT_UNKNOWN) {
    findings->their_nat = report->their_nat;
  }
}

void
kith_call_findings_note_obstacle (KithCallFindings *findings,
                                  KithRelayObstacle obstacle,
                                  const char *friend_name)
{
  if (obstacle == KITH_RELAY_OBSTACLE_NONE || obstacle > findings->obstacle) {
    findings->obstacle = obstacle;
    g_free (findings->friend_name);
    findings->friend_name = g_strdup (friend_name);
    kith_trace_set_obstacle (findings->trace, obstacle, friend_name);
  }
}

void
kith_call_findings_note_carried (KithCallFindings *findings)
{
  findings->was_carried = TRUE;
  kith_trace_mark (findings->trace, KITH_MARK_FRIEND_CARRIED);
}
