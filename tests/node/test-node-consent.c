/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No sound leaves before our user accepts, in whatever order the peer and the network do what they
   can do. */
#include <string.h>

#include "node/call/call-private.h"
#include "node/call/leg/leg-private.h"
#include "node/node-fixture.h"

/* What may happen to a call that rings here. Every sequence of a given length is tried. */
typedef enum {
  EVENT_PACKET,   /* media on the link */
  EVENT_REOFFER,  /* a re-INVITE, even before there is an answer */
  EVENT_RINGING,  /* a 180 that has no business here */
  EVENT_ANSWERED, /* a 200 to nothing */
  EVENT_ACK,      /* an ACK to nothing */
  EVENT_CANCEL,   /* CANCEL, after the accept BYE */
  EVENT_SUSPECT,  /* nothing heard on the link, and heard again */
  EVENT_BREAK,    /* the link is gone */
  EVENT_TIME,     /* 25 s: the third time nobody answered */
  EVENT_MUTE,     /* our user presses mute */
  EVENT_INVITE,   /* one more INVITE */
  EVENT_FAIL,     /* the audio fails */
  EVENT_REJECT,   /* our user refuses */
  EVENT_ACCEPT,   /* our user accepts: from here on, this call may speak */
  N_EVENTS
} Event;

static const char *const event_words[N_EVENTS]
    = { "packet", "reoffer", "ringing", "answered", "ack",  "cancel", "suspect",
        "break",  "time",    "mute",    "invite",   "fail", "reject", "accept" };

#define MAX_LENGTH 6

typedef struct {
  World world;
  Host *bob;
  Peer *peer;
  gchar *sdp;
  gboolean on_link;
  gboolean burst; /* the loop runs at the end only, not after each event */
  gboolean eager; /* a fault on purpose: the microphone opens while it rings */
  guint n_accepted_calls[8];
  guint n_accepted;
  GPtrArray *spies; /* of KithFakeMedia: all of this sequence */
  guint n_sequences, n_breaches, n_spoke;
  gboolean breached;
} Lab;

static gboolean
is_accepted (Lab *lab, KithFakeMedia *spy)
{
  for (guint i = 0; i < lab->n_accepted; i++) {
    g_autofree gchar *id = g_strdup_printf ("call/%u", lab->n_accepted_calls[i]);
    if (g_str_equal (kith_fake_media_get_id (spy), id)) {
      return TRUE;
    }
  }
  return FALSE;
}

/* Every microphone gives a frame; who was not accepted must not have had the gate open, let alone
   sent. */
static void
look (Lab *lab)
{
  KithFakeMedia *last = host_spy (lab->bob);

  if (last != NULL && !g_ptr_array_find (lab->spies, last, NULL)) {
    g_ptr_array_add (lab->spies, g_object_ref (last));
  }
  for (guint i = 0; i < lab->spies->len; i++) {
    KithFakeMedia *spy = lab->spies->pdata[i];
    kith_fake_media_tick (spy);
    if (!is_accepted (lab, spy)
        && (kith_fake_media_was_started (spy) || kith_fake_media_get_packets (spy)->len > 0)) {
      lab->breached = TRUE;
    }
  }
  if (lab->n_accepted > 0) {
    return;
  }
  KithFakeLink *end = lab->on_link ? kith_fake_link_get_other (lab->peer->link) : NULL;
  if (end != NULL && kith_fake_link_get_sent (end) > 0) {
    lab->breached = TRUE;
  }
  if (strstr (lab->peer->heard->str, "answered") != NULL) {
    lab->breached = TRUE; /* the peer was told that somebody answered */
  }
}

static void
on_accepted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  (void)kith_call_accept_finish (KITH_CALL (source), result, NULL);
}

static void
emit (KithCall *call, const char *signal, const char *sdp)
{
  KithLeg *leg = kith_call_get_leg (call);
  g_autoptr (KithDialog) dialog
      = leg != NULL && leg->dialog != NULL ? g_object_ref (leg->dialog) : NULL;

  if (dialog != NULL && sdp != NULL) {
    g_signal_emit_by_name (dialog, signal, sdp);
  } else if (dialog != NULL) {
    g_signal_emit_by_name (dialog, signal);
  }
}

