/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reference-counted set of look-ups under way that outlives its owner until the last call-back
   came. */
#include "node/directory/query.h"

#include <string.h>

struct _KithDirectoryQuery {
  gatomicrefcount refs;
  KithDirectoryQueryFound found;
  KithDirectoryQueryDone done;
  gpointer user_data;
  GCancellable *cancellable;
  guint asked;
  guint pending;
  gboolean running;
  gboolean dead;
  gboolean heard;  /* a network answered … */
  gboolean silent; /* … or one did not */
  guint idle;
};

/* One locator that was asked. */
typedef struct {
  KithDirectoryQuery *query; /* a reference */
  KithLocator *locator;
  gulong handler;     /* 0: it had a network when it was asked, or was asked again */
  KithQuery question; /* what it points to is below */
  gchar *name;
  KithPeerKey key;
  guint8 location[KITH_LOCATION_LEN];
} Ask;

static void
query_unref (KithDirectoryQuery *query)
{
  if (g_atomic_ref_count_dec (&query->refs)) {
    g_object_unref (query->cancellable);
    g_free (query);
  }
}

static void
check_done (KithDirectoryQuery *query)
{
  if (query->running && !query->dead && query->pending == 0) {
    query->running = FALSE;
    query->done (query->asked, query->user_data);
  }
}

static gboolean
on_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  KithDirectoryQuery *query = ((Ask *)user_data)->query;

  if (query->dead) {
    return G_SOURCE_REMOVE;
  }
  query->found (locator, value, contact, query->user_data);
  return query->dead ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void
forget_handler (Ask *ask)
{
  if (ask->handler != 0) {
    g_signal_handler_disconnect (ask->locator, ask->handler);
    ask->handler = 0;
  }
}

static void
on_looked_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Ask *ask = user_data;
  KithDirectoryQuery *query = ask->query;
  KithLocator *locator = KITH_LOCATOR (source);
  gboolean ok = kith_locator_look_up_finish (locator, result, NULL);

  if (KITH_LOCATOR_GET_IFACE (locator)->publish != NULL) { /* it has a network */
    ok = ok && kith_locator_get_state (locator) == KITH_LOCATOR_ONLINE;
    query->heard = query->heard || ok;
    query->silent = query->silent || !ok;
  }
  forget_handler (ask);
  g_object_unref (ask->locator);
  g_free (ask->name);
  g_free (ask);
  query->pending--;
  check_done (query);
  query_unref (query);
}

static Ask *
ask_new (KithDirectoryQuery *query, KithLocator *locator, const KithQuery *question)
{
  Ask *ask = g_new0 (Ask, 1);

  ask->query = query;
  g_atomic_ref_count_inc (&query->refs);
  ask->locator = g_object_ref (locator);
  ask->name = g_strdup (question->name);
  ask->question.name = ask->name;
  if (question->key != NULL) {
    ask->key = *question->key;
    ask->question.key = &ask->key;
  }
  if (question->location != NULL) {
    memcpy (ask->location, question->location, sizeof ask->location);
    ask->question.location = ask->location;
  }
  return ask;
}

static void
send (Ask *ask)
{
  ask->query->pending++;
  kith_locator_look_up_async (ask->locator,
                              &ask->question,
                              on_found,
                              ask->query->cancellable,
                              on_looked_up,
                              ask);
}

/* The network is back while an answer is waited for that will not come: the datagrams went
   nowhere. */
static void
on_state_changed (KithLocator *locator, KithLocatorState state, Ask *ask)
{
  if (state != KITH_LOCATOR_ONLINE || ask->query->dead) {
    return;
  }
  forget_handler (ask);
  send (ask_new (ask->query, locator, &ask->question));
}

KithDirectoryQuery *
kith_directory_query_new (KithDirectoryQueryFound found,
                          KithDirectoryQueryDone done,
                          gpointer user_data)
{
  KithDirectoryQuery *query = g_new0 (KithDirectoryQuery, 1);

  g_atomic_ref_count_init (&query->refs);
  query->found = found;
  query->done = done;
  query->user_data = user_data;
  query->cancellable = g_cancellable_new ();
  return query;
}

void
kith_directory_query_ask (KithDirectoryQuery *query,
                          KithLocator *locator,
                          const KithQuery *question)
{
  Ask *ask = ask_new (query, locator, question);

  query->asked++;
  if (kith_locator_get_state (locator) != KITH_LOCATOR_ONLINE) {
    ask->handler = g_signal_connect (locator, "state-changed", G_CALLBACK (on_state_changed), ask);
  }
  send (ask);
}

static gboolean
on_nothing_asked (gpointer user_data)
{
  KithDirectoryQuery *query = user_data;

  query->idle = 0;
  check_done (query);
  return G_SOURCE_REMOVE;
}

void
kith_directory_query_run (KithDirectoryQuery *query)
{
  query->running = TRUE;
  if (query->pending == 0) {
    query->idle = g_idle_add_full (G_PRIORITY_DEFAULT, on_nothing_asked, query, NULL);
  }
}

gboolean
kith_directory_query_was_unanswered (KithDirectoryQuery *query)
{
  return query->silent && !query->heard;
}

void
kith_directory_query_free (KithDirectoryQuery *query)
{
  if (query == NULL || query->dead) {
    return;
  }
  query->dead = TRUE;
  g_clear_handle_id (&query->idle, g_source_remove);
  g_cancellable_cancel (query->cancellable);
  query_unref (query);
}
