/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the other side says of the sound: that it hears us not (hold), or sends none, and what a silence means then. */
#include "base/log.h"
#include "node/call/call-private.h"

#define FLOW_TIMEOUT_MS (20 * 1000)
#define AT_ONCE_MS 1

gboolean
kith_call_expects_sound (const KithCall *call)
{
  return call->peer_direction == KITH_DIRECTION_SENDRECV;
}

/* Nothing was heard for long. A telephone may be muted, or send nothing while nobody speaks: it is told, and the call goes on. Over a link packets come
   all the time, or something is broken. */
static gboolean
on_no_media (gpointer user_data)
{
  KithCall *call = user_data;
  KithMediaStats stats = { 0 };

  if (kith_call_is_cut_off (call)) {
    return G_SOURCE_CONTINUE; /* the link decides how long it may look for a path */
  }
  call->flow_timer = 0;
  if (!kith_call_expects_sound (call)) {
    (void)kith_call_change_state (call, KITH_CALL_EVENT_MEDIA_FLOWS, KITH_REASON_NONE);
    return G_SOURCE_REMOVE;
  }
  kith_trace_mark (call->trace, KITH_MARK_NO_AUDIO);
  if (call->link != NULL) {
    kith_call_end (call, KITH_REASON_MEDIA_FAILED, "no audio came from the other side");
    return G_SOURCE_REMOVE;
  }
  if (call->media != NULL) {
    kith_media_get_stats (call->media, &stats);
  }
  kith_trace_add (call->trace,
                  KITH_TRACE_TROUBLE,
                  stats.reports_received > 0
                      ? "no audio came from them for %d s, but their reports do: they may be muted"
                      : "no audio came from them for %d s: they may be muted, or a firewall is in "
                        "the way",
                  FLOW_TIMEOUT_MS / 1000);
  (void)kith_call_change_state (call, KITH_CALL_EVENT_MEDIA_FLOWS, KITH_REASON_NONE);
  return G_SOURCE_REMOVE;
}

void
kith_call_await_sound (KithCall *call)
{
  kith_clock_cancel (call->context->clock, &call->flow_timer);
  if (call->state == KITH_CALL_CONNECTING) {
    call->flow_timer
        = kith_clock_add (call->context->clock,
                          kith_call_expects_sound (call) ? FLOW_TIMEOUT_MS : AT_ONCE_MS,
                          on_no_media,
                          call);
  }
}

void
kith_call_take_direction (KithCall *call, KithDirection direction)
{
  gboolean held = !kith_direction_hears (direction);
  gboolean was_held = call->held_by_peer;

  if (direction == call->peer_direction) {
    return;
  }
  call->peer_direction = direction;
  call->held_by_peer = held;
  if (held != was_held) {
    kith_info (call->log_id, held ? "held by the peer" : "no longer held by the peer");
    kith_trace_add (call->trace,
                    KITH_TRACE_MEDIA,
                    held ? "they put the call on hold" : "they took the call off hold");
    kith_call_notify (call);
  } else if (!held) {
    kith_trace_add (call->trace,
                    KITH_TRACE_MEDIA,
                    kith_direction_sends (direction) ? "they send sound"
                                                     : "they say that they send no sound");
  }
  if (call->flow_timer != 0) {
    kith_call_await_sound (call);
  }
}
