/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A call that a phone of the house has: its leg and the peer's are joined, and each follows the
   other. */
#include "base/log.h"
#include "model/sip/sip-way.h"
#include "node/call/call-private.h"

/* Nothing is heard of what was said to be heard. */
#define SILENCE_MS 1000

gboolean
kith_call_is_bridged (const KithCall *call)
{
  return call->house.joined != NULL;
}

gchar *
kith_call_find_phone (const KithCallContext *context, const char *name)
{
  const KithPhoneEntry *entry
      = context->phones != NULL ? kith_phones_get (context->phones, name) : NULL;
  const KithPhoneBinding *best = NULL;

  for (guint i = 0; entry != NULL && i < entry->bindings->len; i++) {
    const KithPhoneBinding *binding = entry->bindings->pdata[i];
    if (best == NULL || binding->expires_s > best->expires_s) {
      best = binding;
    }
  }
  if (best == NULL) {
    return NULL;
  }
  const KithSipWay way = { .tcp = best->transport != KITH_PHONE_UDP,
                           .tls = best->transport == KITH_PHONE_TLS,
                           .peer = best->source };
  g_autofree gchar *uri = kith_sip_way_to_uri (&way);
  return g_strdup_printf ("sip:%s@%s", name, uri + strlen ("sip:"));
}

/* What is told of the sound of both. */
static void
tell_joined (KithCall *call, KithLeg *leg)
{
  KithLegFacts facts;

  kith_leg_get_facts (leg, &facts);
  KithSaying *saying = kith_saying_new (
      facts.manner == KITH_BRIDGE_TRANSCODED ? "step-joined-transcoded" : "step-joined-relayed");
  kith_leg_get_facts (call->house.joined, &facts);
  kith_saying_put (saying, "device", facts.phone);
  kith_saying_put (saying, "codec", facts.codec);
  kith_trace_say (call->findings->trace, KITH_TRACE_MEDIA, saying);
}

/* The peer's @leg and the phone's hear each other; the one that waits for it is answered. */
static void
join (KithCall *call, KithLeg *leg, KithLeg *waiting)
{
  g_autoptr (GError) error = NULL;
  KithLeg *phone = call->house.joined;

  if (!kith_leg_bridge (leg, &error) || !kith_leg_bridge (phone, &error)) {
    kith_call_end (call, KITH_REASON_MEDIA_FAILED, error->message);
    return;
  }
  kith_clock_cancel (call->context->clock, &call->house.silence_timer);
  kith_leg_play (phone, KITH_TONE_NONE);
  kith_leg_prefer (waiting, waiting == phone ? leg : phone);
  kith_leg_join (leg, phone);
  if (!kith_leg_answer (waiting, &error)) {
    kith_call_end (call, KITH_REASON_MEDIA_FAILED, error->message);
    return;
  }
  tell_joined (call, leg);
}

/* Before the answer */

static gboolean
on_silence (gpointer user_data)
{
  KithCall *call = user_data;

  call->house.silence_timer = 0;
  kith_leg_play (call->house.joined, KITH_TONE_RING_BACK);
  return G_SOURCE_REMOVE;
}

/* The phone that waits hears what the peer's @leg hears of there. */
static void
pass_early (KithCall *call, KithLeg *leg)
{
  KithLeg *phone = call->house.joined;

  kith_leg_prefer (phone, leg);
  kith_leg_join (leg, phone);
  if (kith_leg_tell_early (phone) && call->house.silence_timer == 0) {
    call->house.silence_timer = kith_clock_add (call->context->clock, SILENCE_MS, on_silence, call);
  }
}

/* The phone dialled, and waits: it is told of @leg what there is to be told. */
static void
tell_waiting (KithCall *call, KithLeg *leg)
{
  KithLeg *phone = call->house.joined;

  if (kith_leg_is_alerting (leg)) {
    kith_leg_tell_ringing (phone);
  }
  if (kith_leg_is_alerting (leg) || kith_leg_is_heard_early (leg)) { /* no tone of ours */
    kith_clock_cancel (call->context->clock, &call->house.silence_timer);
    kith_leg_play (phone, KITH_TONE_NONE);
  }
}

static gboolean
is_waiting (KithCall *call)
{
  return call->house.caller != NULL && kith_leg_get_state (call->house.joined) == KITH_LEG_RINGING;
}

void
kith_call_house_hear (KithCall *call, KithLeg *leg)
{
  if (call->step != KITH_CALL_STEP_OVER && is_waiting (call)) {
    tell_waiting (call, leg);
  }
}

/* Whoever put it on hold, the other side is told, and told again when it goes on. */
static void
follow_hold (KithCall *call)
{
  KithLeg *leg = kith_call_get_leg (call);
  KithLeg *phone = call->house.joined;

  if (leg != NULL && phone != NULL && kith_leg_state_is_answered (kith_leg_get_state (leg))
      && kith_leg_state_is_answered (kith_leg_get_state (phone))) {
    kith_leg_pass_hold (leg, kith_leg_is_held (phone));
    kith_leg_pass_hold (phone, kith_leg_is_held (leg));
  }
}

/* The phones' legs that are not over, but for @but. */
static void
end_phones (KithCall *call, const KithLeg *but, KithReason reason, const char *detail)
{
  g_clear_pointer (&call->house.fork, kith_leg_fork_free);
  for (guint i = 0; i < call->house.legs->len; i++) {
    if (call->house.legs->pdata[i] != but) {
      kith_leg_end (call->house.legs->pdata[i], reason, detail);
    }
  }
}

