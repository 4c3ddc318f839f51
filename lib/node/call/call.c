/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The call object: its state, which follows from its legs, its life, and the user's verbs. */
#include "node/call/call-private.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/signal-new.h"
#include "base/text.h"
#include "model/call/call-facts.h"
#include "model/names/address-advice.h"
#include "words/reason-words.h"

#define MAX_SHOWN 128
#define MAX_LEGS 16

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
    call->at.rang = call->at.rang != 0 ? call->at.rang : wall (call);
    break;
  case KITH_CALL_CONNECTING:
    call->at.answered = wall (call);
    break;
  case KITH_CALL_ENDED:
    call->at.ended = wall (call);
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

/* An answer is due: of our user, or of theirs. A telephone may say "100 Trying" and nothing
   more. */
static gboolean
is_waiting (KithCall *call)
{
  return call->state == KITH_CALL_RINGING || call->state == KITH_CALL_EARLY
         || call->state == KITH_CALL_INCOMING
         || (call->state == KITH_CALL_DIALING && kith_peer_key_is_zero (&call->who.key));
}

/* The caller waits a little longer, so that the callee's own words end the call. */
static void
set_timer (KithCall *call)
{
  KithClock *clock = call->context->clock;
  guint ring_ms = call->context->config->ring_timeout_s * 1000;

  if (!is_waiting (call)) {
    kith_clock_cancel (clock, &call->ring_timer);
  } else if (call->ring_timer == 0) {
    call->ring_timer
        = kith_clock_add (clock, ring_ms + (call->outgoing ? 3000 : 0), on_no_answer, call);
  }
}

/* Who ended it, in the words of people. */
static void
trace_end (KithCall *call)
{
  KithTrace *trace = call->findings->trace;

  if (call->reason == KITH_REASON_NETWORK_LOST
      && !kith_link_pool_has_address (call->context->links)) {
    kith_trace_mark (trace, KITH_MARK_NO_NETWORK);
    kith_trace_tell (trace, KITH_TRACE_TROUBLE, "step-no-address");
  }
  gboolean is_local = call->reason == KITH_REASON_LOCAL;
  gboolean is_remote = call->reason == KITH_REASON_REMOTE;
  KithSaying *saying = kith_saying_new (is_local    ? "step-end-local"
                                        : is_remote ? "step-end-remote"
                                                    : "step-end");

  if (!is_local && !is_remote) {
    kith_saying_put_saying (saying, "reason", kith_reason_saying (call->reason));
  }
  kith_saying_put (saying, "detail", call->detail);
  kith_trace_say (trace, KITH_TRACE_END, saying);
}

static void
trace_state (KithCall *call)
{
  if (call->findings->our_nat
      == KITH_NAT_UNKNOWN) { /* it may be found out while the call is made */
    kith_call_findings_update_nat (call->findings, call->context);
  }
  if (call->state == KITH_CALL_ENDED) {
    trace_end (call);
  } else {
    g_autofree gchar *code = g_strconcat ("step-state-", kith_call_state_word (call->state), NULL);
    kith_trace_tell (call->findings->trace, KITH_TRACE_STATE, code);
  }
}

/* With a phone both must be heard. */
static KithLegState
state_of (KithCall *call, KithLeg *leg)
{
  KithLegState state = kith_leg_get_state (leg);
  gboolean waits = call->house.joined != NULL && kith_leg_state_is_answered (state)
                   && kith_leg_get_state (call->house.joined) == KITH_LEG_ANSWERED;

  return waits ? KITH_LEG_ANSWERED : state;
}

static KithCallState
derive (KithCall *call)
{
  KithLegState legs[MAX_LEGS];
  guint n = MIN (call->legs->len, MAX_LEGS);

  for (guint i = 0; i < n; i++) {
    legs[i] = state_of (call, call->legs->pdata[i]);
  }
  return kith_call_state_of (call->step, call->outgoing, legs, n);
}

/* The one door of the state: what follows from step and legs, as far as the table lets it follow.
   @why: for logs. */
static void
change_state (KithCall *call, const char *why)
{
  KithCallState before = call->state;
  KithCallState next = derive (call);

  if (next == before) {
    return;
  }
  if (!kith_call_state_may_follow (before, next)) {
    kith_warning (call->log_id,
                  "%s does not follow %s (%s)",
                  kith_call_state_word (next),
                  kith_call_state_word (before),
                  why);
    return;
  }
  kith_info (call->log_id,
             "%s -> %s (%s)",
             kith_call_state_word (before),
             kith_call_state_word (next),
             next == KITH_CALL_ENDED ? kith_reason_word (call->reason) : why);
  call->state = next;
  trace_state (call);
  stamp (call, next);
  set_timer (call);
  g_signal_emit (call, signals[SIGNAL_STATE_CHANGED], 0, before, next, call->reason);
}

