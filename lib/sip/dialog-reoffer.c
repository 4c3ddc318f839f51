/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session that is offered anew within its dialog, by re-INVITE (RFC 3261 section 14) or UPDATE (RFC 3311). */
#include "base/log.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"

void
kith_sip_dialog_drop_reoffer (KithSipDialog *self)
{
  if (self->reoffer_pending) {
    self->reoffer_pending = FALSE;
    kith_clock_cancel (kith_clock_get_default (), &self->patience_timer);
    if (self->reoffer_is_update) {
      nua_destroy_event (self->reoffer_event);
    }
  }
}

/* RFC 3261 section 14.2: whoever is asked to wait hears for how many seconds, up to ten, by chance. */
#define MOST_WAIT_S 10

static void
respond (KithSipDialog *self, guint status, const char *sdp)
{
  gboolean with = self->reoffer_is_update;
  gboolean wait = status == 500;
  g_autofree gchar *seconds = g_strdup_printf ("%d", (int)g_random_int_range (1, MOST_WAIT_S + 1));

  nua_respond (self->handle,
               (int)status,
               sip_status_phrase ((int)status),
               TAG_IF (with, NUTAG_WITH_SAVED (self->reoffer_event)),
               SIPTAG_CONTACT_STR (self->contact),
               TAG_IF (wait, SIPTAG_RETRY_AFTER_STR (seconds)),
               TAG_IF (sdp != NULL, SIPTAG_CONTENT_TYPE_STR ("application/sdp")),
               TAG_IF (sdp != NULL, SIPTAG_PAYLOAD_STR (sdp)),
               TAG_END ());
  kith_clock_cancel (kith_clock_get_default (), &self->patience_timer);
  kith_sip_dialog_drop_reoffer (self);
  kith_sip_stack_poke (self->stack);
}

static gboolean
on_patience_end (gpointer data)
{
  KithSipDialog *self = data;

  self->patience_timer = 0;
  if (self->reoffer_pending) {
    kith_warning (self->object, "nobody answered the peer's new offer: refused");
    respond (self, 488, NULL);
  }
  return G_SOURCE_REMOVE;
}

void
kith_sip_dialog_reoffer (KithSipDialog *self, gboolean is_update, const char *sdp)
{
  if (self->reoffer_pending) {
    return; /* nua refuses overlapping ones itself */
  }
  self->reoffer_pending = TRUE;
  self->reoffer_is_update = is_update;
  if (is_update) {
    (void)nua_save_event (self->stack->nua, self->reoffer_event);
  }
  if (sdp == NULL) { /* a refresh: an UPDATE without body needs none, a re-INVITE gets our offer */
    respond (self, 200, is_update ? NULL : self->local_sdp);
    return;
  }
  guint signal = g_signal_lookup ("reoffered", KITH_TYPE_DIALOG);
  if (!g_signal_has_handler_pending (self, signal, 0, TRUE)) {
    gboolean same = g_strcmp0 (sdp, self->remote_sdp) == 0 && self->local_sdp != NULL;
    respond (self, same ? 200 : 488, same ? self->local_sdp : NULL);
    return;
  }
  g_free (self->remote_sdp);
  self->remote_sdp = g_strdup (sdp);
  self->patience_timer = kith_clock_add (kith_clock_get_default (),
                                         KITH_SIP_REOFFER_PATIENCE_MS,
                                         on_patience_end,
                                         self);
  g_autofree gchar *copy = g_strdup (sdp);
  g_signal_emit_by_name (self, "reoffered", copy);
}

void
kith_sip_dialog_reanswer (KithDialog *dialog, guint status, const char *sdp)
{
  KithSipDialog *self = KITH_SIP_DIALOG (dialog);

  if (self->phase == KITH_SIP_DIALOG_OVER || !self->reoffer_pending) {
    return;
  }
  if (status < 300 && sdp == NULL) {
    status = 488;
  }
  if (status < 300) {
    g_free (self->local_sdp);
    self->local_sdp = g_strdup (sdp);
  }
  respond (self, status, status < 300 ? sdp : NULL);
}
