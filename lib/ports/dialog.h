/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to a SIP dialog made by INVITE (RFC 3261), over a link or straight to an ordinary SIP
   peer. */
#pragma once

#include <gio/gio.h>

#include "base/export.h"
#include "model/call/reason.h"
#include "model/names/peer-key.h"

G_BEGIN_DECLS

#define KITH_TYPE_DIALOG (kith_dialog_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithDialog, kith_dialog, KITH, DIALOG, GObject)

#define KITH_PHRASE_NOBODY "nothing listens there, or no such host is up"
#define KITH_PHRASE_SILENCE "no answer came"

/* With 480: what a callee says to telephones, and 0.1.0 to everybody, whose microphone or speaker
   cannot be opened. */
#define KITH_PHRASE_NO_SOUND "No Working Sound Device"

/**
 * KithDialogInterface: one INVITE dialog; main thread; bodies are SDP text that passed
 * kith_sdp_check().
 *
 * Signals (none after "ended"):
 * "ringing" (): outgoing, 180, or 183 that describes nothing, once.
 * "early" (const char *sdp): outgoing, before "answered": a 1xx describes what may be heard before
 * the answer (RFC 3960); again when it changes.
 * "answered" (const char *sdp): outgoing, 2xx, once; the ACK is sent by the engine. Without a
 * description of its own the 2xx has that of the same peer's 1xx (the same To tag).
 * "confirmed" (): incoming, the ACK came. Of an INVITE without an offer, get_remote_sdp() is the
 * answer in the ACK then, NULL if that was none.
 * "ended" (guint status, const char *phrase): final, once. Status 0: BYE or CANCEL by the peer,
 * 200: our own verb ended it, else the SIP status that refused it (408 when nothing came back).
 * Where nobody sent that status the phrase is KITH_PHRASE_NOBODY or KITH_PHRASE_SILENCE (ordinary
 * SIP).
 * "pressed" (guint key): a key '0'-'9', '*', '#', 'A'-'D', told by INFO.
 * "reoffered" (const char *sdp): a re-INVITE or UPDATE with a checked offer, to be answered with
 * reanswer() within 8 s. Without a handler the engine answers one that changes nothing with the
 * session's last SDP and refuses others with 488. An UPDATE without a body it answers itself.
 * "offer-wanted" (): a re-INVITE without a body: our offer is wanted, by reanswer() within 8 s.
 * Without a handler the session's last SDP goes out.
 * "reanswered" (const char *sdp): the ACK brought the answer to that offer; NULL: none that can be
 * read.
 * "reoffer-answered" (const char *sdp): the peer took the offer of reoffer(), and this is its
 * answer.
 * "reoffer-failed" (guint status, guint retry_ms): it did not, and what was agreed before counts.
 * @retry_ms > 0: both asked at the same time (491), or it has no time now (500): it may be offered
 * once more after so long, unless an offer of the peer was answered meanwhile. 0: it is refused for
 * good. A peer that knows no such call, or says nothing, ends it: "ended" (481 or 408).
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
  const char *(*get_phone) (KithDialog *self);
  const char *(*get_request_user) (KithDialog *self);
  const char *(*get_remote_sdp) (KithDialog *self);
  void (*ring) (KithDialog *self);
  void (*progress) (KithDialog *self, const char *sdp); /* (nullable) */
  void (*answer) (KithDialog *self, const char *sdp);
  gboolean (*press) (KithDialog *self, char key); /* (nullable) */
  void (*reject) (KithDialog *self, guint status, const char *phrase);
  void (*refuse) (KithDialog *self, KithReason why);
  void (*hang_up) (KithDialog *self, const char *reason_word);
  void (*reanswer) (KithDialog *self, guint status, const char *sdp);
  gboolean (*reoffer) (KithDialog *self, const char *sdp, GError **error);
  const char *(*get_moved_to) (KithDialog *self);
  gboolean (*is_elsewhere) (KithDialog *self);
  guint (*get_peer_reason) (KithDialog *self);
};

