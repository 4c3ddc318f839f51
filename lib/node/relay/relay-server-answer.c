/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers to those who ask a friend to carry, and how long they wait: nobody learns by asking who
   is whose friend, and linked. */
#include <string.h>

#include "node/relay/relay-server-private.h"

#define MAX_HELD 256

/* An answer that waits for the other end's word. */
typedef struct {
  KithLink *asker;      /* not owned: only compared, and looked up */
  KithLink *other;      /* the same; NULL: there is none */
  KithPeerKey identity; /* of the asker */
  guint32 request;
  KithRelayAnswer answer; /* if the other end takes it */
  gint64 due_us;
} Held;

void
kith_relay_server_answer (KithFriendLink *from, guint32 request, const KithRelayAnswer *answer)
{
  KithRelayNote note
      = { .kind = KITH_NOTE_CHANNEL,
          .op = answer->op,
          .request = request,
          .reason = answer->op == KITH_CHANNEL_OPENED ? KITH_RELAY_OTHER : answer->reason };

  if (answer->op == KITH_CHANNEL_OPENED) {
    memcpy (note.channel, &answer->number, sizeof note.channel);
    note.asker_rtt_ms = kith_friend_links_rtt (from);
    note.other_rtt_ms = answer->other_rtt_ms;
  }
  (void)kith_friend_links_send (from, &note);
}

/* Takes @held out and tells who asked: what became of it when it @is_taken, else what everybody
   hears of a key that is not there. */
static void
settle (KithRelayServer *relay, Held *held, gboolean is_taken)
{
  const KithRelayAnswer no = { .op = KITH_CHANNEL_REFUSED, .reason = KITH_RELAY_NOT_LINKED };
  KithFriendLink *from = kith_friend_links_find (relay->linked, held->asker);
  gboolean opened = held->answer.op == KITH_CHANNEL_OPENED;

  (void)g_queue_remove (&relay->held, held);
  if (is_taken && opened) {
    is_taken = kith_relay_server_reveal (relay, held->answer.number);
  } else if (opened) {
    kith_relay_server_close_secret (relay, held->answer.number);
  }
  if (from != NULL) {
    kith_relay_server_answer (from, held->request, is_taken ? &held->answer : &no);
  }
  g_free (held);
}

static gboolean on_due (gpointer user_data);

static void
set_timer (KithRelayServer *relay)
{
  const Held *first = g_queue_peek_head (&relay->held);

  kith_clock_cancel (relay->clock, &relay->held_timer);
  if (first != NULL) {
    gint64 left_us = MAX (first->due_us - kith_clock_now (relay->clock), 0);
    relay->held_timer
        = kith_clock_add (relay->clock, (guint)((left_us + 999) / 1000), on_due, relay);
  }
}

static gboolean
on_due (gpointer user_data)
{
  KithRelayServer *relay = user_data;
  gint64 now = kith_clock_now (relay->clock);
  Held *first = g_queue_peek_head (&relay->held);

  relay->held_timer = 0;
  while (first != NULL && first->due_us <= now) {
    settle (relay, first, FALSE);
    first = g_queue_peek_head (&relay->held);
  }
  set_timer (relay);
  return G_SOURCE_REMOVE;
}

void
kith_relay_server_hold_answer (KithRelayServer *relay,
                               KithFriendLink *from,
                               KithFriendLink *to,
                               guint32 request,
                               const KithRelayAnswer *answer)
{
  Held *held = g_new0 (Held, 1);

  held->asker = from->link;
  held->other = to != NULL ? to->link : NULL;
  held->identity = from->identity;
  held->request = request;
  held->answer = *answer;
  held->due_us = kith_clock_now (relay->clock) + (gint64)KITH_RELAY_ANSWER_MS * 1000;
  g_queue_push_tail (&relay->held, held);
  if (relay->held.length > MAX_HELD) {
    settle (relay, g_queue_peek_head (&relay->held), FALSE);
  }
  set_timer (relay);
}

void
kith_relay_server_take_taken (KithRelayServer *relay,
                              KithFriendLink *from,
                              const KithRelayNote *note)
{
  GList *next = NULL;

  kith_friend_links_set_taken (from, &note->peer);
  for (GList *one = relay->held.head; one != NULL; one = next) {
    Held *held = one->data;
    next = one->next;
    if (held->other == from->link && kith_peer_key_equal (&held->identity, &note->peer)) {
      settle (relay, held, TRUE);
    }
  }
  set_timer (relay);
}

void
kith_relay_server_forget_answers (KithRelayServer *relay, KithLink *link)
{
  GList *next = NULL;

  for (GList *one = relay->held.head; one != NULL; one = next) {
    Held *held = one->data;
    next = one->next;
    if (link == NULL || held->asker == link) {
      (void)g_queue_remove (&relay->held, held);
      g_free (held);
    } else if (held->other == link) {
      held->other = NULL; /* it cannot say it any more */
    }
  }
  if (relay->clock != NULL) {
    set_timer (relay);
  }
}
