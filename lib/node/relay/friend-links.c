/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of links with a few questions that are asked of it. */
#include "node/relay/friend-links.h"

#include <string.h>

#define MOST_TOKENS 20.0
#define TOKENS_PER_SECOND 2.0
/* askers whom one peer takes; more, and it is forgotten: they wait a moment longer next time */
#define MAX_TAKEN 256
#define LINK_ID_LABEL "EXPORTER-kith-link-id"

struct _KithFriendLinks {
  KithClock *clock;
  KithContacts *contacts;
  GHashTable *entries; /* KithLink → KithFriendLink */
};

static void
entry_free (gpointer data)
{
  KithFriendLink *entry = data;

  g_object_unref (entry->link);
  g_clear_pointer (&entry->takes, g_hash_table_unref);
  g_free (entry);
}

KithFriendLinks *
kith_friend_links_new (KithClock *clock, KithContacts *contacts)
{
  KithFriendLinks *linked = g_new0 (KithFriendLinks, 1);

  linked->clock = clock;
  linked->contacts = contacts;
  linked->entries = g_hash_table_new_full (NULL, NULL, NULL, entry_free);
  return linked;
}

void
kith_friend_links_free (KithFriendLinks *linked)
{
  g_hash_table_unref (linked->entries);
  g_free (linked);
}

KithFriendLink *
kith_friend_links_add (KithFriendLinks *linked, KithLink *link)
{
  KithFriendLink *entry = g_new0 (KithFriendLink, 1);

  entry->link = g_object_ref (link);
  entry->identity = kith_link_get_peer (link)->identity;
  entry->told = G_MAXUINT;
  entry->tokens = MOST_TOKENS;
  entry->refilled_us = entry->added_us = kith_clock_now (linked->clock);
  g_hash_table_insert (linked->entries, link, entry);
  return entry;
}

void
kith_friend_links_remove (KithFriendLinks *linked, KithLink *link)
{
  (void)g_hash_table_remove (linked->entries, link);
}

KithFriendLink *
kith_friend_links_find (KithFriendLinks *linked, KithLink *link)
{
  return g_hash_table_lookup (linked->entries, link);
}

guint16
kith_friend_links_rtt (const KithFriendLink *entry)
{
  KithLinkPath path = { 0 };

  kith_link_get_path (entry->link, &path);
  return (guint16)MIN (path.least_rtt_ms != 0 ? path.least_rtt_ms : path.rtt_ms,
                       KITH_RELAY_RTT_MAX);
}

gboolean
kith_friend_links_is_carried (const KithFriendLink *entry)
{
  KithLinkPath path = { 0 };

  kith_link_get_path (entry->link, &path);
  return path.is_relayed_by_friend;
}

static gboolean
is_usable (const KithFriendLink *entry)
{
  return kith_link_get_state (entry->link) == KITH_LINK_UP && !entry->is_quiet;
}

/* Both ends of a link export the same number. */
static int
compare_links (const KithFriendLink *a, const KithFriendLink *b)
{
  guint8 id_a[KITH_SEED_LEN] = { 0 };
  guint8 id_b[KITH_SEED_LEN] = { 0 };

  (void)kith_link_export_key (a->link, LINK_ID_LABEL, NULL, 0, id_a, sizeof id_a);
  (void)kith_link_export_key (b->link, LINK_ID_LABEL, NULL, 0, id_b, sizeof id_b);
  return memcmp (id_a, id_b, sizeof id_a);
}

/* Links that go directly come first; times are of no use here, as the two ends measure them
   differently. */
static gboolean
is_better (const KithFriendLink *a, const KithFriendLink *b)
{
  gboolean carried_a = kith_friend_links_is_carried (a);
  gboolean carried_b = kith_friend_links_is_carried (b);

  return carried_a != carried_b ? carried_b : compare_links (a, b) < 0;
}

KithFriendLink *
kith_friend_links_best (KithFriendLinks *linked, const KithPeerKey *identity)
{
  KithFriendLink *best = NULL;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, linked->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    KithFriendLink *entry = value;
    if (kith_peer_key_equal (&entry->identity, identity) && is_usable (entry)
        && (best == NULL || is_better (entry, best))) {
      best = entry;
    }
  }
  return best;
}

