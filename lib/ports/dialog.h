/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to the SIP engine: dialogs made by INVITE (RFC 3261), over a link or straight to an ordinary SIP peer. */
#pragma once

#include <gio/gio.h>

#include "base/export.h"
#include "model/names/peer-key.h"

G_BEGIN_DECLS

#define KITH_TYPE_DIALOG (kith_dialog_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithDialog, kith_dialog, KITH, DIALOG, GObject)
#define KITH_TYPE_SIP (kith_sip_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithSip, kith_sip, KITH, SIP, GObject)

#define KITH_PHRASE_NOBODY "nothing listens there, or no such host is up"
#define KITH_PHRASE_SILENCE "no answer came"

/**
 * KithDialogInterface: one INVITE dialog; main thread; bodies are SDP text that passed kith_sdp_check().
 *
 * Signals (none after "ended"):
 * "ringing" (): outgoing, 180 or 183, once.
 * "early" (const char *sdp): outgoing, before "answered": a 1xx describes what may be heard before the answer (RFC 3960); again when it changes.
 * "answered" (const char *sdp): outgoing, 2xx, once; the ACK is sent by the engine. Without a description of its own the 2xx has that of the same
 * peer's 1xx (the same To tag).
 * "confirmed" (): incoming, the ACK came. Of an INVITE without an offer, get_remote_sdp() is the answer in the ACK then, NULL if that was none.
 * "ended" (guint status, const char *phrase): final, once. Status 0: BYE or CANCEL by the peer, 200: our own verb ended it, else the SIP
 * status that refused it (408 when nothing came back). Where nobody sent that status the phrase is KITH_PHRASE_NOBODY or KITH_PHRASE_SILENCE
 * (ordinary SIP).
 * "reoffered" (const char *sdp): a re-INVITE or UPDATE with a checked offer, to be answered with reanswer() within 8 s. Without a handler the
 * engine answers one that changes nothing with the session's last SDP and refuses others with 488. An UPDATE without a body it answers itself.
 * "offer-wanted" (): a re-INVITE without a body: our offer is wanted, by reanswer() within 8 s. Without a handler the session's last SDP goes out.
 * "reanswered" (const char *sdp): the ACK brought the answer to that offer; NULL: none that can be read.
 * "reoffer-answered" (const char *sdp): the peer took the offer of reoffer(), and this is its answer.
 * "reoffer-failed" (guint status, guint retry_ms): it did not, and what was agreed before counts. @retry_ms > 0: both asked at the same time (491), or
 * it has no time now (500): it may be offered once more after so long, unless an offer of the peer was answered meanwhile. 0: it is refused for good.
 * A peer that knows no such call, or says nothing, ends it: "ended" (481 or 408).
 */
struct _KithDialogInterface {
  GTypeInterface parent_interface;
  const char *(*get_call_id) (KithDialog *self);
  gboolean (*is_outgoing) (KithDialog *self);
  guint (*get_link_id) (KithDialog *self);
  const char *(*get_remote_uri) (KithDialog *self);
  const char *(*get_remote_display) (KithDialog *self);
  const char *(*get_local_host) (KithDialog *self);
  const char *(*get_remote_host) (KithDialog *self);
  const char *(*get_remote_sdp) (KithDialog *self);
  void (*ring) (KithDialog *self);
  void (*answer) (KithDialog *self, const char *sdp);
  void (*reject) (KithDialog *self, guint status, const char *phrase);
  void (*hang_up) (KithDialog *self, const char *reason_word);
  void (*reanswer) (KithDialog *self, guint status, const char *sdp);
  gboolean (*reoffer) (KithDialog *self, const char *sdp, GError **error);
  const char *(*get_moved_to) (KithDialog *self);
  gboolean (*is_elsewhere) (KithDialog *self);
};

KITH_API const char *kith_dialog_get_call_id (KithDialog *self);
KITH_API gboolean kith_dialog_is_outgoing (KithDialog *self);

/* Which link carries it; 0: ordinary SIP. */
KITH_API guint kith_dialog_get_link_id (KithDialog *self);

/* The peer's URI as it says itself (From or To), never to be trusted; bounded, kith_text_safe() before it is shown. */
KITH_API const char *kith_dialog_get_remote_uri (KithDialog *self);
KITH_API const char *kith_dialog_get_remote_display (KithDialog *self);

