/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the ways to a peer until one is up, the peer is not who was meant, or time is up. */
#include "link/maker/link-attempt.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"

/* The knock's, the slot's of the record, and of newer records that came meanwhile. */
enum { WAY_KNOCK, WAY_SLOT, N_WAYS = WAY_SLOT + 3 };

struct _KithLinkAttempt {
  KithLinkHub *hub;
  KithLinkTarget target;
  const KithLinkAttemptEvents *events;
  gpointer user_data;
  KithQuicLink *ways[N_WAYS];
  guint8 link_id[KITH_SEED_LEN];
  guint8 seeds[N_WAYS][KITH_SEED_LEN];
  guint n_slots;        /* ways that were begun at slots; some may have ended */
  KithPath *prepared;   /* for the first way that is made, or NULL (owned) */
  guint n_told[N_WAYS]; /* candidates in the last check or offer */
  gchar *untrusted;     /* why the one who answered on a way is not who was meant */
  KithLinkReport report;
  KithTimer deadline;
  GCancellable *cancellable;
  GSource *cancel_source;
  gulong cancel_handler;
  gboolean done;
};

/* What was tried in vain, or is not needed: before the link or the failure is told, so that it
   stands before it in the time line. */
static void
trace_tried (KithLinkAttempt *attempt, KithQuicLink *winner)
{
  for (guint i = 0; i < N_WAYS; i++) {
    if (attempt->ways[i] != NULL && attempt->ways[i] != winner) {
      kith_quic_link_trace_tried (attempt->ways[i], winner == NULL);
    }
  }
}

static void
finish (KithLinkAttempt *attempt, KithQuicLink *link, const GError *error)
{
  KithQuicLink *winner = NULL;

  if (attempt->done) {
    return;
  }
  attempt->done = TRUE;
  if (!g_cancellable_is_cancelled (attempt->cancellable)) {
    trace_tried (attempt, link);
  }
  for (guint i = 0; i < N_WAYS; i++) {
    if (link != NULL && attempt->ways[i] == link) {
      winner = g_steal_pointer (&attempt->ways[i]);
      kith_quic_link_end_attempt (winner);
    }
  }
  attempt->events->done (attempt, link, error, attempt->user_data);
  g_clear_object (&winner);
}

static void
fail (KithLinkAttempt *attempt, KithError code, const char *text)
{
  g_autoptr (GError) error = g_error_new_literal (KITH_ERROR, code, text);

  finish (attempt, NULL, error);
}

static void
fail_refused (KithLinkAttempt *attempt)
{
  g_autofree gchar *why = NULL;

  (void)kith_reason_from_peer (attempt->report.refused, NULL, &why);
  fail (attempt,
        attempt->report.refused == KITH_REASON_BUSY ? KITH_ERROR_LIMIT_REACHED
                                                    : KITH_ERROR_NOT_AUTHORIZED,
        why);
}

static void
fail_untrusted (KithLinkAttempt *attempt)
{
  g_autofree gchar *why
      = g_strdup_printf ("The device that answered is not the one meant: %s", attempt->untrusted);

  fail (attempt, KITH_ERROR_UNTRUSTED, why);
}

static void
on_deadline (gpointer user_data)
{
  KithLinkAttempt *attempt = user_data;
  gboolean answered = FALSE;

  if (attempt->untrusted != NULL) {
    fail_untrusted (attempt);
    return;
  }
  if (attempt->report.refused != KITH_REASON_NONE) {
    fail_refused (attempt);
    return;
  }
  for (guint i = 0; i < N_WAYS; i++) {
    answered
        = answered || (attempt->ways[i] != NULL && kith_quic_link_is_connected (attempt->ways[i]));
  }
  fail (attempt,
        KITH_ERROR_UNREACHABLE,
        answered ? "The peer's device answers, but no encrypted connection came about; try again"
                 : "The peer's device does not answer: it is offline, or no path leads to it; try "
                   "again later");
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  fail (user_data, KITH_ERROR_CANCELLED, "Opening the link was cancelled");
  return G_SOURCE_REMOVE;
}

