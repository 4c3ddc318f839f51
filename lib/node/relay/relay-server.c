/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A switchboard of channels, each with two legs of its own number. */
#include "node/relay/relay-server.h"

#include <gio/gio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "model/names/epoch.h"
#include "node/relay/relay-server-private.h"

#define SWEEP_MS 5000
#define BUSY_PACKETS 6   /* … so many packets both ways, even one that is silent */
#define STEADY_PACKETS 2 /* … and in each second, which no handshake has */
#define YOUNG_S 60       /* as long as it may ring */
#define FLUSH_SWEEPS 12  /* the contacts' counts are kept once a minute */

G_DEFINE_FINAL_TYPE (KithRelayServer, kith_relay_server, G_TYPE_OBJECT)

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
leg_clear (KithRelayLeg *leg)
{
  if (leg->link != NULL) {
    kith_link_unhold (leg->link);
    g_clear_object (&leg->link);
  }
}

static void
channel_free (gpointer data)
{
  KithRelayServerChannel *channel = data;

  leg_clear (&channel->legs[0]);
  leg_clear (&channel->legs[1]);
  g_free (channel);
}

/* Calls */

static void
turn_second (KithRelayServerChannel *channel, gint64 now)
{
  gint64 second = now / G_USEC_PER_SEC;
  gint64 steps = CLAMP (second - channel->second, 0, KITH_RELAY_RECENT_S);
  gboolean steady = steps > 0;

  for (guint i = 0; i < KITH_RELAY_RECENT_S; i++) {
    steady = steady && channel->packets[i] >= STEADY_PACKETS;
  }
  channel->was_busy = channel->was_busy || steady;
  for (; steps > 0; steps--) {
    memmove (channel->packets + 1,
             channel->packets,
             (KITH_RELAY_RECENT_S - 1) * sizeof channel->packets[0]);
    channel->packets[0] = 0;
  }
  channel->second = MAX (channel->second, second);
}

static void
count_packet (KithRelayServerChannel *channel, gint64 now)
{
  turn_second (channel, now);
  channel->packets[0]++;
}

/* TRUE when the call is over, or never came: the link of the two lives on for a while, with a
   packet now and then. */
gboolean
kith_relay_server_is_idle (KithRelayServer *relay, KithRelayServerChannel *channel)
{
  gint64 now = kith_clock_now (relay->clock);
  guint n = 0;

  turn_second (channel, now);
  for (guint i = 0; i < KITH_RELAY_RECENT_S; i++) {
    n += channel->packets[i];
  }
  return n < BUSY_PACKETS
         && (channel->was_busy || now - channel->made_us >= (gint64)YOUNG_S * G_USEC_PER_SEC);
}

/* Bytes */

void
kith_relay_server_count_bytes (KithRelayServer *relay, KithRelayServerChannel *channel)
{
  guint64 fresh = channel->bytes - channel->counted;
  gint64 day = kith_epoch_at (kith_clock_wall (relay->clock));

  if (relay->day != day) {
    relay->day = day;
    relay->today = 0;
  }
  channel->counted = channel->bytes;
  relay->bytes += fresh;
  relay->today += fresh;
  kith_contacts_add_relayed (relay->contacts, channel->legs[0].person, fresh);
}

/* TRUE when @more bytes would be more than this contact's for the day. */
static gboolean
is_too_much (KithRelayServer *relay, const KithContact *person, guint64 more)
{
  return kith_contacts_get_relayed_today (relay->contacts, person) + more
         > (guint64)relay->limits.max_megabytes * 1000 * 1000;
}

gboolean
kith_relay_server_is_spent (const KithRelayLimits *limits,
                            KithContacts *contacts,
                            const KithContact *person)
{
  return kith_contacts_get_relayed_today (contacts, person) + KITH_FRAME_MAX
         > (guint64)limits->max_megabytes * 1000 * 1000;
}

static gboolean
is_spent (KithRelayServer *relay, const KithContact *person)
{
  return kith_relay_server_is_spent (&relay->limits, relay->contacts, person);
}

/* TRUE when @len bytes may pass: who asked for the channel has as many left. Nobody pays for what
   another one asked for. */
