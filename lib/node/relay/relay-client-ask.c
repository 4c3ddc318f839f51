/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which friends were asked to carry what, and who is asked next. */
#include <string.h>

#include "node/relay/relay-client-private.h"

#define MAX_ASKS 32
#define MAX_REQUESTS 128
#define ASK_LIFE_US (60 * G_USEC_PER_SEC) /* as long as a knock lives */
#define REQUEST_LIFE_US (10 * G_USEC_PER_SEC)
#define TRIED_US (10 * G_USEC_PER_SEC) /* until a friend that refused may be asked again */
#define SWEEP_MS 5000

static gboolean
on_sweep (gpointer user_data)
{
  KithRelayClient *client = user_data;
  gint64 now = kith_clock_now (client->clock);

  for (guint i = client->asks->len; i > 0; i--) {
    const KithRelayClientAsk *ask = client->asks->pdata[i - 1];
    if (now - ask->at_us >= ASK_LIFE_US) {
      g_ptr_array_remove_index (client->asks, i - 1);
    }
  }
  for (guint i = client->requests->len; i > 0; i--) {
    const KithRelayClientRequest *request = client->requests->pdata[i - 1];
    if (now - request->at_us >= REQUEST_LIFE_US) {
      g_ptr_array_remove_index (client->requests, i - 1);
    }
  }
  if (client->asks->len == 0 && client->requests->len == 0) {
    client->timer = 0;
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_CONTINUE;
}

void
kith_relay_client_free_ask (gpointer data)
{
  KithRelayClientAsk *ask = data;

  g_clear_pointer (&ask->sealed, g_bytes_unref);
  g_hash_table_unref (ask->carriers);
  g_hash_table_unref (ask->tried);
  g_free (ask);
}

KithRelayClientAsk *
kith_relay_client_find_ask (KithRelayClient *client, const guint8 link_id[KITH_SEED_LEN])
{
  for (guint i = 0; i < client->asks->len; i++) {
    KithRelayClientAsk *ask = client->asks->pdata[i];
    if (memcmp (ask->link_id, link_id, sizeof ask->link_id) == 0) {
      return ask;
    }
  }
  return NULL;
}

KithRelayClientAsk *
kith_relay_client_get_ask (KithRelayClient *client,
                           const KithPeerKey *identity,
                           const guint8 link_id[KITH_SEED_LEN])
{
  KithRelayClientAsk *ask = kith_relay_client_find_ask (client, link_id);

  if (ask == NULL) {
    if (client->asks->len >= MAX_ASKS) {
      g_ptr_array_remove_index (client->asks, 0);
    }
    ask = g_new0 (KithRelayClientAsk, 1);
    ask->carriers = g_hash_table_new_full (kith_peer_key_hash, kith_peer_key_equal, g_free, NULL);
    ask->tried = g_hash_table_new_full (kith_peer_key_hash, kith_peer_key_equal, g_free, NULL);
    ask->identity = *identity;
    memcpy (ask->link_id, link_id, sizeof ask->link_id);
    g_ptr_array_add (client->asks, ask);
  }
  ask->at_us = kith_clock_now (client->clock);
  if (client->timer == 0) {
    client->timer = kith_clock_add (client->clock, SWEEP_MS, on_sweep, client);
  }
  if (ask->at_us - ask->tried_us >= TRIED_US) {
    /* Who said no may think otherwise by now. */
    g_hash_table_remove_all (ask->tried);
    ask->tried_us = ask->at_us;
  }
  return ask;
}

/* How many channels were given, or may still be, for this link. */
static guint
count_channels (KithRelayClient *client, const guint8 link_id[KITH_SEED_LEN])
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  for (guint i = 0; i < client->requests->len; i++) {
    const KithRelayClientRequest *request = client->requests->pdata[i];
    n += request->wants_channel && memcmp (request->link_id, link_id, KITH_SEED_LEN) == 0;
  }
  g_hash_table_iter_init (&iter, client->channels);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithRelayClientChannel *channel = value;
    n += memcmp (channel->link_id, link_id, KITH_SEED_LEN) == 0;
  }
  return n;
}

/* Sends CARRY to one friend: the knock of @ask (unless there is none), and the wish for a
   channel. */
