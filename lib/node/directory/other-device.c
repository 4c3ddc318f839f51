/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listens at our own places in the network, and compares what is there with what we wrote. */
#include "node/directory/other-device.h"

#include <string.h>

#include "identity/seal.h"
#include "model/names/epoch.h"

#define ROTATE_MS (60 * 1000)
#define MAX_PER_MINUTE 60 /* values opened: anybody may put something there */
#define MAX_OWN 64        /* sequence numbers of ours that are remembered */

typedef struct {
  KithLocator *locator; /* (owned) */
  guint id;
} Place;

struct _KithOtherDevice {
  KithClock *clock;
  GPtrArray *locators;
  KithPeerKey identity;
  KithPeerKey device;
  guint64 least_seq;
  gint64 started_us;    /* monotonic */
  guint64 own[MAX_OWN]; /* a ring */
  guint n_own;
  KithOtherDeviceFunc func;
  gpointer user_data;
  GArray *places; /* of Place */
  gint64 days[2];
  guint opened; /* in this minute */
  guint timer;
  gboolean seen;
  KithReach newest; /* of another one, when seen */
};

static gboolean
is_own (const KithOtherDevice *other, guint64 seq)
{
  for (guint i = 0; i < MIN (other->n_own, MAX_OWN); i++) {
    if (other->own[i] == seq) {
      return TRUE;
    }
  }
  return FALSE;
}

static gint64
now_s (KithOtherDevice *other)
{
  return kith_clock_wall (other->clock) / G_USEC_PER_SEC;
}

/* TRUE when an earlier run of this very device may have written it: before our start, by the clock
   as it is set now, which may have been behind then; what it may still be wrong by is what readers
   forgive. */
static gboolean
may_be_earlier (KithOtherDevice *other, const KithReach *reach)
{
  gint64 since_us = kith_clock_now (other->clock) - other->started_us;

  return reach->seq <= other->least_seq
         || reach->issued <= now_s (other) - since_us / G_USEC_PER_SEC + KITH_TIME_TOLERANCE;
}

/* A record of our identity that verified. With our own device's key it is of a copy, if neither
   this run nor an earlier one can have written it. */
static void
judge (KithOtherDevice *other, const KithReach *reach)
{
  gboolean is_ours = kith_peer_key_equal (&reach->device.device, &other->device);

  if (is_ours && (is_own (other, reach->seq) || may_be_earlier (other, reach))) {
    return;
  }
  if (other->seen && reach->seq <= other->newest.seq) {
    return;
  }
  gboolean was = other->seen;
  if (reach->gone) { /* of the one that we saw, or of none that we know of */
    other->seen
        = other->seen && !kith_peer_key_equal (&reach->device.device, &other->newest.device.device);
  } else {
    other->seen = TRUE;
    other->newest = *reach;
  }
  if (was != other->seen) {
    other->func (other->user_data);
  }
}

static gboolean
on_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  KithOtherDevice *other = user_data;
  KithReach reach;

  if (value == NULL || other->opened >= MAX_PER_MINUTE) {
    return G_SOURCE_CONTINUE;
  }
  other->opened++;
  if (kith_reach_open (value, &other->identity, now_s (other), &reach, NULL)) {
    judge (other, &reach);
  }
  return G_SOURCE_CONTINUE;
}

static void
leave (KithOtherDevice *other)
{
  for (guint i = 0; i < other->places->len; i++) {
    Place *place = &g_array_index (other->places, Place, i);
    kith_locator_unwatch (place->locator, place->id);
    g_object_unref (place->locator);
  }
  g_array_set_size (other->places, 0);
}

static void
visit (KithOtherDevice *other, gint64 day)
{
  guint8 location[KITH_LOCATION_LEN];

  kith_reach_location (&other->identity, day, 0, location);
  for (guint i = 0; i < other->locators->len; i++) {
    KithLocator *locator = other->locators->pdata[i];
    if (KITH_LOCATOR_GET_IFACE (locator)->publish == NULL) {
      continue; /* nobody's records are there */
    }
    const Place place
        = { .locator = locator, .id = kith_locator_watch (locator, location, on_found, other) };
    if (place.id != 0) {
      g_object_ref (locator);
      g_array_append_val (other->places, place);
    }
  }
}

static void
visit_days (KithOtherDevice *other)
{
  gint64 wall = kith_clock_wall (other->clock);
  gint64 days[2] = { kith_epoch_at (wall), kith_epoch_neighbour (wall) };

  if (memcmp (days, other->days, sizeof days) == 0) {
    return;
  }
  leave (other);
  memcpy (other->days, days, sizeof days);
  visit (other, days[0]);
  if (days[1] != days[0]) {
    visit (other, days[1]);
  }
}

static gboolean
on_minute (gpointer user_data)
{
  KithOtherDevice *other = user_data;

  other->opened = 0;
  visit_days (other);
  if (other->seen && now_s (other) >= other->newest.expires) {
    other->seen = FALSE;
    other->func (other->user_data);
  }
  return G_SOURCE_CONTINUE;
}

KithOtherDevice *
kith_other_device_new (KithClock *clock,
                       GPtrArray *locators,
                       const KithPeerKey *identity,
                       const KithPeerKey *device,
                       guint64 seq,
                       KithOtherDeviceFunc func,
                       gpointer user_data)
{
  KithOtherDevice *other = g_new0 (KithOtherDevice, 1);

  other->clock = g_object_ref (clock);
  other->locators = g_ptr_array_ref (locators);
  other->identity = *identity;
  other->device = *device;
  other->least_seq = seq;
  other->started_us = kith_clock_now (clock);
  other->func = func;
  other->user_data = user_data;
  other->places = g_array_new (FALSE, FALSE, sizeof (Place));
  visit_days (other);
  other->timer = kith_clock_add (clock, ROTATE_MS, on_minute, other);
  return other;
}

void
kith_other_device_free (KithOtherDevice *other)
{
  kith_clock_cancel (other->clock, &other->timer);
  leave (other);
  g_array_unref (other->places);
  g_ptr_array_unref (other->locators);
  g_object_unref (other->clock);
  g_free (other);
}

void
kith_other_device_note_own (KithOtherDevice *other, guint64 seq)
{
  other->own[other->n_own++ % MAX_OWN] = seq;
}

gboolean
kith_other_device_get (KithOtherDevice *other, gint64 *written_us, gboolean *is_copy)
{
  if (!other->seen) {
    return FALSE;
  }
  *written_us = other->newest.issued * G_USEC_PER_SEC;
  *is_copy = kith_peer_key_equal (&other->newest.device.device, &other->device);
  return TRUE;
}