/* Inside g_cancellable_cancel(): whoever gives up may end the time line next. */
static void
on_giving_up (GCancellable *cancellable, KithLinkAttempt *attempt)
{
  if (!attempt->done) {
    trace_tried (attempt, NULL);
  }
}

/* Sends a check or an offer with all our candidates of that way, if there are more than last
   time. */
static void
send_knock (KithLinkAttempt *attempt, guint way)
{
  KithKnock knock = { .kind = way == WAY_KNOCK ? KITH_KNOCK_OFFER : KITH_KNOCK_CHECK };

  knock.n_candidates = kith_quic_link_get_candidates (attempt->ways[way], knock.candidates);
  if (knock.n_candidates <= attempt->n_told[way]) {
    return;
  }
  attempt->n_told[way] = knock.n_candidates;
  memcpy (knock.link_id, attempt->link_id, sizeof knock.link_id);
  memcpy (knock.seed, attempt->seeds[way], sizeof knock.seed);
  knock.issued = kith_clock_wall (attempt->hub->clock) / G_USEC_PER_SEC;
  KithSaying *saying = kith_saying_new (way == WAY_KNOCK ? "step-offering" : "step-check-asked");
  kith_saying_put_number (saying, "offered", knock.n_candidates);
  kith_trace_say (attempt->target.trace, KITH_TRACE_KNOCK, saying);
  kith_quic_link_trace_candidates (attempt->ways[way], FALSE, knock.candidates, knock.n_candidates);
  attempt->events->knock (&attempt->target.identity, &knock, attempt->user_data);
}

static void
on_way_connected (KithQuicLink *link, gpointer user_data)
{
}

static void
on_way_gathered (KithQuicLink *link, gpointer user_data)
{
  KithLinkAttempt *attempt = user_data;

  for (guint i = 0; i < N_WAYS; i++) {
    if (link == attempt->ways[i]) {
      send_knock (attempt, i);
    }
  }
}

static void
on_way_up (KithQuicLink *link, gpointer user_data)
{
  finish (user_data, link, NULL);
}

static void
on_way_down (KithQuicLink *link, KithReason reason, const char *text, gpointer user_data)
{
  KithLinkAttempt *attempt = user_data;
  gboolean left = FALSE;

  kith_quic_link_trace_tried (link, TRUE);
  kith_trace_tell_of (attempt->target.trace, KITH_TRACE_TROUBLE, "step-way-ended", "error", text);
  if (reason == KITH_REASON_UNTRUSTED && attempt->untrusted == NULL) {
    /* an old record may lead to another one: the other way may not */
    attempt->untrusted = g_strdup (text);
  }
  if (reason == KITH_REASON_UNAUTHORIZED || reason == KITH_REASON_BUSY) {
    attempt->report.refused = reason;
  }
  for (guint i = 0; i < N_WAYS; i++) {
    if (attempt->ways[i] == link) {
      g_clear_object (&attempt->ways[i]);
    }
    left = left || attempt->ways[i] != NULL;
  }
  if (!left && attempt->untrusted != NULL) {
    fail_untrusted (attempt);
  } else if (!left && attempt->report.refused != KITH_REASON_NONE) {
    fail_refused (attempt);
  } else if (!left) {
    g_autofree gchar *why = g_strdup_printf ("The peer's device ended the attempt: %s", text);
    fail (attempt, KITH_ERROR_UNREACHABLE, why);
  }
}

static const KithQuicLinkOwner way_owner = {
  .connected = on_way_connected,
  .gathered = on_way_gathered,
  .up = on_way_up,
  .down = on_way_down,
};

