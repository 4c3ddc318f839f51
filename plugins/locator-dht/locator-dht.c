/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Look-ups, publications and watches over a DHT worker that may die at any time. */
#include "locator-dht.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

#include "dht-bootstrap.h"
#include "dht-host.h"
#include "dht-node-id.h"
#include "dht-worker.h"
#include "worker/datagram-filter.h"

#define LOG "dht"
#define LOOK_UP_MS 3000
#define ALONE_LOOK_UP_MS 500 /* nobody to wait for */
#define MAX_VALUES 64        /* of one look-up */
#define JOIN_MS 3000         /* until nobody answering means alone */
#define JOIN_NOBODY_MS 300   /* the same when there is nobody to ask */
#define BOOTSTRAP_MS 30000   /* between attempts while nobody answers */
#define ONE_SHOT_US (30 * G_USEC_PER_SEC)

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
  gulong cancelled_handler;
} LookUp;

typedef struct {
  guint id;
  guint8 location[KITH_LOCATION_LEN];
  GBytes *value;
  gboolean keep;
  gint64 since_us;
} Publication;

typedef struct {
  guint id;
  guint8 location[KITH_LOCATION_LEN];
  KithFoundFunc found;
  gpointer user_data;
} Watch;

struct _KithLocatorDht {
  GObject parent_instance;
  KithDhtConfig *config;
  KithClock *clock;
  KithDhtWorker *worker;
  KithDhtBootstrap *bootstrap;
  KithLocatorState state;
  gboolean started;
  guint last_id;
  GHashTable *look_ups;     /* id → LookUp */
  GHashTable *publications; /* id → Publication */
  GHashTable *watches;      /* id → Watch */
  KithFrameStatus status;   /* the worker's latest */
  KithWorkerFrame peers;    /* the same */
  KithWorkerFrame tunnel;   /* TUNNEL as it was set; port 0: none */
  GNetworkMonitor *monitor; /* (nullable): while started */
  guint join_timer, bootstrap_timer;
  guint8 node_id[KITH_LOCATION_LEN];
  GTask *stopping;
  gchar *last_error;
};

static void kith_locator_dht_locator_init (KithLocatorInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithLocatorDht,
                               kith_locator_dht,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_LOCATOR,
                                                      kith_locator_dht_locator_init))

static const char *const state_words[] = {
  [KITH_LOCATOR_OFFLINE] = "offline",
  [KITH_LOCATOR_JOINING] = "joining",
  [KITH_LOCATOR_ALONE] = "alone",
  [KITH_LOCATOR_ONLINE] = "online",
};

static guint
next_id (KithLocatorDht *self)
{
  do {
    self->last_id++;
  } while (self->last_id == 0
           || g_hash_table_contains (self->look_ups, GUINT_TO_POINTER (self->last_id))
           || g_hash_table_contains (self->publications, GUINT_TO_POINTER (self->last_id))
           || g_hash_table_contains (self->watches, GUINT_TO_POINTER (self->last_id)));
  return self->last_id;
}

/* Look-ups */

static void
look_up_free (gpointer data)
{
  LookUp *look_up = data;

  kith_clock_cancel (look_up->locator->clock, &look_up->timer);
  kith_clock_cancel (look_up->locator->clock, &look_up->local_timer);
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
  const KithWorkerFrame frame = { .type = KITH_FRAME_CANCEL_GET, .id = look_up->id };

  kith_dht_worker_send (self->worker, &frame);
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
  KithWorkerFrame frame = { .type = KITH_FRAME_GET,
                            .id = look_up->id,
                            .deadline_ms = (guint16)CLAMP (left_ms, 1, LOOK_UP_MS) };

  memcpy (frame.location, look_up->location, KITH_LOCATION_LEN);
  kith_dht_worker_send (look_up->locator->worker, &frame);
}

