/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is told what: phones that watch phones, their owner and contacts. */
#pragma once

#include "base/clock.h"
#include "node/phones/phones.h"
#include "ports/notifier.h"

G_BEGIN_DECLS

#define KITH_WATCH_APART_MS 1000 /* between two NOTIFYs of a subscription, of which nobody asked */

/* Main thread. */
#define KITH_TYPE_WATCHERS (kith_watchers_get_type ())
G_DECLARE_FINAL_TYPE (KithWatchers, kith_watchers, KITH, WATCHERS, GObject)

/**
 * KithWatchers signal: "changed" (const char *): other phones watch the phone of this name now.
 *
 * Who can be watched has a key: "phone/desk", "me", "contact/3".
 */

typedef struct {
  KithClock *clock;
  KithPhones *phones;
  KithNotifier *notifier;
  /* The key of whom @user means, of those who are no phones; NULL: nobody. (transfer full) */
  gchar *(*find) (const char *user, gpointer user_data);
  gpointer user_data;
} KithWatchersParts;

/* (transfer full) */
KithWatchers *kith_watchers_new (const KithWatchersParts *parts);

/* A call of whom has that key. */
typedef struct {
  gchar *key;
  gchar *id;
  KithWatchedState state;
  gboolean outgoing;
  gchar *remote_uri, *remote_name; /* (nullable) */
} KithWatchedEntry;

void kith_watched_entry_free (KithWatchedEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithWatchedEntry, kith_watched_entry_free)

/* All calls that @source knows of now ("calls", "proxy"), in place of those that it knew before.
   @entries: (transfer full) (element-type KithWatchedEntry). */
void kith_watchers_set_calls (KithWatchers *watchers, const char *source, GPtrArray *entries);

/* Who watches the phone @name: "attic dialog", by their order in time. (transfer full) */
GStrv kith_watchers_list (KithWatchers *watchers, const char *name);

/* How many subscriptions there are. */
guint kith_watchers_count (KithWatchers *watchers);

G_END_DECLS
