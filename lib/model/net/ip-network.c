/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prefixes are compared bit by bit. */
#include "model/net/ip-network.h"

#include <arpa/inet.h>
#include <string.h>

#define MAX_TEXT 64

static guint
bits_of (const KithEndpoint *address)
{
  return address->family == 4 ? 32 : 128;
}

static gboolean
bit (const guint8 *ip, guint n)
{
  return (ip[n / 8] >> (7 - n % 8) & 1) != 0;
}

gboolean
kith_ip_network_is_valid (const KithIpNetwork *network)
{
  const KithEndpoint *address = &network->address;

  if ((address->family != 4 && address->family != 6) || network->prefix > bits_of (address)) {
    return FALSE;
  }
  for (guint i = network->prefix; i < bits_of (address); i++) {
    if (bit (address->ip, i)) {
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
kith_ip_network_parse (const char *text, KithIpNetwork *network)
{
  KithIpNetwork parsed = { .address = { .family = 4 } };
  const char *slash = strchr (text, '/');
  const gsize len = slash != NULL ? (gsize)(slash - text) : strlen (text);
  char host[MAX_TEXT];
  guint64 prefix;

  if (len >= sizeof host) {
    return FALSE;
  }
  memcpy (host, text, len);
  host[len] = '\0';
  parsed.address.family = strchr (host, ':') != NULL ? 6 : 4;
  prefix = bits_of (&parsed.address);
  if (inet_pton (parsed.address.family == 6 ? AF_INET6 : AF_INET, host, parsed.address.ip) != 1
      || (slash != NULL && !g_ascii_string_to_unsigned (slash + 1, 10, 0, prefix, &prefix, NULL))) {
    return FALSE;
  }
  parsed.prefix = (guint16)prefix;
  if (!kith_ip_network_is_valid (&parsed)) {
    return FALSE;
  }
  *network = parsed;
  return TRUE;
}

gboolean
kith_ip_network_has (const KithIpNetwork *network, const KithEndpoint *endpoint)
{
  const guint whole = network->prefix / 8u;

  if (endpoint->family != network->address.family
      || memcmp (endpoint->ip, network->address.ip, whole) != 0) {
    return FALSE;
  }
  for (guint i = 8 * whole; i < network->prefix; i++) {
    if (bit (endpoint->ip, i) != bit (network->address.ip, i)) {
      return FALSE;
    }
  }
  return TRUE;
}
