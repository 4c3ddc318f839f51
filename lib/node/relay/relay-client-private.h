/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the relay client, shared by the files that make it up. */
#pragma once

#include "node/relay/relay-client.h"

G_BEGIN_DECLS

/* One link that is being made or moved, and who was asked to carry it. */
typedef struct {
  guint8 link_id[KITH_SEED_LEN];
  KithPeerKey identity;
  GBytes *sealed;        /* the last knock; NULL: the link is up */
  gint64 at_us;          /* of the last knock */
  GHashTable *carriers;  /* set of KithPeerKey: friends of whom is told that they carried a knock */
  GHashTable *tried;     /* set of KithPeerKey: friends asked for a channel … */
  gint64 tried_us;       /* … since then; after a while all may be asked again */
  gboolean told_willing; /* who is linked and could carry is in the time line */
} KithRelayClientAsk;

/* A CARRY that was not answered yet. */
typedef struct {
  guint32 number;
  KithLink *link; /* not owned: only compared */
  guint8 link_id[KITH_SEED_LEN];
  KithPeerKey identity;
  gint64 at_us;
  gboolean wants_channel;
} KithRelayClientRequest;

/* A channel that is ours, and the path that it is for the link maker. */
typedef struct {
  guint64 number; /* the eight bytes of its id */
  KithRelayClient *owner;
  KithLink *link; /* (owned), held */
  KithPeerKey friend_key;
  KithPeerKey identity; /* the far end */
  guint8 link_id[KITH_SEED_LEN];
  guint id; /* the maker's; 0: it knows nothing of it (any more) */
} KithRelayClientChannel;

/* Why we gave up a channel ourselves. */
typedef enum {
  KITH_RELAY_CLIENT_UNWANTED,  /* its owner is no friend of ours any more */
  KITH_RELAY_CLIENT_LINK_GONE, /* our link to the friend is */
  KITH_RELAY_CLIENT_QUIET      /* nothing is heard over it, and there is another friend */
} KithRelayClientGivenUp;

struct _KithRelayClient {
  GObject parent_instance;
  KithClock *clock;
  KithContacts *contacts;
  KithFriendLinks *linked;
  KithLinkMaker *maker;
  KithInbox *inbox;
  KithRelayClientCalls calls;
  gpointer calls_data;
  KithRelayClientRules rules;
  gpointer rules_data;
  GPtrArray *asks;      /* of KithRelayClientAsk, oldest first */
  GPtrArray *requests;  /* of KithRelayClientRequest, oldest first */
  GHashTable *channels; /* its number → KithRelayClientChannel (owned) */
  guint32 last_request;
  guint timer;
};

/* For people: the contact's name. (transfer none) (relay-client.c) */
const char *kith_relay_client_name_of (KithRelayClient *client, const KithPeerKey *friend_key);

/* What the time line of what is tried with @identity is told, and what is known of what is in the
   way there (relay-client-words.c): a friend refused for @reason; */
void kith_relay_client_tell_refused (KithRelayClient *client,
                                     const KithPeerKey *identity,
                                     const KithPeerKey *friend_key,
                                     KithRelayReason reason);

/* … closes what it carried, which is taken out after this; */
void kith_relay_client_tell_ended (KithRelayClient *client,
                                   const KithPeerKey *identity,
                                   const KithPeerKey *friend_key,
                                   KithRelayReason reason);

/* … is left by ourselves, its channel is taken out after this; */
void kith_relay_client_tell_given_up (KithRelayClient *client,
                                      const KithPeerKey *identity,
                                      const KithPeerKey *friend_key,
                                      KithRelayClientGivenUp why);

/* … carries from now on; */
void kith_relay_client_tell_given (KithRelayClient *client,
                                   const KithPeerKey *identity,
                                   const KithPeerKey *friend_key,
                                   guint delay_ms);

/* … and which linked contacts could help, if they or we wanted it. */
void kith_relay_client_tell_willing (KithRelayClient *client, const KithPeerKey *identity);

/* Whom the link of @link_id was asked for; NULL: nobody. (relay-client-ask.c) */
KithRelayClientAsk *kith_relay_client_find_ask (KithRelayClient *client,
                                                const guint8 link_id[KITH_SEED_LEN]);

/* The same, made when there is none; who refused a while ago may be asked again.
   (relay-client-ask.c) */
KithRelayClientAsk *kith_relay_client_get_ask (KithRelayClient *client,
                                               const KithPeerKey *identity,
                                               const guint8 link_id[KITH_SEED_LEN]);
void kith_relay_client_free_ask (gpointer data);

/* Asks the quickest friend who was not asked yet, if one is missing. (relay-client-ask.c) */
void kith_relay_client_ask_next (KithRelayClient *client, KithRelayClientAsk *ask);

/* The CARRY of this number over @link that was not answered yet, or NULL. (relay-client-ask.c) */
KithRelayClientRequest *
kith_relay_client_find_request (KithRelayClient *client, KithLink *link, guint32 number);

/* What was asked over @link is not waited for; what comes of it all the same is closed.
   (relay-client-ask.c) */
void kith_relay_client_forget_requests (KithRelayClient *client, KithLink *link);

/* A knock of ours is on its way: through friends, too. The inbox's "sealed".
   (relay-client-ask.c) */
void kith_relay_client_on_sealed (KithInbox *inbox,
                                  const KithPeerKey *identity,
                                  const KithKnock *knock,
                                  GBytes *sealed,
                                  KithRelayClient *client);

G_END_DECLS
