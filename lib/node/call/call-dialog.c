/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the dialog of a call says, and what the call does about it. */
#include "node/call/call-private.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

/* New offers inside a call: so many at once, and one more in this time. */
#define OFFER_BURST 5
#define OFFER_EVERY_US (2 * G_USEC_PER_SEC)

/* What a callee says whose microphone or speaker cannot be opened, with 480. */
#define NO_SOUND_PHRASE "No Working Sound Device"

static void
on_ringing (KithDialog *dialog, KithCall *call)
{
  if (!call->outgoing) {
    return; /* only who was called rings */
  }
  call->rang = TRUE;
  kith_trace_add (call->trace, KITH_TRACE_SIP, "180 Ringing received");
  (void)kith_call_change_state (call, KITH_CALL_EVENT_RING, KITH_REASON_NONE);
}

/* RFC 3960: an announcement, or the ring-back tone of a network, is heard before anybody answers. */
static void
on_early (KithDialog *dialog, const char *sdp, KithCall *call)
{
  g_autoptr (GError) error = NULL;

  if (!call->outgoing || call->answered) {
    return;
  }
  call->rang = TRUE;
  if (!kith_call_apply_early (call, sdp, &error)) {
    kith_trace_add (call->trace,
                    KITH_TRACE_TROUBLE,
                    "what they send before the answer cannot be heard: %s",
                    error->message);
    return; /* the answer may be better */
  }
  kith_trace_add (call->trace,
                  KITH_TRACE_SIP,
                  "their sound before the answer is heard, our microphone is shut");
  (void)kith_call_change_state (call, KITH_CALL_EVENT_EARLY, KITH_REASON_NONE);
}

static void
on_answered (KithDialog *dialog, const char *sdp, KithCall *call)
{
  g_autoptr (GError) error = NULL;

  if (!call->outgoing || call->answered) {
    return; /* one answer, and only to our own question */
  }
  call->got_answer = TRUE;
  kith_trace_add (call->trace, KITH_TRACE_SIP, "200 OK received: they answered");
  if (!kith_call_apply_answer (call, sdp, &error)) {
    gboolean refused = g_error_matches (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED);
    kith_call_end (call,
                   refused ? KITH_REASON_NOT_ACCEPTABLE : KITH_REASON_MEDIA_FAILED,
                   error->message);
    return;
  }
  call->answered = TRUE;
  (void)kith_call_change_state (call, KITH_CALL_EVENT_ANSWERED, KITH_REASON_NONE);
}

/* Each new offer builds the audio anew: a peer may ask for it now and then, not without end. */
static gboolean
may_reoffer (KithCall *call)
{
  gint64 now = kith_clock_now (call->context->clock);
  gint64 gained = call->flood_us == 0 ? OFFER_BURST : (now - call->flood_us) / OFFER_EVERY_US;

  if (gained > 0) {
    call->flood_us = call->flood_us == 0 ? now : call->flood_us + gained * OFFER_EVERY_US;
    call->flood_tokens = (guint)MIN (OFFER_BURST, call->flood_tokens + gained);
  }
  if (call->flood_tokens == 0) {
    return FALSE;
  }
  call->flood_tokens--;
  return TRUE;
}

static void
on_reoffered (KithDialog *dialog, const char *sdp, KithCall *call)
{
  g_autoptr (GError) error = NULL;

  if (call->last_answer != NULL && g_strcmp0 (sdp, call->last_offer) == 0) {
    kith_dialog_reanswer (dialog, 200, call->last_answer); /* nothing changes */
    return;
  }
  if (!may_reoffer (call)) {
    kith_info (call->log_id, "a new offer came too soon after others: told to wait");
    kith_dialog_reanswer (dialog, 500, NULL);
    return;
  }
  g_autofree gchar *answer = kith_call_reanswer (call, sdp, &error);

  if (answer == NULL) {
    kith_info (call->log_id, "a new offer was refused: %s", error->message);
    kith_dialog_reanswer (dialog, 488, NULL);
    return;
  }
  g_free (call->last_offer);
  g_free (call->last_answer);
  call->last_offer = g_strdup (sdp);
  call->last_answer = g_strdup (answer);
  kith_dialog_reanswer (dialog, 200, answer);
}

/* Ends the call for an answer to our offer that came in an ACK, or did not. */
static void
end_for_answer (KithCall *call, const GError *error)
{
  gboolean ours = g_error_matches (error, KITH_ERROR, KITH_ERROR_MEDIA);

  kith_call_end (call,
                 ours ? KITH_REASON_MEDIA_FAILED : KITH_REASON_NOT_ACCEPTABLE,
                 error->message);
}

/* Incoming: the ACK came. Of an INVITE without an offer it brings the answer to ours. */
static void
on_confirmed (KithDialog *dialog, KithCall *call)
{
  g_autoptr (GError) error = NULL;

  if (!call->wants_answer) {
    return;
  }
  call->wants_answer = FALSE;
  if (!kith_call_apply_answer (call, kith_dialog_get_remote_sdp (dialog), &error)) {
    end_for_answer (call, error);
    return;
  }
  kith_trace_add (call->trace, KITH_TRACE_SIP, "ACK received, with their answer to our offer");
  kith_call_notify (call);
}

