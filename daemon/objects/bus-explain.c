/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packs the facts of calls for the bus. */
#include "bus-explain.h"

#include <string.h>

#include "base/error.h"
#include "bus-reply.h"
#include "store/past-calls.h"
#include "words/explain.h"
#include "words/step-words.h"

/* Past calls */

static void
put_text (GVariantDict *dict, const char *key, const char *text)
{
  g_autofree gchar *safe = kithd_bus_text (text);

  g_variant_dict_insert (dict, key, "s", safe);
}

static void
put_texts (GVariantDict *dict, const KithCallFacts *facts)
{
  const char *friend_name = "";
  KithRelayObstacle obstacle = kith_trace_get_obstacle (facts->trace, &friend_name);

  put_text (dict, "direction", facts->outgoing ? "outgoing" : "incoming");
  put_text (dict, "state", kith_call_state_word (facts->state));
  put_text (dict, "state-reason", kith_reason_word (facts->reason));
  put_text (dict, "peer-address", facts->peer_address);
  put_text (dict, "peer-name", facts->peer_name);
  put_text (dict, "peer-own-name", facts->peer_own_name);
  put_text (dict, "peer-source", facts->peer_source);
  put_text (dict, "peer-key", facts->peer_key);
  put_text (dict, "peer-tag", facts->peer_tag);
  put_text (dict, "trust", facts->trust);
  put_text (dict, "encryption", facts->encryption);
  put_text (dict, "located-by", facts->located_by);
  put_text (dict, "codec", facts->codec);
  put_text (dict, "path", facts->path);
  put_text (dict, "path-kind", facts->path_kind);
  put_text (dict, "detail", facts->detail);
  put_text (dict, "turn-failure", facts->turn_failure);
  put_text (dict, "nat", kith_nat_kind_word (kith_trace_get_nat (facts->trace, FALSE)));
  put_text (dict, "peer-nat", kith_nat_kind_word (kith_trace_get_nat (facts->trace, TRUE)));
  put_text (dict, "friend-hurdle", kith_relay_obstacle_word (obstacle));
  put_text (dict, "friend", friend_name);
}

static void
put_times (GVariantDict *dict, const KithCallFacts *facts)
{
  g_variant_dict_insert (dict, "started-at", "x", facts->started_at);
  g_variant_dict_insert (dict, "located-at", "x", facts->located_at);
  g_variant_dict_insert (dict, "linked-at", "x", facts->linked_at);
  g_variant_dict_insert (dict, "rang-at", "x", facts->rang_at);
  g_variant_dict_insert (dict, "answered-at", "x", facts->answered_at);
  g_variant_dict_insert (dict, "flowing-at", "x", facts->flowing_at);
  g_variant_dict_insert (dict, "ended-at", "x", facts->ended_at);
  g_variant_dict_insert (dict, "lost-at", "x", facts->lost_at);
  g_variant_dict_insert (dict, "reconnecting", "b", facts->reconnecting);
  g_variant_dict_insert (dict, "held-by-peer", "b", facts->held_by_peer);
}

/* Whether it was missed, how many calls it stands for, and how often the key was met before. */
static void
put_counts (GVariantDict *dict, const KithCallFacts *facts)
{
  g_variant_dict_insert (dict, "missed", "b", facts->missed);
  g_variant_dict_insert (dict, "calls", "u", facts->times);
  g_variant_dict_insert (dict,
                         "first-at",
                         "x",
                         facts->first_at != 0 ? facts->first_at : facts->started_at);
  g_variant_dict_insert (dict, "seen-calls", "u", facts->seen_calls);
  g_variant_dict_insert (dict, "seen-since", "x", facts->seen_since);
}

static void
put_figures (GVariantDict *dict, const KithCallFacts *facts)
{
  if (!facts->has_figures) {
    return;
  }
  g_variant_dict_insert (dict, "packets-sent", "t", facts->packets_sent);
  g_variant_dict_insert (dict, "packets-received", "t", facts->packets_received);
  g_variant_dict_insert (dict, "packets-lost", "t", facts->packets_lost);
  g_variant_dict_insert (dict, "jitter-us", "u", facts->jitter_us);
  g_variant_dict_insert (dict, "rtt-us", "u", facts->rtt_us);
  g_variant_dict_insert (dict, "buffer-ms", "u", facts->buffer_ms);
  g_variant_dict_insert (dict, "remote-loss-ppm", "u", facts->remote_loss_ppm);
  g_variant_dict_insert (dict, "mos", "d", facts->mos);
}

