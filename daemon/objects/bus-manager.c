/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The methods of the root object, bound to the node. */
#include "bus-manager.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "bus-explain.h"
#include "bus-phone.h"
#include "bus-reply.h"
#include "bus/names.h"
#include "objects/trunks/bus-trunk.h"
#include "settled.h"

#define MAX_STOPPERS 64

struct _KithdManager {
  KithNode *node;
  KithdAgents *agents;
  KithBusManager *skeleton;
  const KithdManagerHooks *hooks;
  gpointer user_data;
  GCancellable *cancellable;
  GPtrArray *stoppers; /* invocations of Stop */
  guint n_resolves;
  gboolean is_gone; /* freed but for look-ups that still hold the box */
};

typedef struct {
  KithdManager
      *manager; /* a reference of the box: only its count is touched after the manager is freed */
  GDBusMethodInvocation *invocation;
} Resolve;

static gboolean
is_stopping (KithdManager *manager)
{
  return strcmp (kith_bus_manager_get_state (manager->skeleton), KITH_BUS_STATE_STOPPING) == 0;
}

/* TRUE if calls can be made and looked up; else it has answered. */
static gboolean
is_running (KithdManager *manager, GDBusMethodInvocation *invocation)
{
  const char *state = kith_bus_manager_get_state (manager->skeleton);

  if (strcmp (state, KITH_BUS_STATE_RUNNING) == 0) {
    return TRUE;
  }
  if (strcmp (state, KITH_BUS_STATE_NO_IDENTITY) == 0) {
    kithd_reply_code (invocation,
                      KITH_ERROR_NOT_READY,
                      "There is no identity yet: make one with “kith init NAME”");
  } else if (strcmp (state, KITH_BUS_STATE_STOPPING) == 0) {
    kithd_reply_code (invocation, KITH_ERROR_NOT_READY, "The daemon is leaving");
  } else {
    kithd_reply_code (invocation,
                      KITH_ERROR_NOT_READY,
                      "The daemon is starting: try again in a moment");
  }
  return FALSE;
}

/* TRUE if @address may go on; else it has answered. */
static gboolean
check_length (GDBusMethodInvocation *invocation, const char *address)
{
  if (strlen (address) > KITH_BUS_MAX_ADDRESS) {
    kithd_reply_code (invocation, KITH_ERROR_INVALID_ADDRESS, "An address has at most 512 bytes");
    return FALSE;
  }
  return TRUE;
}

/* The same with @options, of which there are none. */
static gboolean
check_address (GDBusMethodInvocation *invocation, const char *address, GVariant *options)
{
  GError *error = NULL;

  if (!kithd_check_options (options, NULL, NULL, &error)) {
    kithd_reply_error (invocation, error);
    return FALSE;
  }
  return check_length (invocation, address);
}

static void
wipe_free (gchar *secret)
{
  if (secret != NULL) {
    explicit_bzero (secret, strlen (secret));
    g_free (secret);
  }
}

/* The answer to who made an identity: with it ordinary SIP begins, which they may use at once. */
typedef struct {
  KithBusManager *skeleton;
  GDBusMethodInvocation *invocation;
  gchar *words;
} IdentityAnswer;

static void
on_settled (gpointer user_data)
{
  IdentityAnswer *answer = user_data;

  kith_bus_manager_complete_create_identity (answer->skeleton, answer->invocation, answer->words);
  g_object_unref (answer->skeleton);
  wipe_free (answer->words);
  g_free (answer);
}

static void
answer_when_settled (KithdManager *manager, GDBusMethodInvocation *invocation, const char *words)
{
  IdentityAnswer *answer = g_new (IdentityAnswer, 1);

  *answer = (IdentityAnswer){ g_object_ref (manager->skeleton), invocation, g_strdup (words) };
  kithd_when_settled (manager->node, on_settled, answer);
}

