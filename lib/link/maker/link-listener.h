/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links that others are making to us: the slot that listens, and those that have a path but no
   authenticated peer yet. */
#pragma once

#include "link/link-object.h"

G_BEGIN_DECLS

/* Main thread. */
typedef struct _KithLinkListener KithLinkListener;

typedef struct {
  void (*slot_changed) (gpointer user_data); /* at most once per 200 ms, from the loop */
  /* Deliver the answer to @identity. */
  void (*knock) (const KithPeerKey *identity, const KithKnock *knock, gpointer user_data);
  /* authenticated; the receiver takes its own reference and owner */
  void (*up) (KithQuicLink *link, gpointer user_data);
} KithLinkListenerEvents;

/* @events is kept. (transfer full) */
KithLinkListener *
kith_link_listener_new (KithLinkHub *hub, const KithLinkListenerEvents *events, gpointer user_data);

/* Ends all of it. No event follows. */
void kith_link_listener_free (KithLinkListener *listener);

/* Replaces the slot by a new one (other seed, other port). FALSE and KITH_ERROR_FAILED when there
   can be none now; it is tried again every second. */
gboolean kith_link_listener_renew_slot (KithLinkListener *listener, GError **error);

/* As renew_slot, when this host's addresses are the same: who has the former slot's record is still
   let in for a while. */
void kith_link_listener_better_slot (KithLinkListener *listener);

/* Fills has_slot, slot_seed and candidates. FALSE while there is none. */
gboolean kith_link_listener_get_slot (KithLinkListener *listener, KithReach *reach);

/* A verified offer: starts an agent and answers, or adds candidates to the one that a former offer
   with the same id started. */
void kith_link_listener_take_offer (KithLinkListener *listener, const KithKnock *knock);

/* A verified check: the slot of that seed, or what became of it, checks towards the caller; others
   are ignored. */
void kith_link_listener_take_check (KithLinkListener *listener, const KithKnock *knock);

/* As kith_link_maker_add_friend_path(), for offers that wait. */
guint kith_link_listener_add_friend_path (KithLinkListener *listener,
                                          const guint8 link_id[KITH_SEED_LEN],
                                          const KithFriendPath *friend_path);

G_END_DECLS
