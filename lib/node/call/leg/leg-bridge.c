/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A leg whose sound is another leg's, or a tone: made so, in agreement with the other, and held
   with it. */
#include "node/call/leg/leg-private.h"

#define FAREWELL_MS 3000

gboolean
kith_leg_bridge (KithLeg *leg, GError **error)
{
  const char *sdp = kith_dialog_get_remote_sdp (leg->dialog);
  const char *host = leg->link == NULL ? kith_dialog_get_local_host (leg->dialog) : NULL;

  if (leg->voice.bridged) {
    return TRUE;
  }
  gboolean has_media = leg->media != NULL;
  kith_leg_drop_media (leg);
  leg->voice.bridged = TRUE;
  if (!has_media) {
    return TRUE; /* it will be made so */
  }
  return kith_leg_make_media (leg, host, error) && kith_leg_set_keys (leg, error)
         && (sdp == NULL || kith_leg_prepare_answer (leg, sdp, error));
}

gboolean
kith_leg_is_bridged (KithLeg *leg)
{
  return leg->voice.bridged;
}

void
kith_leg_prefer (KithLeg *leg, KithLeg *other)
{
  gboolean again = leg->side == KITH_LEG_CALLER && leg->state == KITH_LEG_RINGING
                   && leg->sdp.answer != NULL && !leg->told.before.told;

  if (other->sdp.theirs == NULL) {
    return;
  }
  g_clear_pointer (&leg->sdp.order, kith_offer_free);
  leg->sdp.order = kith_offer_copy (other->sdp.theirs);
  if (again) { /* the answer that is there stays if that fails */
    (void)kith_leg_prepare_answer (leg, kith_dialog_get_remote_sdp (leg->dialog), NULL);
  }
}

void
kith_leg_join (KithLeg *leg, KithLeg *other)
{
  if (leg->voice.bridged && leg->media != NULL && other->voice.bridged && other->media != NULL) {
    kith_bridge_join (leg->context->bridge, leg->media, other->media);
  }
}

gboolean
kith_leg_is_held (KithLeg *leg)
{
  return kith_leg_state_is_answered (leg->state) && !kith_direction_hears (leg->sdp.direction);
}

void
kith_leg_pass_hold (KithLeg *leg, gboolean held)
{
  KithDirection wish = held ? KITH_DIRECTION_SENDONLY : KITH_DIRECTION_SENDRECV;

  if (wish == leg->sdp.wish) {
    return;
  }
  leg->sdp.wish = wish;
  (void)kith_leg_change_state (leg, held ? KITH_LEG_EVENT_HOLD : KITH_LEG_EVENT_RESUME);
  kith_leg_tell_stream (leg);
}

/* Sound before the answer */

gboolean
kith_leg_is_alerting (KithLeg *leg)
{
  return leg->told.before.alerts;
}

gboolean
kith_leg_is_heard_early (KithLeg *leg)
{
  return leg->told.before.heard;
}

gboolean
kith_leg_tell_early (KithLeg *leg)
{
  g_autoptr (GError) error = NULL;

  if (leg->told.before.told || leg->side == KITH_LEG_CALLEE || leg->state != KITH_LEG_RINGING
      || !leg->voice.bridged || leg->sdp.answer == NULL) {
    return leg->told.before.told;
  }
  leg->voice.may_speak = TRUE; /* there is no microphone of ours behind it */
  g_autofree gchar *sdp = kith_leg_describe (leg, leg->sdp.answer);
  if (!kith_leg_start_media (leg, &error)) {
    kith_leg_tell_of (leg, KITH_TRACE_TROUBLE, "step-audio-failed", "error", error->message);
    return FALSE;
  }
  leg->told.before.told = TRUE;
  kith_dialog_progress (leg->dialog, sdp);
  kith_leg_tell (leg, KITH_TRACE_SIP, "step-early-sent");
  return TRUE;
}

void
kith_leg_play (KithLeg *leg, KithTone tone)
{
  if (leg->voice.bridged && leg->media != NULL) {
    kith_bridge_play (leg->context->bridge, leg->media, tone);
  }
}

static gboolean
on_farewell (gpointer user_data)
{
  g_autoptr (KithLeg) leg = g_object_ref (user_data);

  leg->told.before.timer = 0;
  kith_leg_end (leg, leg->told.before.reason, leg->told.before.detail);
  return G_SOURCE_REMOVE;
}

void
kith_leg_refuse_by_tone (KithLeg *leg, KithTone tone, KithReason reason, const char *detail)
{
  if (leg->told.before.timer != 0) {
    return;
  }
  if (tone == KITH_TONE_NONE || !kith_leg_tell_early (leg)) {
    kith_leg_end (leg, reason, detail);
    return;
  }
  kith_bridge_join (leg->context->bridge, leg->media, NULL);
  kith_leg_play (leg, tone);
  leg->told.before.reason = reason;
  leg->told.before.detail = g_strdup (detail);
  leg->told.before.timer = kith_clock_add (leg->context->clock, FAREWELL_MS, on_farewell, leg);
}

/* Keys */

/* They described packets for keys, which we always offer. */
static gboolean
takes_packets (const KithLeg *leg)
{
  const KithStream *audio = leg->sdp.theirs != NULL ? kith_offer_audio (leg->sdp.theirs) : NULL;

  for (guint i = 0; audio != NULL && i < audio->n_codecs; i++) {
    if (audio->codecs[i].id == KITH_CODEC_TELEPHONE_EVENT) {
      return TRUE;
    }
  }
  return FALSE;
}

void
kith_leg_press (KithLeg *leg, char key, gboolean by_packets)
{
  if (!leg->voice.bridged || leg->media == NULL || leg->dialog == NULL
      || !kith_leg_state_is_answered (leg->state)) {
    return;
  }
  if (takes_packets (leg)) {
    if (!by_packets) {
      kith_bridge_press (leg->context->bridge, leg->media, key);
    }
  } else if (leg->link != NULL || !kith_dialog_press (leg->dialog, key)) {
    kith_bridge_press (leg->context->bridge, leg->media, key); /* in the sound */
  }
}
