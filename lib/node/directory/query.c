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
  KithDirectoryQuery *look_up; /* a reference */
  KithLocator *locator;
  gulong handler;  /* 0: it had a network when it was asked, or was asked again */
  KithQuery query; /* what it points to is below */
  gchar *name;
  KithPeerKey key;
  guint8 location[KITH_LOCATION_LEN];
} Ask;

static void
look_up_unref (KithDirectoryQuery *look_up)
{
  if (g_atomic_ref_count_dec (&look_up->refs)) {
    g_object_unref (look_up->cancellable);
    g_free (look_up);
  }
}

static void
check_done (KithDirectoryQuery *look_up)
{
  if (look_up->running && !look_up->dead && look_up->pending == 0) {
    look_up->running = FALSE;
    look_up->done (look_up->asked, look_up->user_data);
  }
}

static gboolean
on_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  KithDirectoryQuery *look_up = ((Ask *)user_data)->look_up;

  if (look_up->dead) {
    return G_SOURCE_REMOVE;
  }
  look_up->found (locator, value, contact, look_up->user_data);
  return look_up->dead ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
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
  KithDirectoryQuery *look_up = ask->look_up;
  KithLocator *locator = KITH_LOCATOR (source);
  gboolean ok = kith_locator_look_up_finish (locator, result, NULL);

  if (KITH_LOCATOR_GET_IFACE (locator)->publish != NULL) { /* it has a network */
    ok = ok && kith_locator_get_state (locator) == KITH_LOCATOR_ONLINE;
    look_up->heard = look_up->heard || ok;
    look_up->silent = look_up->silent || !ok;
  }
  forget_handler (ask);
  g_object_unref (ask->locator);
  g_free (ask->name);
  g_free (ask);
  look_up->pending--;
  check_done (look_up);
  look_up_unref (look_up);
}

static Ask *
ask_new (KithDirectoryQuery *look_up, KithLocator *locator, const KithQuery *query)
{
  Ask *ask = g_new0 (Ask, 1);

  ask->look_up = look_up;
  g_atomic_ref_count_inc (&look_up->refs);
  ask->locator = g_object_ref (locator);
  ask->name = g_strdup (query->name);
  ask->query.name = ask->name;
  if (query->key != NULL) {
    ask->key = *query->key;
    ask->query.key = &ask->key;
  }
  if (query->location != NULL) {
    memcpy (ask->location, query->location, sizeof ask->location);
    ask->query.location = ask->location;
  }
  return ask;
}

static void
send (Ask *ask)
{
  ask->look_up->pending++;
  kith_locator_look_up_async (ask->locator,
                              &ask->query,
                              on_found,
                              ask->look_up->cancellable,
                              on_looked_up,
                              ask);
}

/* The network is back while an answer is waited for that will not come: the datagrams went
   nowhere. */
static void
on_state_changed (KithLocator *locator, KithLocatorState state, Ask *ask)
{
  if (state != KITH_LOCATOR_ONLINE || ask->look_up->dead) {
    return;
  }
  forget_handler (ask);
  send (ask_new (ask->look_up, locator, &ask->query));
}

KithDirectoryQuery *
kith_directory_query_new (KithDirectoryQueryFound found,
                          KithDirectoryQueryDone done,
                          gpointer user_data)
{
  KithDirectoryQuery *look_up = g_new0 (KithDirectoryQuery, 1);

  g_atomic_ref_count_init (&look_up->refs);
  look_up->found = found;
  look_up->done = done;
  look_up->user_data = user_data;
  look_up->cancellable = g_cancellable_new ();
  return look_up;
}

void
kith_directory_query_ask (KithDirectoryQuery *look_up, KithLocator *locator, const KithQuery *query)
{
  Ask *ask = ask_new (look_up, locator, query);

  look_up->asked++;
  if (kith_locator_get_state (locator) != KITH_LOCATOR_ONLINE) {
    ask->handler = g_signal_connect (locator, "state-changed", G_CALLBACK (on_state_changed), ask);
  }
  send (ask);
}

static gboolean
on_nothing_asked (gpointer user_data)
{
  KithDirectoryQuery *look_up = user_data;

  look_up->idle = 0;
  check_done (look_up);
  return G_SOURCE_REMOVE;
}

void
kith_directory_query_run (KithDirectoryQuery *look_up)
{
  look_up->running = TRUE;
  if (look_up->pending == 0) {
    look_up->idle = g_idle_add_full (G_PRIORITY_DEFAULT, on_nothing_asked, look_up, NULL);
  }
}

gboolean
kith_directory_query_was_unanswered (KithDirectoryQuery *look_up)
{
  return look_up->silent && !look_up->heard;
}

void
kith_directory_query_free (KithDirectoryQuery *look_up)
{
  if (look_up == NULL || look_up->dead) {
    return;
  }
  look_up->dead = TRUE;
  g_clear_handle_id (&look_up->idle, g_source_remove);
  g_cancellable_cancel (look_up->cancellable);
  look_up_unref (look_up);
}
