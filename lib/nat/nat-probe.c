/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks in three rounds: who sees us how, how a second socket is seen, and what comes in without
   having been asked for. */
#include "nat/nat-probe.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "nat/nat-targets.h"
#include "nat/stun-socket.h"
#include "net/local-addresses.h"

#define MAPPING_MS 1500 /* for the slowest */
#define ENOUGH_MS 250   /* … once two hosts answered */
#define SECOND_MS 1200
#define FILTER_MS 700 /* until the last repetition, then two round trips more */
#define FILTER_LEAST_MS 300
#define FIRST_RETRY_S 5
#define INTERVAL_S 300
#define GLANCE_S 20 /* between two looks whether the outer address is still the same */
#define GLANCE_MS 1500
#define ENOUGH_HOSTS 2

typedef enum { ROUND_NONE, ROUND_MAPPING, ROUND_SECOND, ROUND_FILTER, ROUND_GLANCE } Round;

/* Questions of the later rounds; those of the first are 1 to KITH_MAX_TARGETS. */
enum { ASK_OTHER_PORT = 100, ASK_FROM_SECOND, ASK_CHANGED_PORT, ASK_CHANGED_HOST, ASK_GLANCE };

struct _KithNatProbe {
  guint family;
  void (*changed) (gpointer user_data);
  gpointer user_data;
  KithEndpoint servers[KITH_MAX_PROBE_SERVERS];
  guint n_servers;
  KithWitness witnesses[KITH_MAX_PROBE_NODES];
  guint n_witnesses;

  Round round;
  KithStunSocket *first;     /* asks everybody */
  KithStunSocket *second;    /* asks only one host: what comes from others was let in by the NAT */
  KithNatTargets targets;    /* of this run or the last one */
  const KithNatTarget *best; /* asked by the second socket */
  const KithNatTarget *stranger;   /* a host that the second socket never asked, or NULL */
  KithEndpoint second_seen;        /* family 0: not known */
  gboolean port_asked, host_asked; /* … and not known to be impossible */
  KithNatEvidence evidence;
  guint timer; /* the end of the round, or the next run */
  guint retry_s;
  guint n_glances;   /* since the last run */
  gboolean is_stale; /* somebody new came during the run */

  KithNatFacts facts;
  KithEndpoint server;
  gboolean has_server;
  guint announcing;
};

static void start (KithNatProbe *probe);

static gboolean
on_announce (gpointer user_data)
{
  KithNatProbe *probe = user_data;

  probe->announcing = 0;
  probe->changed (probe->user_data);
  return G_SOURCE_REMOVE;
}

static void
announce (KithNatProbe *probe)
{
  if (probe->announcing == 0) {
    probe->announcing = g_idle_add (on_announce, probe);
  }
}

static void
set_timer (KithNatProbe *probe, guint ms, GSourceFunc func)
{
  kith_clock_cancel (kith_clock_get_default (), &probe->timer);
  probe->timer = kith_clock_add (kith_clock_get_default (), ms, func, probe);
}

/* What the targets say */

static void
choose_server (KithNatProbe *probe)
{
  const KithNatTarget *best
      = kith_nat_targets_choose_server (&probe->targets,
                                        probe->facts.has_reflexive ? &probe->facts.reflexive : NULL,
                                        probe->has_server ? &probe->server : NULL);

  /* What answered once may answer again: no server is no news. */
  if (best != NULL
      && (!probe->has_server || !kith_endpoint_is_same (&best->address, &probe->server))) {
    probe->has_server = TRUE;
    probe->server = best->address;
    announce (probe);
  }
}

static gboolean
is_own (const KithEndpoint *mapped, guint16 port)
{
  KithEndpoint addresses[KITH_MAX_LOCAL];
  guint n = kith_local_addresses (addresses);

  for (guint i = 0; i < n; i++) {
    if (kith_endpoint_is_same_host (&addresses[i], mapped) && mapped->port == port) {
      return TRUE;
    }
  }
  return FALSE;
}

/* What is known as soon as somebody answered. */
static void
note_reflexive (KithNatProbe *probe)
{
  KithNatAnswer answers[KITH_MAX_TARGETS + 1];
  guint n = kith_nat_targets_get_answers (&probe->targets, answers);
  KithEndpoint mapped;
  guint n_agree;

  if (kith_nat_agree (answers, n, &mapped, &n_agree)) {
    if (!probe->facts.has_reflexive
        || !kith_endpoint_is_same_host (&probe->facts.reflexive, &mapped)) {
      announce (probe);
    }
    probe->facts.has_reflexive = TRUE;
    probe->facts.n_witnesses
        = MAX (probe->facts.n_witnesses, kith_nat_targets_count_hosts (&probe->targets, TRUE));
    probe->facts.reflexive = mapped;
    probe->evidence.is_own = is_own (&mapped, kith_stun_socket_get_port (probe->first));
  }
}

