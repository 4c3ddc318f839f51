/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the DHT locator, shared by the files that hold its look-ups, its places and its
   life. */
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "worker/worker-host.h"

#include "dht-bootstrap.h"
#include "locator-dht.h"

G_BEGIN_DECLS

#define KITH_DHT_LOG "dht"

struct _KithLocatorDht {
  GObject parent_instance;
  KithDhtConfig *config;
  KithClock *clock;
  KithWorkerHost *worker;
  KithDhtBootstrap *bootstrap;
  KithLocatorState state;
  gint64 lost_us; /* when nobody answered any more after being online, 0: never */
  gint64 back_us; /* when it was online again after that, 0: never */
  gboolean started;
  guint last_id;
  GHashTable *look_ups;     /* id → look-up, dht-look-ups.c */
  GHashTable *publications; /* id → publication, dht-places.c */
  GHashTable *watches;      /* id → watch, dht-places.c */
  KithFrameStatus status;   /* the worker's latest */
  KithDhtFrame peers;       /* the same */
  KithDhtFrame tunnel;      /* TUNNEL as it was set; port 0: none */
  GNetworkMonitor *monitor; /* (nullable): while started */
  guint join_timer, bootstrap_timer;
  guint8 node_id[KITH_LOCATION_LEN];
  GTask *stopping;
  gchar *last_error;
};

/* locator-dht.c: to the worker, if there is one. */
void kith_dht_send (KithLocatorDht *self, const KithDhtFrame *frame);

/* locator-dht.c: a number that no look-up, publication or watch has. */
guint kith_dht_next_id (KithLocatorDht *self);

/* dht-look-ups.c: the table, and the two functions of the interface. */
GHashTable *kith_dht_look_ups_new (void);
void kith_dht_look_up_async (KithLocator *locator,
                             const KithQuery *query,
                             KithFoundFunc found,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean kith_dht_look_up_finish (KithLocator *locator, GAsyncResult *result, GError **error);

/* dht-look-ups.c: hands a value to whoever asks, once. An unknown id is ignored. */
void kith_dht_look_up_tell (KithLocatorDht *self, guint id, GBytes *value);

/* dht-look-ups.c: the network has no more. FALSE: no look-up has this id. */
gboolean kith_dht_look_up_done (KithLocatorDht *self, guint id, gboolean ok);

/* dht-look-ups.c: all of them are asked (again), are asked with their full time since somebody is
   there now, have little time left, or end. */
void kith_dht_look_ups_send (KithLocatorDht *self);
void kith_dht_look_ups_back (KithLocatorDht *self);
void kith_dht_look_ups_hurry (KithLocatorDht *self);
void kith_dht_look_ups_end (KithLocatorDht *self, KithError code);

/* dht-places.c: the tables, and the functions of the interface. */
GHashTable *kith_dht_publications_new (void);
GHashTable *kith_dht_watches_new (void);
guint kith_dht_publish (KithLocator *locator, const guint8 *location, GBytes *value, gboolean keep);
void kith_dht_unpublish (KithLocator *locator, guint id);
guint kith_dht_watch (KithLocator *locator,
                      const guint8 *location,
                      KithFoundFunc found,
                      gpointer user_data);
void kith_dht_unwatch (KithLocator *locator, guint id);

/* dht-places.c: our own values at @location. (transfer full) (element-type GBytes) */
GPtrArray *kith_dht_publications_at (KithLocatorDht *self, const guint8 *location);

/* dht-places.c: a value came for a watch. FALSE: no watch has this id. */
gboolean kith_dht_watch_tell (KithLocatorDht *self, guint id, GBytes *value);

/* dht-places.c: the network took it; a one-shot value is done with. An unknown id is ignored. */
void kith_dht_publication_done (KithLocatorDht *self, guint id);

/* dht-places.c: one-shot values that nobody took are given up. */
void kith_dht_publications_sweep (KithLocatorDht *self);

/* dht-places.c: watches and publications are told to a new worker. */
void kith_dht_places_send (KithLocatorDht *self);

/* dht-status.c: functions of the interface. */
GVariant *kith_dht_get_status (KithLocator *locator);
guint kith_dht_get_peers (KithLocator *locator, KithWitness *peers, guint room);
gboolean kith_dht_get_outer (KithLocator *locator, KithEndpoint *outer);

G_END_DECLS
