/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds the parts in order, wires them, and takes them down in reverse. */
#include "node/node-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "identity/seal.h"
#include "model/names/address-advice.h"
#include "node/engines.h"
#include "node/node-watch.h"
#include "node/plugin-host.h"

G_DEFINE_FINAL_TYPE (KithNode, kith_node, G_TYPE_OBJECT)

enum {
  SIGNAL_CALL_ADDED,
  SIGNAL_CALL_REMOVED,
  SIGNAL_PLUGIN_CHANGED,
  SIGNAL_ACCOUNT_CHANGED,
  SIGNAL_NAT_CHANGED,
  SIGNAL_RELAY_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* Who is known */

gboolean
kith_node_is_known (KithNode *node, const KithPeerKey *identity)
{
  return kith_contacts_find (node->contacts, identity) != NULL
         || kith_trust_find_name (node->trust, identity, NULL) != NULL;
}

static gboolean
is_known_to (const KithPeerKey *identity, gpointer user_data)
{
  return kith_node_is_known (user_data, identity);
}

static KithStanding
judge_peer (const KithPeerKey *identity, gpointer user_data)
{
  KithNode *node = user_data;

  if (kith_node_is_known (node, identity)) {
    return KITH_STANDING_KNOWN;
  }
  return node->config->strangers_ring ? KITH_STANDING_STRANGER : KITH_STANDING_REFUSED;
}

/* Signals of the parts */

static void
on_call_added (KithCallList *list, KithCall *call, KithNode *node)
{
  g_signal_emit (node, signals[SIGNAL_CALL_ADDED], 0, call);
}

static void
on_call_removed (KithCallList *list, KithCall *call, KithNode *node)
{
  g_signal_emit (node, signals[SIGNAL_CALL_REMOVED], 0, call);
}

static void
on_account_changed (KithAccount *account, KithNode *node)
{
  KithRegistrationState state = kith_account_get_state (account);

  if (state != node->registration && state == KITH_REGISTRATION_REGISTERED) {
    kith_friends_wake (node->friends);
  }
  node->registration = state;
  g_signal_emit (node, signals[SIGNAL_ACCOUNT_CHANGED], 0);
}

static void
on_port_changed (KithSip *sip, KithNode *node)
{
  g_signal_emit (node, signals[SIGNAL_ACCOUNT_CHANGED], 0);
}

static void
on_edge_changed (KithEdge *edge, KithNode *node)
{
  g_signal_emit (node, signals[SIGNAL_ACCOUNT_CHANGED], 0);
}

static void
on_relay_changed (KithRelayServer *relay, KithNode *node)
{
  g_signal_emit (node, signals[SIGNAL_RELAY_CHANGED], 0);
}

/* Those who hold our watches may only know an address that is gone. */
static void
on_other_way (gpointer user_data)
{
  KithNode *node = user_data;

  if (node->inbox != NULL) {
    kith_inbox_renew (node->inbox);
  }
}

static void
on_locator_state (KithLocator *locator, guint state, KithNode *node)
{
  if (state == KITH_LOCATOR_ONLINE && node->was_online) {
    on_other_way (node);
  }
  node->was_online = node->was_online || state == KITH_LOCATOR_ONLINE;
  g_signal_emit (node, signals[SIGNAL_PLUGIN_CHANGED], 0, kith_locator_get_name (locator));
}

/* Nodes that the locators know may tell how we are seen from outside. */
static void
pass_witnesses (KithNode *node)
{
  KithWitness witnesses[KITH_MAX_WITNESSES];
  KithEndpoint outer;
  gboolean is_seen = FALSE;
  GPtrArray *locators
      = node->directory != NULL ? kith_directory_get_locators (node->directory) : NULL;
  guint n = 0;

  for (guint i = 0; locators != NULL && i < locators->len; i++) {
    n += kith_locator_get_peers (locators->pdata[i], witnesses + n, G_N_ELEMENTS (witnesses) - n);
    is_seen = is_seen || kith_locator_get_outer (locators->pdata[i], &outer);
  }
  if (node->nat != NULL) {
    kith_nat_set_witnesses (node->nat, witnesses, n);
    kith_nat_set_outer_hint (node->nat, is_seen ? &outer : NULL);
  }
}

static void
on_locator_peers (KithLocator *locator, KithNode *node)
{
  pass_witnesses (node);
}

static void
on_nat_changed (KithNat *nat, KithNode *node)
{
  KithNatFacts facts;

  kith_nat_get_facts (nat, &facts);
  if (facts.has_reflexive && !kith_endpoint_is_same_host (&facts.reflexive, &node->seen)) {
    if (node->seen.family != 0) {
      on_other_way (node);
    }
    node->seen = facts.reflexive;
  }
  g_signal_emit (node, signals[SIGNAL_NAT_CHANGED], 0);
}

/* Life */

static void
clear_parts (KithNode *node)
{
  kith_node_watch_stop (node);
  g_clear_object (&node->calls);
  g_clear_pointer (&node->tls, kith_tls_keeper_free);
  g_clear_pointer (&node->edge_tie, kith_edge_tie_free);
  g_clear_pointer (&node->house_calls, kith_house_calls_free);
  if (node->edge != NULL) {
    g_signal_handlers_disconnect_by_data (node->edge, node);
  }
  g_clear_object (&node->edge);
  g_clear_pointer (&node->known_hosts, kith_known_hosts_free);
  g_clear_object (&node->account);
  g_clear_object (&node->friends);
  if (node->links != NULL) {
    kith_link_pool_set_inbox (node->links, NULL);
  }
  g_clear_pointer (&node->tunnel, kith_udp_tunnel_free);
  g_clear_object (&node->inbox);
  g_clear_object (&node->links);
  g_clear_object (&node->media);
  if (node->sip != NULL) {
    g_signal_handlers_disconnect_by_data (node->sip, node);
  }
  g_clear_object (&node->sip);
  g_clear_object (&node->maker);
  if (node->nat != NULL) {
    g_signal_handlers_disconnect_by_data (node->nat, node);
  }
  g_clear_object (&node->nat);
  g_clear_object (&node->turn);
  g_clear_object (&node->directory);
  g_clear_object (&node->vault);
  g_clear_pointer (&node->context.sip_identity, g_free);
}

/* What all parts leave behind goes there. */
static void
clear_stores (KithNode *node)
{
  if (node->store != NULL) {
    kith_store_stop (node->store);
  }
  g_clear_object (&node->phone_setup);
  g_clear_object (&node->phones);
  g_clear_object (&node->trunks);
  g_clear_object (&node->contacts);
  g_clear_object (&node->trust);
  g_clear_pointer (&node->met, kith_met_keys_free);
  g_clear_object (&node->store);
}

static void
kith_node_dispose (GObject *object)
{
  KithNode *node = KITH_NODE (object);

  clear_parts (node);
  clear_stores (node);
  for (guint i = 0; node->plugins != NULL && i < node->plugins->len; i++) {
    KithLoadedPlugin *plugin = node->plugins->pdata[i];
    if (plugin->object != NULL) {
      g_signal_handlers_disconnect_by_data (plugin->object, node);
    }
  }
  g_clear_pointer (&node->plugins, g_ptr_array_unref);
  g_clear_error (&node->start_problem);
  for (gsize i = 0; i < G_N_ELEMENTS (node->locks); i++) {
    if (node->locks[i] >= 0) {
      close (node->locks[i]);
      node->locks[i] = -1;
    }
  }
  G_OBJECT_CLASS (kith_node_parent_class)->dispose (object);
}

static guint
add_signal (const char *name, GType argument)
{
  return g_signal_new (name,
                       KITH_TYPE_NODE,
                       G_SIGNAL_RUN_LAST,
                       0,
                       NULL,
                       NULL,
                       NULL,
                       G_TYPE_NONE,
                       argument != G_TYPE_NONE ? 1 : 0,
                       argument);
}

static void
kith_node_class_init (KithNodeClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_node_dispose;
  signals[SIGNAL_CALL_ADDED] = add_signal ("call-added", KITH_TYPE_CALL);
  signals[SIGNAL_CALL_REMOVED] = add_signal ("call-removed", KITH_TYPE_CALL);
  signals[SIGNAL_PLUGIN_CHANGED] = add_signal ("plugin-changed", G_TYPE_STRING);
  signals[SIGNAL_ACCOUNT_CHANGED] = add_signal ("account-changed", G_TYPE_NONE);
  signals[SIGNAL_NAT_CHANGED] = add_signal ("nat-changed", G_TYPE_NONE);
  signals[SIGNAL_RELAY_CHANGED] = add_signal ("relay-changed", G_TYPE_NONE);
}

static void
kith_node_init (KithNode *node)
{
  node->locks[0] = -1;
  node->locks[1] = -1;
  kith_node_count_calls (node);
}

/* What is locked: the file "lock", or where none can be made, and beside it, the directory itself,
   which needs no writing. */
static gboolean
open_locks (KithNode *node, GError **error)
{
  g_autofree gchar *path = g_build_filename (node->config->state_dir, "lock", NULL);

  node->locks[0] = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (node->locks[0] < 0) {
    int why = errno;
    if (why != EROFS && why != EACCES && why != ENOSPC && why != EDQUOT) {
      g_set_error (error,
                   KITH_ERROR,
                   KITH_ERROR_FAILED,
                   "cannot open %s: %s",
                   path,
                   g_strerror (why));
      return FALSE;
    }
    kith_warning ("node",
                  "%s cannot be written (%s): contacts, calls and keys of others that come now are "
                  "forgotten when kithd stops",
                  node->config->state_dir,
                  g_strerror (why));
    node->locks[0] = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  }
  node->locks[1] = open (node->config->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return TRUE;
}

/* Two daemons with one identity would answer for each other and confuse every caller. */
static gboolean
lock_state (KithNode *node, GError **error)
{
  gboolean is_taken = FALSE;

  if (!open_locks (node, error)) {
    return FALSE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (node->locks); i++) {
    is_taken = is_taken
               || (node->locks[i] >= 0 && flock (node->locks[i], LOCK_EX | LOCK_NB) != 0
                   && errno == EWOULDBLOCK);
  }
  if (is_taken) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_EXISTS,
                 "another kithd uses %s: stop it, or give this one a --state-dir of its own",
                 node->config->state_dir);
    return FALSE;
  }
  return TRUE;
}

