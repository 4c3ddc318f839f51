/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks friends for channels, the quickest first, and the next one when one refuses or goes. */
#include "node/relay/relay-client.h"

#include <string.h>

#include "base/log.h"
#include "node/relay/relay-client-private.h"

#define MAX_CHANNELS 64
#define LINK_ID_LABEL "EXPORTER-kith-link-id"

G_DEFINE_FINAL_TYPE (KithRelayClient, kith_relay_client, G_TYPE_OBJECT)

static void
channel_free (gpointer data)
{
  KithRelayClientChannel *channel = data;

  kith_link_unhold (channel->link);
  g_object_unref (channel->link);
  g_free (channel);
}

KithTrace *
kith_relay_client_get_trace (KithRelayClient *client, const KithPeerKey *identity)
{
  return client->calls.trace != NULL ? client->calls.trace (identity, client->calls_data) : NULL;
}

const char *
kith_relay_client_name_of (KithRelayClient *client, const KithPeerKey *friend_key)
{
  const KithContact *person = kith_contacts_find (client->contacts, friend_key);

  return person != NULL ? person->name : "a friend";
}

/* Channels */

static gboolean
on_send (const guint8 *packet, gsize len, gpointer user_data)
{
  KithRelayClientChannel *channel = user_data;
  guint8 frame[KITH_FRAME_MAX];

  if (len > sizeof frame - KITH_CHANNEL_ID_LEN) {
    return FALSE;
  }
  memcpy (frame, &channel->number, KITH_CHANNEL_ID_LEN);
  memcpy (frame + KITH_CHANNEL_ID_LEN, packet, len);
  return kith_link_send_frame (channel->link, frame, len + KITH_CHANNEL_ID_LEN);
}

static void
tell_closed (KithRelayClient *client, KithLink *link, const guint8 *channel, KithRelayReason reason)
{
  KithFriendLink *entry = kith_friend_links_find (client->linked, link);
  KithRelayNote note = { .kind = KITH_NOTE_CHANNEL, .op = KITH_CHANNEL_CLOSED, .reason = reason };

  memcpy (note.channel, channel, sizeof note.channel);
  if (entry != NULL) {
    (void)kith_friend_links_send (entry, &note);
  }
}

static void
on_released (gpointer user_data)
{
  KithRelayClientChannel *channel = user_data;
  KithRelayClient *client = channel->owner;

  channel->id = 0;
  tell_closed (client, channel->link, (const guint8 *)&channel->number, KITH_RELAY_DONE);
  (void)g_hash_table_remove (client->channels, &channel->number);
}

/* Takes the channel of @note over @link for the link with @identity. FALSE: the maker has no use
   for it. */
static gboolean
add_channel (KithRelayClient *client,
             KithFriendLink *from,
             const KithPeerKey *identity,
             const guint8 *link_id,
             const KithRelayNote *note)
{
  KithRelayClientChannel *channel = g_new0 (KithRelayClientChannel, 1);
  guint other_ms = note->op == KITH_CHANNEL_OPENED ? note->other_rtt_ms : note->asker_rtt_ms;
  guint delay_ms = ((guint)kith_friend_links_rtt (from) + other_ms + 1) / 2;

  memcpy (&channel->number, note->channel, sizeof channel->number);
  channel->owner = client;
  channel->link = g_object_ref (from->link);
  kith_link_hold (channel->link);
  channel->friend_key = from->identity;
  channel->identity = *identity;
  memcpy (channel->link_id, link_id, sizeof channel->link_id);
  if (g_hash_table_size (client->channels) >= MAX_CHANNELS
      || g_hash_table_contains (client->channels, &channel->number)) {
    channel_free (channel);
    return FALSE;
  }
  g_hash_table_insert (client->channels, &channel->number, channel);
  guint64 number = channel->number;
  KithFriendPath way = { .friend_key = from->identity,
                         .delay_ms = delay_ms,
                         .send = on_send,
                         .released = on_released,
                         .user_data = channel };
  guint id = kith_link_maker_add_friend_path (client->maker, link_id, &way);
  channel = g_hash_table_lookup (client->channels, &number); /* it may be released already */
  if (id == 0) {
    (void)g_hash_table_remove (client->channels, &number);
    return FALSE;
  }
  if (channel != NULL) {
    channel->id = id;
    kith_relay_client_tell_given (client, identity, &from->identity, delay_ms);
  }
  return TRUE;
}

