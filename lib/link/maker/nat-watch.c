/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins configured servers, witnesses and the probe, and decides when the listening agent should be
   made anew. */
#include "link/maker/nat-watch.h"

#include <string.h>

#include "base/clock.h"
#include "nat/nat-hint.h"
#include "nat/nat-probe.h"
#include "nat/stun-lookup.h"
#include "net/local-addresses.h"
#include "router/port-map.h"

#define HINT_US ((gint64)10 * G_USEC_PER_SEC) /* at least between two that are followed */

struct _KithNatWatch {
  GObject parent_instance;
  GStrv names;        /* of STUN servers, or NULL */
  gchar *upnp_helper; /* NULL: no ports are mapped */
  KithStunLookup *lookup;
  KithNatProbe *probe;  /* while it runs */
  KithNatProbe *probe6; /* … for IPv6 beside IPv4 */
  KithPortMap *ports;   /* the same, or NULL */
  KithPortMap *ports6;  /* … in the IPv6 firewall: no other address comes of it */
  KithEndpoint servers[KITH_MAX_PROBE_SERVERS];
  guint n_servers;
  KithWitness witnesses[KITH_MAX_WITNESSES];
  guint n_witnesses;
  KithEndpoint seen_as;    /* the outer address that was known last; family 0: none */
  KithEndpoint hint;       /* … and as the location network sees it; family 0: not known */
  KithEndpoint guessed;    /* the one of which the slot has a guess; family 0: none */
  gint64 hinted;           /* when one was followed */
  KithEndpoint wanted_for; /* the outer address for which a slot was wanted last */
  KithEndpoint stun;       /* the server to ask; family 0: none answered yet */
};

static void nat_init (KithNatInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithNatWatch,
                               kith_nat_watch,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_NAT, nat_init))

/* A router with another address has forgotten what it mapped. */
static void
follow_address (KithNatWatch *watch)
{
  KithNatFacts facts;

  kith_nat_probe_get_facts (watch->probe, &facts);
  if (!facts.has_reflexive) {
    return;
  }
  const gboolean is_another = watch->seen_as.family != 0
                              && !kith_endpoint_is_same_host (&watch->seen_as, &facts.reflexive);
  watch->seen_as = facts.reflexive;
  if (is_another && watch->ports != NULL) {
    kith_port_map_restart (watch->ports);
  }
}

/* TRUE when others were asked how they see us, and none answered, but the location network has said
   so. */
static gboolean
wants_guess (KithNatWatch *watch)
{
  KithNatFacts facts;

  if (watch->probe == NULL || watch->hint.family != 4) {
    return FALSE;
  }
  kith_nat_probe_get_facts (watch->probe, &facts);
  return facts.checked_us != 0 && facts.n_witnesses == 0;
}

/* The slot's candidates are told anew when the guess is another one, or none. */
static void
guess (KithNatWatch *watch)
{
  const KithEndpoint none = { 0 };
  const KithEndpoint *wanted = wants_guess (watch) ? &watch->hint : &none;

  if (!kith_endpoint_is_same_host (wanted, &watch->guessed)) {
    watch->guessed = *wanted;
    g_signal_emit_by_name (watch, "mapped");
  }
}

static void
on_probe_changed (gpointer user_data)
{
  KithNatWatch *watch = user_data;
  KithEndpoint server;

  if (kith_nat_probe_get_server (watch->probe, &server)) {
    watch->stun = server;
  }
  follow_address (watch);
  guess (watch);
  g_signal_emit_by_name (watch, "changed");
}

static void
on_probe6_changed (gpointer user_data)
{
  KithNatWatch *watch = user_data;

  g_signal_emit_by_name (watch, "changed");
}

static void
on_ports_changed (gpointer user_data)
{
  KithNatWatch *watch = user_data;

  g_signal_emit_by_name (watch, "mapped");
  if (watch->ports != NULL) {
    g_signal_emit_by_name (watch, "changed");
  }
}