KithNode *
kith_node_new (KithConfig *config, GError **error)
{
  g_autoptr (KithNode) node = g_object_new (KITH_TYPE_NODE, NULL);

  if (!kith_identity_init ()) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_FAILED,
                         "the system gives no random numbers");
    return NULL;
  }
  node->clock = kith_clock_get_default ();
  node->config = config;
  if (g_mkdir_with_parents (config->state_dir, 0700) != 0) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "cannot make the directory %s: %s",
                 config->state_dir,
                 g_strerror (errno));
    return NULL;
  }
  if (!lock_state (node, error)) {
    return NULL;
  }
  node->plugins = kith_plugin_host_load (config, error);
  return node->plugins != NULL ? g_steal_pointer (&node) : NULL;
}

/* The parts that need no identity: locators run from the first moment. */
static void
start_locators (KithNode *node)
{
  node->directory = kith_directory_new (node->clock, node->trust, node->config->work_bits);
  for (guint i = 0; i < node->plugins->len; i++) {
    KithLoadedPlugin *plugin = node->plugins->pdata[i];
    if (plugin->object == NULL || plugin->kind != KITH_PLUGIN_LOCATOR) {
      continue;
    }
    KithLocator *locator = KITH_LOCATOR (plugin->object);
    g_signal_connect (locator, "state-changed", G_CALLBACK (on_locator_state), node);
    g_signal_connect (locator, "peers-changed", G_CALLBACK (on_locator_peers), node);
    kith_directory_add (node->directory, locator);
    kith_locator_start (locator);
  }
}

