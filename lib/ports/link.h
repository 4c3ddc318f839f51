/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to the authenticated, encrypted path between two devices. */
#pragma once

#include <gio/gio.h>

#include "base/export.h"
#include "model/call/reason.h"
#include "model/call/trace.h"
#include "model/names/record.h"

G_BEGIN_DECLS

#define KITH_NOTE_MAX 1024  /* bytes of a note */
#define KITH_FRAME_MAX 1400 /* bytes of a frame */
#define KITH_FRAME_FIRST_BYTE                                                                      \
  0x30 /* of a datagram that is a frame: in a range that neither QUIC nor RTP nor STUN uses (RFC 9443) */

#define KITH_TYPE_LINK (kith_link_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithLink, kith_link, KITH, LINK, GObject)
#define KITH_TYPE_LINK_MAKER (kith_link_maker_get_type ())
KITH_API G_DECLARE_INTERFACE (KithLinkMaker, kith_link_maker, KITH, LINK_MAKER, GObject)

    typedef enum {
      KITH_LINK_UP,
      KITH_LINK_SUSPECT,
      KITH_LINK_CLOSED
    } KithLinkState;

/* How the path runs now. */
typedef struct {
  KithCandidate local; /* all zero when a friend relays */
  KithCandidate remote;
  guint rtt_ms;
  guint
      least_rtt_ms; /* the quickest round trip on this path, which no hurry of either host made longer; 0 not known */
  gint64 since_us; /* wall time */
  gboolean is_relayed_by_friend;
  KithPeerKey friend_key; /* while is_relayed_by_friend */
  guint
      friend_delay_ms; /* what one way through the friend takes, by the round trips of both of its links when it was chosen */
} KithLinkPath;

/* One datagram of media that came in beside the link (RTP or RTCP, first byte 128 to 191). Main thread; copy what is kept. TRUE when it
   proved to be the peer's (SRTP authenticated it): only then it counts as a sign of life. */
typedef gboolean (*KithLinkMediaFunc) (KithLink *link,
                                       const guint8 *data,
                                       gsize len,
                                       gpointer user_data);

/* One frame that came in beside the link, without its first byte: unauthenticated. Main thread; copy what is kept. TRUE when the link whose
   packet it is authenticated it: only then it counts as a sign of life. */
typedef gboolean (*KithLinkFrameFunc) (KithLink *link,
                                       const guint8 *data,
                                       gsize len,
                                       gpointer user_data);

/**
 * KithLinkInterface: one link, main thread, exists only once both sides are authenticated.
 *
 * Signals: "suspect" (gboolean: TRUE nothing heard for 3 s, FALSE heard again); "closed" (guint KithReason): once, final;
 * "path-changed": get_path() tells the new one; "moving" (gboolean: TRUE a new path is being looked for because the old one fell silent or
 * this host's addresses changed and nothing was heard since, FALSE the peer is heard again); "note" (GBytes *): see kith_link_send_note().
 */
struct _KithLinkInterface {
  GTypeInterface parent_interface;
  guint (*get_id) (KithLink *self);
  KithLinkState (*get_state) (KithLink *self);
  KithReason (*get_reason) (KithLink *self);
  const KithDeviceCert *(*get_peer) (KithLink *self);
  gboolean (*is_outgoing) (KithLink *self);
  int (*take_sip) (KithLink *self);
  gboolean (*send_media) (KithLink *self, const guint8 *data, gsize len);
  gboolean (*claim_media) (KithLink *self,
                           guint32 remote_ssrc,
                           KithLinkMediaFunc func,
                           gpointer user_data,
                           GError **error);
  void (*release_media) (KithLink *self, guint32 remote_ssrc, gpointer user_data);
  guint64 (*get_unclaimed) (KithLink *self);
  gboolean (*export_key) (KithLink *self,
                          const char *label,
                          const guint8 *context,
                          gsize context_len,
                          guint8 *key,
                          gsize key_len);
  void (*get_path) (KithLink *self, KithLinkPath *path);
  void (*hold) (KithLink *self);
  void (*unhold) (KithLink *self);
  void (*close) (KithLink *self, const char *why);
  gboolean (*send_note) (KithLink *self, const guint8 *data, gsize len);
  gboolean (*send_frame) (KithLink *self, const guint8 *data, gsize len);
  void (*set_frame_func) (KithLink *self, KithLinkFrameFunc func, gpointer user_data);
  void (*set_trace) (KithLink *self, KithTrace *trace);
};

/* A number for logs and SIP's pseudo addresses, unique in the process, from 1. */
KITH_API guint kith_link_get_id (KithLink *self);
KITH_API KithLinkState kith_link_get_state (KithLink *self);

