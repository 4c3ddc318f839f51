/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drives one NiceAgent and keeps its signals out of our call stack. */
#include "path/ice-agent.h"

#include <gio/gio.h>
#include <nice/agent.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/media-thread.h"
#include "base/random.h"
#include "net/local-addresses.h"
#include "net/socket-mark.h"
#include "path/ice-candidate.h"
#include "path/ice-inlet.h"
#include "path/ice-relays.h"

#define MAX_OF_ONE_IP 3 /* a peer's candidates: checks must not be aimed at a host's ports */
/* of a check, at 0, 0.5, 1.5, 3.5 and 7.5 s: who never answers is left alone within 10 s */
#define MAX_SENDS 5
#define MAX_AGAIN 4 /* addresses that are checked more often at first */
/* sources of checks, within WARY_S: behind a symmetric NAT each of our addresses sees another
   port */
#define MAX_NEW_OF_ONE_IP 8
#define MAX_NEW 24
#define WARY_S 10
#define PACING_MS 5 /* Ta, RFC 8445 section 14.2: no less than 5 */

/* When the caller checks again, in ms after the peer's candidates became known: its NAT or TURN
   server lets nothing in until it has heard of us and sent something itself, which takes about a
   round trip, and libnice would check only after 500 ms again. */
static const guint again_ms[] = { 60, 130, 260 };

struct _KithIce {
  NiceAgent *agent;
  guint stream;
  const KithIceEvents *events;
  gpointer user_data;
  KithIceInlet *inlet; /* what it shares with the media thread; all else is the main thread's */
  guint n_remote;
  KithCandidate remote[KITH_MAX_CANDIDATES];
  gboolean only_loopback;
  KithIceRelays *relays; /* NULL: no TURN server is configured */
  gboolean is_caller;
  guint n_again; /* times that addresses were checked again */
  guint again_timer;
  gchar *ufrag; /* ours, of the seed */
  gchar *pwd;
  gboolean sealed;
  guint n_new; /* sources of checks that were new to us, since wary began to run */
  KithEndpoint fresh[MAX_NEW];
  guint wary; /* timer */
};

gchar *
kith_ice_derive (const guint8 seed[KITH_SEED_LEN], const char *label, gsize len)
{
  g_autofree gchar *text = g_strconcat ("kith1 ", label, NULL);
  g_autofree gchar *digits
      = g_compute_hmac_for_string (G_CHECKSUM_SHA256, seed, KITH_SEED_LEN, text, -1);

  return g_strndup (digits, len);
}

/* What the agent tells, on the main loop */

static void
on_told (KithIceTold what, gpointer user_data)
{
  KithIce *ice = user_data;

  switch (what) {
  case KITH_ICE_TOLD_CONNECTED:
    ice->events->connected (ice->user_data);
    break;
  case KITH_ICE_TOLD_GATHERED:
    ice->events->gathered (ice->user_data);
    break;
  case KITH_ICE_TOLD_MOVED:
    ice->events->moved (ice->user_data);
    break;
  case KITH_ICE_TOLD_FAILED:
    ice->events->failed (ice->user_data);
    break;
  case KITH_ICE_TOLD_COMPLETE:
    if (ice->relays != NULL) {
      kith_ice_relays_gathered (ice->relays);
    }
    break;
  case KITH_ICE_TOLD_HEARD:
    if (ice->events->heard != NULL) {
      ice->events->heard (ice->user_data);
    }
    break;
  }
}

static void
on_datagram (const guint8 *data, gsize len, gpointer user_data)
{
  KithIce *ice = user_data;

  ice->events->datagram (data, len, ice->user_data);
}

static void
use_random_credentials (KithIce *ice)
{
  guint8 secret[20];

  if (!kith_random_bytes (secret, sizeof secret)) {
    return;
  }
  g_autofree gchar *digits = g_compute_checksum_for_data (G_CHECKSUM_SHA256, secret, sizeof secret);
  g_autofree gchar *ufrag = g_strndup (digits, 8);
  g_autofree gchar *pwd = g_strndup (digits + 8, 32);
  (void)nice_agent_set_local_credentials (ice->agent, ice->stream, ufrag, pwd);
}

