/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All calls are looked at anew whenever one of them changes: there are few. */
#include "node/node-watch.h"

#include <string.h>

#include "node/node-private.h"

#define PROXIED_MAX 1024 /* calls of phones that are told of */

/* A call, as far as it concerns who watches. */
typedef struct {
  KithCall *call;
  guint id;
  gboolean outgoing;
  KithCallState state;
  gchar *uri, *name, *key; /* of the peer */
} Facts;

/* A URI that a phone can dial. (transfer full) */
static gchar *
uri_of (const char *address)
{
  if (address == NULL || *address == '\0') {
    return NULL;
  }
  if (g_ascii_strncasecmp (address, "sip:", 4) == 0
      || g_ascii_strncasecmp (address, "tel:", 4) == 0) {
    return g_strdup (address);
  }
  g_autofree gchar *user = g_uri_escape_string (address, NULL, FALSE);
  return g_strdup_printf ("sip:%s@kith.alt", user);
}

static void
read_facts (KithCall *call, Facts *facts)
{
  g_autofree gchar *address = NULL;

  memset (facts, 0, sizeof *facts);
  facts->call = call;
  facts->state = kith_call_get_state (call);
  g_object_get (call,
                "id",
                &facts->id,
                "outgoing",
                &facts->outgoing,
                "peer-address",
                &address,
                "peer-name",
                &facts->name,
                "peer-key",
                &facts->key,
                NULL);
  facts->uri = uri_of (address);
}

static void
clear_facts (Facts *facts)
{
  g_free (facts->uri);
  g_free (facts->name);
  g_free (facts->key);
}

static void
add (GPtrArray *entries,
     const Facts *facts,
     const char *key,
     KithWatchedState state,
     gboolean outgoing)
{
  KithWatchedEntry *entry = g_new0 (KithWatchedEntry, 1);

  entry->key = g_strdup (key);
  entry->id = g_strdup_printf ("call-%u", facts->id);
  entry->state = state;
  entry->outgoing = outgoing;
  entry->remote_uri = g_strdup (facts->uri);
  entry->remote_name = g_strdup (facts->name);
  g_ptr_array_add (entries, entry);
}

/* TRUE once both sides are there. */
static gboolean
is_answered (KithCallState state)
{
  return state == KITH_CALL_CONNECTING || state == KITH_CALL_ACTIVE || state == KITH_CALL_HELD;
}

static gboolean
rings_there (KithCallState state)
{
  return state == KITH_CALL_RINGING || state == KITH_CALL_EARLY;
}

/* The owner is alerted by what comes in, and only by that. */
static void
add_me (GPtrArray *entries, const Facts *facts)
{
  add (entries,
       facts,
       "me",
       is_answered (facts->state) ? KITH_WATCHED_CONFIRMED
       : facts->outgoing          ? KITH_WATCHED_TRYING
                                  : KITH_WATCHED_EARLY,
       facts->outgoing);
}

/* The same from the contact's side, when the peer is one. */
static void
add_contact (KithNode *node, GPtrArray *entries, const Facts *facts)
{
  KithPeerKey key;
  const KithContact *contact
      = facts->key != NULL && *facts->key != '\0' && kith_peer_key_parse (facts->key, &key, NULL)
            ? kith_contacts_find (node->contacts, &key)
            : NULL;
  const gboolean answered = is_answered (facts->state);

  if (contact == NULL || (facts->outgoing && !answered && !rings_there (facts->state))) {
    return; /* they know nothing of it yet */
  }
  g_autofree gchar *name = g_strdup_printf ("contact/%u", contact->id);
  Facts theirs = *facts;
  theirs.uri = node->context.sip_identity;
  theirs.name = (gchar *)node->context.name;
  add (entries,
       &theirs,
       name,
       answered          ? KITH_WATCHED_CONFIRMED
       : facts->outgoing ? KITH_WATCHED_EARLY
                         : KITH_WATCHED_TRYING,
       !facts->outgoing);
}

