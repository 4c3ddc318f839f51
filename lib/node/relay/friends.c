/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorts what comes over all links, and tells friends what we do for each other. */
#include "node/relay/friends-private.h"

#include "base/clock.h"
#include "base/random.h"

#define AGAIN_MS 1000 /* after a link that worked was lost */
#define BEAT_MS 15000 /* how often it is looked whether a friend has to hear from us */
#define BEAT_US (30 * G_USEC_PER_SEC) /* a link that is not used for a minute is closed */

G_DEFINE_FINAL_TYPE (KithFriends, kith_friends, G_TYPE_OBJECT)

/* The link that is kept to a friend need not run over another friend: it would carry nothing
   itself. A call to them may. */
static gboolean
is_worth_a_channel (const KithPeerKey *identity, gpointer user_data)
{
  KithFriends *friends = user_data;
  const KithWarmFriend *warm = g_hash_table_lookup (friends->warm, identity);

  return warm == NULL || warm->cancellable == NULL
         || kith_relay_client_has_call (friends->relay_client, identity);
}

/* Who rings here may know through which friend: a stranger only with a knock that we take, and
   where we take calls of strangers at all. */
static gboolean
takes (const KithPeerKey *identity, gboolean proved, gpointer user_data)
{
  KithFriends *friends = user_data;

  switch (kith_link_pool_judge (friends->parts.links, identity)) {
  case KITH_STANDING_REFUSED:
    return FALSE;
  case KITH_STANDING_STRANGER:
    return proved;
  case KITH_STANDING_KNOWN:
    return TRUE;
  }
  return FALSE;
}

/* What we say of relaying */

static void
tell_state (KithFriends *friends, KithFriendLink *entry)
{
  gboolean is_friend
      = kith_contacts_find_friend (friends->parts.contacts, &entry->identity) != NULL;
  KithRelayNote note = { .kind = KITH_NOTE_RELAY_STATE };

  if (is_friend) {
    note.flags = KITH_RELAY_MAY | KITH_RELAY_CARRIES | (friends->gives ? KITH_RELAY_GIVES : 0);
  } else if (entry->told == G_MAXUINT || entry->told == 0) {
    return; /* strangers hear nothing of it */
  }
  if (entry->told == G_MAXUINT) {
    const KithRelayNote word = { .kind = KITH_NOTE_CHANNEL, .op = KITH_CHANNEL_TAKEN };
    (void)kith_friend_links_send (entry, &word); /* we say whom we take: wait for that */
  }
  entry->told = note.flags;
  entry->told_us = kith_clock_now (friends->parts.clock);
  (void)kith_friend_links_send (entry, &note);
}

/* One link of each friend is kept from falling asleep: the same one at both ends, so that a second
   one goes by itself. */
static gboolean
on_beat (gpointer user_data)
{
  KithFriends *friends = user_data;
  g_autoptr (GPtrArray) all = kith_friend_links_list (friends->linked);
  gint64 now = kith_clock_now (friends->parts.clock);

  kith_contacts_check_day (friends->parts.contacts);
  for (guint i = 0; i < all->len; i++) {
    KithFriendLink *entry = all->pdata[i];
    if (g_hash_table_contains (friends->warm, &entry->identity)
        && kith_friend_links_best (friends->linked, &entry->identity) == entry
        && !kith_friend_links_is_carried (entry) && now - entry->told_us >= BEAT_US) {
      tell_state (friends, entry);
    }
  }
  return G_SOURCE_CONTINUE;
}

/* What friends say of it */

static void
judge_person (KithFriends *friends, const KithPeerKey *key)
{
  const KithContact *person = kith_contacts_find (friends->parts.contacts, key);

  if (person != NULL) {
    kith_contacts_set_relays (friends->parts.contacts,
                              person->id,
                              kith_friend_links_relays (friends->linked, key));
  }
}

static gboolean
on_word_time (gpointer user_data)
{
  KithFriends *friends = user_data;
  g_autoptr (GPtrArray) people = kith_contacts_list (friends->parts.contacts);

  friends->word_timer = 0;
  for (guint i = 0; i < people->len; i++) {
    const KithContact *person = people->pdata[i];
    judge_person (friends, &person->key);
  }
  return G_SOURCE_REMOVE;
}

static void
expect_word (KithFriends *friends)
{
  kith_clock_cancel (friends->parts.clock, &friends->word_timer);
  friends->word_timer
      = kith_clock_add (friends->parts.clock, KITH_RELAY_WORD_MS + 1, on_word_time, friends);
}

/* What comes over links */

