/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests attempts whose peer's record was renewed meanwhile, and slots that were, for callers who
   know the former one. */
#include <string.h>

#include "base/error.h"
#include "common/own-time.h"
#include "link-fixture.h"
#include "link/link-object.h"
#include "link/maker/link-listener.h"

typedef struct {
  Person *alice;
  Person *bob;
  KithLink *link;
  GError *error;
  gboolean done;
} Pair;

/* Nothing is delivered: the caller has the record alone. */
static gboolean
lose (Person *from, KithKnock *knock)
{
  return FALSE;
}

static void
set_up (Pair *pair, gconstpointer data)
{
  pair->alice = person_new ("alice");
  pair->bob = person_new ("bob");
  persons_wire (pair->alice, pair->bob);
  pair->alice->knock_filter = pair->bob->knock_filter = lose;
  person_start (pair->alice);
  person_start (pair->bob);
}

static void
tear_down (Pair *pair, gconstpointer data)
{
  if (pair->link != NULL) {
    kith_link_close (pair->link, KITH_REASON_LOCAL);
    run_for (50);
  }
  g_clear_object (&pair->link);
  g_clear_error (&pair->error);
  person_free (pair->alice);
  person_free (pair->bob);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Pair *pair = user_data;

  pair->link = kith_link_maker_open_finish (KITH_LINK_MAKER (source), result, NULL, &pair->error);
  pair->done = TRUE;
}

static void
open_it (Pair *pair, const KithLinkTarget *target)
{
  kith_link_maker_open_async (pair->alice->maker, target, NULL, on_opened, pair);
  run_for (200);
  g_assert_false (pair->done);
}

/* The record was of a slot that is gone. */
static void
test_other_slot (Pair *pair, gconstpointer data)
{
  KithLinkTarget old = { 0 }, fresh = { 0 };

  person_get_target (pair->bob, TRUE, &fresh);
  old = fresh;
  old.slot_seed[3] ^= 1;
  open_it (pair, &old);
  kith_link_maker_retarget (pair->alice->maker, &fresh);
  g_assert_true (run_until (&pair->done, 2000));
  g_assert_no_error (pair->error);
  g_assert_nonnull (pair->link);
}

/* The same slot has another address by now. */
static void
test_same_slot (Pair *pair, gconstpointer data)
{
  KithLinkTarget old = { 0 }, fresh = { 0 };

  person_get_target (pair->bob, TRUE, &fresh);
  old = fresh;
  old.n_candidates = 1;
  old.candidates[0].endpoint.port = 9;
  open_it (pair, &old);
  kith_link_maker_retarget (pair->alice->maker, &fresh);
  g_assert_true (run_until (&pair->done, 2000));
  g_assert_no_error (pair->error);
  g_assert_nonnull (pair->link);
}

/* Two newer slots are enough; the third one and those of other devices are passed over. */
static void
test_bound (Pair *pair, gconstpointer data)
{
  KithLinkTarget old = { 0 }, fresh = { 0 }, other = { 0 };

  person_get_target (pair->bob, TRUE, &fresh);
  old = fresh;
  old.slot_seed[3] ^= 1;
  open_it (pair, &old);
  other = fresh;
  other.device.bytes[0] ^= 1;
  kith_link_maker_retarget (pair->alice->maker, &other);
  other = fresh;
  other.n_candidates = 0;
  kith_link_maker_retarget (pair->alice->maker, &other);
  other = fresh;
  other.has_slot = FALSE;
  kith_link_maker_retarget (pair->alice->maker, &other);
  for (guint8 i = 2; i <= 4; i *= 2) {
    old.slot_seed[3] ^= i;
    kith_link_maker_retarget (pair->alice->maker, &old);
    kith_link_maker_retarget (pair->alice->maker, &old); /* the same again is no further one */
  }
  kith_link_maker_retarget (pair->alice->maker, &fresh);
  g_assert_true (run_until (&pair->done, 5000));
  g_assert_error (pair->error, KITH_ERROR, KITH_ERROR_UNREACHABLE);
  g_assert_null (pair->link);
}

/* Incoming, by hand */

typedef struct {
  KithQuicLink *up;
  gboolean is_up;
} Heard;

static void
on_slot_changed (gpointer user_data)
{
}

static void
on_knock (const KithPeerKey *identity, const KithKnock *knock, gpointer user_data)
{
}

static void
on_up (KithQuicLink *link, gpointer user_data)
{
  Heard *heard = user_data;

  g_set_object (&heard->up, link);
  heard->is_up = TRUE;
}

static const KithLinkListenerEvents incoming_events
    = { .slot_changed = on_slot_changed, .knock = on_knock, .up = on_up };

/* Bob learned how others see him, and listens anew; who has his former record is let in all the
   same. */
static void
test_former_slot (Pair *pair, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Heard heard = { 0 };
  KithReach former = { 0 }, fresh = { 0 };
  KithLinkTarget target = { 0 };
  const KithLinkConfig config = { .device_secret = pair->bob->device_secret,
                                  .get_device_cert = person_get_device_cert,
                                  .verify_device_cert = person_verify_device_cert,
                                  .user_data = pair->bob };
  g_autoptr (KithLinkHub) hub = kith_link_hub_new (&config, &error);

  g_assert_no_error (error);
  KithLinkListener *incoming = kith_link_listener_new (hub, &incoming_events, &heard);
  g_assert_true (kith_link_listener_renew_slot (incoming, &error));
  g_assert_true (kith_link_listener_get_slot (incoming, &former));
  kith_link_listener_better_slot (incoming);
  g_assert_true (kith_link_listener_get_slot (incoming, &fresh));
  g_assert_cmpint (memcmp (former.slot_seed, fresh.slot_seed, sizeof former.slot_seed), !=, 0);
  target.identity = pair->bob->identity;
  target.device = pair->bob->device;
  target.has_slot = TRUE;
  memcpy (target.slot_seed, former.slot_seed, sizeof target.slot_seed);
  target.n_candidates = former.n_candidates;
  memcpy (target.candidates, former.candidates, sizeof target.candidates);
  kith_link_maker_open_async (pair->alice->maker, &target, NULL, on_opened, pair);
  g_assert_true (run_until (&pair->done, 2000));
  g_assert_no_error (pair->error);
  g_assert_true (run_until (&heard.is_up, 1000));
  kith_quic_link_abandon (heard.up, "done");
  run_for (50);
  g_clear_object (&heard.up);
  kith_link_listener_free (incoming);
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/link/attempt/" name, Pair, NULL, set_up, func, tear_down)
  ADD ("other-slot", test_other_slot);
  ADD ("same-slot", test_same_slot);
  ADD ("bound", test_bound);
  ADD ("former-slot", test_former_slot);
  return g_test_run ();
}