/* One of its legs, if it is a phone's. */
static void
add_leg (GPtrArray *entries, const Facts *facts, GVariant *leg)
{
  const char *kind = "", *side = "", *label = "", *state = "";

  (void)g_variant_lookup (leg, "kind", "&s", &kind);
  (void)g_variant_lookup (leg, "side", "&s", &side);
  (void)g_variant_lookup (leg, "label", "&s", &label);
  (void)g_variant_lookup (leg, "state", "&s", &state);
  const gboolean calls = strcmp (side, "caller") == 0;
  const gboolean rings = strcmp (state, kith_leg_state_word (KITH_LEG_RINGING)) == 0
                         || strcmp (state, kith_leg_state_word (KITH_LEG_EARLY)) == 0;
  const gboolean is_new = strcmp (state, kith_leg_state_word (KITH_LEG_NEW)) == 0
                          || strcmp (state, kith_leg_state_word (KITH_LEG_DIALING)) == 0;
  if (strcmp (kind, "phone") != 0 || strcmp (state, kith_leg_state_word (KITH_LEG_ENDED)) == 0
      || (!calls && is_new)) {
    return;
  }
  g_autofree gchar *key = g_strconcat ("phone/", label, NULL);
  add (entries,
       facts,
       key,
       !rings && !is_new ? KITH_WATCHED_CONFIRMED
       : calls           ? KITH_WATCHED_TRYING
                         : KITH_WATCHED_EARLY,
       calls);
}

static void
add_legs (GPtrArray *entries, const Facts *facts)
{
  g_autoptr (GVariant) legs = g_variant_ref_sink (kith_call_pack_legs (facts->call));

  for (gsize i = 0; i < g_variant_n_children (legs); i++) {
    g_autoptr (GVariant) leg = g_variant_get_child_value (legs, i);
    add_leg (entries, facts, leg);
  }
}

static void
look (KithNode *node)
{
  g_autoptr (GList) calls = kith_call_list_get (node->calls);
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_watched_entry_free);

  for (GList *l = calls; l != NULL; l = l->next) {
    if (kith_call_get_state (l->data) != KITH_CALL_ENDED) {
      Facts facts;
      read_facts (l->data, &facts);
      add_me (entries, &facts);
      add_contact (node, entries, &facts);
      add_legs (entries, &facts);
      clear_facts (&facts);
    }
  }
  kith_watchers_set_calls (node->watchers, "calls", entries);
}

static void
on_state (KithCall *call, guint before, guint after, guint reason, KithNode *node)
{
  look (node);
}

static void
on_changed (KithCall *call, KithNode *node)
{
  look (node);
}

static void
on_added (KithCallList *list, KithCall *call, KithNode *node)
{
  g_signal_connect (call, "state-changed", G_CALLBACK (on_state), node);
  g_signal_connect (call, "changed", G_CALLBACK (on_changed), node);
  look (node);
}

static void
on_removed (KithCallList *list, KithCall *call, KithNode *node)
{
  g_signal_handlers_disconnect_by_func (call, on_state, node);
  g_signal_handlers_disconnect_by_func (call, on_changed, node);
}

/* Calls of two phones, which the edge has alone */

static void
add_proxied (GPtrArray *entries, const KithProxiedCall *call, gboolean outgoing)
{
  const char *other = outgoing ? call->callee : call->caller;
  KithWatchedEntry *entry = g_new0 (KithWatchedEntry, 1);

  entry->key = g_strconcat ("phone/", outgoing ? call->caller : call->callee, NULL);
  entry->id = g_strdup_printf ("proxied-%" G_GINT64_MODIFIER "x", call->id);
  entry->outgoing = outgoing;
  entry->state = call->phase == KITH_PROXIED_CONFIRMED ? KITH_WATCHED_CONFIRMED
                 : outgoing                            ? KITH_WATCHED_TRYING
                                                       : KITH_WATCHED_EARLY;
  entry->remote_uri = g_strdup_printf ("sip:%s@kith.alt", other);
  entry->remote_name = g_strdup (other);
  g_ptr_array_add (entries, entry);
}