/* Our own IP address towards this peer: what belongs into c= ("127.0.0.1" form, IPv6 without brackets). */
KITH_API const char *kith_dialog_get_local_host (KithDialog *self);

/* The IP address that the peer's signalling comes from (IPv6 without brackets), or NULL on a link. As long as @self, or until the next call. */
KITH_API const char *kith_dialog_get_remote_host (KithDialog *self);

/* Ended by a 3xx: where the peer says that it can be reached now, a SIP URI that is safe to show and was not followed; else NULL. */
KITH_API const char *kith_dialog_get_moved_to (KithDialog *self);

/* Incoming: ended by a CANCEL which says that another phone took the call (RFC 3326). */
KITH_API gboolean kith_dialog_is_elsewhere (KithDialog *self);

/* The peer's latest SDP, or NULL (an INVITE without offer: the answer's SDP is then an offer). */
KITH_API const char *kith_dialog_get_remote_sdp (KithDialog *self);

/* Incoming: send 180. */
KITH_API void kith_dialog_ring (KithDialog *self);

/* Incoming: send 200 with @sdp. */
KITH_API void kith_dialog_answer (KithDialog *self, const char *sdp);

/* Incoming, unanswered: refuse with @status (300 to 699). "ended" (200) follows. */
KITH_API void kith_dialog_reject (KithDialog *self, guint status, const char *phrase);

/* CANCEL before the answer, BYE after it (with a Reason header, RFC 3326, when @reason_word is given). "ended" (200) follows. */
KITH_API void kith_dialog_hang_up (KithDialog *self, const char *reason_word);

/* Answer a "reoffered": 200 with @sdp, or a refusal with NULL: 488, or 500 for "too soon", which carries a Retry-After (RFC 3261 section 14.2). */
KITH_API void kith_dialog_reanswer (KithDialog *self, guint status, const char *sdp);

/* Offer @sdp anew within the call: "reoffer-answered" or "reoffer-failed" follows, or the end, never from within. FALSE and KITH_ERROR_WRONG_STATE
   (not answered yet, or over), KITH_ERROR_IN_PROGRESS (an offer of either side is under way). */
KITH_API gboolean kith_dialog_reoffer (KithDialog *self, const char *sdp, GError **error);

/* How an outgoing call is to be made. */
typedef struct {
  const char *
      request_uri; /* "sip:bob@kith.alt" on a link, "sip:bob@192.0.2.7:5062;transport=tcp" otherwise */
  const char *
      from_uri; /* our identity: "sip:alice@7k2f9qxm.kith.alt"; on ordinary SIP the engine writes its own address as host */
  const char *display; /* (nullable) */
  guint link_id;       /* 0: ordinary SIP; the host is resolved by RFC 3263 */
} KithDialParams;

/* A request that would begin a call, before anything is kept of it. Borrowed for the time of the question. The link and the source are facts, all
   else is only what the request says of itself (bounded, and safe to be shown). */
typedef struct {
  guint link_id; /* 0: ordinary SIP */
  const char *
      source; /* ordinary SIP: the IP address that it came from, IPv6 without brackets; NULL on a link */
  guint16 source_port; /* and the port */
  gboolean is_probe;   /* an OPTIONS: nobody calls, somebody asks whether they might */
  const char *call_id; /* the same again: a repetition of what was refused, or of what rings */
  const char *remote_uri;
  const char *remote_display;
  const char *request_user; /* the user part of the Request-URI, unescaped, or "" */
} KithInvite;

#define KITH_JUDGE_GO_ON 0 /* a stranger, whose call may ring */
#define KITH_JUDGE_KNOWN 1 /* somebody whom the node knows: there is always room for their call */

/* What the node says to it: one of the two above ("incoming" follows an INVITE), or the status (300 to 699) of a refusal that leaves no state
   behind. It is asked for every such request of the network: it must be quick and keep next to nothing. */
typedef guint (*KithJudgeFunc) (const KithInvite *invite, gpointer user_data);

/**
 * KithSipInterface: the SIP stack; main thread.
 *
 * Signals:
 * "incoming" (KithDialog): an INVITE with a checked body; the engine has sent 100. The receiver keeps a reference and rings, answers or
 * rejects; one without a reference is refused with 480.
 * "port-changed" (): kith_sip_get_port() or kith_sip_get_port_problem() has news.
 */
