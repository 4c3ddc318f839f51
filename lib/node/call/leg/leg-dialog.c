/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the dialog of a leg says, and what the leg does about it. */
#include "node/call/leg/leg-private.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

/* New offers inside a call: so many at once, and one more in this time. */
#define OFFER_BURST 5
#define OFFER_EVERY_US (2 * G_USEC_PER_SEC)

static void
on_ringing (KithDialog *dialog, KithLeg *leg)
{
  if (leg->side == KITH_LEG_CALLER) {
    return; /* only who was called rings */
  }
  leg->told.rang = TRUE;
  leg->told.before.alerts = TRUE;
  kith_leg_tell (leg, KITH_TRACE_SIP, "step-ringing-received");
  (void)kith_leg_change_state (leg, KITH_LEG_EVENT_RING);
  kith_leg_notify (leg);
  if (leg->media != NULL) {
    kith_media_expect (leg->media);
  }
}

/* RFC 3960: an announcement, or the ring-back tone of a network, is heard before anybody
   answers. */
static void
on_early (KithDialog *dialog, const char *sdp, KithLeg *leg)
{
  g_autoptr (GError) error = NULL;

  if (leg->side == KITH_LEG_CALLER || kith_leg_state_is_answered (leg->state)) {
    return;
  }
  leg->told.rang = TRUE;
  if (!kith_leg_apply_early (leg, sdp, &error)) {
    kith_leg_tell_of (leg, KITH_TRACE_TROUBLE, "step-early-unheard", "error", error->message);
    return; /* the answer may be better */
  }
  kith_leg_tell (leg, KITH_TRACE_SIP, "step-early");
  (void)kith_leg_change_state (leg, KITH_LEG_EVENT_EARLY);
}

static void
on_answered (KithDialog *dialog, const char *sdp, KithLeg *leg)
{
  g_autoptr (GError) error = NULL;

  if (leg->side == KITH_LEG_CALLER || kith_leg_state_is_answered (leg->state)) {
    return; /* one answer, and only to our own question */
  }
  leg->told.got_answer = TRUE;
  kith_leg_tell (leg, KITH_TRACE_SIP, "step-answered");
  if (!kith_leg_apply_answer (leg, sdp, &error)) {
    gboolean refused = g_error_matches (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED);
    kith_leg_end (leg,
                  refused ? KITH_REASON_NOT_ACCEPTABLE : KITH_REASON_MEDIA_FAILED,
                  error->message);
    return;
  }
  (void)kith_leg_change_state (leg, KITH_LEG_EVENT_ANSWER);
  kith_leg_tell_stream (leg); /* what they chose may have brought another SSRC */
}

/* Each new offer builds the audio anew: a peer may ask for it now and then, not without end. */
static gboolean
may_reoffer (KithLeg *leg)
{
  gint64 now = kith_clock_now (leg->context->clock);
  gint64 gained = leg->sdp.flood_us == 0 ? OFFER_BURST : (now - leg->sdp.flood_us) / OFFER_EVERY_US;

  if (gained > 0) {
    leg->sdp.flood_us = leg->sdp.flood_us == 0 ? now : leg->sdp.flood_us + gained * OFFER_EVERY_US;
    leg->sdp.flood_tokens = (guint)MIN (OFFER_BURST, leg->sdp.flood_tokens + gained);
  }
  if (leg->sdp.flood_tokens == 0) {
    return FALSE;
  }
  leg->sdp.flood_tokens--;
  return TRUE;
}

static void
on_reoffered (KithDialog *dialog, const char *sdp, KithLeg *leg)
{
  g_autoptr (GError) error = NULL;

  if (leg->sdp.last_answer != NULL && g_strcmp0 (sdp, leg->sdp.last_offer) == 0) {
    kith_dialog_reanswer (dialog, 200, leg->sdp.last_answer); /* nothing changes */
    return;
  }
  if (!may_reoffer (leg)) {
    kith_info (leg->log_id, "a new offer came too soon after others: told to wait");
    kith_dialog_reanswer (dialog, 500, NULL);
    return;
  }
  g_autofree gchar *answer = kith_leg_reanswer (leg, sdp, &error);

  if (answer == NULL) {
    kith_info (leg->log_id, "a new offer was refused: %s", error->message);
    kith_dialog_reanswer (dialog, 488, NULL);
    return;
  }
  g_free (leg->sdp.last_offer);
  g_free (leg->sdp.last_answer);
  leg->sdp.last_offer = g_strdup (sdp);
  leg->sdp.last_answer = g_strdup (answer);
  kith_dialog_reanswer (dialog, 200, answer);
}

