/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which friends were asked to carry what, and who is asked next. */
#include <string.h>

#include "node/relay/detours-private.h"

#define MAX_ASKS 32
#define MAX_REQUESTS 128
#define ASK_LIFE_US (60 * G_USEC_PER_SEC) /* as long as a knock lives */
#define REQUEST_LIFE_US (10 * G_USEC_PER_SEC)
#define TRIED_US (10 * G_USEC_PER_SEC) /* until a friend that refused may be asked again */
#define SWEEP_MS 5000

static gboolean
on_sweep (gpointer user_data)
{
  KithDetours *detours = user_data;
  gint64 now = kith_clock_now (detours->clock);

  for (guint i = detours->asks->len; i > 0; i--) {
    const KithDetourAsk *ask = detours->asks->pdata[i - 1];
    if (now - ask->at_us >= ASK_LIFE_US) {
      g_ptr_array_remove_index (detours->asks, i - 1);
    }
  }
  for (guint i = detours->requests->len; i > 0; i--) {
    const KithDetourRequest *request = detours->requests->pdata[i - 1];
    if (now - request->at_us >= REQUEST_LIFE_US) {
      g_ptr_array_remove_index (detours->requests, i - 1);
    }
  }
  if (detours->asks->len == 0 && detours->requests->len == 0) {
    detours->timer = 0;
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_CONTINUE;
}

void
kith_detours_free_ask (gpointer data)
{
  KithDetourAsk *ask = data;

  g_clear_pointer (&ask->sealed, g_bytes_unref);
  g_hash_table_unref (ask->carriers);
  g_hash_table_unref (ask->tried);
  g_free (ask);
}

KithDetourAsk *
kith_detours_find_ask (KithDetours *detours, const guint8 link_id[KITH_SEED_LEN])
{
  for (guint i = 0; i < detours->asks->len; i++) {
    KithDetourAsk *ask = detours->asks->pdata[i];
    if (memcmp (ask->link_id, link_id, sizeof ask->link_id) == 0) {
      return ask;
    }
  }
  return NULL;
}

KithDetourAsk *
kith_detours_get_ask (KithDetours *detours,
                      const KithPeerKey *identity,
                      const guint8 link_id[KITH_SEED_LEN])
{
  KithDetourAsk *ask = kith_detours_find_ask (detours, link_id);

  if (ask == NULL) {
    if (detours->asks->len >= MAX_ASKS) {
      g_ptr_array_remove_index (detours->asks, 0);
    }
    ask = g_new0 (KithDetourAsk, 1);
    ask->carriers = g_hash_table_new_full (kith_peer_key_hash, kith_peer_key_equal, g_free, NULL);
    ask->tried = g_hash_table_new_full (kith_peer_key_hash, kith_peer_key_equal, g_free, NULL);
    ask->identity = *identity;
    memcpy (ask->link_id, link_id, sizeof ask->link_id);
    g_ptr_array_add (detours->asks, ask);
  }
  ask->at_us = kith_clock_now (detours->clock);
  if (detours->timer == 0) {
    detours->timer = kith_clock_add (detours->clock, SWEEP_MS, on_sweep, detours);
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
count_channels (KithDetours *detours, const guint8 link_id[KITH_SEED_LEN])
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  for (guint i = 0; i < detours->requests->len; i++) {
    const KithDetourRequest *request = detours->requests->pdata[i];
    n += request->wants_channel && memcmp (request->link_id, link_id, KITH_SEED_LEN) == 0;
  }
  g_hash_table_iter_init (&iter, detours->detours);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithDetourChannel *detour = value;
    n += memcmp (detour->link_id, link_id, KITH_SEED_LEN) == 0;
  }
  return n;
}

/* Sends CARRY to one friend: the knock of @ask (unless there is none), and the wish for a channel. */
static gboolean
send_carry (KithDetours *detours, KithFriendLink *entry, KithDetourAsk *ask, gboolean wants_channel)
{
  KithRelayNote note = { .kind = KITH_NOTE_CARRY,
                         .peer = ask->identity,
                         .has_channel = wants_channel,
                         .request = ++detours->last_request };
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
  if (detours->requests->len >= MAX_REQUESTS) {
    g_ptr_array_remove_index (detours->requests, 0);
  }
  KithDetourRequest *request = g_new0 (KithDetourRequest, 1);
  request->number = note.request;
  request->link = entry->link;
  memcpy (request->link_id, ask->link_id, sizeof request->link_id);
  request->identity = ask->identity;
  request->at_us = kith_clock_now (detours->clock);
  request->wants_channel = wants_channel;
  g_ptr_array_add (detours->requests, request);
  if (wants_channel) {
    (void)g_hash_table_add (ask->tried, g_memdup2 (&entry->identity, sizeof entry->identity));
  }
  return TRUE;
}

static gboolean
may_ask (KithDetourAsk *ask, const KithFriendLink *entry)
{
  return (entry->flags & KITH_RELAY_GIVES) != 0
         && !g_hash_table_contains (ask->tried, &entry->identity);
}

/* A knock of ours is on its way: through friends, too. */
void
kith_detours_on_sealed (KithInbox *inbox,
                        const KithPeerKey *identity,
                        const KithKnock *knock,
                        GBytes *sealed,
                        KithDetours *detours)
{
  g_autoptr (GPtrArray) friends = kith_friend_links_friends (detours->linked, KITH_RELAY_CARRIES);
  /* Who answers was given a channel if there is one, and a check alone makes no link at the other end that could have one. */
  gboolean asks = knock->kind == KITH_KNOCK_OFFER || knock->kind == KITH_KNOCK_MOVE;
  guint n_sent = 0;

  if (!kith_friend_links_has_contact (detours->linked)) {
    return;
  }
  KithDetourAsk *ask = kith_detours_get_ask (detours, identity, knock->link_id);
  if (!ask->told_willing && kith_detours_has_call (detours, identity)) {
    ask->told_willing = TRUE;
    kith_detours_tell_willing (detours, identity);
  }
  if (friends->len == 0) {
    return;
  }
  asks = asks
         && (detours->worth_func == NULL || detours->worth_func (identity, detours->worth_data));
  g_clear_pointer (&ask->sealed, g_bytes_unref);
  ask->sealed = g_bytes_ref (sealed);
  for (guint i = 0; i < friends->len && n_sent < KITH_DETOURS_KNOCKS; i++) {
    KithFriendLink *entry = friends->pdata[i];
    if (kith_peer_key_equal (&entry->identity, identity)) {
      continue;
    }
    gboolean wants = asks && may_ask (ask, entry)
                     && count_channels (detours, ask->link_id) < KITH_DETOURS_ASKED;
    n_sent += send_carry (detours, entry, ask, wants);
  }
}

/* TRUE when @friend_key carries to @identity already: a second channel of the same friend is of no use. */
static gboolean
carries (KithDetours *detours, const KithPeerKey *identity, const KithPeerKey *friend_key)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, detours->detours);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithDetourChannel *detour = value;
    if (kith_peer_key_equal (&detour->identity, identity)
        && kith_peer_key_equal (&detour->friend_key, friend_key)) {
      return TRUE;
    }
  }
  return FALSE;
}

