/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node tells of itself: account, NAT, relaying, plugins, health, past calls. */
#include "node/node-private.h"

#include <string.h>

#include "base/error.h"
#include "net/local-addresses.h"
#include "node/call/call-report.h"
#include "node/plugin-host.h"

#define LOOK_MS 2500 /* as long as the sound server may think */

gboolean
kith_node_has_identity (KithNode *node)
{
  return node->vault != NULL;
}

const char *
kith_node_get_name (KithNode *node)
{
  return node->vault != NULL ? kith_vault_get_name (node->vault) : "";
}

const char *
kith_node_get_full_address (KithNode *node)
{
  return node->account != NULL ? kith_account_get_full_address (node->account) : "";
}

gchar *
kith_node_get_key_text (KithNode *node)
{
  return node->vault != NULL ? kith_peer_key_to_text (kith_vault_get_identity (node->vault))
                             : g_strdup ("");
}

KithRegistrationState
kith_node_get_registration (KithNode *node)
{
  return node->account != NULL ? kith_account_get_state (node->account) : KITH_REGISTRATION_OFFLINE;
}

const char *
kith_node_get_registration_detail (KithNode *node)
{
  return node->account != NULL ? kith_account_get_detail (node->account) : "there is no identity";
}

gint64
kith_node_get_registered_at (KithNode *node)
{
  return node->account != NULL ? kith_account_get_registered_at (node->account) : 0;
}

guint16
kith_node_get_sip_port (KithNode *node)
{
  return node->sip != NULL ? kith_sip_get_port (node->sip) : 0;
}

gboolean
kith_node_is_settled (KithNode *node)
{
  KithEdgeFacts facts = { KITH_EDGE_OFF };

  if (node->edge != NULL) {
    kith_edge_get_facts (node->edge, &facts);
  }
  return facts.state != KITH_EDGE_STARTING;
}

const char *
kith_node_get_sip_problem (KithNode *node)
{
  return node->sip != NULL ? kith_sip_get_port_problem (node->sip) : NULL;
}

/* A row for the worker of a locator whose status names one. */
static void
add_locator_worker (GVariantBuilder *rows, KithLocator *locator)
{
  g_autoptr (GVariant) status = g_variant_take_ref (kith_locator_get_status (locator));
  g_auto (GVariantDict) row = G_VARIANT_DICT_INIT (NULL);
  guint32 pid = 0;
  guint32 restarts = 0;

  if (g_variant_lookup (status, "worker-pid", "u", &pid)) {
    g_autofree gchar *name = g_strdup_printf ("kith-%s", kith_locator_get_name (locator));
    (void)g_variant_lookup (status, "restarts", "u", &restarts);
    g_variant_dict_insert (&row, "name", "s", name);
    g_variant_dict_insert (&row, "state", "s", pid != 0 ? "running" : "ended");
    g_variant_dict_insert (&row, "pid", "u", pid);
    g_variant_dict_insert (&row, "restarts", "u", restarts);
    g_variant_builder_add_value (rows, g_variant_dict_end (&row));
  }
}

GVariant *
kith_node_get_sip_tls (KithNode *node)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  KithEdgeFacts facts = { KITH_EDGE_OFF };

  if (node->tls != NULL) {
    const char *ca = kith_tls_keeper_get_ca (node->tls);
    const char *problem = kith_tls_keeper_get_problem (node->tls);
    kith_edge_get_facts (node->edge, &facts);
    problem = problem != NULL ? problem : facts.tls_problem;
    g_variant_dict_insert (&dict, "port", "u", (guint32)facts.tls_port);
    if (ca != NULL) {
      g_variant_dict_insert (&dict, "ca", "s", ca);
      g_variant_dict_insert (&dict,
                             "fingerprint",
                             "s",
                             kith_tls_keeper_get_fingerprint (node->tls));
    }
    if (problem != NULL) {
      g_variant_dict_insert (&dict, "problem", "s", problem);
    }
  }
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

