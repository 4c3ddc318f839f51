/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb that ends a call in any phase. */
#include "base/log.h"
#include "sip/sip-private.h"

/* RFC 3326; only letters and hyphens get through. */
static gchar *
make_reason (const char *word)
{
  if (word == NULL || *word == '\0') {
    return NULL;
  }
  for (const char *p = word; *p != '\0'; p++) {
    if (!g_ascii_isalpha (*p) && *p != '-') {
      return NULL;
    }
  }
  return g_strdup_printf ("SIP;text=\"%.64s\"", word);
}

void
kith_sip_dialog_hang_up (KithDialog *dialog, const char *reason_word)
{
  KithSipDialog *self = KITH_SIP_DIALOG (dialog);
  g_autofree gchar *reason = make_reason (reason_word);

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
