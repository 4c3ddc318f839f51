/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb that ends a call in any phase. */
#include "base/log.h"
#include "sip/sip-private.h"

gchar *
kith_sip_dialog_make_reason (const KithSipDialog *self, KithReason why)
{
  const char *word = kith_reason_word (why);

  if (self->link_id == 0 && why == KITH_REASON_ELSEWHERE) {
    return g_strdup ("SIP;cause=200;text=\"Call completed elsewhere\""); /* no missed call */
  }
  return self->link_id != 0 ? g_strdup_printf ("Kith;cause=%u;text=\"%s\"", (guint)why, word)
                            : g_strdup_printf ("SIP;text=\"%s\"", word);
}

void
kith_sip_dialog_hang_up (KithDialog *dialog, const char *reason_word)
{
  KithSipDialog *self = KITH_SIP_DIALOG (dialog);
  KithReason why = KITH_REASON_NONE;
  g_autofree gchar *reason
      = kith_reason_from_word (reason_word, &why) ? kith_sip_dialog_make_reason (self, why) : NULL;

  switch (self->phase) {
  case KITH_SIP_DIALOG_OVER:
    return;
  case KITH_SIP_DIALOG_INCOMING:
    kith_sip_dialog_reject (dialog, 480, NULL);
    return;
  case KITH_SIP_DIALOG_CALLING:
    nua_cancel (self->handle, TAG_IF (reason != NULL, SIPTAG_REASON_STR (reason)), TAG_END ());
    break;
  case KITH_SIP_DIALOG_ANSWERING:
  case KITH_SIP_DIALOG_UP:
    nua_bye (self->handle, TAG_IF (reason != NULL, SIPTAG_REASON_STR (reason)), TAG_END ());
    break;
  }
  kith_sip_dialog_finish (self, 200, "Hung up here", TRUE);
}
