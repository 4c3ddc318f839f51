/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of what a call's facts mean: the first row that fits is the one. */
#include "words/explain-rows.h"

#include <string.h>

#include "words/sip-status.h"

/* Does the row fit? */
typedef gboolean (*Fits) (const KithCallFacts *facts);

typedef enum { EITHER, OUT, IN } Direction;

typedef struct {
  KithReason reason;
  Direction direction;
  Fits fits;        /* NULL: always */
  const char *code; /* of call-rows.c */
} Row;

/* What may be so */

static gboolean
has_mark (const KithCallFacts *facts, guint mark)
{
  return (kith_trace_get_marks (facts->trace) & mark) == mark;
}

static gboolean
is_sip (const KithCallFacts *facts)
{
  return *facts->peer_key == '\0' && facts->located_at != 0;
}

static gboolean
is_incoming_sip (const KithCallFacts *facts)
{
  return *facts->peer_key == '\0';
}

static gboolean
has_flowed (const KithCallFacts *facts)
{
  return facts->flowing_at != 0;
}

static gboolean
was_poor (const KithCallFacts *facts)
{
  return has_flowed (facts) && facts->has_figures && facts->packets_received > 0
         && facts->mos < 3.6;
}

static gboolean
lost_much (const KithCallFacts *facts)
{
  return was_poor (facts) && kith_call_facts_lost_percent (facts) >= 2;
}

static gboolean
was_away (const KithCallFacts *facts)
{
  return has_flowed (facts) && has_mark (facts, KITH_MARK_SILENCE)
         && (was_poor (facts) || (facts->has_figures && kith_call_facts_lost_percent (facts) >= 2));
}

static gboolean
one_way (const KithCallFacts *facts)
{
  return has_flowed (facts) && facts->has_figures && facts->remote_loss_ppm >= 200000;
}

static gboolean
was_answered (const KithCallFacts *facts)
{
  return facts->answered_at != 0;
}

static gboolean
was_ringing (const KithCallFacts *facts)
{
  return facts->rang_at != 0;
}

static gboolean
did_not_ring (const KithCallFacts *facts)
{
  return facts->rang_at == 0 && facts->answered_at == 0;
}

static gboolean
called_nobody (const KithCallFacts *facts)
{
  return did_not_ring (facts) && facts->located_at == 0;
}

/* Which says so itself. */
static gboolean
their_phone_is_deaf (const KithCallFacts *facts)
{
  return facts->sip_status == 480;
}

static gboolean
is_alone (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_ALONE);
}

static gboolean
is_self (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_SELF);
}

static gboolean
has_no_network (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_NO_NETWORK);
}

static gboolean
is_alone_without_record (const KithCallFacts *facts)
{
  return is_alone (facts) && !has_mark (facts, KITH_MARK_RECORD);
}

static gboolean
has_no_record (const KithCallFacts *facts)
{
  return *facts->peer_key != '\0' && !has_mark (facts, KITH_MARK_RECORD);
}

/* No refusal came: nobody who is unknown gets an answer. */
static gboolean
may_not_know_us (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_KNOWN_ONLY) && facts->linked_at == 0;
}

static gboolean
had_link (const KithCallFacts *facts)
{
  return facts->linked_at != 0;
}

static KithNatKind
ours (const KithCallFacts *facts)
{
  return kith_trace_get_nat (facts->trace, FALSE);
}

static KithNatKind
theirs (const KithCallFacts *facts)
{
  return kith_trace_get_nat (facts->trace, TRUE);
}

static gboolean
we_are_blocked (const KithCallFacts *facts)
{
  return ours (facts) == KITH_NAT_BLOCKED;
}

static gboolean
we_are_blocked_with_turn (const KithCallFacts *facts)
{
  return we_are_blocked (facts) && has_mark (facts, KITH_MARK_TURN_FAILED);
}

static gboolean
they_are_blocked (const KithCallFacts *facts)
{
  return theirs (facts) == KITH_NAT_BLOCKED;
}

static gboolean
both_symmetric (const KithCallFacts *facts)
{
  return ours (facts) == KITH_NAT_SYMMETRIC && theirs (facts) == KITH_NAT_SYMMETRIC;
}

static gboolean
cannot_meet (const KithCallFacts *facts)
{
  return !kith_nat_can_meet (ours (facts), theirs (facts));
}

