/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to the authenticated, encrypted path between two devices. */
#pragma once

#include <gio/gio.h>

#include "base/export.h"
#include "model/call/reason.h"
#include "model/call/trace.h"
#include "model/names/record.h"
#include "ports/link-path.h"

G_BEGIN_DECLS

#define KITH_NOTE_MAX 1024         /* bytes of a note */
#define KITH_FRAME_MAX 1400        /* bytes of a frame */
#define KITH_FRAME_FIRST_BYTE 0x30 /* a range that neither QUIC, RTP nor STUN uses (RFC 9443) */

#define KITH_TYPE_LINK (kith_link_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithLink, kith_link, KITH, LINK, GObject)

typedef enum { KITH_LINK_UP, KITH_LINK_SUSPECT, KITH_LINK_CLOSED } KithLinkState;

/* One datagram of media (RTP or RTCP) that came in beside the link; copy what is kept. Media
   thread, or main thread (what a friend carried), also both at once: of @link it may call
   kith_link_send_media() alone, and it takes no longer than a packet's work. TRUE when SRTP proved
   it to be the peer's: only then it is a sign of life. */
typedef gboolean (*KithLinkMediaFunc) (KithLink *link,
                                       const guint8 *data,
                                       gsize len,
                                       gpointer user_data);

/* One frame without its first byte, unauthenticated. TRUE when the link that it is of proved it. */
typedef KithLinkMediaFunc KithLinkFrameFunc;

/**
 * KithLinkInterface: one link, main thread, exists only once both sides are authenticated.
 *
 * Signals: "suspect" (gboolean: TRUE nothing heard for 3 s, FALSE heard again); "closed" (guint
 * KithReason): once, final; "media" (): a claim's function returned TRUE since it was told last;
 * "path-changed": get_path() tells the new one; "moving" (gboolean: TRUE a new path is looked for,
 * since the old one fell silent or this host's addresses changed and nothing was heard since, FALSE
 * the peer is heard again); "note" (GBytes *): see kith_link_send_note().
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
  void (*give_early) (KithLink *self);
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
  void (*close) (KithLink *self, KithReason why);
  const char *(*get_why) (KithLink *self);
  gboolean (*send_note) (KithLink *self, const guint8 *data, gsize len);
  gboolean (*send_frame) (KithLink *self, const guint8 *data, gsize len);
  void (*set_frame_func) (KithLink *self, KithLinkFrameFunc func, gpointer user_data);
  void (*add_trace) (KithLink *self, KithTrace *trace);
  void (*remove_trace) (KithLink *self, KithTrace *trace);
};

/* A number for logs and SIP's pseudo addresses, unique in the process, from 1. */
KITH_API guint kith_link_get_id (KithLink *self);
KITH_API KithLinkState kith_link_get_state (KithLink *self);

/* Why it was closed, as "closed" says it, and in words (transfer none); KITH_REASON_NONE and NULL
   while it is not. KITH_REASON_UNAUTHORIZED: the peer takes no links of us. */
KITH_API KithReason kith_link_get_reason (KithLink *self);
KITH_API const char *kith_link_get_why (KithLink *self);

/* The peer's certificate, verified: signature, validity, key of the handshake. (transfer none) */
KITH_API const KithDeviceCert *kith_link_get_peer (KithLink *self);

/* TRUE on the side that opened it. */
KITH_API gboolean kith_link_is_outgoing (KithLink *self);

/* One end of a socketpair (AF_UNIX, SOCK_STREAM) with the SIP byte stream: non-blocking, close on
   exec, the caller's to close; EOF when the link is closed. Only once: -1 afterwards. */
KITH_API int kith_link_take_sip (KithLink *self);

/* Sends one media datagram (RTP/RTCP already protected) beside the link. FALSE when dropped
   (closed, buffer full). Any thread that holds a reference. */
KITH_API gboolean kith_link_send_media (KithLink *self, const guint8 *data, gsize len);

/* The peer's packets of the stream @remote_ssrc (RTCP: the sender of its first part) go to @func
   from now on; at most KITH_MAX_SSRC_CLAIMS streams a link. What nobody claims is dropped and
   counted. KITH_ERROR_EXISTS (another stream has that SSRC), KITH_ERROR_LIMIT_REACHED,
   KITH_ERROR_INVALID_ARGUMENTS (0), KITH_ERROR_WRONG_STATE (closed). */
KITH_API gboolean kith_link_claim_media (KithLink *self,
                                         guint32 remote_ssrc,
                                         KithLinkMediaFunc func,
                                         gpointer user_data,
                                         GError **error);

/* Gives that claim back; one that is another's, or none, is ignored. Its function is not running
   any more when this returns, unless it is called by that. */
KITH_API void kith_link_release_media (KithLink *self, guint32 remote_ssrc, gpointer user_data);

/* Packets that came before their stream was claimed (of the last 0.4 s, the newest 8) go to who
   claimed it, before this returns: media overtakes an answer. */
KITH_API void kith_link_give_early (KithLink *self);

/* How many packets of media nobody had claimed. */
KITH_API guint64 kith_link_get_unclaimed (KithLink *self);

/* TLS 1.3 exporter (RFC 8446 section 7.5): same bytes on both sides. FALSE when closed. */
KITH_API gboolean kith_link_export_key (KithLink *self,
                                        const char *label,
                                        const guint8 *context,
                                        gsize context_len,
                                        guint8 *key,
                                        gsize key_len);
KITH_API void kith_link_get_path (KithLink *self, KithLinkPath *path);

/* While held (counted) it is kept alive every 5 s; else every 15 s, and closed after 60 s idle. */
KITH_API void kith_link_hold (KithLink *self);
KITH_API void kith_link_unhold (KithLink *self);

/* Says goodbye to the peer and closes; "closed" (LOCAL) follows from the loop. @why: what the peer
   is told as a number (LOCAL: nothing but that; BUSY, UNAUTHORIZED, INTERNAL), and what its
   kith_link_get_reason() says then. */
KITH_API void kith_link_close (KithLink *self, KithReason why);

/* Sends a note: 1 to KITH_NOTE_MAX bytes beside SIP, reliable, in order, and authenticated as the
   link is; the peer gets it as the signal "note". Its first byte tells what it is about: see
   model/talk/note.h. FALSE: closed, a peer too old for notes, or more than 64 KiB wait. */
KITH_API gboolean kith_link_send_note (KithLink *self, const guint8 *data, gsize len);

/* Sends an unreliable frame of 1 to KITH_FRAME_MAX bytes beside QUIC, neither encrypted nor
   authenticated: for packets of another link, sealed themselves. FALSE when dropped. */
KITH_API gboolean kith_link_send_frame (KithLink *self, const guint8 *data, gsize len);

/* Who gets the frames that come in; NULL: they are dropped. */
KITH_API void kith_link_set_frame_func (KithLink *self, KithLinkFrameFunc func, gpointer user_data);

/* From now on what happens to the path is added to @trace, too (a reference is taken), with today's
   candidates, pair and keys first; no longer. Each call over the link has its own. */
KITH_API void kith_link_add_trace (KithLink *self, KithTrace *trace);
KITH_API void kith_link_remove_trace (KithLink *self, KithTrace *trace);

G_END_DECLS
