/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Look-ups: one request to the worker each, that ends in time whatever the worker does. */
#include "dht-private.h"

#include <string.h>

#define LOOK_UP_MS 3000
#define ALONE_LOOK_UP_MS 500 /* nobody to wait for */
#define MAX_VALUES 64        /* of one look-up */
/* alone for less than this after being online: the network may be back any moment */
#define LOST_S 60
/* Just after an outage libopendht's searches wait for nodes that it takes for dead, or end at once
   since all that they know are: so long after it what found nothing is asked again so often. */
#define BACK_S 3
#define AGAIN_MS 250

typedef struct {
  KithLocatorDht *locator; /* (unowned) */
  guint id;
  guint8 location[KITH_LOCATION_LEN];
  GTask *task; /* (owned) */
  KithFoundFunc found;
  gpointer user_data;
  gint64 until_us;
  GHashTable *seen; /* of GBytes: the values told already */
  guint timer, local_timer;
  guint again_timer; /* 0: one answer decides */
  gulong cancelled_handler;
} LookUp;

static void
look_up_free (gpointer data)
{
  LookUp *look_up = data;

  kith_clock_cancel (look_up->locator->clock, &look_up->timer);
  kith_clock_cancel (look_up->locator->clock, &look_up->local_timer);
  kith_clock_cancel (look_up->locator->clock, &look_up->again_timer);
  if (look_up->cancelled_handler != 0) {
    g_signal_handler_disconnect (g_task_get_cancellable (look_up->task),
                                 look_up->cancelled_handler);
  }
  g_hash_table_unref (look_up->seen);
  g_object_unref (look_up->task);
  g_free (look_up);
}

/* Ends it, successfully unless @error (transfer full) is given; whatever was found was found. */
static void
finish_look_up (LookUp *look_up, GError *error)
{
  KithLocatorDht *self = look_up->locator;
  g_autoptr (GTask) task = g_object_ref (look_up->task);
  const KithDhtFrame frame = { .type = KITH_FRAME_CANCEL_GET, .id = look_up->id };

  kith_dht_send (self, &frame);
  g_hash_table_remove (self->look_ups, GUINT_TO_POINTER (look_up->id));
  if (error != NULL) {
    g_task_return_error (task, error);
  } else {
    g_task_return_boolean (task, TRUE);
  }
}

static void
send_look_up (LookUp *look_up)
{
  const gint64 left_ms = (look_up->until_us - kith_clock_now (look_up->locator->clock)) / 1000;
  KithDhtFrame frame = { .type = KITH_FRAME_GET,
                         .id = look_up->id,
                         .deadline_ms = (guint16)CLAMP (left_ms, 1, LOOK_UP_MS) };

  memcpy (frame.location, look_up->location, KITH_LOCATION_LEN);
  kith_dht_send (look_up->locator, &frame);
}

static gboolean
on_again_time (gpointer user_data)
{
  LookUp *look_up = user_data;

  look_up->again_timer = kith_clock_add (look_up->locator->clock, AGAIN_MS, on_again_time, look_up);
  send_look_up (look_up);
  return G_SOURCE_REMOVE;
}

/* The look-up may be gone after it. */
void
kith_dht_look_up_tell (KithLocatorDht *self, guint id, GBytes *value)
{
  LookUp *look_up = g_hash_table_lookup (self->look_ups, GUINT_TO_POINTER (id));

  if (look_up == NULL || !g_hash_table_add (look_up->seen, g_bytes_ref (value))) {
    return;
  }
  kith_clock_cancel (self->clock, &look_up->again_timer);
  const gboolean enough = g_hash_table_size (look_up->seen) >= MAX_VALUES;
  const gboolean more = look_up->found (KITH_LOCATOR (self), value, NULL, look_up->user_data);
  /* the function may have cancelled it */
  look_up = g_hash_table_lookup (self->look_ups, GUINT_TO_POINTER (id));
  if (look_up != NULL && (enough || !more)) {
    finish_look_up (look_up, NULL);
  }
}

/* Ends it; @answered: as far as is known some node was heard. That nobody has it is said by nodes
   that answer, never by silence. */
static void
conclude (LookUp *look_up, gboolean answered)
{
  GError *error = NULL;

  if (!answered && g_hash_table_size (look_up->seen) == 0) {
    error = g_error_new_literal (KITH_ERROR,
                                 KITH_ERROR_NOT_READY,
                                 "No node of the network answered; see `kith doctor`");
  }
  finish_look_up (look_up, error);
}

static gboolean
on_look_up_time (gpointer user_data)
{
  LookUp *look_up = user_data;

  look_up->timer = 0;
  conclude (look_up, look_up->locator->state == KITH_LOCATOR_ONLINE);
  return G_SOURCE_REMOVE;
}

static void
set_look_up_deadline (LookUp *look_up, guint ms)
{
  KithClock *clock = look_up->locator->clock;

  kith_clock_cancel (clock, &look_up->timer);
  look_up->until_us = kith_clock_now (clock) + (gint64)ms * 1000;
  look_up->timer = kith_clock_add (clock, ms, on_look_up_time, look_up);
}

/* As long as there is no network, our own records are all that there is: they are told without the
   worker. */
static gboolean
on_local_time (gpointer user_data)
{
  LookUp *look_up = user_data;
  g_autoptr (KithLocatorDht) self = g_object_ref (look_up->locator);
  g_autoptr (GPtrArray) values = kith_dht_publications_at (self, look_up->location);
  const guint id = look_up->id;

  look_up->local_timer = 0;
  for (guint i = 0; i < values->len; i++) {
    kith_dht_look_up_tell (self, id, values->pdata[i]);
  }
  return G_SOURCE_REMOVE;
}