/* With the seed of that way. */
static gboolean
make_way (KithLinkAttempt *attempt, guint way, GError **error)
{
  KithQuicLinkConfig config = { .role = KITH_ICE_CALLER,
                                .seed = attempt->seeds[way],
                                .is_slot = way != WAY_KNOCK,
                                .expects_peer = TRUE,
                                .identity = attempt->target.identity,
                                .device = attempt->target.device,
                                .prepared = g_steal_pointer (&attempt->prepared) };
  KithQuicLink *link = kith_quic_link_new (attempt->hub, &config, error);

  if (link != NULL) {
    kith_quic_link_set_owner (link, &way_owner, attempt);
    kith_quic_link_use_trace (link, attempt->target.trace);
  }
  attempt->ways[way] = link;
  return link != NULL;
}

/* One more way, at the slot of @target. */
static gboolean
make_slot_way (KithLinkAttempt *attempt, const KithLinkTarget *target, GError **error)
{
  guint way = WAY_SLOT + attempt->n_slots++;

  memcpy (attempt->seeds[way], target->slot_seed, sizeof attempt->seeds[way]);
  if (!make_way (attempt, way, error)) {
    return FALSE;
  }
  kith_quic_link_add_remote (attempt->ways[way],
                             target->candidates,
                             MIN (target->n_candidates, KITH_MAX_CANDIDATES));
  return TRUE;
}

KithLinkAttempt *
kith_link_attempt_new (KithLinkHub *hub,
                       const KithLinkTarget *target,
                       KithPath *prepared,
                       GCancellable *cancellable,
                       const KithLinkAttemptEvents *events,
                       gpointer user_data)
{
  KithLinkAttempt *attempt = g_new0 (KithLinkAttempt, 1);

  attempt->hub = kith_link_hub_ref (hub);
  attempt->target = *target;
  attempt->prepared = prepared;
  attempt->target.n_candidates = MIN (target->n_candidates, KITH_MAX_CANDIDATES);
  if (target->trace != NULL) {
    kith_trace_ref (target->trace);
  }
  attempt->events = events;
  attempt->user_data = user_data;
  g_set_object (&attempt->cancellable, cancellable);
  kith_timer_init (&attempt->deadline, hub->clock, on_deadline, attempt);
  return attempt;
}

void
kith_link_attempt_start (KithLinkAttempt *attempt)
{
  g_autoptr (GError) error = NULL;
  const KithLinkTarget *target = &attempt->target;

  kith_timer_set_ms (&attempt->deadline, attempt->hub->times.open);
  if (attempt->hub->paths->turn != NULL) {
    kith_turn_trace (attempt->hub->paths->turn, target->trace);
  }
  if (attempt->cancellable != NULL) {
    attempt->cancel_source = g_cancellable_source_new (attempt->cancellable);
    g_source_set_callback (attempt->cancel_source, G_SOURCE_FUNC (on_cancelled), attempt, NULL);
    g_source_attach (attempt->cancel_source, g_main_context_get_thread_default ());
    attempt->cancel_handler
        = g_signal_connect (attempt->cancellable, "cancelled", G_CALLBACK (on_giving_up), attempt);
  }
  if (!kith_random_bytes (attempt->link_id, sizeof attempt->link_id)
      || !kith_random_bytes (attempt->seeds[WAY_KNOCK], sizeof attempt->seeds[WAY_KNOCK])) {
    fail (attempt, KITH_ERROR_FAILED, "The system has no randomness");
    return;
  }
  if ((target->has_slot && target->n_candidates > 0 && !make_slot_way (attempt, target, &error))
      || !make_way (attempt, WAY_KNOCK, &error)) {
    finish (attempt, NULL, error);
    return;
  }
  for (guint i = N_WAYS; i > 0 && !attempt->done; i--) { /* the check first: it is quicker */
    if (attempt->ways[i - 1] != NULL) {
      send_knock (attempt, i - 1);
    }
  }
}