gboolean
kith_friend_links_is_linked (KithFriendLinks *linked, const KithPeerKey *identity)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, linked->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    KithFriendLink *entry = value;
    if (kith_peer_key_equal (&entry->identity, identity)
        && kith_link_get_state (entry->link) != KITH_LINK_CLOSED) {
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
kith_friend_links_has_contact (KithFriendLinks *linked)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, linked->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithFriendLink *entry = value;
    if (kith_contacts_find (linked->contacts, &entry->identity) != NULL) {
      return TRUE;
    }
  }
  return FALSE;
}

KithRelaysForUs
kith_friend_links_relays (KithFriendLinks *linked, const KithPeerKey *identity)
{
  gint64 now = kith_clock_now (linked->clock);
  gboolean is_late = FALSE;
  guint flags = 0;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, linked->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithFriendLink *entry = value;
    if (kith_peer_key_equal (&entry->identity, identity)
        && kith_link_get_state (entry->link) != KITH_LINK_CLOSED) {
      flags |= entry->flags;
      is_late = is_late || now - entry->added_us >= (gint64)KITH_RELAY_WORD_MS * 1000;
    }
  }
  if ((flags & KITH_RELAY_GIVES) != 0) {
    return KITH_RELAYS_YES;
  }
  if ((flags & KITH_RELAY_CARRIES) != 0) {
    return KITH_RELAYS_OFFERS;
  }
  return is_late ? KITH_RELAYS_NO : KITH_RELAYS_UNKNOWN;
}

static gint
compare_rtt (gconstpointer a, gconstpointer b)
{
  return (gint)kith_friend_links_rtt (*(const KithFriendLink *const *)a)
         - (gint)kith_friend_links_rtt (*(const KithFriendLink *const *)b);
}

GPtrArray *
kith_friend_links_friends (KithFriendLinks *linked, guint flags)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, linked->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    KithFriendLink *entry = value;
    if ((entry->flags & flags) == flags
        && kith_contacts_find_friend (linked->contacts, &entry->identity) != NULL
        && kith_friend_links_best (linked, &entry->identity) == entry
        && !kith_friend_links_is_carried (entry)) {
      g_ptr_array_add (list, entry);
    }
  }
  g_ptr_array_sort (list, compare_rtt);
  return list;
}

GPtrArray *
kith_friend_links_list (KithFriendLinks *linked)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, linked->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    g_ptr_array_add (list, value);
  }
  return list;
}

gboolean
kith_friend_links_may_ask (KithFriendLinks *linked, KithFriendLink *entry)
{
  gint64 now = kith_clock_now (linked->clock);
  double seconds = (double)(now - entry->refilled_us) / (double)G_USEC_PER_SEC;

  entry->refilled_us = now;
  entry->tokens = MIN (MOST_TOKENS, entry->tokens + seconds * TOKENS_PER_SECOND);
  if (entry->tokens < 1) {
    return FALSE;
  }
  entry->tokens -= 1;
  return TRUE;
}

gboolean
kith_friend_links_send (KithFriendLink *entry, const KithRelayNote *note)
{
  guint8 bytes[KITH_RELAY_NOTE_MAX];
  gsize len = kith_relay_note_write (note, bytes);

  return len > 0 && kith_link_send_note (entry->link, bytes, len);
}

void
kith_friend_links_set_taken (KithFriendLink *entry, const KithPeerKey *asker)
{
  const KithPeerKey nobody = { 0 };

  entry->says_taken = TRUE;
  if (kith_peer_key_equal (asker, &nobody)) {
    return;
  }
  if (entry->takes == NULL) {
    entry->takes = g_hash_table_new_full (kith_peer_key_hash, kith_peer_key_equal, g_free, NULL);
  } else if (g_hash_table_size (entry->takes) >= MAX_TAKEN) {
    g_hash_table_remove_all (entry->takes);
  }
  (void)g_hash_table_add (entry->takes, g_memdup2 (asker, sizeof *asker));
}

gboolean
kith_friend_links_may_tell (const KithFriendLink *entry, const KithPeerKey *asker)
{
  return !entry->says_taken || (entry->flags & KITH_RELAY_MAY) == 0
         || (entry->takes != NULL && g_hash_table_contains (entry->takes, asker));
}