static gboolean
start_engines (KithNode *node, GError **error)
{
  if (!kith_engines_make (node, error)) {
    return FALSE;
  }
  g_signal_connect (node->sip, "port-changed", G_CALLBACK (on_port_changed), node);
  if (!kith_sip_start (node->sip, error)) {
    return FALSE;
  }
  g_signal_connect (node->nat, "changed", G_CALLBACK (on_nat_changed), node);
  pass_witnesses (node);
  if (!kith_link_maker_start (node->maker, error)) {
    return FALSE;
  }
  if (node->turn != NULL && node->tunnel == NULL) {
    node->tunnel = kith_udp_tunnel_new (node->clock,
                                        node->turn,
                                        kith_directory_get_locators (node->directory),
                                        node->nat,
                                        node->config->turn_tunnel);
    kith_udp_tunnel_set_changed (node->tunnel, on_other_way, node);
  }
  return TRUE;
}

/* The hosts of contacts who have an ordinary SIP telephone. (transfer full) */
static GStrv
list_sip_hosts (gpointer user_data)
{
  GPtrArray *locators = kith_directory_get_locators (((KithNode *)user_data)->directory);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < locators->len; i++) {
    g_auto (GStrv) names = kith_locator_get_sip_hosts (locators->pdata[i]);
    g_strv_builder_addv (builder, (const char **)names);
  }
  return g_strv_builder_end (builder);
}