/* Ends the call for an answer to our offer that came in an ACK, or did not. */
static void
end_for_answer (KithLeg *leg, const GError *error)
{
  gboolean ours = g_error_matches (error, KITH_ERROR, KITH_ERROR_MEDIA);

  kith_leg_end (leg, ours ? KITH_REASON_MEDIA_FAILED : KITH_REASON_NOT_ACCEPTABLE, error->message);
}

/* Incoming: the ACK came. Of an INVITE without an offer it brings the answer to ours. */
static void
on_confirmed (KithDialog *dialog, KithLeg *leg)
{
  g_autoptr (GError) error = NULL;

  if (leg->sdp.turn != KITH_LEG_TURN_THEIRS) {
    return;
  }
  leg->sdp.turn = KITH_LEG_TURN_NOBODY;
  if (!kith_leg_apply_answer (leg, kith_dialog_get_remote_sdp (dialog), &error)) {
    end_for_answer (leg, error);
    return;
  }
  kith_leg_tell (leg, KITH_TRACE_SIP, "step-ack-received");
  kith_leg_notify (leg);
}

/* A re-INVITE without an offer: all that we can do is offered anew, whatever was agreed last (RFC
   6337 section 5.1). */
static void
on_offer_wanted (KithDialog *dialog, KithLeg *leg)
{
  g_autoptr (GError) error = NULL;

  if (!may_reoffer (leg)) {
    kith_info (leg->log_id, "a new offer was wanted too soon after others: told to wait");
    kith_dialog_reanswer (dialog, 500, NULL);
    return;
  }
  g_autofree gchar *offer
      = leg->media != NULL && leg->voice.may_speak ? kith_leg_make_offer (leg, &error) : NULL;
  g_clear_pointer (&leg->sdp.last_offer, g_free);
  g_clear_pointer (&leg->sdp.last_answer, g_free);
  kith_dialog_reanswer (dialog, offer != NULL ? 200 : 488, offer);
}

static void
on_reanswered (KithDialog *dialog, const char *sdp, KithLeg *leg)
{
  g_autoptr (GError) error = NULL;

  if (!leg->voice.may_speak) {
    return; /* nothing was offered */
  }
  if (leg->media == NULL || !kith_leg_take_answer (leg, sdp, &error)) {
    if (error == NULL) {
      g_set_error_literal (&error, KITH_ERROR, KITH_ERROR_WRONG_STATE, "there is no audio");
    }
    end_for_answer (leg, error);
    return;
  }
  kith_leg_notify (leg);
  kith_leg_tell_stream (leg);
}

static void
on_reoffer_answered (KithDialog *dialog, const char *sdp, KithLeg *leg)
{
  kith_leg_reoffer_answered (leg, sdp);
}

static void
on_reoffer_failed (KithDialog *dialog, guint status, guint retry_ms, KithLeg *leg)
{
  kith_leg_reoffer_failed (leg, status, retry_ms);
}

static void
on_pressed (KithDialog *dialog, guint key, KithLeg *leg)
{
  kith_leg_tell_pressed (leg, (char)key, FALSE);
}

static KithReason
reason_of_end (KithLeg *leg, guint status)
{
  gboolean established = kith_leg_state_is_answered (leg->state);

  if (status == 0) {
    return kith_dialog_is_elsewhere (leg->dialog) ? KITH_REASON_ELSEWHERE : KITH_REASON_REMOTE;
  }
  if (established) {
    return KITH_REASON_NETWORK_LOST;
  }
  return kith_reason_from_sip (status, leg->told.rang);
}

/* A link that was up before may have died unnoticed: then the call deserves a fresh one. */
static gboolean
deserves_retry (KithLeg *leg, guint status)
{
  return leg->side == KITH_LEG_CALLEE && leg->dialing.attempt == KITH_LEG_TRY_WARM
         && !leg->told.rang && !kith_leg_state_is_answered (leg->state)
         && (status == 408 || status == 503);
}

/* TRUE when the dialog ended because its link is closed: the link says why, right after
   (kith_leg_on_link_closed()). */
static gboolean
link_has_the_word (KithLeg *leg, guint status)
{
  return status == 503 && leg->link != NULL && kith_link_get_state (leg->link) == KITH_LINK_CLOSED
         && kith_link_pool_get (leg->context->links, kith_link_get_id (leg->link)) == NULL;
}