/* A re-INVITE without an offer: all that we can do is offered anew, whatever was agreed last (RFC 6337 section 5.1). */
static void
on_offer_wanted (KithDialog *dialog, KithCall *call)
{
  g_autoptr (GError) error = NULL;

  if (!may_reoffer (call)) {
    kith_info (call->log_id, "a new offer was wanted too soon after others: told to wait");
    kith_dialog_reanswer (dialog, 500, NULL);
    return;
  }
  g_autofree gchar *offer
      = call->media != NULL && call->accepted ? kith_call_make_offer (call, &error) : NULL;
  g_clear_pointer (&call->last_offer, g_free);
  g_clear_pointer (&call->last_answer, g_free);
  kith_dialog_reanswer (dialog, offer != NULL ? 200 : 488, offer);
}

static void
on_reanswered (KithDialog *dialog, const char *sdp, KithCall *call)
{
  g_autoptr (GError) error = NULL;

  if (!call->accepted) {
    return; /* nothing was offered */
  }
  if (call->media == NULL || !kith_call_take_answer (call, sdp, &error)) {
    if (error == NULL) {
      g_set_error_literal (&error, KITH_ERROR, KITH_ERROR_WRONG_STATE, "there is no audio");
    }
    end_for_answer (call, error);
    return;
  }
  kith_call_notify (call);
}

static KithReason
reason_of_end (KithCall *call, guint status)
{
  gboolean established = call->answered;

  if (status == 0) {
    return kith_dialog_is_elsewhere (call->dialog) ? KITH_REASON_ELSEWHERE : KITH_REASON_REMOTE;
  }
  if (established) {
    return KITH_REASON_NETWORK_LOST;
  }
  return kith_reason_from_sip (status, call->rang);
}

/* A link that was up before may have died unnoticed: then the call deserves a fresh one. */
static gboolean
deserves_retry (KithCall *call, guint status)
{
  return call->outgoing && call->link_reused && !call->retried && !call->rang && !call->answered
         && (status == 408 || status == 503);
}

/* TRUE when the dialog ended because its link is closed: the link says why, right after (kith_call_on_link_closed()). */
static gboolean
link_has_the_word (KithCall *call, guint status)
{
  return status == 503 && call->link != NULL && kith_link_get_state (call->link) == KITH_LINK_CLOSED
         && kith_link_pool_get (call->context->links, kith_link_get_id (call->link)) == NULL;
}

static void
trace_end (KithCall *call, guint status, const char *phrase)
{
  if (status == 0) {
    kith_trace_add (call->trace,
                    KITH_TRACE_SIP,
                    "%s received",
                    call->answered || call->outgoing ? "BYE" : "CANCEL");
  } else {
    kith_trace_add (call->trace, KITH_TRACE_SIP, "%u %s", status, phrase != NULL ? phrase : "");
  }
}

/* TRUE when no peer sent the status: our own stack had nobody to speak with. */
static gboolean
is_sent_by_nobody (const char *phrase)
{
  return g_strcmp0 (phrase, KITH_PHRASE_NOBODY) == 0
         || g_strcmp0 (phrase, KITH_PHRASE_SILENCE) == 0;
}

static void
on_ended (KithDialog *dialog, guint status, const char *phrase, KithCall *call)
{
  if (is_sent_by_nobody (phrase)) {
    call->dialog_over = TRUE;
    kith_trace_add (call->trace, KITH_TRACE_SIP, "%s", phrase);
    if (!kith_call_fail_over (call, status)) {
      kith_call_end (call, reason_of_end (call, status), phrase);
    }
    return;
  }
  call->sip_status = status;
  call->dialog_over = TRUE;
  trace_end (call, status, phrase);
  if (deserves_retry (call, status)) {
    kith_info (call->log_id, "the warm link did not answer: trying a fresh one");
    kith_trace_add (call->trace,
                    KITH_TRACE_TROUBLE,
                    "the link that was up did not answer: a fresh one is tried");
    kith_call_trace_unlink (call);
    kith_call_unfollow_link (call);
    call->retried = TRUE;
    kith_call_drop_dialog (call, KITH_REASON_NONE);
    kith_call_drop_media (call);
    kith_link_unhold (call->link);
    g_clear_object (&call->link);
    call->linked_at = 0; /* it led to nobody */
    kith_call_dial (call);
    return;
  }
  if (kith_call_fail_over (call, status)) {
    return;
  }
  if (link_has_the_word (call, status)) {
    g_signal_handlers_disconnect_by_data (call->dialog, call);
    g_clear_object (&call->dialog);
    return;
  }
  if (status == 480 && g_strcmp0 (phrase, NO_SOUND_PHRASE) == 0) {
    g_autofree gchar *whose
        = call->peer_name != NULL ? g_strconcat (call->peer_name, "'s", NULL) : g_strdup ("their");
    g_autofree gchar *why
        = g_strdup_printf ("%s phone has no working microphone or speaker", whose);
    kith_call_end (call, KITH_REASON_MEDIA_FAILED, why);
    return;
  }
  call->moved_to = g_strdup (kith_dialog_get_moved_to (dialog));
  g_autofree gchar *detail
      = call->moved_to != NULL ? g_strdup_printf ("they are at %s now", call->moved_to)
        : status != 0          ? g_strdup_printf ("%u %s", status, phrase != NULL ? phrase : "")
                               : NULL;
  kith_call_end (call, reason_of_end (call, status), detail);
}