/* Asks the quickest friend who was not asked yet, if one is missing. */
void
kith_detours_ask_next (KithDetours *detours, KithDetourAsk *ask)
{
  g_autoptr (GPtrArray) friends
      = kith_friend_links_friends (detours->linked, KITH_RELAY_CARRIES | KITH_RELAY_GIVES);

  for (guint i = 0; i < friends->len; i++) {
    KithFriendLink *entry = friends->pdata[i];
    if (count_channels (detours, ask->link_id) >= KITH_DETOURS_ASKED) {
      return;
    }
    if (!kith_peer_key_equal (&entry->identity, &ask->identity) && may_ask (ask, entry)
        && !carries (detours, &ask->identity, &entry->identity)) {
      (void)send_carry (detours, entry, ask, TRUE);
    }
  }
}

KithDetourRequest *
kith_detours_find_request (KithDetours *detours, KithLink *link, guint32 number)
{
  for (guint i = 0; i < detours->requests->len; i++) {
    KithDetourRequest *request = detours->requests->pdata[i];
    if (request->number == number && request->link == link) {
      return request;
    }
  }
  return NULL;
}

/* What was asked over @link is not waited for; what comes of it all the same is closed. */
void
kith_detours_forget_requests (KithDetours *detours, KithLink *link)
{
  for (guint i = detours->requests->len; i > 0; i--) {
    const KithDetourRequest *request = detours->requests->pdata[i - 1];
    if (request->link == link) {
      g_ptr_array_remove_index (detours->requests, i - 1);
    }
  }
}
