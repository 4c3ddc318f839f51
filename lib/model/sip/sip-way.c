/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words and the address; everything else is refused. */
#include "model/sip/sip-way.h"

#include <string.h>

#include "model/sip/sip-uri.h"

#define DEFAULT_PORT 5060
#define UDP "udp "
#define TCP "tcp "

/* In the order of KithSipWayKind. */
static const char *const kinds[] = { "plain ", KITH_SIP_PHONE, KITH_SIP_TRUNK };

/* "udp 192.0.2.7:5060" */
static gboolean
parse_peer (const char *text, KithSipWay *way)
{
  way->tcp = g_str_has_prefix (text, TCP);
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
  const char *transport = way->tcp ? TCP : UDP;

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
  guint16 port = parsed->port != 0 ? parsed->port : DEFAULT_PORT;
  g_autofree gchar *peer
      = g_strdup_printf (strchr (parsed->host, ':') != NULL ? "[%s]:%u" : "%s:%u",
                         parsed->host,
                         port);
  way->tcp = g_strcmp0 (parsed->transport, "tcp") == 0;
  return (way->tcp || parsed->transport == NULL || strcmp (parsed->transport, "udp") == 0)
         && kith_endpoint_parse (peer, &way->peer);
}

gchar *
kith_sip_way_to_uri (const KithSipWay *way)
{
  g_autofree gchar *peer = kith_endpoint_to_text (&way->peer);

  return g_strdup_printf ("sip:%s;transport=%s", peer, way->tcp ? "tcp" : "udp");
}
