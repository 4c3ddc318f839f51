/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to whatever makes links: listens, opens, and finds ways. */
#pragma once

#include "model/call/link-report.h"
#include "ports/link.h"

G_BEGIN_DECLS

#define KITH_TYPE_LINK_MAKER (kith_link_maker_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithLinkMaker, kith_link_maker, KITH, LINK_MAKER, GObject)

/* Whom to reach, and what is known of the way. */
typedef struct {
  KithPeerKey identity;
  KithPeerKey device;
  gboolean has_slot;
  guint8 slot_seed[KITH_SEED_LEN];
  guint n_candidates;
  KithCandidate candidates[KITH_MAX_CANDIDATES];
  KithTrace *trace; /* what is tried is added here while it is being opened; NULL: nowhere */
  guint prepared;   /* of kith_link_maker_prepare(), used up by the attempt; 0: nothing was */
} KithLinkTarget;

/* A way for the packets of one link that is not ICE: a friend carries them. The two functions are
   called on the main thread. */
typedef struct {
  KithPeerKey friend_key;
  guint delay_ms; /* what it is expected to take one way, peer to peer */
  gboolean (*send) (const guint8 *packet, gsize len, gpointer user_data); /* FALSE: dropped */
  void (*released) (gpointer user_data); /* the link needs it no more: once, the last call */
  gpointer user_data;
} KithFriendPath;

/**
 * KithLinkMakerInterface: makes links; main thread.
 *
 * Signals:
 * "accepted" (KithLink): a peer's link is up and authenticated; policy is the receiver's.
 * "slot-changed": the listening agent or our candidates changed: publish a new reach record.
 * "knock" (gpointer const KithPeerKey *identity, gpointer const KithKnock *knock): deliver @knock
 * (unsigned, without certificate: the receiver fills in device, issued, signature) to @identity by
 * every way there is: friends that are linked to both, and its inbox.
 */
struct _KithLinkMakerInterface {
  GTypeInterface parent_interface;
  gboolean (*start) (KithLinkMaker *self, GError **error);
  void (*stop) (KithLinkMaker *self);
  gboolean (*get_slot) (KithLinkMaker *self, KithReach *reach);
  void (*open_async) (KithLinkMaker *self,
                      const KithLinkTarget *target,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
  KithLink *(*open_finish) (KithLinkMaker *self,
                            GAsyncResult *result,
                            KithLinkReport *report,
                            GError **error);
  guint (*prepare) (KithLinkMaker *self);
  void (*unprepare) (KithLinkMaker *self, guint id);
  void (*retarget) (KithLinkMaker *self, const KithLinkTarget *target);
  void (*take_knock) (KithLinkMaker *self, const KithKnock *knock);
  guint (*add_friend_path) (KithLinkMaker *self,
                            const guint8 link_id[KITH_SEED_LEN],
                            const KithFriendPath *friend_path);
  gboolean (*friend_path_input) (KithLinkMaker *self, guint id, const guint8 *packet, gsize len);
  void (*remove_friend_path) (KithLinkMaker *self, guint id);
};

/* Starts the listening agent. FALSE and KITH_ERROR_FAILED when no socket can be had. */
KITH_API gboolean kith_link_maker_start (KithLinkMaker *self, GError **error);

/* Closes all links with a goodbye (sent at once) and the listening agent. */
KITH_API void kith_link_maker_stop (KithLinkMaker *self);

/* Fills has_slot, slot_seed and the candidates of @reach. FALSE while there is none. */
KITH_API gboolean kith_link_maker_get_slot (KithLinkMaker *self, KithReach *reach);

/* Opens a link: checks at the slot's candidates at once, and at the same time a "knock" with an
   offer. Never gives back a link to another device key or identity than the target's. Fails with
   KITH_ERROR_UNREACHABLE (no path within 3.5 s), KITH_ERROR_UNTRUSTED (wrong key),
   KITH_ERROR_NOT_AUTHORIZED and KITH_ERROR_LIMIT_REACHED (refused as a stranger's, or since there
   are too many), KITH_ERROR_CANCELLED. (transfer full) from _finish, which adds to @report
   (nullable) what was found out, with a link as with an error. */
KITH_API void kith_link_maker_open_async (KithLinkMaker *self,
                                          const KithLinkTarget *target,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
KITH_API KithLink *kith_link_maker_open_finish (KithLinkMaker *self,
                                                GAsyncResult *result,
                                                KithLinkReport *report,
                                                GError **error);

/* Gathers this host's addresses, with those that STUN and TURN servers lend, for an open_async()
   that will follow as soon as it is known where the peer is: then checks and knocks go at once.
   Nobody is told of them before. At most 4 at a time, each for 10 s. Returns an id > 0 for
   KithLinkTarget.prepared; 0 when there are enough: then the attempt gathers for itself. */
KITH_API guint kith_link_maker_prepare (KithLinkMaker *self);

/* It is not needed any more; an id that is unknown, used up or 0 is ignored. */
KITH_API void kith_link_maker_unprepare (KithLinkMaker *self, guint id);

/* A newer record of a device came while links to it are being opened: they check at @target's slot
   besides what is under way, at candidates that are new if it is a slot that they know, else as a
   further way, of which each has at most 2. Ignored when none is being opened. */
KITH_API void kith_link_maker_retarget (KithLinkMaker *self, const KithLinkTarget *target);

/* A verified knock from the inbox, allowed by policy: an offer starts an agent and yields an answer
   by "knock"; an answer adds its candidates. Unknown answers and repeated offers are ignored. At
   most 16 offers of people who are known are under way, 4 of one identity, and 16 of strangers, 2
   of one. */
KITH_API void kith_link_maker_take_knock (KithLinkMaker *self, const KithKnock *knock);

/* Offers @friend_path (copied) to the link that is being made, or being moved, with the knock of
   @link_id, on either side. Packets of the peer are handed in by
   kith_link_maker_friend_path_input(). It is used at once when no other path works yet, and
   released when a direct one was proved, when the link ends, or when a quicker one came. Returns an
   id > 0; 0 when there is no such link, or it has friends' paths enough (3): then "released" is not
   called. */
KITH_API guint kith_link_maker_add_friend_path (KithLinkMaker *self,
                                                const guint8 link_id[KITH_SEED_LEN],
                                                const KithFriendPath *friend_path);
/* A packet of the peer that came by that path. TRUE when the link authenticated it. */
KITH_API gboolean kith_link_maker_friend_path_input (KithLinkMaker *self,
                                                     guint id,
                                                     const guint8 *packet,
                                                     gsize len);

/* The friend cannot carry any more; "released" is not called. An unknown id is ignored. */
KITH_API void kith_link_maker_remove_friend_path (KithLinkMaker *self, guint id);

G_END_DECLS
