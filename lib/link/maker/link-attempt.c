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
trace_tried (KithLinkAttempt *opening, KithQuicLink *winner)
{
  for (guint i = 0; i < N_WAYS; i++) {
    if (opening->ways[i] != NULL && opening->ways[i] != winner) {
      kith_quic_link_trace_tried (opening->ways[i], winner == NULL);
    }
  }
}

static void
finish (KithLinkAttempt *opening, KithQuicLink *link, const GError *error)
{
  KithQuicLink *winner = NULL;

  if (opening->done) {
    return;
  }
  opening->done = TRUE;
  if (!g_cancellable_is_cancelled (opening->cancellable)) {
    trace_tried (opening, link);
  }
  for (guint i = 0; i < N_WAYS; i++) {
    if (link != NULL && opening->ways[i] == link) {
      winner = g_steal_pointer (&opening->ways[i]);
      kith_quic_link_end_opening (winner);
    }
  }
  opening->events->done (opening, link, error, opening->user_data);
  g_clear_object (&winner);
}

static void
fail (KithLinkAttempt *opening, KithError code, const char *text)
{
  g_autoptr (GError) error = g_error_new_literal (KITH_ERROR, code, text);

  finish (opening, NULL, error);
}

static void
fail_refused (KithLinkAttempt *opening)
{
  g_autofree gchar *why = NULL;

  (void)kith_reason_from_peer (opening->report.refused, NULL, &why);
  fail (opening,
        opening->report.refused == KITH_REASON_BUSY ? KITH_ERROR_LIMIT_REACHED
                                                    : KITH_ERROR_NOT_AUTHORIZED,
        why);
}

static void
fail_untrusted (KithLinkAttempt *opening)
{
  g_autofree gchar *why
      = g_strdup_printf ("The device that answered is not the one meant: %s", opening->untrusted);

  fail (opening, KITH_ERROR_UNTRUSTED, why);
}

