/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a call, shared by the files that are its verbs. */
#pragma once

#include "model/call/trace.h"
#include "model/names/address.h"
#include "model/sdp/sdp-session.h"
#include "node/call/call-context.h"
#include "node/call/call.h"

G_BEGIN_DECLS

/* What a call asks the list of calls, which knows the others. */
typedef struct {
  gboolean (*may_accept) (KithCall *call, GError **error, gpointer user_data);
  /* Our call knows whom it goes to: why it must not, or NULL. (transfer full) */
  gchar *(*find_hindrance) (KithCall *call, gpointer user_data);
} KithCallGate;

struct _KithCall {
  GObject parent_instance;
  const KithCallContext *context;
  guint id;
  gchar *log_id; /* "call/3" */
  KithCallState state;
  KithReason reason;
  gboolean outgoing;
  guint sip_status;
  KithAddress *address; /* outgoing */
  gchar *peer_address;
  gchar *peer_name;
  KithPeerKey peer_key; /* zero: ordinary SIP */
  gchar *peer_tag;
  gchar *own_name;          /* of a contact who has another name here: what they call themselves */
  gchar *pin_name;          /* outgoing: the name that an answered call pins, or NULL */
  gchar *peer_source;       /* incoming by ordinary SIP: the IP address that it came from */
  guint seen_calls;         /* answered calls with this key before this one … */
  gint64 seen_since;        /* … and when the first of them was, in seconds */
  gboolean is_stranger;     /* incoming: neither a contact nor pinned */
  gboolean is_declined;     /* incoming: our user said no */
  gchar *refused_id;        /* of calls that were refused as one: the Call-ID of the last */
  const KithCallGate *gate; /* (nullable) */
  gpointer gate_data;
  guint times_kept; /* … as of which it is in the history */
  guint times;      /* how many calls it stands for: 1, or more that were refused at the door */
  KithTrustLevel trust;
  KithProof proof;
  gchar *located_by;
  gchar *detail;
  guint namesakes;           /* who go by the name that was dialled with a tag of nobody */
  gchar *turn_failure;       /* what the first TURN server said that cannot be used, or NULL */
  GCancellable *cancellable; /* of look-up and link */
  KithLink *link;
  guint prepared; /* outgoing: for the link, while it is looked for whom; 0: nothing */
  gboolean link_reused;
  gboolean retried;
  gboolean media_claimed;
  gchar *next_hop; /* outgoing by ordinary SIP: where the INVITE went, or NULL */
  KithDialog *dialog;
  gboolean got_answer;  /* outgoing: a 2xx came, whatever became of it */
  gboolean dialog_over; /* it said that it ended */
  KithMedia *media;
  KithOffer *answer;      /* incoming: prepared while it rings */
  KithSdpSession session; /* what we have described of it so far */
  gboolean accepted;    /* our user wants this call: outgoing from the start, incoming by accept */
  gboolean listen_only; /* outgoing: our microphone is not wanted */
  gboolean muted;
  KithDirection
      peer_direction;    /* what they say of the sound, as far as we took it; at first sendrecv */
  gboolean held_by_peer; /* … they do not hear us */
  KithOffer *
      unaimed; /* call-target.c: their description, that names a host, while its address is not known; else NULL */
  gboolean unaimed_answers; /* … it answers ours */
  gchar *target_name,
      *target_host; /* the last name that was looked up, and what was found; or NULL */
  GCancellable *target_lookup;
  gboolean owes_offer;   /* incoming: the INVITE had none, ours goes out with the answer */
  gboolean wants_answer; /* … and theirs comes in the ACK */
  gchar *moved_to;       /* a 3xx: where they can be reached, or NULL */
  gboolean rang;
  gboolean answered;
  const KithCodec *codec; /* that was agreed, once the media is gone */
  KithMediaStats last_stats;
  gboolean have_stats;
  KithLinkPath path;
  gboolean have_path;
  gchar *via;          /* who relays; NULL: nobody */
  guint direct_rtt_ms; /* the round trip of the last path without a friend, 0 never had one */
  guint old_rtt_us;    /* the audio's round trip before the path changed */
  gboolean told_relay; /* what the friend really adds is in the time line */
  guint dial_timer;    /* until there is a path to the callee */
  guint nat_timer;     /* until their NAT is asked for once more */
  guint ring_timer;
  guint flow_timer;
  /* call-path.c: monotonic times in µs, 0 never */
  gboolean link_moving, link_suspect;
  gboolean reconnecting;
  gint64 heard_us;   /* the last packet of their audio over the link */
  gint64 trouble_us; /* since when it is reconnecting */
  gint64 lost_at;    /* reconnecting, or the path was lost for good: wall time of trouble_us */
  gint64 well_us;    /* since when the link is no longer in trouble */
  guint reconnected_after_ms;
  guint longest_gap_ms, interruptions;
  guint look_timer;
  guint flood_tokens; /* call-dialog.c: new offers that may still be taken */
  gint64 flood_us;
  gchar *last_offer; /* the peer's last one that was taken inside the call, and our answer to it */
  gchar *last_answer;
  KithTrace *trace;
  struct _KithCallWatch *watch; /* call-trace.c: what is being watched for the time line */
  gint64 started_at, located_at, linked_at, rang_at, answered_at, flowing_at, ended_at;
};