static gboolean
knows_host (const char *host, gpointer user_data)
{
  return kith_known_hosts_has (((KithNode *)user_data)->known_hosts, host);
}

static void
fill_context (KithNode *node)
{
  g_autofree gchar *key = kith_peer_key_to_text (kith_vault_get_identity (node->vault));
  g_autofree gchar *user = g_uri_escape_string (kith_vault_get_name (node->vault), NULL, FALSE);

  node->context = (KithCallContext){
    .clock = node->clock,
    .config = node->config,
    .trust = node->trust,
    .contacts = node->contacts,
    .directory = node->directory,
    .links = node->links,
    .sip = node->sip,
    .media = node->media,
    .bridge = KITH_BRIDGE (node->media),
    .phones = node->phones,
    .turn = node->turn,
    .nat = node->nat,
    .store = node->store,
    .met = node->met,
    .knows_host = knows_host,
    .knows_host_data = node,
    .name = kith_vault_get_name (node->vault),
    .sip_identity = g_strdup_printf ("sip:%s@%s.kith.alt", user, key),
    .identity = *kith_vault_get_identity (node->vault),
  };
}

/* The live call with @identity, NULL without one. */
static KithCall *
call_with (KithNode *node, const KithPeerKey *identity)
{
  g_autofree gchar *key = kith_peer_key_to_text (identity);
  g_autoptr (GList) calls = node->calls != NULL ? kith_call_list_get (node->calls) : NULL;

  for (GList *l = calls; l != NULL; l = l->next) {
    g_autofree gchar *peer = NULL;
    g_object_get (l->data, "peer-key", &peer, NULL);
    if (g_strcmp0 (peer, key) == 0 && kith_call_get_state (l->data) != KITH_CALL_ENDED) {
      return l->data;
    }
  }
  return NULL;
}

static KithTrace *
trace_with (const KithPeerKey *identity, gpointer user_data)
{
  KithCall *call = call_with (user_data, identity);

  return call != NULL ? kith_call_get_trace (call) : NULL;
}

static gboolean
has_call_with (const KithPeerKey *identity, gpointer user_data)
{
  return call_with (user_data, identity) != NULL;
}

static void
on_obstacle (KithRelayClient *client,
             const KithPeerKey *identity,
             guint obstacle,
             const char *friend_name,
             KithNode *node)
{
  KithCall *call = call_with (node, identity);

  if (call != NULL) {
    kith_call_note_obstacle (call, (KithRelayObstacle)obstacle, friend_name);
  }
}

