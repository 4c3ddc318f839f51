/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the ports of the listening agents mapped by the way that won the race. */
#include "router/port-map.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "net/local-addresses.h"
#include "net/socket-name.h"
#include "router/mapper-race.h"
#include "router/router-announcements.h"

#define LIFETIME_S 3600
#define LEAST_LIFETIME_S 60 /* of what a router may give */
#define LEAST_REFUSAL_S 30  /* … and for how long it is not asked again */
#define HEARD_S 10 /* between two times that all is mapped anew because of an announcement */
#define HEARD_SPREAD_MS 1000 /* not all hosts at once */
#define SAME_LOSS_S 5        /* a loss that answers tell of after that is the same one */
/* every change of a record leaves one behind in the DHT: changes go together */
#define TOGETHER_MS 150

#define LOST_S 90          /* a question that is not answered by then was lost */
#define LOOK_MS 5000       /* between two looks whether something is due */
#define SEARCH_AGAIN_S 900 /* while no router maps ports */

typedef struct {
  guint16 port;       /* 0: free */
  guint16 outer_port; /* 0: not mapped (yet) */
  gint64 since_us;
  gint64 asked_us;
  gint64 renew_us; /* 0: asked, no answer yet */
  gint64 until_us; /* while it is mapped */
} Mapping;

struct _KithPortMap {
  guint family;
  gchar *helper;
  void (*changed) (gpointer user_data);
  gpointer user_data;
  KithMapperRace *race; /* NULL: nobody is asked */
  gboolean is_found;
  KithEndpoint lan;
  KithEndpoint outer; /* once it is found; its family 0 before the router told it */
  Mapping mappings[KITH_MAX_MAPPED];
  KithReach slot; /* only its candidates */
  guint timer;
  guint announcing;
  guint mapping_anew;
  gint64 lost_us;                       /* when all was mapped anew; 0: never */
  KithRouterAnnouncements *ear4, *ear6; /* NULL: cannot be had, or not of this family */
  gint64 searched_us;
};

static gboolean
on_announce (gpointer user_data)
{
  KithPortMap *map = user_data;

  map->announcing = 0;
  map->changed (map->user_data);
  return G_SOURCE_REMOVE;
}

static void
announce (KithPortMap *map)
{
  if (map->announcing == 0) {
    map->announcing = kith_clock_add (kith_clock_get_default (), TOGETHER_MS, on_announce, map);
  }
}

/* TRUE when the router's outer address is one that others reach. */
static gboolean
is_useful (const KithPortMap *map)
{
  return map->is_found && map->outer.family != 0 && kith_endpoint_is_public (&map->outer);
}

/* TRUE when it may be. */
static gboolean
is_hopeful (const KithPortMap *map)
{
  return map->is_found && (map->outer.family == 0 || is_useful (map));
}

static gboolean
has_mapping (const KithPortMap *map)
{
  for (guint i = 0; i < KITH_MAX_MAPPED; i++) {
    if (map->mappings[i].outer_port != 0) {
      return TRUE;
    }
  }
  return FALSE;
}

/* One mapping */

static void
ask (KithPortMap *map, Mapping *mapping)
{
  mapping->renew_us = 0;
  mapping->asked_us = kith_clock_now (kith_clock_get_default ());
  kith_mapper_race_map (map->race, mapping->port, mapping->outer_port, LIFETIME_S);
}

/* Also one that was asked for only: the answer may be under way. */
static void
forget (KithPortMap *map, Mapping *mapping)
{
  if (mapping->port != 0 && map->race != NULL
      && (mapping->outer_port != 0 || mapping->renew_us == 0)) {
    kith_mapper_race_unmap (map->race, mapping->port, mapping->outer_port);
  }
  if (mapping->outer_port != 0) {
    announce (map);
  }
  *mapping = (Mapping){ 0 };
}

static void
forget_all (KithPortMap *map)
{
  for (guint i = 0; i < KITH_MAX_MAPPED; i++) {
    forget (map, &map->mappings[i]);
  }
}

static Mapping *
find (KithPortMap *map, guint16 port)
{
  for (guint i = 0; i < KITH_MAX_MAPPED; i++) {
    if (map->mappings[i].port == port) {
      return &map->mappings[i];
    }
  }
  return NULL;
}

static gboolean
is_of_slot (const KithPortMap *map, guint16 port)
{
  for (guint i = 0; i < map->slot.n_candidates; i++) {
    const KithCandidate *one = &map->slot.candidates[i];
    if (one->type == KITH_CANDIDATE_HOST && one->endpoint.port == port
        && kith_endpoint_is_same_host (&one->endpoint, &map->lan)) {
      return TRUE;
    }
  }
  return FALSE;
}