static gboolean
is_affordable (KithRelayServer *relay, const KithRelayServerChannel *channel, gsize len)
{
  const KithContact *person = kith_contacts_get (relay->contacts, channel->legs[0].person);

  return person != NULL && !is_too_much (relay, person, len);
}

/* Ends */

static void
tell_closed (KithRelayServer *relay, const KithRelayLeg *leg, KithRelayReason reason)
{
  KithFriendLink *entry = kith_friend_links_find (relay->linked, leg->link);
  KithRelayNote note = { .kind = KITH_NOTE_CHANNEL, .op = KITH_CHANNEL_CLOSED, .reason = reason };

  memcpy (note.channel, &leg->number, sizeof note.channel);
  if (entry != NULL) {
    (void)kith_friend_links_send (entry, &note);
  }
}

/* Closes it and tells each leg its reason, but not the one over @but (NULL: both). */
static void
close_channel_for (KithRelayServer *relay,
                   KithRelayServerChannel *channel,
                   const KithRelayReason reasons[2],
                   const KithLink *but)
{
  kith_relay_server_count_bytes (relay, channel);
  for (guint i = 0; i < G_N_ELEMENTS (channel->legs); i++) {
    KithRelayLeg *leg = &channel->legs[i];
    (void)g_hash_table_remove (relay->legs, &leg->number);
    if (leg->link != but && !(i == 0 && channel->is_secret)) {
      tell_closed (relay, leg, reasons[i]);
    }
  }
  kith_info ("relay",
             "a channel closed after %" G_GUINT64_FORMAT " bytes, told as: %s",
             channel->bytes,
             kith_relay_reason_text (reasons[0]));
  g_ptr_array_remove_fast (relay->channels, channel);
  kith_contacts_flush_async (relay->contacts, NULL, NULL);
  g_signal_emit (relay, signals[SIGNAL_CHANGED], 0);
}

static void
close_channel (KithRelayServer *relay,
               KithRelayServerChannel *channel,
               KithRelayReason reason,
               const KithLink *but)
{
  const KithRelayReason reasons[] = { reason, reason };

  close_channel_for (relay, channel, reasons, but);
}

/* Why it cannot go on; KITH_RELAY_DONE when it can. */
static KithRelayReason
judge_channel (KithRelayServer *relay, KithRelayServerChannel *channel)
{
  gint64 idle = kith_clock_now (relay->clock) - channel->used_us;

  if (idle >= (gint64)KITH_RELAY_IDLE_S * G_USEC_PER_SEC) {
    return KITH_RELAY_IDLE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (channel->legs); i++) {
    const KithContact *person
        = kith_contacts_find_friend (relay->contacts, &channel->legs[i].identity);
    if (person == NULL) {
      return KITH_RELAY_STRANGER;
    }
    if (i == 0 && is_spent (relay, person)) {
      return KITH_RELAY_QUOTA;
    }
  }
  return KITH_RELAY_DONE;
}

static gboolean
on_sweep (gpointer user_data)
{
  KithRelayServer *relay = user_data;
  gboolean changed = FALSE;

  for (guint i = relay->channels->len; i > 0; i--) {
    KithRelayServerChannel *channel = relay->channels->pdata[i - 1];
    kith_relay_server_count_bytes (relay, channel);
    KithRelayReason reason = judge_channel (relay, channel);
    if (reason != KITH_RELAY_DONE) {
      close_channel (relay, channel, reason, NULL);
    } else if (kith_relay_server_is_idle (relay, channel) != channel->told_idle) {
      channel->told_idle = !channel->told_idle;
      changed = TRUE;
    }
  }
  if (changed) {
    g_signal_emit (relay, signals[SIGNAL_CHANGED], 0);
  }
  if (++relay->n_sweeps % FLUSH_SWEEPS == 0) {
    kith_contacts_flush_async (relay->contacts, NULL, NULL);
  }
  if (relay->channels->len == 0) {
    relay->timer = 0;
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_CONTINUE;
}

static void
kith_relay_server_dispose (GObject *object)
{
  KithRelayServer *relay = KITH_RELAY_SERVER (object);

  if (relay->clock != NULL) {
    kith_clock_cancel (relay->clock, &relay->timer);
  }
  for (guint i = 0; relay->channels != NULL && i < relay->channels->len; i++) {
    kith_relay_server_count_bytes (relay, relay->channels->pdata[i]);
  }
  kith_relay_server_forget_answers (relay, NULL);
  if (relay->contacts != NULL) {
    kith_contacts_flush_async (relay->contacts, NULL, NULL);
  }
  g_clear_pointer (&relay->legs, g_hash_table_unref);
  g_clear_pointer (&relay->channels, g_ptr_array_unref);
  g_clear_object (&relay->contacts);
  g_clear_object (&relay->clock);
  G_OBJECT_CLASS (kith_relay_server_parent_class)->dispose (object);
}

static void
kith_relay_server_class_init (KithRelayServerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_relay_server_dispose;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed",
                                          KITH_TYPE_RELAY_SERVER,
                                          G_SIGNAL_RUN_LAST,
                                          0,
                                          NULL,
                                          NULL,
                                          NULL,
                                          G_TYPE_NONE,
                                          0);
}

