/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 5922 section 7: a URI names a domain before a DNS name does. */
#include "tls/crt.h"

#include <gio/gio.h>
#include <string.h>

#define SIP "sip:"

/* What is looked for, and what was found. */
typedef struct {
  const char *domain;
  GInetAddress *address; /* if the domain is one */
  gboolean has_uri;      /* a sip: URI names somebody */
  gboolean uri_fits, other_fits;
  gchar *first_uri, *first_other;
} Search;

guint
kith_crt_each_name (gnutls_x509_crt_t crt, KithCrtFound found, gpointer data)
{
  for (guint i = 0; i < KITH_CRT_NAMES_MAX; i++) {
    guint8 name[KITH_CRT_NAME_MAX + 1];
    gsize len = sizeof name;
    guint critical = 0;
    const int type = gnutls_x509_crt_get_subject_alt_name (crt, i, name, &len, &critical);
    if (type == GNUTLS_E_SHORT_MEMORY_BUFFER) {
      continue;
    }
    if (type < 0) {
      return i;
    }
    /* the length of a text may count its NUL */
    if ((type == GNUTLS_SAN_DNSNAME || type == GNUTLS_SAN_URI) && len > 0
        && name[len - 1] == '\0') {
      len--;
    }
    if (found ((guint)type, name, len, data)) {
      return i + 1;
    }
  }
  return KITH_CRT_NAMES_MAX;
}

/* A name that is compared: no NUL and no control character hides in it. */
static gboolean
is_plain (const guint8 *name, gsize len)
{
  for (gsize i = 0; i < len; i++) {
    if (name[i] <= ' ' || name[i] > '~') {
      return FALSE;
    }
  }
  return len > 0;
}

static gboolean
is_same (const guint8 *name, gsize len, const char *domain)
{
  return strlen (domain) == len && g_ascii_strncasecmp ((const char *)name, domain, len) == 0;
}

static void
keep (gchar **first, const guint8 *name, gsize len)
{
  if (*first == NULL) {
    *first = g_strndup ((const char *)name, len);
  }
}

/* "sip:example.org"; one with a user is a person's and says nothing about a domain. */
static void
see_uri (Search *search, const guint8 *name, gsize len)
{
  const gsize skip = strlen (SIP);

  if (!is_plain (name, len) || len <= skip
      || g_ascii_strncasecmp ((const char *)name, SIP, skip) != 0
      || memchr (name, '@', len) != NULL) {
    return;
  }
  search->has_uri = TRUE;
  search->uri_fits = search->uri_fits || is_same (name + skip, len - skip, search->domain);
  keep (&search->first_uri, name + skip, len - skip);
}

static void
see_address (Search *search, const guint8 *ip, gsize len)
{
  if (search->address != NULL && g_inet_address_get_native_size (search->address) == len
      && memcmp (g_inet_address_to_bytes (search->address), ip, len) == 0) {
    search->other_fits = TRUE;
  }
  if (search->first_other == NULL && (len == 4 || len == 16)) {
    g_autoptr (GInetAddress) address
        = g_inet_address_new_from_bytes (ip,
                                         len == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
    search->first_other = g_inet_address_to_string (address);
  }
}

static gboolean
on_name (guint type, const guint8 *name, gsize len, gpointer data)
{
  Search *search = data;

  if (type == GNUTLS_SAN_URI) {
    see_uri (search, name, len);
  } else if (type == GNUTLS_SAN_IPADDRESS) {
    see_address (search, name, len);
  } else if (type == GNUTLS_SAN_DNSNAME && is_plain (name, len)) {
    search->other_fits = search->other_fits || is_same (name, len, search->domain);
    keep (&search->first_other, name, len);
  }
  return FALSE;
}

static void
see_common_name (Search *search, gnutls_x509_crt_t crt)
{
  gchar name[KITH_CRT_NAME_MAX + 1];
  gsize len = sizeof name;

  if (gnutls_x509_crt_get_dn_by_oid (crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &len) >= 0
      && is_plain ((const guint8 *)name, len)) {
    search->other_fits = is_same ((const guint8 *)name, len, search->domain);
    keep (&search->first_other, (const guint8 *)name, len);
  }
}

gboolean
kith_crt_is_for (gnutls_x509_crt_t crt, const char *domain, gchar **named)
{
  Search search = { .domain = domain, .address = g_inet_address_new_from_string (domain) };

  if (kith_crt_each_name (crt, on_name, &search) == 0) {
    see_common_name (&search, crt);
  }
  const gboolean fits = search.has_uri ? search.uri_fits : search.other_fits;
  if (named != NULL) {
    const gchar *first = search.has_uri ? search.first_uri : search.first_other;
    *named = fits ? NULL : g_strdup (first != NULL ? first : "nobody");
  }
  g_clear_object (&search.address);
  g_free (search.first_uri);
  g_free (search.first_other);
  return fits;
}

gboolean
kith_crt_pin (gnutls_x509_crt_t crt, guint8 *pin)
{
  gsize len = 32;

  return gnutls_x509_crt_get_key_id (crt, GNUTLS_KEYID_USE_SHA256, pin, &len) >= 0 && len == 32;
}
