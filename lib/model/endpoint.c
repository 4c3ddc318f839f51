/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transport addresses as values: text form, and which of them a stranger may name. */
#include "model/endpoint.h"

#include <arpa/inet.h>
#include <string.h>

#define MAX_TEXT 64 /* "[" 45 characters "]:65535" */

gchar *
kith_candidate_to_text (const KithCandidate *candidate)
{
  char host[INET6_ADDRSTRLEN] = "";

  (void)inet_ntop (candidate->family == 6 ? AF_INET6 : AF_INET, candidate->ip, host, sizeof host);
  return g_strdup_printf (candidate->family == 6 ? "[%s]:%u" : "%s:%u", host, candidate->port);
}

static gboolean
parse_port (const char *text, guint16 *port)
{
  guint value = 0;
  gsize len = strlen (text);

  if (len == 0 || len > 5 || strspn (text, "0123456789") != len) {
    return FALSE;
  }
  for (; *text != '\0'; text++) {
    value = value * 10 + (guint)(*text - '0');
  }
  *port = (guint16)value;
  return value <= G_MAXUINT16;
}

gboolean
kith_candidate_parse (const char *text, KithCandidate *candidate)
{
  KithCandidate parsed = { .type = KITH_CANDIDATE_HOST, .family = 4 };
  char host[MAX_TEXT];

  if (text == NULL || strlen (text) >= sizeof host) {
    return FALSE;
  }
  const char *colon = strrchr (text, ':');
  if (colon == NULL || !parse_port (colon + 1, &parsed.port)) {
    return FALSE;
  }
  gsize len = (gsize)(colon - text);
  if (text[0] == '[') {
    if (len < 2 || text[len - 1] != ']') {
      return FALSE;
    }
    parsed.family = 6;
    text++;
    len -= 2;
  }
  memcpy (host, text, len);
  host[len] = '\0';
  if (inet_pton (parsed.family == 6 ? AF_INET6 : AF_INET, host, parsed.ip) != 1) {
    return FALSE;
  }
  *candidate = parsed;
  return TRUE;
}

static gboolean
is_sendable_v4 (const guint8 *ip)
{
  return ip[0] != 0 && ip[0] != 127
         && ip[0] < 224; /* 224/4 multicast, 240/4 reserved with the broadcast address */
}

gboolean
kith_candidate_is_sendable (const KithCandidate *candidate)
{
  static const guint8 zeros[16];
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  const guint8 *ip = candidate->ip;

  if (candidate->port == 0) {
    return FALSE;
  }
  if (candidate->family == 4) {
    return is_sendable_v4 (ip);
  }
  if (candidate->family != 6 || ip[0] == 0xff) {
    return FALSE;
  }
  if (memcmp (ip, mapped, sizeof mapped) == 0) {
    return is_sendable_v4 (ip + 12);
  }
  return memcmp (ip, zeros, 12)
         != 0; /* "::", "::1" and the forgotten IPv4-compatible addresses (RFC 4291 section 2.5.5.1) */
}
