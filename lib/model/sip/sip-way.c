/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words and the address; everything else is refused. */
#include "model/sip/sip-way.h"

#include <string.h>

#include "model/sip/sip-uri.h"

#define DEFAULT_PORT 5060
#define UDP "plain udp "
#define TCP "plain tcp "

gboolean
kith_sip_way_parse (const char *text, KithSipWay *way)
{
  gboolean tcp = g_str_has_prefix (text, TCP);

  way->tcp = tcp;
  return (tcp || g_str_has_prefix (text, UDP))
         && kith_endpoint_parse (text + strlen (UDP), &way->peer) && way->peer.port != 0;
}

gchar *
kith_sip_way_print (const KithSipWay *way)
{
  g_autofree gchar *peer = kith_endpoint_to_text (&way->peer);

  return g_strconcat (way->tcp ? TCP : UDP, peer, NULL);
}

gboolean
kith_sip_way_from_uri (const char *uri, KithSipWay *way)
{
  g_autoptr (KithSipUri) parsed
      = g_str_has_prefix (uri, "sip:") ? kith_sip_uri_parse (uri + 4, NULL) : NULL;

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