/* Hands a value to whoever asks, once. The look-up may be gone after it. */
static void
tell_look_up (KithLocatorDht *self, guint id, GBytes *value)
{
  LookUp *look_up = g_hash_table_lookup (self->look_ups, GUINT_TO_POINTER (id));

  if (look_up == NULL || !g_hash_table_add (look_up->seen, g_bytes_ref (value))) {
    return;
  }
  const gboolean enough = g_hash_table_size (look_up->seen) >= MAX_VALUES;
  const gboolean more = look_up->found (KITH_LOCATOR (self), value, NULL, look_up->user_data);
  look_up = g_hash_table_lookup (self->look_ups,
                                 GUINT_TO_POINTER (id)); /* the function may have cancelled it */
  if (look_up != NULL && (enough || !more)) {
    finish_look_up (look_up, NULL);
  }
}

static gboolean
on_look_up_time (gpointer user_data)
{
  LookUp *look_up = user_data;

  look_up->timer = 0;
  finish_look_up (look_up, NULL);
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

/* As long as there is no network, our own records are all that there is: they are told without the worker. */
static gboolean
on_local_time (gpointer user_data)
{
  LookUp *look_up = user_data;
  g_autoptr (KithLocatorDht) self = g_object_ref (look_up->locator);
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  const guint id = look_up->id;
  GHashTableIter iter;
  gpointer value;

  look_up->local_timer = 0;
  g_hash_table_iter_init (&iter, self->publications);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Publication *publication = value;
    if (memcmp (publication->location, look_up->location, KITH_LOCATION_LEN) == 0) {
      g_ptr_array_add (values, g_bytes_ref (publication->value));
    }
  }
  for (guint i = 0; i < values->len; i++) {
    tell_look_up (self, id, values->pdata[i]);
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

static void
kith_locator_dht_look_up_async (KithLocator *locator,
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
  look_up->id = next_id (self);
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
  set_look_up_deadline (look_up, self->state == KITH_LOCATOR_ALONE ? ALONE_LOOK_UP_MS : LOOK_UP_MS);
  if (self->state != KITH_LOCATOR_ONLINE) {
    look_up->local_timer = kith_clock_add (self->clock, 0, on_local_time, look_up);
  }
  send_look_up (look_up);
}

static gboolean
kith_locator_dht_look_up_finish (KithLocator *locator, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, locator), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* The ids of all look-ups, so that they can end while we go through them. (transfer full) */
static GList *
look_up_ids (KithLocatorDht *self)
{
  return g_hash_table_get_keys (self->look_ups);
}

static void
finish_all_look_ups (KithLocatorDht *self, KithError code)
{
  g_autoptr (GList) ids = look_up_ids (self);

  for (GList *l = ids; l != NULL; l = l->next) {
    LookUp *look_up = g_hash_table_lookup (self->look_ups, l->data);
    if (look_up != NULL) {
      finish_look_up (look_up, g_error_new (KITH_ERROR, code, "The DHT was stopped"));
    }
  }
}

/* Publications */

static void
publication_free (gpointer data)
{
  Publication *publication = data;

  g_bytes_unref (publication->value);
  g_free (publication);
}

static void
send_publication (KithLocatorDht *self, const Publication *publication)
{
  KithWorkerFrame frame
      = { .type = KITH_FRAME_PUT, .id = publication->id, .keep = publication->keep };

  memcpy (frame.location, publication->location, KITH_LOCATION_LEN);
  frame.value_len = g_bytes_get_size (publication->value);
  memcpy (frame.value, g_bytes_get_data (publication->value, NULL), frame.value_len);
  kith_dht_worker_send (self->worker, &frame);
}

/* One-shot values that nobody took within half a minute are given up. */
static gboolean
is_stale (gpointer key, gpointer value, gpointer user_data)
{
  const Publication *publication = value;
  const KithLocatorDht *self = user_data;

  return !publication->keep && kith_clock_now (self->clock) - publication->since_us > ONE_SHOT_US;
}

static guint
kith_locator_dht_publish (KithLocator *locator,
                          const guint8 *location,
                          GBytes *value,
                          gboolean keep)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);
  const gsize len = g_bytes_get_size (value);

  (void)g_hash_table_foreach_remove (self->publications, is_stale, self);
  if (len == 0 || len > KITH_FRAME_VALUE_MAX) {
    kith_warning (LOG,
                  "a record of %" G_GSIZE_FORMAT " bytes is not published: 1 to %u are possible",
                  len,
                  KITH_FRAME_VALUE_MAX);
    return 0;
  }
  if (self->stopping != NULL
      || g_hash_table_size (self->publications) >= self->config->max_publish) {
    kith_warning (LOG,
                  "a record is not published: %s",
                  self->stopping != NULL ? "the DHT is stopping"
                                         : "there are too many; raise [dht] max-publish");
    return 0;
  }
  Publication *publication = g_new0 (Publication, 1);
  publication->id = next_id (self);
  memcpy (publication->location, location, KITH_LOCATION_LEN);
  publication->value = g_bytes_ref (value);
  publication->keep = keep;
  publication->since_us = kith_clock_now (self->clock);
  g_hash_table_insert (self->publications, GUINT_TO_POINTER (publication->id), publication);
  send_publication (self, publication);
  return publication->id;
}