void
kith_link_attempt_retarget (KithLinkAttempt *attempt, const KithLinkTarget *target)
{
  g_autoptr (GError) error = NULL;

  if (attempt->done || !target->has_slot || target->n_candidates == 0
      || !kith_peer_key_equal (&target->identity, &attempt->target.identity)
      || !kith_peer_key_equal (&target->device, &attempt->target.device)) {
    return;
  }
  for (guint i = WAY_SLOT; i < WAY_SLOT + attempt->n_slots; i++) {
    if (memcmp (attempt->seeds[i], target->slot_seed, sizeof attempt->seeds[i]) == 0) {
      if (attempt->ways[i] != NULL) {
        kith_quic_link_add_remote (attempt->ways[i],
                                   target->candidates,
                                   MIN (target->n_candidates, KITH_MAX_CANDIDATES));
      }
      return;
    }
  }
  if (WAY_SLOT + attempt->n_slots == N_WAYS) {
    return;
  }
  kith_trace_tell (attempt->target.trace, KITH_TRACE_REACH, "step-record-newer");
  if (make_slot_way (attempt, target, &error)) {
    send_knock (attempt, WAY_SLOT + attempt->n_slots - 1);
  } else {
    kith_debug ("link", "a newer record could not be used: %s", error->message);
  }
}

const KithLinkReport *
kith_link_attempt_get_report (KithLinkAttempt *attempt)
{
  return &attempt->report;
}

gboolean
kith_link_attempt_take_answer (KithLinkAttempt *attempt, const KithKnock *knock)
{
  if (attempt->ways[WAY_KNOCK] == NULL
      || memcmp (knock->link_id, attempt->link_id, sizeof attempt->link_id) != 0
      || !kith_peer_key_equal (&knock->device.identity, &attempt->target.identity)
      || !kith_peer_key_equal (&knock->device.device, &attempt->target.device)) {
    return FALSE;
  }
  const KithNatKind guess
      = kith_nat_guess (knock->candidates, MIN (knock->n_candidates, KITH_MAX_CANDIDATES));
  attempt->report.peer_answered = TRUE;
  attempt->report.their_nat = guess;
  kith_trace_mark (attempt->target.trace, KITH_MARK_PEER_ANSWERED);
  kith_trace_tell (attempt->target.trace, KITH_TRACE_KNOCK, "step-offer-answered");
  kith_trace_guess_nat (attempt->target.trace, TRUE, guess);
  kith_quic_link_add_remote (attempt->ways[WAY_KNOCK],
                             knock->candidates,
                             MIN (knock->n_candidates, KITH_MAX_CANDIDATES));
  return TRUE;
}

guint
kith_link_attempt_add_friend_path (KithLinkAttempt *attempt,
                                   const guint8 link_id[KITH_SEED_LEN],
                                   const KithFriendPath *friend_path)
{
  return attempt->ways[WAY_KNOCK] != NULL && !attempt->done
                 && memcmp (link_id, attempt->link_id, sizeof attempt->link_id) == 0
             ? kith_quic_link_add_friend_path (attempt->ways[WAY_KNOCK], friend_path)
             : 0;
}

void
kith_link_attempt_free (KithLinkAttempt *attempt)
{
  for (guint i = 0; i < N_WAYS; i++) {
    if (attempt->ways[i] != NULL) {
      kith_quic_link_abandon (attempt->ways[i], "superseded");
      g_clear_object (&attempt->ways[i]);
    }
  }
  g_clear_pointer (&attempt->prepared, kith_path_free);
  kith_timer_finish (&attempt->deadline);
  if (attempt->cancel_source != NULL) {
    g_source_destroy (attempt->cancel_source);
    g_source_unref (attempt->cancel_source);
  }
  if (attempt->cancel_handler != 0) {
    g_signal_handler_disconnect (attempt->cancellable, attempt->cancel_handler);
  }
  g_clear_object (&attempt->cancellable);
  g_clear_pointer (&attempt->target.trace, kith_trace_unref);
  g_free (attempt->untrusted);
  kith_link_hub_unref (attempt->hub);
  g_free (attempt);
}
