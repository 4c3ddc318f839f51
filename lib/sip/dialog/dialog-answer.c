/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verbs of an incoming call: ring, progress, answer, reject. */
#include "sip/sip-private.h"

void
kith_sip_dialog_ring (KithDialog *dialog)
{
  KithSipDialog *self = KITH_SIP_DIALOG (dialog);

  if (self->phase != KITH_SIP_DIALOG_INCOMING || self->rang) {
    return;
  }
  self->rang = TRUE;
  nua_respond (self->handle, SIP_180_RINGING, SIPTAG_CONTACT_STR (self->contact), TAG_END ());
  kith_sip_stack_poke (self->stack);
}

void
kith_sip_dialog_progress (KithDialog *dialog, const char *sdp)
{
  KithSipDialog *self = KITH_SIP_DIALOG (dialog);

  if (self->phase != KITH_SIP_DIALOG_INCOMING) {
    return;
  }
  nua_respond (self->handle,
               SIP_183_SESSION_PROGRESS,
               SIPTAG_CONTACT_STR (self->contact),
               SIPTAG_CONTENT_TYPE_STR ("application/sdp"),
               SIPTAG_PAYLOAD_STR (sdp),
               TAG_END ());
  kith_sip_stack_poke (self->stack);
}

void
kith_sip_dialog_answer (KithDialog *dialog, const char *sdp)
{
  KithSipDialog *self = KITH_SIP_DIALOG (dialog);

  if (self->phase != KITH_SIP_DIALOG_INCOMING) {
    return;
  }
  self->phase = KITH_SIP_DIALOG_ANSWERING;
  g_free (self->local_sdp);
  self->local_sdp = g_strdup (sdp);
  KithCallId *entry = kith_call_ids_find (self->stack->call_ids, self->call_id);
  if (entry != NULL) {
    entry->ringing = FALSE;
  }
  nua_respond (self->handle,
               SIP_200_OK,
               SIPTAG_CONTACT_STR (self->contact),
               SIPTAG_CONTENT_TYPE_STR ("application/sdp"),
               SIPTAG_PAYLOAD_STR (sdp),
               TAG_END ());
  kith_sip_stack_poke (self->stack);
}

static void
reject (KithSipDialog *self, guint status, const char *phrase, const char *reason)
{
  if (self->phase != KITH_SIP_DIALOG_INCOMING) {
    return;
  }
  g_autofree gchar *words
      = kith_sip_safe (phrase != NULL ? phrase : sip_status_phrase ((int)status), 64);
  /* nua keeps the pointer until it sends; the phrases are a handful of our own. */
  nua_respond (self->handle,
               (int)status,
               g_intern_string (words),
               TAG_IF (reason != NULL, SIPTAG_REASON_STR (reason)),
               TAG_END ());
  kith_sip_dialog_finish (self, 200, "Rejected here", TRUE);
}

void
kith_sip_dialog_reject (KithDialog *dialog, guint status, const char *phrase)
{
  reject (KITH_SIP_DIALOG (dialog), status, phrase, NULL);
}

void
kith_sip_dialog_refuse (KithDialog *dialog, KithReason why)
{
  KithSipDialog *self = KITH_SIP_DIALOG (dialog);
  g_autofree gchar *reason = self->link_id != 0 && why != KITH_REASON_NONE
                                 ? kith_sip_dialog_make_reason (self, why)
                                 : NULL;

  reject (self,
          kith_reason_to_sip (why),
          why == KITH_REASON_MEDIA_FAILED ? KITH_PHRASE_NO_SOUND : NULL,
          reason);
}