KITH_API const char *kith_dialog_get_call_id (KithDialog *self);
KITH_API gboolean kith_dialog_is_outgoing (KithDialog *self);

/* Which link carries it; 0: ordinary SIP. */
KITH_API guint kith_dialog_get_link_id (KithDialog *self);

/* The peer's URI as it says itself (From or To), never to be trusted; bounded, kith_text_safe()
   before it is shown. */
KITH_API const char *kith_dialog_get_remote_uri (KithDialog *self);
KITH_API const char *kith_dialog_get_remote_display (KithDialog *self);

/* Our own IP address towards this peer: what belongs into c= ("127.0.0.1" form, IPv6 without
   brackets). */
KITH_API const char *kith_dialog_get_local_host (KithDialog *self);

/* The IP address that the peer's signalling comes from (IPv6 without brackets), or NULL on a link.
   As long as @self, or until the next call. */
KITH_API const char *kith_dialog_get_remote_host (KithDialog *self);

/* The phone of the house whose call it is, or that is called; NULL: none of ours. */
KITH_API const char *kith_dialog_get_phone (KithDialog *self);

/* Incoming: the user part of what was dialled, unescaped, or "". */
KITH_API const char *kith_dialog_get_request_user (KithDialog *self);

/* Ended by a 3xx: where the peer says that it can be reached now, a SIP URI that is safe to show
   and was not followed; else NULL. */
KITH_API const char *kith_dialog_get_moved_to (KithDialog *self);

/* Incoming: ended by a CANCEL which says that another phone took the call (RFC 3326). */
KITH_API gboolean kith_dialog_is_elsewhere (KithDialog *self);

/* The peer's latest SDP, or NULL (an INVITE without offer: the answer's SDP is then an offer). */
KITH_API const char *kith_dialog_get_remote_sdp (KithDialog *self);

/* Incoming: send 180. */
KITH_API void kith_dialog_ring (KithDialog *self);

/* Incoming: send 183 with @sdp, which answers theirs and is heard from now on; kith_dialog_ring()
   may come before or after it, and the 200 has the same description. */
KITH_API void kith_dialog_progress (KithDialog *self, const char *sdp);

/* Incoming: send 200 with @sdp. */
KITH_API void kith_dialog_answer (KithDialog *self, const char *sdp);

/* Incoming, unanswered: refuse with @status (300 to 699). "ended" (200) follows. */
KITH_API void kith_dialog_reject (KithDialog *self, guint status, const char *phrase);

/* The same with the status of @why; over a link its number goes with it, by which the peer knows
   it. */
KITH_API void kith_dialog_refuse (KithDialog *self, KithReason why);

/* Ended by the peer over a link: the number that it gave for it, which may be one of a later
   version; 0: none. */
KITH_API guint kith_dialog_get_peer_reason (KithDialog *self);

/* CANCEL before the answer, BYE after it (with a Reason header, RFC 3326, when @reason_word is
   given; over a link with the number of that reason). "ended" (200) follows. */
KITH_API void kith_dialog_hang_up (KithDialog *self, const char *reason_word);

/* Answered: tells of a key by INFO. FALSE: this peer takes none. */
KITH_API gboolean kith_dialog_press (KithDialog *self, char key);

/* Answer a "reoffered": 200 with @sdp, or a refusal with NULL: 488, or 500 for "too soon", which
   carries a Retry-After (RFC 3261 section 14.2). */
KITH_API void kith_dialog_reanswer (KithDialog *self, guint status, const char *sdp);

/* Offer @sdp anew within the call: "reoffer-answered" or "reoffer-failed" follows, or the end,
   never from within. FALSE and KITH_ERROR_WRONG_STATE (not answered yet, or over),
   KITH_ERROR_IN_PROGRESS (an offer of either side is under way). */
KITH_API gboolean kith_dialog_reoffer (KithDialog *self, const char *sdp, GError **error);

G_END_DECLS