static void
on_deadline (gpointer user_data)
{
  KithLinkAttempt *opening = user_data;
  gboolean answered = FALSE;

  if (opening->untrusted != NULL) {
    fail_untrusted (opening);
    return;
  }
  if (opening->report.refused != KITH_REASON_NONE) {
    fail_refused (opening);
    return;
  }
  for (guint i = 0; i < N_WAYS; i++) {
    answered
        = answered || (opening->ways[i] != NULL && kith_quic_link_is_connected (opening->ways[i]));
  }
  fail (opening,
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
on_giving_up (GCancellable *cancellable, KithLinkAttempt *opening)
{
  if (!opening->done) {
    trace_tried (opening, NULL);
  }
}

/* Sends a check or an offer with all our candidates of that way, if there are more than last
   time. */
static void
send_knock (KithLinkAttempt *opening, guint way)
{
  KithKnock knock = { .kind = way == WAY_KNOCK ? KITH_KNOCK_OFFER : KITH_KNOCK_CHECK };

  knock.n_candidates = kith_quic_link_get_candidates (opening->ways[way], knock.candidates);
  if (knock.n_candidates <= opening->n_told[way]) {
    return;
  }
  opening->n_told[way] = knock.n_candidates;
  memcpy (knock.link_id, opening->link_id, sizeof knock.link_id);
  memcpy (knock.seed, opening->seeds[way], sizeof knock.seed);
  knock.issued = kith_clock_wall (opening->hub->clock) / G_USEC_PER_SEC;
  kith_trace_add (
      opening->target.trace,
      KITH_TRACE_KNOCK,
      way == WAY_KNOCK
          ? "Offering %u of our addresses to the peer"
          : "Asking the peer to check back from where it listens, to %u of our addresses",
      knock.n_candidates);
  kith_quic_link_trace_candidates (opening->ways[way],
                                   "Ours",
                                   knock.candidates,
                                   knock.n_candidates);
  opening->events->knock (&opening->target.identity, &knock, opening->user_data);
}

static void
on_way_connected (KithQuicLink *link, gpointer user_data)
{
}

static void
on_way_gathered (KithQuicLink *link, gpointer user_data)
{
  KithLinkAttempt *opening = user_data;

  for (guint i = 0; i < N_WAYS; i++) {
    if (link == opening->ways[i]) {
      send_knock (opening, i);
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
  KithLinkAttempt *opening = user_data;
  gboolean left = FALSE;

  kith_quic_link_trace_tried (link, TRUE);
  kith_trace_add (opening->target.trace, KITH_TRACE_TROUBLE, "A way to the peer ended: %s", text);
  if (reason == KITH_REASON_UNTRUSTED && opening->untrusted == NULL) {
    /* an old record may lead to another one: the other way may not */
    opening->untrusted = g_strdup (text);
  }
  if (reason == KITH_REASON_UNAUTHORIZED || reason == KITH_REASON_BUSY) {
    opening->report.refused = reason;
  }
  for (guint i = 0; i < N_WAYS; i++) {
    if (opening->ways[i] == link) {
      g_clear_object (&opening->ways[i]);
    }
    left = left || opening->ways[i] != NULL;
  }
  if (!left && opening->untrusted != NULL) {
    fail_untrusted (opening);
  } else if (!left && opening->report.refused != KITH_REASON_NONE) {
    fail_refused (opening);
  } else if (!left) {
    g_autofree gchar *why = g_strdup_printf ("The peer's device ended the attempt: %s", text);
    fail (opening, KITH_ERROR_UNREACHABLE, why);
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
make_way (KithLinkAttempt *opening, guint way, GError **error)
{
  KithQuicLinkConfig config = { .role = KITH_ICE_CALLER,
                                .seed = opening->seeds[way],
                                .is_slot = way != WAY_KNOCK,
                                .expects_peer = TRUE,
                                .identity = opening->target.identity,
                                .device = opening->target.device,
                                .prepared = g_steal_pointer (&opening->prepared) };
  KithQuicLink *link = kith_quic_link_new (opening->hub, &config, error);

  if (link != NULL) {
    kith_quic_link_set_owner (link, &way_owner, opening);
    kith_quic_link_use_trace (link, opening->target.trace);
  }
  opening->ways[way] = link;
  return link != NULL;
}

/* One more way, at the slot of @target. */
static gboolean
make_slot_way (KithLinkAttempt *opening, const KithLinkTarget *target, GError **error)
{
  guint way = WAY_SLOT + opening->n_slots++;

  memcpy (opening->seeds[way], target->slot_seed, sizeof opening->seeds[way]);
  if (!make_way (opening, way, error)) {
    return FALSE;
  }
  kith_quic_link_add_remote (opening->ways[way],
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
  KithLinkAttempt *opening = g_new0 (KithLinkAttempt, 1);

  opening->hub = kith_link_hub_ref (hub);
  opening->target = *target;
  opening->prepared = prepared;
  opening->target.n_candidates = MIN (target->n_candidates, KITH_MAX_CANDIDATES);
  if (target->trace != NULL) {
    kith_trace_ref (target->trace);
  }
  opening->events = events;
  opening->user_data = user_data;
  g_set_object (&opening->cancellable, cancellable);
  kith_timer_init (&opening->deadline, hub->clock, on_deadline, opening);
  return opening;
}

void
kith_link_attempt_start (KithLinkAttempt *opening)
{
  g_autoptr (GError) error = NULL;
  const KithLinkTarget *target = &opening->target;

  kith_timer_set_ms (&opening->deadline, opening->hub->times.open);
  if (opening->hub->paths->turn != NULL) {
    kith_turn_trace (opening->hub->paths->turn, target->trace);
  }
  if (opening->cancellable != NULL) {
    opening->cancel_source = g_cancellable_source_new (opening->cancellable);
    g_source_set_callback (opening->cancel_source, G_SOURCE_FUNC (on_cancelled), opening, NULL);
    g_source_attach (opening->cancel_source, g_main_context_get_thread_default ());
    opening->cancel_handler
        = g_signal_connect (opening->cancellable, "cancelled", G_CALLBACK (on_giving_up), opening);
  }
  if (!kith_random_bytes (opening->link_id, sizeof opening->link_id)
      || !kith_random_bytes (opening->seeds[WAY_KNOCK], sizeof opening->seeds[WAY_KNOCK])) {
    fail (opening, KITH_ERROR_FAILED, "The system has no randomness");
    return;
  }
  if ((target->has_slot && target->n_candidates > 0 && !make_slot_way (opening, target, &error))
      || !make_way (opening, WAY_KNOCK, &error)) {
    finish (opening, NULL, error);
    return;
  }
  for (guint i = N_WAYS; i > 0 && !opening->done; i--) { /* the check first: it is quicker */
    if (opening->ways[i - 1] != NULL) {
      send_knock (opening, i - 1);
    }
  }
}

void
kith_link_attempt_retarget (KithLinkAttempt *opening, const KithLinkTarget *target)
{
  g_autoptr (GError) error = NULL;

  if (opening->done || !target->has_slot || target->n_candidates == 0
      || !kith_peer_key_equal (&target->identity, &opening->target.identity)
      || !kith_peer_key_equal (&target->device, &opening->target.device)) {
    return;
  }
  for (guint i = WAY_SLOT; i < WAY_SLOT + opening->n_slots; i++) {
    if (memcmp (opening->seeds[i], target->slot_seed, sizeof opening->seeds[i]) == 0) {
      if (opening->ways[i] != NULL) {
        kith_quic_link_add_remote (opening->ways[i],
                                   target->candidates,
                                   MIN (target->n_candidates, KITH_MAX_CANDIDATES));
      }
      return;
    }
  }
  if (WAY_SLOT + opening->n_slots == N_WAYS) {
    return;
  }
  kith_trace_add (opening->target.trace,
                  KITH_TRACE_REACH,
                  "A newer record of the peer came: it listens elsewhere now");
  if (make_slot_way (opening, target, &error)) {
    send_knock (opening, WAY_SLOT + opening->n_slots - 1);
  } else {
    kith_debug ("link", "a newer record could not be used: %s", error->message);
  }
}

const KithLinkReport *
kith_link_attempt_get_report (KithLinkAttempt *opening)
{
  return &opening->report;
}

gboolean
kith_link_attempt_take_answer (KithLinkAttempt *opening, const KithKnock *knock)
{
  if (opening->ways[WAY_KNOCK] == NULL
      || memcmp (knock->link_id, opening->link_id, sizeof opening->link_id) != 0
      || !kith_peer_key_equal (&knock->device.identity, &opening->target.identity)
      || !kith_peer_key_equal (&knock->device.device, &opening->target.device)) {
    return FALSE;
  }
  const KithNatKind guess
      = kith_nat_guess (knock->candidates, MIN (knock->n_candidates, KITH_MAX_CANDIDATES));
  opening->report.peer_answered = TRUE;
  opening->report.their_nat = guess;
  kith_trace_mark (opening->target.trace, KITH_MARK_PEER_ANSWERED);
  kith_trace_add (opening->target.trace, KITH_TRACE_KNOCK, "The peer answered the offer");
  kith_trace_guess_nat (opening->target.trace, TRUE, guess);
  kith_quic_link_add_remote (opening->ways[WAY_KNOCK],
                             knock->candidates,
                             MIN (knock->n_candidates, KITH_MAX_CANDIDATES));
  return TRUE;
}

guint
kith_link_attempt_add_friend_path (KithLinkAttempt *opening,
                                   const guint8 link_id[KITH_SEED_LEN],
                                   const KithFriendPath *friend_path)
{
  return opening->ways[WAY_KNOCK] != NULL && !opening->done
                 && memcmp (link_id, opening->link_id, sizeof opening->link_id) == 0
             ? kith_quic_link_add_friend_path (opening->ways[WAY_KNOCK], friend_path)
             : 0;
}

void
kith_link_attempt_free (KithLinkAttempt *opening)
{
  for (guint i = 0; i < N_WAYS; i++) {
    if (opening->ways[i] != NULL) {
      kith_quic_link_abandon (opening->ways[i], "superseded");
      g_clear_object (&opening->ways[i]);
    }
  }
  g_clear_pointer (&opening->prepared, kith_path_free);
  kith_timer_finish (&opening->deadline);
  if (opening->cancel_source != NULL) {
    g_source_destroy (opening->cancel_source);
    g_source_unref (opening->cancel_source);
  }
  if (opening->cancel_handler != 0) {
    g_signal_handler_disconnect (opening->cancellable, opening->cancel_handler);
  }
  g_clear_object (&opening->cancellable);
  g_clear_pointer (&opening->target.trace, kith_trace_unref);
  g_free (opening->untrusted);
  kith_link_hub_unref (opening->hub);
  g_free (opening);
}
