/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Collects reach records for one identity and keeps the newest that verifies. */
#include "node/directory/reach-search.h"

#include "base/error.h"
#include "base/log.h"
#include "identity/seal.h"
#include "model/names/epoch.h"
#include "node/directory/query.h"

/* After the first record: replicas, and a newer record of the same answer, come within this
   time. */
#define GRACE_MS 25

/* Before "they left" is believed: a device that came back has a newer record. */
#define GONE_GRACE_MS 200

struct _KithReachSearch {
  GObject parent_instance;
  KithClock *clock;
  KithPeerKey identity;
  KithDirectoryQuery *look_up;
  KithDirectoryQuery *inbox;
  gint64 started;
  gboolean have;
  gboolean settled;      /* a waiter may be answered */
  gboolean gone_settled; /* also with "gone" */
  gboolean over;         /* all locators are done */
  gboolean alone;        /* … and no node answered */
  KithReach newest;
  guint grace;
  GPtrArray *waiters; /* of GTask */
};

G_DEFINE_FINAL_TYPE (KithReachSearch, kith_reach_search, G_TYPE_OBJECT)

static void
answer (KithReachSearch *finder, GTask *task)
{
  if (g_task_return_error_if_cancelled (task)) {
    return;
  }
  if (finder->have && !finder->newest.gone) {
    g_task_return_pointer (task, g_memdup2 (&finder->newest, sizeof finder->newest), g_free);
    return;
  }
  if (!finder->have && finder->alone) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_NOT_READY,
                             "no other node of the network answers: see `kith status`");
    return;
  }
  g_task_return_new_error (task,
                           KITH_ERROR,
                           KITH_ERROR_NOT_FOUND,
                           finder->have ? "they went offline"
                                        : "no record of where they are: they are offline");
}

static gboolean
can_answer (KithReachSearch *finder)
{
  return finder->over
         || (finder->have && (finder->newest.gone ? finder->gone_settled : finder->settled));
}

static void
answer_waiters (KithReachSearch *finder)
{
  if (!can_answer (finder)) {
    return;
  }
  g_autoptr (GPtrArray) waiters = g_steal_pointer (&finder->waiters);
  finder->waiters = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < waiters->len; i++) {
    answer (finder, waiters->pdata[i]);
  }
}

static gboolean
on_grace_over (gpointer user_data)
{
  g_autoptr (KithReachSearch) finder = g_object_ref (user_data);

  finder->grace = 0;
  finder->gone_settled = finder->settled;
  finder->settled = TRUE;
  if (!finder->gone_settled) {
    finder->grace = kith_clock_add (finder->clock, GONE_GRACE_MS - GRACE_MS, on_grace_over, finder);
  }
  answer_waiters (finder);
  return G_SOURCE_REMOVE;
}

/* A verified one, from wherever. */
static void
take_reach (KithReachSearch *finder, const KithReach *reach)
{
  if (finder->have && reach->seq <= finder->newest.seq) {
    return;
  }
  finder->newest = *reach;
  finder->have = TRUE;
  if (finder->grace == 0 && !finder->settled) {
    finder->grace = kith_clock_add (finder->clock, GRACE_MS, on_grace_over, finder);
  }
  answer_waiters (finder);
}

static void
on_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  KithReachSearch *finder = user_data;
  KithReach reach;
  g_autoptr (GError) error = NULL;

  if (value == NULL
      || !kith_reach_open (value,
                           &finder->identity,
                           kith_clock_wall (finder->clock) / G_USEC_PER_SEC,
                           &reach,
                           &error)) {
    kith_debug ("locations",
                "a reach record was passed over: %s",
                error != NULL ? error->message : "no value");
    return;
  }
  kith_debug ("locations",
              "a reach record of %" G_GUINT64_FORMAT "%s",
              reach.seq,
              reach.gone       ? ", gone"
              : reach.has_slot ? ", with a slot"
                               : "");
  take_reach (finder, &reach);
}

static void
on_done (guint asked, gpointer user_data)
{
  g_autoptr (KithReachSearch) finder = g_object_ref (user_data);

  finder->over = TRUE;
  finder->alone = kith_directory_query_was_unanswered (finder->look_up);
  kith_clock_cancel (finder->clock, &finder->grace);
  answer_waiters (finder);
}