static void
start_friends (KithNode *node)
{
  const KithFriendsParts parts = {
    .clock = node->clock,
    .contacts = node->contacts,
    .links = node->links,
    .maker = node->maker,
    .inbox = node->inbox,
    .locators = kith_directory_get_locators (node->directory),
  };
  const KithRelayLimits limits = {
    .enabled = node->config->relay_enabled,
    .max_calls = node->config->relay_max_calls,
    .max_kbit = node->config->relay_max_kbit,
    .max_megabytes = node->config->relay_max_megabytes,
  };
  const KithRelayClientCalls calls = { .trace = trace_with, .has_call = has_call_with };

  node->friends = kith_friends_new (&parts, &limits);
  KithRelayClient *client = kith_friends_get_relay_client (node->friends);
  kith_relay_client_set_calls (client, &calls, node);
  g_signal_connect (client, "obstacle", G_CALLBACK (on_obstacle), node);
  g_signal_connect (kith_friends_get_relay_server (node->friends),
                    "changed",
                    G_CALLBACK (on_relay_changed),
                    node);
}

/* Why a phone may not be called so. */
static gchar *
find_name_fault (const char *name, gpointer user_data)
{
  KithNode *node = user_data;
  g_autoptr (GPtrArray) people = kith_contacts_list (node->contacts);

  if (strcmp (name, kith_vault_get_name (node->vault)) == 0) {
    return g_strdup_printf ("%s is your own name", name);
  }
  for (guint i = 0; i < people->len; i++) {
    if (strcmp (((const KithContact *)people->pdata[i])->name, name) == 0) {
      return g_strdup_printf ("%s is a contact", name);
    }
  }
  return NULL;
}

static gchar *
find_contact_of_number (const char *number, gpointer user_data)
{
  KithNode *node = user_data;
  const KithContact *person
      = node->contacts != NULL ? kith_contacts_find_number (node->contacts, number) : NULL;

  return person != NULL ? g_strdup_printf ("Number %s is %s's", number, person->name) : NULL;
}

static gchar *
find_contact_fault (const char *text, gpointer user_data)
{
  KithNode *node = user_data;
  const KithPhoneEntry *entry
      = node->phones != NULL ? kith_phones_get_by_number (node->phones, text) : NULL;

  if (entry != NULL) {
    return g_strdup_printf ("Number %s is %s's", text, entry->phone.name);
  }
  return node->phones != NULL && kith_phones_get (node->phones, text) != NULL
             ? g_strdup_printf ("%s is a phone of this house", text)
             : NULL;
}

/* For the set-up of phones. */
static guint16
find_sip_port (gpointer user_data)
{
  return kith_node_get_sip_port (user_data);
}

static gchar *
find_server (gpointer user_data)
{
  g_auto (GStrv) servers = kith_node_get_servers (user_data);

  return g_strdup (servers[0] != NULL ? servers[0] : "127.0.0.1");
}

static void
start_phone_setup (KithNode *node)
{
  const KithPhoneSetupParts parts = {
    .clock = node->clock,
    .phones = node->phones,
    .template_dir = node->config->phones_dir,
    .port = (guint16)node->config->phones_setup_port,
    .sip_port = find_sip_port,
    .server = find_server,
    .user_data = node,
  };

  node->phone_setup = kith_phone_setup_new (&parts);
}

static gboolean
start_phones (KithNode *node, GError **error)
{
  const KithPhonesParts parts = {
    .clock = node->clock,
    .store = node->store,
    .lines = node->config->phones,
    .max = node->config->phones_max,
    .rules = node->config->phones_rules,
    .digest = node->config->phones_digest,
    .name_fault = find_name_fault,
    .number_fault = find_contact_of_number,
    .user_data = node,
  };

  node->phones = kith_node_has_phones (node) ? kith_phones_new (&parts, error) : NULL;
  if (node->phones != NULL) {
    start_phone_setup (node);
  }
  return node->phones != NULL || !kith_node_has_phones (node);
}

static gboolean
start_trunks (KithNode *node, GError **error)
{
  const KithTrunksParts parts
      = { .clock = node->clock, .store = node->store, .lines = node->config->trunks };

  node->trunks = kith_trunks_new (&parts, error);
  return node->trunks != NULL;
}

