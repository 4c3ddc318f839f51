/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to the authenticated, encrypted path between two devices. */
#pragma once

#include <gio/gio.h>

#include "base/export.h"
#include "model/record.h"

G_BEGIN_DECLS

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

/* How the path runs now; strings are owned by the struct's receiver. */
typedef struct {
  KithCandidate local;
  KithCandidate remote;
  guint rtt_ms;
  gint64 since_us; /* wall time */
} KithLinkPath;

/* One datagram of media that came in beside the link (RTP or RTCP, first byte 128 to 191). Main thread; copy what is kept. */
typedef void (*KithLinkMediaFunc) (KithLink *link,
                                   const guint8 *data,
                                   gsize len,
                                   gpointer user_data);

/**
 * KithLinkInterface: one link, main thread, exists only once both sides are authenticated.
 *
 * Signals: "suspect" (gboolean: TRUE nothing heard for 3 s, FALSE heard again); "closed" (guint KithReason): once, final;
 * "path-changed".
 */
struct _KithLinkInterface {
  GTypeInterface parent_interface;
  guint (*get_id) (KithLink *self);
  KithLinkState (*get_state) (KithLink *self);
  const KithDeviceCert *(*get_peer) (KithLink *self);
  gboolean (*is_outgoing) (KithLink *self);
  int (*take_sip) (KithLink *self);
  gboolean (*send_media) (KithLink *self, const guint8 *data, gsize len);
  gboolean (*claim_media) (KithLink *self, KithLinkMediaFunc func, gpointer user_data);
  void (*release_media) (KithLink *self, gpointer user_data);
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
};

/* A number for logs and SIP's pseudo addresses, unique in the process, from 1. */
KITH_API guint kith_link_get_id (KithLink *self);
KITH_API KithLinkState kith_link_get_state (KithLink *self);

/* The peer's device certificate, verified: signature by the identity, validity, and device key = the key of the handshake. (transfer none) */
KITH_API const KithDeviceCert *kith_link_get_peer (KithLink *self);

/* TRUE on the side that opened it. */
KITH_API gboolean kith_link_is_outgoing (KithLink *self);

/* The descriptor of the SIP byte stream: one end of an AF_UNIX SOCK_STREAM socketpair, non-blocking, close-on-exec; the caller owns
   and closes it; EOF when the link is closed. Only once: -1 afterwards. */
KITH_API int kith_link_take_sip (KithLink *self);

/* Sends one media datagram (RTP/RTCP already protected) beside the link. FALSE when dropped (closed, buffer full). */
KITH_API gboolean kith_link_send_media (KithLink *self, const guint8 *data, gsize len);

/* One call at a time may have the link's media. FALSE if another has it. */
KITH_API gboolean kith_link_claim_media (KithLink *self,
                                         KithLinkMediaFunc func,
                                         gpointer user_data);
KITH_API void kith_link_release_media (KithLink *self, gpointer user_data);

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

/* Whom to reach, and what is known of the way. */
typedef struct {
  KithPeerKey identity;
  KithPeerKey device;
  gboolean has_slot;
  guint8 slot_seed[KITH_SEED_LEN];
  guint n_candidates;
  KithCandidate candidates[KITH_MAX_CANDIDATES];
} KithLinkTarget;

/**
 * KithLinkMakerInterface: makes links; main thread.
 *
 * Signals:
 * "accepted" (KithLink): a peer's link is up and authenticated; policy is the receiver's.
 * "slot-changed": the listening agent or our candidates changed: publish a new reach record.
 * "knock" (gpointer const KithPeerKey *identity, gpointer const KithKnock *knock): deliver @knock (unsigned, without certificate:
 * the receiver fills in device, issued, signature) to the inbox of @identity.
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
  void (*take_knock) (KithLinkMaker *self, const KithKnock *knock);
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

/* A verified knock from the inbox, allowed by policy: an offer starts an agent and yields an answer by "knock"; an answer adds its
   candidates. Unknown answers and repeated offers are ignored. At most 16 offers under way, 4 of one
   identity. */
KITH_API void kith_link_maker_take_knock (KithLinkMaker *self, const KithKnock *knock);

G_END_DECLS
