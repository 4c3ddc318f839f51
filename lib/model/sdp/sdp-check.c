/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The check of session descriptions that everything else relies on. */
#include "model/sdp/sdp-private.h"

gboolean
kith_sdp_check (const char *text, gsize len, GError **error)
{
  g_auto (KithSdpText) read = { 0 };
  const KithSdpSection *broken = NULL;

  g_return_val_if_fail (text != NULL, FALSE);
  if (!kith_sdp_read (&read, text, len, error)) {
    return FALSE;
  }
  for (guint i = 0; i < read.n_sections; i++) {
    const KithSdpSection *section = &read.sections[i];
    if (!section->is_audio) {
      continue;
    }
    if (kith_sdp_fault_of (&read, section) != NULL) {
      broken = broken != NULL ? broken : section;
    } else if (section->port != 0) {
      return TRUE; /* one that works is enough */
    }
  }
  return broken == NULL || kith_sdp_refuse (broken->line, error, kith_sdp_fault_of (&read, broken));
}