static void
kith_relay_server_init (KithRelayServer *relay)
{
  relay->channels = g_ptr_array_new_with_free_func (channel_free);
  relay->legs = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_queue_init (&relay->held);
}

KithRelayServer *
kith_relay_server_new (KithClock *clock,
                       KithContacts *contacts,
                       KithFriendLinks *linked,
                       const KithRelayLimits *limits)
{
  KithRelayServer *relay = g_object_new (KITH_TYPE_RELAY_SERVER, NULL);

  relay->clock = g_object_ref (clock);
  relay->contacts = g_object_ref (contacts);
  relay->linked = linked;
  relay->limits = *limits;
  relay->bytes_per_second = (gint64)limits->max_kbit * 1000 / 8;
  relay->burst = MAX (relay->bytes_per_second, 16 * 1024); /* a handshake comes at once */
  return relay;
}

/* Asking */

static guint
count_pair (KithRelayServer *relay, const KithPeerKey *a, const KithPeerKey *b)
{
  guint n = 0;

  for (guint i = 0; i < relay->channels->len; i++) {
    const KithRelayServerChannel *channel = relay->channels->pdata[i];
    const KithPeerKey *first = &channel->legs[0].identity;
    const KithPeerKey *second = &channel->legs[1].identity;
    n += (kith_peer_key_equal (first, a) && kith_peer_key_equal (second, b))
         || (kith_peer_key_equal (first, b) && kith_peer_key_equal (second, a));
  }
  return n;
}

guint
kith_relay_server_count_pairs (KithRelayServer *relay)
{
  guint n = 0;

  for (guint i = 0; i < relay->channels->len; i++) {
    const KithRelayServerChannel *channel = relay->channels->pdata[i];
    gboolean seen = FALSE;
    for (guint k = 0; k < i && !seen; k++) {
      const KithRelayServerChannel *other = relay->channels->pdata[k];
      const KithPeerKey *a = &channel->legs[0].identity;
      const KithPeerKey *b = &channel->legs[1].identity;
      seen = (kith_peer_key_equal (a, &other->legs[0].identity)
              && kith_peer_key_equal (b, &other->legs[1].identity))
             || (kith_peer_key_equal (a, &other->legs[1].identity)
                 && kith_peer_key_equal (b, &other->legs[0].identity));
    }
    n += !seen;
  }
  return n;
}

/* With how many others @asker has channels that it asked for. */
static guint
count_asked (KithRelayServer *relay, const KithPeerKey *asker)
{
  g_autoptr (GHashTable) others = g_hash_table_new (kith_peer_key_hash, kith_peer_key_equal);

  for (guint i = 0; i < relay->channels->len; i++) {
    KithRelayServerChannel *channel = relay->channels->pdata[i];
    if (kith_peer_key_equal (&channel->legs[0].identity, asker)) {
      (void)g_hash_table_add (others, &channel->legs[1].identity);
    }
  }
  return g_hash_table_size (others);
}