static void
tell_proxied (KithNode *node)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_watched_entry_free);
  GHashTableIter iter;
  gpointer value = NULL;

  g_hash_table_iter_init (&iter, node->proxied);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    add_proxied (entries, value, TRUE);
    add_proxied (entries, value, FALSE);
  }
  kith_watchers_set_calls (node->watchers, "proxy", entries);
}

static void
on_proxied (KithEdge *edge, const KithProxiedCall *call, KithNode *node)
{
  if (call->phase == KITH_PROXIED_TERMINATED) {
    (void)g_hash_table_remove (node->proxied, &call->id);
  } else if (g_hash_table_size (node->proxied) < PROXIED_MAX
             || g_hash_table_contains (node->proxied, &call->id)) {
    KithProxiedCall *copy = g_memdup2 (call, sizeof *call);
    g_hash_table_replace (node->proxied, &copy->id, copy);
  }
  tell_proxied (node);
}

/* One that ended has told of its last call. */
static void
on_edge (KithEdge *edge, KithNode *node)
{
  KithEdgeFacts facts;

  kith_edge_get_facts (edge, &facts);
  if (facts.state != KITH_EDGE_SERVING && g_hash_table_size (node->proxied) > 0) {
    g_hash_table_remove_all (node->proxied);
    tell_proxied (node);
  }
}

/* The owner, or a contact. */
static gchar *
find (const char *user, gpointer user_data)
{
  KithNode *node = user_data;
  g_autoptr (GPtrArray) people = kith_contacts_list (node->contacts);

  if (g_ascii_strcasecmp (user, "me") == 0 || strcmp (user, node->context.name) == 0) {
    return g_strdup ("me");
  }
  for (guint i = 0; i < people->len; i++) {
    const KithContact *contact = people->pdata[i];
    if (strcmp (contact->name, user) == 0) {
      return g_strdup_printf ("contact/%u", contact->id);
    }
  }
  return NULL;
}

void
kith_node_watch_start (KithNode *node)
{
  if (node->phones == NULL || !KITH_IS_NOTIFIER (node->sip)) {
    return;
  }
  const KithWatchersParts parts = { .clock = node->clock,
                                    .phones = node->phones,
                                    .notifier = KITH_NOTIFIER (node->sip),
                                    .find = find,
                                    .user_data = node };
  node->watchers = kith_watchers_new (&parts);
  node->proxied = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  if (node->edge != NULL) {
    g_signal_connect (node->edge, "proxied-call", G_CALLBACK (on_proxied), node);
    g_signal_connect (node->edge, "changed", G_CALLBACK (on_edge), node);
  }
  g_signal_connect (node->calls, "added", G_CALLBACK (on_added), node);
  g_signal_connect (node->calls, "removed", G_CALLBACK (on_removed), node);
}

void
kith_node_watch_stop (KithNode *node)
{
  if (node->watchers == NULL) {
    return;
  }
  g_autoptr (GList) calls = kith_call_list_get (node->calls);
  for (GList *l = calls; l != NULL; l = l->next) {
    on_removed (node->calls, l->data, node);
  }
  g_signal_handlers_disconnect_by_func (node->calls, on_added, node);
  g_signal_handlers_disconnect_by_func (node->calls, on_removed, node);
  if (node->edge != NULL) {
    g_signal_handlers_disconnect_by_func (node->edge, on_proxied, node);
    g_signal_handlers_disconnect_by_func (node->edge, on_edge, node);
  }
  g_clear_pointer (&node->proxied, g_hash_table_unref);
  g_clear_object (&node->watchers);
}
