/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text from checked parts; of what comes back pieces are looked at where they lie. */
#include "edge/worker/trunk/trunk-message.h"

#include <string.h>

#define MOST_CONTACTS 64 /* that are looked at */
#define MOST_ROUTES 8
#define MOST_FLOW_TIMER_S 3600

guint16
kith_trunk_host_split (const char *text, gchar host[KITH_TRUNK_HOST_MAX + 1])
{
  const char *end = *text == '[' ? strchr (text, ']') : NULL;
  const char *colon = strrchr (end != NULL ? end : text, ':');
  const gsize len = colon != NULL ? (gsize)(colon - text) : strlen (text);
  guint64 port = 0;

  (void)g_strlcpy (host, text, MIN (len, KITH_TRUNK_HOST_MAX) + 1);
  if (colon != NULL) {
    (void)kith_sip_piece_number (kith_sip_piece (colon + 1), 65535, &port);
  }
  return (guint16)port;
}

static const char *
transport_name (KithSipTransport transport)
{
  switch (transport) {
  case KITH_SIP_TRANSPORT_TCP:
    return "TCP";
  case KITH_SIP_TRANSPORT_TLS:
    return "TLS";
  case KITH_SIP_TRANSPORT_ANY:
  case KITH_SIP_TRANSPORT_UDP:
    break;
  }
  return "UDP";
}

void
kith_trunk_contact_print (const KithEdgeTrunk *trunk,
                          const KithEndpoint *at,
                          KithSipTransport transport,
                          gchar out[KITH_TRUNK_CONTACT_MAX])
{
  gchar host[64];

  kith_way_host (at, TRUE, host, sizeof host);
  (void)g_snprintf (out,
                    KITH_TRUNK_CONTACT_MAX,
                    "sip:%s@%s:%u%s;ob",
                    trunk->user,
                    host,
                    at->port,
                    transport == KITH_SIP_TRANSPORT_UDP   ? ""
                    : transport == KITH_SIP_TRANSPORT_TLS ? ";transport=tls"
                                                          : ";transport=tcp");
}

void
kith_trunk_uri_print (const KithEdgeTrunk *trunk, gchar out[KITH_TRUNK_HOST_MAX + 8])
{
  (void)g_snprintf (out, KITH_TRUNK_HOST_MAX + 8, "sip:%s", trunk->domain);
}

void
kith_trunk_request_print (const KithTrunkRequest *request, GString *out)
{
  const KithEdgeTrunk *trunk = request->trunk;
  gchar own[64];
  gchar uri[KITH_TRUNK_HOST_MAX + 8];
  gchar domain[KITH_TRUNK_HOST_MAX + 1];

  kith_way_host (&request->own, TRUE, own, sizeof own);
  kith_trunk_uri_print (trunk, uri);
  (void)kith_trunk_host_split (trunk->domain, domain);
  g_string_printf (out,
                   "REGISTER %s SIP/2.0\r\n"
                   "Via: SIP/2.0/%s %s:%u;branch=%s;rport\r\n",
                   uri,
                   transport_name (request->transport),
                   own,
                   request->own.port,
                   request->branch);
  if (*trunk->proxy != '\0') {
    g_string_append_printf (out, "Route: <sip:%s;lr>\r\n", trunk->proxy);
  }
  g_string_append_printf (out,
                          "Max-Forwards: 70\r\n"
                          "From: <sip:%s@%s>;tag=%s\r\n"
                          "To: <sip:%s@%s>\r\n"
                          "Call-ID: %s\r\n"
                          "CSeq: %u REGISTER\r\n",
                          trunk->user,
                          domain,
                          request->tag,
                          trunk->user,
                          domain,
                          request->call_id,
                          request->cseq);
  if (request->ends) {
    g_string_append_printf (out, "Contact: <%s>;expires=0\r\n", request->contact);
  } else {
    g_string_append_printf (out,
                            "Contact: <%s>;+sip.instance=\"<urn:uuid:%s>\";reg-id=1;expires=%u\r\n",
                            request->contact,
                            trunk->instance,
                            request->expires_s);
  }
  g_string_append_printf (out,
                          "Expires: %u\r\n"
                          "Supported: path, outbound\r\n"
                          "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, MESSAGE, "
                          "NOTIFY\r\n"
                          "%s"
                          "Content-Length: 0\r\n\r\n",
                          request->ends ? 0 : request->expires_s,
                          request->credentials);
}

