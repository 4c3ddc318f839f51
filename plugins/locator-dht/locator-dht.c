/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The locator over a DHT worker that may die at any time: its state, the worker's words, its
   life. */
#include "locator-dht.h"

#include <string.h>

#include "base/log.h"

#include "dht-host.h"
#include "dht-node-id.h"
#include "dht-private.h"

#define LOG KITH_DHT_LOG
#define JOIN_MS 3000       /* until nobody answering means alone */
#define JOIN_NOBODY_MS 300 /* the same when there is nobody to ask */
#define BOOTSTRAP_MS 30000 /* between attempts while nobody answers */

static void kith_locator_dht_locator_init (KithLocatorInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithLocatorDht,
                               kith_locator_dht,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_LOCATOR,
                                                      kith_locator_dht_locator_init))

guint
kith_dht_next_id (KithLocatorDht *self)
{
  do {
    self->last_id++;
  } while (self->last_id == 0
           || g_hash_table_contains (self->look_ups, GUINT_TO_POINTER (self->last_id))
           || g_hash_table_contains (self->publications, GUINT_TO_POINTER (self->last_id))
           || g_hash_table_contains (self->watches, GUINT_TO_POINTER (self->last_id)));
  return self->last_id;
}

/* State: one door */

static void
change_state (KithLocatorDht *self, KithLocatorState state, const char *reason)
{
  if (self->state == state) {
    return;
  }
  kith_info (LOG,
             "%s -> %s (%s)",
             kith_locator_state_word (self->state),
             kith_locator_state_word (state),
             reason);
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

  self->join_timer = 0;
  kith_dht_look_ups_hurry (self);
  change_state (self, KITH_LOCATOR_ALONE, "no node answered");
  return G_SOURCE_REMOVE;
}

static gboolean
on_bootstrap_time (gpointer user_data)
{
  KithLocatorDht *self = user_data;

  if (self->state != KITH_LOCATOR_ONLINE) {
    kith_dht_bootstrap_run (self->bootstrap);
  } else {
    kith_dht_bootstrap_ask_missing (self->bootstrap);
  }
  return G_SOURCE_CONTINUE;
}

static void
on_bootstrap_address (const KithEndpoint *address, gpointer user_data)
{
  KithLocatorDht *self = user_data;
  const KithDhtFrame frame = { .type = KITH_FRAME_BOOTSTRAP, .address = *address };

  kith_dht_send (self, &frame);
}

/* The worker */

void
kith_dht_send (KithLocatorDht *self, const KithDhtFrame *frame)
{
  guint8 bytes[KITH_FRAME_MAX];

  kith_worker_host_send (self->worker, bytes, kith_dht_frame_encode (frame, bytes, sizeof bytes));
}

static void
send_host (KithLocatorDht *self)
{
  KithDhtFrame frame;

  kith_dht_host_fill (&frame);
  kith_dht_send (self, &frame);
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
  KithDhtFrame start = { .type = KITH_FRAME_START,
                         .port = self->status.port4 != 0 ? self->status.port4 : self->config->port,
                         .network = self->config->network,
                         .discovery = self->config->discovery,
                         .check_s = (guint16)self->config->check_s };

  memcpy (start.location, self->node_id, sizeof start.location);
  kith_dht_send (self, &start);
  send_host (self);
  if (self->tunnel.port != 0) {
    kith_dht_send (self, &self->tunnel);
  }
  kith_dht_bootstrap_run (self->bootstrap);
  kith_dht_places_send (self);
  kith_dht_look_ups_send (self);
}

static void
on_worker_ready (KithLocatorDht *self, const KithDhtFrame *frame)
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
  const KithEndpoint *outer = &status->public_address;
  const gboolean moved
      = outer->family != self->status.public_address.family
        || memcmp (outer->ip, self->status.public_address.ip, sizeof outer->ip) != 0;

  self->status = *status;
  if (moved) {
    kith_locator_emit_peers_changed (KITH_LOCATOR (self));
  }
  for (guint i = 0; i < status->n_known; i++) {
    kith_dht_bootstrap_heard (self->bootstrap, &status->known[i], kith_clock_wall (self->clock));
  }
  kith_dht_bootstrap_remember (self->bootstrap, status->known, status->n_known);
  kith_dht_publications_sweep (self);
  if (status->peers > 0 && self->state != KITH_LOCATOR_ONLINE) {
    change_state (self, KITH_LOCATOR_ONLINE, "a node answered");
    kith_dht_look_ups_back (self); /* asked when there was nobody to ask */
  } else if (status->peers == 0 && self->state == KITH_LOCATOR_ONLINE) {
    self->lost_us = kith_clock_now (self->clock);
    change_state (self, KITH_LOCATOR_ALONE, "no node answers any more");
  }
}

