/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which mappings are told while the router, on a clock of the test's own, fails, is silent, or
   forgets a question. */
#include "common/own-time.h"
#include "link-fixture.h"
#include "net/local-addresses.h"
#include "router/mapper-race.h"
#include "router/port-map.h"
#include "router/router-announcements.h"

#define PORT 4000
#define OUTER_PORT 5000
#define LOOK_MS 5300
#define HOUR_S 3600

/* The router, in place of those that are asked on the network. */
struct _KithMapperRace {
  const KithMapperEvents *events;
  gpointer user_data;
};

static KithMapperRace *router; /* while it is asked */
static guint n_asked;

static const KithEndpoint lan = { .family = 4, .ip = { 192, 168, 1, 10 } };
static const KithEndpoint outer = { .family = 4, .ip = { 192, 0, 2, 1 } };

guint
kith_local_addresses (KithEndpoint addresses[KITH_MAX_LOCAL])
{
  addresses[0] = lan;
  return 1;
}

gboolean
kith_endpoint_is_loopback (const KithEndpoint *endpoint)
{
  return endpoint->ip[0] == 127;
}

KithAddressWatch *
kith_address_watch_new (void (*func) (gpointer user_data), gpointer user_data)
{
  return NULL;
}

void
kith_address_watch_free (KithAddressWatch *watch)
{
}

KithMapperRace *
kith_mapper_race_new (const KithEndpoint *from,
                      const char *upnp_helper,
                      const KithMapperEvents *events,
                      gpointer user_data)
{
  router = g_new0 (KithMapperRace, 1);
  router->events = events;
  router->user_data = user_data;
  return router;
}

void
kith_mapper_race_free (KithMapperRace *race)
{
  g_clear_pointer (&router, g_free);
}

const char *
kith_mapper_race_get_name (const KithMapperRace *race)
{
  return "PCP";
}

void
kith_mapper_race_map (KithMapperRace *race, guint16 port, guint16 outer_port, guint lifetime_s)
{
  g_assert_cmpuint (port, ==, PORT);
  n_asked++;
}

void
kith_mapper_race_unmap (KithMapperRace *race, guint16 port, guint16 outer_port)
{
}

KithRouterAnnouncements *
kith_router_announcements_new (guint family, void (*heard) (gpointer user_data), gpointer user_data)
{
  return NULL;
}

void
kith_router_announcements_free (KithRouterAnnouncements *ear)
{
}

static void
on_changed (gpointer user_data)
{
}

static gboolean
is_mapped (KithPortMap *map)
{
  KithNatFacts facts = { 0 };
  KithReach slot = { .n_candidates = 1, .candidates = { { .endpoint = lan } } };

  slot.candidates[0].endpoint.port = PORT;
  kith_port_map_fill_facts (map, &facts);
  kith_port_map_add_candidates (map, &slot);
  g_assert_cmpuint (slot.n_candidates, ==, facts.has_mapping ? 2 : 1);
  return facts.has_mapping;
}

static void
answer (void)
{
  KithEndpoint there = outer;

  there.port = OUTER_PORT;
  router->events->mapped (PORT, &there, HOUR_S, router->user_data);
}

/* One port is asked for. */
static KithPortMap *
map_new (void)
{
  KithPortMap *map = kith_port_map_new (4, "/none", on_changed, NULL);
  KithReach slot = { .n_candidates = 1, .candidates = { { .endpoint = lan } } };

  slot.candidates[0].endpoint.port = PORT;
  n_asked = 0;
  kith_port_map_set_slot (map, &slot);
  g_assert_cmpuint (n_asked, ==, 0);
  router->events->found (&lan, &outer, router->user_data);
  g_assert_cmpuint (n_asked, ==, 1);
  g_assert_false (is_mapped (map));
  return map;
}

/* One that mapped, and then says that it maps nothing. */
static void
test_failed (void)
{
  g_autoptr (KithPortMap) map = map_new ();

  answer ();
  g_assert_true (is_mapped (map));
  router->events->failed (router->user_data);
  g_assert_false (is_mapped (map));
  answer ();
  g_assert_false (is_mapped (map));
}

/* A question that got lost is asked again; silence takes a mapping away when its time is over, and
   the router is looked for anew. */
static void
test_silent (void)
{
  g_autoptr (KithPortMap) map = map_new ();

  run_for (LOOK_MS);
  g_assert_cmpuint (n_asked, ==, 1); /* it has its time to answer */
  own_time_jump (100 * 1000);
  run_for (LOOK_MS);
  g_assert_cmpuint (n_asked, ==, 2);
  answer ();
  own_time_jump (HOUR_S * 750);
  run_for (LOOK_MS);
  g_assert_true (is_mapped (map));
  g_assert_cmpuint (n_asked, ==, 3);
  own_time_jump (HOUR_S * 500);
  run_for (LOOK_MS);
  g_assert_false (is_mapped (map));
  router->events->found (&lan, &outer, router->user_data);
  answer ();
  g_assert_true (is_mapped (map));
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/port-map/failed", test_failed);
  g_test_add_func ("/link/port-map/silent", test_silent);
  return g_test_run ();
}