static void
kith_locator_dht_unpublish (KithLocator *locator, guint id)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);
  const KithWorkerFrame frame = { .type = KITH_FRAME_CANCEL_PUT, .id = id };

  if (g_hash_table_remove (self->publications, GUINT_TO_POINTER (id))) {
    kith_dht_worker_send (self->worker, &frame);
  }
}

/* Watches */

static void
send_watch (KithLocatorDht *self, const Watch *watch)
{
  KithWorkerFrame frame = { .type = KITH_FRAME_LISTEN, .id = watch->id };

  memcpy (frame.location, watch->location, KITH_LOCATION_LEN);
  kith_dht_worker_send (self->worker, &frame);
}

static guint
kith_locator_dht_watch (KithLocator *locator,
                        const guint8 *location,
                        KithFoundFunc found,
                        gpointer user_data)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);

  if (self->stopping != NULL || g_hash_table_size (self->watches) >= self->config->max_watch) {
    kith_warning (LOG,
                  "a location is not watched: %s",
                  self->stopping != NULL ? "the DHT is stopping"
                                         : "there are too many; raise [dht] max-watch");
    return 0;
  }
  Watch *watch = g_new0 (Watch, 1);
  watch->id = next_id (self);
  memcpy (watch->location, location, KITH_LOCATION_LEN);
  watch->found = found;
  watch->user_data = user_data;
  g_hash_table_insert (self->watches, GUINT_TO_POINTER (watch->id), watch);
  send_watch (self, watch);
  return watch->id;
}

static void
kith_locator_dht_unwatch (KithLocator *locator, guint id)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);
  const KithWorkerFrame frame = { .type = KITH_FRAME_UNLISTEN, .id = id };

  if (g_hash_table_remove (self->watches, GUINT_TO_POINTER (id))) {
    kith_dht_worker_send (self->worker, &frame);
  }
}

/* State: one door */

static void
change_state (KithLocatorDht *self, KithLocatorState state, const char *reason)
{
  if (self->state == state) {
    return;
  }
  kith_info (LOG, "%s -> %s (%s)", state_words[self->state], state_words[state], reason);
  self->state = state;
  if (state != KITH_LOCATOR_JOINING) {
    kith_clock_cancel (self->clock, &self->join_timer);
  }
  kith_locator_emit_state_changed (KITH_LOCATOR (self));
}

static gboolean
on_join_time (gpointer user_data)
{
  KithLocatorDht *self = user_data;
  g_autoptr (GList) ids = look_up_ids (self);

  self->join_timer = 0;
  for (GList *l = ids; l != NULL; l = l->next) {
    set_look_up_deadline (g_hash_table_lookup (self->look_ups, l->data), ALONE_LOOK_UP_MS);
  }
  change_state (self, KITH_LOCATOR_ALONE, "no node answered");
  return G_SOURCE_REMOVE;
}

static gboolean
on_bootstrap_time (gpointer user_data)
{
  KithLocatorDht *self = user_data;

  if (self->state != KITH_LOCATOR_ONLINE) {
    kith_dht_bootstrap_run (self->bootstrap);
  }
  return G_SOURCE_CONTINUE;
}