static gboolean
kith_locator_dht_set_tunnel (KithLocator *locator, guint16 port, const guint8 *token)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);

  self->tunnel = (KithDhtFrame){ .type = KITH_FRAME_TUNNEL, .port = port };
  if (port != 0) {
    memcpy (self->tunnel.token, token, sizeof self->tunnel.token);
  }
  kith_dht_send (self, &self->tunnel);
  /* whom a tunnel reaches does not tell how we are seen */
  kith_locator_emit_peers_changed (locator);
  return TRUE;
}

static void
on_worker_peers (KithLocatorDht *self, const KithDhtFrame *frame)
{
  self->peers = *frame;
  for (guint i = 0; i < frame->n_addresses; i++) {
    if (frame->heard[i]) {
      kith_dht_bootstrap_heard (self->bootstrap,
                                &frame->addresses[i],
                                kith_clock_wall (self->clock));
    }
  }
  kith_locator_emit_peers_changed (KITH_LOCATOR (self));
}

static void
on_worker_value (KithLocatorDht *self, const KithDhtFrame *frame)
{
  g_autoptr (GBytes) value = g_bytes_new (frame->value, frame->value_len);

  if (!kith_dht_watch_tell (self, frame->id, value)) {
    kith_dht_look_up_tell (self, frame->id, value);
  }
}

static void
on_worker_failed (KithLocatorDht *self, const KithDhtFrame *frame)
{
  g_autofree gchar *why
      = g_strdup_printf ("gave up: %.*s", (int)frame->value_len, (const char *)frame->value);

  kith_worker_host_set_why (self->worker, why);
}

static void
take_frame (KithLocatorDht *self, const KithDhtFrame *frame)
{
  switch (frame->type) {
  case KITH_FRAME_READY:
    on_worker_ready (self, frame);
    return;
  case KITH_FRAME_VALUE:
    on_worker_value (self, frame);
    return;
  case KITH_FRAME_DONE:
    if (!kith_dht_look_up_done (self, frame->id, frame->ok)) {
      kith_dht_publication_done (self, frame->id);
    }
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
  case KITH_FRAME_FAILED:
    on_worker_failed (self, frame);
    return;
  case KITH_FRAME_HOST:
  case KITH_FRAME_TUNNEL:
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
    return; /* the decoder lets none of these through */
  }
}

static gboolean
on_worker_frame (KithWireReader body, gpointer owner)
{
  g_autoptr (KithLocatorDht) self = g_object_ref (owner);
  KithDhtFrame frame;

  if (!kith_dht_frame_decode (body, KITH_FRAME_FROM_WORKER, &frame)) {
    return FALSE;
  }
  if (self->stopping == NULL) {
    take_frame (self, &frame);
  }
  return TRUE;
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

static const KithWorkerKind worker_kind = {
  .log = LOG,
  .name = "the DHT worker",
  .remedy = "is Kith installed completely, or [dht] worker wrong?",
  .frame_max = KITH_FRAME_MAX,
  .ping = KITH_FRAME_PING,
  .quit = KITH_FRAME_QUIT,
  .started = on_worker_started,
  .frame = on_worker_frame,
  .ended = on_worker_ended,
};

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
    kith_worker_host_start (self->worker);
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
  kith_dht_look_ups_end (self, KITH_ERROR_CANCELLED);
  kith_dht_bootstrap_save (self->bootstrap);
  kith_worker_host_stop (self->worker);
  change_state (self, KITH_LOCATOR_OFFLINE, "stopped");
  if (!kith_worker_host_is_running (self->worker)) {
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
kith_locator_dht_locator_init (KithLocatorInterface *iface)
{
  iface->get_name = kith_locator_dht_get_name;
  iface->get_state = kith_locator_dht_get_state;
  iface->start = kith_locator_dht_start;
  iface->stop_async = kith_locator_dht_stop_async;
  iface->stop_finish = kith_locator_dht_stop_finish;
  iface->look_up_async = kith_dht_look_up_async;
  iface->look_up_finish = kith_dht_look_up_finish;
  iface->publish = kith_dht_publish;
  iface->unpublish = kith_dht_unpublish;
  iface->watch = kith_dht_watch;
  iface->unwatch = kith_dht_unwatch;
  iface->get_status = kith_dht_get_status;
  iface->get_peers = kith_dht_get_peers;
  iface->get_outer = kith_dht_get_outer;
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
  kith_worker_host_free (self->worker);
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
  self->look_ups = kith_dht_look_ups_new ();
  self->publications = kith_dht_publications_new ();
  self->watches = kith_dht_watches_new ();
}

KithLocatorDht *
kith_locator_dht_new (KithDhtConfig *config, const char *state_dir, const char *worker)
{
  KithLocatorDht *self = g_object_new (KITH_TYPE_LOCATOR_DHT, NULL);

  self->config = config;
  kith_dht_node_id_load (state_dir, self->node_id);
  self->worker = kith_worker_host_new (&worker_kind, worker, self);
  self->bootstrap
      = kith_dht_bootstrap_new (config->bootstrap, state_dir, on_bootstrap_address, self);
  return self;
}