static gboolean
on_handle_create_identity (KithBusManager *skeleton,
                           GDBusMethodInvocation *invocation,
                           const char *name,
                           GVariant *options,
                           gpointer user_data)
{
  KithdManager *manager = user_data;
  const char *words = NULL;
  gchar *shown = NULL;
  GError *error = NULL;

  if (is_stopping (manager)) {
    kithd_reply_code (invocation, KITH_ERROR_NOT_READY, "The daemon is leaving");
  } else if (!kithd_check_options (options, "words", &words, &error)) {
    kithd_reply_error (invocation, error);
  } else if (strlen (name) > KITH_BUS_MAX_TEXT) {
    kithd_reply_code (invocation, KITH_ERROR_INVALID_ADDRESS, "A name has at most 24 bytes");
  } else if (!kith_node_create_identity (manager->node, name, words, &shown, &error)) {
    kithd_reply_error (invocation, error);
    /* the key may be on disk although the start failed */
    manager->hooks->identity_made (manager->user_data);
  } else {
    manager->hooks->identity_made (manager->user_data);
    answer_when_settled (manager, invocation, words == NULL && shown != NULL ? shown : "");
  }
  wipe_free (shown);
  return TRUE;
}

/* Takes a switch out of @options. FALSE when it is no boolean. (out) (transfer full) @rest: the
   others. */
static gboolean
take_switch (GVariant *options, const char *name, gboolean *value, GVariant **rest, GError **error)
{
  g_autoptr (GVariant) wish = g_variant_lookup_value (options, name, NULL);
  GVariantDict dict;

  if (wish != NULL && !g_variant_is_of_type (wish, G_VARIANT_TYPE_BOOLEAN)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "The option “%s” must be true or false",
                 name);
    return FALSE;
  }
  *value = wish != NULL && g_variant_get_boolean (wish);
  g_variant_dict_init (&dict, options);
  (void)g_variant_dict_remove (&dict, name);
  *rest = g_variant_ref_sink (g_variant_dict_end (&dict));
  return TRUE;
}

static gboolean
read_dial_options (GVariant *options, gboolean *tied, gboolean *listen_only, GError **error)
{
  g_autoptr (GVariant) others = NULL;
  g_autoptr (GVariant) rest = NULL;

  if (g_variant_n_children (options) > KITH_BUS_MAX_OPTIONS) {
    return kithd_check_options (options, NULL, NULL, error);
  }
  return take_switch (options, KITH_BUS_FEATURE_HANGUP_WITH_CALLER, tied, &others, error)
         && take_switch (others, "listen-only", listen_only, &rest, error)
         && kithd_check_options (rest, NULL, NULL, error);
}

static gboolean
on_handle_dial (KithBusManager *skeleton,
                GDBusMethodInvocation *invocation,
                const char *address,
                GVariant *options,
                gpointer user_data)
{
  KithdManager *manager = user_data;
  gboolean tied = FALSE;
  GError *error = NULL;
  gboolean listen_only = FALSE;

  if (!is_running (manager, invocation) || !check_length (invocation, address)) {
    return TRUE;
  }
  if (!read_dial_options (options, &tied, &listen_only, &error)) {
    kithd_reply_error (invocation, error);
    return TRUE;
  }
  KithCall *call = kith_node_dial (manager->node, address, listen_only, &error);
  if (call == NULL) {
    kithd_reply_error (invocation, error);
    return TRUE;
  }
  if (tied) {
    manager->hooks->tie_call (call, invocation, manager->user_data);
  }
  kith_bus_manager_complete_dial (skeleton,
                                  invocation,
                                  manager->hooks->call_path (call, manager->user_data));
  return TRUE;
}

static gchar *
contact_address (const KithFound *contact, const char *key)
{
  if (contact->name != NULL && contact->has_tag) {
    return kith_name_with_tag (contact->name, contact->tag);
  }
  if (key[0] != '\0') {
    return g_strdup (key);
  }
  return g_strdup (contact->sip_uri != NULL ? contact->sip_uri : contact->name);
}

static void
put_text (GVariantDict *dict, const char *key, const char *text)
{
  g_autofree gchar *safe = kithd_bus_text (text);

  g_variant_dict_insert (dict, key, "s", safe);
}

