/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The call object: its one door of state, its life, and the user's verbs. */
#include "node/call/call-private.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "model/names/address-advice.h"
#include "node/call/caller.h"

#define MAX_SHOWN 128

G_DEFINE_FINAL_TYPE (KithCall, kith_call, G_TYPE_OBJECT)

enum { SIGNAL_STATE_CHANGED, SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static gint64
wall (KithCall *call)
{
  return kith_clock_wall (call->context->clock);
}

void
kith_call_notify (KithCall *call)
{
  g_signal_emit (call, signals[SIGNAL_CHANGED], 0);
}

static void
stamp (KithCall *call, KithCallState state)
{
  switch (state) {
  case KITH_CALL_RINGING:
  case KITH_CALL_EARLY:
  case KITH_CALL_INCOMING:
    call->rang_at = call->rang_at != 0 ? call->rang_at : wall (call);
    break;
  case KITH_CALL_CONNECTING:
    call->answered_at = wall (call);
    break;
  case KITH_CALL_ENDED:
    call->ended_at = wall (call);
    break;
  case KITH_CALL_NEW:
  case KITH_CALL_LOCATING:
  case KITH_CALL_DIALING:
  case KITH_CALL_ACTIVE: /* with sound or without: on_flowing() knows */
  case KITH_CALL_HELD:
    break;
  }
}

static gboolean
on_no_answer (gpointer user_data)
{
  KithCall *call = user_data;

  call->ring_timer = 0;
  kith_call_end (call, KITH_REASON_NO_ANSWER, "nobody answered in time");
  return G_SOURCE_REMOVE;
}

/* An answer is due: of our user, or of theirs. A telephone may say "100 Trying" and nothing more. */
static gboolean
is_waiting (KithCall *call)
{
  return call->state == KITH_CALL_RINGING || call->state == KITH_CALL_EARLY
         || call->state == KITH_CALL_INCOMING
         || (call->state == KITH_CALL_DIALING && kith_peer_key_is_zero (&call->peer_key));
}

/* Timers that belong to being in a state. */
static void
set_timers (KithCall *call)
{
  KithClock *clock = call->context->clock;
  guint ring_ms = call->context->config->ring_timeout_s * 1000;

  if (is_waiting (call)) {
    /* The caller waits a little longer, so that the callee's own words end the call. */
    if (call->ring_timer == 0) {
      call->ring_timer
          = kith_clock_add (clock, ring_ms + (call->outgoing ? 3000 : 0), on_no_answer, call);
    }
  } else {
    kith_clock_cancel (clock, &call->ring_timer);
  }
  if (call->state != KITH_CALL_DIALING) {
    kith_clock_cancel (clock, &call->dial_timer);
    kith_clock_cancel (clock, &call->nat_timer);
  }
  kith_call_await_sound (call);
}

gboolean
kith_call_change_state (KithCall *call, KithCallEvent event, KithReason reason)
{
  KithCallState before = call->state;
  KithCallState next;

  if (!kith_call_state_next (before, event, &next)) {
    kith_debug (call->log_id,
                "%s ignored in %s",
                kith_call_event_word (event),
                kith_call_state_word (before));
    return FALSE;
  }
  if (next == before) {
    return TRUE;
  }
  kith_info (call->log_id,
             "%s -> %s (%s)",
             kith_call_state_word (before),
             kith_call_state_word (next),
             next == KITH_CALL_ENDED ? kith_reason_word (reason) : kith_call_event_word (event));
  call->state = next;
  if (next == KITH_CALL_ENDED) {
    call->reason = reason;
  }
  kith_call_trace_state (call, next);
  stamp (call, next);
  set_timers (call);
  g_signal_emit (call, signals[SIGNAL_STATE_CHANGED], 0, before, next, call->reason);
  return TRUE;
}

void
kith_call_end (KithCall *call, KithReason reason, const char *detail)
{
  if (call->state == KITH_CALL_ENDED) {
    return;
  }
  g_autoptr (KithCall) kept = g_object_ref (call);
  g_cancellable_cancel (call->cancellable);
  if (call->prepared != 0) {
    kith_link_pool_unprepare (call->context->links, call->prepared);
    call->prepared = 0;
  }
  if (detail != NULL) {
    g_free (call->detail);
    call->detail = kith_text_safe (detail, -1, 256);
  }
  kith_call_unfollow_link (call);
  kith_call_drop_dialog (call, reason);
  kith_call_drop_media (call);
  kith_call_trace_unlink (call);
  if (call->link != NULL) {
    kith_link_unhold (call->link);
    g_clear_object (&call->link);
  }
  (void)kith_call_change_state (call, KITH_CALL_EVENT_END, reason);
}

static gchar *
lost_text (KithCall *call)
{
  const char *who = call->peer_name != NULL ? call->peer_name : "the other side";
  const char *friend_name = "";
  KithRelayObstacle hurdle = kith_trace_get_hurdle (call->trace, &friend_name);
  gint64 silent_us = kith_clock_now (call->context->clock) - call->heard_us;

  if (call->heard_us == 0 || silent_us < G_USEC_PER_SEC) {
    return g_strdup_printf ("the link to %s broke", who);
  }
  if (hurdle != KITH_RELAY_OBSTACLE_NONE
      && (kith_trace_get_marks (call->trace) & KITH_MARK_FRIEND_CARRIED) != 0) {
    g_autofree gchar *why = kith_relay_obstacle_text (hurdle, friend_name, who, TRUE);
    return g_strdup_printf ("%s, and there was no other path", why);
  }
  return g_strdup_printf ("nothing was heard from %s for %d s; call again when the network is back",
                          who,
                          (int)(silent_us / G_USEC_PER_SEC));
}

void
kith_call_on_link_closed (KithCall *call, KithReason reason)
{
  gboolean established = call->state == KITH_CALL_ACTIVE || call->state == KITH_CALL_HELD
                         || call->state == KITH_CALL_CONNECTING;

  if (reason == KITH_REASON_UNTRUSTED) {
    kith_call_end (call, KITH_REASON_UNTRUSTED, "the peer refused our identity");
  } else if (reason == KITH_REASON_UNAUTHORIZED) {
    kith_call_end (call,
                   KITH_REASON_UNAUTHORIZED,
                   "they take no calls from people they do not know");
  } else if (established && reason == KITH_REASON_REMOTE) {
    kith_call_end (call, KITH_REASON_REMOTE, "the peer closed the link");
  } else if (established) {
    g_autofree gchar *detail = lost_text (call);
    kith_call_end (call, KITH_REASON_NETWORK_LOST, detail);
  } else {
    kith_call_end (call,
                   KITH_REASON_UNREACHABLE,
                   "the link to the peer was lost before the call was answered");
  }
}

/* Life cycle */

static void
kith_call_dispose (GObject *object)
{
  KithCall *call = KITH_CALL (object);

  kith_call_end (call, KITH_REASON_INTERNAL, NULL);
  G_OBJECT_CLASS (kith_call_parent_class)->dispose (object);
}

static void
kith_call_finalize (GObject *object)
{
  KithCall *call = KITH_CALL (object);

  g_clear_object (&call->cancellable);
  g_clear_pointer (&call->address, kith_address_free);
  g_clear_pointer (&call->answer, kith_offer_free);
  kith_sdp_session_clear (&call->session);
  kith_trace_unref (call->trace);
  g_free (call->log_id);
  g_free (call->peer_address);
  g_free (call->peer_name);
  g_free (call->peer_tag);
  g_free (call->own_name);
  g_free (call->pin_name);
  g_free (call->peer_source);
  g_free (call->refused_id);
  g_free (call->located_by);
  g_free (call->via);
  g_free (call->next_hop);
  g_free (call->moved_to);
  g_free (call->last_offer);
  g_free (call->last_answer);
  g_free (call->detail);
  g_free (call->turn_failure);
  G_OBJECT_CLASS (kith_call_parent_class)->finalize (object);
}

static void
kith_call_class_init (KithCallClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = kith_call_get_property;
  object_class->dispose = kith_call_dispose;
  object_class->finalize = kith_call_finalize;
  kith_call_install_properties (object_class);
  signals[SIGNAL_STATE_CHANGED] = g_signal_new ("state-changed",
                                                KITH_TYPE_CALL,
                                                G_SIGNAL_RUN_LAST,
                                                0,
                                                NULL,
                                                NULL,
                                                NULL,
                                                G_TYPE_NONE,
                                                3,
                                                G_TYPE_UINT,
                                                G_TYPE_UINT,
                                                G_TYPE_UINT);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed",
                                          KITH_TYPE_CALL,
                                          G_SIGNAL_RUN_LAST,
                                          0,
                                          NULL,
                                          NULL,
                                          NULL,
                                          G_TYPE_NONE,
                                          0);
}