void
kith_call_update (KithCall *call, const char *why)
{
  change_state (call, why);
}

void
kith_call_set_step (KithCall *call, KithCallStep step, const char *why)
{
  if (call->step != KITH_CALL_STEP_OVER) {
    call->step = step;
    change_state (call, why);
  }
}

static void
set_end (KithCall *call, KithReason reason, const char *detail)
{
  call->step = KITH_CALL_STEP_OVER;
  call->reason = reason;
  g_free (call->detail);
  call->detail = detail != NULL ? kith_text_safe (detail, -1, 256) : NULL;
}

void
kith_call_end (KithCall *call, KithReason reason, const char *detail)
{
  if (call->step == KITH_CALL_STEP_OVER) {
    return;
  }
  g_autoptr (KithCall) kept = g_object_ref (call);
  set_end (call, reason, detail);
  g_cancellable_cancel (call->look_up.cancellable);
  if (call->look_up.prepared != 0) {
    kith_link_pool_unprepare (call->context->links, call->look_up.prepared);
    call->look_up.prepared = 0;
  }
  for (guint i = 0; i < call->legs->len; i++) {
    kith_leg_end (call->legs->pdata[i], reason, detail);
  }
  kith_call_house_end (call, reason, detail);
  change_state (call, "end");
}

/* Legs */

/* A leg besides @but that is answered, if @answered, or was not yet; NULL: none. */
static KithLeg *
find_other_leg (KithCall *call, const KithLeg *but, gboolean answered)
{
  for (guint i = 0; i < call->legs->len; i++) {
    KithLeg *leg = call->legs->pdata[i];
    KithLegState state = kith_leg_get_state (leg);
    if (leg != but && state != KITH_LEG_ENDED && kith_leg_state_is_answered (state) == answered) {
      return leg;
    }
  }
  return NULL;
}

/* One of them has the call: the others stop to ring, and know why. */
static void
end_others (KithCall *call, const KithLeg *answered)
{
  KithLeg *other = NULL;

  while ((other = find_other_leg (call, answered, FALSE)) != NULL) {
    kith_leg_end (other, KITH_REASON_ELSEWHERE, NULL);
  }
}

static void
on_leg_state (KithLeg *leg, guint before, guint after, guint event, KithCall *call)
{
  g_autoptr (KithCall) kept = g_object_ref (call);

  if (call->step == KITH_CALL_STEP_OVER) {
    return; /* kith_call_end() ends it */
  }
  if (after == KITH_LEG_ENDED && kith_leg_state_is_answered ((KithLegState)before)
      && find_other_leg (call, leg, TRUE) == NULL) { /* what was answered does not ring again */
    kith_call_end (call, kith_leg_get_reason (leg), kith_leg_get_detail (leg));
    return;
  }
  if (derive (call) == KITH_CALL_ENDED) { /* it was the last one */
    kith_call_end (call, kith_leg_get_reason (leg), kith_leg_get_detail (leg));
    return;
  }
  change_state (call, kith_leg_event_word ((KithLegEvent)event));
  if (after == KITH_LEG_ANSWERED) {
    end_others (call, leg);
  }
  kith_call_house_follow (call, leg, (KithLegState)after);
}

static void
on_leg_changed (KithLeg *leg, KithCall *call)
{
  kith_call_house_hear (call, leg);
  kith_call_notify (call);
}

static void
on_leg_pressed (KithLeg *leg, guint key, gboolean by_packets, KithCall *call)
{
  if (call->house.joined != NULL) {
    kith_leg_press (call->house.joined, (char)key, by_packets);
  }
}

KithLeg *
kith_call_make_leg (KithCall *call, KithLegSide side)
{
  g_autofree gchar *id = call->legs->len == 0
                             ? g_strdup (call->log_id)
                             : g_strdup_printf ("%s.%u", call->log_id, call->legs->len + 1);
  KithLegParams params = { .context = call->context,
                           .findings = call->findings,
                           .log_id = id,
                           .side = side,
                           .key = call->who.key,
                           .name = call->who.name,
                           .phone = call->who.phone,
                           .as = call->who.phone != NULL ? call->house.caller : NULL,
                           .listen_only = call->listen_only,
                           .bridged = call->house.caller != NULL };

  return kith_leg_new (&params);
}

void
kith_call_add_leg (KithCall *call, KithLeg *leg)
{
  g_return_if_fail (call->legs->len < MAX_LEGS);
  g_ptr_array_add (call->legs, leg);
  kith_leg_set_foreground (leg, call->foreground);
  g_signal_connect (leg, "state-changed", G_CALLBACK (on_leg_state), call);
  g_signal_connect (leg, "changed", G_CALLBACK (on_leg_changed), call);
  g_signal_connect (leg, "pressed", G_CALLBACK (on_leg_pressed), call);
}