/* The same asker lost what it asked for before: the old one makes room. */
static void
close_repeated (KithRelayServer *relay, KithFriendLink *from, const KithRelayNote *note)
{
  for (guint i = relay->channels->len; i > 0; i--) {
    KithRelayServerChannel *channel = relay->channels->pdata[i - 1];
    if (channel->legs[0].link == from->link
        && kith_peer_key_equal (&channel->legs[1].identity, &note->peer)
        && memcmp (channel->link_id, note->link_id, sizeof channel->link_id) == 0) {
      close_channel (relay, channel, KITH_RELAY_DONE, NULL);
    }
  }
}

/* Why no channel can be given between the two; KITH_RELAY_DONE when one can. */
static KithRelayReason
judge_request (KithRelayServer *relay, KithFriendLink *from, KithFriendLink *to)
{
  const KithContact *asker = kith_contacts_find_friend (relay->contacts, &from->identity);
  const KithContact *other = kith_contacts_find_friend (relay->contacts, &to->identity);
  guint n_pair = count_pair (relay, &from->identity, &to->identity);

  if (!relay->limits.enabled) {
    return KITH_RELAY_OFF;
  }
  if ((to->flags & KITH_RELAY_MAY) == 0) {
    return KITH_RELAY_UNWANTED;
  }
  if (kith_friend_links_is_carried (from) || kith_friend_links_is_carried (to)) {
    return KITH_RELAY_NOT_LINKED; /* one friend on the way is enough */
  }
  if (asker == NULL || other == NULL) {
    return KITH_RELAY_STRANGER;
  }
  if (is_spent (relay, asker)) {
    return KITH_RELAY_QUOTA;
  }
  if (n_pair >= KITH_RELAY_CHANNELS_OF_PAIR
      || (n_pair == 0
          && (kith_relay_server_count_pairs (relay) >= relay->limits.max_calls
              || count_asked (relay, &from->identity) >= (relay->limits.max_calls + 1) / 2))) {
    return KITH_RELAY_BUSY;
  }
  return KITH_RELAY_DONE;
}

static void
fill_leg (KithRelayServer *relay,
          KithRelayServerChannel *channel,
          guint side,
          KithFriendLink *entry)
{
  KithRelayLeg *leg = &channel->legs[side];
  const KithContact *person = kith_contacts_find (relay->contacts, &entry->identity);

  do {
    leg->number = kith_random_uint64 ();
  } while (leg->number == 0 || g_hash_table_contains (relay->legs, &leg->number));
  leg->channel = channel;
  leg->link = g_object_ref (entry->link);
  kith_link_hold (leg->link);
  leg->identity = entry->identity;
  leg->person = person != NULL ? person->id : 0;
  leg->tokens = relay->burst;
  leg->refilled_us = channel->used_us;
  g_hash_table_insert (relay->legs, &leg->number, leg);
}

static KithRelayServerChannel *
open_channel (KithRelayServer *relay,
              KithFriendLink *from,
              KithFriendLink *to,
              const KithRelayNote *note)
{
  KithRelayServerChannel *channel = g_new0 (KithRelayServerChannel, 1);

  channel->since_us = kith_clock_wall (relay->clock);
  channel->used_us = channel->made_us = kith_clock_now (relay->clock);
  memcpy (channel->link_id, note->link_id, sizeof channel->link_id);
  fill_leg (relay, channel, 0, from);
  fill_leg (relay, channel, 1, to);
  g_ptr_array_add (relay->channels, channel);
  if (relay->timer == 0) {
    relay->timer = kith_clock_add (relay->clock, SWEEP_MS, on_sweep, relay);
  }
  return channel;
}

/* What the other end gets: the knock, and the channel if there is one. */
static gboolean
pass_on (KithFriendLink *from,
         KithFriendLink *to,
         const KithRelayNote *note,
         const KithRelayServerChannel *channel)
{
  KithRelayNote carried = { .kind = KITH_NOTE_CARRIED,
                            .peer = from->identity,
                            .has_channel = channel != NULL,
                            .knock_len = note->knock_len };

  memcpy (carried.link_id, note->link_id, sizeof carried.link_id);
  memcpy (carried.knock, note->knock, note->knock_len);
  if (channel != NULL) {
    memcpy (carried.channel, &channel->legs[1].number, sizeof carried.channel);
    carried.asker_rtt_ms = kith_friend_links_rtt (from);
    carried.other_rtt_ms = kith_friend_links_rtt (to);
  }
  return kith_friend_links_send (to, &carried);
}

