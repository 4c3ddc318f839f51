/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes and frees contacts, and says how they are dialled. */
#include "model/names/contact.h"

const char *
kith_relays_word (KithRelaysForUs relays)
{
  static const char *const words[] = { "unknown", "no", "offers", "yes" };

  return words[MIN ((guint)relays, (guint)KITH_RELAYS_YES)];
}

KithContact *
kith_contact_new (void)
{
  return g_new0 (KithContact, 1);
}

KithContact *
kith_contact_copy (const KithContact *person)
{
  KithContact *copy = g_memdup2 (person, sizeof *person);

  copy->name = g_strdup (person->name);
  copy->own_name = g_strdup (person->own_name);
  copy->number = g_strdup (person->number);
  return copy;
}

void
kith_contact_free (KithContact *person)
{
  if (person != NULL) {
    g_free (person->name);
    g_free (person->own_name);
    g_free (person->number);
    g_free (person);
  }
}

gchar *
kith_contact_full_address (const KithContact *person)
{
  if (person->has_tag && person->own_name != NULL) {
    return kith_name_with_tag (person->own_name, person->tag);
  }
  return kith_peer_key_to_text (&person->key);
}