/* The end of a run */

static gboolean
on_next_run (gpointer user_data)
{
  KithNatProbe *probe = user_data;

  probe->timer = 0;
  start (probe);
  return G_SOURCE_REMOVE;
}

static void
close_sockets (KithNatProbe *probe)
{
  g_clear_pointer (&probe->first, kith_stun_socket_free);
  g_clear_pointer (&probe->second, kith_stun_socket_free);
  probe->best = probe->stranger = NULL;
}

/* Between two runs: one question tells whether a router got another address meanwhile, which nobody
   else would say. */

static const KithStunEvents stun_events;
static gboolean on_glance_time (gpointer user_data);

static gboolean
on_glance_end (gpointer user_data)
{
  KithNatProbe *probe = user_data;

  probe->timer = 0;
  start (probe); /* it does not answer any more */
  return G_SOURCE_REMOVE;
}

static gboolean
on_glance_time (gpointer user_data)
{
  KithNatProbe *probe = user_data;
  const KithStunQuestion question = { .id = ASK_GLANCE, .to = probe->server };

  probe->timer = 0;
  close_sockets (probe);
  probe->first = ++probe->n_glances < INTERVAL_S / GLANCE_S
                     ? kith_stun_socket_new (probe->server.family, &stun_events, probe)
                     : NULL;
  if (probe->first == NULL || !kith_stun_socket_ask (probe->first, &question)) {
    start (probe);
    return G_SOURCE_REMOVE;
  }
  probe->round = ROUND_GLANCE;
  set_timer (probe, GLANCE_MS, on_glance_end);
  return G_SOURCE_REMOVE;
}

static void
on_glance_answer (KithNatProbe *probe, const KithStun *answer, const KithEndpoint *from)
{
  if (answer->kind != KITH_STUN_SUCCESS || !kith_endpoint_is_same (from, &probe->server)) {
    return;
  }
  if (!kith_endpoint_is_same_host (&answer->mapped, &probe->facts.reflexive)) {
    start (probe);
    return;
  }
  close_sockets (probe);
  probe->round = ROUND_NONE;
  set_timer (probe, GLANCE_S * 1000, on_glance_time);
}

static void
finish (KithNatProbe *probe)
{
  KithNatFacts *facts = &probe->facts;
  KithNatAnswer answers[KITH_MAX_TARGETS + 1];
  guint n = kith_nat_targets_get_answers (&probe->targets, answers);
  KithNatKind before = facts->kind;

  probe->evidence.n_answered = kith_nat_targets_count_hosts (&probe->targets, TRUE);
  probe->evidence.one_mapping = kith_nat_compare (answers, n);
  facts->kind = kith_nat_classify (&probe->evidence);
  /* Before most IPv6 addresses there is a firewall: that there is none has to be seen. */
  if (probe->family == 6 && facts->kind == KITH_NAT_NONE
      && probe->evidence.other_port == KITH_TRIAL_OPEN
      && probe->evidence.other_host == KITH_TRIAL_OPEN) {
    facts->kind = KITH_NAT_UNKNOWN;
  }
  facts->n_witnesses = probe->evidence.n_answered;
  facts->has_reflexive = facts->has_reflexive && n > 0;
  facts->checked_us = kith_clock_wall (kith_clock_get_default ());
  if (before != facts->kind) {
    g_autofree gchar *seen
        = facts->has_reflexive ? kith_endpoint_to_text (&facts->reflexive) : g_strdup ("nobody");
    kith_info ("link",
               "%s: %s, seen as %s (%u of %u hosts answered)",
               probe->family == 6 ? "IPv6" : "NAT",
               kith_nat_kind_text (facts->kind),
               seen,
               probe->evidence.n_answered,
               probe->evidence.n_asked);
  }
  close_sockets (probe);
  probe->round = ROUND_NONE;
  probe->retry_s = n > 0 ? INTERVAL_S : CLAMP (probe->retry_s * 2, FIRST_RETRY_S, INTERVAL_S);
  if (probe->is_stale && probe->evidence.n_answered < ENOUGH_HOSTS) {
    probe->retry_s = 1;
  }
  probe->n_glances = 0;
  if (probe->family == 4 && probe->retry_s == INTERVAL_S && probe->facts.has_reflexive
      && probe->has_server) {
    set_timer (probe, GLANCE_S * 1000, on_glance_time);
  } else {
    set_timer (probe, probe->retry_s * 1000, on_next_run);
  }
  announce (probe);
}

