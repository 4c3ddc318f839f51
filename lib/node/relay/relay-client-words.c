/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What time lines are told of friends who do not carry, or carry no more, and whose will or quota
   that is. */
#include "node/relay/relay-client-private.h"
#include "words/obstacle-words.h"

static KithRelayObstacle
obstacle_of (KithRelayReason reason)
{
  switch (reason) {
  case KITH_RELAY_STRANGER:
    return KITH_RELAY_OBSTACLE_FRIEND;
  case KITH_RELAY_NOT_LINKED:
    return KITH_RELAY_OBSTACLE_NOT_LINKED;
  case KITH_RELAY_UNWANTED:
    return KITH_RELAY_OBSTACLE_PEER;
  case KITH_RELAY_OFF:
    return KITH_RELAY_OBSTACLE_OFF;
  case KITH_RELAY_BUSY:
    return KITH_RELAY_OBSTACLE_BUSY;
  case KITH_RELAY_QUOTA:
    return KITH_RELAY_OBSTACLE_QUOTA;
  case KITH_RELAY_GONE:
    return KITH_RELAY_OBSTACLE_GONE;
  case KITH_RELAY_IDLE:
  case KITH_RELAY_DONE:
  case KITH_RELAY_OTHER:
    break;
  }
  return KITH_RELAY_OBSTACLE_NONE;
}

/* How many friends carry to @identity now. */
static guint
count_carried (KithRelayClient *client, const KithPeerKey *identity)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  g_hash_table_iter_init (&iter, client->channels);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithRelayClientChannel *channel = value;
    n += kith_peer_key_equal (&channel->identity, identity);
  }
  return n;
}

static const char *
refusal_code (KithRelayReason reason)
{
  switch (reason) {
  case KITH_RELAY_STRANGER:
    return "refusal-stranger";
  case KITH_RELAY_OFF:
    return "refusal-off";
  case KITH_RELAY_BUSY:
    return "refusal-busy";
  case KITH_RELAY_QUOTA:
    return "refusal-quota";
  case KITH_RELAY_IDLE:
    return "refusal-idle";
  case KITH_RELAY_GONE:
    return "refusal-gone";
  case KITH_RELAY_DONE:
    return "refusal-done";
  case KITH_RELAY_NOT_LINKED: /* see refusal() */
  case KITH_RELAY_UNWANTED:
  case KITH_RELAY_OTHER:
    return "refusal-other";
  }
  return "refusal-newer";
}

/* In the words of the friend, and with the names where somebody else decides. (transfer full) */
static KithSaying *
refusal (KithRelayClient *client,
         const KithPeerKey *identity,
         const char *friend_name,
         KithRelayReason reason,
         gboolean ended)
{
  const KithContact *peer = kith_contacts_find (client->contacts, identity);

  if (reason == KITH_RELAY_UNWANTED || reason == KITH_RELAY_NOT_LINKED) {
    return kith_obstacle_saying (obstacle_of (reason),
                                 friend_name,
                                 peer != NULL ? peer->name : NULL,
                                 ended);
  }
  return kith_saying_new (refusal_code (reason));
}

/* While more than @n_left friends carry, nothing is in the way. */
static void
tell_obstacle (KithRelayClient *client,
               const KithPeerKey *identity,
               guint n_left,
               KithRelayObstacle obstacle,
               const char *friend_name)
{
  if (obstacle != KITH_RELAY_OBSTACLE_NONE && count_carried (client, identity) <= n_left) {
    g_signal_emit_by_name (client, "obstacle", identity, (guint)obstacle, friend_name);
  }
}

void
kith_relay_client_tell_refused (KithRelayClient *client,
                                const KithPeerKey *identity,
                                const KithPeerKey *friend_key,
                                KithRelayReason reason)
{
  KithTrace *trace = kith_relay_client_get_trace (client, identity);
  const char *name = kith_relay_client_name_of (client, friend_key);
  KithSaying *saying = kith_saying_new ("step-friend-refused");

  kith_saying_put (saying, "friend", name);
  kith_saying_put_saying (saying, "refusal", refusal (client, identity, name, reason, FALSE));
  kith_trace_mark (trace, KITH_MARK_FRIEND_REFUSED);
  kith_trace_say (trace, KITH_TRACE_KNOCK, saying);
  tell_obstacle (client, identity, 0, obstacle_of (reason), name);
}