static void
put_facts (GVariantDict *dict, const KithCallFacts *facts)
{
  g_autoptr (KithSaying) saying = kith_explain_say (facts);
  g_autoptr (KithExplain) explain = kith_explain_tell (facts);
  g_autofree gchar *sentence = kith_explain_sentence (explain);
  g_autoptr (GVariant) values = kith_saying_get_values (saying);

  g_variant_dict_insert (dict, "call", "u", facts->number);
  put_texts (dict, facts);
  g_variant_dict_insert (dict, "sip-status", "u", facts->sip_status);
  put_times (dict, facts);
  put_counts (dict, facts);
  put_figures (dict, facts);
  g_variant_dict_insert (dict, "cause", "s", explain->cause);
  g_variant_dict_insert (dict, "remedy", "s", explain->remedy);
  g_variant_dict_insert (dict, "sentence", "s", sentence);
  g_variant_dict_insert (dict, "code", "s", kith_saying_get_code (saying));
  g_variant_dict_insert_value (dict, "values", values);
}

static GVariant *
pack_entries (KithTrace *trace)
{
  GPtrArray *entries = kith_trace_get_entries (trace);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(xss)"));
  for (guint i = 0; i < entries->len; i++) {
    const KithTraceEntry *entry = entries->pdata[i];
    g_autofree gchar *text = kith_step_tell (entry);
    g_variant_builder_add (&builder,
                           "(xss)",
                           entry->at_us,
                           kith_trace_kind_word (entry->kind),
                           text);
  }
  return g_variant_builder_end (&builder);
}

/* Of what the entries are made, in the same order. */
static GVariant *
pack_steps (KithTrace *trace)
{
  GPtrArray *entries = kith_trace_get_entries (trace);
  g_autoptr (GVariant) none = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sa{sv})"));
  for (guint i = 0; i < entries->len; i++) {
    const KithTraceEntry *entry = entries->pdata[i];
    gboolean is_coded = entry->code != NULL;
    g_variant_builder_add (&builder,
                           "(s@a{sv})",
                           is_coded ? entry->code : "",
                           is_coded ? entry->values : none);
  }
  return g_variant_builder_end (&builder);
}

/* Where past calls are; NULL: @invocation has its answer. */
static KithStore *
get_store (KithNode *node, GDBusMethodInvocation *invocation)
{
  KithStore *store = kith_node_get_store (node);

  if (store == NULL) {
    kithd_reply_code (invocation,
                      KITH_ERROR_NOT_READY,
                      "the daemon is starting or leaving: try again in a moment");
  }
  return store;
}

static void
on_history (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) list = kith_past_calls_list_finish (KITH_STORE (source), result, &error);
  GVariantBuilder builder;

  if (list == NULL) {
    kithd_reply_error (invocation, error);
    return;
  }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < list->len; i++) {
    GVariantDict dict;
    g_variant_dict_init (&dict, NULL);
    put_facts (&dict, list->pdata[i]);
    g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
  }
  kith_bus_manager_complete_get_call_history (NULL, invocation, g_variant_builder_end (&builder));
}

static gboolean
on_handle_get_call_history (KithBusManager *skeleton,
                            GDBusMethodInvocation *invocation,
                            guint max,
                            KithNode *node)
{
  KithStore *store = get_store (node, invocation);

  if (store != NULL) {
    kith_past_calls_list_async (store, max, on_history, invocation);
  }
  return TRUE;
}

typedef struct {
  KithNode *node; /* owned */
  GDBusMethodInvocation *invocation;
} Clearing;

static void
on_cleared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Clearing *clearing = user_data;
  g_autoptr (KithNode) node = clearing->node;
  GError *error = NULL;
  guint n = 0;

  if (kith_past_calls_clear_finish (KITH_STORE (source), result, &n, &error)) {
    kith_node_forget_past (node);
    kith_bus_manager_complete_clear_call_history (NULL, clearing->invocation, n);
  } else {
    kithd_reply_error (clearing->invocation, error);
  }
}

static gboolean
on_handle_clear_call_history (KithBusManager *skeleton,
                              GDBusMethodInvocation *invocation,
                              KithNode *node)
{
  KithStore *store = get_store (node, invocation);

  if (store != NULL) {
    Clearing *clearing = g_new0 (Clearing, 1);
    clearing->node = g_object_ref (node);
    clearing->invocation = invocation;
    kith_past_calls_clear_async (store, on_cleared, clearing);
  }
  return TRUE;
}

