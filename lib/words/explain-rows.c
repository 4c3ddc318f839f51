/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of causes and remedies: the first row that fits is the one. */
#include "words/explain-rows.h"

#include <string.h>

#include "model/sip/sip-status.h"

/* Does the row fit? */
typedef gboolean (*Fits) (const KithCallFacts *facts);

typedef enum { EITHER, OUT, IN } Direction;

/* In the texts: {peer} {detail} {time} {silent} {quality} {ringing} {status} {ours} {theirs} {address} {turn}, {hurdle} and {help}: why no friend
   carries. */
typedef struct {
  KithReason reason;
  Direction direction;
  Fits fits; /* NULL: always */
  const char *cause;
  const char *remedy;
} Row;

#define TURN "name a TURN server in kith.conf ([turn] server=turn:HOST)"
#define FRIEND "let a contact of both of you relay (all three: “kith contact set NAME --relay on”)"

#define AWAY                                                                                       \
  "The time line tells when, and for how long. A network that changes or goes away does this; "    \
  "where it stays, it is mostly Wi-Fi: try a cable."

#define NODE                                                                                         \
  "Name a node that runs (bootstrap in kith.conf, or “kithd --bootstrap HOST:PORT”); if one is " \
  "named, this "                                                                                     \
  "network may block UDP: use another one, or a TURN server by TCP or TLS. “kith doctor” says "  \
  "more."

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
has_hurdle (const KithCallFacts *facts)
{
  return kith_trace_get_hurdle (facts->trace, NULL) != KITH_RELAY_OBSTACLE_NONE;
}

static gboolean
cannot_meet_for_hurdle (const KithCallFacts *facts)
{
  return cannot_meet (facts) && has_hurdle (facts);
}

static gboolean
both_symmetric_for_hurdle (const KithCallFacts *facts)
{
  return both_symmetric (facts) && has_hurdle (facts);
}

static gboolean
answered_knock_for_hurdle (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_PEER_ANSWERED) && has_hurdle (facts);
}