static void
on_fresh_tls (const char *chain, const char *key, gpointer user_data)
{
  KithNode *node = user_data;

  kith_edge_set_tls (node->edge, kith_config_get_tls_port (node->config), chain, key);
  g_signal_emit (node, signals[SIGNAL_ACCOUNT_CHANGED], 0);
}

static void
start_edge (KithNode *node)
{
  if (node->edge == NULL) {
    return;
  }
  g_signal_connect (node->edge, "changed", G_CALLBACK (on_edge_changed), node);
  if (node->phones != NULL) {
    kith_phones_attach (node->phones, KITH_REGISTRAR (node->edge));
    kith_phone_setup_attach (node->phone_setup, KITH_SETUP_DESK (node->edge));
  }
  node->house_calls = kith_house_calls_new (node->clock, node->edge);
  kith_trunks_attach (node->trunks, KITH_TRUNK_LINES (node->edge));
  node->edge_tie = kith_edge_tie_new (node->edge, node->sip, node->known_hosts);
  if (kith_config_get_tls_port (node->config) != 0) {
    node->tls = kith_tls_keeper_new (node->clock, node->config->state_dir, on_fresh_tls, node);
  }
}

/* Everything that needs the vault. */
static gboolean
start_identity (KithNode *node, GError **error)
{
  GPtrArray *locators = kith_directory_get_locators (node->directory);

  node->contacts = kith_contacts_new (node->clock,
                                      node->trust,
                                      node->store,
                                      kith_vault_get_identity (node->vault),
                                      error);
  if (node->contacts == NULL || !start_phones (node, error) || !start_trunks (node, error)
      || !start_engines (node, error)) {
    return FALSE;
  }
  kith_contacts_set_fault (node->contacts, find_contact_fault, node);
  node->links = kith_link_pool_new (node->directory, node->maker, node->sip, judge_peer, node);
  node->inbox = kith_inbox_new (node->clock, node->vault, locators);
  kith_inbox_set_known_func (node->inbox, is_known_to, node);
  kith_link_pool_set_inbox (node->links, node->inbox);
  start_friends (node);
  node->known_hosts = kith_known_hosts_new (node->clock, list_sip_hosts, node);
  start_edge (node);
  fill_context (node);
  node->calls = kith_call_list_new (&node->context);
  g_signal_connect (node->calls, "added", G_CALLBACK (on_call_added), node);
  g_signal_connect (node->calls, "removed", G_CALLBACK (on_call_removed), node);
  kith_node_watch_start (node);
  node->account = kith_account_new (node->clock,
                                    node->vault,
                                    node->maker,
                                    node->nat,
                                    locators,
                                    node->config->work_bits);
  kith_account_set_hidden (node->account, !node->config->strangers_ring);
  g_signal_connect (node->account, "changed", G_CALLBACK (on_account_changed), node);
  kith_account_start (node->account, node->context.sip_identity);
  g_signal_emit (node, signals[SIGNAL_ACCOUNT_CHANGED], 0);
  kith_store_start (node->store);
  return TRUE;
}

