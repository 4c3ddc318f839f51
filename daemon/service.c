/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wires the signals of the node to the objects on the bus. */
#include "service.h"

#include "bus/names.h"
#include "objects/bus-account.h"
#include "objects/bus-call.h"
#include "objects/bus-contact.h"
#include "objects/bus-manager.h"
#include "objects/bus-phone.h"
#include "objects/bus-plugin.h"
#include "objects/trunks/bus-trunk.h"

struct _KithdService {
  KithNode *node;
  KithdGuard guard;
  KithdTree *tree;
  KithdAgents *agents;
  KithdAccount *account;
  KithdPlugins *plugins;
  KithdContacts *contacts;
  KithdPhones *phones;
  KithdTrunks *trunks;
  KithdManager *manager;
  GHashTable *calls; /* KithCall → KithdCall */
  const char *state;
  void (*stop) (gpointer user_data);
  gpointer stop_data;
};

static void
publish_state (KithdService *service)
{
  kithd_account_refresh (service->account);
  kithd_contacts_attach (service->contacts);
  kithd_phones_attach (service->phones);
  kithd_trunks_attach (service->trunks);
  kithd_manager_set_state (service->manager,
                           service->state,
                           kithd_account_get_path (service->account));
}

static void
on_ring (KithdCall *bound, gpointer user_data)
{
  KithdService *service = user_data;

  kithd_agents_tell (service->agents, NULL, NULL, kithd_call_get_path (bound));
}

static KithdCall *
bind_call (KithdService *service, KithCall *call)
{
  KithdCall *bound = g_hash_table_lookup (service->calls, call);

  if (bound == NULL) {
    bound = kithd_call_new (service->tree, &service->guard, call);
    g_hash_table_insert (service->calls, g_object_ref (call), bound);
    kithd_call_watch (bound, on_ring, service);
  }
  return bound;
}

static void
on_node_call_added (KithNode *node, KithCall *call, gpointer user_data)
{
  (void)bind_call (user_data, call);
}

static void
on_node_call_removed (KithNode *node, KithCall *call, gpointer user_data)
{
  KithdService *service = user_data;

  (void)g_hash_table_remove (service->calls, call);
}

static void
on_node_plugin_changed (KithNode *node, const char *name, gpointer user_data)
{
  KithdService *service = user_data;

  kithd_plugins_refresh (service->plugins);
}

static void
on_node_nat_changed (KithNode *node, gpointer user_data)
{
  KithdService *service = user_data;
  KithNatFacts facts;

  kith_node_get_nat (node, &facts);
  kithd_manager_set_nat (service->manager, &facts);
}

static void
on_node_account_changed (KithNode *node, gpointer user_data)
{
  KithdService *service = user_data;

  kithd_account_refresh (service->account);
  kithd_manager_refresh (service->manager);
}

static void
on_node_relay_changed (KithNode *node, gpointer user_data)
{
  KithdService *service = user_data;

  kithd_manager_refresh (service->manager);
}

static void
before_read (gpointer user_data)
{
  KithdService *service = user_data;

  kithd_plugins_refresh (service->plugins);
  kithd_manager_refresh (service->manager);
}

static void
on_identity_made (gpointer user_data)
{
  KithdService *service = user_data;

  if (kith_node_has_identity (service->node)) {
    service->state = KITH_BUS_STATE_RUNNING;
  }
  publish_state (service);
  if (kith_node_get_start_problem (service->node) != NULL) {
    service->stop (service->stop_data); /* after the words were shown */
  }
}

static const char *
on_call_path (KithCall *call, gpointer user_data)
{
  return kithd_call_get_path (bind_call (user_data, call));
}

static void
on_tie_call (KithCall *call, GDBusMethodInvocation *invocation, gpointer user_data)
{
  kithd_call_tie (bind_call (user_data, call),
                  g_dbus_method_invocation_get_connection (invocation),
                  g_dbus_method_invocation_get_sender (invocation));
}

static const char *
on_contact_path (guint id, gpointer user_data)
{
  KithdService *service = user_data;

  return kithd_contacts_get_path (service->contacts, id);
}

static void
on_agent_added (const char *sender, const char *path, gpointer user_data)
{
  KithdService *service = user_data;
  GHashTableIter iter;
  gpointer bound;

  g_hash_table_iter_init (&iter, service->calls);
  while (g_hash_table_iter_next (&iter, NULL, &bound)) {
    if (kithd_call_is_ringing (bound)) {
      kithd_agents_tell (service->agents, sender, path, kithd_call_get_path (bound));
    }
  }
}