void
kith_relay_client_tell_ended (KithRelayClient *client,
                              const KithPeerKey *identity,
                              const KithPeerKey *friend_key,
                              KithRelayReason reason)
{
  const char *name = kith_relay_client_name_of (client, friend_key);
  KithSaying *saying = kith_saying_new ("step-friend-ended");

  kith_saying_put (saying, "friend", name);
  kith_saying_put_saying (saying, "refusal", refusal (client, identity, name, reason, TRUE));
  kith_trace_say (kith_relay_client_get_trace (client, identity), KITH_TRACE_PATH, saying);
  tell_obstacle (client, identity, 1, obstacle_of (reason), name);
}

void
kith_relay_client_tell_given_up (KithRelayClient *client,
                                 const KithPeerKey *identity,
                                 const KithPeerKey *friend_key,
                                 KithRelayClientGivenUp why)
{
  KithTrace *trace = kith_relay_client_get_trace (client, identity);
  const char *name = kith_relay_client_name_of (client, friend_key);

  switch (why) {
  case KITH_RELAY_CLIENT_UNWANTED:
    kith_trace_tell_of (trace, KITH_TRACE_PATH, "step-friend-unwanted", "friend", name);
    tell_obstacle (client, identity, 1, KITH_RELAY_OBSTACLE_OURS, name);
    break;
  case KITH_RELAY_CLIENT_LINK_GONE:
    kith_trace_tell_of (trace, KITH_TRACE_PATH, "step-friend-link-gone", "friend", name);
    break;
  case KITH_RELAY_CLIENT_QUIET:
    kith_trace_tell_of (trace, KITH_TRACE_PATH, "step-friend-quiet", "friend", name);
    break;
  }
}

void
kith_relay_client_tell_given (KithRelayClient *client,
                              const KithPeerKey *identity,
                              const KithPeerKey *friend_key,
                              guint delay_ms)
{
  KithSaying *saying = kith_saying_new ("step-friend-relays");

  kith_saying_put (saying, "friend", kith_relay_client_name_of (client, friend_key));
  kith_saying_put_time (saying, "delay-ms", (gint64)delay_ms * 1000);
  kith_trace_say (kith_relay_client_get_trace (client, identity), KITH_TRACE_PATH, saying);
  g_signal_emit_by_name (client, "obstacle", identity, (guint)KITH_RELAY_OBSTACLE_NONE, NULL);
}

/* Friends of ours who are linked and could help, if they wanted to. */
static void
tell_unwilling (KithRelayClient *client, const KithPeerKey *identity, const KithFriendLink *entry)
{
  const char *name = kith_relay_client_name_of (client, &entry->identity);

  kith_trace_tell_of (kith_relay_client_get_trace (client, identity),
                      KITH_TRACE_KNOCK,
                      "step-friend-unwilling",
                      "friend",
                      name);
  tell_obstacle (client, identity, 0, KITH_RELAY_OBSTACLE_FRIEND, name);
}

/* Whoever would carry for us, if we let them. */
static void
tell_not_asked (KithRelayClient *client, const KithPeerKey *identity, const KithFriendLink *entry)
{
  const char *name = kith_relay_client_name_of (client, &entry->identity);

  kith_trace_tell_of (kith_relay_client_get_trace (client, identity),
                      KITH_TRACE_KNOCK,
                      "step-friend-unasked",
                      "friend",
                      name);
  tell_obstacle (client, identity, 0, KITH_RELAY_OBSTACLE_OURS, name);
}

void
kith_relay_client_tell_willing (KithRelayClient *client, const KithPeerKey *identity)
{
  g_autoptr (GPtrArray) all = kith_friend_links_list (client->linked);

  for (guint i = 0; i < all->len; i++) {
    const KithFriendLink *entry = all->pdata[i];
    const KithContact *person = kith_contacts_find (client->contacts, &entry->identity);
    if (person == NULL || kith_peer_key_equal (&entry->identity, identity)
        || kith_friend_links_best (client->linked, &entry->identity) != entry) {
      continue;
    }
    if (!person->relay && (entry->flags & KITH_RELAY_GIVES) != 0) {
      tell_not_asked (client, identity, entry);
    } else if (person->relay
               && kith_friend_links_relays (client->linked, &entry->identity) == KITH_RELAYS_NO) {
      tell_unwilling (client, identity, entry);
    }
  }
}