static void
on_ports6_changed (gpointer user_data)
{
  KithNatWatch *watch = user_data;

  g_signal_emit_by_name (watch, "changed");
}

static void
on_server_found (const KithEndpoint *server, gpointer user_data)
{
  KithNatWatch *watch = user_data;

  for (guint i = 0; i < watch->n_servers; i++) {
    if (kith_endpoint_is_same (&watch->servers[i], server)) {
      return;
    }
  }
  if (watch->n_servers < KITH_MAX_PROBE_SERVERS) {
    watch->servers[watch->n_servers++] = *server;
    kith_nat_probe_set_servers (watch->probe, watch->servers, watch->n_servers);
    kith_nat_probe_set_servers (watch->probe6, watch->servers, watch->n_servers);
  }
}

static void
watch_start (KithNat *nat)
{
  KithNatWatch *watch = KITH_NAT_WATCH (nat);

  if (watch->probe != NULL) {
    return;
  }
  watch->probe = kith_nat_probe_new (4, on_probe_changed, watch);
  watch->probe6 = kith_nat_probe_new (6, on_probe6_changed, watch);
  kith_nat_probe_set_witnesses (watch->probe, watch->witnesses, watch->n_witnesses);
  kith_nat_probe_set_witnesses (watch->probe6, watch->witnesses, watch->n_witnesses);
  if (watch->upnp_helper != NULL) {
    watch->ports = kith_port_map_new (4, watch->upnp_helper, on_ports_changed, watch);
    watch->ports6 = kith_port_map_new (6, NULL, on_ports6_changed, watch);
  }
  if (watch->names != NULL) {
    watch->lookup
        = kith_stun_lookup_new ((const char *const *)watch->names, on_server_found, watch);
  }
}

static void
watch_stop (KithNat *nat)
{
  KithNatWatch *watch = KITH_NAT_WATCH (nat);

  g_clear_pointer (&watch->lookup, kith_stun_lookup_free);
  g_clear_pointer (&watch->probe, kith_nat_probe_free);
  g_clear_pointer (&watch->probe6, kith_nat_probe_free);
  g_clear_pointer (&watch->ports, kith_port_map_free);
  g_clear_pointer (&watch->ports6, kith_port_map_free);
  watch->n_servers = 0;
}

static void
watch_set_witnesses (KithNat *nat, const KithWitness *witnesses, guint n)
{
  KithNatWatch *watch = KITH_NAT_WATCH (nat);

  watch->n_witnesses = MIN (n, KITH_MAX_WITNESSES);
  memcpy (watch->witnesses, witnesses, watch->n_witnesses * sizeof *witnesses);
  if (watch->probe != NULL) {
    kith_nat_probe_set_witnesses (watch->probe, watch->witnesses, watch->n_witnesses);
    kith_nat_probe_set_witnesses (watch->probe6, watch->witnesses, watch->n_witnesses);
  }
}

static void
watch_look_again (KithNat *nat)
{
  KithNatWatch *watch = KITH_NAT_WATCH (nat);

  watch->wanted_for = (KithEndpoint){ 0 };
  if (watch->probe != NULL) {
    kith_nat_probe_run (watch->probe);
    kith_nat_probe_run (watch->probe6);
  }
  if (watch->ports != NULL) {
    kith_port_map_restart (watch->ports);
    kith_port_map_restart (watch->ports6);
  }
}

static void
watch_set_outer_hint (KithNat *nat, const KithEndpoint *outer)
{
  KithNatWatch *watch = KITH_NAT_WATCH (nat);
  const KithEndpoint none = { 0 };
  const KithEndpoint *hint = outer != NULL ? outer : &none;
  const gint64 now = kith_clock_now (kith_clock_get_default ());

  if (kith_endpoint_is_same_host (hint, &watch->hint)) {
    return;
  }
  watch->hint = *hint;
  if (hint->family == 0 || watch->probe == NULL
      || (watch->hinted != 0 && now - watch->hinted < HINT_US)) {
    return;
  }
  watch->hinted = now;
  guess (watch);
  if (hint->family == watch->seen_as.family
      && !kith_endpoint_is_same_host (hint, &watch->seen_as)) {
    kith_nat_probe_glance (watch->probe);
  }
}