static void
do_link_event (Lab *lab, Event event)
{
  static const guint8 packet[] = { 0x80, 0x00, 0x00, 0x01, 0, 0, 0, 0xA0, 0, 0, 0, 7, 0x7F };
  KithLink *link = KITH_LINK (lab->peer->link);

  if (event == EVENT_PACKET) {
    (void)kith_link_send_media (link, packet, sizeof packet);
  } else if (event == EVENT_BREAK) {
    kith_fake_link_break (lab->peer->link);
  } else {
    KithFakeLink *end = kith_fake_link_get_other (lab->peer->link);
    if (end != NULL) {
      kith_fake_link_set_suspect (end, kith_link_get_state (KITH_LINK (end)) == KITH_LINK_UP);
    }
  }
}

/* The youngest call that lives, else the youngest: one that was refused as busy is there, too. */
static KithCall *
live_call (Lab *lab)
{
  for (guint i = lab->bob->calls->len; i > 0; i--) {
    if (kith_call_get_state (lab->bob->calls->pdata[i - 1]) != KITH_CALL_ENDED) {
      return lab->bob->calls->pdata[i - 1];
    }
  }
  return host_call (lab->bob);
}

static void
do_event (Lab *lab, Event event)
{
  KithCall *call = live_call (lab);

  switch (event) {
  case EVENT_PACKET:
  case EVENT_SUSPECT:
  case EVENT_BREAK:
    if (lab->on_link) {
      do_link_event (lab, event);
    }
    break;
  case EVENT_REOFFER:
    emit (call, "reoffered", lab->sdp);
    break;
  case EVENT_RINGING:
    emit (call, "ringing", NULL);
    break;
  case EVENT_ANSWERED:
    emit (call, "answered", lab->sdp);
    break;
  case EVENT_ACK:
    emit (call, "confirmed", NULL);
    break;
  case EVENT_CANCEL:
    kith_dialog_hang_up (lab->peer->dialog, NULL);
    break;
  case EVENT_TIME:
    kith_clock_advance (lab->world.clock, 25 * 1000);
    break;
  case EVENT_MUTE:
    (void)kith_call_set_muted (call, !call->muted, NULL);
    break;
  case EVENT_INVITE:
    peer_invite (lab->peer, lab->bob, "bob", lab->sdp);
    break;
  case EVENT_FAIL:
    if (host_spy (lab->bob) != NULL) {
      kith_fake_media_fail (host_spy (lab->bob), "a fault");
    }
    break;
  case EVENT_REJECT:
    (void)kith_call_reject (call, KITH_REASON_REJECTED, NULL);
    break;
  case EVENT_ACCEPT:
    if (kith_call_get_state (call) == KITH_CALL_INCOMING) {
      lab->n_accepted_calls[lab->n_accepted++] = kith_call_get_id (call);
    }
    kith_call_accept_async (call, NULL, on_accepted, NULL);
    break;
  case N_EVENTS:
    g_assert_not_reached ();
  }
}

static void
begin (Lab *lab)
{
  lab->n_accepted = 0;
  lab->breached = FALSE;
  g_string_truncate (lab->peer->heard, 0);
  if (lab->on_link) {
    peer_link (lab->peer, lab->bob);
  }
  peer_invite (lab->peer, lab->bob, "bob", lab->sdp);
  settle ();
  assert_state (host_call (lab->bob), "incoming");
  if (lab->eager) {
    g_assert_true (kith_media_start (leg_of (host_call (lab->bob))->media, NULL));
  }
  look (lab);
}

static void
end (Lab *lab)
{
  gboolean spoke = FALSE;

  for (guint i = 0; i < lab->spies->len; i++) {
    spoke |= kith_fake_media_get_packets (lab->spies->pdata[i])->len > 0;
  }
  lab->n_spoke += spoke ? 1 : 0;
  if (lab->on_link) {
    kith_fake_link_break (lab->peer->link);
  } else {
    kith_dialog_hang_up (lab->peer->dialog, NULL);
    for (guint i = 0; i < lab->bob->calls->len; i++) { /* one more INVITE may have made another */
      (void)kith_call_hang_up (lab->bob->calls->pdata[i], NULL);
    }
  }
  settle ();
  kith_clock_advance (lab->world.clock, 31 * 1000);
  settle ();
  g_ptr_array_set_size (lab->spies, 0);
  g_ptr_array_set_size (lab->bob->calls, 0);
  g_string_truncate (lab->bob->story, 0);
  g_assert_cmpuint (kith_fake_media_maker_count_live (KITH_FAKE_MEDIA_MAKER (lab->bob->media)),
                    ==,
                    0);
  g_assert_cmpuint (kith_fake_sip_count_dialogs (KITH_FAKE_SIP (lab->bob->sip)), ==, 0);
}

