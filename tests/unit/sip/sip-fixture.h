/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stacks, parties that count what they hear, and waiting with a deadline, for the tests of the SIP
   room. */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "edge-process.h"
#include "sip/stack.h"

#define ALICE_HOST "0000000000000000000000000000000000000000000000000001.kith.alt"
#define BOB_HOST "0000000000000000000000000000000000000000000000000002.kith.alt"
#define SDP_OF(port)                                                                               \
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio " port         \
  " RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
#define SDP_A SDP_OF ("7000")
#define SDP_B SDP_OF ("7002")

#pragma GCC diagnostic ignored "-Wunused-function"

/* One end of a call and what it was told. */
typedef struct {
  KithDialog *dialog;
  guint ringing;
  guint answered;
  guint confirmed;
  guint ended;
  guint reoffered;
  guint status;
  gint64 ended_us;
  gboolean in_verb;
  gchar *phrase;
  gchar *sdp;
} Ear;

typedef struct {
  KithSip *sip;
  Ear in;      /* the last incoming call */
  guint calls; /* incoming calls */
  EdgeProcess edge;
  gboolean keep; /* keep a reference of incoming dialogs */
  gchar *asked;  /* the user whom the last request asked for */
} Party;

static void
on_ringing (KithDialog *dialog, Ear *ear)
{
  g_assert_false (ear->in_verb);
  ear->ringing++;
}

static void
on_answered (KithDialog *dialog, const char *sdp, Ear *ear)
{
  g_assert_false (ear->in_verb);
  ear->answered++;
  g_free (ear->sdp);
  ear->sdp = g_strdup (sdp);
}

static void
on_confirmed (KithDialog *dialog, Ear *ear)
{
  g_assert_false (ear->in_verb);
  ear->confirmed++;
}

static void
on_ended (KithDialog *dialog, guint status, const char *phrase, Ear *ear)
{
  g_assert_false (ear->in_verb);
  ear->ended++;
  ear->status = status;
  ear->ended_us = g_get_monotonic_time ();
  g_free (ear->phrase);
  ear->phrase = g_strdup (phrase);
}

static void
ear_clear (Ear *ear)
{
  if (ear->dialog != NULL) {
    g_signal_handlers_disconnect_by_data (ear->dialog, ear);
    g_object_unref (ear->dialog);
  }
  g_free (ear->phrase);
  g_free (ear->sdp);
  memset (ear, 0, sizeof *ear);
}

/* @dialog: (transfer full) */
static void
ear_listen (Ear *ear, KithDialog *dialog)
{
  ear_clear (ear);
  ear->dialog = dialog;
  g_signal_connect (dialog, "ringing", G_CALLBACK (on_ringing), ear);
  g_signal_connect (dialog, "answered", G_CALLBACK (on_answered), ear);
  g_signal_connect (dialog, "confirmed", G_CALLBACK (on_confirmed), ear);
  g_signal_connect (dialog, "ended", G_CALLBACK (on_ended), ear);
}

#define VERB(ear, call)                                                                            \
  do {                                                                                             \
    (ear)->in_verb = TRUE;                                                                         \
    call;                                                                                          \
    (ear)->in_verb = FALSE;                                                                        \
  } while (0)

static void
on_incoming (KithSip *sip, KithDialog *dialog, Party *party)
{
  party->calls++;
  if (party->keep) {
    ear_listen (&party->in, g_object_ref (dialog));
  }
}

/* As the node does: what nobody would take is refused before anything is kept of it; people on
   links are known. */
static guint
party_judge (const KithInvite *invite, gpointer user_data)
{
  Party *party = user_data;

  g_free (party->asked);
  party->asked = g_strdup (invite->request_user);
  return invite->link_id != 0 || invite->is_probe ? KITH_JUDGE_KNOWN
         : party->keep                            ? KITH_JUDGE_GO_ON
                                                  : 480;
}

