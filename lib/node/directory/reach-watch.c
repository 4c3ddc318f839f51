/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listens at the places where the record is kept, and opens what comes, within bounds. */
#include "node/directory/reach-watch.h"

#include "identity/seal.h"
#include "model/names/epoch.h"

#define ROTATE_MS (60 * 1000)
#define MAX_PER_MINUTE 60 /* values opened: anybody may put something there */

typedef struct {
  KithLocator *locator; /* (owned) */
  guint id;
} Place;

struct _KithReachWatch {
  KithClock *clock;
  GPtrArray *locators;
  KithPeerKey identity;
  KithReachWatchFunc func;
  gpointer user_data;
  GArray *places; /* of Place */
  gint64 days[2];
  guint64 seq;
  guint opened; /* in this minute */
  guint timer;
};

static void
leave (KithReachWatch *watch)
{
  for (guint i = 0; i < watch->places->len; i++) {
    Place *place = &g_array_index (watch->places, Place, i);
    kith_locator_unwatch (place->locator, place->id);
    g_object_unref (place->locator);
  }
  g_array_set_size (watch->places, 0);
}

static gboolean
on_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  KithReachWatch *watch = user_data;
  KithReach reach;

  if (value == NULL || watch->opened >= MAX_PER_MINUTE) {
    return G_SOURCE_CONTINUE;
  }
  watch->opened++;
  if (kith_reach_open (value,
                       &watch->identity,
                       kith_clock_wall (watch->clock) / G_USEC_PER_SEC,
                       &reach,
                       NULL)
      && reach.seq > watch->seq) {
    watch->seq = reach.seq;
    if (!reach.gone) {
      watch->func (&reach, watch->user_data);
    }
  }
  return G_SOURCE_CONTINUE;
}

static void
visit (KithReachWatch *watch, gint64 day)
{
  guint8 location[KITH_LOCATION_LEN];

  kith_reach_location (&watch->identity, day, 0, location);
  for (guint i = 0; i < watch->locators->len; i++) {
    KithLocator *locator = watch->locators->pdata[i];
    const Place place
        = { .locator = locator, .id = kith_locator_watch (locator, location, on_found, watch) };
    if (place.id != 0) {
      g_object_ref (locator);
      g_array_append_val (watch->places, place);
    }
  }
}

static void
visit_days (KithReachWatch *watch)
{
  gint64 wall = kith_clock_wall (watch->clock);
  gint64 days[2] = { kith_epoch_at (wall), kith_epoch_neighbour (wall) };

  if (days[0] == watch->days[0] && days[1] == watch->days[1]) {
    return;
  }
  leave (watch);
  watch->days[0] = days[0];
  watch->days[1] = days[1];
  visit (watch, days[0]);
  if (days[1] != days[0]) {
    visit (watch, days[1]);
  }
}

static gboolean
on_minute (gpointer user_data)
{
  KithReachWatch *watch = user_data;

  watch->opened = 0;
  visit_days (watch);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_begin (gpointer user_data)
{
  KithReachWatch *watch = user_data;

  watch->timer = kith_clock_add (watch->clock, ROTATE_MS, on_minute, watch);
  visit_days (watch);
  return G_SOURCE_REMOVE;
}

KithReachWatch *
kith_reach_watch_new (KithClock *clock,
                      GPtrArray *locators,
                      const KithPeerKey *identity,
                      guint delay_ms,
                      KithReachWatchFunc func,
                      gpointer user_data)
{
  KithReachWatch *watch = g_new0 (KithReachWatch, 1);

  watch->clock = g_object_ref (clock);
  watch->locators = g_ptr_array_ref (locators);
  watch->identity = *identity;
  watch->func = func;
  watch->user_data = user_data;
  watch->places = g_array_new (FALSE, FALSE, sizeof (Place));
  if (delay_ms == 0) {
    visit_days (watch);
  }
  watch->timer = delay_ms != 0 ? kith_clock_add (clock, delay_ms, on_begin, watch)
                               : kith_clock_add (clock, ROTATE_MS, on_minute, watch);
  return watch;
}

void
kith_reach_watch_free (KithReachWatch *watch)
{
  kith_clock_cancel (watch->clock, &watch->timer);
  leave (watch);
  g_array_unref (watch->places);
  g_ptr_array_unref (watch->locators);
  g_object_unref (watch->clock);
  g_free (watch);
}