static void
kith_call_init (KithCall *call)
{
  call->cancellable = g_cancellable_new ();
  call->trace = kith_trace_new ();
}

static KithCall *
call_new (const KithCallContext *context, guint id, gboolean outgoing)
{
  KithCall *call = g_object_new (KITH_TYPE_CALL, NULL);

  call->context = context;
  call->id = id;
  call->log_id = g_strdup_printf ("call/%u", id);
  call->outgoing = outgoing;
  call->started_at = wall (call);
  call->times = 1;
  return call;
}

KithCall *
kith_call_new_outgoing (const KithCallContext *context,
                        guint id,
                        KithAddress *address,
                        const char *text)
{
  KithCall *call = call_new (context, id, TRUE);

  call->accepted = TRUE;
  call->address = address;
  g_autofree gchar *plain = kith_address_strip (text);
  call->peer_address = kith_text_safe (plain, -1, MAX_SHOWN);
  call->peer_name = g_strdup (address->name != NULL ? address->name : address->sip_user);
  return call;
}

KithCall *
kith_call_new_incoming (const KithCallContext *context, guint id, KithDialog *dialog)
{
  KithCall *call = call_new (context, id, FALSE);
  KithLink *link = kith_link_pool_get (context->links, kith_dialog_get_link_id (dialog));

  if (link != NULL) {
    kith_call_trace_nat (call);
    call->link = g_object_ref (link);
    kith_link_hold (link);
    call->peer_key = kith_link_get_peer (link)->identity;
    call->linked_at = call->started_at;
    kith_call_trace_link (call);
    kith_call_follow_link (call);
    kith_call_trace_their_nat (call);
  }
  call->peer_source = g_strdup (kith_dialog_get_remote_host (dialog));
  kith_call_take_dialog (call, g_object_ref (dialog));
  kith_caller_name (call,
                    kith_dialog_get_remote_uri (dialog),
                    kith_dialog_get_remote_display (dialog));
  return call;
}