static gboolean
friend_refused (const KithCallFacts *facts)
{
  return cannot_meet (facts) && has_mark (facts, KITH_MARK_FRIEND_REFUSED);
}

static gboolean
has_obstacle (const KithCallFacts *facts)
{
  return kith_trace_get_obstacle (facts->trace, NULL) != KITH_RELAY_OBSTACLE_NONE;
}

static gboolean
cannot_meet_for_obstacle (const KithCallFacts *facts)
{
  return cannot_meet (facts) && has_obstacle (facts);
}

static gboolean
both_symmetric_for_obstacle (const KithCallFacts *facts)
{
  return both_symmetric (facts) && has_obstacle (facts);
}

static gboolean
answered_knock_for_obstacle (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_PEER_ANSWERED) && has_obstacle (facts);
}

static gboolean
went_through_friend_for_obstacle (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_FRIEND_CARRIED) && has_obstacle (facts);
}

static gboolean
turn_failed (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_TURN_FAILED);
}

/* It was needed. */
static gboolean
turn_failed_and_cannot_meet (const KithCallFacts *facts)
{
  return turn_failed (facts) && cannot_meet (facts);
}

static gboolean
answered_knock (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_PEER_ANSWERED);
}

static gboolean
answered_knock_behind_hard_nat (const KithCallFacts *facts)
{
  return answered_knock (facts) && ours (facts) == KITH_NAT_SYMMETRIC;
}

static gboolean
had_no_audio (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_NO_AUDIO);
}

static gboolean
had_no_audio_by_sip (const KithCallFacts *facts)
{
  return had_no_audio (facts) && is_sip (facts);
}

static gboolean
went_through_friend (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_FRIEND_CARRIED);
}

static gboolean
was_missed (const KithCallFacts *facts)
{
  return facts->missed;
}

static gboolean
is_second (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_TWICE);
}

static gboolean
has_mismatch (const KithCallFacts *facts)
{
  return strcmp (facts->trust, "mismatch") == 0;
}

static gboolean
has_namesake (const KithCallFacts *facts)
{
  return g_str_has_prefix (facts->detail, KITH_OTHER_TAG);
}

static gboolean
sip_status_404 (const KithCallFacts *facts)
{
  return facts->sip_status == 404 || facts->sip_status == 604;
}

static gboolean
is_phone_away (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_PHONE) && facts->located_at == 0;
}

static gboolean
is_phone_silent (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_PHONE) && facts->sip_status == 0;
}

static gboolean
has_no_line (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_NO_LINE);
}

static gboolean
has_no_right (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_NO_RIGHT);
}

/* The status of another telephone or server, which has words of its own. */
static gboolean
sip_said_why (const KithCallFacts *facts)
{
  return facts->outgoing && is_sip (facts) && facts->answered_at == 0
         && kith_sip_status_what (facts->sip_status) != NULL;
}

/* Nobody said anything: the name of the host, the way there or the port is at fault. */
static gboolean
sip_without_answer (const KithCallFacts *facts)
{
  return is_sip (facts) && facts->sip_status == 0 && *facts->detail != '\0';
}

/* A 3xx: the detail says where to. */
static gboolean
has_moved (const KithCallFacts *facts)
{
  return is_sip (facts) && facts->sip_status >= 300 && facts->sip_status < 400;
}

