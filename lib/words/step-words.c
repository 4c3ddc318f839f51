/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words for the steps of a call, as its time line tells them. */
#include "words/step-words.h"

#include "words/word-table.h"

/* clang-format off */
static const KithWords rows[] = {
  /* Who the name is, and where they can be reached */
  { "step-found-nobody", ONE ("nobody was found in {took-ms}"), NULL },
  { "step-found", ONE ("found by {source} in {took-ms}{claims?, {claims} of that name}{key?, key {key}}, proof: {proof}"), NULL },
  { "step-found-known",
    ONE ("found by your contacts and earlier calls in {took-ms}{claims?, {claims} of that name}{key?, key {key}}, proof: {proof}"), NULL },
  { "step-alone", ONE ("no other node of the network answers"), NULL },
  { "step-record", ONE ("a record {age-s} s old: {candidates} candidates{slot?, a listening agent}"), NULL },
  { "step-record-known-only", ONE ("a record {age-s} s old: they answer only people they know, and tell nobody else where they are"), NULL },
  { "step-record-newer", ONE ("A newer record of the peer came: it listens elsewhere now"), NULL },
  { "step-link-there", ONE ("there is a link to them already"), NULL },
  /* Ways */
  { "step-nat-ours", ONE ("ours: {nat}{seen-as?, seen as {seen-as}}{mapped-by?, port mapped by {mapped-by}}"), NULL },
  { "step-nat-theirs", ONE ("theirs: {nat}"), NULL },
  { "step-ours-host", ONE ("Ours: {addresses} (this host’s own)"), NULL },
  { "step-ours-srflx", ONE ("Ours: {addresses} (as others see us)"), NULL },
  { "step-ours-prflx", ONE ("Ours: {addresses} (as the peer sees us)"), NULL },
  { "step-ours-relay", ONE ("Ours: {addresses} (a relay’s)"), NULL },
  { "step-theirs-host", ONE ("Theirs: {addresses} (its host’s own)"), NULL },
  { "step-theirs-srflx", ONE ("Theirs: {addresses} (as others see it)"), NULL },
  { "step-theirs-prflx", ONE ("Theirs: {addresses} (as we see it)"), NULL },
  { "step-theirs-relay", ONE ("Theirs: {addresses} (a relay’s)"), NULL },
  { "step-turn-asked", ONE ("A relayed address is asked for at the TURN server {server}"), NULL },
  { "step-turn-failed", ONE ("The TURN server {server} cannot be used: {error}"), NULL },
  { "step-turn-waits", ONE ("The TURN server {server} has not answered yet"), NULL },
  { "step-offering", ONE ("Offering {offered} of our addresses to the peer"), NULL },
  { "step-check-asked", ONE ("Asking the peer to check back from where it listens, to {offered} of our addresses"), NULL },
  { "step-offer-answered", ONE ("The peer answered the offer"), NULL },
  { "step-knock-carried", ONE ("knock carried by {friend} in {took-ms}"), NULL },
  { "step-way-ended", ONE ("A way to the peer ended: {error}"), NULL },
  { "step-pair-works", ONE ("A pair works: {route}"), NULL },
  { "step-pair-works-after", ONE ("A pair works after {took-ms}: {route}"), NULL },
  { "step-pairs-unused",
    ONE_OR_MANY ("{pairs} other pair was tried, not used: {tried}", "{pairs} other pairs were tried, not used: {tried}"), NULL },
  { "step-pairs-unneeded",
    ONE_OR_MANY ("{pairs} more pair was tried, not needed: {tried}", "{pairs} more pairs were tried, not needed: {tried}"), NULL },
  { "step-pairs-waiting",
    ONE_OR_MANY ("{pairs} pair was tried, none answered so far: {tried}", "{pairs} pairs were tried, none answered so far: {tried}"), NULL },
  { "step-pairs-unanswered",
    ONE_OR_MANY ("{pairs} pair was tried, none answered: {tried}", "{pairs} pairs were tried, none answered: {tried}"), NULL },
  { "step-path-first", ONE ("Using the path: {route}"), NULL },
  { "step-path-changed", ONE ("Changed to the path: {route}"), NULL },
  { "step-path-works", ONE ("A path works: {route}"), NULL },
  { "step-path-runs", ONE ("The path runs now: {route}"), NULL },
  { "step-path-gone", ONE ("The path is gone: {route}"), NULL },
  { "step-path-last-gone", ONE ("The path in use is gone, and there is no other"), NULL },
  { "route-direct", ONE ("{from} to {to}, direct"), NULL },
  { "route-turn", ONE ("{from} to {to}, through a TURN server"), NULL },
  { "route-friend", ONE ("through a friend, about {delay-ms} one way"), NULL },
  { "route-none", ONE ("no pair"), NULL },
  { "step-link-up", ONE ("The link has been up for {up-s} s, round trip {rtt-ms}"), NULL },
  { "step-link-closed", ONE ("The link was closed: {error}"), NULL },
  { "step-handshake", ONE ("Handshake done (TLS 1.3), identity {key}… proved{device?, device \"{device}\"}"), NULL },
  /* Friends */
  { "step-friend-refused", ONE ("{friend} does not carry: {refusal}"), NULL },
  { "step-friend-ended", ONE ("{friend} carries no more: {refusal}"), NULL },
  { "step-friend-unwanted", ONE ("{friend} carries no more: you took relay off for {friend}"), NULL },
  { "step-friend-link-gone", ONE ("{friend} carries no more: our link to {friend} is gone"), NULL },
  { "step-friend-quiet", ONE ("{friend} is not heard any more: another friend is asked"), NULL },
  { "step-friend-relays", ONE ("{friend} relays, about {delay-ms} one way"), NULL },
  { "step-friend-unwilling",
    ONE ("{friend} does not relay for us: ask them to run `kith contact set NAME --relay on`, with your name"), NULL },
  { "step-friend-unasked", ONE ("{friend} would relay for us, and is not asked: `kith contact set {friend} --relay on` lets them"), NULL },
  { "step-through", ONE ("through {friend}, about {delay-ms} one way"), NULL },
  { "step-through-adds", ONE ("through {friend}, adds {added-ms}: one way takes {takes-ms}, and took {without-ms} directly"), NULL },
  { "step-through-adds-legs",
    ONE ("through {friend}, adds {added-ms}: one way takes {takes-ms}, and the ways to them and on {without-ms}"), NULL },
  { "refusal-stranger", ONE ("does not have us as a contact with relay on"), NULL },
  { "refusal-off", ONE ("has relaying switched off"), NULL },
  { "refusal-busy", ONE ("relays enough already"), NULL },
  { "refusal-quota", ONE ("has relayed enough today"), NULL },
  { "refusal-idle", ONE ("had nothing to relay"), NULL },
  { "refusal-gone", ONE ("has lost the link to them"), NULL },
  { "refusal-done", ONE ("is not needed any more"), NULL },
  { "refusal-other", ONE ("does not relay this"), NULL },
  { "refusal-newer", ONE ("does not relay this, for a reason that is newer than this program"), NULL },
  /* A path that is lost */
  { "step-peer-silent", ONE ("Nothing is heard of the peer"), NULL },
  { "step-silence", ONE ("Nothing heard for {quiet-ms}"), NULL },
  { "step-path-search", ONE ("Looking for a new path (try {try}{standby?, at the peer’s prepared address, too})"), NULL },
  { "step-peer-search", ONE ("The peer is looking for a new path"), NULL },
  { "step-no-network", ONE ("This host has no network"), NULL },
  { "step-no-address", ONE ("this host has no network address"), NULL },
  { "step-addresses-changed", ONE ("This host’s addresses changed"), NULL },
  { "step-heard-again", ONE ("The peer is heard again after {quiet-ms}"), NULL },
  { "step-back-voice", ONE ("voice is back after {after} s"), NULL },
  { "step-back-unheard", ONE ("no audio came, but they are heard again after {after} s"), NULL },
  { "step-back", ONE ("they are heard again after {after} s"), NULL },
  /* SIP */
  { "step-invite-sent", ONE ("INVITE sent over the link"), NULL },
  { "step-invite-sent-sip", ONE ("INVITE sent by ordinary SIP"), NULL },
  { "step-invite-received", ONE ("INVITE received over the link"), NULL },
  { "step-invite-received-sip", ONE ("INVITE received by ordinary SIP"), NULL },
  { "step-phone-dials", ONE ("the phone {device} dials {name}"), NULL },
  { "step-phone-not-there", ONE ("the phone {device} is not registered now"), NULL },
  { "step-hop-silent", ONE ("no response: the next address of the host is tried"), NULL },
  { "step-hop-refused", ONE ("refused: the next address of the host is tried"), NULL },
  { "step-link-unanswered", ONE ("the link that was up did not answer: a fresh one is tried"), NULL },
  { "step-ringing-received", ONE ("180 Ringing received"), NULL },
  { "step-ringing-sent", ONE ("180 Ringing sent"), NULL },
  { "step-early-sent", ONE ("it hears what comes before an answer (183)"), NULL },
  { "step-early", ONE ("their sound before the answer is heard, our microphone is shut"), NULL },
  { "step-early-unheard", ONE ("what they send before the answer cannot be heard: {error}"), NULL },
  { "step-answered", ONE ("200 OK received: they answered"), NULL },
  { "step-answer-sent", ONE ("200 OK sent"), NULL },
  { "step-answer-sent-offer", ONE ("200 OK sent, with our offer"), NULL },
  { "step-ack-received", ONE ("ACK received, with their answer to our offer"), NULL },
  { "step-bye-received", ONE ("BYE received"), NULL },
  { "step-bye-sent", ONE ("BYE sent"), NULL },
  { "step-cancel-received", ONE ("CANCEL received"), NULL },
  { "step-cancel-sent", ONE ("CANCEL sent"), NULL },
  { "step-status-received", ONE ("{sip-code}{phrase? {phrase}}"), NULL },
  { "step-status-sent", ONE ("{sip-code} sent"), NULL },
  { "step-unknown-reason", ONE ("the peer gave reason {peer-reason}, which this version does not know"), NULL },
  { "step-nobody", ONE ("nothing listens there, or no such host is up"), NULL },
  { "step-no-answer", ONE ("no answer came"), NULL },
  { "step-reoffer-refused", ONE ("{sip-code} to our new description of the sound"), NULL },
  { "step-reoffers", ONE ("Our sound was described anew {tries} times in a row, and they do not have it as it is"), NULL },
  /* Sound */
  { "step-srtp", ONE ("audio: SRTP AES_CM_128_HMAC_SHA1_80, keyed by the link"), NULL },
  { "step-audio-failed", ONE ("audio: {error}"), NULL },
  { "step-microphone-open", ONE ("the microphone is open{codec?, codec {codec}}"), NULL },
  { "step-joined-relayed", ONE ("joined with the phone {device}: its packets go on as they are{codec?, codec {codec}}"), NULL },
  { "step-joined-transcoded", ONE ("joined with the phone {device}: its sound is translated{codec?, from and to {codec}}"), NULL },
  { "step-joined", ONE ("the sound goes on to the other side{codec?, codec {codec}}"), NULL },
  { "step-listen-only", ONE ("the loudspeaker is on, our microphone is not wanted{codec?, codec {codec}}"), NULL },
  { "step-background", ONE ("you talk in another call: silence both ways{codec?, codec {codec}}"), NULL },
  { "step-foreground", ONE ("you hear them again"), NULL },
  { "step-aimed", ONE ("our sound goes to {host}, which is {address}"), NULL },
  { "step-aim-failed", ONE ("our sound cannot go to {host}, which they name: {error}"), NULL },
  { "step-aim-not-found", ONE ("our sound cannot go to {host}, which they name: it is not found"), NULL },
  { "step-first-packet", ONE ("the first packet of their audio came"), NULL },
  { "step-first-sound", ONE ("their first sound"), NULL },
  { "step-held", ONE ("they put the call on hold"), NULL },
  { "step-held-no-more", ONE ("they took the call off hold"), NULL },
  { "step-they-send", ONE ("they send sound"), NULL },
  { "step-they-send-nothing", ONE ("they say that they send no sound"), NULL },
  { "step-no-audio", ONE ("no audio came from them for {silent-s} s"), NULL },
  { "step-no-audio-muted", ONE ("no audio came from them for {silent-s} s, but their reports do: they may be muted"), NULL },
  { "step-no-audio-blocked", ONE ("no audio came from them for {silent-s} s: they may be muted, or a firewall is in the way"), NULL },
  { "step-audio-back", ONE ("their audio is back after about {silent-s} s"), NULL },
  { "step-quality-good",
    ONE ("quality good: MOS {mos}, lost {lost-percent} %, jitter {jitter} ms, buffer {buffer-ms}, round trip {rtt-ms}"), NULL },
  { "step-quality-fair",
    ONE ("quality fair: MOS {mos}, lost {lost-percent} %, jitter {jitter} ms, buffer {buffer-ms}, round trip {rtt-ms}"), NULL },
  { "step-quality-poor",
    ONE ("quality poor: MOS {mos}, lost {lost-percent} %, jitter {jitter} ms, buffer {buffer-ms}, round trip {rtt-ms}"), NULL },
  { "step-quality-bad",
    ONE ("quality bad: MOS {mos}, lost {lost-percent} %, jitter {jitter} ms, buffer {buffer-ms}, round trip {rtt-ms}"), NULL },
  { "step-sum",
    ONE ("in all {sent} packets sent, {received} received, {lost-percent} % lost, MOS {mos}, jitter {jitter} ms, buffer {buffer-ms}"), NULL },
  /* The call's states, and its end */
  { "step-state-new", ONE ("new"), NULL },
  { "step-state-locating", ONE ("locating"), NULL },
  { "step-state-dialing", ONE ("dialing"), NULL },
  { "step-state-ringing", ONE ("ringing"), NULL },
  { "step-state-early", ONE ("early"), NULL },
  { "step-state-incoming", ONE ("incoming"), NULL },
  { "step-state-connecting", ONE ("connecting"), NULL },
  { "step-state-active", ONE ("active"), NULL },
  { "step-state-held", ONE ("held"), NULL },
  { "step-end-local", ONE ("we hung up{detail?: {detail}}"), NULL },
  { "step-end-remote", ONE ("they hung up{detail?: {detail}}"), NULL },
  { "step-end", ONE ("{reason}{detail?: {detail}}"), NULL },
};
/* clang-format on */

const KithWords *
kith_step_words_at (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index] : NULL;
}

gchar *
kith_step_text (const char *code, GVariant *values, const char *text)
{
  g_autoptr (KithSaying) saying = kith_saying_read (code, values);

  if (saying == NULL) {
    return g_strdup (text != NULL ? text : code != NULL ? code : "");
  }
  g_autofree gchar *told = kith_saying_tell (saying);
  const char *phone = NULL;
  if (g_variant_lookup (values, KITH_STEP_PHONE, "&s", &phone)) { /* not ours: the phone's */
    return g_strdup_printf ("%s: %s", phone, told);
  }
  gchar first[7] = { 0 };
  (void)g_unichar_to_utf8 (g_unichar_toupper (g_utf8_get_char (told)), first);
  return g_strconcat (first, *told != '\0' ? g_utf8_next_char (told) : "", NULL);
}

gchar *
kith_step_tell (const KithTraceEntry *entry)
{
  return kith_step_text (entry->code, entry->values, entry->text);
}