/* call.c: the one door of the state. FALSE when the table forbids it. @reason counts for KITH_CALL_EVENT_END. */
gboolean kith_call_change_state (KithCall *call, KithCallEvent event, KithReason reason);

/* call.c: ends the call, whatever it is doing; @detail for people who debug (nullable). Nothing happens when it has ended. */
void kith_call_end (KithCall *call, KithReason reason, const char *detail);

/* call-properties.c: the properties of the class, and how they are read. */
void kith_call_install_properties (GObjectClass *klass);
void kith_call_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec);

/* call.c: says that properties changed. */
void kith_call_notify (KithCall *call);

/* call-dial.c: begins the outgoing steps. */
void kith_call_dial (KithCall *call);

/* call-dial.c: an INVITE by ordinary SIP came to nothing with @status: TRUE when the next target or address is tried (RFC 3263 section 4.3). */
gboolean kith_call_fail_over (KithCall *call, guint status);

/* call-dialog.c: takes @dialog (transfer full) and listens to it. */
void kith_call_take_dialog (KithCall *call, KithDialog *dialog);

/* call-dialog.c: stops listening and lets go; the dialog is ended by its verb first if it still lives. */
void kith_call_drop_dialog (KithCall *call, KithReason reason);

/* call-audio.c: makes the media for the link or for @local_host; FALSE and an error when it cannot be had. */
gboolean kith_call_make_media (KithCall *call, const char *local_host, GError **error);

/* call-audio.c: FALSE, with cause and remedy, when there is no microphone (unless this call wants none) or no loudspeaker now. */
gboolean kith_call_check_sound (KithCall *call, GError **error);

/* call-audio.c: @offer, or an answer, as the text that is sent next: every description that leaves comes from here. (transfer full) */
gchar *kith_call_describe (KithCall *call, const KithOffer *offer);

/* call-audio.c: our offer as SDP text, complete: nothing of what was answered before is left out. (transfer full) */
gchar *kith_call_make_offer (KithCall *call, GError **error);

/* call-audio.c: takes the SRTP keys from the link, now that the Call-ID is known. */
gboolean kith_call_key_media (KithCall *call, GError **error);

/* call-audio.c: the one gate of the microphone: shut until our user wants this call. */
gboolean kith_call_start_media (KithCall *call, GError **error);

/* call-audio.c: applies the peer's answer to our offer and starts to talk. */
gboolean kith_call_apply_answer (KithCall *call, const char *sdp, GError **error);

/* call-audio.c: outgoing: what a 1xx describes is heard, our microphone stays shut. */
gboolean kith_call_apply_early (KithCall *call, const char *sdp, GError **error);

/* call-audio.c: the peer's answer to an offer of ours inside the call. */
gboolean kith_call_take_answer (KithCall *call, const char *sdp, GError **error);

/* call-audio.c: incoming: prepares the answer to the peer's offer while it rings. */
gboolean kith_call_prepare_answer (KithCall *call, const char *sdp, GError **error);

/* call-audio.c: a new offer inside the call; (transfer full): the answer as SDP text. */
gchar *kith_call_reanswer (KithCall *call, const char *sdp, GError **error);

/* call-hold.c: a description of theirs counts from now on. */
void kith_call_take_direction (KithCall *call, KithDirection direction);

