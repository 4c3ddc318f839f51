/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests when the DHT's datagrams go through a TURN server, and when not any more. */
#include <string.h>

#include "common/fake-turn.h"
#include "node/links/udp-tunnel.h"
#include "node/node-fixture.h"
#include "node/spy-locator.h"

#define PORT 4711

typedef struct {
  World world;
  KithTurn *turn;
  KithFakeTurn *fake; /* the same */
  guint server;       /* by TCP */
  GPtrArray *locators;
  SpyLocator *spy;
  KithUdpTunnel *tunnel;
  guint n_changes;
} Bed;

static void
on_changed (gpointer user_data)
{
  ((Bed *)user_data)->n_changes++;
}

static void
begin (Bed *bed, KithTunnelMode mode, KithLocatorState state)
{
  memset (bed, 0, sizeof *bed);
  world_init (&bed->world, NOON_US);
  bed->turn = kith_fake_turn_new ();
  bed->fake = KITH_FAKE_TURN (bed->turn);
  bed->server = kith_fake_turn_add (bed->fake, "turn.example:3478 (TCP)", KITH_TURN_TCP);
  bed->locators = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (bed->locators, spy_locator_new ("spy"));
  bed->spy = bed->locators->pdata[0];
  spy_locator_take_tunnel (bed->spy);
  spy_locator_set_state (bed->spy, state);
  bed->tunnel = kith_udp_tunnel_new (bed->world.clock, bed->turn, bed->locators, NULL, mode);
  kith_udp_tunnel_set_changed (bed->tunnel, on_changed, bed);
}

static void
finish (Bed *bed)
{
  guint n;

  kith_udp_tunnel_free (bed->tunnel);
  g_assert_cmpuint (spy_locator_get_tunnel (bed->spy, &n), ==, 0);
  g_assert_cmpuint (kith_fake_turn_count_gates (bed->fake), ==, 0);
  g_assert_finalize_object (bed->turn);
  g_ptr_array_unref (bed->locators);
  world_clear (&bed->world);
}

/* The gate that waits gets its address: TRUE when the locator uses it, as its @count-th tunnel. */
static gboolean
is_led (Bed *bed, guint count)
{
  guint n = 0;

  return kith_fake_turn_gate_ready (bed->fake, PORT)
         && spy_locator_get_tunnel (bed->spy, &n) == PORT && n == count;
}

static void
test_online (void)
{
  Bed bed;
  guint n;

  begin (&bed, KITH_TUNNEL_AUTO, KITH_LOCATOR_ONLINE);
  pass (&bed.world, 60000);
  g_assert_cmpuint (spy_locator_get_tunnel (bed.spy, &n), ==, 0);
  g_assert_cmpuint (kith_fake_turn_count_opened (bed.fake), ==, 0);
  finish (&bed);
}

static void
test_never (void)
{
  Bed bed;

  begin (&bed, KITH_TUNNEL_NEVER, KITH_LOCATOR_ALONE);
  pass (&bed.world, 60000);
  g_assert_cmpuint (kith_fake_turn_count_opened (bed.fake), ==, 0);
  finish (&bed);
}

/* Nobody answers for two seconds: the tunnel; a node answers without it: no tunnel any more. */
static void
test_blocked (void)
{
  Bed bed;
  guint n;

  begin (&bed, KITH_TUNNEL_AUTO, KITH_LOCATOR_ALONE);
  pass (&bed.world, 1500);
  g_assert_cmpuint (kith_fake_turn_count_opened (bed.fake), ==, 0);
  pass (&bed.world, 1600);
  g_assert_true (is_led (&bed, 1));
  g_assert_cmpuint (kith_fake_turn_count_opened (bed.fake), ==, 1);
  g_assert_cmpuint (bed.n_changes, ==, 1);
  spy_locator_set_state (bed.spy, KITH_LOCATOR_ONLINE);
  pass (&bed.world, 120 * 1000);
  g_assert_cmpuint (spy_locator_get_tunnel (bed.spy, &n), !=, 0);
  g_signal_emit_by_name (bed.spy, "direct-heard");
  g_assert_cmpuint (spy_locator_get_tunnel (bed.spy, &n), ==, 0);
  g_assert_cmpuint (kith_fake_turn_count_gates (bed.fake), ==, 0);
  g_assert_cmpuint (bed.n_changes, ==, 2);
  pass (&bed.world, 60000);
  g_assert_cmpuint (kith_fake_turn_count_opened (bed.fake), ==, 1);
  finish (&bed);
}

/* The connection breaks: a new one is made once the pause is over, though the locator still counts
   as online. */