static void
on_note (KithLink *link, GBytes *bytes, KithFriends *friends)
{
  KithFriendLink *entry = kith_friend_links_find (friends->linked, link);
  gsize len = 0;
  const guint8 *data = g_bytes_get_data (bytes, &len);
  KithRelayNote note;

  if (entry == NULL || !kith_relay_note_read (data, len, &note)) {
    return;
  }
  switch (note.kind) {
  case KITH_NOTE_CARRY:
    kith_relay_server_take_carry (friends->relay_server, entry, &note);
    break;
  case KITH_NOTE_CARRIED:
    kith_relay_client_take_carried (friends->relay_client, entry, &note);
    break;
  case KITH_NOTE_CHANNEL:
    if (note.op == KITH_CHANNEL_TAKEN) {
      kith_relay_server_take_taken (friends->relay_server, entry, &note);
    } else if (note.op != KITH_CHANNEL_CLOSED
               || !kith_relay_server_take_closed (friends->relay_server, entry, &note)) {
      (void)kith_relay_client_take_channel (friends->relay_client, entry, &note);
    }
    break;
  case KITH_NOTE_RELAY_STATE:
    if ((note.flags & ~entry->flags) != 0) {
      /* more is offered than before */
      kith_relay_client_forgive (friends->relay_client, &entry->identity);
    }
    entry->flags = note.flags;
    judge_person (friends, &entry->identity);
    break;
  case KITH_NOTE_STANDBY:
  case KITH_NOTE_MOVE:
    break;
  }
}

static gboolean
on_frame (KithLink *link, const guint8 *data, gsize len, gpointer user_data)
{
  KithFriends *friends = user_data;

  /* What is carried for others cannot be told from what a stranger made up. */
  return !kith_relay_server_take_frame (friends->relay_server, link, data, len)
         && kith_relay_client_take_frame (friends->relay_client, link, data, len);
}

static void
set_online (KithFriends *friends, const KithPeerKey *key)
{
  const KithContact *person = kith_contacts_find (friends->parts.contacts, key);

  if (person != NULL) {
    kith_contacts_set_online (friends->parts.contacts,
                              person->id,
                              kith_friend_links_is_linked (friends->linked, key));
  }
}

static void
on_link_opened (KithLinkPool *pool, KithLink *link, KithFriends *friends)
{
  KithFriendLink *entry = kith_friend_links_add (friends->linked, link);
  KithWarmFriend *warm = g_hash_table_lookup (friends->warm, &entry->identity);

  g_signal_connect (link, "note", G_CALLBACK (on_note), friends);
  kith_link_set_frame_func (link, on_frame, friends);
  tell_state (friends, entry);
  set_online (friends, &entry->identity);
  expect_word (friends);
  if (warm != NULL) {
    kith_clock_cancel (friends->parts.clock, &warm->timer);
    g_clear_pointer (&warm->watch, kith_reach_watch_free);
    warm->backoff_ms = KITH_FRIENDS_BACKOFF_LEAST_MS;
  }
}

static void
let_go (KithFriends *friends, KithLink *link)
{
  g_signal_handlers_disconnect_by_data (link, friends);
  kith_link_set_frame_func (link, NULL, NULL);
}

static void
on_link_closed (KithLinkPool *pool, KithLink *link, guint reason, KithFriends *friends)
{
  const KithPeerKey key = kith_link_get_peer (link)->identity;

  if (kith_friend_links_find (friends->linked, link) == NULL) {
    return;
  }
  let_go (friends, link);
  kith_relay_server_drop_link (friends->relay_server, link);
  kith_relay_client_drop_link (friends->relay_client, link);
  kith_friend_links_remove (friends->linked, link);
  set_online (friends, &key);
  judge_person (friends, &key);
  KithWarmFriend *warm = g_hash_table_lookup (friends->warm, &key);
  if (warm != NULL && !kith_friend_links_is_linked (friends->linked, &key)) {
    kith_friends_schedule (warm, AGAIN_MS + (guint)kith_random_range (0, AGAIN_MS));
  }
}

static void
on_link_suspect (KithLinkPool *pool, KithLink *link, gboolean suspect, KithFriends *friends)
{
  KithFriendLink *entry = kith_friend_links_find (friends->linked, link);

  if (entry != NULL) {
    entry->is_quiet = suspect;
    if (suspect) {
      kith_relay_client_suspect_link (friends->relay_client, link);
    } else {
      kith_relay_client_forgive (friends->relay_client, &entry->identity);
    }
  }
}

/* What the user changes */

static void
tell_person (KithFriends *friends, const KithPeerKey *key)
{
  g_autoptr (GPtrArray) all = kith_friend_links_list (friends->linked);

  for (guint i = 0; i < all->len; i++) {
    KithFriendLink *entry = all->pdata[i];
    if (kith_peer_key_equal (&entry->identity, key)) {
      tell_state (friends, entry);
    }
  }
}

/* What friends do for each other ends with it. */
static void
stop_relaying (KithFriends *friends, const KithPeerKey *key)
{
  g_autoptr (GPtrArray) all = kith_friend_links_list (friends->linked);

  (void)g_hash_table_remove (friends->warm, key);
  kith_relay_server_drop_contact (friends->relay_server, key);
  for (guint i = 0; i < all->len; i++) {
    const KithFriendLink *entry = all->pdata[i];
    if (kith_peer_key_equal (&entry->identity, key)) {
      kith_relay_client_refuse_link (friends->relay_client, entry->link);
    }
  }
  kith_friends_fill_warm (friends, KITH_FRIENDS_FIRST_MS);
}

