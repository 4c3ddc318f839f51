/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the system's addresses, the text in headers and the value. */
#include "edge/worker/way.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define IPV4_MARK (G_GUINT64_CONSTANT (1) << 63)
#define IPV6_MARK (G_GUINT64_CONSTANT (1) << 62)

static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

gboolean
kith_way_from_native (KithWay *way, const struct sockaddr *address)
{
  KithEndpoint *peer = &way->to.peer;

  memset (way, 0, sizeof *way);
  if (address->sa_family == AF_INET) {
    struct sockaddr_in in;
    memcpy (&in, address, sizeof in);
    peer->family = 4;
    peer->port = ntohs (in.sin_port);
    memcpy (peer->ip, &in.sin_addr, 4);
    return TRUE;
  }
  if (address->sa_family != AF_INET6) {
    return FALSE;
  }
  struct sockaddr_in6 in6;
  memcpy (&in6, address, sizeof in6);
  peer->port = ntohs (in6.sin6_port);
  if (memcmp (&in6.sin6_addr, mapped, sizeof mapped) == 0) {
    peer->family = 4;
    memcpy (peer->ip, in6.sin6_addr.s6_addr + 12, 4);
  } else {
    peer->family = 6;
    way->scope = in6.sin6_scope_id;
    memcpy (peer->ip, &in6.sin6_addr, 16);
  }
  return TRUE;
}

socklen_t
kith_way_to_native (const KithWay *way, struct sockaddr_storage *address)
{
  const KithEndpoint *peer = &way->to.peer;

  memset (address, 0, sizeof *address);
  if (peer->family == 4) {
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons (peer->port) };
    memcpy (&in.sin_addr, peer->ip, 4);
    memcpy (address, &in, sizeof in);
    return sizeof in;
  }
  struct sockaddr_in6 in6
      = { .sin6_family = AF_INET6, .sin6_port = htons (peer->port), .sin6_scope_id = way->scope };
  memcpy (&in6.sin6_addr, peer->ip, 16);
  memcpy (address, &in6, sizeof in6);
  return sizeof in6;
}

KithSipTransport
kith_way_transport (const KithWay *way)
{
  return way->to.tls   ? KITH_SIP_TRANSPORT_TLS
         : way->to.tcp ? KITH_SIP_TRANSPORT_TCP
                       : KITH_SIP_TRANSPORT_UDP;
}

void
kith_way_set_transport (KithWay *way, KithSipTransport transport)
{
  way->to.tls = transport == KITH_SIP_TRANSPORT_TLS;
  way->to.tcp = transport != KITH_SIP_TRANSPORT_UDP;
}

void
kith_way_host (const KithEndpoint *endpoint, gboolean in_brackets, gchar *out, gsize room)
{
  char text[INET6_ADDRSTRLEN] = "";
  gboolean six = endpoint->family == 6;

  (void)inet_ntop (six ? AF_INET6 : AF_INET, endpoint->ip, text, sizeof text);
  (void)g_snprintf (out,
                    room,
                    "%s%s%s",
                    six && in_brackets ? "[" : "",
                    text,
                    six && in_brackets ? "]" : "");
}

guint64
kith_way_source (const KithEndpoint *peer)
{
  guint64 source = 0;

  for (guint i = 0; i < (peer->family == 4 ? 4u : 7u); i++) {
    source = source << 8 | peer->ip[i];
  }
  return source | (peer->family == 4 ? IPV4_MARK : IPV6_MARK);
}