static void
test_broken (void)
{
  Bed bed;

  begin (&bed, KITH_TUNNEL_AUTO, KITH_LOCATOR_ALONE);
  pass (&bed.world, 3100);
  g_assert_true (is_led (&bed, 1));
  spy_locator_set_state (bed.spy, KITH_LOCATOR_ONLINE);
  g_assert_true (kith_fake_turn_gate_fail (bed.fake, "the connection broke"));
  g_assert_cmpuint (kith_fake_turn_count_doubts (bed.fake), ==, 1);
  pass (&bed.world, 2100);
  g_assert_true (is_led (&bed, 2));
  g_assert_cmpuint (bed.n_changes, ==, 3); /* directly for a moment */
  finish (&bed);
}

/* … and at once when another server turns out to work. */
static void
test_other_server (void)
{
  Bed bed;

  begin (&bed, KITH_TUNNEL_AUTO, KITH_LOCATOR_ALONE);
  pass (&bed.world, 3100);
  g_assert_true (is_led (&bed, 1));
  g_assert_true (kith_fake_turn_gate_fail (bed.fake, "the connection broke"));
  kith_fake_turn_set_state (bed.fake, bed.server, KITH_TURN_WORKS, NULL);
  g_assert_cmpuint (kith_fake_turn_count_opened (bed.fake), ==, 2);
  g_assert_true (is_led (&bed, 2));
  finish (&bed);
}

/* A server answers by UDP: it is not blocked. None is left by TCP or TLS: nothing can be done. */
static void
test_no_way (void)
{
  Bed bed;
  guint udp;

  begin (&bed, KITH_TUNNEL_AUTO, KITH_LOCATOR_ALONE);
  udp = kith_fake_turn_add (bed.fake, "turn.example:3478 (UDP)", KITH_TURN_UDP);
  kith_fake_turn_set_state (bed.fake, udp, KITH_TURN_WORKS, NULL);
  pass (&bed.world, 60000);
  g_assert_cmpuint (kith_fake_turn_count_opened (bed.fake), ==, 0);
  kith_fake_turn_set_state (bed.fake, udp, KITH_TURN_FAILED, "no answer");
  kith_fake_turn_set_state (bed.fake, bed.server, KITH_TURN_FAILED, "no answer");
  pass (&bed.world, 60000);
  g_assert_cmpuint (kith_fake_turn_count_opened (bed.fake), ==, 0);
  kith_fake_turn_set_state (bed.fake, bed.server, KITH_TURN_WORKS, NULL);
  g_assert_true (is_led (&bed, 1));
  finish (&bed);
}

/* Nobody answers through it either: it ends, and the next attempt waits. */
static void
test_useless (void)
{
  Bed bed;
  guint n;

  begin (&bed, KITH_TUNNEL_AUTO, KITH_LOCATOR_ALONE);
  pass (&bed.world, 3100);
  g_assert_true (is_led (&bed, 1));
  pass (&bed.world, 27000);
  g_assert_cmpuint (spy_locator_get_tunnel (bed.spy, &n), !=, 0);
  pass (&bed.world, 4000);
  g_assert_cmpuint (spy_locator_get_tunnel (bed.spy, &n), ==, 0);
  pass (&bed.world, 5000);
  g_assert_true (is_led (&bed, 2));
  finish (&bed);
}

/* A server that hangs up is asked ever more seldom. */
static void
test_refused (void)
{
  Bed bed;
  guint n;

  begin (&bed, KITH_TUNNEL_ALWAYS, KITH_LOCATOR_ALONE);
  for (guint second = 0; second < 60; second++) {
    (void)kith_fake_turn_gate_fail (bed.fake, "it hung up");
    pass (&bed.world, 1000);
  }
  g_assert_cmpuint (kith_fake_turn_count_opened (bed.fake), >=, 4);
  g_assert_cmpuint (kith_fake_turn_count_opened (bed.fake), <=, 6); /* after 2, 4, 8, 16, 32 s */
  g_assert_cmpuint (spy_locator_get_tunnel (bed.spy, &n), ==, 0);
  g_assert_cmpuint (n, ==, 0);
  finish (&bed);
}

static void
test_always (void)
{
  Bed bed;
  guint n;

  begin (&bed, KITH_TUNNEL_ALWAYS, KITH_LOCATOR_ONLINE);
  g_assert_true (is_led (&bed, 1));
  g_signal_emit_by_name (bed.spy, "direct-heard");
  g_assert_cmpuint (spy_locator_get_tunnel (bed.spy, &n), ==, PORT);
  finish (&bed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/node/tunnel/online", test_online);
  g_test_add_func ("/node/tunnel/never", test_never);
  g_test_add_func ("/node/tunnel/blocked", test_blocked);
  g_test_add_func ("/node/tunnel/broken", test_broken);
  g_test_add_func ("/node/tunnel/other-server", test_other_server);
  g_test_add_func ("/node/tunnel/no-way", test_no_way);
  g_test_add_func ("/node/tunnel/useless", test_useless);
  g_test_add_func ("/node/tunnel/refused", test_refused);
  g_test_add_func ("/node/tunnel/always", test_always);
  return g_test_run ();
}