/* The phone that rang takes the call. */
static void
take_answer (KithCall *call, KithLeg *phone)
{
  KithLeg *leg = kith_call_get_leg (call);

  call->house.joined = phone;
  end_phones (call, phone, KITH_REASON_ELSEWHERE, NULL);
  call->wish = KITH_CALL_WANTED;
  join (call, leg, leg);
}

static void
on_ringing_phone (KithCall *call, KithLeg *phone, KithLegState after)
{
  if (after == KITH_LEG_RINGING || after == KITH_LEG_EARLY) {
    kith_leg_tell_ringing (kith_call_get_leg (call));
  } else if (after == KITH_LEG_ANSWERED) {
    take_answer (call, phone);
  } else if (after == KITH_LEG_ENDED) {
    kith_call_phone_gave_up (call, kith_leg_get_reason (phone));
  }
}

static void
on_phone_state (KithLeg *phone, guint before, guint after, guint event, KithCall *call)
{
  g_autoptr (KithCall) kept = g_object_ref (call);

  if (call->step == KITH_CALL_STEP_OVER) {
    return; /* kith_call_end() ends it */
  }
  if (phone != call->house.joined) {
    on_ringing_phone (call, phone, (KithLegState)after);
    kith_call_notify (call);
    return;
  }
  if (after == KITH_LEG_ENDED) {
    KithReason reason = kith_leg_get_reason (phone);
    /* who hung up there is one of us */
    kith_call_end (call,
                   reason == KITH_REASON_REMOTE ? KITH_REASON_LOCAL : reason,
                   kith_leg_get_detail (phone));
    return;
  }
  kith_call_update (call, kith_leg_event_word ((KithLegEvent)event));
  follow_hold (call);
  kith_call_notify (call);
}

static void
on_phone_changed (KithLeg *phone, KithCall *call)
{
  kith_call_notify (call);
}

static void
on_phone_pressed (KithLeg *phone, guint key, gboolean by_packets, KithCall *call)
{
  KithLeg *leg = kith_call_get_leg (call);

  if (phone == call->house.joined && leg != NULL) {
    kith_leg_press (leg, (char)key, by_packets);
  }
}

static void
add_phone (KithCall *call, KithLeg *phone)
{
  g_ptr_array_add (call->house.legs, phone);
  g_signal_connect (phone, "state-changed", G_CALLBACK (on_phone_state), call);
  g_signal_connect (phone, "changed", G_CALLBACK (on_phone_changed), call);
  g_signal_connect (phone, "pressed", G_CALLBACK (on_phone_pressed), call);
}

static KithLeg *
make_leg (KithCall *call, const char *name, KithLegSide side)
{
  g_autofree gchar *id = g_strdup_printf ("%s.%s", call->log_id, name);
  const KithLegParams params = { .context = call->context,
                                 .findings = call->findings,
                                 .log_id = id,
                                 .side = side,
                                 .name = name,
                                 .phone = name,
                                 .as = call->who.name,
                                 .bridged = TRUE };

  return kith_leg_new (&params);
}

void
kith_call_take_phone (KithCall *call, KithDialog *dialog)
{
  const char *name = kith_dialog_get_phone (dialog);
  KithLeg *phone = make_leg (call, name, KITH_LEG_CALLER);

  call->house.caller = g_strdup (name);
  call->house.joined = phone;
  add_phone (call, phone);
  kith_leg_take_invite (phone, NULL, dialog);
  kith_leg_get_ready (phone);
}

KithLeg *
kith_call_ring_phone (KithCall *call, const char *name)
{
  g_autofree gchar *uri = kith_call_find_phone (call->context, name);

  if (uri == NULL) {
    kith_trace_tell_of (call->findings->trace,
                        KITH_TRACE_SIP,
                        "step-phone-not-there",
                        "device",
                        name);
    return NULL;
  }
  KithLeg *phone = make_leg (call, name, KITH_LEG_CALLEE);
  add_phone (call, phone);
  kith_leg_prefer (phone, kith_call_get_leg (call));
  kith_leg_dial (phone, 0, uri);
  return phone;
}

void
kith_call_house_follow (KithCall *call, KithLeg *leg, KithLegState after)
{
  KithLeg *phone = call->house.joined;

  if (phone == NULL) {
    if (kith_leg_state_is_answered (after)) { /* here */
      end_phones (call, NULL, KITH_REASON_ELSEWHERE, NULL);
    }
    return;
  }
  if (is_waiting (call)) {
    if (kith_leg_state_is_answered (after)) {
      join (call, leg, phone);
      return;
    }
    if (after == KITH_LEG_EARLY) {
      pass_early (call, leg);
    }
    tell_waiting (call, leg);
    return;
  }
  follow_hold (call);
}

void
kith_call_house_end (KithCall *call, KithReason reason, const char *detail)
{
  KithLeg *waiting = is_waiting (call) ? call->house.joined : NULL;

  kith_clock_cancel (call->context->clock, &call->house.silence_timer);
  end_phones (call, waiting, reason, detail);
  if (waiting != NULL) {
    kith_leg_refuse_by_tone (waiting, kith_tone_of_reason (reason), reason, detail);
  }
}

void
kith_call_house_clear (KithCall *call)
{
  g_clear_pointer (&call->house.fork, kith_leg_fork_free);
  for (guint i = 0; i < call->house.legs->len; i++) {
    g_signal_handlers_disconnect_by_data (call->house.legs->pdata[i], call);
  }
  call->house.joined = NULL;
  g_ptr_array_set_size (call->house.legs, 0);
}
