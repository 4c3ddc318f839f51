/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes SIP URIs apart and puts them together. */
#include "model/sip/sip-uri.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/error.h"

#define MAX_HOST 253
#define MAX_LABEL 63
#define MAX_PARAMETERS 16

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, KITH_ERROR, KITH_ERROR_INVALID_ADDRESS, why);
  return FALSE;
}

static gboolean
is_unreserved (guint8 c)
{
  return g_ascii_isalnum ((gchar)c) || (c != 0 && strchr ("-_.!~*'()", c) != NULL);
}

/* One escaped or plain byte of @p into @byte; returns what follows, NULL if an escape is broken. */
static const char *
next_byte (const char *p, guint8 *byte, gboolean *escaped)
{
  *escaped = *p == '%';
  if (!*escaped) {
    *byte = (guint8)*p;
    return p + 1;
  }
  gint high = g_ascii_xdigit_value (p[1]);
  gint low = high < 0 ? -1 : g_ascii_xdigit_value (p[2]);
  if (low < 0) {
    return NULL;
  }
  *byte = (guint8)(high << 4 | low);
  return p + 3;
}

/* The one way to write a user part: escaped is what must be, and nothing that need not. */
static gchar *
parse_user (const char *text, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  guint8 byte = 0;
  gboolean escaped = FALSE;

  if (*text == '\0') {
    refuse (error, "There is no user before the \"@\"; type one, or leave the \"@\" out");
    return NULL;
  }
  if (strchr (text, ':') != NULL) {
    refuse (error, "A password in an address is not supported; leave it out");
    return NULL;
  }
  for (const char *p = text; *p != '\0';) {
    p = next_byte (p, &byte, &escaped);
    if (p == NULL || byte < 0x20 || byte == 0x7f) {
      refuse (error, "The user part has a broken %-escape or a control character; type it again");
      return NULL;
    }
    if (is_unreserved (byte) || (!escaped && byte < 0x80 && strchr ("&=+$,;/", byte) != NULL)) {
      g_string_append_c (out, (gchar)byte);
    } else if (escaped || byte >= 0x80) {
      g_string_append_printf (out, "%%%02X", byte);
    } else {
      g_set_error (error,
                   KITH_ERROR,
                   KITH_ERROR_INVALID_ADDRESS,
                   "The user part cannot contain \"%c\"; write it as %%%02X",
                   byte,
                   byte);
      return NULL;
    }
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static gboolean
is_domain_name (const char *host)
{
  gsize len = strlen (host);
  gsize label = 0;
  const char *last = host;

  for (gsize i = 0; i < len; i++) {
    if (host[i] == '.') {
      if (label == 0 || host[i - 1] == '-') {
        return FALSE;
      }
      label = 0;
      last = host + i + 1;
    } else if (!g_ascii_isalnum (host[i]) && (host[i] != '-' || label == 0)) {
      return FALSE;
    } else if (++label > MAX_LABEL) {
      return FALSE;
    }
  }
  return len > 0 && len <= MAX_HOST && label > 0 && host[len - 1] != '-' && g_ascii_isalpha (*last);
}

static gchar *
parse_host (const char *text, GError **error)
{
  guint8 ip[16];
  char shown[INET6_ADDRSTRLEN];
  gsize len = strlen (text);

  if (text[0] == '[') {
    g_autofree gchar *literal
        = len >= 2 && text[len - 1] == ']' ? g_strndup (text + 1, len - 2) : NULL;
    if (literal == NULL || inet_pton (AF_INET6, literal, ip) != 1) {
      refuse (
          error,
          "What stands in [ ] is not an IPv6 address; write it as in \"sip:bob@[2001:db8::1]\"");
      return NULL;
    }
    return g_strdup (inet_ntop (AF_INET6, ip, shown, sizeof shown));
  }
  if (inet_pton (AF_INET, text, ip) == 1) {
    return g_strdup (inet_ntop (AF_INET, ip, shown, sizeof shown));
  }
  g_autofree gchar *ascii = len > 0 && len <= MAX_HOST ? g_hostname_to_ascii (text) : NULL;
  g_autofree gchar *host = ascii != NULL ? g_ascii_strdown (ascii, -1) : NULL;
  if (host != NULL && g_str_has_suffix (host, ".")) {
    host[strlen (host) - 1] = '\0';
  }
  if (host == NULL || !is_domain_name (host)) {
    refuse (error,
            "The host is neither a domain name nor an IP address; write it as in "
            "\"sip:bob@example.org\"");
    return NULL;
  }
  return g_steal_pointer (&host);
}

static gboolean
parse_port (const char *text, guint16 *port, GError **error)
{
  guint64 value = 0;

  if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT16, &value, NULL)) {
    return refuse (error, "The port is not a number from 1 to 65535; correct it or leave it out");
  }
  *port = (guint16)value;
  return TRUE;
}