/* A free place, or that of the oldest port that is not the slot's. NULL when all are. */
static Mapping *
make_room (KithPortMap *map)
{
  Mapping *oldest = find (map, 0);

  if (oldest != NULL) {
    return oldest;
  }
  for (guint i = 0; i < KITH_MAX_MAPPED; i++) {
    Mapping *one = &map->mappings[i];
    if (!is_of_slot (map, one->port) && (oldest == NULL || one->since_us < oldest->since_us)) {
      oldest = one;
    }
  }
  if (oldest != NULL) {
    forget (map, oldest);
  }
  return oldest;
}

/* Maps what the slot has and is not mapped. */
static void
apply (KithPortMap *map)
{
  if (!is_hopeful (map)) {
    return;
  }
  for (guint i = 0; i < map->slot.n_candidates; i++) {
    const guint16 port = map->slot.candidates[i].endpoint.port;
    Mapping *mapping;
    if (!is_of_slot (map, port) || map->slot.candidates[i].type != KITH_CANDIDATE_HOST
        || find (map, port) != NULL || (mapping = make_room (map)) == NULL) {
      continue;
    }
    *mapping = (Mapping){ .port = port, .since_us = kith_clock_now (kith_clock_get_default ()) };
    ask (map, mapping);
  }
}

/* TRUE while some socket of this host is bound to the port: then its agent lives. */
static gboolean
is_bound (const KithPortMap *map, guint16 port)
{
  struct sockaddr_storage name = { 0 };
  KithEndpoint address = map->lan;
  int fd = socket (map->family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (fd < 0) {
    return TRUE;
  }
  address.family = (guint8)map->family;
  address.port = port;
  const socklen_t len = kith_socket_name_set (&address, 0, &name);
  const gboolean is_taken
      = bind (fd, (const struct sockaddr *)&name, len) != 0 && errno == EADDRINUSE;
  close (fd);
  return is_taken;
}

/* The router */

/* It is looked for again later. One that served until now and maps nothing any more keeps no
   mapping either. */
static void
on_failed (gpointer user_data)
{
  KithPortMap *map = user_data;

  map->is_found = FALSE;
  forget_all (map);
}

/* The router's outer address is known, or it is another one. */
static void
set_outer (KithPortMap *map, const KithEndpoint *outer)
{
  if (kith_endpoint_is_same_host (&map->outer, outer)) {
    return;
  }
  map->outer = *outer;
  map->outer.port = 0;
  g_autofree gchar *text = kith_endpoint_to_text (outer);
  kith_info (
      "link",
      "%s %.*s%s",
      map->family == 6 ? "the router's firewall lets others in to"
                       : "the router's outer address is",
      (int)(strrchr (text, ':') - text),
      text,
      is_useful (map) ? "" : ", not a public one: another NAT is before it, ports are not mapped");
  announce (map);
  if (!is_useful (map)) {
    forget_all (map);
  }
}

static gboolean
on_map_anew (gpointer user_data)
{
  KithPortMap *map = user_data;

  map->mapping_anew = 0;
  map->lost_us = kith_clock_now (kith_clock_get_default ());
  kith_info ("link", "the router was started anew: ports are mapped again");
  for (guint i = 0; i < KITH_MAX_MAPPED; i++) {
    if (map->mappings[i].port != 0) {
      ask (map, &map->mappings[i]);
    }
  }
  return G_SOURCE_REMOVE;
}

/* Everything is mapped anew, but not for the same loss twice. */
static void
on_lost (gpointer user_data)
{
  KithPortMap *map = user_data;

  if (map->mapping_anew == 0
      && (map->lost_us == 0
          || kith_clock_now (kith_clock_get_default ()) - map->lost_us
                 > SAME_LOSS_S * G_USEC_PER_SEC)) {
    map->mapping_anew = kith_clock_add (kith_clock_get_default (), 0, on_map_anew, map);
  }
}

/* Anybody on this network can say that, so it makes us ask now and then at most. */
static void
on_heard (gpointer user_data)
{
  KithPortMap *map = user_data;
  const gint64 wait_us
      = map->lost_us + HEARD_S * G_USEC_PER_SEC - kith_clock_now (kith_clock_get_default ());
  guint ms = (guint)kith_random_range (0, HEARD_SPREAD_MS);

  if (map->lost_us != 0 && wait_us > 0) {
    ms += (guint)(wait_us / 1000);
  }
  if (map->mapping_anew == 0) {
    map->mapping_anew = kith_clock_add (kith_clock_get_default (), ms, on_map_anew, map);
  }
}

/* Some routers say it by IPv4 only. */
static void
listen_to_router (KithPortMap *map)
{
  if (map->ear4 == NULL) {
    map->ear4 = kith_router_announcements_new (4, on_heard, map);
  }
  if (map->ear6 == NULL && map->family == 6) {
    map->ear6 = kith_router_announcements_new (6, on_heard, map);
  }
}

static void
on_found (const KithEndpoint *lan, const KithEndpoint *outer, gpointer user_data)
{
  KithPortMap *map = user_data;

  kith_info ("link",
             "the router speaks %s by IPv%u",
             kith_mapper_race_get_name (map->race),
             map->family);
  map->is_found = TRUE;
  map->lan = *lan;
  map->outer = (KithEndpoint){ 0 };
  memset (map->mappings, 0, sizeof map->mappings);
  if (outer->family != 0) {
    set_outer (map, outer);
  }
  listen_to_router (map);
  announce (map);
  apply (map);
}

/* Silence does not end a mapping before its time: the router may be starting anew. */
static void
on_refused (KithPortMap *map, Mapping *mapping, guint lifetime_s)
{
  const gint64 now = kith_clock_now (kith_clock_get_default ());

  if (mapping->outer_port != 0 && (lifetime_s != 0 || mapping->until_us <= now)) {
    mapping->outer_port = 0;
    announce (map);
  }
  lifetime_s = CLAMP (lifetime_s, LEAST_REFUSAL_S, LIFETIME_S);
  mapping->renew_us = now + lifetime_s * G_USEC_PER_SEC;
  kith_debug ("link", "port %u: the router does not map it", mapping->port);
}

static void
on_mapped (guint16 port, const KithEndpoint *outer, guint lifetime_s, gpointer user_data)
{
  KithPortMap *map = user_data;
  Mapping *mapping = port != 0 ? find (map, port) : NULL;

  if (mapping == NULL) {
    return; /* not wanted any more; it runs out */
  }
  if (outer == NULL) {
    on_refused (map, mapping, lifetime_s);
    return;
  }
  const gboolean is_news = mapping->outer_port != outer->port;
  mapping->outer_port = outer->port;
  lifetime_s = CLAMP (lifetime_s, LEAST_LIFETIME_S, LIFETIME_S);
  mapping->until_us = kith_clock_now (kith_clock_get_default ()) + lifetime_s * G_USEC_PER_SEC;
  mapping->renew_us = mapping->until_us - lifetime_s * G_USEC_PER_SEC / 2;
  if (outer->family != 0) {
    set_outer (map, outer);
  }
  if (is_news) {
    announce (map);
    kith_debug ("link", "port %u is mapped to the outer port %u", port, outer->port);
  }
}

static const KithMapperEvents race_events
    = { .found = on_found, .failed = on_failed, .mapped = on_mapped, .lost = on_lost };

/* The first address from which a NAT could lead out, or of IPv6 the first one before which a
   firewall could be. */
static gboolean
find_inner (const KithPortMap *map, KithEndpoint *inner)
{
  KithEndpoint addresses[KITH_MAX_LOCAL];
  guint n = kith_local_addresses (addresses);

  for (guint i = 0; i < n; i++) {
    if (addresses[i].family == map->family
        && kith_endpoint_is_public (&addresses[i]) == (map->family == 6)
        && !kith_endpoint_is_loopback (&addresses[i])) {
      *inner = addresses[i];
      return TRUE;
    }
  }
  return FALSE;
}

static void
close_race (KithPortMap *map)
{
  forget_all (map);
  g_clear_pointer (&map->ear4, kith_router_announcements_free);
  g_clear_pointer (&map->ear6, kith_router_announcements_free);
  g_clear_pointer (&map->race, kith_mapper_race_free);
  map->is_found = FALSE;
  kith_clock_cancel (kith_clock_get_default (), &map->mapping_anew);
}

static void
search (KithPortMap *map)
{
  KithEndpoint inner;

  close_race (map);
  map->searched_us = kith_clock_now (kith_clock_get_default ());
  if (find_inner (map, &inner)) {
    map->race
        = kith_mapper_race_new (map->family == 6 ? &inner : NULL, map->helper, &race_events, map);
  }
}

/* Renews what is half over, and takes away what nobody uses or was not renewed in time. */
static void
look_at (KithPortMap *map, Mapping *mapping, gint64 now)
{
  const gint64 due = mapping->renew_us != 0 ? mapping->renew_us
                                            : mapping->asked_us + (gint64)LOST_S * G_USEC_PER_SEC;

  if (!is_of_slot (map, mapping->port) && !is_bound (map, mapping->port)) {
    forget (map, mapping);
    return;
  }
  if (mapping->outer_port != 0 && mapping->until_us <= now) {
    mapping->outer_port = 0;
    announce (map);
  }
  if (due <= now) {
    ask (map, mapping);
  }
}

/* Looks for a router that was not there, too. */
static gboolean
on_look (gpointer user_data)
{
  KithPortMap *map = user_data;
  const gint64 now = kith_clock_now (kith_clock_get_default ());

  for (guint i = 0; i < KITH_MAX_MAPPED && map->is_found; i++) {
    if (map->mappings[i].port != 0) {
      look_at (map, &map->mappings[i], now);
    }
  }
  if (!has_mapping (map) && now - map->searched_us > SEARCH_AGAIN_S * G_USEC_PER_SEC) {
    search (map);
  }
  return G_SOURCE_CONTINUE;
}

KithPortMap *
kith_port_map_new (guint family,
                   const char *upnp_helper,
                   void (*changed) (gpointer user_data),
                   gpointer user_data)
{
  KithPortMap *map = g_new0 (KithPortMap, 1);

  map->family = family;
  map->helper = g_strdup (upnp_helper);
  map->changed = changed;
  map->user_data = user_data;
  map->timer = kith_clock_add (kith_clock_get_default (), LOOK_MS, on_look, map);
  search (map);
  return map;
}

void
kith_port_map_free (KithPortMap *map)
{
  if (map == NULL) {
    return;
  }
  close_race (map);
  kith_clock_cancel (kith_clock_get_default (), &map->timer);
  kith_clock_cancel (kith_clock_get_default (), &map->announcing);
  g_free (map->helper);
  g_free (map);
}

void
kith_port_map_set_slot (KithPortMap *map, const KithReach *slot)
{
  map->slot.n_candidates = MIN (slot->n_candidates, (guint)KITH_MAX_CANDIDATES);
  memcpy (map->slot.candidates, slot->candidates, sizeof slot->candidates);
  apply (map);
}

void
kith_port_map_restart (KithPortMap *map)
{
  search (map);
  announce (map);
}

static gboolean
has_endpoint (const KithReach *slot, const KithEndpoint *endpoint)
{
  for (guint i = 0; i < slot->n_candidates; i++) {
    if (kith_endpoint_is_same (&slot->candidates[i].endpoint, endpoint)) {
      return TRUE;
    }
  }
  return FALSE;
}

/* After the last IPv4 candidate of its own or reflexive: records cut the tail off. */
static void
insert (KithReach *slot, const KithCandidate *candidate)
{
  guint at = 0;

  for (guint i = 0; i < slot->n_candidates; i++) {
    if (slot->candidates[i].endpoint.family == 4
        && slot->candidates[i].type != KITH_CANDIDATE_RELAY) {
      at = i + 1;
    }
  }
  if (at >= KITH_MAX_CANDIDATES) {
    return;
  }
  slot->n_candidates = MIN (slot->n_candidates, KITH_MAX_CANDIDATES - 1u);
  memmove (slot->candidates + at + 1,
           slot->candidates + at,
           (slot->n_candidates - at) * sizeof *slot->candidates);
  slot->candidates[at] = *candidate;
  slot->n_candidates++;
}

void
kith_port_map_add_candidates (KithPortMap *map, KithReach *slot)
{
  for (guint i = 0; i < KITH_MAX_MAPPED && is_useful (map); i++) {
    const Mapping *one = &map->mappings[i];
    KithEndpoint inner = map->lan;
    KithCandidate outer = { .endpoint = map->outer, .type = KITH_CANDIDATE_SRFLX };
    inner.port = one->port;
    outer.endpoint.port = one->outer_port;
    if (one->port != 0 && one->outer_port != 0 && has_endpoint (slot, &inner)
        && !has_endpoint (slot, &outer.endpoint)) {
      insert (slot, &outer);
    }
  }
}

void
kith_port_map_fill_facts (KithPortMap *map, KithNatFacts *facts)
{
  const Mapping *first = NULL;
  KithEndpoint mapped = map->outer;

  for (guint i = 0; i < KITH_MAX_MAPPED && is_useful (map) && first == NULL; i++) {
    first = map->mappings[i].outer_port != 0 ? &map->mappings[i] : NULL;
  }
  mapped.port = first != NULL ? first->outer_port : 0;
  if (map->family == 6) {
    facts->has_pinhole = first != NULL;
    facts->pinhole = mapped;
    return;
  }
  facts->has_outer_nat = map->is_found && !is_hopeful (map);
  facts->has_mapping = first != NULL;
  if (first != NULL) {
    facts->mapped = mapped;
    (void)g_strlcpy (facts->mapped_by,
                     kith_mapper_race_get_name (map->race),
                     sizeof facts->mapped_by);
  }
}