static void
tell_facts (GDBusMethodInvocation *invocation, const KithCallFacts *facts)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  put_facts (&dict, facts);
  g_variant_dict_insert (&dict, "dropped", "u", kith_trace_get_dropped (facts->trace));
  g_variant_dict_insert_value (&dict, "entries", pack_entries (facts->trace));
  g_variant_dict_insert_value (&dict, "steps", pack_steps (facts->trace));
  kith_bus_manager_complete_explain (NULL, invocation, g_variant_dict_end (&dict));
}

static void
on_facts (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;
  g_autoptr (KithCallFacts) facts
      = kith_past_calls_get_finish (KITH_STORE (source), result, &error);

  if (facts != NULL) {
    tell_facts (invocation, facts);
  } else {
    kithd_reply_error (invocation, error);
  }
}

static gboolean
on_handle_explain (KithBusManager *skeleton,
                   GDBusMethodInvocation *invocation,
                   guint number,
                   KithNode *node)
{
  g_autoptr (KithCallFacts) facts = kith_node_get_facts (node, number);
  KithStore *store = facts == NULL ? get_store (node, invocation) : NULL;

  if (facts != NULL) {
    tell_facts (invocation, facts);
  } else if (store != NULL) {
    kith_past_calls_get_async (store, number, on_facts, invocation);
  }
  return TRUE;
}

GVariant *
kithd_explain_pack_rows (GPtrArray *findings)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ssss)"));
  for (guint i = 0; i < findings->len; i++) {
    const KithFinding *row = findings->pdata[i];
    g_autofree gchar *told = kith_saying_tell (row->saying);
    g_autofree gchar *help = kith_finding_get_remedy (row);
    g_autofree gchar *finding = kithd_bus_text (told);
    g_autofree gchar *remedy = kithd_bus_text (help);
    g_variant_builder_add (&builder,
                           "(ssss)",
                           row->id,
                           kith_health_word (row->health),
                           finding,
                           remedy);
  }
  return g_variant_builder_end (&builder);
}

GVariant *
kithd_explain_pack_findings (GPtrArray *findings)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < findings->len; i++) {
    const KithFinding *row = findings->pdata[i];
    g_autofree gchar *told = kith_saying_tell (row->saying);
    g_autofree gchar *help = kith_finding_get_remedy (row);
    g_autoptr (GVariant) values = kith_saying_get_values (row->saying);
    GVariantDict dict;
    g_variant_dict_init (&dict, NULL);
    g_variant_dict_insert (&dict, "check", "s", row->id);
    g_variant_dict_insert (&dict, "state", "s", kith_health_word (row->health));
    put_text (&dict, "finding", told);
    put_text (&dict, "remedy", help);
    g_variant_dict_insert (&dict, "code", "s", kith_saying_get_code (row->saying));
    g_variant_dict_insert_value (&dict, "values", values);
    g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
  }
  return g_variant_builder_end (&builder);
}

static void
on_diagnosed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GPtrArray) findings = kith_node_diagnose_finish (KITH_NODE (source), result);

  kith_bus_manager_complete_diagnose (NULL, user_data, kithd_explain_pack_rows (findings));
}

static void
on_examined (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GPtrArray) findings = kith_node_diagnose_finish (KITH_NODE (source), result);

  kith_bus_manager_complete_examine (NULL, user_data, kithd_explain_pack_findings (findings));
}

static gboolean
on_handle_examine (KithBusManager *skeleton, GDBusMethodInvocation *invocation, KithNode *node)
{
  kith_node_diagnose_async (node, on_examined, invocation);
  return TRUE;
}

static gboolean
on_handle_diagnose (KithBusManager *skeleton, GDBusMethodInvocation *invocation, KithNode *node)
{
  kith_node_diagnose_async (node, on_diagnosed, invocation);
  return TRUE;
}

static gboolean
on_handle_get_metrics (KithBusManager *skeleton, GDBusMethodInvocation *invocation, KithNode *node)
{
  g_autofree gchar *text = kith_node_get_metrics (node);

  kith_bus_manager_complete_get_metrics (skeleton, invocation, text);
  return TRUE;
}

void
kithd_explain_bind (KithBusManager *skeleton, KithNode *node)
{
  g_object_connect (skeleton,
                    "object-signal::handle-get-call-history",
                    on_handle_get_call_history,
                    node,
                    "object-signal::handle-clear-call-history",
                    on_handle_clear_call_history,
                    node,
                    "object-signal::handle-explain",
                    on_handle_explain,
                    node,
                    "object-signal::handle-diagnose",
                    on_handle_diagnose,
                    node,
                    "object-signal::handle-examine",
                    on_handle_examine,
                    node,
                    "object-signal::handle-get-metrics",
                    on_handle_get_metrics,
                    node,
                    NULL);
}