static void
on_contact_added (KithContacts *contacts, const KithContact *person, KithFriends *friends)
{
  set_online (friends, &person->key);
  judge_person (friends, &person->key);
  if (person->relay) {
    tell_person (friends, &person->key);
    kith_friends_keep_warm (friends, person, 0);
  }
}

static void
on_relay_changed (KithContacts *contacts, const KithContact *person, KithFriends *friends)
{
  tell_person (friends, &person->key);
  if (person->relay) {
    kith_friends_keep_warm (friends, person, 0);
  } else {
    stop_relaying (friends, &person->key);
  }
}

static void
on_contact_removed (KithContacts *contacts, const KithContact *person, KithFriends *friends)
{
  tell_person (friends, &person->key);
  stop_relaying (friends, &person->key);
}

/* Life */

static void
kith_friends_dispose (GObject *object)
{
  KithFriends *friends = KITH_FRIENDS (object);

  if (friends->linked == NULL) {
    G_OBJECT_CLASS (kith_friends_parent_class)->dispose (object);
    return;
  }
  g_signal_handlers_disconnect_by_data (friends->parts.links, friends);
  g_signal_handlers_disconnect_by_data (friends->parts.contacts, friends);
  kith_clock_cancel (friends->parts.clock, &friends->beat);
  kith_clock_cancel (friends->parts.clock, &friends->word_timer);
  g_hash_table_remove_all (friends->warm);
  g_autoptr (GPtrArray) all = kith_friend_links_list (friends->linked);
  for (guint i = 0; i < all->len; i++) {
    const KithFriendLink *entry = all->pdata[i];
    let_go (friends, entry->link);
  }
  g_clear_object (&friends->relay_client);
  g_clear_object (&friends->relay_server);
  g_clear_pointer (&friends->linked, kith_friend_links_free);
  g_clear_pointer (&friends->parts.locators, g_ptr_array_unref);
  g_clear_object (&friends->parts.links);
  g_clear_object (&friends->parts.contacts);
  g_clear_object (&friends->parts.clock);
  G_OBJECT_CLASS (kith_friends_parent_class)->dispose (object);
}

static void
kith_friends_finalize (GObject *object)
{
  g_hash_table_unref (KITH_FRIENDS (object)->warm);
  G_OBJECT_CLASS (kith_friends_parent_class)->finalize (object);
}

static void
kith_friends_class_init (KithFriendsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_friends_dispose;
  G_OBJECT_CLASS (klass)->finalize = kith_friends_finalize;
}

static void
kith_friends_init (KithFriends *friends)
{
  friends->warm = g_hash_table_new_full (kith_peer_key_hash,
                                         kith_peer_key_equal,
                                         NULL,
                                         kith_friends_warm_free);
}

KithFriends *
kith_friends_new (const KithFriendsParts *parts, const KithRelayLimits *limits)
{
  static const KithRelayClientRules rules = { .is_worth = is_worth_a_channel, .takes = takes };
  KithFriends *friends = g_object_new (KITH_TYPE_FRIENDS, NULL);

  friends->parts = *parts;
  g_object_ref (parts->clock);
  g_object_ref (parts->contacts);
  g_object_ref (parts->links);
  g_ptr_array_ref (parts->locators);
  friends->gives = limits->enabled;
  friends->linked = kith_friend_links_new (parts->clock, parts->contacts);
  friends->relay_server
      = kith_relay_server_new (parts->clock, parts->contacts, friends->linked, limits);
  friends->relay_client = kith_relay_client_new (parts->clock,
                                                 parts->contacts,
                                                 friends->linked,
                                                 parts->maker,
                                                 parts->inbox);
  kith_relay_client_set_rules (friends->relay_client, &rules, friends);
  g_signal_connect (parts->links, "opened", G_CALLBACK (on_link_opened), friends);
  g_signal_connect (parts->links, "closed", G_CALLBACK (on_link_closed), friends);
  g_signal_connect (parts->links, "suspect", G_CALLBACK (on_link_suspect), friends);
  g_signal_connect (parts->contacts, "added", G_CALLBACK (on_contact_added), friends);
  g_signal_connect (parts->contacts, "relay-changed", G_CALLBACK (on_relay_changed), friends);
  g_signal_connect (parts->contacts, "removed", G_CALLBACK (on_contact_removed), friends);
  friends->beat = kith_clock_add (parts->clock, BEAT_MS, on_beat, friends);
  kith_friends_fill_warm (friends, KITH_FRIENDS_FIRST_MS);
  return friends;
}

KithRelayServer *
kith_friends_get_relay_server (KithFriends *friends)
{
  return friends->relay_server;
}

KithRelayClient *
kith_friends_get_relay_client (KithFriends *friends)
{
  return friends->relay_client;
}
