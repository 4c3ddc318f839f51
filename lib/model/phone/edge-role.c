/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words, names and networks. */
#include "model/phone/edge-role.h"

#include <string.h>

static const char *const words[] = { "proxy", "redirect", "stateless" };

const char *
kith_edge_role_word (KithEdgeRole role)
{
  return (gsize)role < G_N_ELEMENTS (words) ? words[role] : words[0];
}

gboolean
kith_edge_role_parse (const char *word, KithEdgeRole *role)
{
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
    if (strcmp (word, words[i]) == 0) {
      *role = (KithEdgeRole)i;
      return TRUE;
    }
  }
  return FALSE;
}

/* TRUE for 1 to @most letters, digits, "-" and ".". */
static gboolean
is_plain (const char *text, gsize most)
{
  gsize n = 0;

  while (g_ascii_isalnum (text[n]) || text[n] == '-' || text[n] == '.') {
    n++;
  }
  return n > 0 && n <= most && text[n] == '\0';
}

gboolean
kith_edge_route_set_name (KithEdgeRoute *route, const char *text)
{
  (void)g_strlcpy (route->name, text, sizeof route->name);
  return is_plain (text, KITH_EDGE_ROUTE_NAME_MAX);
}

gboolean
kith_edge_route_set_domain (KithEdgeRoute *route, const char *text)
{
  (void)g_strlcpy (route->domain, text, sizeof route->domain);
  return is_plain (text, KITH_EDGE_ROUTE_DOMAIN_MAX);
}

gboolean
kith_edge_route_set_next (KithEdgeRoute *route, const char *text)
{
  route->tcp = g_str_has_prefix (text, "tcp:");
  if (route->tcp || g_str_has_prefix (text, "udp:")) {
    text += strlen ("udp:");
  }
  return kith_endpoint_parse (text, &route->next) && route->next.port != 0;
}

/* An address, or "ADDRESS/BITS". */
static gboolean
parse_net (const char *text, KithEdgeNet *net)
{
  const char *slash = strchr (text, '/');
  g_autofree gchar *host
      = slash != NULL ? g_strndup (text, (gsize)(slash - text)) : g_strdup (text);
  g_autofree gchar *place = g_strdup_printf (strchr (host, ':') != NULL ? "[%s]:1" : "%s:1", host);
  guint64 bits = 0;

  if (!kith_endpoint_parse (place, &net->net)) {
    return FALSE;
  }
  net->net.port = 0;
  const guint most = net->net.family == 4 ? 32 : 128;
  if (slash != NULL && !g_ascii_string_to_unsigned (slash + 1, 10, 0, most, &bits, NULL)) {
    return FALSE;
  }
  net->bits = (guint8)(slash != NULL ? bits : most);
  return TRUE;
}

gboolean
kith_edge_route_set_from (KithEdgeRoute *route, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ";", -1);

  route->n_from = 0;
  for (guint i = 0; parts[i] != NULL; i++) {
    const char *part = g_strstrip (parts[i]);
    if (*part == '\0') {
      continue;
    }
    if (route->n_from == KITH_EDGE_ROUTE_FROM_MAX
        || !parse_net (part, &route->from[route->n_from++])) {
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
kith_edge_route_is_sound (const KithEdgeRoute *route)
{
  for (guint i = 0; i < MIN (route->n_from, KITH_EDGE_ROUTE_FROM_MAX); i++) {
    const guint8 family = (guint8)route->from[i].net.family;
    if (route->from[i].bits > (family == 4 ? 32 : 128)) {
      return FALSE;
    }
  }
  return is_plain (route->name, KITH_EDGE_ROUTE_NAME_MAX)
         && is_plain (route->domain, KITH_EDGE_ROUTE_DOMAIN_MAX) && route->next.port != 0
         && route->n_from <= KITH_EDGE_ROUTE_FROM_MAX;
}

static gboolean
is_in (const KithEdgeNet *net, const KithEndpoint *peer)
{
  if (net->net.family != peer->family) {
    return FALSE;
  }
  for (guint bit = 0; bit < net->bits; bit++) {
    const guint mask = 0x80u >> (bit % 8);
    if (((guint)(net->net.ip[bit / 8] ^ peer->ip[bit / 8]) & mask) != 0) {
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
kith_edge_route_allows (const KithEdgeRoute *route, const KithEndpoint *peer)
{
  for (guint i = 0; i < route->n_from; i++) {
    if (is_in (&route->from[i], peer)) {
      return TRUE;
    }
  }
  return FALSE;
}