GVariant *
kith_node_get_workers (KithNode *node)
{
  GVariantBuilder rows;
  GPtrArray *locators
      = node->directory != NULL ? kith_directory_get_locators (node->directory) : NULL;

  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; locators != NULL && i < locators->len; i++) {
    add_locator_worker (&rows, locators->pdata[i]);
  }
  if (node->edge != NULL) {
    g_autoptr (GVariant) row = kith_edge_get_status (node->edge);
    g_variant_builder_add_value (&rows, row);
  }
  return g_variant_ref_sink (g_variant_builder_end (&rows));
}

GVariant *
kith_node_get_house_calls (KithNode *node)
{
  return node->house_calls != NULL ? kith_house_calls_list (node->house_calls)
                                   : g_variant_ref_sink (g_variant_new ("aa{sv}", NULL));
}

void
kith_node_get_nat (KithNode *node, KithNatFacts *facts)
{
  *facts = (KithNatFacts){ 0 };
  if (node->nat != NULL) {
    kith_nat_get_facts (node->nat, facts);
  }
}

GVariant *
kith_node_get_relay (KithNode *node)
{
  return g_variant_ref_sink (node->friends != NULL ? kith_relay_server_get_status (
                                 kith_friends_get_relay_server (node->friends))
                                                   : g_variant_new ("a{sv}", NULL));
}

static const char *
plugin_state_word (const KithLoadedPlugin *plugin)
{
  return plugin->object != NULL
             ? kith_locator_state_word (kith_locator_get_state (KITH_LOCATOR (plugin->object)))
             : "failed";
}

/* What was */

gchar *
kith_node_get_put_aside (KithNode *node)
{
  return node->store != NULL ? kith_database_get_put_aside (kith_store_get_database (node->store))
                             : NULL;
}

/* An examination that waits for the sound server. */
typedef struct {
  gint refs; /* the timer's, the look's */
  KithNode *node;
  GTask *task; /* NULL once it is done */
  guint timer;
} Examination;

static void
examination_unref (Examination *examination)
{
  if (--examination->refs == 0) {
    g_object_unref (examination->node);
    g_free (examination);
  }
}

/* What the sound server said. */
typedef struct {
  gchar *microphone;
  gchar *loudspeaker;
  gboolean is_silent;
} Sound;

/* All but the sound devices, which have to be asked for. */
static KithPatient
make_patient (KithNode *node)
{
  KithPatient patient = {
    .clock = node->clock,
    .config = node->config,
    .vault = node->vault,
    .account = node->account,
    .locators = node->directory != NULL ? kith_directory_get_locators (node->directory) : NULL,
    .links = node->links,
    .nat = node->nat,
    .turn = node->turn,
    .contacts = node->contacts,
    .phones = node->phones,
    .trunks = node->trunks,
    .media = node->media,
    .database = node->store != NULL ? kith_store_get_database (node->store) : NULL,
    .sip_port = kith_node_get_sip_port (node),
    .sip_problem = kith_node_get_sip_problem (node),
    .sip_errno = node->sip != NULL ? kith_sip_get_port_errno (node->sip) : 0,
    .started_us = node->started_us,
  };

  if (node->edge != NULL) {
    kith_edge_get_facts (node->edge, &patient.edge);
  }
  return patient;
}

GPtrArray *
kith_node_get_notices (KithNode *node)
{
  const KithPatient patient = make_patient (node);

  return kith_doctor_notice (&patient);
}

static void
examine (Examination *examination, const Sound *sound)
{
  g_autoptr (GTask) task = g_steal_pointer (&examination->task);
  KithPatient patient = make_patient (examination->node);

  patient.microphone = sound->microphone;
  patient.loudspeaker = sound->loudspeaker;
  patient.sound_is_silent = sound->is_silent;
  if (task != NULL) {
    g_task_return_pointer (task, kith_doctor_examine (&patient), (GDestroyNotify)g_ptr_array_unref);
  }
}

static gboolean
on_late (gpointer user_data)
{
  Examination *examination = user_data;

  examination->timer = 0;
  examine (examination, &(const Sound){ .is_silent = TRUE });
  examination_unref (examination);
  return G_SOURCE_REMOVE;
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Examination *examination = user_data;
  Sound sound = { NULL };
  g_autoptr (GError) error = NULL;

  if (examination->node->media != NULL
      && !kith_media_maker_look_finish (examination->node->media,
                                        result,
                                        &sound.microphone,
                                        &sound.loudspeaker,
                                        &error)) {
    /* since the last time */
    sound.is_silent = g_error_matches (error, KITH_ERROR, KITH_ERROR_IN_PROGRESS);
  }
  examine (examination, &sound);
  g_free (sound.microphone);
  g_free (sound.loudspeaker);
  if (examination->timer != 0) {
    kith_clock_cancel (examination->node->clock, &examination->timer);
    examination_unref (examination);
  }
  examination_unref (examination);
}

