/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The leg object: its one door of state, its life, and what its call asks of it. */
#include "node/call/leg/leg-private.h"

#include "base/error.h"
#include "base/log.h"
#include "base/signal-new.h"
#include "base/text.h"

G_DEFINE_FINAL_TYPE (KithLeg, kith_leg, G_TYPE_OBJECT)

enum { SIGNAL_STATE_CHANGED, SIGNAL_CHANGED, SIGNAL_PRESSED, N_SIGNALS };
static guint signals[N_SIGNALS];

void
kith_leg_notify (KithLeg *leg)
{
  g_signal_emit (leg, signals[SIGNAL_CHANGED], 0);
}

void
kith_leg_tell_pressed (KithLeg *leg, char key, gboolean by_packets)
{
  if (kith_leg_state_is_answered (leg->state)) {
    g_signal_emit (leg, signals[SIGNAL_PRESSED], 0, (guint)key, by_packets);
  }
}

/* Timers that belong to being in a state. */
static void
set_timers (KithLeg *leg)
{
  if (leg->state != KITH_LEG_DIALING) {
    kith_clock_cancel (leg->context->clock, &leg->dialing.dial_timer);
    kith_clock_cancel (leg->context->clock, &leg->dialing.nat_timer);
  }
  kith_leg_await_sound (leg);
}

gboolean
kith_leg_change_state (KithLeg *leg, KithLegEvent event)
{
  KithLegState before = leg->state;
  KithLegState next;

  if (!kith_leg_state_next (before, event, &next)) {
    kith_debug (leg->log_id,
                "leg: %s ignored in %s",
                kith_leg_event_word (event),
                kith_leg_state_word (before));
    return FALSE;
  }
  if (next == before) {
    return TRUE;
  }
  kith_debug (leg->log_id,
              "leg: %s -> %s (%s)",
              kith_leg_state_word (before),
              kith_leg_state_word (next),
              next == KITH_LEG_ENDED ? kith_reason_word (leg->reason)
                                     : kith_leg_event_word (event));
  leg->state = next;
  set_timers (leg);
  g_signal_emit (leg, signals[SIGNAL_STATE_CHANGED], 0, before, next, event);
  if (leg->state == KITH_LEG_FLOWING && !kith_direction_hears (leg->sdp.direction)) {
    return kith_leg_change_state (leg, KITH_LEG_EVENT_PEER_HOLD); /* they said so before */
  }
  return TRUE;
}

void
kith_leg_end (KithLeg *leg, KithReason reason, const char *detail)
{
  if (leg->state == KITH_LEG_ENDED) {
    return;
  }
  g_autoptr (KithLeg) kept = g_object_ref (leg);
  g_cancellable_cancel (leg->cancellable);
  kith_clock_cancel (leg->context->clock, &leg->told.before.timer);
  if (leg->dialing.prepared != 0) {
    kith_link_pool_unprepare (leg->context->links, leg->dialing.prepared);
    leg->dialing.prepared = 0;
  }
  leg->reason = reason;
  leg->detail = detail != NULL ? kith_text_safe (detail, -1, 256) : NULL;
  kith_leg_unfollow_link (leg);
  kith_leg_drop_dialog (leg, reason);
  kith_leg_drop_media (leg);
  kith_leg_drop_link (leg);
  (void)kith_leg_change_state (leg, KITH_LEG_EVENT_END);
}

void
kith_leg_hold_link (KithLeg *leg, KithLink *link)
{
  leg->link = g_object_ref (link);
  kith_link_hold (link);
  kith_leg_trace_link (leg);
  kith_leg_follow_link (leg);
  leg->linked_at = kith_clock_wall (leg->context->clock);
}

void
kith_leg_drop_link (KithLeg *leg)
{
  kith_leg_trace_unlink (leg);
  if (leg->link != NULL) {
    kith_link_unhold (leg->link);
    g_clear_object (&leg->link);
  }
}