guint64
kith_trunk_header_number (const KithSipLines *response, KithSipHeader header, guint64 most)
{
  KithSipPiece value;
  guint64 number = 0;

  if (!kith_sip_lines_get (response, header, &value)) {
    return 0;
  }
  /* "Retry-After: 120 (busy);duration=60" */
  gsize len = 0;
  while (len < value.len && g_ascii_isdigit (value.at[len])) {
    len++;
  }
  value.len = len;
  return kith_sip_piece_number (value, most, &number) ? number : 0;
}

/* The same URI but for its parameters, some of which registrars leave out. */
static gboolean
is_same (KithSipPiece uri, const char *contact)
{
  KithSipUriParts a, b;
  KithSipPiece word;

  return contact != NULL && kith_sip_uri_split (uri, &a)
         && kith_sip_uri_split (kith_sip_piece (contact), &b)
         && kith_sip_piece_same (a.user, b.user) && a.host.len == b.host.len
         && g_ascii_strncasecmp (a.host.at, b.host.at, a.host.len) == 0
         && (a.port != 0 ? a.port : 5060) == b.port
         && kith_sip_piece_param (a.params, "transport", &word)
                == kith_sip_piece_param (b.params, "transport", &word);
}

static void
read_contacts (const KithSipLines *response,
               const char *contact,
               const char *old,
               KithTrunkAccepted *accepted)
{
  KithSipPiece element, uri, params, value;
  guint64 seconds = 0;
  guint i = 0;

  for (; i < MOST_CONTACTS && kith_sip_lines_element (response, KITH_HEADER_CONTACT, i, &element);
       i++) {
    if (!kith_sip_piece_name (element, &uri, &params)) {
      continue;
    }
    if (is_same (uri, contact)) {
      accepted->ours = TRUE;
      if (kith_sip_piece_param (params, "expires", &value)
          && kith_sip_piece_number (value, G_MAXUINT32, &seconds)) {
        accepted->expires_s = (guint32)seconds;
      }
    } else if (is_same (uri, old)) {
      accepted->has_old = TRUE;
    }
  }
  accepted->ours = accepted->ours || i == 0;
}

static void
read_route (const KithSipLines *response, KithTrunkAccepted *accepted)
{
  g_autoptr (GString) route = g_string_new (NULL);
  KithSipPiece element;
  KithSipHop hop;

  for (guint i = 0; kith_sip_lines_element (response, KITH_HEADER_SERVICE_ROUTE, i, &element);
       i++) {
    if (i == MOST_ROUTES || !kith_sip_hop_of_route (element, &hop, NULL)) {
      return;
    }
    g_string_append_printf (route, "%s%.*s", i > 0 ? ", " : "", KITH_SIP_PIECE (element));
  }
  if (route->len < sizeof accepted->route) {
    (void)g_strlcpy (accepted->route, route->str, sizeof accepted->route);
  }
}

static void
read_seen (const KithSipLines *response, KithTrunkAccepted *accepted)
{
  KithSipVia via;

  if (kith_sip_lines_via (response, 0, &via) && via.received.len > 0
      && kith_sip_host_is_number (via.received, &accepted->seen)) {
    accepted->seen.port = via.rport != 0 ? via.rport : via.port;
  }
}

void
kith_trunk_accepted_read (const KithSipLines *response,
                          const char *contact,
                          const char *old,
                          guint32 asked_s,
                          KithTrunkAccepted *accepted)
{
  KithSipPiece value, item;
  guint64 number = 0;

  memset (accepted, 0, sizeof *accepted);
  accepted->expires_s
      = (guint32)kith_trunk_header_number (response, KITH_HEADER_EXPIRES, G_MAXUINT32);
  if (accepted->expires_s == 0) {
    accepted->expires_s = asked_s;
  }
  read_contacts (response, contact, old, accepted);
  read_route (response, accepted);
  read_seen (response, accepted);
  if (kith_sip_lines_get (response, KITH_HEADER_REQUIRE, &value)) {
    while (kith_sip_piece_next (&value, ',', &item)) {
      accepted->outbound = accepted->outbound || kith_sip_piece_is (item, "outbound");
    }
  }
  if (kith_sip_lines_find (response, "Flow-Timer", &value)
      && kith_sip_piece_number (value, MOST_FLOW_TIMER_S, &number)) {
    accepted->flow_timer_s = (guint32)number;
  }
}