static gboolean
on_filter_end (gpointer user_data)
{
  KithNatProbe *probe = user_data;
  KithNatEvidence *evidence = &probe->evidence;

  probe->timer = 0;
  if (probe->port_asked && evidence->other_port == KITH_TRIAL_OPEN) {
    evidence->other_port = KITH_TRIAL_NO;
  }
  if (probe->host_asked && evidence->other_host == KITH_TRIAL_OPEN) {
    evidence->other_host = KITH_TRIAL_NO;
  }
  finish (probe);
  return G_SOURCE_REMOVE;
}

/* The third round: what comes in that was not asked for, at the second socket */

static void
start_filter (KithNatProbe *probe)
{
  const KithNatTarget *best = probe->best;
  const gboolean has_other_host = best->other.family == best->address.family
                                  && !kith_endpoint_is_same_host (&best->other, &best->address);
  KithStunQuestion port = { .id = ASK_CHANGED_PORT, .to = best->address, .change_port = TRUE };
  KithStunQuestion host
      = { .id = ASK_CHANGED_HOST, .to = best->address, .change_port = TRUE, .change_ip = TRUE };

  probe->round = ROUND_FILTER;
  if (best->other.family == best->address.family && best->other.port != best->address.port) {
    probe->port_asked = kith_stun_socket_ask (probe->second, &port);
  }
  if (has_other_host) {
    probe->host_asked = kith_stun_socket_ask (probe->second, &host);
  } else if (probe->stranger != NULL) {
    host = (KithStunQuestion){ .id = ASK_CHANGED_HOST,
                               .to = probe->stranger->address,
                               .response_port = probe->second_seen.port };
    probe->host_asked = kith_stun_socket_ask (probe->first, &host);
  }
  if (!probe->port_asked && !probe->host_asked) {
    finish (probe);
    return;
  }
  set_timer (probe, FILTER_MS + MAX (FILTER_LEAST_MS, 2 * best->rtt_ms), on_filter_end);
}

static void
on_filter_answer (KithNatProbe *probe,
                  KithStunSocket *asker,
                  guint id,
                  const KithStun *answer,
                  const KithEndpoint *from)
{
  KithNatEvidence *evidence = &probe->evidence;
  const gboolean unasked = asker == probe->second && answer->kind == KITH_STUN_SUCCESS
                           && !kith_endpoint_is_same (from, &probe->best->address);

  if (id == ASK_CHANGED_PORT) {
    evidence->other_port = unasked ? KITH_TRIAL_YES : evidence->other_port;
    probe->port_asked = unasked; /* one that answers from where it was asked cannot do it */
  } else {
    const gboolean other_host
        = unasked && !kith_endpoint_is_same_host (from, &probe->best->address);
    evidence->other_host = other_host ? KITH_TRIAL_YES : evidence->other_host;
    probe->host_asked = other_host;
  }
  if ((!probe->port_asked || evidence->other_port != KITH_TRIAL_OPEN)
      && (!probe->host_asked || evidence->other_host != KITH_TRIAL_OPEN)) {
    finish (probe);
  }
}

/* The second round: a second socket, known to one host only; with one host alone, its other port
   too */

static gboolean
on_second_end (gpointer user_data)
{
  KithNatProbe *probe = user_data;

  probe->timer = 0;
  if (probe->second_seen.family != 0) {
    start_filter (probe);
  } else {
    finish (probe);
  }
  return G_SOURCE_REMOVE;
}

static void
start_second (KithNatProbe *probe)
{
  KithNatAnswer answers[KITH_MAX_TARGETS + 1];
  guint n = kith_nat_targets_get_answers (&probe->targets, answers);

  kith_nat_targets_choose_pair (&probe->targets, &probe->best, &probe->stranger);
  if (probe->best == NULL || kith_nat_compare (answers, n) == KITH_TRIAL_NO) {
    finish (probe);
    return;
  }
  const KithStunQuestion other = { .id = ASK_OTHER_PORT, .to = probe->best->other };
  const KithStunQuestion question = { .id = ASK_FROM_SECOND, .to = probe->best->address };
  probe->round = ROUND_SECOND;
  probe->second = kith_stun_socket_new (probe->best->address.family, &stun_events, probe);
  if (probe->second == NULL || !kith_stun_socket_ask (probe->second, &question)) {
    finish (probe);
    return;
  }
  kith_stun_socket_join (probe->first, probe->second);
  if (probe->stranger == NULL && kith_nat_target_worth (probe->best) > 0) {
    (void)kith_stun_socket_ask (probe->first, &other);
  }
  set_timer (probe, SECOND_MS, on_second_end);
}