/* call-hold.c: TRUE unless they say that they send nothing, or hold the call: a tune may come then, or not. */
gboolean kith_call_expects_sound (const KithCall *call);

/* call-hold.c: the state changed: from connecting it goes on when sound comes, when none is to come, or after a while. */
void kith_call_await_sound (KithCall *call);

/* call-target.c: a description of theirs counts from now on: the name in it, if any, is looked up as soon as the call is ours. */
void kith_call_take_target (KithCall *call, const KithOffer *remote, gboolean we_offered);

/* call-target.c: our user wants this call: looks up what is still to be looked up. */
void kith_call_aim_sound (KithCall *call);

/* call-target.c: stops to look. */
void kith_call_forget_target (KithCall *call);

/* call-audio.c: stops and frees the media, keeping its last figures. */
void kith_call_drop_media (KithCall *call);

/* call-path.c: listens to the link's troubles and changes of path; stops to. */
void kith_call_follow_link (KithCall *call);
void kith_call_unfollow_link (KithCall *call);

/* call-path.c: the path of the link as it is now. */
void kith_call_take_path (KithCall *call);

/* call-path.c: once a second: measures what a friend on the path adds, and tells it once. */
void kith_call_measure_path (KithCall *call, const KithMediaStats *stats);

/* call-path.c: a datagram of media came over the link. */
void kith_call_heard (KithCall *call, const guint8 *data, gsize len);

/* call-path.c: TRUE while nothing comes from them, or the link looks for another path. */
gboolean kith_call_is_cut_off (KithCall *call);

/* call-path.c: fills in what only the call knows. */
void kith_call_add_gaps (KithCall *call, KithMediaStats *stats);

/* call-trace.c: the state changed. */
void kith_call_trace_state (KithCall *call, KithCallState after);

/* call-trace.c: the call has its link now, or lets it go. */
void kith_call_trace_link (KithCall *call);
void kith_call_trace_unlink (KithCall *call);

/* call-trace.c: the codec is agreed; its figures are looked at from now on. stop: writes the summary from the last figures. */
void kith_call_trace_media (KithCall *call);
void kith_call_trace_media_end (KithCall *call);

/* call-trace.c: while they are not heard, the score is that of the time in which they were: what does not come is not counted as lost either. */
void kith_call_keep_mos (KithCall *call, KithMediaStats *stats);

/* call-trace.c: marks whether a TURN server is there to help; the pool of servers adds the lines. */
void kith_call_mark_turn (KithCall *call);

/* call-trace.c: whether others could be reached at all and what is known of our own NAT; the latter alone, if another kind is known by now; what
   the peer's record says of its NAT, as soon as it is found. */
void kith_call_trace_nat (KithCall *call);
void kith_call_trace_our_nat (KithCall *call);
void kith_call_trace_their_nat (KithCall *call);

/* call-trace.c: whether this host could find or reach anybody at all now. */
void kith_call_trace_network (KithCall *call);

/* call.c: makes a call object. */
KithCall *kith_call_new_outgoing (const KithCallContext *context,
                                  guint id,
                                  KithAddress *address,
                                  const char *text);
KithCall *kith_call_new_incoming (const KithCallContext *context, guint id, KithDialog *dialog);

/* call.c: one that the door refused as busy: it has no dialog, and ends with kith_call_refuse(). @link: NULL by ordinary SIP. */
KithCall *kith_call_new_refused (const KithCallContext *context,
                                 guint id,
                                 KithLink *link,
                                 const KithInvite *invite);

/* call.c: one more of the same that was refused. */
void kith_call_refuse_again (KithCall *call, const KithInvite *invite);

/* call-dialog.c: an incoming call that does not ring: it ends as busy at once. */
void kith_call_refuse (KithCall *call);

/* call-report.c: which calls of strangers it is kept with, NULL: it is one of the user's own. (transfer full) */
gchar *kith_call_get_group (KithCall *call);

/* call-dialog.c: an incoming call's first steps: media, answer, 180. Ends the call with its reason if it cannot be. */
void kith_call_ring_us (KithCall *call);

/* call.c: the link of this call was closed. */
void kith_call_on_link_closed (KithCall *call, KithReason reason);

G_END_DECLS