static void
trace_end (KithLeg *leg, guint status, const char *phrase)
{
  if (status == 0) {
    gboolean is_bye = kith_leg_state_is_answered (leg->state) || leg->side == KITH_LEG_CALLEE;
    kith_leg_tell (leg, KITH_TRACE_SIP, is_bye ? "step-bye-received" : "step-cancel-received");
  } else {
    KithSaying *saying = kith_saying_new ("step-status-received");
    kith_saying_put_number (saying, "sip-code", status);
    kith_saying_put (saying, "phrase", phrase);
    kith_leg_say (leg, KITH_TRACE_SIP, saying);
  }
}

/* TRUE when no peer sent the status: our own stack had nobody to speak with. */
static gboolean
is_sent_by_nobody (const char *phrase)
{
  return g_strcmp0 (phrase, KITH_PHRASE_NOBODY) == 0
         || g_strcmp0 (phrase, KITH_PHRASE_SILENCE) == 0;
}

/* By the number; 0.1.0, and whoever is called by ordinary SIP, says it by a phrase alone. */
static gboolean
says_no_sound (KithDialog *dialog, guint status, const char *phrase)
{
  guint number = kith_dialog_get_peer_reason (dialog);

  return status == 480
         && (number != 0 ? number == KITH_REASON_MEDIA_FAILED
                         : g_strcmp0 (phrase, KITH_PHRASE_NO_SOUND) == 0);
}

/* A number of a later version is told as that. */
static void
trace_peer_reason (KithLeg *leg, KithDialog *dialog)
{
  guint number = kith_dialog_get_peer_reason (dialog);

  if (number >= KITH_N_REASONS) {
    KithSaying *saying = kith_saying_new ("step-unknown-reason");
    kith_saying_put_number (saying, "peer-reason", number);
    kith_leg_say (leg, KITH_TRACE_SIP, saying);
  }
}

static void
on_ended (KithDialog *dialog, guint status, const char *phrase, KithLeg *leg)
{
  if (is_sent_by_nobody (phrase)) {
    leg->told.is_over = TRUE;
    kith_leg_tell (leg,
                   KITH_TRACE_SIP,
                   g_str_equal (phrase, KITH_PHRASE_NOBODY) ? "step-nobody" : "step-no-answer");
    if (!kith_leg_fail_over (leg, status)) {
      kith_leg_end (leg, reason_of_end (leg, status), phrase);
    }
    return;
  }
  leg->told.status = status;
  leg->told.is_over = TRUE;
  trace_end (leg, status, phrase);
  trace_peer_reason (leg, dialog);
  if (deserves_retry (leg, status)) {
    kith_info (leg->log_id, "the warm link did not answer: trying a fresh one");
    kith_leg_tell (leg, KITH_TRACE_TROUBLE, "step-link-unanswered");
    kith_leg_redial (leg);
    return;
  }
  if (kith_leg_fail_over (leg, status)) {
    return;
  }
  if (link_has_the_word (leg, status)) {
    g_signal_handlers_disconnect_by_data (leg->dialog, leg);
    g_clear_object (&leg->dialog);
    return;
  }
  if (says_no_sound (dialog, status, phrase)) {
    g_autofree gchar *whose
        = leg->name != NULL ? g_strconcat (leg->name, "'s", NULL) : g_strdup ("their");
    g_autofree gchar *why
        = g_strdup_printf ("%s phone has no working microphone or speaker", whose);
    kith_leg_end (leg, KITH_REASON_MEDIA_FAILED, why);
    return;
  }
  leg->told.moved_to = g_strdup (kith_dialog_get_moved_to (dialog));
  g_autofree gchar *detail
      = leg->told.moved_to != NULL ? g_strdup_printf ("they are at %s now", leg->told.moved_to)
        : status != 0              ? g_strdup_printf ("%u %s", status, phrase != NULL ? phrase : "")
                                   : NULL;
  kith_leg_end (leg, reason_of_end (leg, status), detail);
}