static gboolean
send_carry (KithRelayClient *client,
            KithFriendLink *entry,
            KithRelayClientAsk *ask,
            gboolean wants_channel)
{
  KithRelayNote note = { .kind = KITH_NOTE_CARRY,
                         .peer = ask->identity,
                         .has_channel = wants_channel,
                         .request = ++client->last_request };
  gsize len = 0;
  const guint8 *sealed = ask->sealed != NULL ? g_bytes_get_data (ask->sealed, &len) : NULL;

  memcpy (note.link_id, ask->link_id, sizeof note.link_id);
  if (len > sizeof note.knock) {
    return FALSE;
  }
  note.knock_len = len;
  if (len > 0) {
    memcpy (note.knock, sealed, len);
  }
  if (!kith_friend_links_send (entry, &note)) {
    return FALSE;
  }
  if (client->requests->len >= MAX_REQUESTS) {
    g_ptr_array_remove_index (client->requests, 0);
  }
  KithRelayClientRequest *request = g_new0 (KithRelayClientRequest, 1);
  request->number = note.request;
  request->link = entry->link;
  memcpy (request->link_id, ask->link_id, sizeof request->link_id);
  request->identity = ask->identity;
  request->at_us = kith_clock_now (client->clock);
  request->wants_channel = wants_channel;
  g_ptr_array_add (client->requests, request);
  if (wants_channel) {
    (void)g_hash_table_add (ask->tried, g_memdup2 (&entry->identity, sizeof entry->identity));
  }
  return TRUE;
}

static gboolean
may_ask (KithRelayClientAsk *ask, const KithFriendLink *entry)
{
  return (entry->flags & KITH_RELAY_GIVES) != 0
         && !g_hash_table_contains (ask->tried, &entry->identity);
}

/* A knock of ours is on its way: through friends, too. */
void
kith_relay_client_on_sealed (KithInbox *inbox,
                             const KithPeerKey *identity,
                             const KithKnock *knock,
                             GBytes *sealed,
                             KithRelayClient *client)
{
  g_autoptr (GPtrArray) friends = kith_friend_links_friends (client->linked, KITH_RELAY_CARRIES);
  /* Who answers was given a channel if there is one, and a check alone makes no link at the other
     end that could have one. */
  gboolean asks = knock->kind == KITH_KNOCK_OFFER || knock->kind == KITH_KNOCK_MOVE;
  guint n_sent = 0;

  if (!kith_friend_links_has_contact (client->linked)) {
    return;
  }
  KithRelayClientAsk *ask = kith_relay_client_get_ask (client, identity, knock->link_id);
  if (!ask->told_willing && kith_relay_client_has_call (client, identity)) {
    ask->told_willing = TRUE;
    kith_relay_client_tell_willing (client, identity);
  }
  if (friends->len == 0) {
    return;
  }
  asks = asks
         && (client->rules.is_worth == NULL
             || client->rules.is_worth (identity, client->rules_data));
  g_clear_pointer (&ask->sealed, g_bytes_unref);
  ask->sealed = g_bytes_ref (sealed);
  for (guint i = 0; i < friends->len && n_sent < KITH_RELAY_CLIENT_KNOCKS; i++) {
    KithFriendLink *entry = friends->pdata[i];
    if (kith_peer_key_equal (&entry->identity, identity)) {
      continue;
    }
    gboolean wants = asks && may_ask (ask, entry)
                     && count_channels (client, ask->link_id) < KITH_RELAY_CLIENT_ASKED;
    n_sent += send_carry (client, entry, ask, wants);
  }
}

/* TRUE when @friend_key carries to @identity already: a second channel of the same friend is of no
   use. */
static gboolean
carries (KithRelayClient *client, const KithPeerKey *identity, const KithPeerKey *friend_key)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, client->channels);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithRelayClientChannel *channel = value;
    if (kith_peer_key_equal (&channel->identity, identity)
        && kith_peer_key_equal (&channel->friend_key, friend_key)) {
      return TRUE;
    }
  }
  return FALSE;
}

/* Asks the quickest friend who was not asked yet, if one is missing. */
void
kith_relay_client_ask_next (KithRelayClient *client, KithRelayClientAsk *ask)
{
  g_autoptr (GPtrArray) friends
      = kith_friend_links_friends (client->linked, KITH_RELAY_CARRIES | KITH_RELAY_GIVES);

  for (guint i = 0; i < friends->len; i++) {
    KithFriendLink *entry = friends->pdata[i];
    if (count_channels (client, ask->link_id) >= KITH_RELAY_CLIENT_ASKED) {
      return;
    }
    if (!kith_peer_key_equal (&entry->identity, &ask->identity) && may_ask (ask, entry)
        && !carries (client, &ask->identity, &entry->identity)) {
      (void)send_carry (client, entry, ask, TRUE);
    }
  }
}

KithRelayClientRequest *
kith_relay_client_find_request (KithRelayClient *client, KithLink *link, guint32 number)
{
  for (guint i = 0; i < client->requests->len; i++) {
    KithRelayClientRequest *request = client->requests->pdata[i];
    if (request->number == number && request->link == link) {
      return request;
    }
  }
  return NULL;
}

/* What was asked over @link is not waited for; what comes of it all the same is closed. */
void
kith_relay_client_forget_requests (KithRelayClient *client, KithLink *link)
{
  for (guint i = client->requests->len; i > 0; i--) {
    const KithRelayClientRequest *request = client->requests->pdata[i - 1];
    if (request->link == link) {
      g_ptr_array_remove_index (client->requests, i - 1);
    }
  }
}
