/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies lines. */
#include "edge/worker/proxy/cancel-reason.h"

#define NONE "Reason: SIP;cause=487;text=\"Request Terminated\"\r\n"

gchar *
kith_cancel_reason (const KithSipLines *cancel)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < cancel->n; i++) {
    const KithSipLine *line = &cancel->lines[i];
    if (line->header == KITH_HEADER_REASON && out->len + line->whole.len <= KITH_SIP_OURS) {
      g_string_append_len (out, line->whole.at, (gssize)line->whole.len);
    }
  }
  if (out->len == 0) {
    g_string_append (out, NONE);
  }
  return g_string_free (out, FALSE);
}