void
kith_leg_on_link_closed (KithLeg *leg, KithReason reason)
{
  gboolean established = kith_leg_state_is_answered (leg->state);

  if (reason == KITH_REASON_UNTRUSTED) {
    kith_leg_end (leg, KITH_REASON_UNTRUSTED, "the peer refused our identity");
  } else if (reason == KITH_REASON_UNAUTHORIZED) {
    kith_leg_end (leg, KITH_REASON_UNAUTHORIZED, "they take no calls from people they do not know");
  } else if (reason == KITH_REASON_BUSY && !established) {
    kith_leg_end (leg, KITH_REASON_BUSY, kith_link_get_why (leg->link));
  } else if (established && reason == KITH_REASON_REMOTE) {
    kith_leg_end (leg, KITH_REASON_REMOTE, kith_link_get_why (leg->link));
  } else if (established) {
    g_autofree gchar *detail = reason == KITH_REASON_INTERNAL
                                   ? g_strdup (kith_link_get_why (leg->link))
                                   : kith_leg_lost_text (leg);
    kith_leg_end (leg, KITH_REASON_NETWORK_LOST, detail);
  } else {
    kith_leg_end (leg,
                  KITH_REASON_UNREACHABLE,
                  reason == KITH_REASON_REMOTE
                      ? kith_link_get_why (leg->link)
                      : "the link to the peer was lost before the call was answered");
  }
}

/* Life cycle */

static void
kith_leg_dispose (GObject *object)
{
  KithLeg *leg = KITH_LEG (object);

  kith_leg_end (leg,
                leg->told.before.timer != 0 ? leg->told.before.reason : KITH_REASON_INTERNAL,
                NULL);
  G_OBJECT_CLASS (kith_leg_parent_class)->dispose (object);
}

static void
kith_leg_finalize (GObject *object)
{
  KithLeg *leg = KITH_LEG (object);

  g_clear_object (&leg->cancellable);
  g_clear_pointer (&leg->sdp.answer, kith_offer_free);
  g_clear_pointer (&leg->sdp.theirs, kith_offer_free);
  g_clear_pointer (&leg->sdp.order, kith_offer_free);
  kith_sdp_session_clear (&leg->sdp.session);
  kith_call_findings_unref (leg->findings);
  g_free (leg->log_id);
  g_free (leg->name);
  g_free (leg->phone);
  g_free (leg->detail);
  g_free (leg->dialing.as);
  g_free (leg->dialing.sip_uri);
  g_free (leg->dialing.next_hop);
  g_free (leg->told.moved_to);
  g_free (leg->sdp.last_offer);
  g_free (leg->sdp.last_answer);
  g_free (leg->path.via);
  g_free (leg->told.before.detail);
  G_OBJECT_CLASS (kith_leg_parent_class)->finalize (object);
}

static void
kith_leg_class_init (KithLegClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = kith_leg_dispose;
  object_class->finalize = kith_leg_finalize;
  signals[SIGNAL_STATE_CHANGED]
      = kith_signal_new (KITH_TYPE_LEG, "state-changed", 3, G_TYPE_UINT, G_TYPE_UINT, G_TYPE_UINT);
  signals[SIGNAL_CHANGED] = kith_signal_new (KITH_TYPE_LEG, "changed", 0);
  signals[SIGNAL_PRESSED]
      = kith_signal_new (KITH_TYPE_LEG, "pressed", 2, G_TYPE_UINT, G_TYPE_BOOLEAN);
}

static void
kith_leg_init (KithLeg *leg)
{
  leg->cancellable = g_cancellable_new ();
  kith_quality_watch_init (&leg->quality.watch);
}

KithLeg *
kith_leg_new (const KithLegParams *params)
{
  KithLeg *leg = g_object_new (KITH_TYPE_LEG, NULL);

  leg->context = params->context;
  leg->findings = kith_call_findings_ref (params->findings);
  leg->log_id = g_strdup (params->log_id);
  leg->side = params->side;
  leg->key = params->key;
  leg->name = g_strdup (params->name);
  leg->phone = g_strdup (params->phone);
  leg->dialing.as = g_strdup (params->as);
  leg->voice.listen_only = params->listen_only;
  leg->voice.bridged = params->bridged;
  leg->voice.may_speak = params->side == KITH_LEG_CALLEE;
  return leg;
}