static void
on_bootstrap_address (const KithFrameAddress *address, gpointer user_data)
{
  KithLocatorDht *self = user_data;
  const KithWorkerFrame frame = { .type = KITH_FRAME_BOOTSTRAP, .address = *address };

  kith_dht_worker_send (self->worker, &frame);
}

/* The worker */

static void
send_host (KithLocatorDht *self)
{
  KithWorkerFrame frame;

  kith_dht_host_fill (&frame);
  kith_dht_worker_send (self->worker, &frame);
}

static void
on_network_changed (GNetworkMonitor *monitor, gboolean available, KithLocatorDht *self)
{
  if (self->state != KITH_LOCATOR_OFFLINE) {
    send_host (self);
  }
}

static void
on_worker_started (gpointer owner)
{
  KithLocatorDht *self = owner;
  KithWorkerFrame start
      = { .type = KITH_FRAME_START,
          .port = self->status.port4 != 0 ? self->status.port4 : self->config->port,
          .network = self->config->network,
          .discovery = self->config->discovery,
          .check_s = (guint16)self->config->check_s };
  GHashTableIter iter;
  gpointer value;

  memcpy (start.location, self->node_id, sizeof start.location);
  kith_dht_worker_send (self->worker, &start);
  send_host (self);
  if (self->tunnel.port != 0) {
    kith_dht_worker_send (self->worker, &self->tunnel);
  }
  kith_dht_bootstrap_run (self->bootstrap);
  g_hash_table_iter_init (&iter, self->watches);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    send_watch (self, value);
  }
  g_hash_table_iter_init (&iter, self->publications);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    send_publication (self, value);
  }
  g_hash_table_iter_init (&iter, self->look_ups);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    send_look_up (value);
  }
}

static void
on_worker_ready (KithLocatorDht *self, const KithWorkerFrame *frame)
{
  const gboolean somebody = self->config->discovery || kith_dht_bootstrap_has_any (self->bootstrap);

  g_clear_pointer (&self->last_error, g_free);
  self->status.port4 = frame->port4;
  self->status.port6 = frame->port6;
  if (self->config->port != 0 && frame->port4 != self->config->port
      && self->config->port != frame->port6) {
    kith_warning (LOG,
                  "UDP port %u is taken; the DHT uses %u this time",
                  self->config->port,
                  frame->port4);
  }
  kith_clock_cancel (self->clock, &self->join_timer);
  self->join_timer
      = kith_clock_add (self->clock, somebody ? JOIN_MS : JOIN_NOBODY_MS, on_join_time, self);
  change_state (self, KITH_LOCATOR_JOINING, "the worker is ready");
}

static void
on_worker_status (KithLocatorDht *self, const KithFrameStatus *status)
{
  self->status = *status;
  kith_dht_bootstrap_remember (self->bootstrap, status->known, status->n_known);
  (void)g_hash_table_foreach_remove (self->publications, is_stale, self);
  if (status->peers > 0 && self->state != KITH_LOCATOR_ONLINE) {
    g_autoptr (GList) ids = look_up_ids (self);
    for (GList *l = ids; l != NULL; l = l->next) {
      send_look_up (
          g_hash_table_lookup (self->look_ups, l->data)); /* asked when there was nobody to ask */
    }
    change_state (self, KITH_LOCATOR_ONLINE, "a node answered");
  } else if (status->peers == 0 && self->state == KITH_LOCATOR_ONLINE) {
    change_state (self, KITH_LOCATOR_ALONE, "no node answers any more");
  }
}

static gboolean
kith_locator_dht_set_tunnel (KithLocator *locator, guint16 port, const guint8 *token)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);

  self->tunnel = (KithWorkerFrame){ .type = KITH_FRAME_TUNNEL, .port = port };
  if (port != 0) {
    memcpy (self->tunnel.token, token, sizeof self->tunnel.token);
  }
  kith_dht_worker_send (self->worker, &self->tunnel);
  kith_locator_emit_peers_changed (
      locator); /* whom a tunnel reaches does not tell how we are seen */
  return TRUE;
}