static void
try_sequence (Lab *lab, const Event *events, guint length)
{
  begin (lab);
  for (guint i = 0; i < length; i++) {
    do_event (lab, events[i]);
    if (!lab->burst) {
      settle ();
    }
    look (lab);
  }
  settle ();
  look (lab);
  lab->n_sequences++;
  if (lab->breached && lab->n_breaches++ == 0 && !lab->eager) {
    g_autoptr (GString) text = g_string_new ("sound before consent after:");
    for (guint i = 0; i < length; i++) {
      g_string_append_printf (text, " %s", event_words[events[i]]);
    }
    g_test_message ("%s", text->str);
  }
  end (lab);
}

/* All N_EVENTS ^ length sequences; shorter ones are their beginnings. */
static void
try_all (Lab *lab, guint length)
{
  Event events[MAX_LENGTH] = { 0 };
  guint at;

  do {
    try_sequence (lab, events, length);
    for (at = length; at > 0 && ++events[at - 1] == N_EVENTS; at--) {
      events[at - 1] = (Event)0;
    }
  } while (at > 0);
}

static void
lab_init (Lab *lab, gboolean on_link)
{
  memset (lab, 0, sizeof *lab);
  world_init (&lab->world, NOON_US);
  lab->bob = host_new_bare (&lab->world, "bob");
  lab->peer = peer_new (&lab->world, 7);
  lab->on_link = on_link;
  lab->sdp = make_sdp (on_link ? "RTP/SAVP" : "RTP/AVP");
  lab->spies = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
lab_clear (Lab *lab)
{
  peer_free (lab->peer);
  host_free (lab->bob);
  world_clear (&lab->world);
  g_ptr_array_unref (lab->spies);
  g_free (lab->sdp);
}

typedef struct {
  const char *name;
  gboolean on_link, burst;
  guint length, deep_length;
} Run;

#ifdef __SANITIZE_ADDRESS__ /* each step costs twenty times as much */
#define LENGTH 3
#else
#define LENGTH 4
#endif

static const Run runs[] = {
  { "link/one-by-one", TRUE, FALSE, LENGTH, 5 },
  { "link/at-once", TRUE, TRUE, LENGTH, 5 },
  { "plain/one-by-one", FALSE, FALSE, 3, 4 },
  { "plain/at-once", FALSE, TRUE, 3, 4 },
};

static void
test_run (gconstpointer data)
{
  const Run *run = data;
  guint length = g_getenv ("KITH_TEST_DEEP") != NULL ? run->deep_length : run->length;
  Lab lab;

  lab_init (&lab, run->on_link);
  lab.burst = run->burst;
  try_all (&lab, length);
  g_test_message ("%u sequences of %u events, %u breaches, sound after consent in %u",
                  lab.n_sequences,
                  length,
                  lab.n_breaches,
                  lab.n_spoke);
  g_assert_cmpuint (lab.n_breaches, ==, 0);
  g_assert_cmpuint (lab.n_spoke, >, 0); /* the spy does hear what is allowed */
  lab_clear (&lab);
}

/* The same watch over a node that opens the microphone while it rings: it must see that every
   time. */
static void
test_can_fail (void)
{
  Lab lab;

  lab_init (&lab, TRUE);
  lab.eager = TRUE;
  try_all (&lab, 1);
  g_assert_cmpuint (lab.n_sequences, ==, N_EVENTS);
  g_assert_cmpuint (lab.n_breaches, ==, lab.n_sequences);
  lab_clear (&lab);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++) {
    g_autofree gchar *path = g_strconcat ("/node/consent/", runs[i].name, NULL);
    g_test_add_data_func (path, &runs[i], test_run);
  }
  g_test_add_func ("/node/consent/can-fail", test_can_fail);
  return g_test_run ();
}