void
kith_leg_take_invite (KithLeg *leg, KithLink *link, KithDialog *dialog)
{
  if (link != NULL) {
    kith_leg_hold_link (leg, link);
    kith_leg_find_their_nat (leg);
  }
  kith_leg_take_dialog (leg, g_object_ref (dialog));
}

/* For the call */

gboolean
kith_leg_can_answer (KithLeg *leg)
{
  return leg->state == KITH_LEG_RINGING && leg->side == KITH_LEG_CALLER
         && (leg->sdp.answer != NULL || leg->sdp.turn == KITH_LEG_TURN_OURS);
}

gboolean
kith_leg_answer (KithLeg *leg, GError **error)
{
  gboolean offers = leg->sdp.turn == KITH_LEG_TURN_OURS;

  leg->voice.may_speak = TRUE;
  g_autofree gchar *sdp
      = offers ? kith_leg_make_offer (leg, error) : kith_leg_describe (leg, leg->sdp.answer);
  if (sdp == NULL || (!offers && !leg->told.before.told && !kith_leg_start_media (leg, error))) {
    return FALSE;
  }
  leg->sdp.turn = offers ? KITH_LEG_TURN_THEIRS : KITH_LEG_TURN_NOBODY;
  kith_dialog_answer (leg->dialog, sdp);
  kith_leg_tell (leg, KITH_TRACE_SIP, offers ? "step-answer-sent-offer" : "step-answer-sent");
  (void)kith_leg_change_state (leg, KITH_LEG_EVENT_ANSWER);
  return TRUE;
}

void
kith_leg_set_foreground (KithLeg *leg, gboolean foreground)
{
  leg->voice.in_background = !foreground;
  if (leg->media != NULL) {
    kith_media_set_flow (leg->media, foreground, foreground);
  }
}

gboolean
kith_leg_set_muted (KithLeg *leg, gboolean muted)
{
  if (leg->media == NULL) {
    return FALSE;
  }
  leg->voice.muted = muted;
  kith_media_set_muted (leg->media, muted);
  return TRUE;
}

KithLegState
kith_leg_get_state (KithLeg *leg)
{
  return leg->state;
}

gboolean
kith_leg_is_caller (KithLeg *leg)
{
  return leg->side == KITH_LEG_CALLER;
}

KithReason
kith_leg_get_reason (KithLeg *leg)
{
  return leg->reason;
}

const char *
kith_leg_get_detail (KithLeg *leg)
{
  return leg->detail;
}

KithLink *
kith_leg_get_link (KithLeg *leg)
{
  return leg->link;
}

gboolean
kith_leg_get_stats (KithLeg *leg, KithMediaStats *stats)
{
  if (leg->media != NULL) {
    kith_media_get_stats (leg->media, stats);
    kith_leg_add_gaps (leg, stats);
    kith_leg_keep_mos (leg, stats);
    return TRUE;
  }
  *stats = leg->quality.last;
  return leg->quality.has_last;
}

void
kith_leg_get_facts (KithLeg *leg, KithLegFacts *facts)
{
  const KithCodec *codec
      = leg->media != NULL ? kith_media_get_codec (leg->media) : leg->quality.codec;

  *facts = (KithLegFacts){
    .sip_status = leg->told.status,
    .moved_to = leg->told.moved_to,
    .codec = codec != NULL ? codec->name : NULL,
    .path = leg->path.is_known ? &leg->path.now : NULL,
    .via = leg->path.via,
    .phone = leg->phone,
    .manner = leg->voice.bridged && leg->media != NULL
                  ? kith_bridge_get_manner (leg->context->bridge, leg->media)
                  : leg->quality.manner,
    .held_by_peer
    = kith_leg_state_is_answered (leg->state) && !kith_direction_hears (leg->sdp.direction),
    .reconnecting = leg->trouble.reconnecting,
    .reconnected_after_ms = leg->trouble.reconnected_after_ms,
    .lost_at = leg->trouble.lost_at,
    .linked_at = leg->linked_at,
    .flowing_at = leg->flowing_at,
  };
}