static void
on_stop (gpointer user_data)
{
  KithdService *service = user_data;

  service->stop (service->stop_data);
}

static const KithdManagerHooks hooks = {
  .identity_made = on_identity_made,
  .call_path = on_call_path,
  .tie_call = on_tie_call,
  .contact_path = on_contact_path,
  .agent_added = on_agent_added,
  .stop = on_stop,
};

KithdService *
kithd_service_new (GDBusConnection *connection,
                   KithNode *node,
                   gboolean system_bus,
                   void (*stop) (gpointer user_data),
                   gpointer user_data,
                   GError **error)
{
  g_autoptr (KithdService) service = g_new0 (KithdService, 1);

  service->node = g_object_ref (node);
  service->state = KITH_BUS_STATE_STARTING;
  service->stop = stop;
  service->stop_data = user_data;
  service->guard.bouncer = kithd_bouncer_new (connection, system_bus);
  service->calls = g_hash_table_new_full (g_direct_hash,
                                          g_direct_equal,
                                          g_object_unref,
                                          (GDestroyNotify)kithd_call_free);
  service->tree = kithd_tree_new (connection, &service->guard, error);
  if (service->tree == NULL) {
    return NULL;
  }
  service->agents = kithd_agents_new (connection);
  service->account = kithd_account_new (service->tree, &service->guard, node);
  service->plugins = kithd_plugins_new (service->tree, &service->guard, node);
  service->contacts = kithd_contacts_new (service->tree, &service->guard, node);
  service->phones = kithd_phones_new (service->tree, &service->guard, node);
  service->trunks = kithd_trunks_new (service->tree, &service->guard, node);
  service->manager
      = kithd_manager_new (service->tree, &service->guard, node, service->agents, &hooks, service);
  service->guard.before_read = before_read;
  service->guard.before_read_data = service;

  g_signal_connect (node, "call-added", G_CALLBACK (on_node_call_added), service);
  g_signal_connect (node, "call-removed", G_CALLBACK (on_node_call_removed), service);
  g_signal_connect (node, "plugin-changed", G_CALLBACK (on_node_plugin_changed), service);
  g_signal_connect (node, "relay-changed", G_CALLBACK (on_node_relay_changed), service);
  g_signal_connect (node, "account-changed", G_CALLBACK (on_node_account_changed), service);
  g_signal_connect (node, "nat-changed", G_CALLBACK (on_node_nat_changed), service);
  return g_steal_pointer (&service);
}

void
kithd_service_free (KithdService *service)
{
  g_signal_handlers_disconnect_by_data (service->node, service);
  g_clear_pointer (&service->guard.bouncer, kithd_bouncer_free);
  g_hash_table_unref (service->calls);
  g_clear_pointer (&service->manager, kithd_manager_free);
  g_clear_pointer (&service->trunks, kithd_trunks_free);
  g_clear_pointer (&service->phones, kithd_phones_free);
  g_clear_pointer (&service->contacts, kithd_contacts_free);
  g_clear_pointer (&service->plugins, kithd_plugins_free);
  g_clear_pointer (&service->account, kithd_account_free);
  g_clear_pointer (&service->agents, kithd_agents_free);
  g_clear_pointer (&service->tree, kithd_tree_free);
  g_object_unref (service->node);
  g_free (service);
}

void
kithd_service_started (KithdService *service)
{
  g_autoptr (GList) calls = kith_node_get_calls (service->node);

  for (GList *l = calls; l != NULL; l = l->next) {
    (void)bind_call (service, l->data); /* from before the bus was lost */
  }
  service->state = kith_node_has_identity (service->node) ? KITH_BUS_STATE_RUNNING
                                                          : KITH_BUS_STATE_NO_IDENTITY;
  on_node_nat_changed (service->node, service);
  kithd_plugins_refresh (service->plugins);
  publish_state (service);
}

void
kithd_service_stopping (KithdService *service)
{
  service->state = KITH_BUS_STATE_STOPPING;
  publish_state (service);
}

void
kithd_service_stopped (KithdService *service)
{
  kithd_agents_release (service->agents);
  kithd_manager_stopped (service->manager);
}