/* The friend over @link carries this no more. */
static void
lose (KithRelayClient *client, KithRelayClientChannel *channel)
{
  guint64 number = channel->number;

  if (channel->id != 0) {
    /* the link may tell of it: @channel may be gone */
    kith_link_maker_remove_friend_path (client->maker, channel->id);
  }
  (void)g_hash_table_remove (client->channels, &number);
}

/* TRUE when the link has no path of its own: a friend carries it, or nothing does since a friend
   left. */
static gboolean
is_needy (const KithFriendLink *entry)
{
  KithLinkPath path = { 0 };

  kith_link_get_path (entry->link, &path);
  return path.is_relayed_by_friend || path.remote.endpoint.family == 0;
}

/* The link to @identity that runs over a friend now, or is without a path: its number, by which
   another channel can be given to it. */
static gboolean
find_needy (KithRelayClient *client, const KithPeerKey *identity, guint8 link_id[KITH_SEED_LEN])
{
  g_autoptr (GPtrArray) all = kith_friend_links_list (client->linked);

  for (guint i = 0; i < all->len; i++) {
    KithFriendLink *entry = all->pdata[i];
    if (kith_peer_key_equal (&entry->identity, identity)
        && kith_link_get_state (entry->link) != KITH_LINK_CLOSED && is_needy (entry)
        && kith_link_export_key (entry->link, LINK_ID_LABEL, NULL, 0, link_id, KITH_SEED_LEN)) {
      return TRUE;
    }
  }
  return FALSE;
}

/* A channel for the link of @link_id with @identity is missing: the next friend is asked, if the
   link still needs one. */
static void
replace (KithRelayClient *client,
         const KithPeerKey *identity,
         const guint8 link_id[KITH_SEED_LEN],
         const KithPeerKey *without)
{
  guint8 exported[KITH_SEED_LEN];
  KithRelayClientAsk *ask = NULL;

  if (find_needy (client, identity, exported)) {
    /* it is up: the friend needs no knock for it */
    ask = kith_relay_client_get_ask (client, identity, exported);
  } else {
    ask = kith_relay_client_find_ask (client, link_id); /* it is being made */
  }
  if (ask != NULL) {
    (void)g_hash_table_add (ask->tried, g_memdup2 (without, sizeof *without));
    kith_relay_client_ask_next (client, ask);
  }
}

/* Notes */

/* Lets the friend over @link know that it may tell the asker of us. */
static void
tell_taken (KithRelayClient *client, KithLink *link, const KithPeerKey *asker, gboolean proved)
{
  KithFriendLink *entry = kith_friend_links_find (client->linked, link);
  const KithRelayNote note
      = { .kind = KITH_NOTE_CHANNEL, .op = KITH_CHANNEL_TAKEN, .peer = *asker };

  if (entry != NULL && client->rules.takes != NULL
      && client->rules.takes (asker, proved, client->rules_data)) {
    (void)kith_friend_links_send (entry, &note);
  }
}

void
kith_relay_client_take_carried (KithRelayClient *client,
                                KithFriendLink *from,
                                const KithRelayNote *note)
{
  KithInboxVerdict verdict = KITH_INBOX_BAD;
  KithLink *link = from->link;

  if (kith_contacts_find_friend (client->contacts, &from->identity) == NULL) {
    return; /* whom we did not choose does not carry for us */
  }
  if (note->knock_len > 0) {
    g_autoptr (GBytes) sealed = g_bytes_new (note->knock, note->knock_len);
    verdict = kith_inbox_take (client->inbox, sealed);
  }
  gboolean is_good = note->knock_len == 0 || verdict != KITH_INBOX_BAD;
  from = kith_friend_links_find (client->linked, link); /* the knock may have closed it */
  gboolean is_used = note->has_channel && from != NULL && is_good
                     && !kith_friend_links_is_carried (from)
                     && add_channel (client, from, &note->peer, note->link_id, note);
  tell_taken (client, link, &note->peer, is_used || verdict != KITH_INBOX_BAD);
  if (note->has_channel && from != NULL && !is_used) {
    tell_closed (client, link, note->channel, KITH_RELAY_OTHER);
  }
}