static void
set_credentials (KithIce *ice, KithIceRole role, const guint8 seed[KITH_SEED_LEN])
{
  g_autofree gchar *caller_ufrag = kith_ice_derive (seed, "caller ufrag", 8);
  g_autofree gchar *caller_pwd = kith_ice_derive (seed, "caller pwd", 32);
  g_autofree gchar *callee_ufrag = kith_ice_derive (seed, "callee ufrag", 8);
  g_autofree gchar *callee_pwd = kith_ice_derive (seed, "callee pwd", 32);
  gboolean caller = role == KITH_ICE_CALLER;

  g_free (ice->ufrag);
  g_free (ice->pwd);
  ice->ufrag = g_strdup (caller ? caller_ufrag : callee_ufrag);
  ice->pwd = g_strdup (caller ? caller_pwd : callee_pwd);
  nice_agent_set_local_credentials (ice->agent, ice->stream, ice->ufrag, ice->pwd);
  nice_agent_set_remote_credentials (ice->agent,
                                     ice->stream,
                                     caller ? callee_ufrag : caller_ufrag,
                                     caller ? callee_pwd : caller_pwd);
}

static void
add_addresses (KithIce *ice)
{
  KithEndpoint addresses[KITH_MAX_LOCAL];
  guint n = kith_local_addresses (addresses);

  ice->only_loopback = TRUE;
  for (guint i = 0; i < n; i++) {
    NiceAddress address;
    if (kith_ice_to_nice (&addresses[i], &address)) {
      nice_agent_add_local_address (ice->agent, &address);
      ice->only_loopback = ice->only_loopback && kith_endpoint_is_loopback (&addresses[i]);
    }
  }
}

static gboolean
on_calm (gpointer user_data)
{
  KithIce *ice = user_data;

  ice->wary = 0;
  ice->n_new = 0;
  if (!ice->sealed) {
    (void)nice_agent_set_local_credentials (ice->agent, ice->stream, ice->ufrag, ice->pwd);
  }
  return G_SOURCE_REMOVE;
}

/* A check came from an address that we did not know. */
static void
on_source (const KithEndpoint *source, gpointer user_data)
{
  KithIce *ice = user_data;
  guint n_same_ip = 0;

  if (ice->sealed || ice->n_new >= MAX_NEW) {
    return;
  }
  if (ice->wary == 0) {
    ice->wary = kith_clock_add (kith_clock_get_default (), WARY_S * 1000, on_calm, ice);
  }
  ice->fresh[ice->n_new++] = *source;
  for (guint i = 0; i < ice->n_new; i++) {
    n_same_ip += kith_endpoint_is_same_host (&ice->fresh[i], source);
  }
  if (n_same_ip >= MAX_NEW_OF_ONE_IP || ice->n_new == MAX_NEW) {
    kith_debug ("link", "checks came from many addresses: nobody new is let in for a while");
    ice->n_new = MAX_NEW;
    kith_clock_cancel (kith_clock_get_default (), &ice->wary);
    ice->wary = kith_clock_add (kith_clock_get_default (), WARY_S * 1000, on_calm, ice);
    use_random_credentials (ice);
  }
}

/* Answers of a STUN server that is our TURN server too would be taken for TURN's: its answer tells
   our address anyway. */
static gboolean
is_stun_wanted (const KithIceConfig *config)
{
  KithTurnRelay relay;
  KithEndpoint stun;

  if (config->stun_host == NULL) {
    return FALSE;
  }
  if (config->turn == NULL || !kith_turn_get_relay (config->turn, &relay) || relay.tcp) {
    return TRUE;
  }
  g_autofree gchar *text
      = g_strdup_printf (strchr (config->stun_host, ':') != NULL ? "[%s]:%u" : "%s:%u",
                         config->stun_host,
                         config->stun_port);
  return !kith_endpoint_parse (text, &stun) || stun.family != relay.address.family
         || stun.port != relay.address.port
         || memcmp (stun.ip, relay.address.ip, stun.family == 4 ? 4 : 16) != 0;
}

