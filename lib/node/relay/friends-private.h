/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the friends, shared by the file of what is said over links and that of keeping the
   links. */
#pragma once

#include "node/directory/reach-watch.h"
#include "node/relay/friends.h"

G_BEGIN_DECLS

#define KITH_FRIENDS_FIRST_MS 500          /* after the start */
#define KITH_FRIENDS_BACKOFF_LEAST_MS 5000 /* … and twice as long each time */

/* A friend to whom a link is kept. */
typedef struct {
  KithFriends *owner;
  KithPeerKey key;
  guint id; /* of the contact */
  guint backoff_ms;
  guint timer;
  KithReachWatch *watch;     /* after a try that failed: a new record is a reason to try again */
  GCancellable *cancellable; /* while a link is being opened */
} KithWarmFriend;

struct _KithFriends {
  GObject parent_instance;
  KithFriendsParts parts;
  gboolean gives; /* relaying is switched on */
  KithFriendLinks *linked;
  KithRelayServer *relay_server;
  KithRelayClient *relay_client;
  GHashTable *warm; /* KithPeerKey in the KithWarmFriend → KithWarmFriend (owned) */
  guint beat;
  guint word_timer; /* until who said nothing of relaying is taken to do none */
};

/* friend-warmth.c: keeps a link to @person, if there is room for one more; the first try is in
   @ms. */
void kith_friends_keep_warm (KithFriends *friends, const KithContact *person, guint ms);

/* friend-warmth.c: the same for all who have relay on, as long as there is room. */
void kith_friends_fill_warm (KithFriends *friends, guint ms);

/* friend-warmth.c: the next try is in @ms. */
void kith_friends_schedule (KithWarmFriend *warm, guint ms);

/* friend-warmth.c: of the table. */
void kith_friends_warm_free (gpointer data);

G_END_DECLS