/* Once for each friend and link: knocks are repeated. */
static void
trace_carrier (KithRelayClient *client,
               const KithPeerKey *friend_key,
               const KithRelayClientRequest *request)
{
  KithRelayClientAsk *ask = kith_relay_client_find_ask (client, request->link_id);

  if (ask == NULL || g_hash_table_add (ask->carriers, g_memdup2 (friend_key, sizeof *friend_key))) {
    KithSaying *saying = kith_saying_new ("step-knock-carried");
    kith_saying_put (saying, "friend", kith_relay_client_name_of (client, friend_key));
    kith_saying_put_time (saying, "took-ms", kith_clock_now (client->clock) - request->at_us);
    kith_trace_say (kith_relay_client_get_trace (client, &request->identity),
                    KITH_TRACE_KNOCK,
                    saying);
  }
}

static void
take_answer (KithRelayClient *client,
             KithFriendLink *from,
             const KithRelayClientRequest *request,
             const KithRelayNote *note)
{
  KithTrace *trace = kith_relay_client_get_trace (client, &request->identity);

  switch (note->op) {
  case KITH_CHANNEL_OPENED:
  case KITH_CHANNEL_PASSED:
  case KITH_CHANNEL_NONE:
    trace_carrier (client, &from->identity, request);
    break;
  case KITH_CHANNEL_REFUSED:
  case KITH_CHANNEL_CLOSED:
  case KITH_CHANNEL_TAKEN:
    break;
  }
  kith_trace_mark (trace, KITH_MARK_FRIEND_ASKED);
  if (note->op == KITH_CHANNEL_REFUSED || note->op == KITH_CHANNEL_NONE) {
    kith_relay_client_tell_refused (client, &request->identity, &from->identity, note->reason);
  }
}

static gboolean
take_closed (KithRelayClient *client, KithFriendLink *from, const KithRelayNote *note)
{
  guint64 number;

  memcpy (&number, note->channel, sizeof number);
  KithRelayClientChannel *channel = g_hash_table_lookup (client->channels, &number);
  if (channel == NULL || channel->link != from->link) {
    return FALSE;
  }
  KithPeerKey identity = channel->identity;
  guint8 link_id[KITH_SEED_LEN];
  memcpy (link_id, channel->link_id, sizeof link_id);
  KithPeerKey friend_key = from->identity;
  kith_relay_client_tell_ended (client, &identity, &friend_key, note->reason);
  lose (client, channel);
  if (note->reason != KITH_RELAY_DONE) {
    replace (client, &identity, link_id, &friend_key);
  }
  return TRUE;
}

gboolean
kith_relay_client_take_channel (KithRelayClient *client,
                                KithFriendLink *from,
                                const KithRelayNote *note)
{
  if (note->op == KITH_CHANNEL_CLOSED) {
    return take_closed (client, from, note);
  }
  KithRelayClientRequest *found
      = kith_relay_client_find_request (client, from->link, note->request);
  if (found == NULL) {
    if (note->op == KITH_CHANNEL_OPENED) {
      tell_closed (client, from->link, note->channel, KITH_RELAY_DONE);
    }
    return FALSE;
  }
  const KithRelayClientRequest request = *found;
  KithPeerKey friend_key = from->identity;
  (void)g_ptr_array_remove (client->requests, found);
  take_answer (client, from, &request, note);
  if (note->op == KITH_CHANNEL_OPENED) {
    if (!request.wants_channel
        || !add_channel (client, from, &request.identity, request.link_id, note)) {
      tell_closed (client, request.link, note->channel, KITH_RELAY_DONE);
    }
  } else if (request.wants_channel) {
    replace (client, &request.identity, request.link_id, &friend_key);
  }
  return TRUE;
}

