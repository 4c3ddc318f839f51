/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gathers the facts of a call from its properties and its audio. */
#include "node/call/call-report.h"

#include "base/clock.h"
#include "base/text.h"
#include "node/call/call-private.h"

static void
take_text (KithCall *call, const char *property, gchar **field)
{
  g_autofree gchar *text = NULL;

  g_object_get (call, property, &text, NULL);
  kith_call_facts_set (field, text);
}

static void
take_path (KithCall *call, KithCallFacts *facts)
{
  g_autofree gchar *local = NULL;
  g_autofree gchar *remote = NULL;

  take_text (call, "path-kind", &facts->path_kind);
  g_object_get (call, "local-candidate", &local, "remote-candidate", &remote, NULL);
  if (local != NULL && *local != '\0') {
    g_autofree gchar *both = g_strdup_printf ("%s %s", local, remote);
    kith_call_facts_set (&facts->path, both);
  }
}

static void
take_figures (KithCall *call, KithCallFacts *facts)
{
  KithMediaStats stats = { 0 };

  facts->has_figures = kith_call_get_stats (call, &stats);
  if (!facts->has_figures) {
    return;
  }
  facts->packets_sent = stats.packets_sent;
  facts->packets_received = stats.packets_received;
  facts->packets_lost = stats.packets_lost;
  facts->jitter_us = stats.jitter_us;
  facts->rtt_us = stats.rtt_us;
  facts->buffer_ms = stats.buffer_ms;
  facts->remote_loss_ppm = stats.remote_loss_ppm;
  facts->mos = stats.mos;
}

/* What goes on now. */
static void
take_trouble (KithCall *call, KithCallFacts *facts)
{
  KithLegFacts leg;

  kith_call_get_leg_facts (call, &leg);
  facts->held_by_peer = leg.held_by_peer;
  if (facts->state == KITH_CALL_ENDED && facts->reason != KITH_REASON_NETWORK_LOST) {
    return;
  }
  facts->lost_at = leg.lost_at;
  facts->reconnecting = leg.reconnecting;
  facts->no_address = leg.reconnecting && !kith_link_pool_has_address (call->context->links);
}

gchar *
kith_call_get_group (KithCall *call)
{
  if (!call->who.is_stranger || call->at.answered != 0) {
    return NULL;
  }
  g_autofree gchar *key = kith_peer_key_is_zero (&call->who.key)
                              ? g_strdup (call->who.source)
                              : kith_peer_key_to_text (&call->who.key);
  return g_strconcat (call->wish == KITH_CALL_DECLINED ? "declined " : "", key, NULL);
}

/* What it is kept as, once it ended. */
static void
take_share (KithCall *call, KithCallFacts *facts)
{
  g_autofree gchar *group = kith_call_get_group (call);

  kith_call_facts_set (&facts->group, group);
  facts->missed = kith_call_was_missed (call);
  facts->times = call->refused.times;
  facts->first_at = call->at.started;
  facts->seen_calls = call->who.seen_calls;
  facts->seen_since = call->who.seen_since;
}

/* Parts */

static const char *
manner_word (KithBridgeManner manner)
{
  switch (manner) {
  case KITH_BRIDGE_APART:
    return "";
  case KITH_BRIDGE_RELAYED:
    return "relay";
  case KITH_BRIDGE_TRANSCODED:
    return "transcode";
  }
  return "";
}

static void
add_leg (GVariantBuilder *list, KithCall *call, KithLeg *leg)
{
  gboolean is_kith = !kith_peer_key_is_zero (&call->who.key);
  g_autofree gchar *label = NULL;
  GVariantDict dict;
  KithLegFacts facts;

  kith_leg_get_facts (leg, &facts);
  gboolean by_link = facts.phone == NULL && is_kith;
  label = kith_text_safe (facts.phone != NULL ? facts.phone : call->who.name, -1, 64);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "side", "s", kith_leg_is_caller (leg) ? "caller" : "callee");
  g_variant_dict_insert (&dict,
                         "kind",
                         "s",
                         facts.phone != NULL ? "phone"
                         : by_link           ? "link"
                                             : "sip");
  g_variant_dict_insert (&dict, "label", "s", label);
  g_variant_dict_insert (&dict, "state", "s", kith_leg_state_word (kith_leg_get_state (leg)));
  g_variant_dict_insert (&dict, "codec", "s", facts.codec != NULL ? facts.codec : "");
  g_variant_dict_insert (&dict,
                         "encryption",
                         "s",
                         !by_link               ? "none"
                         : facts.linked_at != 0 ? "srtp-link"
                                                : "");
  g_variant_dict_insert (&dict, "how", "s", manner_word (facts.manner));
  g_variant_builder_add_value (list, g_variant_dict_end (&dict));
}

GVariant *
kith_call_pack_legs (KithCall *call)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < call->legs->len; i++) {
    add_leg (&list, call, call->legs->pdata[i]);
  }
  for (guint i = 0; i < call->house.legs->len; i++) {
    add_leg (&list, call, call->house.legs->pdata[i]);
  }
  return g_variant_builder_end (&list);
}

KithCallFacts *
kith_call_report (KithCall *call)
{
  KithCallFacts *facts = kith_call_facts_new ();
  KithLegFacts leg;

  kith_call_get_leg_facts (call, &leg);
  facts->number = kith_call_get_id (call);
  facts->told_at = kith_clock_wall (call->context->clock);
  facts->state = kith_call_get_state (call);
  facts->reason = kith_call_get_reason (call);
  facts->outgoing = call->outgoing;
  facts->sip_status = leg.sip_status;
  facts->started_at = call->at.started;
  facts->located_at = call->at.located;
  facts->linked_at = leg.linked_at;
  facts->rang_at = call->at.rang;
  facts->answered_at = call->at.answered;
  facts->flowing_at = leg.flowing_at;
  facts->ended_at = call->at.ended;
  kith_call_facts_set (&facts->peer_address, call->who.address);
  kith_call_facts_set (&facts->peer_name, call->who.name);
  kith_call_facts_set (&facts->peer_own_name, call->who.own_name);
  kith_call_facts_set (&facts->peer_source, call->who.source);
  take_text (call, "peer-key", &facts->peer_key);
  take_text (call, "peer-tag", &facts->peer_tag);
  take_text (call, "trust", &facts->trust);
  take_text (call, "encryption", &facts->encryption);
  take_text (call, "located-by", &facts->located_by);
  take_text (call, "codec", &facts->codec);
  take_text (call, "detail", &facts->detail);
  take_path (call, facts);
  take_figures (call, facts);
  take_trouble (call, facts);
  take_share (call, facts);
  kith_call_facts_set (&facts->turn_failure, call->findings->turn_failure);
  kith_trace_unref (facts->trace);
  facts->trace = kith_trace_ref (kith_call_get_trace (call));
  return facts;
}