static void
on_worker_peers (KithLocatorDht *self, const KithWorkerFrame *frame)
{
  self->peers = *frame;
  kith_locator_emit_peers_changed (KITH_LOCATOR (self));
}

static void
on_worker_done (KithLocatorDht *self, const KithWorkerFrame *frame)
{
  LookUp *look_up = g_hash_table_lookup (self->look_ups, GUINT_TO_POINTER (frame->id));
  Publication *publication = g_hash_table_lookup (self->publications, GUINT_TO_POINTER (frame->id));

  if (look_up != NULL && (frame->ok || self->state != KITH_LOCATOR_JOINING)) {
    finish_look_up (
        look_up,
        NULL); /* while joining, a no of nobody is no answer: it is asked again or runs out */
  } else if (publication != NULL && !publication->keep) {
    g_hash_table_remove (self->publications, GUINT_TO_POINTER (frame->id));
  }
}

static void
on_worker_value (KithLocatorDht *self, const KithWorkerFrame *frame)
{
  g_autoptr (GBytes) value = g_bytes_new (frame->value, frame->value_len);
  const Watch *watch = g_hash_table_lookup (self->watches, GUINT_TO_POINTER (frame->id));

  if (watch == NULL) {
    tell_look_up (self, frame->id, value);
  } else if (!watch->found (KITH_LOCATOR (self), value, NULL, watch->user_data)) {
    kith_locator_dht_unwatch (KITH_LOCATOR (self), frame->id);
  }
}

static void
on_worker_frame (const KithWorkerFrame *frame, gpointer owner)
{
  g_autoptr (KithLocatorDht) self = g_object_ref (owner);

  if (self->stopping != NULL) {
    return;
  }
  switch (frame->type) {
  case KITH_FRAME_READY:
    on_worker_ready (self, frame);
    return;
  case KITH_FRAME_VALUE:
    on_worker_value (self, frame);
    return;
  case KITH_FRAME_DONE:
    on_worker_done (self, frame);
    return;
  case KITH_FRAME_PUBLISHED:
    if (g_hash_table_contains (self->publications, GUINT_TO_POINTER (frame->id))) {
      kith_locator_emit_published (KITH_LOCATOR (self), frame->id, frame->replicas);
    }
    return;
  case KITH_FRAME_STATUS:
    on_worker_status (self, &frame->status);
    return;
  case KITH_FRAME_PEERS:
    on_worker_peers (self, frame);
    return;
  case KITH_FRAME_DIRECT:
    kith_locator_emit_direct_heard (KITH_LOCATOR (self));
    return;
  case KITH_FRAME_HOST:
  case KITH_FRAME_TUNNEL:
  case KITH_FRAME_FAILED:
  case KITH_FRAME_START:
  case KITH_FRAME_BOOTSTRAP:
  case KITH_FRAME_GET:
  case KITH_FRAME_CANCEL_GET:
  case KITH_FRAME_PUT:
  case KITH_FRAME_CANCEL_PUT:
  case KITH_FRAME_LISTEN:
  case KITH_FRAME_UNLISTEN:
  case KITH_FRAME_PING:
  case KITH_FRAME_QUIT:
    return; /* the end of the worker says it, or the decoder lets it not through */
  }
}

static void
finish_stop (KithLocatorDht *self)
{
  if (self->stopping != NULL) {
    g_autoptr (GTask) task = g_steal_pointer (&self->stopping);
    g_hash_table_remove_all (self->publications);
    g_task_return_boolean (task, TRUE);
  }
}

static void
on_worker_ended (const char *why, gpointer owner)
{
  g_autoptr (KithLocatorDht) self = g_object_ref (owner);

  self->status.peers = 0;
  if (self->stopping != NULL) {
    finish_stop (self);
    return;
  }
  g_free (self->last_error);
  self->last_error = g_strdup (why);
  change_state (self, KITH_LOCATOR_OFFLINE, why);
}

static const KithDhtWorkerFuncs worker_funcs
    = { on_worker_started, on_worker_frame, on_worker_ended };

/* The interface */