static void
on_relay_gone (gpointer user_data)
{
  kith_ice_inlet_tell (((KithIce *)user_data)->inlet, KITH_ICE_TOLD_GATHERED);
}

/* The agent, without a stream. Its timers are the main loop's; what it reads, the media thread
   does. */
static void
make_agent (KithIce *ice, const KithIceConfig *config)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  ice->agent
      = nice_agent_new_full (context, NICE_COMPATIBILITY_RFC5245, NICE_AGENT_OPTION_ICE_TRICKLE);
  g_object_set (ice->agent,
                "controlling-mode",
                config->role == KITH_ICE_CALLER,
                "upnp",
                FALSE,
                "ice-tcp",
                FALSE,
                "stun-pacing-timer",
                PACING_MS,
                "stun-max-retransmissions",
                MAX_SENDS,
                NULL);
  if (is_stun_wanted (config)) {
    g_object_set (ice->agent,
                  "stun-server",
                  config->stun_host,
                  "stun-server-port",
                  config->stun_port,
                  NULL);
  }
}

/* STUN is processed only while somebody reads. */
static void
read_with (NiceAgent *agent, guint stream, NiceAgentRecvFunc func, gpointer user_data)
{
  g_autoptr (GMainContext) context = kith_media_thread_get_context ();

  (void)nice_agent_attach_recv (agent, stream, KITH_ICE_COMPONENT, context, func, user_data);
}

static void
on_late (NiceAgent *agent,
         guint stream,
         guint component,
         guint len,
         gchar *data,
         gpointer user_data)
{
}

/* An agent that is not ours any more. */
typedef struct {
  NiceAgent *agent; /* (owned) */
  guint stream;
  gboolean has_asked;  /* a TURN server gave it an address, or may have */
  KithIceInlet *inlet; /* (owned) */
} Closing;

static void
on_given_back (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_object_unref (source);
}

/* On the media thread, so that it is reading none of the agent's sockets meanwhile, and is through
   with the inlet. */
static void
close_agent (gpointer data)
{
  Closing *closing = data;

  kith_ice_inlet_ignore (closing->inlet, closing->agent);
  if (closing->has_asked) {
    /* It stays until the server has the address back, or does not answer; its answer is processed
       only while somebody reads. */
    read_with (closing->agent, closing->stream, on_late, NULL);
    nice_agent_close_async (closing->agent, on_given_back, NULL);
  } else {
    /* The stream goes with the agent, never before it: libnice, on the main thread, looks it up
       without a check when the name of the STUN server is resolved. */
    if (closing->stream != 0) {
      read_with (closing->agent, closing->stream, NULL, NULL);
    }
    g_object_unref (closing->agent);
  }
  kith_ice_inlet_unref (closing->inlet);
  g_free (closing);
}

static const KithIceInletEvents inlet_events
    = { .told = on_told, .source = on_source, .datagram = on_datagram };

KithIce *
kith_ice_new (const KithIceConfig *config,
              const KithIceEvents *events,
              gpointer user_data,
              GError **error)
{
  KithIce *ice = g_new0 (KithIce, 1);

  ice->events = events;
  ice->is_caller = config->role == KITH_ICE_CALLER;
  ice->user_data = user_data;
  ice->inlet = kith_ice_inlet_new (config->box, &inlet_events, ice);
  make_agent (ice, config);
  add_addresses (ice);
  ice->stream = nice_agent_add_stream (ice->agent, 1);
  if (ice->stream == 0) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_FAILED, "ICE could not start");
    kith_ice_free (ice);
    return NULL;
  }
  if (config->dscp != 0) {
    nice_agent_set_stream_tos (ice->agent, ice->stream, kith_dscp_byte (config->dscp));
  }
  kith_ice_inlet_listen (ice->inlet, ice->agent);
  read_with (ice->agent, ice->stream, kith_ice_inlet_on_datagram, ice->inlet);
  set_credentials (ice, config->role, config->seed);
  if (config->turn != NULL) {
    ice->relays = kith_ice_relays_new (ice->agent,
                                       ice->stream,
                                       config->turn,
                                       config->two_relays,
                                       on_relay_gone,
                                       ice);
  }
  if (!nice_agent_gather_candidates (ice->agent, ice->stream)) {
    g_set_error_literal (
        error,
        KITH_ERROR,
        KITH_ERROR_FAILED,
        "No UDP socket could be opened; check the network and the limit of open files");
    kith_ice_free (ice);
    return NULL;
  }
  return ice;
}

