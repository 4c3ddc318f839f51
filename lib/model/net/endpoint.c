/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transport addresses as values: their text form. */
#include "model/net/endpoint.h"

#include <arpa/inet.h>
#include <string.h>

#define MAX_TEXT 64 /* "[" 45 characters "]:65535" */

const char *
kith_candidate_type_word (guint type)
{
  static const char *const words[] = { "host", "srflx", "prflx", "relay" };

  return words[MIN (type, (guint)KITH_CANDIDATE_RELAY)];
}

gchar *
kith_endpoint_to_text (const KithEndpoint *endpoint)
{
  char host[INET6_ADDRSTRLEN] = "";

  (void)inet_ntop (endpoint->family == 6 ? AF_INET6 : AF_INET, endpoint->ip, host, sizeof host);
  return g_strdup_printf (endpoint->family == 6 ? "[%s]:%u" : "%s:%u", host, endpoint->port);
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
kith_endpoint_parse (const char *text, KithEndpoint *endpoint)
{
  KithEndpoint parsed = { .family = 4 };
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
  *endpoint = parsed;
  return TRUE;
}
