/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the ports of the listening agents mapped by the way that answered first. */
#include "link/port-map.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "link/local-addresses.h"
#include "link/natpmp-client.h"
#include "link/upnp-client.h"

#define LIFETIME_S 3600
#define LEAST_LIFETIME_S 60 /* of what a router may give */
#define TOGETHER_MS                                                                                \
  150 /* every change of a record leaves one behind in the DHT: changes go together */
#define LOOK_MS 5000       /* between two looks whether something is due */
#define SEARCH_AGAIN_S 900 /* while there is no router that maps ports */

typedef enum { WAY_NONE, WAY_NAT_PMP, WAY_UPNP } Way;

typedef struct {
  guint16 port;       /* 0: free */
  guint16 outer_port; /* 0: not mapped (yet) */
  gint64 since_us;
  gint64 renew_us; /* 0: asked, no answer yet */
} Mapping;

struct _KithPortMap {
  gchar *helper;
  void (*changed) (gpointer user_data);
  gpointer user_data;
  KithNatPmp *nat_pmp;
  KithUpnp *upnp;
  Way way;
  KithCandidate lan, outer; /* while there is a way */
  Mapping mappings[KITH_MAX_MAPPED];
  KithReach slot; /* only its candidates */
  guint timer;
  guint announcing;
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
    map->announcing = g_timeout_add (TOGETHER_MS, on_announce, map);
  }
}

static gboolean
is_useful (const KithPortMap *map)
{
  return map->way != WAY_NONE && kith_candidate_is_public (&map->outer);
}

/* One mapping */

static void
ask (KithPortMap *map, Mapping *mapping)
{
  mapping->renew_us = 0;
  if (map->way == WAY_NAT_PMP) {
    kith_nat_pmp_map (map->nat_pmp, mapping->port, mapping->outer_port, LIFETIME_S);
  } else if (map->way == WAY_UPNP) {
    kith_upnp_map (map->upnp, mapping->port, LIFETIME_S);
  }
}

static void
forget (KithPortMap *map, Mapping *mapping)
{
  if (mapping->outer_port != 0 && map->way == WAY_NAT_PMP) {
    kith_nat_pmp_unmap (map->nat_pmp, mapping->port);
  } else if (mapping->outer_port != 0 && map->way == WAY_UPNP) {
    kith_upnp_unmap (map->upnp, mapping->outer_port);
  }
  if (mapping->outer_port != 0) {
    announce (map);
  }
  *mapping = (Mapping){ 0 };
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
    if (one->type == KITH_CANDIDATE_HOST && one->port == port
        && kith_candidate_is_same_host (one, &map->lan)) {
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
  if (!is_useful (map)) {
    return;
  }
  for (guint i = 0; i < map->slot.n_candidates; i++) {
    const KithCandidate *one = &map->slot.candidates[i];
    Mapping *mapping;
    if (!is_of_slot (map, one->port) || one->type != KITH_CANDIDATE_HOST
        || find (map, one->port) != NULL || (mapping = make_room (map)) == NULL) {
      continue;
    }
    *mapping = (Mapping){ .port = one->port, .since_us = g_get_monotonic_time () };
    ask (map, mapping);
  }
}

/* TRUE while some socket of this host is bound to the port: then its agent lives. */
static gboolean
is_bound (const KithPortMap *map, guint16 port)
{
  struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons (port) };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (fd < 0) {
    return TRUE;
  }
  memcpy (&name.sin_addr, map->lan.ip, 4);
  const gboolean is_taken
      = bind (fd, (const struct sockaddr *)&name, sizeof name) != 0 && errno == EADDRINUSE;
  close (fd);
  return is_taken;
}

/* The router */

/* It is looked for again later. */
static void
on_failed (gpointer user_data)
{
}

static void
on_mapped (guint16 port, guint16 outer_port, guint lifetime_s, gpointer user_data)
{
  KithPortMap *map = user_data;
  Mapping *mapping = port != 0 ? find (map, port) : NULL;

  if (mapping == NULL) {
    return; /* not wanted any more; it runs out */
  }
  if (mapping->outer_port != outer_port) {
    announce (map);
  }
  mapping->outer_port = outer_port;
  lifetime_s = CLAMP (lifetime_s, LEAST_LIFETIME_S, LIFETIME_S);
  mapping->renew_us = g_get_monotonic_time () + lifetime_s * G_USEC_PER_SEC / 2;
  kith_debug ("link",
              outer_port != 0 ? "port %u is mapped to the outer port %u"
                              : "port %u: the router refuses to map it (%u)",
              port,
              outer_port);
}

static void
use (KithPortMap *map, Way way, const KithCandidate *lan, const KithCandidate *outer)
{
  if (map->way != WAY_NONE) {
    return; /* the other one was quicker */
  }
  map->way = way;
  map->lan = *lan;
  map->outer = *outer;
  g_autofree gchar *text = kith_candidate_to_text (outer);
  kith_info (
      "link",
      "the router speaks %s; its outer address is %.*s%s",
      way == WAY_UPNP ? "UPnP" : "NAT-PMP",
      (int)(strrchr (text, ':') - text),
      text,
      is_useful (map) ? "" : ", not a public one: another NAT is before it, ports are not mapped");
  announce (map);
  apply (map);
}