static void
watch_set_slot (KithNat *nat, const KithReach *slot)
{
  KithNatWatch *watch = KITH_NAT_WATCH (nat);

  if (watch->ports != NULL) {
    kith_port_map_set_slot (watch->ports, slot);
    kith_port_map_set_slot (watch->ports6, slot);
  }
}

static void
watch_add_outer (KithNat *nat, KithReach *slot)
{
  KithNatWatch *watch = KITH_NAT_WATCH (nat);

  if (watch->ports != NULL) {
    kith_port_map_add_candidates (watch->ports, slot);
  }
  (void)kith_nat_hint_add (&watch->guessed, slot);
}

static void
watch_get_facts (KithNat *nat, KithNatFacts *facts)
{
  KithNatWatch *watch = KITH_NAT_WATCH (nat);

  if (watch->probe != NULL) {
    KithNatFacts facts6;
    kith_nat_probe_get_facts (watch->probe6, &facts6);
    kith_nat_probe_get_facts (watch->probe, facts);
    facts->kind6 = facts6.kind;
  }
  if (watch->ports != NULL) {
    kith_port_map_fill_facts (watch->ports, facts);
    kith_port_map_fill_facts (watch->ports6, facts);
  }
}

static gboolean
is_local (const KithEndpoint *endpoint)
{
  KithEndpoint addresses[KITH_MAX_LOCAL];
  guint n = kith_local_addresses (addresses);

  for (guint i = 0; i < n; i++) {
    if (kith_endpoint_is_same_host (&addresses[i], endpoint)) {
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
watch_wants_slot (KithNat *nat, const KithReach *slot)
{
  KithNatWatch *watch = KITH_NAT_WATCH (nat);
  KithNatFacts facts;

  watch_get_facts (nat, &facts);
  if (!facts.has_reflexive || watch->stun.family == 0 || is_local (&facts.reflexive)
      || kith_endpoint_is_same_host (&watch->wanted_for, &facts.reflexive)) {
    return FALSE;
  }
  watch->wanted_for = facts.reflexive;
  for (guint i = 0; i < slot->n_candidates; i++) {
    if (slot->candidates[i].type == KITH_CANDIDATE_SRFLX
        && kith_endpoint_is_same_host (&slot->candidates[i].endpoint, &facts.reflexive)) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
watch_get_stun (KithNat *nat, KithEndpoint *server)
{
  *server = KITH_NAT_WATCH (nat)->stun;
  return server->family != 0;
}

static void
nat_init (KithNatInterface *iface)
{
  iface->start = watch_start;
  iface->stop = watch_stop;
  iface->look_again = watch_look_again;
  iface->set_witnesses = watch_set_witnesses;
  iface->set_outer_hint = watch_set_outer_hint;
  iface->set_slot = watch_set_slot;
  iface->add_outer = watch_add_outer;
  iface->get_facts = watch_get_facts;
  iface->get_stun = watch_get_stun;
  iface->wants_slot = watch_wants_slot;
}

static void
kith_nat_watch_finalize (GObject *object)
{
  KithNatWatch *watch = KITH_NAT_WATCH (object);

  watch_stop (KITH_NAT (watch));
  g_strfreev (watch->names);
  g_free (watch->upnp_helper);
  G_OBJECT_CLASS (kith_nat_watch_parent_class)->finalize (object);
}

static void
kith_nat_watch_class_init (KithNatWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_nat_watch_finalize;
}

static void
kith_nat_watch_init (KithNatWatch *watch)
{
}

KithNat *
kith_nat_watch_new (const char *const *stun_servers, const char *upnp_helper)
{
  KithNatWatch *watch = g_object_new (KITH_TYPE_NAT_WATCH, NULL);

  watch->names = g_strdupv ((gchar **)stun_servers);
  watch->upnp_helper = g_strdup (upnp_helper);
  return KITH_NAT (watch);
}
