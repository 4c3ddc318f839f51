/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb that offers our session anew within its dialog, by re-INVITE (RFC 3261 section 14.1). */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"

/* RFC 3261 section 14.1: when both ask at the same time each waits by chance, in steps of 10 ms,
   and whoever made the Call-ID longer. */
#define GLARE_STEP_MS 10
#define GLARE_OWNER_LEAST_MS 2100
#define GLARE_OWNER_MOST_MS 4000
#define GLARE_OTHER_MOST_MS 2000

/* They do not even answer that it is cancelled. */
static gboolean
on_cancel_time (gpointer data)
{
  KithSipDialog *self = data;

  self->offer_timer = 0;
  nua_bye (self->handle, TAG_END ());
  kith_sip_dialog_finish (self, 408, "No answer to a new offer", FALSE);
  return G_SOURCE_REMOVE;
}

static void
wait_for_answer (KithSipDialog *self, guint ms, GSourceFunc func)
{
  self->offer_timer = kith_clock_add (kith_clock_get_default (), ms, func, self);
  kith_sip_stack_poke (self->stack);
}

static gboolean
on_reoffer_time (gpointer data)
{
  KithSipDialog *self = data;

  self->offer_timer = 0;
  kith_info (self->object, "the peer does not answer our new offer: it is cancelled");
  nua_cancel (self->handle, TAG_END ());
  wait_for_answer (self, KITH_SIP_CANCEL_PATIENCE_MS, on_cancel_time);
  return G_SOURCE_REMOVE;
}

gboolean
kith_sip_dialog_reoffer (KithDialog *dialog, const char *sdp, GError **error)
{
  KithSipDialog *self = KITH_SIP_DIALOG (dialog);

  if (self->phase != KITH_SIP_DIALOG_UP) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_WRONG_STATE,
                         "there is no answered call to change");
    return FALSE;
  }
  if (self->offer != KITH_SIP_OFFER_NONE) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_IN_PROGRESS,
                         "another change of the call is under way");
    return FALSE;
  }
  self->offer = KITH_SIP_OFFER_OURS;
  self->offered_sdp = g_strdup (sdp);
  nua_invite (self->handle,
              SIPTAG_CONTACT_STR (self->contact),
              SIPTAG_CONTENT_TYPE_STR ("application/sdp"),
              SIPTAG_PAYLOAD_STR (self->offered_sdp),
              TAG_END ());
  wait_for_answer (self, KITH_SIP_REOFFER_PATIENCE_MS, on_reoffer_time);
  return TRUE;
}

static guint
chance (guint least_ms, guint most_ms)
{
  return GLARE_STEP_MS
         * (guint)kith_random_range ((gint)(least_ms / GLARE_STEP_MS),
                                     (gint)(most_ms / GLARE_STEP_MS) + 1);
}

/* After how long it may be offered once more; 0: it is refused for good. */
static guint
retry_after (const KithSipDialog *self, int status, sip_t const *sip)
{
  if (status == 491) {
    guint wait = self->outgoing ? chance (GLARE_OWNER_LEAST_MS, GLARE_OWNER_MOST_MS)
                                : chance (0, GLARE_OTHER_MOST_MS);
    return MAX (wait, 1);
  }
  if (status == 500 && sip != NULL && sip->sip_retry_after != NULL
      && sip->sip_retry_after->af_delta <= KITH_SIP_MAX_RETRY_AFTER_S) {
    return MAX ((guint)sip->sip_retry_after->af_delta * 1000, 1);
  }
  return 0;
}

static void
fail (KithSipDialog *self, int status, guint retry_ms)
{
  kith_info (self->object, "our new offer was refused: %d", status);
  kith_sip_dialog_drop_offer (self);
  g_signal_emit_by_name (self, "reoffer-failed", (guint)status, retry_ms);
}

static void
take_answer (KithSipDialog *self, sip_t const *sip)
{
  g_autofree gchar *sdp = NULL;

  if (!kith_sip_dialog_take_sdp (sip, &sdp) || sdp == NULL) {
    fail (self, 488, 0); /* they agree to what we cannot read: what was before counts */
    return;
  }
  g_free (self->local_sdp);
  self->local_sdp = g_steal_pointer (&self->offered_sdp);
  kith_sip_dialog_drop_offer (self);
  g_free (self->remote_sdp);
  self->remote_sdp = g_strdup (sdp);
  g_signal_emit_by_name (self, "reoffer-answered", sdp);
}

void
kith_sip_dialog_on_reoffer_response (KithSipDialog *self,
                                     int status,
                                     char const *phrase,
                                     sip_t const *sip)
{
  if (self->offer != KITH_SIP_OFFER_OURS || status < 200) {
    return;
  }
  if (status < 300) {
    take_answer (self, sip);
  } else if (status == 481 || status == 408 || status >= 700) {
    /* RFC 3261 section 12.2.1.2: they know nothing of this call, or are not there. */
    kith_sip_dialog_finish (self,
                            status == 481 ? 481 : 408,
                            phrase != NULL && *phrase != '\0' ? phrase : "No Answer",
                            FALSE);
  } else {
    fail (self, status, retry_after (self, status, sip));
  }
}
