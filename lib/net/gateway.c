/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the default routes from /proc. */
#include "net/gateway.h"

#include <arpa/inet.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>

#define MAX_LINES 20000 /* a host that knows more routes is a router of the internet itself */

/* "eth0 00000000 0101A8C0 0003 0 0 100 00000000 …": addresses as the processor has them. */
static gboolean
parse_line4 (const char *line, KithGateway *gateway, guint32 *metric)
{
  guint to, via, flags, mask;

  if (sscanf (line,
              "%15s %8x %8x %4x %*u %*u %u %8x",
              gateway->interface,
              &to,
              &via,
              &flags,
              metric,
              &mask)
          != 6
      || to != 0 || mask != 0 || via == 0 || (flags & RTF_UP) == 0 || (flags & RTF_GATEWAY) == 0
      || (flags & RTF_REJECT) != 0) {
    return FALSE;
  }
  gateway->address.family = 4;
  memcpy (gateway->address.ip, &via, 4);
  return TRUE;
}

static gboolean
parse_ip6 (const char *hex, guint8 ip[16])
{
  for (guint i = 0; i < 16; i++) {
    const int high = g_ascii_xdigit_value (hex[2 * i]);
    const int low = high >= 0 ? g_ascii_xdigit_value (hex[2 * i + 1]) : -1;
    if (low < 0) {
      return FALSE;
    }
    ip[i] = (guint8)(high << 4 | low);
  }
  return TRUE;
}

/* "TO 00 FROM 00 VIA METRIC REFERENCES USES FLAGS eth0", all in hexadecimal digits. */
static gboolean
parse_line6 (const char *line, KithGateway *gateway, guint32 *metric)
{
  static const guint8 any[16];
  char to[33], via[33];
  guint to_len, flags;
  guint8 ip[16];

  if (sscanf (line,
              "%32s %2x %*32s %*2x %32s %8x %*x %*x %8x %15s",
              to,
              &to_len,
              via,
              metric,
              &flags,
              gateway->interface)
          != 6
      || to_len != 0 || !parse_ip6 (to, ip) || memcmp (ip, any, sizeof any) != 0
      || !parse_ip6 (via, ip) || memcmp (ip, any, sizeof any) == 0 || (flags & RTF_UP) == 0
      || (flags & RTF_GATEWAY) == 0 || (flags & RTF_REJECT) != 0) {
    return FALSE;
  }
  gateway->address.family = 6;
  memcpy (gateway->address.ip, ip, sizeof ip);
  return TRUE;
}

gboolean
kith_gateway_parse_line (guint family, const char *line, KithGateway *gateway, guint32 *metric)
{
  *gateway = (KithGateway){ 0 };
  return family == 4 ? parse_line4 (line, gateway, metric) : parse_line6 (line, gateway, metric);
}

gboolean
kith_gateway_find (guint family, KithGateway *gateway)
{
  FILE *table = fopen (family == 4 ? "/proc/net/route" : "/proc/net/ipv6_route", "re");
  char line[512];
  guint32 least = 0;
  gboolean is_found = FALSE;

  if (table == NULL) {
    return FALSE;
  }
  for (guint i = 0; i < MAX_LINES && fgets (line, sizeof line, table) != NULL; i++) {
    KithGateway one;
    guint32 metric;
    if (kith_gateway_parse_line (family, line, &one, &metric) && (!is_found || metric < least)) {
      is_found = TRUE;
      least = metric;
      *gateway = one;
    }
  }
  (void)fclose (table);
  return is_found;
}