static void
on_nat_pmp_found (const KithCandidate *lan, const KithCandidate *outer, gpointer user_data)
{
  KithPortMap *map = user_data;

  use (map, WAY_NAT_PMP, lan, outer);
  if (map->way == WAY_NAT_PMP) {
    g_clear_pointer (&map->upnp, kith_upnp_free);
  }
}

static void
on_upnp_found (const KithCandidate *lan, const KithCandidate *outer, gpointer user_data)
{
  KithPortMap *map = user_data;

  use (map, WAY_UPNP, lan, outer);
  if (map->way == WAY_UPNP) {
    g_clear_pointer (&map->nat_pmp, kith_nat_pmp_free);
  }
}

static const KithMapperEvents nat_pmp_events
    = { .found = on_nat_pmp_found, .failed = on_failed, .mapped = on_mapped };
static const KithMapperEvents upnp_events
    = { .found = on_upnp_found, .failed = on_failed, .mapped = on_mapped };

/* TRUE when there is an address from which a NAT could lead out. */
static gboolean
has_private_address (void)
{
  KithCandidate addresses[KITH_MAX_LOCAL];
  guint n = kith_local_addresses (addresses);

  for (guint i = 0; i < n; i++) {
    if (addresses[i].family == 4 && !kith_candidate_is_public (&addresses[i])
        && !kith_candidate_is_loopback (&addresses[i])) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
close_ways (KithPortMap *map)
{
  g_clear_pointer (&map->nat_pmp, kith_nat_pmp_free);
  g_clear_pointer (&map->upnp, kith_upnp_free);
  map->way = WAY_NONE;
}

static void
search (KithPortMap *map)
{
  close_ways (map);
  map->searched_us = g_get_monotonic_time ();
  if (has_private_address ()) {
    map->nat_pmp = kith_nat_pmp_new (&nat_pmp_events, map);
    map->upnp = kith_upnp_new (map->helper, &upnp_events, map);
  }
}

/* Renews what is half over, takes away what nobody uses, and looks for a router that was not there. */
static gboolean
on_look (gpointer user_data)
{
  KithPortMap *map = user_data;
  const gint64 now = g_get_monotonic_time ();

  for (guint i = 0; i < KITH_MAX_MAPPED && map->way != WAY_NONE; i++) {
    Mapping *one = &map->mappings[i];
    if (one->port == 0) {
      continue;
    }
    if (!is_of_slot (map, one->port) && !is_bound (map, one->port)) {
      forget (map, one);
    } else if (one->renew_us != 0 && one->renew_us <= now) {
      ask (map, one);
    }
  }
  if (map->way == WAY_NONE && now - map->searched_us > SEARCH_AGAIN_S * G_USEC_PER_SEC) {
    search (map);
  }
  return G_SOURCE_CONTINUE;
}

KithPortMap *
kith_port_map_new (const char *upnp_helper,
                   void (*changed) (gpointer user_data),
                   gpointer user_data)
{
  KithPortMap *map = g_new0 (KithPortMap, 1);

  map->helper = g_strdup (upnp_helper);
  map->changed = changed;
  map->user_data = user_data;
  map->timer = g_timeout_add (LOOK_MS, on_look, map);
  search (map);
  return map;
}

void
kith_port_map_free (KithPortMap *map)
{
  if (map == NULL) {
    return;
  }
  for (guint i = 0; i < KITH_MAX_MAPPED; i++) {
    forget (map, &map->mappings[i]);
  }
  close_ways (map);
  g_source_remove (map->timer);
  if (map->announcing != 0) {
    g_source_remove (map->announcing);
  }
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
  for (guint i = 0; i < KITH_MAX_MAPPED; i++) {
    forget (map, &map->mappings[i]);
  }
  search (map);
  announce (map);
}

static gboolean
has_candidate (const KithReach *slot, const KithCandidate *candidate)
{
  for (guint i = 0; i < slot->n_candidates; i++) {
    if (kith_candidate_is_same (&slot->candidates[i], candidate)) {
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
    if (slot->candidates[i].family == 4 && slot->candidates[i].type != KITH_CANDIDATE_RELAY) {
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
    KithCandidate inner = map->lan;
    KithCandidate outer = map->outer;
    inner.port = one->port;
    outer.port = one->outer_port;
    outer.type = KITH_CANDIDATE_SRFLX;
    if (one->port != 0 && one->outer_port != 0 && has_candidate (slot, &inner)
        && !has_candidate (slot, &outer)) {
      insert (slot, &outer);
    }
  }
}

void
kith_port_map_fill_facts (KithPortMap *map, KithNatFacts *facts)
{
  facts->has_outer_nat = map->way != WAY_NONE && !is_useful (map);
  for (guint i = 0; i < KITH_MAX_MAPPED && is_useful (map) && !facts->has_mapping; i++) {
    if (map->mappings[i].outer_port != 0) {
      facts->has_mapping = TRUE;
      facts->mapped = map->outer;
      facts->mapped.port = map->mappings[i].outer_port;
      facts->mapped.type = KITH_CANDIDATE_SRFLX;
      (void)g_strlcpy (facts->mapped_by,
                       map->way == WAY_UPNP ? "UPnP" : "NAT-PMP",
                       sizeof facts->mapped_by);
    }
  }
}
