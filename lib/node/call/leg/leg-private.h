/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a leg, shared by the files that are its verbs. */
#pragma once

#include "model/call/quality-watch.h"
#include "model/sdp/sdp-session.h"
#include "node/call/leg/leg-ear.h"
#include "node/call/leg/leg.h"

G_BEGIN_DECLS

/* The Call-IDs that a link has seen, a GHashTable in its data: so many keys are taken of one. */
#define KITH_LEG_USED_DATA "kith-call-ids"
#define KITH_LEG_MAX_USED 4096

/* Which try to reach the callee it is. */
typedef enum {
  KITH_LEG_TRY_FIRST,
  KITH_LEG_TRY_WARM, /* the first, over a link that was up already and may be dead */
  KITH_LEG_TRY_FRESH /* the second, over a fresh link */
} KithLegTry;

/* leg-dial.c: the way to the callee. */
typedef struct {
  KithLegTry attempt;
  guint prepared;   /* for the link, while it is looked for whom; 0: nothing */
  gchar *sip_uri;   /* ordinary SIP */
  gchar *as;        /* who calls, in the display of a phone; NULL: we do */
  gchar *next_hop;  /* ordinary SIP: where the INVITE went, or NULL */
  guint dial_timer; /* until there is a path to the callee */
  guint nat_timer;  /* until their NAT is asked for once more */
} KithLegDialing;

/* leg-bridge.c: sound before an answer. */
typedef struct {
  gboolean alerts; /* callee: 180 came, or as good as that */
  gboolean heard;  /* callee: their sound came */
  gboolean told;   /* caller: 183 went out, with our answer */
  guint timer;     /* caller: until it is refused, after a tone; 0: it is not to be … */
  KithReason reason;
  gchar *detail; /* … as that */
} KithLegBefore;

/* leg-dialog.c: what they told by SIP. */
typedef struct {
  gboolean rang;       /* caller: they were told so; callee: something came before an answer */
  gboolean got_answer; /* callee: a 2xx came, whatever became of it */
  gboolean is_over;    /* the dialog said that it ended */
  guint status;        /* of its end, 0: none */
  gchar *moved_to;     /* a 3xx: where they can be reached, or NULL */
  KithLegBefore before;
} KithLegTold;

/* Who has to say something of the sound. */
typedef enum {
  KITH_LEG_TURN_NOBODY,
  KITH_LEG_TURN_OURS,  /* caller: the INVITE had no offer, ours goes out with the answer */
  KITH_LEG_TURN_THEIRS /* … and theirs comes in the ACK */
} KithLegTurn;

/* Our side of the sound. */
typedef struct {
  gboolean listen_only; /* our microphone is not wanted */
  gboolean may_speak;   /* our user wants this call: callee from the start, caller by the answer */
  gboolean muted;
  gboolean in_background; /* another call has microphone and loudspeaker */
  gboolean bridged;       /* another leg's in place of microphone and loudspeaker */
} KithLegVoice;

/* What is described, and may still be. */
typedef struct {
  KithOffer *answer;      /* caller: prepared while it rings */
  KithSdpSession session; /* what we have described so far */
  KithLegTurn turn;
  KithDirection direction; /* what they say of the sound, as far as we took it; at first sendrecv */
  KithOffer *theirs;       /* what they described last, as far as we took it; or NULL */
  KithOffer *order;        /* whose codecs go first in what we describe; or NULL */
  KithDirection wish;      /* what we say of the sound … */
  KithDirection told_wish; /* … as they were told last */
  gchar *last_offer;       /* theirs, the last that was taken inside the call, and our answer */
  gchar *last_answer;
  guint flood_tokens; /* new offers that may still be taken */
  gint64 flood_us;
  guint32 claimed_ssrc; /* of their stream over the link, 0: none yet */
  guint32 told_ssrc;    /* leg-reoffer.c: of our stream, as we described it last */
  guint reoffer_timer;  /* until it is described anew … */
  guint reoffers;       /* … and how often that was tried, */
  gint64 reoffered_us;  /* … the last time at; monotonic */
} KithLegSdp;

/* leg-target.c: a host that they name. */
typedef struct {
  KithOffer *offer;   /* the description that names it, while its address is not known; else NULL */
  gboolean is_answer; /* … it answers ours */
  gchar *name, *host; /* what was looked up last, and what was found; or NULL */
  GCancellable *lookup;
} KithLegTarget;

/* leg-path.c: the path that is used now. */
typedef struct {
  KithLinkPath now;
  gboolean is_known;
  gboolean told_relay; /* what the friend really adds is in the time line */
  gchar *via;          /* who relays; NULL: nobody */
  guint direct_rtt_ms; /* the round trip of the last path without a friend, 0 never had one */
  guint old_rtt_us;    /* the audio's round trip before the path changed */
} KithLegPath;

