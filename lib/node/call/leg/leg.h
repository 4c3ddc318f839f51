/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One leg of a call: one dialog over a link or by ordinary SIP, with its audio, its timers and the
   troubles of its path. */
#pragma once

#include <gio/gio.h>

#include "model/call/leg-state.h"
#include "model/call/reason.h"
#include "node/call/leg/call-context.h"
#include "node/call/leg/call-findings.h"
#include "ports/media/bridge.h"

G_BEGIN_DECLS

#define KITH_TYPE_LEG (kith_leg_get_type ())
G_DECLARE_FINAL_TYPE (KithLeg, kith_leg, KITH, LEG, GObject)

typedef enum {
  KITH_LEG_CALLEE, /* we dial them */
  KITH_LEG_CALLER  /* their INVITE came in */
} KithLegSide;

typedef struct {
  const KithCallContext *context; /* outlives the leg */
  KithCallFindings *findings;     /* of the call; a reference is taken */
  const char *log_id;             /* for logs and files: "call/3" */
  KithLegSide side;
  KithPeerKey key;      /* zero: ordinary SIP */
  const char *name;     /* what they are called here (nullable) */
  const char *phone;    /* a phone of the house (nullable): its key is zero */
  const char *as;       /* Callee: who calls, as its display shows it; NULL: we do */
  gboolean listen_only; /* our microphone is not wanted */
  gboolean bridged;     /* its sound is another leg's, and no microphone's and loudspeaker's */
} KithLegParams;

/* What can be read of a leg; also after its end. */
typedef struct {
  guint sip_status;
  const char *moved_to;     /* a 3xx: where they can be reached (nullable) */
  const char *codec;        /* (nullable) */
  const KithLinkPath *path; /* NULL: not known, or ordinary SIP */
  const char *via;          /* the friend who relays (nullable) */
  const char *phone;        /* of the house (nullable) */
  KithBridgeManner manner;  /* what becomes of its sound; APART: it is ours, or nobody's */
  gboolean held_by_peer;    /* it was answered, and they do not hear us */
  gboolean reconnecting;
  guint reconnected_after_ms;
  gint64 lost_at; /* reconnecting, or the path was lost for good: since when */
  gint64 linked_at, flowing_at;
} KithLegFacts;

/**
 * KithLeg signals: "state-changed" (u before, u after, u KithLegEvent): the reason of an end can be
 * read; "changed" (): other facts changed; "pressed" (u key, b by_packets): answered, they pressed
 * a key, told by packets of the stream (RFC 4733) or by INFO.
 *
 * A leg of the callee's side may be heard (and we by it) as soon as it is answered; on one of the
 * caller's side nothing leaves before kith_leg_answer().
 */

/* (transfer full) */
KithLeg *kith_leg_new (const KithLegParams *params);

/* Callee: begins the way to them. @prepared: early agents for the link, taken over, or 0; @sip_uri:
   whom to invite by ordinary SIP. */
void kith_leg_dial (KithLeg *leg, guint prepared, const char *sip_uri);

/* Caller: their INVITE, and the link that it came over (nullable; both: a reference is taken). */
void kith_leg_take_invite (KithLeg *leg, KithLink *link, KithDialog *dialog);

/* Caller: makes the audio and answers 180. It ends with its reason if it cannot be. */
void kith_leg_ring_us (KithLeg *leg);

/* Caller: the first half of it: the audio is made, and nothing is said yet. The second: 180,
   once. */
void kith_leg_get_ready (KithLeg *leg);
void kith_leg_tell_ringing (KithLeg *leg);

/* Caller, bridged: what is joined with it, or played to it, is heard before the answer: 183. FALSE:
   it cannot be, for example since they described nothing. */
gboolean kith_leg_tell_early (KithLeg *leg);

/* Caller, bridged and not answered: it hears @tone for some seconds, and only then is it ended with
   @reason; at once where nothing can be heard. */
void kith_leg_refuse_by_tone (KithLeg *leg, KithTone tone, KithReason reason, const char *detail);

/* Callee: somebody's telephone rings there (180). */
gboolean kith_leg_is_alerting (KithLeg *leg);

/* Callee, early: sound has come. */
gboolean kith_leg_is_heard_early (KithLeg *leg);

/* Bridged: its peer hears @tone, NONE: whom it is joined with. */
void kith_leg_play (KithLeg *leg, KithTone tone);

/* Its sound is to be joined with another leg's from now on, in place of ours; before the answer.
   FALSE: it cannot be, and the leg is to be ended. */
gboolean kith_leg_bridge (KithLeg *leg, GError **error);

gboolean kith_leg_is_bridged (KithLeg *leg);

/* What @other described last goes first in whatever @leg offers and answers, so that both have a
   codec in common if they can. */
void kith_leg_prefer (KithLeg *leg, KithLeg *other);

/* Both are bridged, and have media: each hears the other. */
void kith_leg_join (KithLeg *leg, KithLeg *other);

/* The other leg's peer does not hear any more, or hears again: so is @leg's peer told. */
void kith_leg_pass_hold (KithLeg *leg, gboolean held);

/* TRUE while they say that they do not hear us. */
gboolean kith_leg_is_held (KithLeg *leg);

/* Caller: TRUE when it rings here, and everything for an answer is there. */
gboolean kith_leg_can_answer (KithLeg *leg);

/* Caller: our user wants it: opens the microphone and sends the 200. FALSE when the audio fails:
   the leg goes on, to be ended. */
gboolean kith_leg_answer (KithLeg *leg, GError **error);

/* Bridged, answered: they are told of a key of whom it is joined with. @by_packets: so it was told
   there, and has gone on to those who know such packets. */
void kith_leg_press (KithLeg *leg, char key, gboolean by_packets);

/* Ends it, whatever it is doing; @detail for people who debug (nullable). Nothing happens when it
   has ended. */
void kith_leg_end (KithLeg *leg, KithReason reason, const char *detail);

/* Whether our user hears it and is heard by it; at first TRUE. */
void kith_leg_set_foreground (KithLeg *leg, gboolean foreground);

/* FALSE when it has no audio now. */
gboolean kith_leg_set_muted (KithLeg *leg, gboolean muted);

/* Its link was closed. */
void kith_leg_on_link_closed (KithLeg *leg, KithReason reason);

KithLegState kith_leg_get_state (KithLeg *leg);

/* They began it. */
gboolean kith_leg_is_caller (KithLeg *leg);

/* Why it ended, and details for people who debug (nullable). */
KithReason kith_leg_get_reason (KithLeg *leg);
const char *kith_leg_get_detail (KithLeg *leg);

/* (transfer none) (nullable) */
KithLink *kith_leg_get_link (KithLeg *leg);

/* TRUE while nothing comes from them, or the link looks for another path. */
gboolean kith_leg_is_cut_off (KithLeg *leg);

/* FALSE before there is audio. After the end: the last figures. */
gboolean kith_leg_get_stats (KithLeg *leg, KithMediaStats *stats);

/* Texts are valid until the leg changes. */
void kith_leg_get_facts (KithLeg *leg, KithLegFacts *facts);

/* FALSE, with cause and remedy, when a leg would have no microphone (unless it wants none) or no
   loudspeaker now. */
gboolean
kith_leg_check_sound (const KithCallContext *context, gboolean listen_only, GError **error);

G_END_DECLS