static GVariant *
pack_contact (const KithFound *contact)
{
  gboolean has_key = !kith_peer_key_is_zero (&contact->key);
  g_autofree gchar *key = has_key ? kith_peer_key_to_text (&contact->key) : g_strdup ("");
  g_autofree gchar *tag
      = contact->has_tag ? kith_base32_encode (contact->tag, KITH_TAG_LEN) : g_strdup ("");
  g_autofree gchar *address = contact_address (contact, key);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  put_text (&dict, "name", contact->name);
  put_text (&dict, "key", key);
  put_text (&dict, "tag", tag);
  put_text (&dict, "address", address);
  put_text (&dict, "proof", kith_proof_word (contact->proof));
  put_text (&dict, "source", contact->source);
  put_text (&dict, "sip-uri", contact->sip_uri);
  g_variant_dict_insert (&dict, "age-ms", "x", contact->age_ms);
  return g_variant_dict_end (&dict);
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Resolve *resolve = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) contacts = kith_node_resolve_finish (KITH_NODE (source), result, &error);
  GVariantBuilder builder;

  resolve->manager->n_resolves--;
  g_rc_box_release (resolve->manager);
  if (contacts == NULL) {
    kithd_reply_error (resolve->invocation, error);
    return;
  }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < contacts->len; i++) {
    g_variant_builder_add_value (&builder, pack_contact (g_ptr_array_index (contacts, i)));
  }
  g_dbus_method_invocation_return_value (resolve->invocation, g_variant_new ("(aa{sv})", &builder));
}

/* TRUE if one more look-up may begin; else it has answered. */
static gboolean
check_resolves (KithdManager *manager, GDBusMethodInvocation *invocation)
{
  if (manager->n_resolves >= KITH_BUS_MAX_RESOLVES) {
    kithd_reply_code (invocation,
                      KITH_ERROR_LIMIT_REACHED,
                      "Too many look-ups are under way: try again in a moment");
    return FALSE;
  }
  return TRUE;
}

static gboolean
on_handle_resolve (KithBusManager *skeleton,
                   GDBusMethodInvocation *invocation,
                   const char *address,
                   GVariant *options,
                   gpointer user_data)
{
  KithdManager *manager = user_data;

  if (!is_running (manager, invocation) || !check_address (invocation, address, options)
      || !check_resolves (manager, invocation)) {
    return TRUE;
  }
  Resolve *resolve = g_new0 (Resolve, 1);
  resolve->manager = g_rc_box_acquire (manager);
  resolve->invocation = invocation;
  manager->n_resolves++;
  kith_node_resolve_async (manager->node, address, manager->cancellable, on_resolved, resolve);
  return TRUE;
}

/* Adding a contact */

static gboolean
read_contact_options (GVariant *options, const char **name, gboolean *relay, GError **error)
{
  g_autoptr (GVariant) rest = NULL;
  const char *only = NULL;

  *name = NULL;
  *relay = FALSE;
  if (g_variant_n_children (options) > KITH_BUS_MAX_OPTIONS) {
    return kithd_check_options (options, "name", &only, error);
  }
  (void)g_variant_lookup (options, "name", "&s", name); /* lives in @options */
  return take_switch (options, "relay", relay, &rest, error)
         && kithd_check_options (rest, "name", &only, error);
}

static void
on_contact_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Resolve *resolve = user_data;
  KithdManager *manager = resolve->manager;
  GError *error = NULL;
  guint id = kith_node_add_contact_finish (KITH_NODE (source), result, &error);

  manager->n_resolves--;
  if (id == 0) {
    kithd_reply_error (resolve->invocation, error);
  } else {
    const char *path
        = manager->is_gone ? NULL : manager->hooks->contact_path (id, manager->user_data);
    g_dbus_method_invocation_return_value (
        resolve->invocation,
        g_variant_new ("(o)", path != NULL ? path : KITH_BUS_NO_OBJECT));
  }
  g_rc_box_release (manager);
}

static gboolean
on_handle_add_contact (KithBusManager *skeleton,
                       GDBusMethodInvocation *invocation,
                       const char *address,
                       GVariant *options,
                       gpointer user_data)
{
  KithdManager *manager = user_data;
  const char *name = NULL;
  gboolean relay = FALSE;
  GError *error = NULL;

  if (!is_running (manager, invocation)) {
    return TRUE;
  }
  if (!read_contact_options (options, &name, &relay, &error)) {
    kithd_reply_error (invocation, error);
    return TRUE;
  }
  if (!check_length (invocation, address) || !check_resolves (manager, invocation)) {
    return TRUE;
  }
  Resolve *resolve = g_new0 (Resolve, 1);
  resolve->manager = g_rc_box_acquire (manager);
  resolve->invocation = invocation;
  manager->n_resolves++;
  kith_node_add_contact_async (manager->node,
                               address,
                               name,
                               relay,
                               manager->cancellable,
                               on_contact_added,
                               resolve);
  return TRUE;
}

