/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One call: dialog, media and timers behind one state with one door. */
#pragma once

#include <gio/gio.h>

#include "model/call/call-state.h"
#include "model/call/reason.h"
#include "model/call/trace.h"
#include "ports/media/media-maker.h"

G_BEGIN_DECLS

#define KITH_TYPE_CALL (kith_call_get_type ())
G_DECLARE_FINAL_TYPE (KithCall, kith_call, KITH, CALL, GObject)

/**
 * KithCall properties (all read-only; the two signals tell when to read them):
 * "id" u; "state" u (KithCallState); "reason" u (KithReason); "sip-status" u; "outgoing" b;
 * "peer-address" s (what was dialled, or the peer's URI); "peer-name" s; "peer-key" s (52
 * characters or ""); "peer-tag" s; "peer-own-name" s (of a contact who has another name here);
 * "peer-source" s (the IP address that ordinary SIP came from); "trust" s; "seen-calls" u and
 * "seen-since" x (in seconds: answered calls with this key before); "missed" b (it ended, and our
 * user had no part in it); "calls" u (how many it stands for: more than 1 when strangers were
 * refused as one); "encryption" s ("none", "srtp-link");
 * "located-by" s; "codec" s; "path" s ("host udp 10.0.0.1:4000 10.0.0.2:4001" or ""); "path-kind"
 * s; "local-candidate" s; "remote-candidate" s; "via" s (the name of the friend who relays, or "");
 * "reconnecting" b (the link looks for another path and nothing is heard; the state stays as it
 * is); "reconnected-after" u (ms of silence before the voice was back the last time);
 * "held-by-peer" b (they hear nothing of us, as they say); "detail" s (debug);
 * "moved-to" s (a SIP URI that a 3xx named, or "");
 * "listen-only" b (our microphone is not used);
 * "bridged" b (a phone of the house has it: not our microphone and loudspeaker);
 * "muted" b; "foreground" b (it has microphone and loudspeaker, and no other call has);
 * times in µs of wall time: "started-at", "located-at", "linked-at", "rang-at", "answered-at",
 * "flowing-at", "ended-at" x (0: not yet).
 * Signals: "state-changed" (u before, u after, u reason): after the properties; "changed" (): other
 * properties changed, read them all.
 */

/* Accept an incoming call. _finish: TRUE when the state left INCOMING; KITH_ERROR_WRONG_STATE,
   KITH_ERROR_MEDIA. */
void kith_call_accept_async (KithCall *call,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean kith_call_accept_finish (KithCall *call, GAsyncResult *result, GError **error);

/* Refuse an incoming call (REJECTED or BUSY). KITH_ERROR_WRONG_STATE. The state is ENDED when it
   returns. */
gboolean kith_call_reject (KithCall *call, KithReason reason, GError **error);

/* End a call in any state but ENDED (CANCEL, BYE or abort). KITH_ERROR_WRONG_STATE when it has
   ended. */
gboolean kith_call_hang_up (KithCall *call, GError **error);

gboolean kith_call_set_muted (KithCall *call, gboolean muted, GError **error);

guint kith_call_get_id (KithCall *call);
KithCallState kith_call_get_state (KithCall *call);
KithReason kith_call_get_reason (KithCall *call);

/* Its time line, from its first moment to its end (transfer none). */
KithTrace *kith_call_get_trace (KithCall *call);

/* A friend could not carry its link; NONE: one does now. The gravest of them counts. */
void kith_call_note_obstacle (KithCall *call, KithRelayObstacle obstacle, const char *friend_name);

/* It rings, and this node's own clients are to ring, too: it is their turn. */
gboolean kith_call_rings_here (KithCall *call);

/* Its parts, as the property Legs on the bus has them: aa{sv}. (transfer floating) */
GVariant *kith_call_pack_legs (KithCall *call);

/* FALSE before there is media. After the end: the last figures. */
gboolean kith_call_get_stats (KithCall *call, KithMediaStats *stats);

G_END_DECLS
