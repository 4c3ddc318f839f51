/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the detours, shared by the files that make them up. */
#pragma once

#include "node/relay/detours.h"

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
} KithDetourAsk;

/* A CARRY that was not answered yet. */
typedef struct {
  guint32 number;
  KithLink *link; /* not owned: only compared */
  guint8 link_id[KITH_SEED_LEN];
  KithPeerKey identity;
  gint64 at_us;
  gboolean wants_channel;
} KithDetourRequest;

/* A channel that is ours, and the detour that it is for the link maker. */
typedef struct {
  guint64 number; /* the eight bytes of its id */
  KithDetours *owner;
  KithLink *link; /* (owned), held */
  KithPeerKey friend_key;
  KithPeerKey identity; /* the far end */
  guint8 link_id[KITH_SEED_LEN];
  guint id; /* the maker's; 0: it knows nothing of it (any more) */
} KithDetourChannel;

/* Why we gave up a channel ourselves. */
typedef enum {
  KITH_DETOUR_UNWANTED,  /* its owner is no friend of ours any more */
  KITH_DETOUR_LINK_GONE, /* our link to the friend is */
  KITH_DETOUR_QUIET      /* nothing is heard over it, and there is another friend */
} KithDetourGivenUp;

struct _KithDetours {
  GObject parent_instance;
  KithClock *clock;
  KithContacts *contacts;
  KithFriendLinks *linked;
  KithLinkMaker *maker;
  KithInbox *inbox;
  KithDetoursTrace trace_func;
  gpointer trace_data;
  KithDetoursHasCall call_func;
  gpointer call_data;
  KithDetoursWorth worth_func;
  gpointer worth_data;
  KithDetoursTakes takes_func;
  gpointer takes_data;
  GPtrArray *asks;     /* of KithDetourAsk, oldest first */
  GPtrArray *requests; /* of KithDetourRequest, oldest first */
  GHashTable *detours; /* number in the detour → KithDetourChannel (owned) */
  guint32 last_request;
  guint timer;
};

/* For people: the contact's name. (transfer none) (detours.c) */
const char *kith_detours_name_of (KithDetours *detours, const KithPeerKey *friend_key);

/* What the time line of what is tried with @identity is told, and what is known of what is in the way there (detours-words.c): a friend refused for
   @reason; */
void kith_detours_tell_refused (KithDetours *detours,
                                const KithPeerKey *identity,
                                const KithPeerKey *friend_key,
                                KithRelayReason reason);

/* … closes what it carried, which is taken out after this; */
void kith_detours_tell_ended (KithDetours *detours,
                              const KithPeerKey *identity,
                              const KithPeerKey *friend_key,
                              KithRelayReason reason);

/* … is left by ourselves, its channel is taken out after this; */
void kith_detours_tell_given_up (KithDetours *detours,
                                 const KithPeerKey *identity,
                                 const KithPeerKey *friend_key,
                                 KithDetourGivenUp why);

/* … carries from now on; */
void kith_detours_tell_given (KithDetours *detours,
                              const KithPeerKey *identity,
                              const KithPeerKey *friend_key,
                              guint delay_ms);

/* … and which linked contacts could help, if they or we wanted it. */
void kith_detours_tell_willing (KithDetours *detours, const KithPeerKey *identity);

/* Whom the link of @link_id was asked for; NULL: nobody. (detours-ask.c) */
KithDetourAsk *kith_detours_find_ask (KithDetours *detours, const guint8 link_id[KITH_SEED_LEN]);

/* The same, made when there is none; who refused a while ago may be asked again. (detours-ask.c) */
KithDetourAsk *kith_detours_get_ask (KithDetours *detours,
                                     const KithPeerKey *identity,
                                     const guint8 link_id[KITH_SEED_LEN]);
void kith_detours_free_ask (gpointer data);

/* Asks the quickest friend who was not asked yet, if one is missing. (detours-ask.c) */
void kith_detours_ask_next (KithDetours *detours, KithDetourAsk *ask);

/* The CARRY of this number over @link that was not answered yet, or NULL. (detours-ask.c) */
KithDetourRequest *kith_detours_find_request (KithDetours *detours, KithLink *link, guint32 number);

/* What was asked over @link is not waited for; what comes of it all the same is closed. (detours-ask.c) */
void kith_detours_forget_requests (KithDetours *detours, KithLink *link);

/* A knock of ours is on its way: through friends, too. The inbox's "sealed". (detours-ask.c) */
void kith_detours_on_sealed (KithInbox *inbox,
                             const KithPeerKey *identity,
                             const KithKnock *knock,
                             GBytes *sealed,
                             KithDetours *detours);

G_END_DECLS
