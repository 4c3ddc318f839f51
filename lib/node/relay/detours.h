/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two ends of what friends carry: sends knocks through them, asks them for channels, and gives these to the link as detours. */
#pragma once

#include <glib-object.h>

#include "model/call/trace.h"
#include "node/links/inbox.h"
#include "node/relay/friend-links.h"
#include "ports/link-maker.h"

G_BEGIN_DECLS

#define KITH_DETOURS_KNOCKS 4 /* friends through whom one knock goes */
#define KITH_DETOURS_ASKED 2  /* … and that are asked for a channel at once */

/* Main thread. */
#define KITH_TYPE_DETOURS (kith_detours_get_type ())
G_DECLARE_FINAL_TYPE (KithDetours, kith_detours, KITH, DETOURS, GObject)

/* Where the time line of what is being tried with @identity is; NULL: there is none. (transfer none) */
typedef KithTrace *(*KithDetoursTrace) (const KithPeerKey *identity, gpointer user_data);

/* TRUE: there is a call with @identity, or one is being made. */
typedef gboolean (*KithDetoursHasCall) (const KithPeerKey *identity, gpointer user_data);

/* FALSE: a link to @identity is being opened that is not worth a friend's while. */
typedef gboolean (*KithDetoursWorth) (const KithPeerKey *identity, gpointer user_data);

/* TRUE: who has the key @identity may know that the friend in between is linked to us. @proved: what came is a knock of theirs that is in order, or
   of use for a link with them. */
typedef gboolean (*KithDetoursTakes) (const KithPeerKey *identity,
                                      gboolean proved,
                                      gpointer user_data);

/* Signal "obstacle" (const KithPeerKey *identity, guint KithRelayObstacle, const char *friend_name): that friend could not carry a link with
   @identity, and no other one does; NONE: one does. */

/* From now on every knock that @inbox seals also goes through friends. @linked is borrowed and must outlive it. (transfer full) */
KithDetours *kith_detours_new (KithClock *clock,
                               KithContacts *contacts,
                               KithFriendLinks *linked,
                               KithLinkMaker *maker,
                               KithInbox *inbox);
void kith_detours_set_trace_func (KithDetours *detours, KithDetoursTrace func, gpointer user_data);

/* Who knows of calls; without it there are none. */
void kith_detours_set_call_func (KithDetours *detours, KithDetoursHasCall func, gpointer user_data);
gboolean kith_detours_has_call (KithDetours *detours, const KithPeerKey *identity);

/* Who says for which links friends are asked for channels; without it: for all. */
void kith_detours_set_worth_func (KithDetours *detours, KithDetoursWorth func, gpointer user_data);

/* Who says whose knocks are taken; without it: nobody's. */
void kith_detours_set_takes_func (KithDetours *detours, KithDetoursTakes func, gpointer user_data);

/* The time line of what is being tried with @identity, or NULL. (transfer none) */
KithTrace *kith_detours_get_trace (KithDetours *detours, const KithPeerKey *identity);

/* Notes from @from: CARRIED, and CHANNEL (closed: FALSE when it is no channel of ours). */
void
kith_detours_take_carried (KithDetours *detours, KithFriendLink *from, const KithRelayNote *note);
gboolean
kith_detours_take_channel (KithDetours *detours, KithFriendLink *from, const KithRelayNote *note);

/* A frame (id, packet) that came over @link. TRUE when its id is of a channel of ours over this link, and the link that it is for authenticated
   the packet. Allocates nothing. */
gboolean
kith_detours_take_frame (KithDetours *detours, KithLink *link, const guint8 *data, gsize len);

/* @link fell silent, and frames would have been heard: what it carries for us is given up here if there is another friend to ask; else it is kept,
   as it may come back. */
void kith_detours_suspect_link (KithDetours *detours, KithLink *link);

/* @link is gone: what it carried is given up here, and asked of another friend. */
void kith_detours_drop_link (KithDetours *detours, KithLink *link);

/* The user does not want the owner of @link to carry any more: the same, and they, and the other end through them, are told so. */
void kith_detours_refuse_link (KithDetours *detours, KithLink *link);

/* @friend_key is heard again: it may be asked again. */
void kith_detours_forgive (KithDetours *detours, const KithPeerKey *friend_key);

/* How many channels we use. */
guint kith_detours_count (KithDetours *detours);

G_END_DECLS
