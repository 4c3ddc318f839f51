/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes and frees the facts of a call. */
#include "model/call/call-facts.h"

#include "base/text.h"

#define MAX_TEXT 256

static void
each_text (KithCallFacts *facts, void (*func) (gchar **field))
{
  gchar **const fields[]
      = { &facts->peer_address, &facts->peer_name,  &facts->peer_own_name, &facts->peer_source,
          &facts->group,        &facts->peer_key,   &facts->peer_tag,      &facts->trust,
          &facts->encryption,   &facts->located_by, &facts->codec,         &facts->path,
          &facts->path_kind,    &facts->detail,     &facts->turn_failure };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    func (fields[i]);
  }
}

static void
make_empty (gchar **field)
{
  *field = g_strdup ("");
}

static void
clear (gchar **field)
{
  g_clear_pointer (field, g_free);
}

KithCallFacts *
kith_call_facts_new (void)
{
  KithCallFacts *facts = g_new0 (KithCallFacts, 1);

  each_text (facts, make_empty);
  facts->trace = kith_trace_new (NULL);
  facts->times = 1;
  return facts;
}

gboolean
kith_call_is_missed (gboolean outgoing, gboolean is_taken, KithReason reason)
{
  return !outgoing && !is_taken && reason != KITH_REASON_NONE && reason != KITH_REASON_REJECTED
         && reason != KITH_REASON_ELSEWHERE && reason != KITH_REASON_REPLACED;
}

void
kith_call_facts_free (KithCallFacts *facts)
{
  each_text (facts, clear);
  kith_trace_unref (facts->trace);
  g_free (facts);
}

void
kith_call_facts_set (gchar **field, const char *text)
{
  g_free (*field);
  *field = text != NULL ? kith_text_safe (text, -1, MAX_TEXT) : g_strdup ("");
}

double
kith_call_facts_lost_percent (const KithCallFacts *facts)
{
  guint64 all = facts->packets_lost + facts->packets_received;

  return all > 0 ? 100.0 * (double)facts->packets_lost / (double)all : 0;
}