static gboolean
on_handle_register_agent (KithBusManager *skeleton,
                          GDBusMethodInvocation *invocation,
                          const char *path,
                          const char *const *roles,
                          gpointer user_data)
{
  KithdManager *manager = user_data;
  g_autofree gchar *sender = g_strdup (g_dbus_method_invocation_get_sender (invocation));
  g_autofree gchar *agent = g_strdup (path);
  GError *error = NULL;

  if (is_stopping (manager)) {
    kithd_reply_code (invocation, KITH_ERROR_NOT_READY, "The daemon is leaving");
  } else if (!kithd_agents_add (manager->agents, sender, agent, roles, &error)) {
    kithd_reply_error (invocation, error);
  } else {
    kith_bus_manager_complete_register_agent (skeleton, invocation);
    manager->hooks->agent_added (sender, agent, manager->user_data);
  }
  return TRUE;
}

static gboolean
on_handle_unregister_agent (KithBusManager *skeleton,
                            GDBusMethodInvocation *invocation,
                            const char *path,
                            gpointer user_data)
{
  KithdManager *manager = user_data;
  GError *error = NULL;

  if (kithd_agents_remove (manager->agents,
                           g_dbus_method_invocation_get_sender (invocation),
                           path,
                           &error)) {
    kith_bus_manager_complete_unregister_agent (skeleton, invocation);
  } else {
    kithd_reply_error (invocation, error);
  }
  return TRUE;
}

static gboolean
on_handle_stop (KithBusManager *skeleton, GDBusMethodInvocation *invocation, gpointer user_data)
{
  KithdManager *manager = user_data;

  if (manager->stoppers->len >= MAX_STOPPERS) {
    kithd_reply_code (invocation, KITH_ERROR_LIMIT_REACHED, "The daemon is leaving already");
    return TRUE;
  }
  g_ptr_array_add (manager->stoppers, invocation);
  kith_info ("bus", "asked to stop");
  manager->hooks->stop (manager->user_data);
  return TRUE;
}

static void
add_address (GVariantBuilder *builder,
             const char *key,
             const KithEndpoint *address,
             gboolean is_known)
{
  g_autofree gchar *text = is_known ? kith_endpoint_to_text (address) : g_strdup ("");

  g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (text));
}

void
kithd_manager_set_nat (KithdManager *manager, const KithNatFacts *facts)
{
  g_auto (GVariantBuilder) nat = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  const char *word = kith_nat_kind_word (facts->kind);
  const char *text = kith_nat_kind_text (facts->kind);
  const char *mapping = facts->has_mapping ? facts->mapped_by : "";

  g_variant_builder_add (&nat, "{sv}", "kind", g_variant_new_string (word));
  g_variant_builder_add (&nat, "{sv}", "text", g_variant_new_string (text));
  add_address (&nat, "seen-as", &facts->reflexive, facts->has_reflexive);
  g_variant_builder_add (&nat, "{sv}", "witnesses", g_variant_new_uint32 (facts->n_witnesses));
  g_variant_builder_add (&nat, "{sv}", "mapping", g_variant_new_string (mapping));
  add_address (&nat, "mapped-address", &facts->mapped, facts->has_mapping);
  add_address (&nat, "pinhole", &facts->pinhole, facts->has_pinhole);
  g_variant_builder_add (&nat, "{sv}", "outer-nat", g_variant_new_boolean (facts->has_outer_nat));
  const char *word6 = kith_nat_kind_word (facts->kind6);
  g_variant_builder_add (&nat, "{sv}", "ipv6-kind", g_variant_new_string (word6));
  g_variant_builder_add (&nat, "{sv}", "ipv6", g_variant_new_boolean (facts->has_ipv6));
  g_variant_builder_add (&nat, "{sv}", "checked-at", g_variant_new_int64 (facts->checked_us));
  kith_bus_manager_set_nat (manager->skeleton, g_variant_builder_end (&nat));
}