/* Why it was closed, as "closed" says it; KITH_REASON_NONE while it is not. KITH_REASON_UNAUTHORIZED: the peer takes no links of us. */
KITH_API KithReason kith_link_get_reason (KithLink *self);

/* The peer's device certificate, verified: signature by the identity, validity, and device key = the key of the handshake. (transfer none) */
KITH_API const KithDeviceCert *kith_link_get_peer (KithLink *self);

/* TRUE on the side that opened it. */
KITH_API gboolean kith_link_is_outgoing (KithLink *self);

/* The descriptor of the SIP byte stream: one end of an AF_UNIX SOCK_STREAM socketpair, non-blocking, close-on-exec; the caller owns
   and closes it; EOF when the link is closed. Only once: -1 afterwards. */
KITH_API int kith_link_take_sip (KithLink *self);

/* Sends one media datagram (RTP/RTCP already protected) beside the link. FALSE when dropped (closed, buffer full). */
KITH_API gboolean kith_link_send_media (KithLink *self, const guint8 *data, gsize len);

/* The peer's packets of the stream @remote_ssrc (RTCP: the sender of its first part) go to @func from now on; at most KITH_MAX_SSRC_CLAIMS streams a
   link. What nobody claims is dropped and counted. KITH_ERROR_EXISTS (another stream has that SSRC), KITH_ERROR_LIMIT_REACHED,
   KITH_ERROR_INVALID_ARGUMENTS (0), KITH_ERROR_WRONG_STATE (closed). */
KITH_API gboolean kith_link_claim_media (KithLink *self,
                                         guint32 remote_ssrc,
                                         KithLinkMediaFunc func,
                                         gpointer user_data,
                                         GError **error);

/* Gives that claim back; one that is another's, or none, is ignored. */
KITH_API void kith_link_release_media (KithLink *self, guint32 remote_ssrc, gpointer user_data);

/* How many packets of media came that nobody had claimed. */
KITH_API guint64 kith_link_get_unclaimed (KithLink *self);

/* TLS 1.3 exporter (RFC 8446 section 7.5): same bytes on both sides. FALSE when closed. */
KITH_API gboolean kith_link_export_key (KithLink *self,
                                        const char *label,
                                        const guint8 *context,
                                        gsize context_len,
                                        guint8 *key,
                                        gsize key_len);
KITH_API void kith_link_get_path (KithLink *self, KithLinkPath *path);

/* While held (counted), the link is kept alive every 5 s and not closed for idleness; otherwise every 15 s, and closed after 60 s. */
KITH_API void kith_link_hold (KithLink *self);
KITH_API void kith_link_unhold (KithLink *self);

/* Says goodbye to the peer and closes; "closed" follows from the loop. */
KITH_API void kith_link_close (KithLink *self, const char *why);

/* Sends a note: a message of 1 to KITH_NOTE_MAX bytes between the two nodes, beside SIP, reliable and in order, encrypted and authenticated as
   the link is; the peer gets it as the signal "note". Its first byte tells what it is about: see lib/model/note.h. FALSE when the link is closed, the
   peer is too old to take notes, or more than 64 KiB wait. */
KITH_API gboolean kith_link_send_note (KithLink *self, const guint8 *data, gsize len);

/* Sends an unreliable frame of 1 to KITH_FRAME_MAX bytes beside QUIC on the same path: neither encrypted nor authenticated by the link. It
   serves to carry packets of another link, which are sealed themselves. FALSE when dropped. */
KITH_API gboolean kith_link_send_frame (KithLink *self, const guint8 *data, gsize len);

/* Who gets the frames that come in; NULL: they are dropped. */
KITH_API void kith_link_set_frame_func (KithLink *self, KithLinkFrameFunc func, gpointer user_data);

/* From now on what happens to the path is added to @trace (a reference is taken), with today's candidates, pair and keys first; NULL: no
   more. */
KITH_API void kith_link_set_trace (KithLink *self, KithTrace *trace);

/* Whom to reach, and what is known of the way. */
typedef struct {
  KithPeerKey identity;
  KithPeerKey device;
  gboolean has_slot;
  guint8 slot_seed[KITH_SEED_LEN];
  guint n_candidates;
  KithCandidate candidates[KITH_MAX_CANDIDATES];
  KithTrace *trace; /* what is tried is added here while it is being opened; NULL: nowhere */
  guint prepared;   /* of kith_link_maker_prepare(), used up by the opening; 0: nothing was */
} KithLinkTarget;

/* A way for the packets of one link that is not ICE: a friend carries them. The two functions are called on the main thread. */
typedef struct {
  KithPeerKey friend_key;
  guint delay_ms; /* what it is expected to take one way, peer to peer */
  gboolean (*send) (const guint8 *packet, gsize len, gpointer user_data); /* FALSE: dropped */
  void (*released) (gpointer user_data); /* the link needs it no more: once, the last call */
  gpointer user_data;
} KithDetour;

