/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One entry for each URI: its hops, and a bit for each that was given up. */
#include "net/sip-hops.h"

#define MAX_URIS 64
#define LIFE_US (60 * G_USEC_PER_SEC)

typedef struct {
  GStrv list;
  guint given_up; /* a bit for each hop */
  gint64 until_us;
} Entry;

struct _KithHops {
  GHashTable *entries; /* URI → Entry */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_strfreev (entry->list);
  g_free (entry);
}

KithHops *
kith_hops_new (void)
{
  KithHops *hops = g_new0 (KithHops, 1);

  hops->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
  return hops;
}

void
kith_hops_free (KithHops *hops)
{
  g_hash_table_unref (hops->entries);
  g_free (hops);
}

void
kith_hops_set (KithHops *hops, const char *uri, const char *const *list, gint64 now_us)
{
  Entry *entry = g_new0 (Entry, 1);

  if (g_hash_table_size (hops->entries) >= MAX_URIS) {
    g_hash_table_remove_all (hops->entries);
  }
  entry->list = g_new0 (gchar *, KITH_HOPS_MAX + 1);
  for (guint i = 0; i < KITH_HOPS_MAX && list[i] != NULL; i++) {
    entry->list[i] = g_strdup (list[i]);
  }
  entry->until_us = now_us + LIFE_US;
  g_hash_table_replace (hops->entries, g_strdup (uri), entry);
}

static Entry *
find (KithHops *hops, const char *uri, gint64 now_us)
{
  Entry *entry = g_hash_table_lookup (hops->entries, uri);

  return entry != NULL && entry->until_us > now_us ? entry : NULL;
}

/* The hops that are left; the first of them: @first. */
static guint
count_left (const Entry *entry, const char **first)
{
  guint left = 0;

  *first = NULL;
  for (guint i = 0; entry != NULL && entry->list[i] != NULL; i++) {
    if ((entry->given_up & (1u << i)) == 0 && left++ == 0) {
      *first = entry->list[i];
    }
  }
  return left;
}

const char *
kith_hops_get (KithHops *hops, const char *uri, gint64 now_us)
{
  const char *first;

  (void)count_left (find (hops, uri, now_us), &first);
  return first;
}

gboolean
kith_hops_has_other (KithHops *hops, const char *uri, gint64 now_us)
{
  const char *first;

  return count_left (find (hops, uri, now_us), &first) > 1;
}

gboolean
kith_hops_is_second_choice (KithHops *hops, const char *uri, gint64 now_us)
{
  const Entry *entry = find (hops, uri, now_us);
  const char *first;

  return entry != NULL && entry->given_up != 0 && count_left (entry, &first) > 0;
}

gboolean
kith_hops_give_up (KithHops *hops, const char *uri, const char *hop, gint64 now_us)
{
  Entry *entry = find (hops, uri, now_us);
  const char *first;

  for (guint i = 0; entry != NULL && entry->list[i] != NULL; i++) {
    entry->given_up |= g_str_equal (entry->list[i], hop) ? 1u << i : 0;
  }
  if (count_left (entry, &first) > 0) {
    return TRUE;
  }
  (void)g_hash_table_remove (hops->entries, uri);
  return FALSE;
}