static void
ask_all (KithDirectoryQuery *look_up, GPtrArray *locators, const KithQuery *query)
{
  for (guint i = 0; i < locators->len; i++) {
    if (kith_locator_get_state (locators->pdata[i]) != KITH_LOCATOR_OFFLINE) {
      kith_directory_query_ask (look_up, locators->pdata[i], query);
    }
  }
}

static void
ask (KithReachSearch *finder, GPtrArray *locators)
{
  gint64 wall = kith_clock_wall (finder->clock);

  finder->look_up = kith_directory_query_new (on_found, on_done, finder);
  for (guint replica = 0; replica < KITH_REACH_REPLICAS; replica++) {
    guint8 location[KITH_LOCATION_LEN];
    kith_reach_location (&finder->identity, kith_epoch_at (wall), replica, location);
    KithQuery query = { .key = &finder->identity, .location = location };
    ask_all (finder->look_up, locators, &query);
  }
  kith_directory_query_run (finder->look_up);
}

static void
kith_reach_search_dispose (GObject *object)
{
  KithReachSearch *finder = KITH_REACH_SEARCH (object);

  g_clear_pointer (&finder->look_up, kith_directory_query_free);
  g_clear_pointer (&finder->inbox, kith_directory_query_free);
  if (finder->clock != NULL) {
    kith_clock_cancel (finder->clock, &finder->grace);
  }
  g_clear_object (&finder->clock);
  g_clear_pointer (&finder->waiters, g_ptr_array_unref);
  G_OBJECT_CLASS (kith_reach_search_parent_class)->dispose (object);
}

static void
kith_reach_search_class_init (KithReachSearchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_reach_search_dispose;
}

static void
kith_reach_search_init (KithReachSearch *finder)
{
  finder->waiters = g_ptr_array_new_with_free_func (g_object_unref);
}

KithReachSearch *
kith_reach_search_new (KithClock *clock, const KithPeerKey *identity, GPtrArray *locators)
{
  KithReachSearch *finder = g_object_new (KITH_TYPE_REACH_SEARCH, NULL);

  finder->clock = g_object_ref (clock);
  finder->identity = *identity;
  finder->started = kith_clock_now (clock);
  ask (finder, locators);
  return finder;
}

const KithPeerKey *
kith_reach_search_get_identity (KithReachSearch *finder)
{
  return &finder->identity;
}

gint64
kith_reach_search_get_started (KithReachSearch *finder)
{
  return finder->started;
}

/* One answer is enough. */
static void
on_inbox_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  KithReachSearch *finder = user_data;

  g_clear_pointer (&finder->inbox, kith_directory_query_free);
}

static void
on_inbox_done (guint asked, gpointer user_data)
{
}

void
kith_reach_search_ask_inbox (KithReachSearch *finder, GPtrArray *locators)
{
  guint8 location[KITH_LOCATION_LEN];
  const KithQuery query = { .location = location };

  if (finder->inbox != NULL) {
    return;
  }
  kith_inbox_location (&finder->identity,
                       kith_epoch_at (kith_clock_wall (finder->clock)),
                       location);
  finder->inbox = kith_directory_query_new (on_inbox_found, on_inbox_done, finder);
  ask_all (finder->inbox, locators, &query);
  kith_directory_query_run (finder->inbox);
}

void
kith_reach_search_offer (KithReachSearch *finder, const KithReach *reach)
{
  g_autoptr (KithReachSearch) kept = g_object_ref (finder);

  take_reach (finder, reach);
}

void
kith_reach_search_settle (KithReachSearch *finder)
{
  g_autoptr (KithReachSearch) kept = g_object_ref (finder);

  if (finder->have && !finder->settled && !finder->newest.gone) {
    finder->settled = TRUE;
    kith_clock_cancel (finder->clock, &finder->grace);
    answer_waiters (finder);
  }
}

gboolean
kith_reach_search_is_over (KithReachSearch *finder)
{
  return finder->over;
}

void
kith_reach_search_wait_async (KithReachSearch *finder,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (finder, cancellable, callback, user_data);

  g_task_set_check_cancellable (task, FALSE);
  g_ptr_array_add (finder->waiters, task);
  answer_waiters (finder);
}

KithReach *
kith_reach_search_wait_finish (KithReachSearch *finder, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