/**
 * KithLinkMakerInterface: makes links; main thread.
 *
 * Signals:
 * "accepted" (KithLink): a peer's link is up and authenticated; policy is the receiver's.
 * "slot-changed": the listening agent or our candidates changed: publish a new reach record.
 * "knock" (gpointer const KithPeerKey *identity, gpointer const KithKnock *knock): deliver @knock (unsigned, without certificate:
 * the receiver fills in device, issued, signature) to @identity by every way there is: friends that are linked to both, and its inbox.
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
  KithLink *(*open_finish) (KithLinkMaker *self, GAsyncResult *result, GError **error);
  guint (*prepare) (KithLinkMaker *self);
  void (*unprepare) (KithLinkMaker *self, guint id);
  void (*retarget) (KithLinkMaker *self, const KithLinkTarget *target);
  void (*take_knock) (KithLinkMaker *self, const KithKnock *knock);
  guint (*add_detour) (KithLinkMaker *self,
                       const guint8 link_id[KITH_SEED_LEN],
                       const KithDetour *detour);
  gboolean (*detour_input) (KithLinkMaker *self, guint id, const guint8 *packet, gsize len);
  void (*remove_detour) (KithLinkMaker *self, guint id);
};

/* Starts the listening agent. FALSE and KITH_ERROR_FAILED when no socket can be had. */
KITH_API gboolean kith_link_maker_start (KithLinkMaker *self, GError **error);

/* Closes all links with a goodbye (sent at once) and the listening agent. */
KITH_API void kith_link_maker_stop (KithLinkMaker *self);

/* Fills has_slot, slot_seed and the candidates of @reach. FALSE while there is none. */
KITH_API gboolean kith_link_maker_get_slot (KithLinkMaker *self, KithReach *reach);

/* Opens a link: checks at the slot's candidates at once, and at the same time a "knock" with an offer. Never gives back a link to another
   device key or identity than the target's. Fails with KITH_ERROR_UNREACHABLE (no path within 3.5 s), KITH_ERROR_UNTRUSTED (wrong
   key), KITH_ERROR_CANCELLED. (transfer full) from _finish. */
KITH_API void kith_link_maker_open_async (KithLinkMaker *self,
                                          const KithLinkTarget *target,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
KITH_API KithLink *
kith_link_maker_open_finish (KithLinkMaker *self, GAsyncResult *result, GError **error);

/* Gathers this host's addresses, with those that STUN and TURN servers lend, for an open_async() that will follow as soon as it is known where the
   peer is: then checks and knocks go at once. Nobody is told of them before. At most 4 at a time, each for 10 s. Returns an id > 0 for
   KithLinkTarget.prepared; 0 when there are enough: then the opening gathers for itself. */
KITH_API guint kith_link_maker_prepare (KithLinkMaker *self);

/* It is not needed any more; an id that is unknown, used up or 0 is ignored. */
KITH_API void kith_link_maker_unprepare (KithLinkMaker *self, guint id);

/* A newer record of a device came while links to it are being opened: they check at @target's slot besides what is under way, at candidates that are
   new if it is a slot that they know, else as a further way, of which each has at most 2. Ignored when none is being opened. */
KITH_API void kith_link_maker_retarget (KithLinkMaker *self, const KithLinkTarget *target);

/* A verified knock from the inbox, allowed by policy: an offer starts an agent and yields an answer by "knock"; an answer adds its
   candidates. Unknown answers and repeated offers are ignored. At most 16 offers of
   people who are known are under way, 4 of one identity, and 16 of strangers, 2 of one. */
KITH_API void kith_link_maker_take_knock (KithLinkMaker *self, const KithKnock *knock);

/* Offers @detour (copied) to the link that is being made, or being moved, with the knock of @link_id, on either side. Packets of the peer are
   handed in by kith_link_maker_detour_input(). It is used at once when no other path works yet, and released when a direct one was proved, when
   the link ends, or when a quicker detour came. Returns an id > 0; 0 when there is no such link, or it has detours enough (3): then "released" is not
   called. */
KITH_API guint kith_link_maker_add_detour (KithLinkMaker *self,
                                           const guint8 link_id[KITH_SEED_LEN],
                                           const KithDetour *detour);
/* A packet of the peer that came by that detour. TRUE when the link authenticated it. */
KITH_API gboolean kith_link_maker_detour_input (KithLinkMaker *self,
                                                guint id,
                                                const guint8 *packet,
                                                gsize len);

/* The friend cannot carry any more; "released" is not called. An unknown id is ignored. */
KITH_API void kith_link_maker_remove_detour (KithLinkMaker *self, guint id);

G_END_DECLS