gboolean
kith_relay_client_take_frame (KithRelayClient *client,
                              KithLink *link,
                              const guint8 *data,
                              gsize len)
{
  guint64 number;

  if (len <= KITH_CHANNEL_ID_LEN) {
    return FALSE;
  }
  memcpy (&number, data, sizeof number);
  const KithRelayClientChannel *channel = g_hash_table_lookup (client->channels, &number);
  if (channel == NULL || channel->link != link) {
    return FALSE;
  }
  return kith_link_maker_friend_path_input (client->maker,
                                            channel->id,
                                            data + KITH_CHANNEL_ID_LEN,
                                            len - KITH_CHANNEL_ID_LEN);
}

/* The channels over @link: (transfer container), each to be looked up again by its number. */
static GArray *
list_over (KithRelayClient *client, KithLink *link)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint64));
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, client->channels);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    KithRelayClientChannel *channel = value;
    if (channel->link == link) {
      g_array_append_val (numbers, channel->number);
    }
  }
  return numbers;
}

/* Gives up one channel and asks another friend. */
static void
give_up (KithRelayClient *client, KithRelayClientChannel *channel, KithRelayClientGivenUp why)
{
  const KithRelayClientChannel lost = *channel;

  tell_closed (client,
               lost.link,
               (const guint8 *)&lost.number,
               why == KITH_RELAY_CLIENT_UNWANTED ? KITH_RELAY_UNWANTED : KITH_RELAY_DONE);
  kith_relay_client_tell_given_up (client, &lost.identity, &lost.friend_key, why);
  lose (client, channel);
  replace (client, &lost.identity, lost.link_id, &lost.friend_key);
}

/* TRUE when a friend who is heard could carry to @identity in the place of @friend_key. */
static gboolean
has_other (KithRelayClient *client, const KithPeerKey *identity, const KithPeerKey *friend_key)
{
  g_autoptr (GPtrArray) friends
      = kith_friend_links_friends (client->linked, KITH_RELAY_CARRIES | KITH_RELAY_GIVES);

  for (guint i = 0; i < friends->len; i++) {
    const KithFriendLink *entry = friends->pdata[i];
    if (!kith_peer_key_equal (&entry->identity, identity)
        && !kith_peer_key_equal (&entry->identity, friend_key)) {
      return TRUE;
    }
  }
  return FALSE;
}

void
kith_relay_client_suspect_link (KithRelayClient *client, KithLink *link)
{
  g_autoptr (GArray) numbers = list_over (client, link);

  kith_relay_client_forget_requests (client, link);
  for (guint i = 0; i < numbers->len; i++) {
    KithRelayClientChannel *channel
        = g_hash_table_lookup (client->channels, &g_array_index (numbers, guint64, i));
    if (channel != NULL && has_other (client, &channel->identity, &channel->friend_key)) {
      give_up (client, channel, KITH_RELAY_CLIENT_QUIET);
    }
  }
}

static void
leave_link (KithRelayClient *client, KithLink *link, KithRelayClientGivenUp why)
{
  g_autoptr (GArray) numbers = list_over (client, link);

  kith_relay_client_forget_requests (client, link);
  for (guint i = 0; i < numbers->len; i++) {
    KithRelayClientChannel *channel
        = g_hash_table_lookup (client->channels, &g_array_index (numbers, guint64, i));
    if (channel != NULL) {
      give_up (client, channel, why);
    }
  }
}

void
kith_relay_client_drop_link (KithRelayClient *client, KithLink *link)
{
  leave_link (client, link, KITH_RELAY_CLIENT_LINK_GONE);
}

