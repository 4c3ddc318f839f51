/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PCP is asked first: of two that the same router speaks it is the one that wins. */
#include "router/mapper-race.h"

#include "router/natpmp-client.h"
#include "router/pcp-client.h"
#include "router/upnp-client.h"

typedef enum { WAY_NONE, WAY_PCP, WAY_NAT_PMP, WAY_UPNP } Way;

struct _KithMapperRace {
  gchar *helper;
  const KithMapperEvents *events;
  gpointer user_data;
  KithPcp *pcp;
  KithNatPmp *nat_pmp;
  KithUpnp *upnp;
  Way way;
  gboolean is_v4;
  guint n_failed;
};

/* Found. The losers are not freed from within their own events, but from those of the winner. */

static void
win (KithMapperRace *race, Way way, const KithEndpoint *lan, const KithEndpoint *outer)
{
  race->way = way;
  race->events->found (lan, outer, race->user_data);
}

static void
on_pcp_found (const KithEndpoint *lan, const KithEndpoint *outer, gpointer user_data)
{
  KithMapperRace *race = user_data;

  if (race->way == WAY_NONE) {
    g_clear_pointer (&race->nat_pmp, kith_nat_pmp_free);
    g_clear_pointer (&race->upnp, kith_upnp_free);
    win (race, WAY_PCP, lan, outer);
  }
}

static void
on_nat_pmp_found (const KithEndpoint *lan, const KithEndpoint *outer, gpointer user_data)
{
  KithMapperRace *race = user_data;

  if (race->way == WAY_NONE) {
    g_clear_pointer (&race->pcp, kith_pcp_free);
    g_clear_pointer (&race->upnp, kith_upnp_free);
    win (race, WAY_NAT_PMP, lan, outer);
  } else if (race->way == WAY_NAT_PMP) {
    race->events->found (lan, outer, race->user_data); /* the router has another address */
  }
}

static void
on_upnp_found (const KithEndpoint *lan, const KithEndpoint *outer, gpointer user_data)
{
  KithMapperRace *race = user_data;

  if (race->way == WAY_NONE) {
    g_clear_pointer (&race->pcp, kith_pcp_free);
    g_clear_pointer (&race->nat_pmp, kith_nat_pmp_free);
    win (race, WAY_UPNP, lan, outer);
  }
}

/* The others */

static void
on_mapped (guint16 port, const KithEndpoint *outer, guint lifetime_s, gpointer user_data)
{
  KithMapperRace *race = user_data;

  race->events->mapped (port, outer, lifetime_s, race->user_data);
}

static void
on_lost (gpointer user_data)
{
  KithMapperRace *race = user_data;

  race->events->lost (race->user_data);
}

static void
on_failed (gpointer user_data)
{
  KithMapperRace *race = user_data;

  race->n_failed++;
  if (race->way == WAY_NONE && race->n_failed == (race->is_v4 ? 3 : 1)) {
    race->events->failed (race->user_data);
  }
}

static const KithMapperEvents nat_pmp_events
    = { .found = on_nat_pmp_found, .failed = on_failed, .mapped = on_mapped, .lost = on_lost };
static const KithMapperEvents upnp_events
    = { .found = on_upnp_found, .failed = on_failed, .mapped = on_mapped };

static void
ask_others (KithMapperRace *race)
{
  if (!race->is_v4) {
    return;
  }
  race->nat_pmp = kith_nat_pmp_new (&nat_pmp_events, race);
  race->upnp = kith_upnp_new (race->helper, &upnp_events, race);
}

/* One that won, and then said that it cannot map: the others get their turn. */
static void
on_pcp_failed (gpointer user_data)
{
  KithMapperRace *race = user_data;

  if (race->way == WAY_PCP) {
    race->way = WAY_NONE;
    race->n_failed = 0;
    ask_others (race);
  }
  on_failed (race);
}

static const KithMapperEvents pcp_events
    = { .found = on_pcp_found, .failed = on_pcp_failed, .mapped = on_mapped, .lost = on_lost };

KithMapperRace *
kith_mapper_race_new (const KithEndpoint *from,
                      const char *upnp_helper,
                      const KithMapperEvents *events,
                      gpointer user_data)
{
  KithMapperRace *race = g_new0 (KithMapperRace, 1);

  race->helper = g_strdup (upnp_helper);
  race->events = events;
  race->user_data = user_data;
  race->is_v4 = from == NULL;
  race->pcp = kith_pcp_new (from, &pcp_events, race);
  ask_others (race);
  return race;
}

void
kith_mapper_race_free (KithMapperRace *race)
{
  if (race == NULL) {
    return;
  }
  kith_pcp_free (race->pcp);
  kith_nat_pmp_free (race->nat_pmp);
  kith_upnp_free (race->upnp);
  g_free (race->helper);
  g_free (race);
}

const char *
kith_mapper_race_get_name (const KithMapperRace *race)
{
  switch (race->way) {
  case WAY_NONE:
    return "";
  case WAY_PCP:
    return "PCP";
  case WAY_NAT_PMP:
    return "NAT-PMP";
  case WAY_UPNP:
    return "UPnP";
  }
  return "";
}

void
kith_mapper_race_map (KithMapperRace *race, guint16 port, guint16 outer_port, guint lifetime_s)
{
  switch (race->way) {
  case WAY_NONE:
    return;
  case WAY_PCP:
    kith_pcp_map (race->pcp, port, lifetime_s);
    return;
  case WAY_NAT_PMP:
    kith_nat_pmp_map (race->nat_pmp, port, outer_port, lifetime_s);
    return;
  case WAY_UPNP:
    kith_upnp_map (race->upnp, port, lifetime_s);
    return;
  }
}

void
kith_mapper_race_unmap (KithMapperRace *race, guint16 port, guint16 outer_port)
{
  switch (race->way) {
  case WAY_NONE:
    return;
  case WAY_PCP:
    kith_pcp_unmap (race->pcp, port);
    return;
  case WAY_NAT_PMP:
    kith_nat_pmp_unmap (race->nat_pmp, port);
    return;
  case WAY_UPNP:
    if (outer_port != 0) {
      kith_upnp_unmap (race->upnp, outer_port);
    }
    return;
  }
}
