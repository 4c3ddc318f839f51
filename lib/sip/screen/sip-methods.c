/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows, and the texts that are printed from them. */
#include "sip/screen/sip-methods.h"

#define TAKEN(cost)                                                                                \
  {                                                                                                \
    0, KITH_SIP_COST_##cost                                                                        \
  }
#define REFUSED(status)                                                                            \
  {                                                                                                \
    status, KITH_SIP_COST_NONE                                                                     \
  }
#define EVERYWAY(outside, in_dialog)                                                               \
  {                                                                                                \
    { outside, in_dialog }, { outside, in_dialog }                                                 \
  }

/* An ACK is never answered, and a CANCEL finds its INVITE by the transaction: what they must match
   is checked later, wherever they are. */
static const KithSipMethod methods[] = {
  { sip_method_invite, "INVITE", TRUE, EVERYWAY (TAKEN (CALL), TAKEN (TRANSACTION)) },
  { sip_method_ack, "ACK", FALSE, EVERYWAY (TAKEN (NONE), TAKEN (TRANSACTION)) },
  { sip_method_cancel, "CANCEL", FALSE, EVERYWAY (TAKEN (NONE), TAKEN (NONE)) },
  { sip_method_bye, "BYE", FALSE, EVERYWAY (REFUSED (481), TAKEN (NONE)) },
  { sip_method_options, "OPTIONS", FALSE, EVERYWAY (TAKEN (NONE), TAKEN (NONE)) },
  { sip_method_update, "UPDATE", TRUE, EVERYWAY (REFUSED (481), TAKEN (TRANSACTION)) },
  { sip_method_info, "INFO", FALSE, EVERYWAY (REFUSED (405), TAKEN (TRANSACTION)) },
  /* of phones of the house alone, which is checked later */
  { sip_method_subscribe,
    "SUBSCRIBE",
    TRUE,
    { { TAKEN (CALL), TAKEN (TRANSACTION) }, { REFUSED (405), REFUSED (405) } } },
};

const KithSipMethod *
kith_sip_methods (guint *n)
{
  *n = G_N_ELEMENTS (methods);
  return methods;
}

KithSipMethodRule
kith_sip_method_rule (sip_method_t method, KithSipSide side, KithSipPlace place)
{
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++) {
    if (methods[i].method == method) {
      return methods[i].rules[side][place];
    }
  }
  return (KithSipMethodRule){ method == sip_method_unknown ? 501 : 405, KITH_SIP_COST_NONE };
}

static gboolean
is_taken (const KithSipMethod *row)
{
  for (guint way = 0; way < KITH_SIP_N_SIDES; way++) {
    for (guint place = 0; place < KITH_SIP_N_PLACES; place++) {
      if (row->rules[way][place].status == 0) {
        return TRUE;
      }
    }
  }
  return FALSE;
}

static const char *
list (gboolean only_ours)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++) {
    if (is_taken (&methods[i]) && (!only_ours || methods[i].is_ours)) {
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", methods[i].name);
    }
  }
  const char *kept = g_intern_string (text->str);
  g_string_free (text, TRUE);
  return kept;
}

const char *
kith_sip_methods_allow (void)
{
  return list (FALSE);
}

const char *
kith_sip_methods_ours (void)
{
  return list (TRUE);
}