void
kith_ice_set_seed (KithIce *ice, KithIceRole role, const guint8 seed[KITH_SEED_LEN])
{
  set_credentials (ice, role, seed);
}

void
kith_ice_free (KithIce *ice)
{
  if (ice == NULL) {
    return;
  }
  kith_ice_inlet_shut (ice->inlet);
  kith_clock_cancel (kith_clock_get_default (), &ice->wary);
  kith_clock_cancel (kith_clock_get_default (), &ice->again_timer);
  Closing *closing = g_new (Closing, 1);
  *closing = (Closing){ .agent = ice->agent,
                        .stream = ice->stream,
                        .has_asked = ice->relays != NULL && kith_ice_relays_has_asked (ice->relays),
                        .inlet = ice->inlet };
  g_clear_pointer (&ice->relays, kith_ice_relays_free);
  kith_media_thread_run (close_agent, closing);
  g_free (ice->ufrag);
  g_free (ice->pwd);
  g_free (ice);
}

guint
kith_ice_get_candidates (KithIce *ice, KithCandidate candidates[KITH_MAX_CANDIDATES])
{
  return kith_ice_list_local (ice->agent, ice->stream, candidates);
}

/* TRUE when checks may go to @endpoint and do not yet. */
static gboolean
is_wanted (KithIce *ice, const KithEndpoint *endpoint)
{
  gboolean loopback = endpoint->port != 0 && kith_endpoint_is_loopback (endpoint);
  guint n_same_ip = 0;

  for (guint i = 0; i < ice->n_remote; i++) {
    const KithEndpoint *known = &ice->remote[i].endpoint;
    if (kith_endpoint_is_same_host (known, endpoint)) {
      n_same_ip++;
      if (known->port == endpoint->port || n_same_ip >= MAX_OF_ONE_IP) {
        return FALSE;
      }
    }
  }
  return kith_endpoint_is_sendable (endpoint) || (loopback && ice->only_loopback);
}

/* The same address under another type is another candidate to libnice, and gets a check of its own;
   those under way go on. */
static void
check_again (KithIce *ice)
{
  GSList *list = NULL;
  guint n = 0;

  for (guint i = 0; i < ice->n_remote && n < MAX_AGAIN; i++) {
    NiceCandidate *candidate = kith_endpoint_is_public (&ice->remote[i].endpoint)
                                   ? kith_ice_make_remote (&ice->remote[i],
                                                           ice->stream,
                                                           KITH_MAX_CANDIDATES * ice->n_again + i)
                                   : NULL;
    if (candidate != NULL) {
      candidate->type = candidate->type == NICE_CANDIDATE_TYPE_HOST
                            ? NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE
                            : NICE_CANDIDATE_TYPE_HOST;
      list = g_slist_append (list, candidate);
      n++;
    }
  }
  if (list != NULL) {
    nice_agent_set_remote_candidates (ice->agent, ice->stream, KITH_ICE_COMPONENT, list);
  }
  g_slist_free_full (list, (GDestroyNotify)nice_candidate_free);
}

