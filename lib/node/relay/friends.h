/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contacts with relay on: keeps a link to each, tells them what we do for each other, and hands
   their notes and frames on. */
#pragma once

#include <glib-object.h>

#include "node/links/link-pool.h"
#include "node/relay/relay-client.h"
#include "node/relay/relay-server.h"

G_BEGIN_DECLS

#define KITH_FRIENDS_WARM 16 /* friends to whom a link is kept, the oldest contacts first */

/* Main thread. */
#define KITH_TYPE_FRIENDS (kith_friends_get_type ())
G_DECLARE_FINAL_TYPE (KithFriends, kith_friends, KITH, FRIENDS, GObject)

/* What it works with; all are borrowed and must outlive it. */
typedef struct {
  KithClock *clock;
  KithContacts *contacts;
  KithLinkPool *links;
  KithLinkMaker *maker;
  KithInbox *inbox;
  GPtrArray *locators; /* of KithLocator: where friends' records are watched */
} KithFriendsParts;

/* Watches the links of the pool from now on and opens the first ones after a moment. (transfer
   full) */
KithFriends *kith_friends_new (const KithFriendsParts *parts, const KithRelayLimits *limits);

/* We can be found, or find others, anew: friends who are not linked are tried at once. */
void kith_friends_wake (KithFriends *friends);

/* (transfer none) */
KithRelayServer *kith_friends_get_relay_server (KithFriends *friends);
KithRelayClient *kith_friends_get_relay_client (KithFriends *friends);

G_END_DECLS
