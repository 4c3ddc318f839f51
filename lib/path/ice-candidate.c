/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turns addresses and candidates of ours into those of libnice, and back. */
#include "path/ice-candidate.h"

#include <string.h>

#include "net/socket-name.h"

gboolean
kith_ice_to_nice (const KithEndpoint *from, NiceAddress *to)
{
  nice_address_init (to);
  if (from->family == 4) {
    guint32 ip;
    memcpy (&ip, from->ip, sizeof ip);
    nice_address_set_ipv4 (to, GUINT32_FROM_BE (ip));
  } else {
    nice_address_set_ipv6 (to, from->ip);
  }
  nice_address_set_port (to, from->port);
  return nice_address_is_valid (to);
}

gboolean
kith_ice_from_nice (const NiceCandidate *from, KithCandidate *to)
{
  struct sockaddr_storage raw = { 0 };

  nice_address_copy_to_sockaddr (&from->addr, (struct sockaddr *)&raw);
  if (!kith_socket_name_get ((const struct sockaddr *)&raw, &to->endpoint)) {
    return FALSE;
  }
  switch (from->type) {
  case NICE_CANDIDATE_TYPE_HOST:
    to->type = KITH_CANDIDATE_HOST;
    break;
  case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE:
    to->type = KITH_CANDIDATE_SRFLX;
    break;
  case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE:
    to->type = KITH_CANDIDATE_PRFLX;
    break;
  case NICE_CANDIDATE_TYPE_RELAYED:
    to->type = KITH_CANDIDATE_RELAY;
    break;
  }
  return TRUE;
}

/* IPv4 host, reflexive, IPv6 host, relayed: what is most likely to serve comes first, since records
   cut the tail off. */
static guint
rank (const KithCandidate *candidate)
{
  static const guint8 by_type[] = { 0, 2, 2, 8 };

  return by_type[candidate->type] + (candidate->endpoint.family == 6 ? 4 : 0);
}

guint
kith_ice_list_local (NiceAgent *agent, guint stream, KithCandidate candidates[KITH_MAX_CANDIDATES])
{
  GSList *list = nice_agent_get_local_candidates (agent, stream, KITH_ICE_COMPONENT);
  guint n = 0;

  for (GSList *one = list; one != NULL; one = one->next) {
    KithCandidate candidate;
    NiceCandidate *nice = one->data;
    if (n < KITH_MAX_CANDIDATES && nice->transport == NICE_CANDIDATE_TRANSPORT_UDP
        && nice->type != NICE_CANDIDATE_TYPE_PEER_REFLEXIVE
        && kith_ice_from_nice (nice, &candidate)) {
      guint at = n++;
      for (; at > 0 && rank (&candidates[at - 1]) > rank (&candidate); at--) {
        candidates[at] = candidates[at - 1];
      }
      candidates[at] = candidate;
    }
  }
  g_slist_free_full (list, (GDestroyNotify)nice_candidate_free);
  return n;
}

NiceCandidate *
kith_ice_make_remote (const KithCandidate *from, guint stream, guint index)
{
  static const struct {
    NiceCandidateType type;
    guint32 preference; /* RFC 8445 section 5.1.2.2 */
  } types[] = {
    [KITH_CANDIDATE_HOST] = { NICE_CANDIDATE_TYPE_HOST, 126 },
    [KITH_CANDIDATE_SRFLX] = { NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE, 100 },
    [KITH_CANDIDATE_PRFLX] = { NICE_CANDIDATE_TYPE_PEER_REFLEXIVE, 110 },
    [KITH_CANDIDATE_RELAY] = { NICE_CANDIDATE_TYPE_RELAYED, 0 },
  };
  NiceAddress address;

  if (from->type >= G_N_ELEMENTS (types) || !kith_ice_to_nice (&from->endpoint, &address)) {
    return NULL;
  }
  NiceCandidate *candidate = nice_candidate_new (types[from->type].type);
  candidate->addr = address;
  candidate->base_addr = address;
  candidate->stream_id = stream;
  candidate->component_id = KITH_ICE_COMPONENT;
  candidate->transport = NICE_CANDIDATE_TRANSPORT_UDP;
  candidate->priority
      = types[from->type].preference << 24 | (65535U - index) << 8 | (256U - KITH_ICE_COMPONENT);
  g_snprintf (candidate->foundation, sizeof candidate->foundation, "%u", index + 1);
  return candidate;
}