struct _KithSipInterface {
  GTypeInterface parent_interface;
  gboolean (*start) (KithSip *self, GError **error);
  void (*stop_async) (KithSip *self,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
  gboolean (*stop_finish) (KithSip *self, GAsyncResult *result, GError **error);
  gboolean (*attach_link) (KithSip *self,
                           guint link_id,
                           int fd,
                           const char *peer_user,
                           const char *peer_host,
                           GError **error);
  void (*detach_link) (KithSip *self, guint link_id);
  void (*resolve_async) (KithSip *self,
                         const char *uri,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
  gchar *(*resolve_finish) (KithSip *self,
                            GAsyncResult *result,
                            gchar **local_host,
                            GError **error);
  KithDialog *(*dial) (KithSip *self,
                       const KithDialParams *params,
                       const char *sdp,
                       GError **error);
  guint16 (*get_port) (KithSip *self);
  const char *(*get_port_problem) (KithSip *self);                           /* (nullable) */
  int (*get_port_errno) (KithSip *self);                                     /* (nullable) */
  gboolean (*give_up_hop) (KithSip *self, const char *uri, const char *hop); /* (nullable) */
  void (*set_judge) (KithSip *self, KithJudgeFunc judge, gpointer user_data);
};

/* Starts the stack, and binds UDP and TCP for ordinary SIP: a port that is taken is tried again until it is free, and links work meanwhile.
   KITH_ERROR_FAILED. */
KITH_API gboolean kith_sip_start (KithSip *self, GError **error);

/* Ends all dialogs (BYE, CANCEL, 480) and closes the stack, within 2 s. */
KITH_API void kith_sip_stop_async (KithSip *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
KITH_API gboolean kith_sip_stop_finish (KithSip *self, GAsyncResult *result, GError **error);

/* Gives the stack the byte stream of a link (ownership of @fd passes). Requests from it whose From does not say @peer_user (NULL:
   any) at @peer_host (the authenticated identity: the 52 characters of its key and ".kith.alt") are refused with 403. */
KITH_API gboolean kith_sip_attach_link (KithSip *self,
                                        guint link_id,
                                        int fd,
                                        const char *peer_user,
                                        const char *peer_host,
                                        GError **error);

/* Dialogs over it end with 503 at once. */
KITH_API void kith_sip_detach_link (KithSip *self, guint link_id);

/* RFC 3263 with GResolver: NAPTR is skipped, SRV then A/AAAA. _finish: (transfer full): a numeric URI to put into request_uri's place
   as next hop ("sip:192.0.2.7:5062;transport=udp") and our own address towards it; KITH_ERROR_NOT_FOUND when there is no such host. */
KITH_API void kith_sip_resolve_async (KithSip *self,
                                      const char *uri,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
KITH_API gchar *
kith_sip_resolve_finish (KithSip *self, GAsyncResult *result, gchar **local_host, GError **error);

/* Sends INVITE with @sdp. (transfer full). For ordinary SIP the host of request_uri is a name or number; the engine resolves it again
   from its cache of kith_sip_resolve_async(). KITH_ERROR_UNREACHABLE when the link is gone. */
KITH_API KithDialog *
kith_sip_dial (KithSip *self, const KithDialParams *params, const char *sdp, GError **error);

/* The port for ordinary SIP that was bound; 0 when off, or not bound yet. */
KITH_API guint16 kith_sip_get_port (KithSip *self);

/* Why the port could not be bound, without a remedy: "port 5060 is taken by baresip (process 4711)"; NULL: it is, or it is off. */
KITH_API const char *kith_sip_get_port_problem (KithSip *self);

/* The same as the errno of the system: EADDRINUSE, EACCES, EADDRNOTAVAIL …; 0: there is no problem. */
KITH_API int kith_sip_get_port_errno (KithSip *self);

/* The next hop @hop of kith_sip_resolve_async() for @uri was refused, said 503 or nothing at all (RFC 3263 section 4.3). TRUE: the next
   resolve has another one. */
KITH_API gboolean kith_sip_give_up_hop (KithSip *self, const char *uri, const char *hop);

/* Who is asked about each INVITE that would be a new call, and each OPTIONS outside of calls; NULL: nobody, all go on. */
KITH_API void kith_sip_set_judge (KithSip *self, KithJudgeFunc judge, gpointer user_data);

G_END_DECLS