void
kith_leg_take_dialog (KithLeg *leg, KithDialog *dialog)
{
  leg->dialog = dialog;
  leg->told.is_over = FALSE;
  g_signal_connect (dialog, "ringing", G_CALLBACK (on_ringing), leg);
  g_signal_connect (dialog, "early", G_CALLBACK (on_early), leg);
  g_signal_connect (dialog, "answered", G_CALLBACK (on_answered), leg);
  g_signal_connect (dialog, "confirmed", G_CALLBACK (on_confirmed), leg);
  g_signal_connect (dialog, "reoffered", G_CALLBACK (on_reoffered), leg);
  g_signal_connect (dialog, "offer-wanted", G_CALLBACK (on_offer_wanted), leg);
  g_signal_connect (dialog, "reanswered", G_CALLBACK (on_reanswered), leg);
  g_signal_connect (dialog, "reoffer-answered", G_CALLBACK (on_reoffer_answered), leg);
  g_signal_connect (dialog, "reoffer-failed", G_CALLBACK (on_reoffer_failed), leg);
  g_signal_connect (dialog, "pressed", G_CALLBACK (on_pressed), leg);
  g_signal_connect (dialog, "ended", G_CALLBACK (on_ended), leg);
}

void
kith_leg_drop_dialog (KithLeg *leg, KithReason reason)
{
  g_autoptr (KithDialog) dialog = g_steal_pointer (&leg->dialog);

  if (dialog == NULL) {
    return;
  }
  g_signal_handlers_disconnect_by_data (dialog, leg);
  if (leg->side == KITH_LEG_CALLER && !kith_leg_state_is_answered (leg->state)) {
    if (!leg->told.is_over) {
      KithSaying *saying = kith_saying_new ("step-status-sent");
      kith_saying_put_number (saying, "sip-code", kith_reason_to_sip (reason));
      kith_leg_say (leg, KITH_TRACE_SIP, saying);
    }
    kith_dialog_refuse (dialog, reason);
  } else {
    if (!leg->told.is_over
        && (leg->link == NULL || kith_link_get_state (leg->link) != KITH_LINK_CLOSED)) {
      gboolean is_bye = kith_leg_state_is_answered (leg->state) || leg->told.got_answer;
      kith_leg_tell (leg, KITH_TRACE_SIP, is_bye ? "step-bye-sent" : "step-cancel-sent");
    }
    kith_dialog_hang_up (dialog, reason != KITH_REASON_NONE ? kith_reason_word (reason) : NULL);
  }
}

/* Incoming */

/* Nothing leaves; it could not be answered, and so does not ring, if that fails. */
void
kith_leg_get_ready (KithLeg *leg)
{
  g_autoptr (GError) error = NULL;
  const char *sdp = kith_dialog_get_remote_sdp (leg->dialog);
  const char *host = leg->link == NULL ? kith_dialog_get_local_host (leg->dialog) : NULL;

  kith_leg_tell (leg,
                 KITH_TRACE_SIP,
                 leg->link != NULL ? "step-invite-received" : "step-invite-received-sip");
  if (leg->link != NULL) {
    kith_leg_take_path (leg);
  }
  if (!leg->voice.bridged && !kith_leg_check_sound (leg->context, FALSE, &error)) {
    kith_leg_end (leg, KITH_REASON_MEDIA_FAILED, error->message);
    return;
  }
  leg->sdp.turn = sdp == NULL ? KITH_LEG_TURN_OURS : KITH_LEG_TURN_NOBODY;
  if (!kith_leg_make_media (leg, host, &error) || !kith_leg_key_media (leg, &error)
      || (sdp != NULL && !kith_leg_prepare_answer (leg, sdp, &error))) {
    gboolean ours = g_error_matches (error, KITH_ERROR, KITH_ERROR_MEDIA);
    gboolean busy = g_error_matches (error, KITH_ERROR, KITH_ERROR_LIMIT_REACHED);
    kith_leg_end (leg,
                  ours   ? KITH_REASON_MEDIA_FAILED
                  : busy ? KITH_REASON_BUSY
                         : KITH_REASON_NOT_ACCEPTABLE,
                  error->message);
    return;
  }
  (void)kith_leg_change_state (leg, KITH_LEG_EVENT_OFFERED);
}

void
kith_leg_tell_ringing (KithLeg *leg)
{
  if (leg->told.rang || leg->side == KITH_LEG_CALLEE || leg->state != KITH_LEG_RINGING) {
    return;
  }
  leg->told.rang = TRUE;
  kith_dialog_ring (leg->dialog);
  kith_leg_tell (leg, KITH_TRACE_SIP, "step-ringing-sent");
}

void
kith_leg_ring_us (KithLeg *leg)
{
  kith_leg_get_ready (leg);
  kith_leg_tell_ringing (leg);
}
