/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the words for who a call is with, and for its end. */
#include "cli/text/call-who.h"

#include <string.h>

#include "model/call/reason.h"
#include "model/call/who.h"
#include "words/reason-words.h"
#include "words/sip-status.h"

static gboolean
is_set (const char *text)
{
  return text != NULL && *text != '\0';
}

void
kith_call_who_read (KithCallWho *who, KithBusCall *call)
{
  *who = (KithCallWho){
    .name = kith_bus_call_get_peer_name (call),
    .own_name = kith_bus_call_get_peer_own_name (call),
    .tag = kith_bus_call_get_peer_tag (call),
    .key = kith_bus_call_get_peer_key (call),
    .address = kith_bus_call_get_peer_address (call),
    .source = kith_bus_call_get_peer_source (call),
    .encryption = kith_bus_call_get_encryption (call),
    .trust = kith_bus_call_get_trust (call),
    .reason = kith_bus_call_get_state_reason (call),
    .is_outgoing = g_strcmp0 (kith_bus_call_get_direction (call), "outgoing") == 0,
    .is_missed = kith_bus_call_get_missed (call),
    .calls = kith_bus_call_get_calls (call),
    .sip_status = kith_bus_call_get_sip_status (call),
    .seen_calls = kith_bus_call_get_seen_calls (call),
    .seen_since = kith_bus_call_get_seen_since (call),
    .started_at = kith_bus_call_get_started_at (call),
    .first_at = kith_bus_call_get_started_at (call),
    .answered_at = kith_bus_call_get_answered_at (call),
    .ended_at = kith_bus_call_get_ended_at (call),
  };
}

static const char *
text_of (GVariant *facts, const char *key)
{
  const char *text = NULL;

  return g_variant_lookup (facts, key, "&s", &text) ? text : "";
}

void
kith_call_who_read_facts (KithCallWho *who, GVariant *facts)
{
  *who = (KithCallWho){
    .name = text_of (facts, "peer-name"),
    .own_name = text_of (facts, "peer-own-name"),
    .tag = text_of (facts, "peer-tag"),
    .key = text_of (facts, "peer-key"),
    .address = text_of (facts, "peer-address"),
    .source = text_of (facts, "peer-source"),
    .encryption = text_of (facts, "encryption"),
    .trust = text_of (facts, "trust"),
    .reason = text_of (facts, "state-reason"),
    .is_outgoing = strcmp (text_of (facts, "direction"), "outgoing") == 0,
    .calls = 1,
  };
  (void)g_variant_lookup (facts, "missed", "b", &who->is_missed);
  (void)g_variant_lookup (facts, "calls", "u", &who->calls);
  (void)g_variant_lookup (facts, "sip-status", "u", &who->sip_status);
  (void)g_variant_lookup (facts, "seen-calls", "u", &who->seen_calls);
  (void)g_variant_lookup (facts, "seen-since", "x", &who->seen_since);
  (void)g_variant_lookup (facts, "started-at", "x", &who->started_at);
  (void)g_variant_lookup (facts, "first-at", "x", &who->first_at);
  (void)g_variant_lookup (facts, "answered-at", "x", &who->answered_at);
  (void)g_variant_lookup (facts, "ended-at", "x", &who->ended_at);
}

static KithWho
words_of (const KithCallWho *who)
{
  return (KithWho){ .name = who->name,
                    .own_name = who->own_name,
                    .tag = who->tag,
                    .key = who->key,
                    .address = who->address,
                    .encryption = who->encryption,
                    .trust = who->trust };
}

gchar *
kith_call_who_name (const KithCallWho *who)
{
  const KithWho words = words_of (who);
  g_autofree gchar *name = kith_who_name (&words);

  return kith_cli_safe (name);
}

gchar *
kith_call_who_text (const KithCallWho *who)
{
  const KithWho words = words_of (who);
  g_autofree gchar *text = kith_who_text (&words);

  return kith_cli_safe (text);
}

gchar *
kith_call_who_line (const KithCallWho *who)
{
  g_autofree gchar *text = kith_call_who_text (who);

  if (who->calls <= 1) {
    return g_strdup_printf ("%s %s", who->is_outgoing ? "to" : "from", text);
  }
  g_autofree gchar *source = is_set (who->source) ? kith_cli_safe (who->source) : g_strdup (text);
  return g_strdup_printf ("%u calls from %s", who->calls, source);
}

gchar *
kith_call_who_trust (const KithCallWho *who)
{
  if (g_strcmp0 (who->trust, "verified") == 0) {
    return g_strdup ("verified");
  }
  if (g_strcmp0 (who->trust, "mismatch") == 0) {
    return g_strdup ("ANOTHER KEY than before under this name");
  }
  if (g_strcmp0 (who->trust, "seen") != 0) {
    return g_strdup ("new, unverified");
  }
  g_autofree gchar *since = kith_cli_date_text (who->seen_since * G_USEC_PER_SEC);
  if (who->seen_calls == 0 || strlen (since) < 10) {
    return g_strdup ("known, the same key as before");
  }
  since[10] = '\0'; /* the day is enough */
  return g_strdup_printf ("known, the same key as in %u %s since %s",
                          who->seen_calls,
                          who->seen_calls == 1 ? "call" : "calls",
                          since);
}

static gchar *
duration (gint64 us)
{
  gint64 seconds = MAX (us, 0) / G_USEC_PER_SEC;

  if (seconds < 60) {
    return g_strdup_printf ("%d s", (int)seconds);
  }
  if (seconds < 3600) {
    return g_strdup_printf ("%d min %d s", (int)(seconds / 60), (int)(seconds % 60));
  }
  return g_strdup_printf ("%d h %d min", (int)(seconds / 3600), (int)(seconds / 60 % 60));
}

gchar *
kith_call_who_outcome (const KithCallWho *who)
{
  KithReason reason = KITH_REASON_INTERNAL;

  (void)kith_reason_from_word (who->reason, &reason);
  if (who->ended_at == 0 || reason == KITH_REASON_NONE) {
    return g_strdup ("");
  }
  if (who->is_missed) {
    return g_strdup_printf ("missed: %s", kith_reason_missed_text (reason));
  }
  if (who->answered_at > 0) {
    g_autofree gchar *talked = duration (who->ended_at - who->answered_at);
    return g_strdup_printf ("%s  %s", talked, kith_reason_text (reason));
  }
  if (!who->is_outgoing && (reason == KITH_REASON_REJECTED || reason == KITH_REASON_BUSY)) {
    return g_strdup ("You declined");
  }
  const char *what = kith_sip_status_what (who->sip_status);
  if (reason == KITH_REASON_INTERNAL && !is_set (who->key) && what != NULL) {
    gchar *own = g_strdup (what); /* such as 491: that is no program's fault */
    own[0] = g_ascii_toupper (own[0]);
    return own;
  }
  return g_strdup (kith_reason_text (reason));
}
