/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What we describe anew within a call: the SSRC of our stream, and whether we hear, when that is
   not what the peer was told. */
#include "base/log.h"
#include "node/call/leg/leg-private.h"

/* while another change of the call is under way, and between two offers of ours */
#define AGAIN_MS 1000
/* in a row; whoever answers each of them so that we need another SSRC again is not followed for
   ever */
#define MOST_TRIES 5

static gboolean
on_time (gpointer user_data)
{
  KithLeg *leg = user_data;

  leg->sdp.reoffer_timer = 0;
  kith_leg_tell_stream (leg);
  return G_SOURCE_REMOVE;
}

/* Whatever is described next is news. */
static void
forget_told (KithLeg *leg)
{
  leg->sdp.told_ssrc = 0;
  leg->sdp.told_wish = KITH_DIRECTION_INACTIVE; /* never wished */
}

static void
try_again (KithLeg *leg, guint ms)
{
  if (leg->sdp.reoffer_timer == 0 && leg->sdp.reoffers < MOST_TRIES) {
    leg->sdp.reoffer_timer = kith_clock_add (leg->context->clock, ms, on_time, leg);
  }
}

/* By ordinary SIP streams are known by where they come from. */
static gboolean
is_told (KithLeg *leg)
{
  g_autoptr (KithOffer) local = kith_media_get_local (leg->media, NULL);

  return local == NULL
         || (leg->sdp.wish == leg->sdp.told_wish
             && (leg->link == NULL || kith_offer_audio (local)->ssrc == leg->sdp.told_ssrc));
}

void
kith_leg_tell_stream (KithLeg *leg)
{
  g_autoptr (GError) error = NULL;

  if (leg->dialog == NULL || leg->media == NULL || leg->sdp.reoffer_timer != 0
      || !kith_leg_state_is_answered (leg->state)) {
    return;
  }
  if (is_told (leg)) {
    leg->sdp.reoffers = 0;
    return;
  }
  if (leg->sdp.reoffers >= MOST_TRIES) {
    return;
  }
  gint64 now = kith_clock_now (leg->context->clock);
  if (leg->sdp.reoffered_us != 0 && now - leg->sdp.reoffered_us < AGAIN_MS * 1000) {
    try_again (leg, AGAIN_MS);
    return;
  }
  g_autofree gchar *sdp = kith_leg_make_offer (leg, &error);
  leg->sdp.reoffers++;
  leg->sdp.reoffered_us = now;
  if (leg->sdp.reoffers == MOST_TRIES) {
    KithSaying *saying = kith_saying_new ("step-reoffers");
    kith_saying_put_number (saying, "tries", MOST_TRIES);
    kith_leg_say (leg, KITH_TRACE_TROUBLE, saying);
  }
  if (sdp == NULL || !kith_dialog_reoffer (leg->dialog, sdp, &error)) {
    kith_debug (leg->log_id, "our stream is not described anew yet: %s", error->message);
    forget_told (leg);
    try_again (leg, AGAIN_MS);
  }
}

void
kith_leg_reoffer_answered (KithLeg *leg, const char *sdp)
{
  g_autoptr (GError) error = NULL;

  /* An answer to an offer of before counts no more when theirs comes again. */
  g_clear_pointer (&leg->sdp.last_offer, g_free);
  g_clear_pointer (&leg->sdp.last_answer, g_free);
  if (leg->media == NULL || !kith_leg_take_answer (leg, sdp, &error)) {
    kith_leg_end (leg,
                  KITH_REASON_NOT_ACCEPTABLE,
                  error != NULL ? error->message : "there is no audio");
    return;
  }
  kith_leg_tell_stream (leg);
}

void
kith_leg_reoffer_failed (KithLeg *leg, guint status, guint retry_ms)
{
  KithSaying *saying = kith_saying_new ("step-reoffer-refused");
  kith_saying_put_number (saying, "sip-code", status);
  kith_leg_say (leg, KITH_TRACE_SIP, saying);
  leg->sdp.told_ssrc = 0;
  if (retry_ms != 0) {
    forget_told (leg);
    try_again (leg, retry_ms);
  }
}
