/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hosts that are numbers are told from names by the C library alone. */
#include "model/sip/sip-next-hop.h"

#include <arpa/inet.h>
#include <string.h>

#define PORT 5060
#define PORT_TLS 5061

static const char *const words[] = {
  [KITH_SIP_TRANSPORT_ANY] = "",
  [KITH_SIP_TRANSPORT_UDP] = "udp",
  [KITH_SIP_TRANSPORT_TCP] = "tcp",
  [KITH_SIP_TRANSPORT_TLS] = "tls",
};

const char *
kith_sip_transport_word (KithSipTransport transport)
{
  return (guint)transport < G_N_ELEMENTS (words) ? words[transport] : "";
}

gboolean
kith_sip_transport_find (KithSipPiece word, KithSipTransport *transport)
{
  for (guint i = KITH_SIP_TRANSPORT_UDP; i < G_N_ELEMENTS (words); i++) {
    if (kith_sip_piece_is (word, words[i])) {
      *transport = (KithSipTransport)i;
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
kith_sip_host_is_number (KithSipPiece host, KithEndpoint *endpoint)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  char text[INET6_ADDRSTRLEN];
  guint8 ip[16] = { 0 };

  if (host.len >= 2 && *host.at == '[' && host.at[host.len - 1] == ']') {
    host = (KithSipPiece){ host.at + 1, host.len - 2 };
  }
  if (host.len == 0 || host.len >= sizeof text) {
    return FALSE;
  }
  memcpy (text, host.at, host.len);
  text[host.len] = '\0';
  guint16 family = inet_pton (AF_INET, text, ip) == 1 ? 4 : 0;
  if (strlen (text) != host.len) {
    return FALSE;
  }
  if (family == 0 && inet_pton (AF_INET6, text, ip) != 1) {
    return FALSE;
  }
  if (family == 0 && memcmp (ip, mapped, sizeof mapped) == 0) {
    memmove (ip, ip + 12, 4);
    memset (ip + 4, 0, 12);
    family = 4;
  }
  memcpy (endpoint->ip, ip, sizeof ip);
  endpoint->family = family != 0 ? family : 6;
  return TRUE;
}

/* @port: 0: none was given. */
static void
set_host (KithSipHop *hop, KithSipPiece host, guint16 port)
{
  hop->host = host;
  hop->endpoint.port = port;
  if (kith_sip_host_is_number (host, &hop->endpoint) && port == 0) {
    hop->endpoint.port = hop->transport == KITH_SIP_TRANSPORT_TLS ? PORT_TLS : PORT;
  }
}

gboolean
kith_sip_hop_of_uri (KithSipPiece uri, KithSipHop *hop)
{
  KithSipUriParts parts;
  KithSipPiece word;

  memset (hop, 0, sizeof *hop);
  if (!kith_sip_uri_split (uri, &parts)) {
    return FALSE;
  }
  if (kith_sip_piece_param (parts.params, "transport", &word)
      && !kith_sip_transport_find (word, &hop->transport)) {
    return FALSE;
  }
  if (parts.secure) {
    hop->transport = KITH_SIP_TRANSPORT_TLS;
  }
  set_host (hop, parts.host, parts.port);
  if (hop->transport == KITH_SIP_TRANSPORT_ANY && hop->endpoint.port != 0) {
    hop->transport = KITH_SIP_TRANSPORT_UDP;
  }
  return TRUE;
}

gboolean
kith_sip_hop_of_route (KithSipPiece element, KithSipHop *hop, gboolean *loose)
{
  KithSipPiece uri, params;
  KithSipUriParts parts;

  memset (hop, 0, sizeof *hop);
  if (!kith_sip_piece_name (element, &uri, &params) || !kith_sip_uri_split (uri, &parts)) {
    return FALSE;
  }
  if (loose != NULL) {
    *loose = kith_sip_piece_param (parts.params, "lr", NULL);
  }
  return kith_sip_hop_of_uri (uri, hop);
}

gboolean
kith_sip_hop_of_via (const KithSipVia *via, KithSipHop *hop)
{
  gboolean is_received = via->received.len > 0;

  memset (hop, 0, sizeof *hop);
  if (!kith_sip_transport_find (via->transport, &hop->transport)) {
    return FALSE;
  }
  gboolean is_udp = hop->transport == KITH_SIP_TRANSPORT_UDP;
  set_host (hop,
            is_received ? via->received : via->host,
            is_udp && via->rport != 0 ? via->rport : via->port);
  return !is_received || hop->endpoint.family != 0;
}