static void
on_second_answer (KithNatProbe *probe, guint id, const KithStun *answer, const KithEndpoint *from)
{
  if (answer->kind != KITH_STUN_SUCCESS || answer->mapped.family == 0) {
    return;
  }
  if (id == ASK_OTHER_PORT && kith_endpoint_is_same (from, &probe->best->other)) {
    probe->targets.has_extra = TRUE;
    probe->targets.extra = (KithNatAnswer){ *from, answer->mapped };
  } else if (id == ASK_FROM_SECOND && kith_endpoint_is_same (from, &probe->best->address)) {
    probe->second_seen = answer->mapped;
  }
  const gboolean waits_for_other = probe->stranger == NULL
                                   && kith_nat_target_worth (probe->best) > 0
                                   && !probe->targets.has_extra;
  if (probe->second_seen.family != 0 && !waits_for_other) {
    start_filter (probe);
  }
}

/* The first round: everybody is asked */

static gboolean
on_mapping_end (gpointer user_data)
{
  KithNatProbe *probe = user_data;

  probe->timer = 0;
  start_second (probe);
  return G_SOURCE_REMOVE;
}

static void
on_mapping_answer (KithNatProbe *probe,
                   KithNatTarget *target,
                   const KithStun *answer,
                   const KithEndpoint *from,
                   guint rtt_ms)
{
  guint n_before = kith_nat_targets_count_hosts (&probe->targets, TRUE);
  guint n_answered = 0;

  if (!kith_nat_target_take (target, answer, from, rtt_ms)) {
    return;
  }
  note_reflexive (probe);
  choose_server (probe);
  for (guint i = 0; i < probe->targets.n; i++) {
    n_answered += probe->targets.all[i].answered;
  }
  if (n_answered == probe->targets.n) {
    start_second (probe);
  } else if (n_before < ENOUGH_HOSTS
             && kith_nat_targets_count_hosts (&probe->targets, TRUE) >= ENOUGH_HOSTS) {
    set_timer (probe, ENOUGH_MS, on_mapping_end);
  }
}

static void
on_answered (KithStunSocket *asker,
             guint id,
             const KithStun *answer,
             const KithEndpoint *from,
             guint rtt_ms,
             gpointer user_data)
{
  KithNatProbe *probe = user_data;

  switch (probe->round) {
  case ROUND_NONE:
    return;
  case ROUND_GLANCE:
    if (id == ASK_GLANCE) {
      on_glance_answer (probe, answer, from);
    }
    return;
  case ROUND_MAPPING:
    if (id <= probe->targets.n) {
      on_mapping_answer (probe, &probe->targets.all[id - 1], answer, from, rtt_ms);
    }
    return;
  case ROUND_SECOND:
    if (id == ASK_OTHER_PORT || id == ASK_FROM_SECOND) {
      on_second_answer (probe, id, answer, from);
    }
    return;
  case ROUND_FILTER:
    if (id == ASK_CHANGED_PORT || id == ASK_CHANGED_HOST) {
      on_filter_answer (probe, asker, id, answer, from);
    }
    return;
  }
}

static const KithStunEvents stun_events = { .answered = on_answered };

/* 0: no network, or not the one that this is for. */
static guint
choose_family (KithNatProbe *probe)
{
  KithEndpoint addresses[KITH_MAX_LOCAL];
  guint n = kith_local_addresses (addresses);
  guint family = 0;

  probe->facts.has_ipv6 = FALSE;
  for (guint i = 0; i < n; i++) {
    if (!kith_endpoint_is_loopback (&addresses[i]) && family != 4) {
      family = addresses[i].family;
    }
    probe->facts.has_ipv6
        = probe->facts.has_ipv6
          || (addresses[i].family == 6 && kith_endpoint_is_public (&addresses[i]));
  }
  if (probe->family == 6) {
    return family == 4 && probe->facts.has_ipv6 ? 6 : 0;
  }
  return family;
}

static void
add_target (KithNatProbe *probe, const KithEndpoint *address, gboolean is_server, guint family)
{
  const KithStunQuestion question = { .id = probe->targets.n + 1, .to = *address };

  if (kith_nat_targets_offer (&probe->targets, address, is_server, family)
      && kith_stun_socket_ask (probe->first, &question)) {
    probe->targets.n++;
  }
}