KithdManager *
kithd_manager_new (KithdTree *tree,
                   KithdGuard *guard,
                   KithNode *node,
                   KithdAgents *agents,
                   const KithdManagerHooks *hooks,
                   gpointer user_data)
{
  static const char *const features[]
      = { "kith", "sip", "agent", KITH_BUS_FEATURE_HANGUP_WITH_CALLER, NULL };
  const KithNatFacts nothing = { 0 };
  KithdManager *manager = g_rc_box_new0 (KithdManager);
  g_autoptr (GError) error = NULL;

  manager->node = node;
  manager->agents = agents;
  manager->hooks = hooks;
  manager->user_data = user_data;
  manager->cancellable = g_cancellable_new ();
  manager->stoppers = g_ptr_array_new ();
  manager->skeleton = kithd_guard_manager_new (guard);
  g_object_set (manager->skeleton,
                "version",
                KITH_VERSION,
                "state",
                KITH_BUS_STATE_STARTING,
                "default-account",
                KITH_BUS_NO_OBJECT,
                "features",
                features,
                NULL);
  kithd_manager_set_nat (manager, &nothing);
  kithd_manager_refresh (manager);
  g_object_connect (manager->skeleton,
                    "signal::handle-create-identity",
                    on_handle_create_identity,
                    manager,
                    "signal::handle-dial",
                    on_handle_dial,
                    manager,
                    "signal::handle-resolve",
                    on_handle_resolve,
                    manager,
                    "signal::handle-add-contact",
                    on_handle_add_contact,
                    manager,
                    "signal::handle-register-agent",
                    on_handle_register_agent,
                    manager,
                    "signal::handle-unregister-agent",
                    on_handle_unregister_agent,
                    manager,
                    "signal::handle-stop",
                    on_handle_stop,
                    manager,
                    NULL);
  kithd_explain_bind (manager->skeleton, node);
  kithd_phones_bind (manager->skeleton, node);
  kithd_trunks_bind (manager->skeleton, node);
  if (!kithd_tree_add_root (tree, manager->skeleton, &error)) {
    kith_warning ("bus", "the manager cannot be exported: %s", error->message);
  }
  return manager;
}

void
kithd_manager_free (KithdManager *manager)
{
  kithd_manager_stopped (manager);
  manager->is_gone = TRUE;
  g_cancellable_cancel (manager->cancellable);
  g_signal_handlers_disconnect_by_data (manager->skeleton, manager);
  g_object_unref (manager->skeleton);
  g_object_unref (manager->cancellable);
  g_ptr_array_unref (manager->stoppers);
  g_rc_box_release (manager);
}

void
kithd_manager_set_state (KithdManager *manager, const char *state, const char *account)
{
  g_object_set (manager->skeleton, "state", state, "default-account", account, NULL);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (manager->skeleton));
}

void
kithd_manager_refresh (KithdManager *manager)
{
  g_autoptr (GVariant) relay = kith_node_get_relay (manager->node);
  g_autoptr (GPtrArray) notices = kith_node_get_notices (manager->node);
  g_autofree gchar *aside = kith_node_get_put_aside (manager->node);
  g_autofree gchar *safe = kithd_bus_text (aside != NULL ? aside : "");
  g_autoptr (GVariant) workers = kith_node_get_workers (manager->node);
  g_autoptr (GVariant) house_calls = kith_node_get_house_calls (manager->node);
  g_autoptr (GVariant) tls = kith_node_get_sip_tls (manager->node);

  kith_bus_manager_set_workers (manager->skeleton, workers);
  kith_bus_manager_set_house_calls (manager->skeleton, house_calls);
  kith_bus_manager_set_sip_tls (manager->skeleton, tls);
  kith_bus_manager_set_relay (manager->skeleton, relay);
  kith_bus_manager_set_notices (manager->skeleton, kithd_explain_pack_rows (notices));
  kith_bus_manager_set_notice_findings (manager->skeleton, kithd_explain_pack_findings (notices));
  kith_bus_manager_set_database_put_aside (manager->skeleton, safe);
}

void
kithd_manager_stopped (KithdManager *manager)
{
  for (guint i = 0; i < manager->stoppers->len; i++) {
    g_dbus_method_invocation_return_value (g_ptr_array_index (manager->stoppers, i), NULL);
  }
  g_ptr_array_set_size (manager->stoppers, 0);
}
