/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a called peer says before it answers: sound that may be heard, and where it has moved to. */
#include <string.h>

#include "model/sip/sip-uri.h"
#include "sip/dialog/sip-words.h"
#include "sip/sip-limits.h"
#include "sip/sip-private.h"

static const char *
tag_of (sip_t const *sip)
{
  return sip != NULL && sip->sip_to != NULL ? sip->sip_to->a_tag : NULL;
}

const char *
kith_sip_dialog_find_early (const KithSipDialog *self, sip_t const *sip)
{
  const char *tag = tag_of (sip);

  return self->early != NULL && tag != NULL ? g_hash_table_lookup (self->early, tag) : NULL;
}

gboolean
kith_sip_dialog_take_early (KithSipDialog *self, sip_t const *sip)
{
  const char *tag = tag_of (sip);
  g_autofree gchar *sdp = NULL;

  if (tag == NULL || !kith_sip_dialog_take_sdp (sip, &sdp) || sdp == NULL) {
    return FALSE; /* a description that cannot be read is no reason to give the call up */
  }
  if (self->early == NULL) {
    self->early = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  }
  gboolean known = g_hash_table_contains (self->early, tag);
  if (g_strcmp0 (sdp, kith_sip_dialog_find_early (self, sip)) == 0
      || (!known && g_hash_table_size (self->early) >= KITH_SIP_MAX_EARLY)
      || self->n_early >= KITH_SIP_MAX_EARLY_CHANGES) {
    return TRUE;
  }
  self->n_early++;
  (void)g_hash_table_replace (self->early, g_strdup (tag), g_strdup (sdp));
  g_signal_emit_by_name (self, "early", sdp);
  return TRUE;
}

void
kith_sip_dialog_take_moved (KithSipDialog *self, sip_t const *sip)
{
  for (const sip_contact_t *contact = sip != NULL ? sip->sip_contact : NULL;
       contact != NULL && self->moved_to == NULL;
       contact = contact->m_next) {
    g_autofree gchar *text = kith_sip_words_uri (contact->m_url);
    if (g_ascii_strncasecmp (text, "sip:", 4) == 0) {
      text[strcspn (text, "?")] = '\0'; /* nobody else's headers in our INVITE */
      g_autoptr (KithSipUri) uri = kith_sip_uri_parse (text + 4, NULL);
      self->moved_to = uri != NULL ? kith_sip_uri_print (uri) : NULL;
    }
  }
}
