/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the URI of a TURN server strictly. */
#include "model/net/turn-server.h"

#include <gio/gio.h>
#include <string.h>

#include "base/error.h"

#define MAX_URI 300

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "%s; allowed are turn:HOST, turn:HOST:PORT?transport=udp, …?transport=tcp, and "
               "turns:HOST:PORT for TLS",
               why);
  return FALSE;
}

/* Cuts "?transport=…" off @rest. */
static gboolean
read_transport (gchar *rest, gboolean tls, KithTurnTransport *transport, GError **error)
{
  gchar *query = strchr (rest, '?');
  gboolean tcp = FALSE;

  if (query != NULL) {
    *query++ = '\0';
    tcp = g_ascii_strcasecmp (query, "transport=tcp") == 0;
    if (!tcp && g_ascii_strcasecmp (query, "transport=udp") != 0) {
      return refuse (error, "what follows the ? is not known");
    }
    if (!tcp && tls) {
      return refuse (error, "turns: runs over TCP, not UDP");
    }
  }
  *transport = tls ? KITH_TURN_TLS : tcp ? KITH_TURN_TCP : KITH_TURN_UDP;
  return TRUE;
}

static gboolean
is_host (const char *host, gboolean bracketed)
{
  g_autoptr (GInetAddress) literal = g_inet_address_new_from_string (host);

  if (bracketed) {
    return literal != NULL && g_inet_address_get_family (literal) == G_SOCKET_FAMILY_IPV6;
  }
  if (literal != NULL) {
    return g_inet_address_get_family (literal) == G_SOCKET_FAMILY_IPV4;
  }
  for (const char *c = host; *c != '\0'; c++) {
    if (!g_ascii_isalnum (*c) && strchr ("-._", *c) == NULL) {
      return FALSE;
    }
  }
  return *host != '\0' && *host != '-' && *host != '.' && strlen (host) <= 253;
}

/* "HOST", "HOST:PORT", "[v6]" or "[v6]:PORT". */
static gboolean
read_place (gchar *text, gchar **host, guint16 *port, GError **error)
{
  gboolean bracketed = *text == '[';
  gchar *end = bracketed ? strchr (text, ']') : strchr (text, ':');
  gchar *digits = end;
  guint64 number;

  if (bracketed) {
    if (end == NULL) {
      return refuse (error, "the ] of the IPv6 address is missing");
    }
    *end++ = '\0';
    digits = *end != '\0' ? end : NULL;
    text++;
  }
  if (digits != NULL) {
    if (*digits != ':'
        || !g_ascii_string_to_unsigned (digits + 1, 10, 1, G_MAXUINT16, &number, NULL)) {
      return refuse (error, "the port must be a number from 1 to 65535");
    }
    *digits = '\0';
    *port = (guint16)number;
  }
  if (!is_host (text, bracketed)) {
    return refuse (error, "the host must be a name or an address, IPv6 in brackets");
  }
  *host = g_ascii_strdown (text, -1);
  return TRUE;
}

static KithTurnServer *
make (gchar *host, guint16 port, KithTurnTransport transport)
{
  static const char *const words[] = { "UDP", "TCP", "TLS" };
  KithTurnServer *server = g_new0 (KithTurnServer, 1);

  g_ref_count_init (&server->refs);
  server->host = host;
  server->port = port;
  server->transport = transport;
  server->label = g_strdup_printf (strchr (host, ':') != NULL ? "[%s]:%u (%s)" : "%s:%u (%s)",
                                   host,
                                   port,
                                   words[transport]);
  return server;
}

static gboolean
check_credentials (const char *user, const char *password, GError **error)
{
  if (user == NULL || *user == '\0' || strlen (user) > KITH_TURN_MAX_USER || password == NULL
      || *password == '\0' || strlen (password) > KITH_TURN_MAX_PASSWORD) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "a user of 1 to %d bytes and a password of 1 to %d bytes are needed",
                 KITH_TURN_MAX_USER,
                 KITH_TURN_MAX_PASSWORD);
    return FALSE;
  }
  return TRUE;
}

KithTurnServer *
kith_turn_server_parse (const char *uri,
                        const char *user,
                        const char *password,
                        const char *ca_file,
                        GError **error)
{
  gboolean tls = g_ascii_strncasecmp (uri, "turns:", 6) == 0;
  KithTurnTransport transport;
  gchar *host = NULL;
  guint16 port = tls ? KITH_TURN_TLS_PORT : KITH_TURN_PORT;

  if ((!tls && g_ascii_strncasecmp (uri, "turn:", 5) != 0) || strlen (uri) > MAX_URI) {
    refuse (error, "no URI of a TURN server");
    return NULL;
  }
  g_autofree gchar *rest = g_strdup (uri + (tls ? 6 : 5));
  if (strchr (rest, '@') != NULL) {
    refuse (error, "user and password have keys of their own");
    return NULL;
  }
  if (!read_transport (rest, tls, &transport, error) || !read_place (rest, &host, &port, error)) {
    return NULL;
  }
  if (!check_credentials (user, password, error)) {
    g_free (host);
    return NULL;
  }
  KithTurnServer *server = make (host, port, transport);
  server->name = g_strdup (host);
  server->user = g_strdup (user);
  server->password = g_strdup (password);
  server->ca_file = g_strdup (ca_file);
  return server;
}

KithTurnServer *
kith_turn_server_sent_to (const KithTurnServer *server, const KithEndpoint *place, const char *name)
{
  g_autoptr (GInetAddress) ip = g_inet_address_new_from_bytes (
      place->ip,
      place->family == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
  KithTurnServer *other = make (g_inet_address_to_string (ip), place->port, server->transport);

  other->name = g_strdup (name != NULL && is_host (name, FALSE) ? name : server->name);
  other->user = g_strdup (server->user);
  other->password = g_strdup (server->password);
  other->ca_file = g_strdup (server->ca_file);
  return other;
}

KithTurnServer *
kith_turn_server_ref (KithTurnServer *server)
{
  g_ref_count_inc (&server->refs);
  return server;
}

void
kith_turn_server_unref (KithTurnServer *server)
{
  if (!g_ref_count_dec (&server->refs)) {
    return;
  }
  if (server->free_trust != NULL) {
    server->free_trust (server->trust);
  }
  explicit_bzero (server->password, strlen (server->password));
  g_free (server->password);
  g_free (server->user);
  g_free (server->host);
  g_free (server->name);
  g_free (server->ca_file);
  g_free (server->label);
  g_free (server);
}