/* Gives a channel if there can be one, and passes the knock on. What who asked may be told of
   it. */
static KithRelayAnswer
carry_with_channel (KithRelayServer *relay,
                    KithFriendLink *from,
                    KithFriendLink *to,
                    const KithRelayNote *note)
{
  KithRelayAnswer answer = { .op = KITH_CHANNEL_REFUSED };

  close_repeated (relay, from, note);
  answer.reason = judge_request (relay, from, to);
  if (answer.reason != KITH_RELAY_DONE) {
    if (note->knock_len > 0 && pass_on (from, to, note, NULL)) {
      answer.op = KITH_CHANNEL_NONE;
    }
    return answer;
  }
  KithRelayServerChannel *channel = open_channel (relay, from, to, note);
  channel->is_secret = TRUE;
  if (!pass_on (from, to, note, channel)) {
    close_channel (relay, channel, KITH_RELAY_GONE, NULL);
    answer.reason = KITH_RELAY_GONE;
    return answer;
  }
  answer.op = KITH_CHANNEL_OPENED;
  answer.number = channel->legs[0].number;
  answer.other_rtt_ms = kith_friend_links_rtt (to);
  kith_info ("relay", "a channel opened between two contacts");
  g_signal_emit (relay, signals[SIGNAL_CHANGED], 0);
  return answer;
}

static KithRelayAnswer
carry (KithRelayServer *relay, KithFriendLink *from, KithFriendLink *to, const KithRelayNote *note)
{
  if (note->has_channel) {
    return carry_with_channel (relay, from, to, note);
  }
  if (pass_on (from, to, note, NULL)) {
    return (KithRelayAnswer){ .op = KITH_CHANNEL_PASSED };
  }
  return (KithRelayAnswer){ .op = KITH_CHANNEL_REFUSED, .reason = KITH_RELAY_GONE };
}

void
kith_relay_server_take_carry (KithRelayServer *relay,
                              KithFriendLink *from,
                              const KithRelayNote *note)
{
  KithRelayAnswer answer = { .op = KITH_CHANNEL_REFUSED, .reason = KITH_RELAY_STRANGER };
  KithFriendLink *to = NULL;

  if (!kith_friend_links_may_ask (relay->linked, from)) {
    return; /* no friend does that: whoever floods us gets no answers either */
  }
  if (kith_contacts_find_friend (relay->contacts, &from->identity) == NULL) {
    kith_relay_server_answer (from, note->request, &answer);
    return;
  }
  if (kith_contacts_find_friend (relay->contacts, &note->peer) != NULL
      && !kith_peer_key_equal (&note->peer, &from->identity)) {
    to = kith_friend_links_best (relay->linked, &note->peer);
  }
  if (to == NULL) {
    kith_relay_server_hold_answer (relay, from, NULL, note->request, &answer);
    return;
  }
  answer = carry (relay, from, to, note);
  if (!kith_friend_links_may_tell (to, &from->identity)) {
    kith_relay_server_hold_answer (relay, from, to, note->request, &answer);
    return;
  }
  if (answer.op == KITH_CHANNEL_OPENED) {
    (void)kith_relay_server_reveal (relay, answer.number);
  }
  kith_relay_server_answer (from, note->request, &answer);
}

gboolean
kith_relay_server_reveal (KithRelayServer *relay, guint64 number)
{
  KithRelayLeg *leg = g_hash_table_lookup (relay->legs, &number);

  if (leg != NULL) {
    leg->channel->is_secret = FALSE;
  }
  return leg != NULL;
}

void
kith_relay_server_close_secret (KithRelayServer *relay, guint64 number)
{
  KithRelayLeg *leg = g_hash_table_lookup (relay->legs, &number);

  if (leg != NULL && leg->channel->is_secret) {
    close_channel (relay, leg->channel, KITH_RELAY_DONE, NULL);
  }
}

/* Packets */

