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

static const char *const kinds[] = {
  [KITH_SIP_PEER_PLAIN] = "plain",
  [KITH_SIP_PEER_PHONE] = "phone",
  [KITH_SIP_PEER_TRUNK] = "trunk",
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

/* The first word of @text, which loses it and the one blank behind it. */
static KithSipPiece
take_word (KithSipPiece *text)
{
  const char *blank = text->len > 0 ? memchr (text->at, ' ', text->len) : NULL;
  KithSipPiece word = { text->at, blank != NULL ? (gsize)(blank - text->at) : text->len };

  *text = kith_sip_piece_from (*text, MIN (word.len + 1, text->len));
  return word;
}

static gboolean
parse_plain (KithSipPiece text, KithSipPeer *peer)
{
  char address[64];

  if (!kith_sip_transport_find (take_word (&text), &peer->transport)
      || text.len >= sizeof address) {
    return FALSE;
  }
  memcpy (address, text.at, text.len);
  address[text.len] = '\0';
  return strlen (address) == text.len && kith_endpoint_parse (address, &peer->endpoint)
         && peer->endpoint.port != 0;
}

static gboolean
parse_name (KithSipPiece text, KithSipPeer *peer)
{
  if (text.len == 0 || text.len > KITH_SIP_PEER_NAME) {
    return FALSE;
  }
  for (gsize i = 0; i < text.len; i++) {
    if (!g_ascii_isalnum (text.at[i]) && text.at[i] != '-' && text.at[i] != '.') {
      return FALSE;
    }
  }
  memcpy (peer->name, text.at, text.len);
  return TRUE;
}

gboolean
kith_sip_peer_parse (KithSipPiece text, KithSipPeer *peer)
{
  KithSipPiece word = take_word (&text);

  memset (peer, 0, sizeof *peer);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (kith_sip_piece_same (word, kith_sip_piece (kinds[i]))) {
      peer->kind = (KithSipPeerKind)i;
      return i == KITH_SIP_PEER_PLAIN ? parse_plain (text, peer) : parse_name (text, peer);
    }
  }
  return FALSE;
}

void
kith_sip_peer_print (const KithSipPeer *peer, GString *out)
{
  if (peer->kind != KITH_SIP_PEER_PLAIN) {
    g_string_append_printf (out, "%s %s", kinds[peer->kind], peer->name);
    return;
  }
  g_autofree gchar *address = kith_endpoint_to_text (&peer->endpoint);
  g_string_append_printf (out,
                          "%s %s %s",
                          kinds[peer->kind],
                          kith_sip_transport_word (peer->transport),
                          address);
}