void
kith_call_take_dialog (KithCall *call, KithDialog *dialog)
{
  call->dialog = dialog;
  call->dialog_over = FALSE;
  g_signal_connect (dialog, "ringing", G_CALLBACK (on_ringing), call);
  g_signal_connect (dialog, "early", G_CALLBACK (on_early), call);
  g_signal_connect (dialog, "answered", G_CALLBACK (on_answered), call);
  g_signal_connect (dialog, "confirmed", G_CALLBACK (on_confirmed), call);
  g_signal_connect (dialog, "reoffered", G_CALLBACK (on_reoffered), call);
  g_signal_connect (dialog, "offer-wanted", G_CALLBACK (on_offer_wanted), call);
  g_signal_connect (dialog, "reanswered", G_CALLBACK (on_reanswered), call);
  g_signal_connect (dialog, "ended", G_CALLBACK (on_ended), call);
}

void
kith_call_drop_dialog (KithCall *call, KithReason reason)
{
  g_autoptr (KithDialog) dialog = g_steal_pointer (&call->dialog);

  if (dialog == NULL) {
    return;
  }
  g_signal_handlers_disconnect_by_data (dialog, call);
  if (!call->outgoing && !call->answered) {
    guint status = kith_reason_to_sip (reason);
    if (!call->dialog_over) {
      kith_trace_add (call->trace, KITH_TRACE_SIP, "%u sent", status != 0 ? status : 480);
    }
    kith_dialog_reject (dialog,
                        status != 0 ? status : 480,
                        reason == KITH_REASON_MEDIA_FAILED ? NO_SOUND_PHRASE : NULL);
  } else {
    if (!call->dialog_over
        && (call->link == NULL || kith_link_get_state (call->link) != KITH_LINK_CLOSED)) {
      kith_trace_add (call->trace,
                      KITH_TRACE_SIP,
                      "%s sent",
                      call->answered || call->got_answer ? "BYE" : "CANCEL");
    }
    kith_dialog_hang_up (dialog, reason != KITH_REASON_NONE ? kith_reason_word (reason) : NULL);
  }
}

/* Incoming */

void
kith_call_ring_us (KithCall *call)
{
  g_autoptr (GError) error = NULL;
  const char *sdp = kith_dialog_get_remote_sdp (call->dialog);
  const char *host = call->link == NULL ? kith_dialog_get_local_host (call->dialog) : NULL;

  kith_trace_add (call->trace,
                  KITH_TRACE_SIP,
                  "INVITE received %s",
                  call->link != NULL ? "over the link" : "by ordinary SIP");
  if (call->link != NULL) {
    kith_call_take_path (call);
  }
  if (!kith_call_check_sound (call, &error)) { /* it could not be answered: so it does not ring */
    kith_call_end (call, KITH_REASON_MEDIA_FAILED, error->message);
    return;
  }
  call->owes_offer = sdp == NULL;
  if (!kith_call_make_media (call, host, &error) || !kith_call_key_media (call, &error)
      || (sdp != NULL && !kith_call_prepare_answer (call, sdp, &error))) {
    gboolean ours = g_error_matches (error, KITH_ERROR, KITH_ERROR_MEDIA);
    gboolean busy = g_error_matches (error, KITH_ERROR, KITH_ERROR_LIMIT_REACHED);
    kith_call_end (call,
                   ours   ? KITH_REASON_MEDIA_FAILED
                   : busy ? KITH_REASON_BUSY
                          : KITH_REASON_NOT_ACCEPTABLE,
                   error->message);
    return;
  }
  kith_dialog_ring (call->dialog);
  kith_trace_add (call->trace, KITH_TRACE_SIP, "180 Ringing sent");
  (void)kith_call_change_state (call, KITH_CALL_EVENT_OFFERED, KITH_REASON_NONE);
}

void
kith_call_refuse (KithCall *call)
{
  kith_trace_add (call->trace,
                  KITH_TRACE_SIP,
                  "INVITE received %s",
                  kith_peer_key_is_zero (&call->peer_key) ? "by ordinary SIP" : "over the link");
  kith_call_end (call, KITH_REASON_BUSY, NULL);
}