KithLeg *
kith_call_get_leg (KithCall *call)
{
  KithLeg *best = NULL;

  for (guint i = 0; i < call->legs->len; i++) {
    KithLeg *leg = call->legs->pdata[i];
    KithLegState state = kith_leg_get_state (leg);
    if (best == NULL || kith_leg_get_state (best) == KITH_LEG_ENDED
        || (state != KITH_LEG_ENDED && state > kith_leg_get_state (best))) {
      best = leg;
    }
  }
  return best;
}

KithLeg *
kith_call_find_leg (KithCall *call, KithLink *link)
{
  for (guint i = 0; i < call->legs->len; i++) {
    if (kith_leg_get_link (call->legs->pdata[i]) == link) {
      return call->legs->pdata[i];
    }
  }
  return NULL;
}

void
kith_call_on_link_closed (KithCall *call, KithLink *link, KithReason reason)
{
  g_autoptr (KithCall) kept = g_object_ref (call);
  KithLeg *leg = NULL;

  while ((leg = kith_call_find_leg (call, link)) != NULL) {
    kith_leg_on_link_closed (leg, reason); /* it ends, and has no link then */
  }
}

void
kith_call_set_foreground (KithCall *call, gboolean foreground)
{
  if (call->foreground == foreground) {
    return;
  }
  call->foreground = foreground;
  for (guint i = 0; i < call->legs->len; i++) {
    kith_leg_set_foreground (call->legs->pdata[i], foreground);
  }
  if (kith_call_is_answered (call)) {
    kith_trace_tell (call->findings->trace,
                     KITH_TRACE_MEDIA,
                     foreground ? "step-foreground" : "step-background");
  }
  kith_call_notify (call);
}

gboolean
kith_call_is_answered (const KithCall *call)
{
  return call->state == KITH_CALL_CONNECTING || call->state == KITH_CALL_ACTIVE
         || call->state == KITH_CALL_HELD;
}

gboolean
kith_call_is_cut_off (KithCall *call)
{
  KithLeg *leg = kith_call_get_leg (call);

  return leg != NULL && kith_leg_is_cut_off (leg);
}

gboolean
kith_call_was_missed (const KithCall *call)
{
  return kith_call_is_missed (call->outgoing, call->wish != KITH_CALL_UNDECIDED, call->reason);
}

/* Life cycle */

static void
kith_call_dispose (GObject *object)
{
  KithCall *call = KITH_CALL (object);

  kith_call_end (call, KITH_REASON_INTERNAL, NULL);
  for (guint i = 0; i < call->legs->len; i++) {
    g_signal_handlers_disconnect_by_data (call->legs->pdata[i], call);
  }
  g_ptr_array_set_size (call->legs, 0);
  kith_call_house_clear (call);
  G_OBJECT_CLASS (kith_call_parent_class)->dispose (object);
}

static void
kith_call_finalize (GObject *object)
{
  KithCall *call = KITH_CALL (object);

  g_ptr_array_unref (call->legs);
  g_ptr_array_unref (call->house.legs);
  g_free (call->house.caller);
  g_clear_object (&call->look_up.cancellable);
  g_clear_pointer (&call->look_up.address, kith_address_free);
  kith_call_findings_unref (call->findings);
  kith_call_who_clear (&call->who);
  g_free (call->refused.id);
  g_free (call->log_id);
  g_free (call->detail);
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
  signals[SIGNAL_STATE_CHANGED]
      = kith_signal_new (KITH_TYPE_CALL, "state-changed", 3, G_TYPE_UINT, G_TYPE_UINT, G_TYPE_UINT);
  signals[SIGNAL_CHANGED] = kith_signal_new (KITH_TYPE_CALL, "changed", 0);
}

static void
kith_call_init (KithCall *call)
{
  call->legs = g_ptr_array_new_with_free_func (g_object_unref);
  call->house.legs = g_ptr_array_new_with_free_func (g_object_unref);
  call->look_up.cancellable = g_cancellable_new ();
}

static KithCall *
call_new (const KithCallContext *context, guint id, gboolean outgoing)
{
  KithCall *call = g_object_new (KITH_TYPE_CALL, NULL);

  call->context = context;
  call->findings = kith_call_findings_new (context->clock);
  call->id = id;
  call->log_id = g_strdup_printf ("call/%u", id);
  call->outgoing = outgoing;
  call->at.started = wall (call);
  call->refused.times = 1;
  return call;
}