void
kith_node_diagnose_async (KithNode *node, GAsyncReadyCallback callback, gpointer user_data)
{
  Examination *examination = g_new0 (Examination, 1);

  examination->node = g_object_ref (node);
  examination->task = g_task_new (node, NULL, callback, user_data);
  examination->refs = 1;
  /* Without a server, or with files instead of devices, nobody needs to be asked. */
  if (node->media == NULL || (node->config->audio_in != NULL && node->config->audio_out != NULL)
      || !kith_media_maker_check (node->media, node->config->audio_in == NULL, NULL)
      || !kith_media_maker_look_async (node->media, on_looked, examination)) {
    examine (examination, &(const Sound){ NULL });
    examination_unref (examination);
    return;
  }
  examination->refs++;
  examination->timer = kith_clock_add (node->clock, LOOK_MS, on_late, examination);
}

GPtrArray *
kith_node_diagnose_finish (KithNode *node, GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

GVariant *
kith_node_get_plugins (KithNode *node)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sssssa{sv})"));
  for (guint i = 0; i < node->plugins->len; i++) {
    const KithLoadedPlugin *plugin = node->plugins->pdata[i];
    g_autoptr (GVariant) status = NULL;
    if (plugin->object != NULL) {
      status = g_variant_take_ref (kith_locator_get_status (KITH_LOCATOR (plugin->object)));
    } else {
      status = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
    }
    g_variant_builder_add (&builder,
                           "(sssss@a{sv})",
                           plugin->name,
                           plugin->kind == KITH_PLUGIN_LOCATOR ? "locator" : "service",
                           plugin->version != NULL ? plugin->version : "",
                           plugin_state_word (plugin),
                           plugin->last_error != NULL ? plugin->last_error : "",
                           status);
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* Past calls */

KithStore *
kith_node_get_store (KithNode *node)
{
  return node->store;
}

void
kith_node_forget_past (KithNode *node)
{
  if (node->calls != NULL) {
    kith_call_list_forget_ended (node->calls);
  }
  if (node->met != NULL) {
    kith_met_keys_clear (node->met);
  }
}

KithCallFacts *
kith_node_get_facts (KithNode *node, guint number)
{
  g_autoptr (GList) calls = kith_node_get_calls (node);
  KithCall *best = NULL;

  for (GList *l = calls; l != NULL; l = l->next) {
    if (number == 0 || kith_call_get_id (l->data) == number) {
      best = l->data; /* the last of them is the newest */
    }
  }
  return best != NULL ? kith_call_report (best) : NULL;
}

/* Phones */

gboolean
kith_node_has_phones (KithNode *node)
{
  return node->config->sip_enabled && node->config->phones_enabled;
}

static gchar *
host_text (const KithEndpoint *address)
{
  KithEndpoint host = *address;
  g_autofree gchar *text = NULL;

  host.port = 1;
  text = kith_endpoint_to_text (&host);
  *strrchr (text, ':') = '\0';
  return g_steal_pointer (&text);
}

GStrv
kith_node_get_servers (KithNode *node)
{
  g_autoptr (GStrvBuilder) servers = g_strv_builder_new ();
  KithEndpoint addresses[KITH_MAX_LOCAL];
  const char *bound = node->config->sip_bind;
  const guint n = kith_local_addresses (addresses);

  if (!g_str_equal (bound, "::") && !g_str_equal (bound, "0.0.0.0")) {
    g_strv_builder_add (servers, bound);
    return g_strv_builder_end (servers);
  }
  for (guint i = 0; i < n; i++) {
    g_autofree gchar *text = host_text (&addresses[i]);
    if (addresses[i].family == 4 || g_str_equal (bound, "::")) {
      g_strv_builder_add (servers, text);
    }
  }
  return g_strv_builder_end (servers);
}