static void
on_look_up_cancelled (GCancellable *cancellable, LookUp *look_up)
{
  finish_look_up (look_up,
                  g_error_new_literal (KITH_ERROR,
                                       KITH_ERROR_CANCELLED,
                                       kith_error_text (KITH_ERROR_CANCELLED)));
}

/* TRUE when it is worth waiting for somebody who answers. */
static gboolean
is_hopeful (KithLocatorDht *self)
{
  return self->state != KITH_LOCATOR_ALONE
         || (self->lost_us != 0
             && kith_clock_now (self->clock) - self->lost_us < (gint64)LOST_S * G_USEC_PER_SEC);
}

static gboolean
is_just_back (KithLocatorDht *self)
{
  return self->state == KITH_LOCATOR_ONLINE && self->back_us != 0
         && kith_clock_now (self->clock) - self->back_us < (gint64)BACK_S * G_USEC_PER_SEC;
}

static gboolean
check_look_up (KithLocatorDht *self, GCancellable *cancellable, GError **error)
{
  if (g_cancellable_is_cancelled (cancellable)) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_CANCELLED,
                         kith_error_text (KITH_ERROR_CANCELLED));
    return FALSE;
  }
  if (!self->started) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_NOT_READY,
                         "The DHT is not running; start kithd's node first");
    return FALSE;
  }
  if (g_hash_table_size (self->look_ups) >= self->config->max_look_up) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_LIMIT_REACHED,
                 "%u look-ups are under way already; wait, or raise [dht] max-look-up",
                 self->config->max_look_up);
    return FALSE;
  }
  return TRUE;
}

void
kith_dht_look_up_async (KithLocator *locator,
                        const KithQuery *query,
                        KithFoundFunc found,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_check_cancellable (task, FALSE);
  if (!check_look_up (self, cancellable, &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (query->location == NULL) {
    g_task_return_boolean (task, TRUE); /* a name without a place: not for us */
    return;
  }
  LookUp *look_up = g_new0 (LookUp, 1);
  look_up->locator = self;
  look_up->id = kith_dht_next_id (self);
  memcpy (look_up->location, query->location, KITH_LOCATION_LEN);
  look_up->task = g_steal_pointer (&task);
  look_up->found = found;
  look_up->user_data = user_data;
  look_up->seen
      = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
  g_hash_table_insert (self->look_ups, GUINT_TO_POINTER (look_up->id), look_up);
  if (cancellable != NULL) {
    look_up->cancelled_handler
        = g_signal_connect (cancellable, "cancelled", G_CALLBACK (on_look_up_cancelled), look_up);
  }
  set_look_up_deadline (look_up, is_hopeful (self) ? LOOK_UP_MS : ALONE_LOOK_UP_MS);
  if (self->state != KITH_LOCATOR_ONLINE) {
    look_up->local_timer = kith_clock_add (self->clock, 0, on_local_time, look_up);
  }
  if (is_just_back (self)) {
    look_up->again_timer = kith_clock_add (self->clock, AGAIN_MS, on_again_time, look_up);
  }
  send_look_up (look_up);
}

gboolean
kith_dht_look_up_finish (KithLocator *locator, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, locator), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
kith_dht_look_up_done (KithLocatorDht *self, guint id, gboolean ok)
{
  LookUp *look_up = g_hash_table_lookup (self->look_ups, GUINT_TO_POINTER (id));

  /* While nobody is there (yet, or for a moment), a no of nobody is no answer: it is asked again or
     runs out. */
  if (look_up != NULL && look_up->again_timer == 0
      && (ok || self->state == KITH_LOCATOR_ONLINE || !is_hopeful (self))) {
    conclude (look_up, ok);
  }
  return look_up != NULL;
}

void
kith_dht_look_ups_send (KithLocatorDht *self)
{
  GHashTableIter iter;
  gpointer look_up;

  g_hash_table_iter_init (&iter, self->look_ups);
  while (g_hash_table_iter_next (&iter, NULL, &look_up)) {
    send_look_up (look_up);
  }
}

void
kith_dht_look_ups_back (KithLocatorDht *self)
{
  GHashTableIter iter;
  gpointer value;

  self->back_us = self->lost_us != 0 ? kith_clock_now (self->clock) : 0;
  g_hash_table_iter_init (&iter, self->look_ups);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    LookUp *look_up = value;
    set_look_up_deadline (look_up, LOOK_UP_MS);
    if (self->back_us != 0 && look_up->again_timer == 0) {
      look_up->again_timer = kith_clock_add (self->clock, AGAIN_MS, on_again_time, look_up);
    }
    send_look_up (look_up);
  }
}

void
kith_dht_look_ups_hurry (KithLocatorDht *self)
{
  GHashTableIter iter;
  gpointer look_up;

  g_hash_table_iter_init (&iter, self->look_ups);
  while (g_hash_table_iter_next (&iter, NULL, &look_up)) {
    set_look_up_deadline (look_up, ALONE_LOOK_UP_MS);
  }
}

void
kith_dht_look_ups_end (KithLocatorDht *self, KithError code)
{
  g_autoptr (GList) ids = g_hash_table_get_keys (self->look_ups); /* they go while we pass */

  for (GList *l = ids; l != NULL; l = l->next) {
    LookUp *look_up = g_hash_table_lookup (self->look_ups, l->data);
    if (look_up != NULL) {
      finish_look_up (look_up, g_error_new (KITH_ERROR, code, "The DHT was stopped"));
    }
  }
}

GHashTable *
kith_dht_look_ups_new (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, look_up_free);
}
