/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Publications and watches: what stands at a location by our doing, and what we want to hear of. */
#include "dht-private.h"

#include <string.h>

#include "base/log.h"

/* A knock is repeated by who sends it, with news, before this. */
#define ONE_SHOT_US (5 * G_USEC_PER_SEC)

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
  KithDhtFrame frame = { .type = KITH_FRAME_PUT, .id = publication->id, .keep = publication->keep };

  memcpy (frame.location, publication->location, KITH_LOCATION_LEN);
  frame.value_len = g_bytes_get_size (publication->value);
  memcpy (frame.value, g_bytes_get_data (publication->value, NULL), frame.value_len);
  kith_dht_send (self, &frame);
}

static void
cancel_publication (KithLocatorDht *self, guint id)
{
  const KithDhtFrame frame = { .type = KITH_FRAME_CANCEL_PUT, .id = id };

  kith_dht_send (self, &frame);
}

/* One-shot values that nobody took in time are given up: after an outage they would keep those that
   matter from being put. */
static gboolean
give_up_stale (gpointer key, gpointer value, gpointer user_data)
{
  const Publication *publication = value;
  KithLocatorDht *self = user_data;

  if (publication->keep || kith_clock_now (self->clock) - publication->since_us <= ONE_SHOT_US) {
    return FALSE;
  }
  cancel_publication (self, publication->id);
  return TRUE;
}

void
kith_dht_publications_sweep (KithLocatorDht *self)
{
  (void)g_hash_table_foreach_remove (self->publications, give_up_stale, self);
}

guint
kith_dht_publish (KithLocator *locator, const guint8 *location, GBytes *value, gboolean keep)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);
  const gsize len = g_bytes_get_size (value);

  kith_dht_publications_sweep (self);
  if (len == 0 || len > KITH_FRAME_VALUE_MAX) {
    kith_warning (KITH_DHT_LOG,
                  "a record of %" G_GSIZE_FORMAT " bytes is not published: 1 to %u are possible",
                  len,
                  KITH_FRAME_VALUE_MAX);
    return 0;
  }
  if (self->stopping != NULL
      || g_hash_table_size (self->publications) >= self->config->max_publish) {
    kith_warning (KITH_DHT_LOG,
                  "a record is not published: %s",
                  self->stopping != NULL ? "the DHT is stopping"
                                         : "there are too many; raise [dht] max-publish");
    return 0;
  }
  Publication *publication = g_new0 (Publication, 1);
  publication->id = kith_dht_next_id (self);
  memcpy (publication->location, location, KITH_LOCATION_LEN);
  publication->value = g_bytes_ref (value);
  publication->keep = keep;
  publication->since_us = kith_clock_now (self->clock);
  g_hash_table_insert (self->publications, GUINT_TO_POINTER (publication->id), publication);
  send_publication (self, publication);
  return publication->id;
}

void
kith_dht_unpublish (KithLocator *locator, guint id)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);

  if (g_hash_table_remove (self->publications, GUINT_TO_POINTER (id))) {
    cancel_publication (self, id);
  }
}

GPtrArray *
kith_dht_publications_at (KithLocatorDht *self, const guint8 *location)
{
  GPtrArray *values = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->publications);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Publication *publication = value;
    if (memcmp (publication->location, location, KITH_LOCATION_LEN) == 0) {
      g_ptr_array_add (values, g_bytes_ref (publication->value));
    }
  }
  return values;
}

void
kith_dht_publication_done (KithLocatorDht *self, guint id)
{
  const Publication *publication = g_hash_table_lookup (self->publications, GUINT_TO_POINTER (id));

  if (publication != NULL && !publication->keep) {
    g_hash_table_remove (self->publications, GUINT_TO_POINTER (id));
  }
}

/* Watches */

static void
send_watch (KithLocatorDht *self, const Watch *watch)
{
  KithDhtFrame frame = { .type = KITH_FRAME_LISTEN, .id = watch->id };

  memcpy (frame.location, watch->location, KITH_LOCATION_LEN);
  kith_dht_send (self, &frame);
}

guint
kith_dht_watch (KithLocator *locator,
                const guint8 *location,
                KithFoundFunc found,
                gpointer user_data)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);

  if (self->stopping != NULL || g_hash_table_size (self->watches) >= self->config->max_watch) {
    kith_warning (KITH_DHT_LOG,
                  "a location is not watched: %s",
                  self->stopping != NULL ? "the DHT is stopping"
                                         : "there are too many; raise [dht] max-watch");
    return 0;
  }
  Watch *watch = g_new0 (Watch, 1);
  watch->id = kith_dht_next_id (self);
  memcpy (watch->location, location, KITH_LOCATION_LEN);
  watch->found = found;
  watch->user_data = user_data;
  g_hash_table_insert (self->watches, GUINT_TO_POINTER (watch->id), watch);
  send_watch (self, watch);
  return watch->id;
}

void
kith_dht_unwatch (KithLocator *locator, guint id)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);
  const KithDhtFrame frame = { .type = KITH_FRAME_UNLISTEN, .id = id };

  if (g_hash_table_remove (self->watches, GUINT_TO_POINTER (id))) {
    kith_dht_send (self, &frame);
  }
}

gboolean
kith_dht_watch_tell (KithLocatorDht *self, guint id, GBytes *value)
{
  const Watch *watch = g_hash_table_lookup (self->watches, GUINT_TO_POINTER (id));

  if (watch == NULL) {
    return FALSE;
  }
  if (!watch->found (KITH_LOCATOR (self), value, NULL, watch->user_data)) {
    kith_dht_unwatch (KITH_LOCATOR (self), id);
  }
  return TRUE;
}

/* Both */

void
kith_dht_places_send (KithLocatorDht *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->watches);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    send_watch (self, value);
  }
  g_hash_table_iter_init (&iter, self->publications);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    send_publication (self, value);
  }
}

GHashTable *
kith_dht_publications_new (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, publication_free);
}

GHashTable *
kith_dht_watches_new (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, g_free);
}