static const Row rows[] = {
  /* Somebody hung up */
  { KITH_REASON_LOCAL, EITHER, one_way, "call-sent-lost-local" },
  { KITH_REASON_REMOTE, EITHER, one_way, "call-sent-lost-remote" },
  { KITH_REASON_LOCAL, EITHER, was_away, "call-interrupted-local" },
  { KITH_REASON_REMOTE, EITHER, was_away, "call-interrupted-remote" },
  { KITH_REASON_LOCAL, EITHER, lost_much, "call-lossy-local" },
  { KITH_REASON_REMOTE, EITHER, lost_much, "call-lossy-remote" },
  { KITH_REASON_LOCAL, EITHER, was_poor, "call-poor-local" },
  { KITH_REASON_REMOTE, EITHER, was_poor, "call-poor-remote" },
  { KITH_REASON_LOCAL, EITHER, has_flowed, "call-fine-local" },
  { KITH_REASON_REMOTE, EITHER, has_flowed, "call-fine-remote" },
  { KITH_REASON_LOCAL, EITHER, was_answered, "call-unheard-local" },
  { KITH_REASON_REMOTE, EITHER, was_answered, "call-unheard-remote" },
  { KITH_REASON_LOCAL, OUT, was_ringing, "call-given-up-ringing" },
  { KITH_REASON_LOCAL, OUT, NULL, "call-given-up-early" },
  { KITH_REASON_REMOTE, IN, NULL, "call-given-up-remote" },
  { KITH_REASON_LOCAL, EITHER, NULL, "call-ended-local" },
  { KITH_REASON_REMOTE, EITHER, NULL, "call-ended-remote" },
  /* Refused by people */
  { KITH_REASON_REJECTED, OUT, NULL, "call-declined-remote" },
  { KITH_REASON_REJECTED, EITHER, NULL, "call-declined-local" },
  { KITH_REASON_BUSY, OUT, is_second, "call-busy-second" },
  { KITH_REASON_BUSY, OUT, NULL, "call-busy-remote" },
  { KITH_REASON_BUSY, EITHER, was_missed, "call-busy-missed" },
  { KITH_REASON_BUSY, EITHER, NULL, "call-busy-local" },
  { KITH_REASON_NO_ANSWER, OUT, was_ringing, "call-no-answer-rang" },
  { KITH_REASON_NO_ANSWER, OUT, NULL, "call-no-answer-remote" },
  { KITH_REASON_NO_ANSWER, EITHER, NULL, "call-no-answer-local" },
  { KITH_REASON_ELSEWHERE, EITHER, NULL, "call-elsewhere" },
  { KITH_REASON_REPLACED, EITHER, NULL, "call-replaced" },
  /* Who? */
  { KITH_REASON_NOT_FOUND, OUT, sip_status_404, "call-not-found-sip" },
  { KITH_REASON_NOT_FOUND, OUT, has_no_line, "call-not-found-number" },
  { KITH_REASON_NOT_FOUND, OUT, has_namesake, "call-not-found-namesake" },
  { KITH_REASON_NOT_FOUND, OUT, has_no_network, "call-not-found-no-network" },
  { KITH_REASON_NOT_FOUND, OUT, we_are_blocked, "call-not-found-blocked" },
  { KITH_REASON_NOT_FOUND, OUT, is_alone, "call-not-found-alone" },
  { KITH_REASON_NOT_FOUND, EITHER, NULL, "call-not-found" },
  { KITH_REASON_AMBIGUOUS, EITHER, NULL, "call-ambiguous" },
  { KITH_REASON_UNTRUSTED, EITHER, has_mismatch, "call-untrusted-mismatch" },
  { KITH_REASON_UNTRUSTED, OUT, is_sip, "call-untrusted-sip" },
  { KITH_REASON_UNTRUSTED, EITHER, NULL, "call-untrusted" },
  { KITH_REASON_UNAUTHORIZED, OUT, has_no_right, "call-unauthorized-phone" },
  { KITH_REASON_UNAUTHORIZED, OUT, is_sip, "call-unauthorized-sip" },
  { KITH_REASON_UNAUTHORIZED, OUT, may_not_know_us, "call-unauthorized-unknown" },
  { KITH_REASON_UNAUTHORIZED, OUT, NULL, "call-unauthorized-remote" },
  { KITH_REASON_UNAUTHORIZED, EITHER, NULL, "call-unauthorized-local" },
  /* Where, and by which way? */
  { KITH_REASON_UNREACHABLE, OUT, is_self, "call-unreachable-self" },
  { KITH_REASON_UNREACHABLE, OUT, is_phone_away, "call-unreachable-phone-away" },
  { KITH_REASON_UNREACHABLE, OUT, is_phone_silent, "call-unreachable-phone" },
  { KITH_REASON_UNREACHABLE, OUT, sip_without_answer, "call-unreachable-sip-silent" },
  { KITH_REASON_UNREACHABLE, OUT, has_no_network, "call-unreachable-no-network" },
  { KITH_REASON_UNREACHABLE, OUT, has_moved, "call-unreachable-moved" },
  { KITH_REASON_UNREACHABLE, OUT, is_sip, "call-unreachable-sip" },
  { KITH_REASON_UNREACHABLE, OUT, was_ringing, "call-unreachable-ringing" },
  { KITH_REASON_UNREACHABLE, OUT, had_link, "call-unreachable-linked" },
  { KITH_REASON_UNREACHABLE, OUT, we_are_blocked_with_turn, "call-unreachable-blocked-turn" },
  { KITH_REASON_UNREACHABLE, OUT, we_are_blocked, "call-unreachable-blocked" },
  { KITH_REASON_UNREACHABLE, OUT, is_alone_without_record, "call-unreachable-alone" },
  { KITH_REASON_UNREACHABLE, OUT, has_no_record, "call-unreachable-offline" },
  { KITH_REASON_UNREACHABLE, OUT, they_are_blocked, "call-unreachable-peer-blocked" },
  { KITH_REASON_UNREACHABLE, OUT, turn_failed_and_cannot_meet, "call-unreachable-nat-turn" },
  { KITH_REASON_UNREACHABLE,
    OUT,
    both_symmetric_for_obstacle,
    "call-unreachable-symmetric-obstacle" },
  { KITH_REASON_UNREACHABLE, OUT, cannot_meet_for_obstacle, "call-unreachable-nat-obstacle" },
  { KITH_REASON_UNREACHABLE, OUT, friend_refused, "call-unreachable-nat-refused" },
  { KITH_REASON_UNREACHABLE, OUT, both_symmetric, "call-unreachable-symmetric" },
  { KITH_REASON_UNREACHABLE, OUT, cannot_meet, "call-unreachable-nat" },
  { KITH_REASON_UNREACHABLE, OUT, turn_failed, "call-unreachable-turn" },
  { KITH_REASON_UNREACHABLE, OUT, answered_knock_for_obstacle, "call-unreachable-obstacle" },
  { KITH_REASON_UNREACHABLE, OUT, answered_knock_behind_hard_nat, "call-unreachable-hard-nat" },
  { KITH_REASON_UNREACHABLE, OUT, answered_knock, "call-unreachable-filtered" },
  { KITH_REASON_UNREACHABLE, OUT, NULL, "call-unreachable" },
  { KITH_REASON_UNREACHABLE, EITHER, NULL, "call-unreachable-caller" },
  { KITH_REASON_TIMEOUT, EITHER, NULL, "call-timeout" },
  /* What was agreed, and the audio */
  { KITH_REASON_NOT_ACCEPTABLE, OUT, is_sip, "call-not-acceptable-sip" },
  { KITH_REASON_NOT_ACCEPTABLE, IN, is_incoming_sip, "call-not-acceptable-sip-in" },
  { KITH_REASON_NOT_ACCEPTABLE, EITHER, NULL, "call-not-acceptable" },
  { KITH_REASON_MEDIA_FAILED, EITHER, had_no_audio_by_sip, "call-no-audio-sip" },
  { KITH_REASON_MEDIA_FAILED, EITHER, had_no_audio, "call-no-audio" },
  { KITH_REASON_MEDIA_FAILED, IN, did_not_ring, "call-sound-missed" },
  { KITH_REASON_MEDIA_FAILED, OUT, their_phone_is_deaf, "call-sound-remote" },
  { KITH_REASON_MEDIA_FAILED, OUT, called_nobody, "call-sound-out" },
  { KITH_REASON_MEDIA_FAILED, EITHER, NULL, "call-sound" },
  { KITH_REASON_NETWORK_LOST, EITHER, has_no_network, "call-lost-no-network" },
  { KITH_REASON_NETWORK_LOST, EITHER, went_through_friend_for_obstacle, "call-lost-obstacle" },
  { KITH_REASON_NETWORK_LOST, EITHER, went_through_friend, "call-lost-friend" },
  { KITH_REASON_NETWORK_LOST, EITHER, NULL, "call-lost" },
  { KITH_REASON_INTERNAL, EITHER, NULL, "call-fault" },
  { KITH_REASON_NONE, EITHER, NULL, "call-no-reason" },
};

const char *
kith_explain_find (const KithCallFacts *facts)
{
  if (sip_said_why (facts)) {
    return "call-sip-said";
  }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const Row *row = &rows[i];
    if (row->reason == facts->reason
        && (row->direction == EITHER || (row->direction == OUT) == facts->outgoing)
        && (row->fits == NULL || row->fits (facts))) {
      return row->code;
    }
  }
  return "call-other";
}
