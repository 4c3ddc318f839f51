/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the other side says of the sound: that it hears us not (hold), or sends none, and what a
   silence means then. */
#include "base/log.h"
#include "node/call/leg/leg-private.h"

#define FLOW_TIMEOUT_MS (20 * 1000)
#define AT_ONCE_MS 1

gboolean
kith_leg_expects_sound (const KithLeg *leg)
{
  return leg->sdp.direction == KITH_DIRECTION_SENDRECV;
}

/* Nothing was heard for long. A telephone may be muted, or send nothing while nobody speaks: it is
   told, and the call goes on. Over a link packets come all the time, or something is broken. */
static gboolean
on_no_media (gpointer user_data)
{
  KithLeg *leg = user_data;
  KithMediaStats stats = { 0 };

  if (kith_leg_is_cut_off (leg)) {
    return G_SOURCE_CONTINUE; /* the link decides how long it may look for a path */
  }
  leg->trouble.flow_timer = 0;
  if (!kith_leg_expects_sound (leg)) {
    (void)kith_leg_change_state (leg, KITH_LEG_EVENT_FLOW);
    return G_SOURCE_REMOVE;
  }
  kith_trace_mark (leg->findings->trace, KITH_MARK_NO_AUDIO);
  if (leg->link != NULL) {
    kith_leg_end (leg, KITH_REASON_MEDIA_FAILED, "no audio came from the other side");
    return G_SOURCE_REMOVE;
  }
  if (leg->media != NULL) {
    kith_media_get_stats (leg->media, &stats);
  }
  KithSaying *saying = kith_saying_new (stats.reports_received > 0 ? "step-no-audio-muted"
                                                                   : "step-no-audio-blocked");
  kith_saying_put_number (saying, "silent-s", FLOW_TIMEOUT_MS / 1000);
  kith_leg_say (leg, KITH_TRACE_TROUBLE, saying);
  (void)kith_leg_change_state (leg, KITH_LEG_EVENT_FLOW);
  return G_SOURCE_REMOVE;
}

void
kith_leg_await_sound (KithLeg *leg)
{
  kith_clock_cancel (leg->context->clock, &leg->trouble.flow_timer);
  if (leg->state == KITH_LEG_ANSWERED) {
    leg->trouble.flow_timer
        = kith_clock_add (leg->context->clock,
                          kith_leg_expects_sound (leg) ? FLOW_TIMEOUT_MS : AT_ONCE_MS,
                          on_no_media,
                          leg);
  }
}

void
kith_leg_take_direction (KithLeg *leg, KithDirection direction)
{
  gboolean held = !kith_direction_hears (direction);
  gboolean was_held = !kith_direction_hears (leg->sdp.direction);

  if (direction == leg->sdp.direction) {
    return;
  }
  leg->sdp.direction = direction;
  if (held != was_held) {
    kith_info (leg->log_id, held ? "held by the peer" : "no longer held by the peer");
    kith_leg_tell (leg, KITH_TRACE_MEDIA, held ? "step-held" : "step-held-no-more");
    if (leg->state >= KITH_LEG_FLOWING) { /* else it is taken when sound flows */
      (void)kith_leg_change_state (leg,
                                   held ? KITH_LEG_EVENT_PEER_HOLD : KITH_LEG_EVENT_PEER_RESUME);
    }
    kith_leg_notify (leg);
  } else if (!held) {
    kith_leg_tell (leg,
                   KITH_TRACE_MEDIA,
                   kith_direction_sends (direction) ? "step-they-send" : "step-they-send-nothing");
  }
  if (leg->trouble.flow_timer != 0) {
    kith_leg_await_sound (leg);
  }
}
