/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contacts as values: copying, freeing and the word for their proof. */
#include "model/names/found.h"

static const char *const proof_words[] = {
  [KITH_PROOF_NONE] = "none",     [KITH_PROOF_TAG] = "tag",       [KITH_PROOF_KEY] = "key",
  [KITH_PROOF_PINNED] = "pinned", [KITH_PROOF_STATIC] = "static",
};

KithFound *
kith_found_new (void)
{
  KithFound *contact = g_new0 (KithFound, 1);

  contact->age_ms = -1;
  return contact;
}

KithFound *
kith_found_copy (const KithFound *contact)
{
  g_return_val_if_fail (contact != NULL, NULL);
  KithFound *copy = g_new (KithFound, 1);

  *copy = *contact;
  copy->name = g_strdup (contact->name);
  copy->source = g_strdup (contact->source);
  copy->sip_uri = g_strdup (contact->sip_uri);
  return copy;
}

void
kith_found_free (KithFound *contact)
{
  if (contact == NULL) {
    return;
  }
  g_free (contact->name);
  g_free (contact->source);
  g_free (contact->sip_uri);
  g_free (contact);
}

const char *
kith_proof_word (KithProof proof)
{
  return (guint)proof < G_N_ELEMENTS (proof_words) ? proof_words[proof] : NULL;
}
