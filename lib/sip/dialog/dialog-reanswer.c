/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The peer offers its session anew within the dialog, by re-INVITE (RFC 3261 section 14) or UPDATE
   (RFC 3311). */
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"

/* RFC 3261 section 14.2: whoever is asked to wait hears for how many seconds, up to ten, by
   chance. */
#define MOST_WAIT_S 10

void
kith_sip_dialog_drop_offer (KithSipDialog *self)
{
  kith_clock_cancel (kith_clock_get_default (), &self->offer_timer);
  if (self->offer == KITH_SIP_OFFER_THEIRS || self->offer == KITH_SIP_OFFER_WANTED) {
    nua_destroy_event (self->reoffer_event);
  }
  g_clear_pointer (&self->offered_sdp, g_free);
  self->offer = KITH_SIP_OFFER_NONE;
}

static void
send_response (KithSipDialog *self, nua_saved_event_t *event, guint status, const char *sdp)
{
  gboolean wait = status == 500;
  g_autofree gchar *seconds = g_strdup_printf ("%d", (int)kith_random_range (1, MOST_WAIT_S + 1));

  nua_respond (self->handle,
               (int)status,
               sip_status_phrase ((int)status),
               NUTAG_WITH_SAVED (event),
               SIPTAG_CONTACT_STR (self->contact),
               TAG_IF (wait, SIPTAG_RETRY_AFTER_STR (seconds)),
               TAG_IF (sdp != NULL, SIPTAG_CONTENT_TYPE_STR ("application/sdp")),
               TAG_IF (sdp != NULL, SIPTAG_PAYLOAD_STR (sdp)),
               TAG_END ());
  kith_sip_stack_poke (self->stack);
}

static void
respond (KithSipDialog *self, guint status, const char *sdp)
{
  send_response (self, self->reoffer_event, status, sdp);
  kith_sip_dialog_drop_offer (self);
}

/* Answers the request that nua tells of just now, which is not kept. */
static void
respond_now (KithSipDialog *self, guint status, const char *sdp)
{
  nua_saved_event_t event[1];

  if (nua_save_event (self->stack->nua, event)) {
    send_response (self, event, status, sdp);
    nua_destroy_event (event);
  }
}

static guint
refuse_beside (KithSipOfferState offer)
{
  switch (offer) {
  case KITH_SIP_OFFER_NONE:
    return 0;
  case KITH_SIP_OFFER_THEIRS:
  case KITH_SIP_OFFER_WANTED:
    return 500;
  case KITH_SIP_OFFER_IN_200:
  case KITH_SIP_OFFER_OURS:
    return 491;
  }
  return 491;
}

/* How an offer is refused that comes at the wrong time (RFC 3311 section 5.2): our own is out, or
   theirs waits for our answer. 0: the time is right. */
static guint
refuse_early (const KithSipDialog *self)
{
  switch (self->phase) {
  case KITH_SIP_DIALOG_CALLING:
    return 491;
  case KITH_SIP_DIALOG_INCOMING:
    return 500;
  case KITH_SIP_DIALOG_ANSWERING:
    return self->remote_sdp == NULL ? 491 : 500;
  case KITH_SIP_DIALOG_UP:
    return refuse_beside (self->offer);
  case KITH_SIP_DIALOG_OVER:
    return 481;
  }
  return 481;
}

static void
give_offer (KithSipDialog *self, const char *sdp)
{
  respond (self, 200, sdp);
  self->offer = KITH_SIP_OFFER_IN_200;
}

static gboolean
on_reanswer_time (gpointer data)
{
  KithSipDialog *self = data;

  self->offer_timer = 0;
  kith_warning (self->object, "nobody answered the peer's new offer");
  if (self->offer == KITH_SIP_OFFER_WANTED && self->local_sdp != NULL) {
    give_offer (self, self->local_sdp);
  } else {
    respond (self, 488, NULL);
  }
  return G_SOURCE_REMOVE;
}

/* Keeps the request that nua tells of just now until the node has an answer. */
static gboolean
keep (KithSipDialog *self, KithSipOfferState state)
{
  if (!nua_save_event (self->stack->nua, self->reoffer_event)) {
    return FALSE;
  }
  self->offer = state;
  self->offer_timer = kith_clock_add (kith_clock_get_default (),
                                      KITH_SIP_REANSWER_PATIENCE_MS,
                                      on_reanswer_time,
                                      self);
  return TRUE;
}

static gboolean
has_handler (KithSipDialog *self, const char *name)
{
  guint signal = g_signal_lookup (name, KITH_TYPE_DIALOG);

  return g_signal_has_handler_pending (self, signal, 0, TRUE);
}

/* A re-INVITE without a body (RFC 3261 section 14.1). */
static void
take_wish (KithSipDialog *self)
{
  if (!keep (self, KITH_SIP_OFFER_WANTED)) {
    return;
  }
  if (has_handler (self, "offer-wanted")) {
    g_signal_emit_by_name (self, "offer-wanted");
  } else if (self->local_sdp != NULL) {
    give_offer (self, self->local_sdp);
  } else {
    respond (self, 488, NULL);
  }
}

void
kith_sip_dialog_take_reoffer (KithSipDialog *self, gboolean is_update, const char *sdp)
{
  guint status = refuse_early (self);

  if (is_update && sdp == NULL && self->phase != KITH_SIP_DIALOG_OVER) {
    respond_now (self, 200, NULL); /* a refresh: nothing is offered */
    return;
  }
  if (status != 0) {
    kith_info (self->object, "a new offer at the wrong time: %u", status);
    respond_now (self, status, NULL);
    return;
  }
  if (sdp == NULL) {
    take_wish (self);
    return;
  }
  if (!has_handler (self, "reoffered")) {
    gboolean same = g_strcmp0 (sdp, self->remote_sdp) == 0 && self->local_sdp != NULL;
    respond_now (self, same ? 200 : 488, same ? self->local_sdp : NULL);
    return;
  }
  if (!keep (self, KITH_SIP_OFFER_THEIRS)) {
    return;
  }
  g_free (self->remote_sdp);
  self->remote_sdp = g_strdup (sdp);
  g_autofree gchar *copy = g_strdup (sdp);
  g_signal_emit_by_name (self, "reoffered", copy);
}

void
kith_sip_dialog_reanswer (KithDialog *dialog, guint status, const char *sdp)
{
  KithSipDialog *self = KITH_SIP_DIALOG (dialog);

  gboolean is_wish = self->offer == KITH_SIP_OFFER_WANTED;

  if (self->phase == KITH_SIP_DIALOG_OVER || (self->offer != KITH_SIP_OFFER_THEIRS && !is_wish)) {
    return;
  }
  if (status < 300 && sdp == NULL) {
    status = 488;
  }
  if (status >= 300) {
    respond (self, status, NULL);
    return;
  }
  g_free (self->local_sdp);
  self->local_sdp = g_strdup (sdp);
  if (is_wish) {
    give_offer (self, self->local_sdp);
  } else {
    respond (self, status, self->local_sdp);
  }
}

void
kith_sip_dialog_reacked (KithSipDialog *self, sip_t const *sip)
{
  g_autofree gchar *sdp = NULL;

  if (self->phase != KITH_SIP_DIALOG_UP || self->offer != KITH_SIP_OFFER_IN_200) {
    return;
  }
  self->offer = KITH_SIP_OFFER_NONE;
  if (kith_sip_dialog_take_sdp (sip, &sdp) && sdp != NULL) {
    g_free (self->remote_sdp);
    self->remote_sdp = g_strdup (sdp);
  }
  g_signal_emit_by_name (self, "reanswered", sdp);
}
