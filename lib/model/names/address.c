/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes the forms of an address. */
#include "model/names/address.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "model/names/address-advice.h"
#include "model/sip/sip-uri.h"

#define MAX_TEXT 512
#define MAX_HINTS 4
#define MAX_PERMIT 64
#define MAX_HINT 128
#define OUR_DOMAIN "kith.alt"

static KithAddress *
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, KITH_ERROR, KITH_ERROR_INVALID_ADDRESS, why);
  return NULL;
}

static gboolean
is_key_text (const char *text)
{
  KithPeerKey key;

  return kith_peer_key_parse (text, &key, NULL);
}

static gboolean
set_tag (KithAddress *address, const char *text, GError **error)
{
  if (strlen (text) != KITH_TAG_TEXT_LEN
      || !kith_base32_decode (text, address->tag, KITH_TAG_LEN)) {
    refuse (error,
            "The tag is not 8 letters and digits, as in \"alice~7k2f9qxm\"; copy the whole address "
            "again");
    return FALSE;
  }
  address->has_tag = TRUE;
  return TRUE;
}

/* "alice" or "alice~7k2f9qxm" into @address. */
static gboolean
set_name (KithAddress *address, const char *text, GError **error)
{
  const char *tilde = strchr (text, '~');
  g_autofree gchar *raw = tilde != NULL ? g_strndup (text, (gsize)(tilde - text)) : g_strdup (text);

  address->name = kith_name_normalize (raw, error);
  if (address->name == NULL) {
    return FALSE;
  }
  g_autofree gchar *why = NULL;
  if (tilde == NULL && kith_address_is_no_name (address->name, &why)) {
    refuse (error, why);
    return FALSE;
  }
  address->kind = tilde != NULL ? KITH_ADDRESS_TAGGED : KITH_ADDRESS_NAME;
  return tilde == NULL || set_tag (address, tilde + 1, error);
}

/* The label before ".kith.alt": a tag or a key. */
static gboolean
set_label (KithAddress *address, const char *label, GError **error)
{
  if (strlen (label) == KITH_KEY_TEXT_LEN && kith_peer_key_parse (label, &address->key, NULL)) {
    address->has_key = TRUE;
    address->kind = KITH_ADDRESS_KEY;
    return TRUE;
  }
  if (address->name == NULL) {
    refuse (error,
            "There is no name before the tag; write it as in \"sip:alice@7k2f9qxm.kith.alt\"");
    return FALSE;
  }
  if (address->has_tag) {
    refuse (error, "The address has two tags; leave one out");
    return FALSE;
  }
  address->kind = KITH_ADDRESS_TAGGED;
  return set_tag (address, label, error);
}

/* A host that ends in "kith.alt": one of our own forms, seen as a SIP URI (RFC 9476). */
static KithAddress *
from_our_domain (const KithSipUri *uri, GError **error)
{
  g_autoptr (KithAddress) address = g_new0 (KithAddress, 1);
  gsize label_len = strlen (uri->host) - strlen (OUR_DOMAIN);

  if (uri->user != NULL) {
    g_autofree gchar *name = g_uri_unescape_string (uri->user, NULL);
    if (name == NULL) {
      return refuse (error, "The name has a broken %-escape; type it plainly");
    }
    if (!set_name (address, name, error)) {
      return NULL;
    }
  } else if (label_len == 0) {
    return refuse (error, "There is no name before \"@kith.alt\"; put one there");
  }
  if (label_len > 0) {
    g_autofree gchar *label = g_strndup (uri->host, label_len - 1);
    if (!set_label (address, label, error)) {
      return NULL;
    }
  }
  return g_steal_pointer (&address);
}

static KithAddress *
refuse_tls (GError **error)
{
  g_set_error_literal (error,
                       KITH_ERROR,
                       KITH_ERROR_UNSUPPORTED,
                       "Calls over TLS to telephones elsewhere are not supported; use sip: without "
                       "\";transport=tls\", which is not encrypted, or a Kith address");
  return NULL;
}

static KithAddress *
from_sip (const char *rest, GError **error)
{
  g_autoptr (KithSipUri) uri = kith_sip_uri_parse (rest, error);

  if (uri == NULL) {
    return NULL;
  }
  if (g_strcmp0 (uri->transport, "tls") == 0) {
    return refuse_tls (error);
  }
  if (g_str_equal (uri->host, OUR_DOMAIN) || g_str_has_suffix (uri->host, "." OUR_DOMAIN)) {
    return from_our_domain (uri, error);
  }
  KithAddress *address = g_new0 (KithAddress, 1);
  address->kind = KITH_ADDRESS_SIP;
  address->sip_uri = kith_sip_uri_print (uri);
  address->sip_user = g_steal_pointer (&uri->user);
  address->sip_host = g_steal_pointer (&uri->host);
  address->sip_port = uri->port;
  address->sip_transport = g_strdup (uri->transport);
  return address;
}