/* leg-path.c: its troubles. Monotonic times in µs, 0 never. */
typedef struct {
  KithLegEar *ear;          /* of the media, where a link brings it */
  gboolean moving, suspect; /* the link */
  gboolean reconnecting;
  gint64 heard_us; /* the last packet of their audio over the link */
  gint64 since_us; /* since when it is reconnecting */
  gint64 lost_at;  /* reconnecting, or the path was lost for good: wall time of since_us */
  gint64 well_us;  /* since when the link is no longer in trouble */
  guint reconnected_after_ms;
  guint longest_gap_ms, interruptions;
  guint look_timer;
  guint flow_timer; /* leg-hold.c: answered: until their sound must have come */
} KithLegTrouble;

/* How the audio was, and is. */
typedef struct {
  KithQualityWatch watch; /* leg-quality.c: what the time line is told */
  guint timer;
  gboolean heard;          /* their first sound is in the time line */
  const KithCodec *codec;  /* that was agreed, once the media is gone */
  KithMediaStats last;     /* once the media is gone */
  KithBridgeManner manner; /* the same */
  gboolean has_last;
} KithLegQuality;

struct _KithLeg {
  GObject parent_instance;
  const KithCallContext *context;
  KithCallFindings *findings;
  gchar *log_id;
  KithLegSide side;
  KithPeerKey key; /* zero: ordinary SIP */
  gchar *name;     /* what they are called here, or NULL */
  gchar *phone;    /* of the house, or NULL */
  KithLegVoice voice;
  KithLegState state;
  KithReason reason;
  gchar *detail;
  GCancellable *cancellable; /* of link and look-ups */
  KithLink *link;
  KithDialog *dialog;
  KithMedia *media;
  KithLegDialing dialing;
  KithLegTold told;
  KithLegSdp sdp;
  KithLegTarget target;
  KithLegPath path;
  KithLegTrouble trouble;
  KithLegQuality quality;
  gint64 linked_at, flowing_at;
};

/* leg-trace.c: add an entry to the call's time line, as kith_trace_say(), kith_trace_tell_of() and
   kith_trace_tell() do. Those of a phone are told as the phone's. */
void kith_leg_say (KithLeg *leg, KithTraceKind kind, KithSaying *saying);
void kith_leg_tell_of (KithLeg *leg,
                       KithTraceKind kind,
                       const char *code,
                       const char *name,
                       const char *text);
#define kith_leg_tell(leg, kind, code) kith_leg_tell_of (leg, kind, code, NULL, NULL)

/* leg.c: the one door of the state. FALSE when the table forbids it. */
gboolean kith_leg_change_state (KithLeg *leg, KithLegEvent event);

/* leg.c: says that facts changed. */
void kith_leg_notify (KithLeg *leg);

/* leg.c: they pressed @key. */
void kith_leg_tell_pressed (KithLeg *leg, char key, gboolean by_packets);

/* leg.c: the leg has its link from now on (transfer none); lets it go. */
void kith_leg_hold_link (KithLeg *leg, KithLink *link);
void kith_leg_drop_link (KithLeg *leg);

/* leg-dial.c: the link that was up did not answer: once more over a fresh one. */
void kith_leg_redial (KithLeg *leg);

/* leg-dial.c: an INVITE by ordinary SIP came to nothing with @status: TRUE when the next target or
   address is tried (RFC 3263 section 4.3). */
gboolean kith_leg_fail_over (KithLeg *leg, guint status);

/* leg-dialog.c: takes @dialog (transfer full) and listens to it. */
void kith_leg_take_dialog (KithLeg *leg, KithDialog *dialog);

/* leg-dialog.c: stops listening and lets go; the dialog is ended by its verb first if it still
   lives. */
void kith_leg_drop_dialog (KithLeg *leg, KithReason reason);

/* leg-words.c: it cannot be reached; @why: what is said when the NATs do not explain it. */
void kith_leg_end_unreachable (KithLeg *leg, const char *why);

/* leg-words.c: why a call over a link that is closed is lost. (transfer full) */
gchar *kith_leg_lost_text (KithLeg *leg);

/* leg-audio.c: makes the media for the link or for @local_host; FALSE and an error when it cannot
   be had. */
gboolean kith_leg_make_media (KithLeg *leg, const char *local_host, GError **error);

/* leg-audio.c: @offer, or an answer, as the text that is sent next: every description that leaves
   comes from here. (transfer full) */