KithCall *
kith_call_new_outgoing (const KithCallContext *context,
                        guint id,
                        KithAddress *address,
                        const char *text)
{
  KithCall *call = call_new (context, id, TRUE);

  call->wish = KITH_CALL_WANTED;
  call->look_up.address = address;
  g_autofree gchar *plain = kith_address_strip (text);
  call->who.address = kith_text_safe (plain, -1, MAX_SHOWN);
  call->who.name = g_strdup (address->name != NULL ? address->name : address->sip_user);
  return call;
}

KithCall *
kith_call_new_incoming (const KithCallContext *context, guint id, KithDialog *dialog)
{
  KithCall *call = call_new (context, id, FALSE);
  KithLink *link = kith_link_pool_get (context->links, kith_dialog_get_link_id (dialog));

  if (link != NULL) {
    call->who.key = kith_link_get_peer (link)->identity;
    kith_call_findings_note_network (call->findings, context, TRUE);
    kith_call_findings_note_turn (call->findings, context);
    kith_call_findings_note_nat (call->findings, context);
  }
  call->who.source = g_strdup (kith_dialog_get_remote_host (dialog));
  kith_caller_name (&call->who,
                    context,
                    kith_dialog_get_remote_uri (dialog),
                    kith_dialog_get_remote_display (dialog));
  kith_caller_is_phone (&call->who, kith_dialog_get_phone (dialog));
  KithLeg *leg = kith_call_make_leg (call, KITH_LEG_CALLER);
  kith_call_add_leg (call, leg);
  kith_leg_take_invite (leg, link, dialog);
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
    call->who.key = kith_link_get_peer (link)->identity;
  }
  call->who.source = g_strdup (invite->source);
  call->refused.id = g_strdup (invite->call_id);
  kith_caller_name (&call->who, context, invite->remote_uri, invite->remote_display);
  return call;
}

void
kith_call_refuse_again (KithCall *call, const KithInvite *invite)
{
  g_free (call->refused.id);
  call->refused.id = g_strdup (invite->call_id);
  call->refused.times++;
  call->at.ended = wall (call);
}

void
kith_call_refuse (KithCall *call)
{
  kith_trace_tell (call->findings->trace,
                   KITH_TRACE_SIP,
                   kith_peer_key_is_zero (&call->who.key) ? "step-invite-received-sip"
                                                          : "step-invite-received");
  kith_call_end (call, KITH_REASON_BUSY, NULL);
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
  KithLeg *leg = kith_call_get_leg (call);

  if (call->state != KITH_CALL_INCOMING || !kith_leg_can_answer (leg)) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_WRONG_STATE,
                             "the call is %s, not incoming",
                             kith_call_state_word (call->state));
    return;
  }
  if (kith_leg_is_bridged (leg)) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_MEDIA,
                             "it rings at your phones alone: answer it there");
    return;
  }
  if (call->gate != NULL) {
    call->gate->take_foreground (call, call->gate_data);
  }
  call->wish = KITH_CALL_WANTED;
  if (!kith_leg_answer (leg, &error)) {
    kith_call_end (call, KITH_REASON_MEDIA_FAILED, error->message);
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
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
  call->wish = KITH_CALL_DECLINED;
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
  gboolean rings = call->state == KITH_CALL_INCOMING;
  call->wish = rings ? KITH_CALL_DECLINED : call->wish;
  kith_call_end (call, rings ? KITH_REASON_REJECTED : KITH_REASON_LOCAL, NULL);
  return TRUE;
}

gboolean
kith_call_set_muted (KithCall *call, gboolean muted, GError **error)
{
  KithLeg *leg = kith_call_get_leg (call);

  if (kith_call_is_bridged (call)) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_WRONG_STATE,
                         "a phone has the call: mute it there");
    return FALSE;
  }
  if (leg == NULL || !kith_leg_set_muted (leg, muted)) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_WRONG_STATE, "the call has no audio now");
    return FALSE;
  }
  if (muted != call->muted) {
    call->muted = muted;
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
  return call->findings->trace;
}

void
kith_call_note_obstacle (KithCall *call, KithRelayObstacle obstacle, const char *friend_name)
{
  kith_call_findings_note_obstacle (call->findings, obstacle, friend_name);
}

KithCallState
kith_call_get_state (KithCall *call)
{
  return call->state;
}

gboolean
kith_call_rings_here (KithCall *call)
{
  return call->state == KITH_CALL_INCOMING && call->house.rings_here;
}

KithReason
kith_call_get_reason (KithCall *call)
{
  return call->reason;
}

gboolean
kith_call_get_stats (KithCall *call, KithMediaStats *stats)
{
  KithLeg *leg = kith_call_get_leg (call);

  return leg != NULL && kith_leg_get_stats (leg, stats);
}