KithCall *
kith_call_new_refused (const KithCallContext *context,
                       guint id,
                       KithLink *link,
                       const KithInvite *invite)
{
  KithCall *call = call_new (context, id, FALSE);

  if (link != NULL) {
    call->peer_key = kith_link_get_peer (link)->identity;
  }
  call->peer_source = g_strdup (invite->source);
  call->refused_id = g_strdup (invite->call_id);
  kith_caller_name (call, invite->remote_uri, invite->remote_display);
  return call;
}

void
kith_call_refuse_again (KithCall *call, const KithInvite *invite)
{
  g_free (call->refused_id);
  call->refused_id = g_strdup (invite->call_id);
  call->times++;
  call->ended_at = wall (call);
}

/* The user's verbs */

void
kith_call_accept_async (KithCall *call,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (call, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;

  if (call->state != KITH_CALL_INCOMING || (call->answer == NULL && !call->owes_offer)) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_WRONG_STATE,
                             "the call is %s, not incoming",
                             kith_call_state_word (call->state));
    return;
  }
  if (call->gate != NULL && !call->gate->may_accept (call, &error, call->gate_data)) {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  call->accepted = TRUE;
  g_autofree gchar *sdp = call->owes_offer ? kith_call_make_offer (call, &error)
                                           : kith_call_describe (call, call->answer);
  if (sdp == NULL || (!call->owes_offer && !kith_call_start_media (call, &error))) {
    kith_call_end (call, KITH_REASON_MEDIA_FAILED, error->message);
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  call->wants_answer = call->owes_offer;
  call->owes_offer = FALSE;
  kith_dialog_answer (call->dialog, sdp);
  kith_trace_add (call->trace,
                  KITH_TRACE_SIP,
                  call->wants_answer ? "200 OK sent, with our offer" : "200 OK sent");
  call->answered = TRUE;
  (void)kith_call_change_state (call, KITH_CALL_EVENT_ACCEPT, KITH_REASON_NONE);
  g_task_return_boolean (task, TRUE);
}

gboolean
kith_call_accept_finish (KithCall *call, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
kith_call_reject (KithCall *call, KithReason reason, GError **error)
{
  if (call->state != KITH_CALL_INCOMING) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_WRONG_STATE,
                 "the call is %s, not incoming",
                 kith_call_state_word (call->state));
    return FALSE;
  }
  call->is_declined = TRUE;
  kith_call_end (call, reason, NULL);
  return TRUE;
}

gboolean
kith_call_hang_up (KithCall *call, GError **error)
{
  if (call->state == KITH_CALL_ENDED) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_WRONG_STATE, "the call has ended already");
    return FALSE;
  }
  call->is_declined = call->state == KITH_CALL_INCOMING;
  kith_call_end (call,
                 call->state == KITH_CALL_INCOMING ? KITH_REASON_REJECTED : KITH_REASON_LOCAL,
                 NULL);
  return TRUE;
}

gboolean
kith_call_set_muted (KithCall *call, gboolean muted, GError **error)
{
  if (call->media == NULL) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_WRONG_STATE, "the call has no audio now");
    return FALSE;
  }
  if (muted != call->muted) {
    call->muted = muted;
    kith_media_set_muted (call->media, muted);
    kith_call_notify (call);
  }
  return TRUE;
}

guint
kith_call_get_id (KithCall *call)
{
  return call->id;
}

KithTrace *
kith_call_get_trace (KithCall *call)
{
  return call->trace;
}

KithCallState
kith_call_get_state (KithCall *call)
{
  return call->state;
}

KithReason
kith_call_get_reason (KithCall *call)
{
  return call->reason;
}

gboolean
kith_call_get_stats (KithCall *call, KithMediaStats *stats)
{
  if (call->media != NULL) {
    kith_media_get_stats (call->media, stats);
    kith_call_add_gaps (call, stats);
    kith_call_keep_mos (call, stats);
    return TRUE;
  }
  *stats = call->last_stats;
  return call->have_stats;
}