gchar *kith_leg_describe (KithLeg *leg, const KithOffer *offer);

/* leg-audio.c: our offer as SDP text, complete: nothing of what was answered before is left out.
   (transfer full) */
gchar *kith_leg_make_offer (KithLeg *leg, GError **error);

/* leg-audio.c: TRUE when the link has carried so many calls that it takes no further one; those on
   it go on. */
gboolean kith_leg_is_link_used_up (KithLink *link);

/* leg-audio.c: takes the SRTP keys from the link, now that the Call-ID is known. */
gboolean kith_leg_key_media (KithLeg *leg, GError **error);

/* leg-audio.c: the same keys for other media of the same dialog. */
gboolean kith_leg_set_keys (KithLeg *leg, GError **error);

/* leg-audio.c: the one gate of the microphone: shut until our user wants this call. */
gboolean kith_leg_start_media (KithLeg *leg, GError **error);

/* leg-audio.c: applies the peer's answer to our offer and starts to talk. */
gboolean kith_leg_apply_answer (KithLeg *leg, const char *sdp, GError **error);

/* leg-audio.c: callee: what a 1xx describes is heard, our microphone stays shut. */
gboolean kith_leg_apply_early (KithLeg *leg, const char *sdp, GError **error);

/* leg-audio.c: the peer's answer to an offer of ours inside the call. */
gboolean kith_leg_take_answer (KithLeg *leg, const char *sdp, GError **error);

/* leg-audio.c: caller: prepares the answer to the peer's offer while it rings. */
gboolean kith_leg_prepare_answer (KithLeg *leg, const char *sdp, GError **error);

/* leg-audio.c: a new offer inside the call; (transfer full): the answer as SDP text. */
gchar *kith_leg_reanswer (KithLeg *leg, const char *sdp, GError **error);

/* leg-audio.c: stops and frees the media, keeping its last figures. */
void kith_leg_drop_media (KithLeg *leg);

/* leg-hold.c: a description of theirs counts from now on. */
void kith_leg_take_direction (KithLeg *leg, KithDirection direction);

/* leg-hold.c: TRUE unless they say that they send nothing, or hold the call: a tune may come then,
   or not. */
gboolean kith_leg_expects_sound (const KithLeg *leg);

/* leg-hold.c: the state changed: from answered it goes on when sound comes, when none is to come,
   or after a while. */
void kith_leg_await_sound (KithLeg *leg);

/* leg-reoffer.c: over a link, when the SSRC of our stream is not the one that the peer was told:
   offers it. What came of that. */
void kith_leg_tell_stream (KithLeg *leg);
void kith_leg_reoffer_answered (KithLeg *leg, const char *sdp);
void kith_leg_reoffer_failed (KithLeg *leg, guint status, guint retry_ms);

/* leg-target.c: a description of theirs counts from now on: the name in it, if any, is looked up as
   soon as the call is ours. */
void kith_leg_take_target (KithLeg *leg, const KithOffer *remote, gboolean we_offered);

/* leg-target.c: our user wants this call: looks up what is still to be looked up. */
void kith_leg_aim_sound (KithLeg *leg);

/* leg-target.c: stops to look. */
void kith_leg_forget_target (KithLeg *leg);

/* leg-path.c: listens to the link's troubles and changes of path; stops to. */
void kith_leg_follow_link (KithLeg *leg);
void kith_leg_unfollow_link (KithLeg *leg);

/* leg-path.c: the path of the link as it is now. */
void kith_leg_take_path (KithLeg *leg);

/* leg-path.c: once a second: measures what a friend on the path adds, and tells it once. */
void kith_leg_measure_path (KithLeg *leg, const KithMediaStats *stats);

/* leg-path.c: fills in what only the leg knows. */
void kith_leg_add_gaps (KithLeg *leg, KithMediaStats *stats);

/* leg-trace.c: the link tells the call's time line what happens to it; no longer. */
void kith_leg_trace_link (KithLeg *leg);
void kith_leg_trace_unlink (KithLeg *leg);

/* leg-trace.c: what the peer's record says of its NAT, as soon as it is found. */
void kith_leg_find_their_nat (KithLeg *leg);

/* leg-quality.c: the codec is agreed; its figures are looked at from now on. end: writes the
   summary from the last figures. */
void kith_leg_watch_media (KithLeg *leg);
void kith_leg_watch_end (KithLeg *leg);

/* leg-quality.c: while they are not heard, the score is that of the time in which they were: what
   does not come is not counted as lost either. */
void kith_leg_keep_mos (KithLeg *leg, KithMediaStats *stats);

G_END_DECLS