/* "host:port", "192.0.2.7:4222" or "[2001:db8::1]:4222". */
static gboolean
is_hint (const char *text)
{
  g_autoptr (KithSipUri) uri = strlen (text) <= MAX_HINT ? kith_sip_uri_parse (text, NULL) : NULL;

  return uri != NULL && uri->user == NULL && uri->port != 0 && uri->transport == NULL
         && strchr (text, ';') == NULL;
}

static gboolean
is_permit (const char *text)
{
  gsize len = strlen (text);

  for (gsize i = 0; i < len; i++) {
    if (!g_ascii_isalnum (text[i]) && text[i] != '-' && text[i] != '_') {
      return FALSE;
    }
  }
  return len > 0 && len <= MAX_PERMIT;
}

static gboolean
set_parameter (KithAddress *address,
               GStrvBuilder *hints,
               guint *n_hints,
               const char *parameter,
               GError **error)
{
  if (parameter[0] == '\0' || parameter[1] != '=') {
    return TRUE; /* one that a later version adds */
  }
  g_autofree gchar *value = g_uri_unescape_string (parameter + 2, NULL);
  if (value == NULL || !g_utf8_validate (value, -1, NULL)) {
    refuse (error, "The invitation has a broken %-escape; copy it again");
    return FALSE;
  }
  switch (parameter[0]) {
  case 'k':
    if (address->has_key || !kith_peer_key_parse (value, &address->key, NULL)) {
      refuse (error, "The invitation has no valid key after \"k=\"; copy it again");
      return FALSE;
    }
    address->has_key = TRUE;
    return TRUE;
  case 'p':
    if (address->permit != NULL || !is_permit (value)) {
      refuse (error, "The invitation has no valid permit after \"p=\"; copy it again");
      return FALSE;
    }
    address->permit = g_steal_pointer (&value);
    return TRUE;
  case 'r':
    if (++*n_hints > MAX_HINTS || !is_hint (value)) {
      refuse (error,
              "The invitation has a hint \"r=\" that is not host:port, or more than 4 of them; "
              "copy it again");
      return FALSE;
    }
    g_strv_builder_add (hints, value);
    return TRUE;
  default:
    return TRUE;
  }
}

static gboolean
set_parameters (KithAddress *address, const char *query, GError **error)
{
  g_auto (GStrv) parameters = g_strsplit (query, "&", -1);
  g_autoptr (GStrvBuilder) hints = g_strv_builder_new ();
  guint n_hints = 0;

  for (guint i = 0; parameters[i] != NULL; i++) {
    if (!set_parameter (address, hints, &n_hints, parameters[i], error)) {
      return FALSE;
    }
  }
  address->hints = n_hints > 0 ? g_strv_builder_end (hints) : NULL;
  return TRUE;
}

/* "kith:alice~7k2f9qxm?k=KEY&p=PERMIT&r=HINT": @rest begins after the colon. */
static KithAddress *
from_invitation (const char *rest, GError **error)
{
  g_autoptr (KithAddress) address = g_new0 (KithAddress, 1);
  const char *path = g_str_has_prefix (rest, "//") ? rest + 2 : rest;
  const char *query = strchr (path, '?');
  g_autofree gchar *escaped
      = query != NULL ? g_strndup (path, (gsize)(query - path)) : g_strdup (path);
  g_autofree gchar *name = g_uri_unescape_string (escaped, NULL);

  if (name == NULL || !g_utf8_validate (name, -1, NULL)) {
    return refuse (error, "The invitation has a broken %-escape; copy it again");
  }
  if (query != NULL && !set_parameters (address, query + 1, error)) {
    return NULL;
  }
  if (is_key_text (name) && !address->has_key) {
    (void)kith_peer_key_parse (name, &address->key, NULL);
    address->has_key = TRUE;
  } else if (*name != '\0' && !set_name (address, name, error)) {
    return NULL;
  }
  if (address->has_key) {
    address->kind = KITH_ADDRESS_KEY;
  } else if (address->name == NULL) {
    return refuse (error, "The invitation has neither a name nor a key; copy it again");
  }
  return g_steal_pointer (&address);
}

