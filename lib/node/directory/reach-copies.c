/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps sealed copies until it is known whose are to be believed. */
#include "node/directory/reach-copies.h"

#include <string.h>

#include "base/log.h"
#include "identity/seal.h"
#include "model/names/epoch.h"
#include "node/directory/query.h"

#define MAX_VALUES 64 /* as many as a look-up gives */

struct _KithReachCopies {
  GObject parent_instance;
  KithClock *clock;
  guint8 secret[32];
  gint64 started;
  KithDirectoryQuery *query;
  KithDirectoryQuery *inbox;
  GPtrArray *values; /* of GBytes */
  KithPeerKey keys[KITH_COPY_KEYS];
  guint n_keys;
  gboolean done;
};

G_DEFINE_FINAL_TYPE (KithReachCopies, kith_reach_copies, G_TYPE_OBJECT)

enum { SIGNAL_FOUND, SIGNAL_DONE, N_SIGNALS };
static guint signals[N_SIGNALS];

/* TRUE when @value is a copy for @key; the right one of all values is told. */
static gboolean
try_value (KithReachCopies *copies, GBytes *value, const KithPeerKey *key)
{
  gint64 now = kith_clock_wall (copies->clock) / G_USEC_PER_SEC;
  KithReach reach;

  if (!kith_reach_open_for_name (value, copies->secret, key, now, &reach, NULL)) {
    return FALSE;
  }
  kith_debug ("directory", "a reach record of %" G_GUINT64_FORMAT " beside the name", reach.seq);
  g_signal_emit (copies, signals[SIGNAL_FOUND], 0, &reach);
  return TRUE;
}

static void
on_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  g_autoptr (KithReachCopies) copies = g_object_ref (user_data);

  if (value == NULL || copies->values->len == MAX_VALUES) {
    return;
  }
  g_ptr_array_add (copies->values, g_bytes_ref (value));
  for (guint i = 0; i < copies->n_keys && !try_value (copies, value, &copies->keys[i]); i++) {
  }
}

static void
on_done (guint asked, gpointer user_data)
{
  g_autoptr (KithReachCopies) copies = g_object_ref (user_data);

  copies->done = TRUE;
  g_signal_emit (copies, signals[SIGNAL_DONE], 0);
}

/* One answer is enough: it was asked for the sake of asking. */
static void
on_inbox_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  KithReachCopies *copies = user_data;

  g_clear_pointer (&copies->inbox, kith_directory_query_free);
}

static void
on_inbox_done (guint asked, gpointer user_data)
{
}

static void
kith_reach_copies_dispose (GObject *object)
{
  KithReachCopies *copies = KITH_REACH_COPIES (object);

  g_clear_pointer (&copies->query, kith_directory_query_free);
  g_clear_pointer (&copies->inbox, kith_directory_query_free);
  g_clear_pointer (&copies->values, g_ptr_array_unref);
  g_clear_object (&copies->clock);
  G_OBJECT_CLASS (kith_reach_copies_parent_class)->dispose (object);
}

static void
kith_reach_copies_class_init (KithReachCopiesClass *klass)
{
  GType type = KITH_TYPE_REACH_COPIES;

  G_OBJECT_CLASS (klass)->dispose = kith_reach_copies_dispose;
  signals[SIGNAL_FOUND] = g_signal_new ("found",
                                        type,
                                        G_SIGNAL_RUN_LAST,
                                        0,
                                        NULL,
                                        NULL,
                                        NULL,
                                        G_TYPE_NONE,
                                        1,
                                        G_TYPE_POINTER);
  signals[SIGNAL_DONE]
      = g_signal_new ("done", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
kith_reach_copies_init (KithReachCopies *copies)
{
  copies->values = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
}

static void
ask (KithDirectoryQuery *query, GPtrArray *locators, const guint8 *location)
{
  KithQuery question = { .location = location };

  for (guint i = 0; i < locators->len; i++) {
    if (kith_locator_get_state (locators->pdata[i]) != KITH_LOCATOR_OFFLINE) {
      kith_directory_query_ask (query, locators->pdata[i], &question);
    }
  }
  kith_directory_query_run (query);
}

KithReachCopies *
kith_reach_copies_new (KithClock *clock, const guint8 name_secret[32], GPtrArray *locators)
{
  KithReachCopies *copies = g_object_new (KITH_TYPE_REACH_COPIES, NULL);
  guint8 location[KITH_LOCATION_LEN];

  copies->clock = g_object_ref (clock);
  copies->started = kith_clock_now (clock);
  memcpy (copies->secret, name_secret, sizeof copies->secret);
  kith_name_reach_location (copies->secret, location);
  copies->query = kith_directory_query_new (on_found, on_done, copies);
  ask (copies->query, locators, location);
  kith_name_inbox_location (copies->secret, kith_epoch_at (kith_clock_wall (clock)), location);
  copies->inbox = kith_directory_query_new (on_inbox_found, on_inbox_done, copies);
  ask (copies->inbox, locators, location);
  return copies;
}

void
kith_reach_copies_add_key (KithReachCopies *copies, const KithPeerKey *key)
{
  g_autoptr (KithReachCopies) kept = g_object_ref (copies);

  if (copies->n_keys == KITH_COPY_KEYS || kith_reach_copies_has_key (copies, key)) {
    return;
  }
  copies->keys[copies->n_keys++] = *key;
  for (guint i = 0; copies->values != NULL && i < copies->values->len; i++) {
    (void)try_value (copies, copies->values->pdata[i], key);
  }
}

gboolean
kith_reach_copies_has_key (KithReachCopies *copies, const KithPeerKey *key)
{
  for (guint i = 0; i < copies->n_keys; i++) {
    if (kith_peer_key_equal (&copies->keys[i], key)) {
      return TRUE;
    }
  }
  return FALSE;
}

const guint8 *
kith_reach_copies_get_secret (KithReachCopies *copies)
{
  return copies->secret;
}

gint64
kith_reach_copies_get_started (KithReachCopies *copies)
{
  return copies->started;
}

gboolean
kith_reach_copies_is_done (KithReachCopies *copies)
{
  return copies->done;
}