void
kith_relay_client_refuse_link (KithRelayClient *client, KithLink *link)
{
  leave_link (client, link, KITH_RELAY_CLIENT_UNWANTED);
}

void
kith_relay_client_forgive (KithRelayClient *client, const KithPeerKey *friend_key)
{
  for (guint i = 0; i < client->asks->len; i++) {
    const KithRelayClientAsk *ask = client->asks->pdata[i];
    (void)g_hash_table_remove (ask->tried, friend_key);
  }
}

guint
kith_relay_client_count (KithRelayClient *client)
{
  return g_hash_table_size (client->channels);
}

/* Life */

static void
kith_relay_client_dispose (GObject *object)
{
  KithRelayClient *client = KITH_RELAY_CLIENT (object);
  GHashTableIter iter;
  gpointer value;

  if (client->clock != NULL) {
    kith_clock_cancel (client->clock, &client->timer);
  }
  if (client->inbox != NULL) {
    g_signal_handlers_disconnect_by_data (client->inbox, client);
  }
  g_hash_table_iter_init (&iter, client->channels);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithRelayClientChannel *channel = value;
    if (channel->id != 0) {
      kith_link_maker_remove_friend_path (client->maker, channel->id);
    }
    g_hash_table_iter_remove (&iter);
  }
  g_ptr_array_set_size (client->asks, 0);
  g_ptr_array_set_size (client->requests, 0);
  g_clear_object (&client->inbox);
  g_clear_object (&client->maker);
  g_clear_object (&client->contacts);
  g_clear_object (&client->clock);
  G_OBJECT_CLASS (kith_relay_client_parent_class)->dispose (object);
}

static void
kith_relay_client_finalize (GObject *object)
{
  KithRelayClient *client = KITH_RELAY_CLIENT (object);

  g_hash_table_unref (client->channels);
  g_ptr_array_unref (client->requests);
  g_ptr_array_unref (client->asks);
  G_OBJECT_CLASS (kith_relay_client_parent_class)->finalize (object);
}

static void
kith_relay_client_class_init (KithRelayClientClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_relay_client_dispose;
  G_OBJECT_CLASS (klass)->finalize = kith_relay_client_finalize;
  g_signal_new ("obstacle",
                KITH_TYPE_RELAY_CLIENT,
                G_SIGNAL_RUN_LAST,
                0,
                NULL,
                NULL,
                NULL,
                G_TYPE_NONE,
                3,
                G_TYPE_POINTER,
                G_TYPE_UINT,
                G_TYPE_STRING);
}

static void
kith_relay_client_init (KithRelayClient *client)
{
  client->asks = g_ptr_array_new_with_free_func (kith_relay_client_free_ask);
  client->requests = g_ptr_array_new_with_free_func (g_free);
  client->channels = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, channel_free);
}

KithRelayClient *
kith_relay_client_new (KithClock *clock,
                       KithContacts *contacts,
                       KithFriendLinks *linked,
                       KithLinkMaker *maker,
                       KithInbox *inbox)
{
  KithRelayClient *client = g_object_new (KITH_TYPE_RELAY_CLIENT, NULL);

  client->clock = g_object_ref (clock);
  client->contacts = g_object_ref (contacts);
  client->linked = linked;
  client->maker = g_object_ref (maker);
  client->inbox = g_object_ref (inbox);
  g_signal_connect (inbox, "sealed", G_CALLBACK (kith_relay_client_on_sealed), client);
  return client;
}

void
kith_relay_client_set_calls (KithRelayClient *client,
                             const KithRelayClientCalls *calls,
                             gpointer user_data)
{
  client->calls = *calls;
  client->calls_data = user_data;
}

gboolean
kith_relay_client_has_call (KithRelayClient *client, const KithPeerKey *identity)
{
  return client->calls.has_call != NULL && client->calls.has_call (identity, client->calls_data);
}

void
kith_relay_client_set_rules (KithRelayClient *client,
                             const KithRelayClientRules *rules,
                             gpointer user_data)
{
  client->rules = *rules;
  client->rules_data = user_data;
}