static gboolean
on_again (gpointer user_data)
{
  KithIce *ice = user_data;

  ice->again_timer = 0;
  if (!kith_ice_inlet_is_connected (ice->inlet)) {
    guint passed = again_ms[ice->n_again++];
    check_again (ice);
    if (ice->n_again < G_N_ELEMENTS (again_ms)) {
      ice->again_timer = kith_clock_add (kith_clock_get_default (),
                                         again_ms[ice->n_again] - passed,
                                         on_again,
                                         ice);
    }
  }
  return G_SOURCE_REMOVE;
}

void
kith_ice_add_remote (KithIce *ice, const KithCandidate *candidates, guint n)
{
  GSList *list = NULL;

  for (guint i = 0; i < n && ice->n_remote < KITH_MAX_CANDIDATES; i++) {
    NiceCandidate *candidate = NULL;
    if (is_wanted (ice, &candidates[i].endpoint)) {
      candidate = kith_ice_make_remote (&candidates[i], ice->stream, ice->n_remote);
    }
    if (candidate != NULL) {
      ice->remote[ice->n_remote++] = candidates[i];
      list = g_slist_append (list, candidate);
    }
  }
  if (list != NULL) {
    nice_agent_set_remote_candidates (ice->agent, ice->stream, KITH_ICE_COMPONENT, list);
    if (ice->is_caller && ice->n_again == 0 && ice->again_timer == 0) {
      ice->again_timer = kith_clock_add (kith_clock_get_default (), again_ms[0], on_again, ice);
    }
  }
  g_slist_free_full (list, (GDestroyNotify)nice_candidate_free);
}

guint
kith_ice_get_remote (KithIce *ice, KithCandidate candidates[KITH_MAX_CANDIDATES])
{
  memcpy (candidates, ice->remote, ice->n_remote * sizeof *candidates);
  return ice->n_remote;
}

gboolean
kith_ice_send (KithIce *ice, const guint8 *data, gsize len)
{
  return kith_ice_inlet_is_connected (ice->inlet)
         && nice_agent_send (ice->agent,
                             ice->stream,
                             KITH_ICE_COMPONENT,
                             (guint)len,
                             (const gchar *)data)
                == (gint)len;
}

gboolean
kith_ice_get_pair (KithIce *ice, KithCandidate *local, KithCandidate *remote)
{
  NiceCandidate *ours = NULL;
  NiceCandidate *theirs = NULL;

  if (!nice_agent_get_selected_pair (ice->agent, ice->stream, KITH_ICE_COMPONENT, &ours, &theirs)
      || ours == NULL || theirs == NULL || !kith_ice_from_nice (ours, local)
      || !kith_ice_from_nice (theirs, remote)) {
    return FALSE;
  }
  for (guint i = 0; i < ice->n_remote; i++) {
    if (kith_endpoint_is_same (&ice->remote[i].endpoint, &remote->endpoint)) {
      remote->type = ice->remote[i].type; /* libnice may know it by another one: check_again() */
    }
  }
  return TRUE;
}

gboolean
kith_ice_get_base (KithIce *ice, KithEndpoint *base)
{
  NiceCandidate *ours = NULL;
  NiceCandidate *theirs = NULL;

  if (!nice_agent_get_selected_pair (ice->agent, ice->stream, KITH_ICE_COMPONENT, &ours, &theirs)
      || ours == NULL || ours->type == NICE_CANDIDATE_TYPE_RELAYED) {
    return FALSE;
  }
  const NiceCandidate host = { .type = NICE_CANDIDATE_TYPE_HOST, .addr = ours->base_addr };
  KithCandidate candidate;
  if (!kith_ice_from_nice (&host, &candidate)) {
    return FALSE;
  }
  *base = candidate.endpoint;
  return TRUE;
}

void
kith_ice_set_media (KithIce *ice, KithPathMedia *media)
{
  kith_ice_inlet_set_media (ice->inlet, media);
}

void
kith_ice_beware (KithIce *ice)
{
  kith_ice_inlet_listen_for_sources (ice->inlet, ice->agent);
}

void
kith_ice_seal (KithIce *ice)
{
  ice->sealed = TRUE;
  use_random_credentials (ice);
}