static KithAddress *
from_plain (const char *text, GError **error)
{
  g_autoptr (KithAddress) address = NULL;

  if (strchr (text, '@') != NULL) {
    return from_sip (text, error);
  }
  g_autofree gchar *advice = is_key_text (text) ? NULL : kith_address_advice (text);
  if (advice != NULL) {
    return refuse (error, advice);
  }
  if (strchr (text, ':') != NULL) {
    return refuse (error,
                   "An address has no \":\" unless it begins with \"sip:\" or \"kith:\"; type a "
                   "name, or sip:USER@HOST");
  }
  address = g_new0 (KithAddress, 1);
  if (is_key_text (text)) {
    (void)kith_peer_key_parse (text, &address->key, NULL);
    address->has_key = TRUE;
    address->kind = KITH_ADDRESS_KEY;
    return g_steal_pointer (&address);
  }
  return set_name (address, text, error) ? g_steal_pointer (&address) : NULL;
}

static KithAddress *
parse_text (const char *text, GError **error)
{
  if (text == NULL || strlen (text) > MAX_TEXT) {
    return refuse (error, "The address is too long; 512 bytes are the most");
  }
  if (!g_utf8_validate (text, -1, NULL)) {
    return refuse (error, "The address is not valid UTF-8; type it again");
  }
  g_autofree gchar *plain = kith_address_strip (text);
  if (*plain == '\0') {
    return refuse (error, "The address is empty; type a name such as \"alice\", or sip:USER@HOST");
  }
  for (const char *p = plain; *p != '\0'; p = g_utf8_next_char (p)) {
    if (g_unichar_iscntrl (g_utf8_get_char (p))) {
      return refuse (error, "The address has a control character; type it again");
    }
  }
  if (g_ascii_strncasecmp (plain, "sips:", 5) == 0) {
    return refuse_tls (error);
  }
  if (g_ascii_strncasecmp (plain, "sip:", 4) == 0) {
    return from_sip (plain + 4, error);
  }
  if (g_ascii_strncasecmp (plain, "kith:", 5) == 0) {
    return from_invitation (plain + 5, error);
  }
  return from_plain (plain, error);
}

static void
append_parameter (GString *out, gboolean *any, char letter, const char *value)
{
  g_autofree gchar *escaped = g_uri_escape_string (value, ":[]", FALSE);

  g_string_append_printf (out, "%c%c=%s", *any ? '&' : '?', letter, escaped);
  *any = TRUE;
}

gchar *
kith_address_to_text (const KithAddress *address)
{
  g_return_val_if_fail (address != NULL, NULL);
  g_autofree gchar *name = NULL;
  g_autofree gchar *key = NULL;

  if (address->kind == KITH_ADDRESS_SIP) {
    return g_strdup (address->sip_uri);
  }
  if (address->name != NULL) {
    name = address->has_tag ? kith_name_with_tag (address->name, address->tag)
                            : g_strdup (address->name);
  }
  key = address->has_key ? kith_peer_key_to_text (&address->key) : NULL;
  gboolean is_invitation = address->permit != NULL || address->hints != NULL;
  if (!is_invitation && (name == NULL || key == NULL)) {
    return name != NULL ? g_steal_pointer (&name) : g_steal_pointer (&key);
  }
  GString *out = g_string_new ("kith:");
  gboolean any = FALSE;
  if (name != NULL) {
    g_autofree gchar *escaped = g_uri_escape_string (name, NULL, FALSE);
    g_string_append (out, escaped);
  }
  if (key != NULL) {
    append_parameter (out, &any, 'k', key);
  }
  if (address->permit != NULL) {
    append_parameter (out, &any, 'p', address->permit);
  }
  for (guint i = 0; address->hints != NULL && address->hints[i] != NULL; i++) {
    append_parameter (out, &any, 'r', address->hints[i]);
  }
  return g_string_free (out, FALSE);
}

KithAddress *
kith_address_parse (const char *text, GError **error)
{
  g_autoptr (KithAddress) address = parse_text (text, error);
  g_autofree gchar *canonical = address != NULL ? kith_address_to_text (address) : NULL;

  if (canonical != NULL && strlen (canonical) > MAX_TEXT) {
    return refuse (error,
                   "The address is too long once its letters are escaped; use a shorter one");
  }
  return g_steal_pointer (&address);
}

void
kith_address_free (KithAddress *address)
{
  if (address == NULL) {
    return;
  }
  g_free (address->name);
  g_free (address->sip_uri);
  g_free (address->sip_user);
  g_free (address->sip_host);
  g_free (address->sip_transport);
  g_free (address->permit);
  g_strfreev (address->hints);
  g_free (address);
}
