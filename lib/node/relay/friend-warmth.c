/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens links to friends, and opens them again with patience. */
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "node/relay/friends-private.h"

#define BACKOFF_MOST_MS (5 * 60 * 1000)

void
kith_friends_warm_free (gpointer data)
{
  KithWarmFriend *warm = data;

  kith_clock_cancel (warm->owner->parts.clock, &warm->timer);
  g_clear_pointer (&warm->watch, kith_reach_watch_free);
  if (warm->cancellable != NULL) {
    g_cancellable_cancel (warm->cancellable);
    g_object_unref (warm->cancellable);
  }
  g_free (warm);
}

/* Warm links */

/* One that outlives its owner must not keep it: all else that the owner listens to may be gone by
   then. */
typedef struct {
  GWeakRef friends;
  KithPeerKey key;
  GCancellable *cancellable; /* (owned): is it still the same try? */
} Try;

static void
try_free (Try *try)
{
  g_weak_ref_clear (&try->friends);
  g_object_unref (try->cancellable);
  g_free (try);
}

/* Not at once: what the record promises has to be there, and many may have waited for it. */
static void
on_record (const KithReach *reach, gpointer user_data)
{
  KithWarmFriend *warm = user_data;

  if (warm->cancellable == NULL) {
    kith_friends_schedule (warm,
                           KITH_FRIENDS_FIRST_MS
                               + (guint)kith_random_range (0, KITH_FRIENDS_FIRST_MS));
  }
}

/* With a third of it left to chance, so that friends of one do not come all at once. */
static void
schedule_later (KithWarmFriend *warm)
{
  guint ms = warm->backoff_ms;

  warm->backoff_ms = MIN (warm->backoff_ms * 2, BACKOFF_MOST_MS);
  if (warm->watch == NULL) {
    warm->watch = kith_reach_watch_new (warm->owner->parts.clock,
                                        warm->owner->parts.locators,
                                        &warm->key,
                                        0,
                                        on_record,
                                        warm);
  }
  kith_friends_schedule (warm, ms * 5 / 6 + (guint)kith_random_range (0, (gint)(ms / 3) + 1));
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Try *try = user_data;
  g_autoptr (KithFriends) friends = g_weak_ref_get (&try->friends);
  KithWarmFriend *warm = friends != NULL ? g_hash_table_lookup (friends->warm, &try->key) : NULL;
  gboolean reused = FALSE;
  g_autoptr (GError) error = NULL;
  g_autoptr (KithLink) link
      = kith_link_pool_open_finish (KITH_LINK_POOL (source), result, &reused, NULL, &error);

  if (warm != NULL && warm->cancellable == try->cancellable) {
    g_clear_object (&warm->cancellable);
    if (link == NULL && !kith_friend_links_is_linked (friends->linked, &warm->key)) {
      kith_debug ("contact", "contact/%u cannot be linked now: %s", warm->id, error->message);
      schedule_later (warm);
    }
  }
  try_free (try);
}

static void
open_now (KithWarmFriend *warm)
{
  KithFriends *friends = warm->owner;
  const KithLinkWish wish = { .identity = warm->key };

  kith_clock_cancel (friends->parts.clock, &warm->timer);
  if (warm->cancellable != NULL || kith_friend_links_is_linked (friends->linked, &warm->key)) {
    return;
  }
  warm->cancellable = g_cancellable_new ();
  Try *try = g_new0 (Try, 1);
  g_weak_ref_init (&try->friends, friends);
  try->key = warm->key;
  try->cancellable = g_object_ref (warm->cancellable);
  kith_link_pool_open_async (friends->parts.links, &wish, warm->cancellable, on_opened, try);
}

static gboolean
on_time (gpointer user_data)
{
  KithWarmFriend *warm = user_data;

  warm->timer = 0;
  open_now (warm);
  return G_SOURCE_REMOVE;
}

void
kith_friends_schedule (KithWarmFriend *warm, guint ms)
{
  KithClock *clock = warm->owner->parts.clock;

  kith_clock_cancel (clock, &warm->timer);
  warm->timer = kith_clock_add (clock, ms, on_time, warm);
}

void
kith_friends_keep_warm (KithFriends *friends, const KithContact *person, guint ms)
{
  if (g_hash_table_size (friends->warm) >= KITH_FRIENDS_WARM
      || g_hash_table_contains (friends->warm, &person->key)) {
    return;
  }
  KithWarmFriend *warm = g_new0 (KithWarmFriend, 1);
  warm->owner = friends;
  warm->key = person->key;
  warm->id = person->id;
  warm->backoff_ms = KITH_FRIENDS_BACKOFF_LEAST_MS;
  g_hash_table_insert (friends->warm, &warm->key, warm);
  kith_friends_schedule (warm, ms);
}

/* Those who have relay on, as long as there is room. */
void
kith_friends_fill_warm (KithFriends *friends, guint ms)
{
  g_autoptr (GPtrArray) people = kith_contacts_list (friends->parts.contacts);

  for (guint i = 0; i < people->len; i++) {
    const KithContact *person = people->pdata[i];
    if (person->relay) {
      kith_friends_keep_warm (friends, person, ms);
    }
  }
}

void
kith_friends_wake (KithFriends *friends)
{
  GHashTableIter iter;
  gpointer warm;

  g_hash_table_iter_init (&iter, friends->warm);
  while (g_hash_table_iter_next (&iter, NULL, &warm)) {
    ((KithWarmFriend *)warm)->backoff_ms = KITH_FRIENDS_BACKOFF_LEAST_MS;
    kith_friends_schedule (warm, KITH_FRIENDS_FIRST_MS);
  }
}
