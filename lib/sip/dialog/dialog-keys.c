/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys by INFO, both ways. */
#include "base/log.h"
#include "model/call/key-info.h"
#include "sip/sip-private.h"

#define KEY_MS 160

void
kith_sip_dialog_take_allow (KithSipDialog *self, sip_t const *sip)
{
  if (sip != NULL && sip->sip_allow != NULL) {
    self->takes_info = sip_is_allowed (sip->sip_allow, sip_method_info, "INFO");
  }
}

void
kith_sip_dialog_take_info (KithSipDialog *self, sip_t const *sip)
{
  const sip_payload_t *body = sip != NULL ? sip->sip_payload : NULL;
  const char *type
      = sip != NULL && sip->sip_content_type != NULL ? sip->sip_content_type->c_type : NULL;
  char key = body != NULL ? kith_key_info_read (type, body->pl_data, body->pl_len) : 0;

  if (key != 0 && (self->phase == KITH_SIP_DIALOG_UP || self->phase == KITH_SIP_DIALOG_ANSWERING)) {
    g_signal_emit_by_name (self, "pressed", (guint)key);
  }
}

gboolean
kith_sip_dialog_press (KithDialog *dialog, char key)
{
  KithSipDialog *self = KITH_SIP_DIALOG (dialog);

  if (self->phase != KITH_SIP_DIALOG_UP || !self->takes_info) {
    return FALSE;
  }
  g_autofree gchar *body = kith_key_info_print (key, KEY_MS);
  nua_info (self->handle,
            SIPTAG_CONTACT_STR (self->contact),
            SIPTAG_CONTENT_TYPE_STR (KITH_KEY_INFO_TYPE),
            SIPTAG_PAYLOAD_STR (body),
            TAG_END ());
  kith_sip_stack_poke (self->stack);
  return TRUE;
}
