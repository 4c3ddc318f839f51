/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounded table from Call-ID to entry. */
#include "sip/sip-roster.h"

#include "base/clock.h"
#include "sip/sip-limits.h"

struct _KithRoster {
  GHashTable *entries; /* Call-ID → KithRosterEntry */
};

static void
entry_free (gpointer data)
{
  KithRosterEntry *entry = data;

  g_free (entry->branch);
  g_free (entry->next_hop);
  g_free (entry);
}

KithRoster *
kith_roster_new (void)
{
  KithRoster *roster = g_new0 (KithRoster, 1);

  roster->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
  return roster;
}

void
kith_roster_free (KithRoster *roster)
{
  if (roster != NULL) {
    g_hash_table_unref (roster->entries);
    g_free (roster);
  }
}

KithRosterEntry *
kith_roster_find (KithRoster *roster, const char *call_id)
{
  return g_hash_table_lookup (roster->entries, call_id);
}

KithRosterEntry *
kith_roster_add (KithRoster *roster,
                 const char *call_id,
                 guint link_id,
                 guint64 source,
                 gboolean outgoing)
{
  if (g_hash_table_size (roster->entries) >= KITH_SIP_MAX_CALLS
      || kith_roster_find (roster, call_id) != NULL) {
    return NULL;
  }
  KithRosterEntry *entry = g_new0 (KithRosterEntry, 1);
  entry->link_id = link_id;
  entry->source = source;
  entry->outgoing = outgoing;
  entry->ringing = !outgoing;
  entry->forget_us = outgoing ? 0
                              : kith_clock_now (kith_clock_get_default ())
                                    + (gint64)KITH_SIP_LINGER_S * G_USEC_PER_SEC;
  g_hash_table_insert (roster->entries, g_strdup (call_id), entry);
  return entry;
}

void
kith_roster_bind (KithRosterEntry *entry, KithSipDialog *dialog)
{
  entry->dialog = dialog;
  entry->forget_us = 0;
}

void
kith_roster_retire (KithRoster *roster, const char *call_id, gint64 now_us)
{
  KithRosterEntry *entry = kith_roster_find (roster, call_id);

  if (entry != NULL && entry->forget_us == 0) {
    entry->dialog = NULL;
    entry->ringing = FALSE;
    entry->forget_us = now_us + (gint64)KITH_SIP_LINGER_S * G_USEC_PER_SEC;
  }
}

static gboolean
is_over (gpointer key, gpointer value, gpointer user_data)
{
  const KithRosterEntry *entry = value;

  return entry->forget_us != 0 && entry->forget_us <= *(gint64 *)user_data;
}

void
kith_roster_sweep (KithRoster *roster, gint64 now_us)
{
  (void)g_hash_table_foreach_remove (roster->entries, is_over, &now_us);
}

guint
kith_roster_ringing (KithRoster *roster, guint64 source, guint *of_source)
{
  GHashTableIter iter;
  gpointer value = NULL;
  guint all = 0;

  *of_source = 0;
  g_hash_table_iter_init (&iter, roster->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithRosterEntry *entry = value;
    if (entry->ringing) {
      all++;
      *of_source += entry->source == source;
    }
  }
  return all;
}

guint
kith_roster_count (KithRoster *roster)
{
  return g_hash_table_size (roster->entries);
}
