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
  KithDirectoryQuery *query;
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
answer (KithReachSearch *search, GTask *task)
{
  if (g_task_return_error_if_cancelled (task)) {
    return;
  }
  if (search->have && !search->newest.gone) {
    g_task_return_pointer (task, g_memdup2 (&search->newest, sizeof search->newest), g_free);
    return;
  }
  if (!search->have && search->alone) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_NOT_READY,
                             "no other node of the network answers: see `kith status`");
    return;
  }
  g_task_return_new_error (task,
                           KITH_ERROR,
                           KITH_ERROR_NOT_FOUND,
                           search->have ? "they went offline"
                                        : "no record of where they are: they are offline");
}

static gboolean
can_answer (KithReachSearch *search)
{
  return search->over
         || (search->have && (search->newest.gone ? search->gone_settled : search->settled));
}

static void
answer_waiters (KithReachSearch *search)
{
  if (!can_answer (search)) {
    return;
  }
  g_autoptr (GPtrArray) waiters = g_steal_pointer (&search->waiters);
  search->waiters = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < waiters->len; i++) {
    answer (search, waiters->pdata[i]);
  }
}

static gboolean
on_grace_over (gpointer user_data)
{
  g_autoptr (KithReachSearch) search = g_object_ref (user_data);

  search->grace = 0;
  search->gone_settled = search->settled;
  search->settled = TRUE;
  if (!search->gone_settled) {
    search->grace = kith_clock_add (search->clock, GONE_GRACE_MS - GRACE_MS, on_grace_over, search);
  }
  answer_waiters (search);
  return G_SOURCE_REMOVE;
}

/* A verified one, from wherever. */
static void
take_reach (KithReachSearch *search, const KithReach *reach)
{
  if (search->have && reach->seq <= search->newest.seq) {
    return;
  }
  search->newest = *reach;
  search->have = TRUE;
  if (search->grace == 0 && !search->settled) {
    search->grace = kith_clock_add (search->clock, GRACE_MS, on_grace_over, search);
  }
  answer_waiters (search);
}

static void
on_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  KithReachSearch *search = user_data;
  KithReach reach;
  g_autoptr (GError) error = NULL;

  if (value == NULL
      || !kith_reach_open (value,
                           &search->identity,
                           kith_clock_wall (search->clock) / G_USEC_PER_SEC,
                           &reach,
                           &error)) {
    kith_debug ("directory",
                "a reach record was passed over: %s",
                error != NULL ? error->message : "no value");
    return;
  }
  kith_debug ("directory",
              "a reach record of %" G_GUINT64_FORMAT "%s",
              reach.seq,
              reach.gone       ? ", gone"
              : reach.has_slot ? ", with a slot"
                               : "");
  take_reach (search, &reach);
}

static void
on_done (guint asked, gpointer user_data)
{
  g_autoptr (KithReachSearch) search = g_object_ref (user_data);

  search->over = TRUE;
  search->alone = kith_directory_query_was_unanswered (search->query);
  kith_clock_cancel (search->clock, &search->grace);
  answer_waiters (search);
}

static void
ask_all (KithDirectoryQuery *query, GPtrArray *locators, const KithQuery *question)
{
  for (guint i = 0; i < locators->len; i++) {
    if (kith_locator_get_state (locators->pdata[i]) != KITH_LOCATOR_OFFLINE) {
      kith_directory_query_ask (query, locators->pdata[i], question);
    }
  }
}

static void
ask (KithReachSearch *search, GPtrArray *locators)
{
  gint64 wall = kith_clock_wall (search->clock);

  search->query = kith_directory_query_new (on_found, on_done, search);
  for (guint replica = 0; replica < KITH_REACH_REPLICAS; replica++) {
    guint8 location[KITH_LOCATION_LEN];
    kith_reach_location (&search->identity, kith_epoch_at (wall), replica, location);
    KithQuery question = { .key = &search->identity, .location = location };
    ask_all (search->query, locators, &question);
  }
  kith_directory_query_run (search->query);
}

static void
kith_reach_search_dispose (GObject *object)
{
  KithReachSearch *search = KITH_REACH_SEARCH (object);

  g_clear_pointer (&search->query, kith_directory_query_free);
  g_clear_pointer (&search->inbox, kith_directory_query_free);
  if (search->clock != NULL) {
    kith_clock_cancel (search->clock, &search->grace);
  }
  g_clear_object (&search->clock);
  g_clear_pointer (&search->waiters, g_ptr_array_unref);
  G_OBJECT_CLASS (kith_reach_search_parent_class)->dispose (object);
}

static void
kith_reach_search_class_init (KithReachSearchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_reach_search_dispose;
}

static void
kith_reach_search_init (KithReachSearch *search)
{
  search->waiters = g_ptr_array_new_with_free_func (g_object_unref);
}

KithReachSearch *
kith_reach_search_new (KithClock *clock, const KithPeerKey *identity, GPtrArray *locators)
{
  KithReachSearch *search = g_object_new (KITH_TYPE_REACH_SEARCH, NULL);

  search->clock = g_object_ref (clock);
  search->identity = *identity;
  search->started = kith_clock_now (clock);
  ask (search, locators);
  return search;
}

const KithPeerKey *
kith_reach_search_get_identity (KithReachSearch *search)
{
  return &search->identity;
}

gint64
kith_reach_search_get_started (KithReachSearch *search)
{
  return search->started;
}

/* One answer is enough. */
static void
on_inbox_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  KithReachSearch *search = user_data;

  g_clear_pointer (&search->inbox, kith_directory_query_free);
}

static void
on_inbox_done (guint asked, gpointer user_data)
{
}

void
kith_reach_search_ask_inbox (KithReachSearch *search, GPtrArray *locators)
{
  guint8 location[KITH_LOCATION_LEN];
  const KithQuery question = { .location = location };

  if (search->inbox != NULL) {
    return;
  }
  kith_inbox_location (&search->identity,
                       kith_epoch_at (kith_clock_wall (search->clock)),
                       location);
  search->inbox = kith_directory_query_new (on_inbox_found, on_inbox_done, search);
  ask_all (search->inbox, locators, &question);
  kith_directory_query_run (search->inbox);
}

void
kith_reach_search_offer (KithReachSearch *search, const KithReach *reach)
{
  g_autoptr (KithReachSearch) kept = g_object_ref (search);

  take_reach (search, reach);
}

void
kith_reach_search_settle (KithReachSearch *search)
{
  g_autoptr (KithReachSearch) kept = g_object_ref (search);

  if (search->have && !search->settled && !search->newest.gone) {
    search->settled = TRUE;
    kith_clock_cancel (search->clock, &search->grace);
    answer_waiters (search);
  }
}

gboolean
kith_reach_search_is_over (KithReachSearch *search)
{
  return search->over;
}

void
kith_reach_search_wait_async (KithReachSearch *search,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (search, cancellable, callback, user_data);

  g_task_set_check_cancellable (task, FALSE);
  g_ptr_array_add (search->waiters, task);
  answer_waiters (search);
}

KithReach *
kith_reach_search_wait_finish (KithReachSearch *search, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