/* @bind: NULL: links only; else an edge serves it. */
static void
party_start (Party *party, const char *bind, gboolean plain_in)
{
  KithSipStackConfig config = { .bind = bind, .edge_key = edge_key };
  g_autoptr (GError) error = NULL;

  memset (party, 0, sizeof *party);
  party->keep = TRUE;
  party->sip = kith_sip_stack_new (&config);
  g_signal_connect (party->sip, "incoming", G_CALLBACK (on_incoming), party);
  kith_sip_set_judge (party->sip, party_judge, party);
  gboolean ok = kith_sip_start (party->sip, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  if (bind != NULL) {
    edge_process_start (&party->edge, party->sip, bind, plain_in);
  }
}

static gboolean
on_tick (gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_CONTINUE;
}

/* Runs the main context until @condition holds or @ms are over. */
#define WAIT_FOR(ms, condition)                                                                    \
  do {                                                                                             \
    gint64 wait_end_ = g_get_monotonic_time () + (gint64)(ms)*1000;                                \
    gboolean tick_ = FALSE;                                                                        \
    guint timer_ = g_timeout_add (5, on_tick, &tick_);                                             \
    while (!(condition) && g_get_monotonic_time () < wait_end_) {                                  \
      g_main_context_iteration (NULL, TRUE);                                                       \
    }                                                                                              \
    g_source_remove (timer_);                                                                      \
  } while (0)

#define WAIT_UNTIL(condition)                                                                      \
  do {                                                                                             \
    WAIT_FOR (5000, condition);                                                                    \
    g_assert_true (condition);                                                                     \
  } while (0)

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  g_assert_true (kith_sip_stop_finish (KITH_SIP (source), result, NULL));
  *(gboolean *)data = TRUE;
}

/* Returns how many milliseconds the stop took. */
static gint64
party_stop (Party *party)
{
  gboolean stopped = FALSE;
  gint64 start = g_get_monotonic_time ();

  kith_sip_stop_async (party->sip, NULL, on_stopped, &stopped);
  WAIT_UNTIL (stopped);
  gint64 took = (g_get_monotonic_time () - start) / 1000;
  edge_process_stop (&party->edge);
  g_signal_handlers_disconnect_by_data (party->sip, party);
  ear_clear (&party->in);
  g_clear_pointer (&party->asked, g_free);
  g_clear_object (&party->sip);
  return took;
}

/* Joins two stacks by a link; @id on both sides. */
static void
join (Party *alice, Party *bob, guint id)
{
  g_autoptr (GError) error = NULL;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  gboolean ok = kith_sip_attach_link (alice->sip, id, fds[0], "bob", BOB_HOST, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  ok = kith_sip_attach_link (bob->sip, id, fds[1], "alice", ALICE_HOST, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
dial_link (Party *from, Ear *ear, guint id, gboolean is_alice)
{
  KithDialParams params = { .request_uri = is_alice ? "sip:bob@" BOB_HOST : "sip:alice@" ALICE_HOST,
                            .from_uri = is_alice ? "sip:alice@" ALICE_HOST : "sip:bob@" BOB_HOST,
                            .display = is_alice ? "Alice \"A\"" : NULL,
                            .link_id = id };
  g_autoptr (GError) error = NULL;

  KithDialog *dialog = kith_sip_dial (from->sip, &params, SDP_A, &error);
  g_assert_no_error (error);
  g_assert_nonnull (dialog);
  ear_listen (ear, dialog);
}

/* Dials, rings and answers over link 1; both ends are up afterwards. */
static void
call_over (Party *from, Party *to, Ear *ear, gboolean is_alice)
{
  guint before = to->calls;

  dial_link (from, ear, 1, is_alice);
  WAIT_UNTIL (to->calls == before + 1);
  VERB (&to->in, kith_dialog_ring (to->in.dialog));
  WAIT_UNTIL (ear->ringing == 1);
  VERB (&to->in, kith_dialog_answer (to->in.dialog, SDP_B));
  WAIT_UNTIL (ear->answered == 1 && to->in.confirmed == 1);
  g_assert_cmpstr (ear->sdp, ==, SDP_B);
}
