/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two ends of what friends carry: sends knocks through them, asks them for channels, and gives
   these to the link as friends' paths. */
#pragma once

#include <glib-object.h>

#include "model/call/trace.h"
#include "node/links/inbox.h"
#include "node/relay/friend-links.h"
#include "ports/link-maker.h"

G_BEGIN_DECLS

#define KITH_RELAY_CLIENT_KNOCKS 4 /* friends through whom one knock goes */
#define KITH_RELAY_CLIENT_ASKED 2  /* … and that are asked for a channel at once */

/* Main thread. */
#define KITH_TYPE_RELAY_CLIENT (kith_relay_client_get_type ())
G_DECLARE_FINAL_TYPE (KithRelayClient, kith_relay_client, KITH, RELAY_CLIENT, GObject)

/* Who knows of calls. */
typedef struct {
  /* Where the time line of what is being tried with @identity is; NULL: there is none. (transfer
     none) */
  KithTrace *(*trace) (const KithPeerKey *identity, gpointer user_data);
  /* TRUE: there is a call with @identity, or one is being made. */
  gboolean (*has_call) (const KithPeerKey *identity, gpointer user_data);
} KithRelayClientCalls;

/* Who says for whom friends are asked, and whose knocks are taken. */
typedef struct {
  /* FALSE: a link to @identity is being opened that is not worth a friend's while. */
  gboolean (*is_worth) (const KithPeerKey *identity, gpointer user_data);
  /* TRUE: who has the key @identity may know that the friend in between is linked to us. @proved:
     what came is a knock of theirs that is in order, or of use for a link with them. */
  gboolean (*takes) (const KithPeerKey *identity, gboolean proved, gpointer user_data);
} KithRelayClientRules;

/* Signal "obstacle" (const KithPeerKey *identity, guint KithRelayObstacle, const char
   *friend_name): that friend could not carry a link with @identity, and no other one does; NONE:
   one does. */

/* From now on every knock that @inbox seals also goes through friends. @linked is borrowed and must
   outlive it. (transfer full) */
KithRelayClient *kith_relay_client_new (KithClock *clock,
                                        KithContacts *contacts,
                                        KithFriendLinks *linked,
                                        KithLinkMaker *maker,
                                        KithInbox *inbox);

/* Without it there are no calls, and no time lines. @calls is copied. */
void kith_relay_client_set_calls (KithRelayClient *client,
                                  const KithRelayClientCalls *calls,
                                  gpointer user_data);
gboolean kith_relay_client_has_call (KithRelayClient *client, const KithPeerKey *identity);

/* Without it friends are asked for channels for all links, and nobody's knocks are taken. @rules is
   copied. */
void kith_relay_client_set_rules (KithRelayClient *client,
                                  const KithRelayClientRules *rules,
                                  gpointer user_data);

/* The time line of what is being tried with @identity, or NULL. (transfer none) */
KithTrace *kith_relay_client_get_trace (KithRelayClient *client, const KithPeerKey *identity);

/* Notes from @from: CARRIED, and CHANNEL (closed: FALSE when it is no channel of ours). */
void kith_relay_client_take_carried (KithRelayClient *client,
                                     KithFriendLink *from,
                                     const KithRelayNote *note);
gboolean kith_relay_client_take_channel (KithRelayClient *client,
                                         KithFriendLink *from,
                                         const KithRelayNote *note);

/* A frame (id, packet) that came over @link. TRUE when its id is of a channel of ours over this
   link, and the link that it is for authenticated the packet. Allocates nothing. */
gboolean kith_relay_client_take_frame (KithRelayClient *client,
                                       KithLink *link,
                                       const guint8 *data,
                                       gsize len);

/* @link fell silent, and frames would have been heard: what it carries for us is given up here if
   there is another friend to ask; else it is kept, as it may come back. */
void kith_relay_client_suspect_link (KithRelayClient *client, KithLink *link);

/* @link is gone: what it carried is given up here, and asked of another friend. */
void kith_relay_client_drop_link (KithRelayClient *client, KithLink *link);

/* The user does not want the owner of @link to carry any more: the same, and they, and the other
   end through them, are told so. */
void kith_relay_client_refuse_link (KithRelayClient *client, KithLink *link);

/* @friend_key is heard again: it may be asked again. */
void kith_relay_client_forgive (KithRelayClient *client, const KithPeerKey *friend_key);

/* How many channels we use. */
guint kith_relay_client_count (KithRelayClient *client);

G_END_DECLS
