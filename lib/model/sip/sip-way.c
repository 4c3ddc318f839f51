/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words and the address; everything else is refused. */
#include "model/sip/sip-way.h"

#include <string.h>

#include "model/sip/sip-uri.h"

#define DEFAULT_PORT 5060
#define DEFAULT_TLS_PORT 5061
#define UDP "udp "
#define TCP "tcp "
#define TLS "tls "

/* In the order of KithSipWayKind. */
static const char *const kinds[] = { "plain ", KITH_SIP_PHONE, KITH_SIP_TRUNK };

/* "udp 192.0.2.7:5060" */
static gboolean
parse_peer (const char *text, KithSipWay *way)
{
  way->tls = g_str_has_prefix (text, TLS);
  way->tcp = way->tls || g_str_has_prefix (text, TCP);
  return (way->tcp || g_str_has_prefix (text, UDP))
         && kith_endpoint_parse (text + strlen (UDP), &way->peer) && way->peer.port != 0;
}

gboolean
kith_sip_way_parse (const char *text, KithSipWay *way)
{
  *way = (KithSipWay){ 0 };
  if (g_str_has_prefix (text, kinds[KITH_SIP_WAY_PLAIN])) {
    return parse_peer (text + strlen (kinds[KITH_SIP_WAY_PLAIN]), way);
  }
  way->kind = g_str_has_prefix (text, KITH_SIP_TRUNK) ? KITH_SIP_WAY_TRUNK : KITH_SIP_WAY_PHONE;
  if (!g_str_has_prefix (text, kinds[way->kind])) {
    return FALSE;
  }
  text += strlen (kinds[way->kind]);
  gsize len = strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");
  if (len == 0 || len >= sizeof way->name) {
    return FALSE;
  }
  memcpy (way->name, text, len);
  return text[len] == '\0' || (text[len] == ' ' && parse_peer (text + len + 1, way));
}

gchar *
kith_sip_way_print (const KithSipWay *way)
{
  g_autofree gchar *peer = kith_endpoint_to_text (&way->peer);
  const char *transport = way->tls ? TLS : way->tcp ? TCP : UDP;

  if (way->kind == KITH_SIP_WAY_PLAIN) {
    return g_strconcat (kinds[way->kind], transport, peer, NULL);
  }
  return way->peer.family == 0
             ? g_strconcat (kinds[way->kind], way->name, NULL)
             : g_strconcat (kinds[way->kind], way->name, " ", transport, peer, NULL);
}

gboolean
kith_sip_way_from_uri (const char *uri, KithSipWay *way)
{
  g_autoptr (KithSipUri) parsed
      = g_str_has_prefix (uri, "sip:") ? kith_sip_uri_parse (uri + 4, NULL) : NULL;

  *way = (KithSipWay){ 0 };
  if (parsed == NULL) {
    return FALSE;
  }
  way->tls = g_strcmp0 (parsed->transport, "tls") == 0;
  guint16 port = parsed->port != 0 ? parsed->port : way->tls ? DEFAULT_TLS_PORT : DEFAULT_PORT;
  g_autofree gchar *peer
      = g_strdup_printf (strchr (parsed->host, ':') != NULL ? "[%s]:%u" : "%s:%u",
                         parsed->host,
                         port);
  way->tcp = way->tls || g_strcmp0 (parsed->transport, "tcp") == 0;
  return (way->tcp || parsed->transport == NULL || strcmp (parsed->transport, "udp") == 0)
         && kith_endpoint_parse (peer, &way->peer);
}

const char *
kith_sip_way_transport (const KithSipWay *way)
{
  return way->tls ? "tls" : way->tcp ? "tcp" : "udp";
}

const char *
kith_sip_way_protocol (const KithSipWay *way)
{
  return way->tls ? "SIP/2.0/TLS" : way->tcp ? "SIP/2.0/TCP" : "SIP/2.0/UDP";
}

gchar *
kith_sip_way_to_uri (const KithSipWay *way)
{
  g_autofree gchar *peer = kith_endpoint_to_text (&way->peer);

  return g_strdup_printf ("sip:%s;transport=%s", peer, kith_sip_way_transport (way));
}