static void
start (KithNatProbe *probe)
{
  guint family = choose_family (probe);

  close_sockets (probe);
  probe->targets.n = 0;
  probe->targets.has_extra = FALSE;
  probe->evidence = (KithNatEvidence){ 0 };
  probe->port_asked = probe->host_asked = probe->is_stale = FALSE;
  probe->second_seen = (KithEndpoint){ 0 };
  probe->first = family != 0 ? kith_stun_socket_new (family, &stun_events, probe) : NULL;
  probe->round = ROUND_MAPPING;
  for (guint i = 0; i < probe->n_servers && probe->first != NULL; i++) {
    add_target (probe, &probe->servers[i], TRUE, family);
  }
  for (guint i = 0; i < probe->n_witnesses; i++) {
    probe->evidence.heard = probe->evidence.heard || probe->witnesses[i].is_heard;
    if (probe->first != NULL) {
      add_target (probe, &probe->witnesses[i].endpoint, FALSE, family);
    }
  }
  probe->evidence.n_asked = kith_nat_targets_count_hosts (&probe->targets, FALSE);
  if (probe->targets.n == 0) {
    finish (probe);
  } else {
    set_timer (probe, MAPPING_MS, on_mapping_end);
  }
}

/* Whom to ask */

/* TRUE when @address is none of those that were asked in this run or the last one. */
static gboolean
is_new (KithNatProbe *probe, const KithEndpoint *address)
{
  return kith_endpoint_is_sendable (address) && kith_nat_targets_is_new (&probe->targets, address);
}

/* Runs again when too little is known and there is somebody new, or when one who counted for silent
   is heard. */
static void
ask_if_useful (KithNatProbe *probe, gboolean is_news)
{
  if (!is_news || kith_nat_targets_count_hosts (&probe->targets, TRUE) >= ENOUGH_HOSTS) {
    return;
  }
  if (probe->round != ROUND_NONE && probe->round != ROUND_GLANCE) {
    probe->is_stale = TRUE;
    return;
  }
  probe->retry_s = 0;
  start (probe);
}

void
kith_nat_probe_set_servers (KithNatProbe *probe, const KithEndpoint *servers, guint n)
{
  gboolean is_news = FALSE;

  probe->n_servers = MIN (n, KITH_MAX_PROBE_SERVERS);
  for (guint i = 0; i < probe->n_servers; i++) {
    probe->servers[i] = servers[i];
    is_news = is_news || is_new (probe, &servers[i]);
  }
  ask_if_useful (probe, is_news);
}

void
kith_nat_probe_set_witnesses (KithNatProbe *probe, const KithWitness *witnesses, guint n)
{
  gboolean is_news = FALSE;
  gboolean was_heard = probe->evidence.heard;

  probe->n_witnesses = 0;
  for (guint i = 0; i < n && probe->n_witnesses < KITH_MAX_PROBE_NODES; i++) {
    if (kith_endpoint_is_sendable (&witnesses[i].endpoint)
        && (probe->family == 4 || witnesses[i].endpoint.family == 6)) {
      is_news = is_news || is_new (probe, &witnesses[i].endpoint)
                || (!was_heard && witnesses[i].is_heard);
      probe->witnesses[probe->n_witnesses++] = witnesses[i];
    }
  }
  ask_if_useful (probe, is_news);
}

void
kith_nat_probe_run (KithNatProbe *probe)
{
  probe->retry_s = 0;
  start (probe);
}

void
kith_nat_probe_glance (KithNatProbe *probe)
{
  if (probe->round == ROUND_NONE && probe->timer != 0) {
    kith_clock_cancel (kith_clock_get_default (), &probe->timer);
    if (probe->has_server) {
      (void)on_glance_time (probe);
    } else {
      start (probe);
    }
  }
}

void
kith_nat_probe_get_facts (KithNatProbe *probe, KithNatFacts *facts)
{
  *facts = probe->facts;
}

gboolean
kith_nat_probe_get_server (KithNatProbe *probe, KithEndpoint *server)
{
  *server = probe->server;
  return probe->has_server;
}

KithNatProbe *
kith_nat_probe_new (guint family, void (*changed) (gpointer user_data), gpointer user_data)
{
  KithNatProbe *probe = g_new0 (KithNatProbe, 1);

  probe->family = family;
  probe->changed = changed;
  probe->user_data = user_data;
  return probe;
}

void
kith_nat_probe_free (KithNatProbe *probe)
{
  if (probe == NULL) {
    return;
  }
  close_sockets (probe);
  kith_clock_cancel (kith_clock_get_default (), &probe->timer);
  if (probe->announcing != 0) {
    g_source_remove (probe->announcing);
  }
  g_free (probe);
}