static gboolean
is_token (const char *text)
{
  for (; *text != '\0'; text++) {
    if (!g_ascii_isalnum (*text) && strchr ("-_.!~*'()[]/:&+$%=", *text) == NULL) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
parse_transport (KithSipUri *uri, const char *value, GError **error)
{
  if (uri->transport != NULL) {
    return refuse (error, "The address names its transport twice; leave one out");
  }
  if (g_ascii_strcasecmp (value, "udp") == 0) {
    uri->transport = "udp";
    return TRUE;
  }
  if (g_ascii_strcasecmp (value, "tcp") == 0) {
    uri->transport = "tcp";
    return TRUE;
  }
  if (g_ascii_strcasecmp (value, "tls") == 0) {
    uri->transport = "tls";
    return TRUE;
  }
  g_set_error_literal (
      error,
      KITH_ERROR,
      KITH_ERROR_UNSUPPORTED,
      "Only the transports udp, tcp and tls are supported; leave \";transport=\" out (the "
      "call is not encrypted then), or use a Kith address");
  return FALSE;
}

static gboolean
parse_parameters (KithSipUri *uri, char **parameters, GError **error)
{
  if (g_strv_length (parameters) > MAX_PARAMETERS) {
    return refuse (error, "The address has too many parameters; leave them out");
  }
  for (guint i = 0; parameters[i] != NULL; i++) {
    const char *parameter = parameters[i];
    if (*parameter == '\0' || *parameter == '=' || !is_token (parameter)) {
      return refuse (error, "A parameter after \";\" is not valid; leave it out");
    }
    if (g_ascii_strncasecmp (parameter, "transport=", 10) == 0) {
      if (!parse_transport (uri, parameter + 10, error)) {
        return FALSE;
      }
    } else if (g_ascii_strncasecmp (parameter, "maddr=", 6) == 0
               || g_ascii_strncasecmp (parameter, "method=", 7) == 0) {
      return refuse (error, "The parameters maddr and method are not supported; leave them out");
    }
  }
  return TRUE;
}

/* "host[:port]" into @uri. */
static gboolean
parse_host_port (KithSipUri *uri, const char *text, GError **error)
{
  const char *bracket = text[0] == '[' ? strchr (text, ']') : NULL;
  const char *colon = strchr (bracket != NULL ? bracket : text, ':');
  g_autofree gchar *host
      = colon != NULL ? g_strndup (text, (gsize)(colon - text)) : g_strdup (text);

  uri->host = parse_host (host, error);
  return uri->host != NULL && (colon == NULL || parse_port (colon + 1, &uri->port, error));
}

KithSipUri *
kith_sip_uri_parse (const char *rest, GError **error)
{
  g_return_val_if_fail (rest != NULL, NULL);
  g_autoptr (KithSipUri) uri = g_new0 (KithSipUri, 1);
  const char *at = strrchr (rest, '@');

  if (strchr (rest, '?') != NULL) {
    refuse (error, "Headers after \"?\" are not supported; leave them out");
    return NULL;
  }
  if (*rest == '\0' || g_str_equal (rest, "@")) {
    refuse (error, "There is no host; write the address as in \"sip:bob@example.org\"");
    return NULL;
  }
  if (at != NULL) {
    g_autofree gchar *user = g_strndup (rest, (gsize)(at - rest));
    uri->user = parse_user (user, error);
    if (uri->user == NULL) {
      return NULL;
    }
    rest = at + 1;
  }
  g_auto (GStrv) parts = g_strsplit (rest, ";", -1);
  if (parts[0] == NULL) {
    refuse (error, "There is no host after the \"@\"; write it as in \"sip:bob@example.org\"");
    return NULL;
  }
  if (!parse_host_port (uri, parts[0], error) || !parse_parameters (uri, parts + 1, error)) {
    return NULL;
  }
  return g_steal_pointer (&uri);
}

gchar *
kith_sip_uri_print (const KithSipUri *uri)
{
  g_return_val_if_fail (uri != NULL && uri->host != NULL, NULL);
  GString *out = g_string_new ("sip:");
  gboolean is_v6 = strchr (uri->host, ':') != NULL;

  if (uri->user != NULL) {
    g_string_append_printf (out, "%s@", uri->user);
  }
  g_string_append_printf (out, is_v6 ? "[%s]" : "%s", uri->host);
  if (uri->port != 0) {
    g_string_append_printf (out, ":%u", uri->port);
  }
  if (uri->transport != NULL) {
    g_string_append_printf (out, ";transport=%s", uri->transport);
  }
  return g_string_free (out, FALSE);
}

void
kith_sip_uri_free (KithSipUri *uri)
{
  if (uri == NULL) {
    return;
  }
  g_free (uri->user);
  g_free (uri->host);
  g_free (uri);
}