static KithRelayLeg *
find_leg (KithRelayServer *relay, KithLink *link, const guint8 id[KITH_CHANNEL_ID_LEN])
{
  guint64 number;

  memcpy (&number, id, sizeof number);
  KithRelayLeg *leg = g_hash_table_lookup (relay->legs, &number);
  return leg != NULL && leg->link == link ? leg : NULL;
}

/* What the other end may hear of why this one closed: of the rest it knows nothing, or it is for us
   to say. */
static KithRelayReason
said_reason (const KithFriendLink *from, const KithRelayNote *note)
{
  if (note->reason == KITH_RELAY_UNWANTED || (from->flags & KITH_RELAY_MAY) == 0) {
    return KITH_RELAY_UNWANTED;
  }
  return note->reason == KITH_RELAY_DONE ? KITH_RELAY_DONE : KITH_RELAY_OTHER;
}

gboolean
kith_relay_server_take_closed (KithRelayServer *relay,
                               KithFriendLink *from,
                               const KithRelayNote *note)
{
  KithRelayLeg *leg = find_leg (relay, from->link, note->channel);

  if (leg == NULL) {
    return FALSE;
  }
  close_channel (relay, leg->channel, said_reason (from, note), from->link);
  return TRUE;
}

/* TRUE when @len bytes may come in over @leg now. */
static gboolean
take_tokens (KithRelayServer *relay, KithRelayLeg *leg, gint64 now, gsize len)
{
  gint64 fresh = (now - leg->refilled_us) * relay->bytes_per_second / G_USEC_PER_SEC;

  if (fresh > 0) {
    leg->tokens = MIN (relay->burst, leg->tokens + fresh);
    leg->refilled_us = now;
  }
  if (leg->tokens < (gint64)len) {
    return FALSE;
  }
  leg->tokens -= (gint64)len;
  return TRUE;
}

gboolean
kith_relay_server_take_frame (KithRelayServer *relay, KithLink *link, const guint8 *data, gsize len)
{
  KithRelayLeg *leg = len > KITH_RELAY_HEAD ? find_leg (relay, link, data) : NULL;
  guint8 frame[KITH_FRAME_MAX];

  if (leg == NULL || len > sizeof frame) {
    return FALSE;
  }
  KithRelayServerChannel *channel = leg->channel;
  KithRelayLeg *other = &channel->legs[leg == &channel->legs[0] ? 1 : 0];
  gint64 now = kith_clock_now (relay->clock);
  if (!take_tokens (relay, leg, now, len)) {
    return TRUE;
  }
  if (!is_affordable (relay, channel, len)) {
    close_channel (relay, channel, KITH_RELAY_QUOTA, NULL);
    return TRUE;
  }
  memcpy (frame, &other->number, KITH_RELAY_HEAD);
  memcpy (frame + KITH_RELAY_HEAD, data + KITH_RELAY_HEAD, len - KITH_RELAY_HEAD);
  channel->used_us = now;
  count_packet (channel, now);
  if (kith_link_send_frame (other->link, frame, len)) {
    channel->bytes += len;
    kith_relay_server_count_bytes (relay, channel);
  }
  return TRUE;
}

void
kith_relay_server_drop_link (KithRelayServer *relay, KithLink *link)
{
  kith_relay_server_forget_answers (relay, link);
  for (guint i = relay->channels->len; i > 0; i--) {
    KithRelayServerChannel *channel = relay->channels->pdata[i - 1];
    if (channel->legs[0].link == link || channel->legs[1].link == link) {
      close_channel (relay, channel, KITH_RELAY_GONE, link);
    }
  }
}

void
kith_relay_server_drop_contact (KithRelayServer *relay, const KithPeerKey *key)
{
  for (guint i = relay->channels->len; i > 0; i--) {
    KithRelayServerChannel *channel = relay->channels->pdata[i - 1];
    KithRelayReason reasons[2] = { KITH_RELAY_NOT_LINKED, KITH_RELAY_NOT_LINKED };
    for (guint k = 0; k < G_N_ELEMENTS (reasons); k++) {
      if (kith_peer_key_equal (&channel->legs[k].identity, key)) {
        reasons[k] = KITH_RELAY_STRANGER;
      }
    }
    if (reasons[0] != reasons[1]) {
      close_channel_for (relay, channel, reasons, NULL);
    }
  }
}
