/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a leg that could not be made, or whose path was lost. */
#include "base/log.h"
#include "node/call/leg/leg-private.h"
#include "words/obstacle-words.h"

/* Why no path can have been found; NULL when neither our network nor the NATs explain it. (transfer
   full) */
static gchar *
explain_nat (KithLeg *leg)
{
  if (!kith_link_pool_has_address (leg->context->links)) {
    return g_strdup (KITH_NO_ADDRESS_TEXT);
  }
  kith_call_findings_update_nat (leg->findings, leg->context);
  g_autoptr (KithSaying) saying
      = kith_no_path_saying (leg->findings->our_nat, leg->findings->their_nat, leg->name);
  return saying != NULL ? kith_saying_tell (saying) : NULL;
}

/* Why no friend carries, after the rest of the cause; "" without any. (transfer full) */
static gchar *
explain_friend (KithLeg *leg)
{
  const KithCallFindings *findings = leg->findings;
  g_autoptr (KithSaying) saying
      = kith_obstacle_saying (findings->obstacle, findings->friend_name, leg->name, FALSE);
  g_autofree gchar *text = saying != NULL ? kith_saying_tell (saying) : NULL;

  return text != NULL ? g_strconcat ("; ", text, NULL) : g_strdup ("");
}

void
kith_leg_end_unreachable (KithLeg *leg, const char *why)
{
  g_autofree gchar *nat = explain_nat (leg);
  g_autofree gchar *friend = nat != NULL ? explain_friend (leg) : g_strdup ("");
  g_autofree gchar *detail = g_strconcat (nat != NULL ? nat : why, friend, NULL);
  kith_call_findings_note_turn (leg->findings, leg->context); /* it may be known by now */
  const KithLinkReport *link = &leg->findings->link;

  if (nat == NULL && link->known_only && !link->peer_answered && leg->linked_at == 0
      && leg->dialing.attempt != KITH_LEG_TRY_FRESH) {
    kith_leg_end (leg,
                  KITH_REASON_UNAUTHORIZED,
                  "they answer only people they know, and did not answer");
    return;
  }
  kith_leg_end (leg, KITH_REASON_UNREACHABLE, detail);
}

gchar *
kith_leg_lost_text (KithLeg *leg)
{
  const char *who = leg->name != NULL ? leg->name : "the other side";
  const KithCallFindings *findings = leg->findings;
  gint64 silent_us = kith_clock_now (leg->context->clock) - leg->trouble.heard_us;

  if (leg->trouble.heard_us == 0 || silent_us < G_USEC_PER_SEC) {
    return g_strdup_printf ("the link to %s broke", who);
  }
  if (findings->obstacle != KITH_RELAY_OBSTACLE_NONE && findings->was_carried) {
    g_autoptr (KithSaying) saying
        = kith_obstacle_saying (findings->obstacle, findings->friend_name, who, TRUE);
    g_autofree gchar *why = kith_saying_tell (saying);
    return g_strdup_printf ("%s, and there was no other path", why);
  }
  return g_strdup_printf ("nothing was heard from %s for %d s; call again when the network is back",
                          who,
                          (int)(silent_us / G_USEC_PER_SEC));
}