static const char *
kith_locator_dht_get_name (KithLocator *locator)
{
  return "dht";
}

static KithLocatorState
kith_locator_dht_get_state (KithLocator *locator)
{
  return KITH_LOCATOR_DHT (locator)->state;
}

static void
kith_locator_dht_start (KithLocator *locator)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);

  if (!self->started && self->stopping == NULL) {
    self->started = TRUE;
    self->monitor = g_object_ref (g_network_monitor_get_default ());
    g_signal_connect (self->monitor, "network-changed", G_CALLBACK (on_network_changed), self);
    self->bootstrap_timer = kith_clock_add (self->clock, BOOTSTRAP_MS, on_bootstrap_time, self);
    kith_dht_worker_start (self->worker);
  }
}

static void
forget_monitor (KithLocatorDht *self)
{
  if (self->monitor != NULL) {
    g_signal_handlers_disconnect_by_data (self->monitor, self);
    g_clear_object (&self->monitor);
  }
}

static void
kith_locator_dht_stop_async (KithLocator *locator,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_check_cancellable (task, FALSE);
  if (self->stopping != NULL) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_IN_PROGRESS,
                             "The DHT is stopping already");
    return;
  }
  self->started = FALSE;
  forget_monitor (self);
  self->stopping = g_steal_pointer (&task);
  kith_clock_cancel (self->clock, &self->join_timer);
  kith_clock_cancel (self->clock, &self->bootstrap_timer);
  g_hash_table_remove_all (self->watches);
  finish_all_look_ups (self, KITH_ERROR_CANCELLED);
  kith_dht_bootstrap_save (self->bootstrap);
  kith_dht_worker_stop (self->worker);
  change_state (self, KITH_LOCATOR_OFFLINE, "stopped");
  if (!kith_dht_worker_is_running (self->worker)) {
    finish_stop (self);
  }
}

static gboolean
kith_locator_dht_stop_finish (KithLocator *locator, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, locator), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
add_dropped (GVariantBuilder *builder, const KithFrameStatus *status)
{
  g_auto (GVariantBuilder) reasons = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{su}"));
  guint64 sum = 0;

  for (guint i = 0; i < status->n_dropped && i < KITH_N_DROPS; i++) {
    sum += status->dropped[i];
    if (status->dropped[i] > 0) {
      g_variant_builder_add (&reasons, "{su}", kith_drop_word ((KithDrop)i), status->dropped[i]);
    }
  }
  g_variant_builder_add (builder, "{sv}", "passed", g_variant_new_uint64 (status->passed));
  g_variant_builder_add (builder, "{sv}", "dropped", g_variant_new_uint64 (sum));
  g_variant_builder_add (builder, "{sv}", "dropped-why", g_variant_builder_end (&reasons));
}