gboolean
kith_node_start (KithNode *node, GError **error)
{
  g_autoptr (GError) problem = NULL;

  node->started_us = kith_clock_wall (node->clock);
  node->store = kith_store_open (node->config->state_dir, node->config->history_keep, error);
  node->met = node->store != NULL ? kith_met_keys_new (node->store, error) : NULL;
  if (node->met == NULL) {
    return FALSE;
  }
  node->trust = kith_trust_open (node->config->state_dir, error);
  if (node->trust == NULL) {
    return FALSE;
  }
  node->vault = kith_vault_open (node->config->state_dir, &problem);
  if (node->vault == NULL && !g_error_matches (problem, KITH_ERROR, KITH_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  start_locators (node);
  if (node->vault == NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  return start_identity (node, error);
}

gboolean
kith_node_create_identity (KithNode *node,
                           const char *name,
                           const char *words,
                           gchar **shown,
                           GError **error)
{
  g_autofree gchar *normal = kith_name_normalize (name, error);
  guint8 entropy[16];

  g_autofree gchar *why = NULL;
  if (normal == NULL) {
    return FALSE;
  }
  if (kith_address_is_no_name (normal, &why)) { /* nobody could call it */
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_INVALID_ADDRESS, why);
    return FALSE;
  }
  if (node->vault != NULL) {
    g_set_error (
        error,
        KITH_ERROR,
        KITH_ERROR_EXISTS,
        "there is an identity already: %s; to begin anew, stop kithd and move %s/identity.key "
        "away (its 12 words bring it back)",
        kith_vault_get_name (node->vault),
        node->config->state_dir);
    return FALSE;
  }
  if (words != NULL && !kith_vault_words_to_entropy (words, entropy, error)) {
    return FALSE;
  }
  node->vault = kith_vault_create (node->config->state_dir,
                                   normal,
                                   words != NULL ? entropy : NULL,
                                   shown,
                                   error);
  explicit_bzero (entropy, sizeof entropy);
  if (node->vault == NULL) {
    return FALSE;
  }
  if (node->directory != NULL && !start_identity (node, &node->start_problem)) {
    kith_warning ("node",
                  "the identity is made, but the node cannot start: %s",
                  node->start_problem->message);
  }
  return TRUE; /* the key is there: whoever asked for it must get the words */
}

const char *
kith_node_get_start_problem (KithNode *node)
{
  return node->start_problem != NULL ? node->start_problem->message : NULL;
}

/* Stopping */

static void
finish_stop (KithNode *node)
{
  g_autoptr (GTask) task = g_steal_pointer (&node->stop_task);

  clear_stores (node);
  g_task_return_boolean (task, TRUE);
}

static void
on_all_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithNode) node = user_data;

  (void)kith_contacts_change_finish (KITH_CONTACTS (source), result, NULL);
  finish_stop (node);
}

static void
part_stopped (KithNode *node)
{
  if (--node->stopping > 0) {
    return;
  }
  clear_parts (node);
  if (node->phones != NULL) {
    kith_phones_flush_async (node->phones, NULL, NULL);
  }
  if (node->contacts != NULL) { /* their last change is the last job of all */
    kith_contacts_flush_async (node->contacts, on_all_kept, g_object_ref (node));
  } else {
    finish_stop (node);
  }
}

static void
on_locator_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithNode) node = user_data;

  (void)kith_locator_stop_finish (KITH_LOCATOR (source), result, NULL);
  part_stopped (node);
}

static void
on_edge_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithNode) node = user_data;

  (void)kith_edge_stop_finish (KITH_EDGE (source), result, NULL);
  part_stopped (node);
}

/* All but what says goodbye over them. */
static void
stop_workers (KithNode *node)
{
  GPtrArray *locators
      = node->directory != NULL ? kith_directory_get_locators (node->directory) : NULL;

  if (node->edge != NULL) {
    node->stopping++;
    kith_edge_stop_async (node->edge, NULL, on_edge_stopped, g_object_ref (node));
  }
  for (guint i = 0; locators != NULL && i < locators->len; i++) {
    node->stopping++;
    kith_locator_stop_async (locators->pdata[i], NULL, on_locator_stopped, g_object_ref (node));
  }
  part_stopped (node);
}

static void
on_sip_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithNode) node = user_data;

  (void)kith_sip_stop_finish (node->sip, result, NULL);
  if (node->maker != NULL) {
    kith_link_maker_stop (node->maker);
  }
  stop_workers (node);
}

void
kith_node_stop_async (KithNode *node,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  node->stop_task = g_task_new (node, cancellable, callback, user_data);
  node->stopping = 1;
  if (node->calls != NULL) {
    kith_call_list_end_all (node->calls);
  }
  if (node->account != NULL) {
    kith_account_withdraw (node->account);
  }
  if (node->edge != NULL) {
    kith_edge_let_end (node->edge);
  }
  if (node->sip != NULL) {
    kith_sip_stop_async (node->sip, NULL, on_sip_stopped, g_object_ref (node));
  } else {
    stop_workers (node);
  }
}

gboolean
kith_node_stop_finish (KithNode *node, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
