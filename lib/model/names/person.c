/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes and frees contacts, and says how they are dialled. */
#include "model/names/person.h"

const char *
kith_relays_word (KithRelaysForUs relays)
{
  static const char *const words[] = { "unknown", "no", "offers", "yes" };

  return words[MIN ((guint)relays, (guint)KITH_RELAYS_YES)];
}

KithPerson *
kith_person_new (void)
{
  return g_new0 (KithPerson, 1);
}

void
kith_person_free (KithPerson *person)
{
  if (person != NULL) {
    g_free (person->name);
    g_free (person->own_name);
    g_free (person);
  }
}

gchar *
kith_person_full_address (const KithPerson *person)
{
  if (person->has_tag && person->own_name != NULL) {
    return kith_name_with_tag (person->own_name, person->tag);
  }
  return kith_peer_key_to_text (&person->key);
}