static gboolean
went_through_friend_for_hurdle (const KithCallFacts *facts)
{
  return has_mark (facts, KITH_MARK_FRIEND_CARRIED) && has_hurdle (facts);
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

/* clang-format off */
static const Row rows[] = {
  /* Somebody hung up */
  { KITH_REASON_LOCAL, EITHER, one_way,
    "You hung up after {time}. Much of your audio did not reach {peer}: {quality}.",
    "Check your upload and your Wi-Fi: a cable, or less other traffic, helps most." },
  { KITH_REASON_REMOTE, EITHER, one_way,
    "{peer} hung up after {time}. Much of your audio did not reach them: {quality}.",
    "Check your upload and your Wi-Fi: a cable, or less other traffic, helps most." },
  { KITH_REASON_LOCAL, EITHER, was_away,
    "The call went, but at times nothing was heard of {peer}: {quality}. You hung up.",
    AWAY },
  { KITH_REASON_REMOTE, EITHER, was_away,
    "The call went, but at times nothing was heard of {peer}: {quality}. {peer} hung up.",
    AWAY },
  { KITH_REASON_LOCAL, EITHER, lost_much,
    "The call went, but many packets from {peer} were lost: {quality}. You hung up.",
    "Loss like this comes mostly from Wi-Fi or a busy line at one end: try a cable, or pause other traffic." },
  { KITH_REASON_REMOTE, EITHER, lost_much,
    "The call went, but many packets from {peer} were lost: {quality}. {peer} hung up.",
    "Loss like this comes mostly from Wi-Fi or a busy line at one end: try a cable, or pause other traffic." },
  { KITH_REASON_LOCAL, EITHER, was_poor,
    "The call went, but its quality was poor: {quality}. You hung up.",
    "Long ways and uneven delays do this: try another network, or pause other traffic." },
  { KITH_REASON_REMOTE, EITHER, was_poor,
    "The call went, but its quality was poor: {quality}. {peer} hung up.",
    "Long ways and uneven delays do this: try another network, or pause other traffic." },
  { KITH_REASON_LOCAL, EITHER, has_flowed,
    "The call was fine: {quality}. You hung up.",
    "" },
  { KITH_REASON_REMOTE, EITHER, has_flowed,
    "The call was fine: {quality}. {peer} hung up.",
    "" },
  { KITH_REASON_LOCAL, EITHER, was_answered,
    "You hung up before any audio came from {peer}.",
    "" },
  { KITH_REASON_REMOTE, EITHER, was_answered,
    "{peer} hung up before any of their audio arrived.",
    "" },
  { KITH_REASON_LOCAL, OUT, was_ringing,
    "You gave up while {peer}’s phone was ringing.",
    "" },
  { KITH_REASON_LOCAL, OUT, NULL,
    "You gave up before {peer}’s phone rang.",
    "" },
  { KITH_REASON_REMOTE, IN, NULL,
    "{peer} gave up before you answered.",
    "" },
  { KITH_REASON_LOCAL, EITHER, NULL,
    "You ended the call.",
    "" },
  { KITH_REASON_REMOTE, EITHER, NULL,
    "{peer} ended the call.",
    "" },
  /* Refused by people */
  { KITH_REASON_REJECTED, OUT, NULL,
    "{peer} declined the call.",
    "" },
  { KITH_REASON_REJECTED, EITHER, NULL,
    "You declined the call.",
    "" },
  { KITH_REASON_BUSY, OUT, is_second,
    "Nobody was rung, since {detail}.",
    "Go on with that call, or end it first." },
  { KITH_REASON_BUSY, OUT, NULL,
    "{peer} is in another call.",
    "Try again later." },
  { KITH_REASON_BUSY, EITHER, was_missed,
    "{peer} called while the line was busy.",
    "Call {peer} back." },
  { KITH_REASON_BUSY, EITHER, NULL,
    "You said that you are busy.",
    "Call {peer} back." },
  { KITH_REASON_NO_ANSWER, OUT, was_ringing,
    "{peer}’s phone rang for {ringing}, and nobody answered.",
    "Try again later." },
  { KITH_REASON_NO_ANSWER, OUT, NULL,
    "Nobody answered at {peer}’s.",
    "Try again later." },
  { KITH_REASON_NO_ANSWER, EITHER, NULL,
    "Your phone rang for {ringing}, and you did not answer.",
    "Call {peer} back." },
  { KITH_REASON_ELSEWHERE, EITHER, NULL,
    "The call was answered on another device.",
    "" },
  { KITH_REASON_REPLACED, EITHER, NULL,
    "Another call took the place of this one.",
    "" },
  /* Who? */
  { KITH_REASON_NOT_FOUND, OUT, sip_status_404,
    "The phone or server at {address} says that there is nobody of that name ({status}).",
    "Check the address." },
  { KITH_REASON_NOT_FOUND, OUT, has_namesake,
    "Nobody shows the tag of {address}: {detail}.",
    "The tag may be copied wrongly, or they made a new identity: ask them for their full address. “kith resolve” with the name alone shows who goes by it." },
  { KITH_REASON_NOT_FOUND, OUT, has_no_network,
    "This host has no network address, so {peer} could not be looked up.",
    "Connect to a network, and try again." },
  { KITH_REASON_NOT_FOUND, OUT, we_are_blocked,
    "Your network lets no UDP through, so {peer} could not be looked up.",
    "Use another network, or name a TURN server that is reached by TCP or TLS in kith.conf ([turn] server=turns:HOST)." },
  { KITH_REASON_NOT_FOUND, OUT, is_alone,
    "No other node of the network answers your phone, so {peer} could not be looked up.",
    NODE },
  { KITH_REASON_NOT_FOUND, EITHER, NULL,
    "Nobody of the name {peer} is known in the network.",
    "Check the spelling; if it is right they have not been online for some time: ask them to start Kith." },
  { KITH_REASON_AMBIGUOUS, EITHER, NULL,
    "Several people use the name {peer}, and you know none of them yet.",
    "“kith resolve {peer}” lists them: call the one you mean by the full address (name~tag)." },
  { KITH_REASON_UNTRUSTED, EITHER, has_mismatch,
    "Somebody answers to the name {peer} with another key than the one you know: it may be an impostor, or {peer} made a new identity.",
    "Ask {peer} by other means; if the key is really theirs, call them by their new full address." },
  { KITH_REASON_UNTRUSTED, OUT, is_sip,
    "{peer} is reached by ordinary SIP, which proves nobody’s identity, and this call was refused for it.",
    "Call {peer} by their Kith address." },
  { KITH_REASON_UNTRUSTED, EITHER, NULL,
    "The other side could not prove to be {peer}: {detail}.",
    "Ask {peer} for their full address again, and check the clocks of both hosts (“kith doctor”)." },
  { KITH_REASON_UNAUTHORIZED, OUT, is_sip,
    "The phone or server at {address} takes no call from you without a password ({status}).",
    "Kith does not log in at SIP servers: call another address." },
  { KITH_REASON_UNAUTHORIZED, OUT, may_not_know_us,
    "{peer} takes calls only from people they know, and their phone did not answer yours: they do not know you, or it is offline.",
    "Ask {peer} to add you as a contact, or to call you first." },
  { KITH_REASON_UNAUTHORIZED, OUT, NULL,
    "{peer} takes no calls from people they do not know.",
    "Ask {peer} to add you as a contact, or to call you first." },
  { KITH_REASON_UNAUTHORIZED, EITHER, NULL,
    "A call of {peer} was not allowed here.",
    "If you want such calls: strangers=ring in kith.conf, and for ordinary SIP [sip] plain-in=true." },
  /* Where, and by which way? */
  { KITH_REASON_UNREACHABLE, OUT, is_self,
    "That is your own address.",
    "Call somebody else." },
  { KITH_REASON_UNREACHABLE, OUT, sip_without_answer,
    "{address} was not reached: {detail}.",
    "Check the address, and that the other phone is on and in a network that yours can reach." },
  { KITH_REASON_UNREACHABLE, OUT, has_no_network,
    "This host has no network address, so nobody can be reached.",
    "Connect to a network, and try again." },
  { KITH_REASON_UNREACHABLE, OUT, has_moved,
    "The phone or server at {address} did not take the call, but told of another address: {detail}.",
    "Call that address, if you trust what was said." },
  { KITH_REASON_UNREACHABLE, OUT, is_sip,
    "The phone or server at {address} cannot take the call now: {detail}.",
    "Try again later." },
  { KITH_REASON_UNREACHABLE, OUT, was_ringing,
    "{peer}’s phone rang, but the path to it was lost before they answered.",
    "Call again in a moment." },
  { KITH_REASON_UNREACHABLE, OUT, had_link,
    "{peer}’s phone was reached, but the path was lost before it rang.",
    "Call again in a moment." },
  { KITH_REASON_UNREACHABLE, OUT, we_are_blocked_with_turn,
    "Your network lets no UDP through, and the TURN server in kith.conf did not help: {turn}.",
    "Check [turn] in kith.conf (server, user, password), or use another network." },
  { KITH_REASON_UNREACHABLE, OUT, we_are_blocked,
    "Your network lets no UDP through, so no path to {peer} could be made.",
    "Use another network, or name a TURN server that is reached by TCP or TLS in kith.conf ([turn] server=turns:HOST)." },
  { KITH_REASON_UNREACHABLE, OUT, is_alone_without_record,
    "No other node of the network answers your phone, so it could not learn where {peer} is.",
    NODE },
  { KITH_REASON_UNREACHABLE, OUT, has_no_record,
    "{peer} is offline: nobody in the network knows where they are now.",
    "Try again later, or ask them to start Kith." },
  { KITH_REASON_UNREACHABLE, OUT, they_are_blocked,
    "{peer}’s network lets no UDP through, and no packets came through the TURN server they use.",
    "Try again in a minute; if it stays so, their TURN server needs a look." },
  { KITH_REASON_UNREACHABLE, OUT, turn_failed_and_cannot_meet,
    "You are behind a {ours} and {peer} behind a {theirs}: these cannot reach each other directly, and the TURN server in kith.conf did not help: {turn}.",
    "Check [turn] in kith.conf (server, user, password), or let a common contact relay (all three: “kith contact set NAME --relay on”)." },
  { KITH_REASON_UNREACHABLE, OUT, both_symmetric_for_hurdle,
    "Both of you are behind symmetric NATs, which cannot reach each other directly, and {hurdle}.",
    "{help}" },
  { KITH_REASON_UNREACHABLE, OUT, cannot_meet_for_hurdle,
    "You are behind a {ours} and {peer} behind a {theirs}: these cannot reach each other directly, and {hurdle}.",
    "{help}" },
  { KITH_REASON_UNREACHABLE, OUT, friend_refused,
    "You are behind a {ours} and {peer} behind a {theirs}: these cannot reach each other directly, and no friend agreed to relay.",
    "Both of you and the friend must allow it (“kith contact set NAME --relay on”), or " TURN "." },
  { KITH_REASON_UNREACHABLE, OUT, both_symmetric,
    "Both of you are behind symmetric NATs, and no friend or TURN server could relay.",
    "Let a common contact relay (all three: “kith contact set NAME --relay on”), or " TURN "." },
  { KITH_REASON_UNREACHABLE, OUT, cannot_meet,
    "You are behind a {ours} and {peer} behind a {theirs}: these cannot reach each other directly, and no friend or TURN server could relay.",
    "Let a common contact relay (all three: “kith contact set NAME --relay on”), or " TURN "." },
  { KITH_REASON_UNREACHABLE, OUT, turn_failed,
    "No direct path to {peer} came about, and the TURN server in kith.conf did not help: {turn}.",
    "Check [turn] in kith.conf (server, user, password)." },
  { KITH_REASON_UNREACHABLE, OUT, answered_knock_for_hurdle,
    "{peer}’s phone answered, but no packets came through directly, and {hurdle}.",
    "{help}" },
  { KITH_REASON_UNREACHABLE, OUT, answered_knock_behind_hard_nat,
    "{peer}’s phone answered, but no packets came through: your symmetric NAT and their network let no direct path be made.",
    "Let a common contact relay (all three: “kith contact set NAME --relay on”), or " TURN "." },
  { KITH_REASON_UNREACHABLE, OUT, answered_knock,
    "{peer}’s phone answered, but no packets came through in either direction: a NAT or firewall on the way lets none pass.",
    "Try again; if it stays so, " FRIEND ", or " TURN "." },
  { KITH_REASON_UNREACHABLE, OUT, NULL,
    "{peer}’s phone was found but did not answer: it is offline, or its network changed a moment ago.",
    "Try again in a minute." },
  { KITH_REASON_UNREACHABLE, EITHER, NULL,
    "The path to {peer} was lost before you answered.",
    "Call {peer} back." },
  { KITH_REASON_TIMEOUT, EITHER, NULL,
    "It took too long to set the call up: {detail}.",
    "Try again; “kith doctor” checks your side." },
  /* What was agreed, and the audio */
  { KITH_REASON_NOT_ACCEPTABLE, OUT, is_sip,
    "The phone at {address} shares no codec or encryption with yours: {detail}.",
    "Let it offer Opus or G.711 without encryption (RTP/AVP)." },
  { KITH_REASON_NOT_ACCEPTABLE, IN, is_incoming_sip,
    "A SIP phone called with no codec or encryption that Kith can use: {detail}.",
    "Let it offer Opus or G.711 without encryption (RTP/AVP)." },
  { KITH_REASON_NOT_ACCEPTABLE, EITHER, NULL,
    "Your phone and {peer}’s agreed on no codec or encryption: {detail}.",
    "Update Kith on both sides." },
  { KITH_REASON_MEDIA_FAILED, EITHER, had_no_audio_by_sip,
    "The call was answered, but no audio came from {address}: a NAT or firewall between you drops it.",
    "Ordinary SIP crosses no NAT: call {peer} by their Kith address, or from the same network." },
  { KITH_REASON_MEDIA_FAILED, EITHER, had_no_audio,
    "The call was answered, but no audio came from {peer}, although the path works: their microphone or sound server gives none.",
    "Ask {peer} to run “kith doctor”." },
  { KITH_REASON_MEDIA_FAILED, IN, did_not_ring,
    "{peer} called, but your phone did not ring, as you could not have answered: {short}.",
    "Start PulseAudio or PipeWire, or set in and out of [audio] in kith.conf; then call {peer} back." },
  { KITH_REASON_MEDIA_FAILED, OUT, their_phone_is_deaf,
    "{peer}’s phone has no working microphone or loudspeaker, so that it could not take the call.",
    "Ask {peer} to run “kith doctor”." },
  { KITH_REASON_MEDIA_FAILED, OUT, called_nobody,
    "Nobody was called, since your microphone or loudspeaker could not be used: {short}.",
    "Start PulseAudio or PipeWire, or set in and out of [audio] in kith.conf; without a microphone, “kith call --listen-only” calls all the same." },
  { KITH_REASON_MEDIA_FAILED, EITHER, NULL,
    "Your microphone or loudspeaker could not be used: {short}.",
    "Start PulseAudio or PipeWire, or set in and out of [audio] in kith.conf; “kith doctor” checks it." },
  { KITH_REASON_NETWORK_LOST, EITHER, has_no_network,
    "Your network went away after {time}, and did not come back for {silent}.",
    "Connect to a network, and call again." },
  { KITH_REASON_NETWORK_LOST, EITHER, went_through_friend_for_hurdle,
    "The path to {peer} through a friend was lost after {time}, and no other came about: {hurdle}.",
    "{help}" },
  { KITH_REASON_NETWORK_LOST, EITHER, went_through_friend,
    "The path to {peer}, at times through a friend, was lost after {time}, and no other came about.",
    "Call again in a moment; a TURN server or a second friend who relays makes it safer." },
  { KITH_REASON_NETWORK_LOST, EITHER, NULL,
    "The path to {peer} was lost after {time}, and no other came about: one of the two networks went away.",
    "Call again in a moment." },
  { KITH_REASON_INTERNAL, EITHER, NULL,
    "A program at fault ended the call: {detail}.",
    "Please report it with the output of “kith why --json”." },
  { KITH_REASON_NONE, EITHER, NULL,
    "The call ended without giving a reason.",
    "Please report it with the output of “kith why --json”." },
};
/* clang-format on */

const char *
kith_explain_find (const KithCallFacts *facts, const char **remedy)
{
  if (sip_said_why (facts)) {
    *remedy = kith_sip_status_remedy (facts->sip_status);
    return "The phone or server at {address} says {said}: {what}.";
  }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const Row *row = &rows[i];
    if (row->reason == facts->reason
        && (row->direction == EITHER || (row->direction == OUT) == facts->outgoing)
        && (row->fits == NULL || row->fits (facts))) {
      *remedy = row->remedy;
      return row->cause;
    }
  }
  *remedy = "";
  return "The call ended: {detail}.";
}