static GVariant *
kith_locator_dht_get_status (KithLocator *locator)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);
  const KithFrameStatus *status = &self->status;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autofree gchar *public_address = kith_dht_address_to_text (&status->public_address);

  g_variant_builder_add (&builder,
                         "{sv}",
                         "state",
                         g_variant_new_string (state_words[self->state]));
  g_variant_builder_add (&builder, "{sv}", "peers", g_variant_new_uint32 (status->peers));
  g_variant_builder_add (&builder, "{sv}", "port", g_variant_new_uint16 (status->port4));
  g_variant_builder_add (&builder, "{sv}", "port6", g_variant_new_uint16 (status->port6));
  g_variant_builder_add (&builder, "{sv}", "network", g_variant_new_uint32 (self->config->network));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "worker-pid",
                         g_variant_new_uint32 (kith_dht_worker_get_pid (self->worker)));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "restarts",
                         g_variant_new_uint32 (kith_dht_worker_get_restarts (self->worker)));
  g_variant_builder_add (&builder, "{sv}", "lost", g_variant_new_uint32 (status->lost));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "tunnel",
                         g_variant_new_boolean (self->tunnel.port != 0));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "has-bootstrap",
                         g_variant_new_boolean (kith_dht_bootstrap_has_any (self->bootstrap)));
  add_dropped (&builder, status);
  g_variant_builder_add (&builder,
                         "{sv}",
                         "stun-answered",
                         g_variant_new_uint32 (status->stun_answered));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "stun-refused",
                         g_variant_new_uint32 (status->stun_refused));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "records",
                         g_variant_new_uint32 (g_hash_table_size (self->publications)));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "watches",
                         g_variant_new_uint32 (g_hash_table_size (self->watches)));
  if (*public_address != '\0') {
    g_variant_builder_add (&builder,
                           "{sv}",
                           "public-address",
                           g_variant_new_string (public_address));
  }
  if (self->last_error != NULL) {
    g_variant_builder_add (&builder, "{sv}", "last-error", g_variant_new_string (self->last_error));
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static guint
kith_locator_dht_get_peers (KithLocator *locator, KithCandidate *peers, guint room)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);
  const KithWorkerFrame *frame = &self->peers;
  const guint n = MIN (room, frame->n_addresses);

  for (guint i = 0; i < n; i++) {
    const KithFrameAddress *address = &frame->addresses[i];
    peers[i] = (KithCandidate){ .family = address->family,
                                .port = address->port,
                                .type = frame->heard[i] && self->tunnel.port == 0
                                            ? KITH_CANDIDATE_PRFLX
                                            : KITH_CANDIDATE_HOST };
    memcpy (peers[i].ip, address->ip, sizeof peers[i].ip);
  }
  return n;
}

static void
kith_locator_dht_locator_init (KithLocatorInterface *iface)
{
  iface->get_name = kith_locator_dht_get_name;
  iface->get_state = kith_locator_dht_get_state;
  iface->start = kith_locator_dht_start;
  iface->stop_async = kith_locator_dht_stop_async;
  iface->stop_finish = kith_locator_dht_stop_finish;
  iface->look_up_async = kith_locator_dht_look_up_async;
  iface->look_up_finish = kith_locator_dht_look_up_finish;
  iface->publish = kith_locator_dht_publish;
  iface->unpublish = kith_locator_dht_unpublish;
  iface->watch = kith_locator_dht_watch;
  iface->unwatch = kith_locator_dht_unwatch;
  iface->get_status = kith_locator_dht_get_status;
  iface->get_peers = kith_locator_dht_get_peers;
  iface->set_tunnel = kith_locator_dht_set_tunnel;
}

/* Look-ups hold a reference (their task does), so none is left here. */
static void
kith_locator_dht_finalize (GObject *object)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (object);

  kith_clock_cancel (self->clock, &self->join_timer);
  kith_clock_cancel (self->clock, &self->bootstrap_timer);
  forget_monitor (self);
  kith_dht_worker_free (self->worker);
  kith_dht_bootstrap_free (self->bootstrap);
  g_hash_table_unref (self->look_ups);
  g_hash_table_unref (self->publications);
  g_hash_table_unref (self->watches);
  kith_dht_config_free (self->config);
  g_free (self->last_error);
  g_object_unref (self->clock);
  G_OBJECT_CLASS (kith_locator_dht_parent_class)->finalize (object);
}

static void
kith_locator_dht_class_init (KithLocatorDhtClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_locator_dht_finalize;
}

static void
kith_locator_dht_init (KithLocatorDht *self)
{
  self->clock = g_object_ref (kith_clock_get_default ());
  self->look_ups = g_hash_table_new_full (NULL, NULL, NULL, look_up_free);
  self->publications = g_hash_table_new_full (NULL, NULL, NULL, publication_free);
  self->watches = g_hash_table_new_full (NULL, NULL, NULL, g_free);
}

KithLocatorDht *
kith_locator_dht_new (KithDhtConfig *config, const char *state_dir, const char *worker)
{
  KithLocatorDht *self = g_object_new (KITH_TYPE_LOCATOR_DHT, NULL);

  self->config = config;
  kith_dht_node_id_load (state_dir, self->node_id);
  self->worker = kith_dht_worker_new (worker, &worker_funcs, self);
  self->bootstrap
      = kith_dht_bootstrap_new (config->bootstrap, state_dir, on_bootstrap_address, self);
  return self;
}
