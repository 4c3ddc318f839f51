/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys and certificates are made and read by GnuTLS; each function starts from text anew. */
#include "tls/certificate.h"

#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "tls/crt.h"

#define BITS 2048
#define DAY (24 * 3600)
#define YEAR ((gint64)365 * DAY)
#define LIFE ((gint64)400 * DAY) /* with the year before: some systems take 825 days at most */

typedef struct gnutls_x509_crt_int KithCrt;
typedef struct gnutls_x509_privkey_int KithPrivkey;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithCrt, gnutls_x509_crt_deinit)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPrivkey, gnutls_x509_privkey_deinit)

/* TRUE and @error if @code says so. */
static gboolean
is_bad (int code, GError **error)
{
  if (code >= 0) {
    return FALSE;
  }
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_FAILED,
               "No TLS certificate can be made: %s",
               gnutls_strerror (code));
  return TRUE;
}

static gnutls_datum_t
datum (const char *text)
{
  return (gnutls_datum_t){ (unsigned char *)text, (unsigned)strlen (text) };
}

static gnutls_x509_crt_t
read_crt (const char *pem)
{
  g_autoptr (KithCrt) crt = NULL;
  const gnutls_datum_t text = datum (pem);

  if (strlen (pem) > KITH_TLS_PEM_MAX || gnutls_x509_crt_init (&crt) < 0
      || gnutls_x509_crt_import (crt, &text, GNUTLS_X509_FMT_PEM) < 0) {
    return NULL;
  }
  return g_steal_pointer (&crt);
}

static gnutls_x509_privkey_t
read_key (const char *pem, GError **error)
{
  g_autoptr (KithPrivkey) key = NULL;
  const gnutls_datum_t text = datum (pem);
  int code = gnutls_x509_privkey_init (&key);

  code = code < 0 ? code : gnutls_x509_privkey_import (key, &text, GNUTLS_X509_FMT_PEM);
  return is_bad (code, error) ? NULL : g_steal_pointer (&key);
}

static gchar *
take_text (gnutls_datum_t *text)
{
  gchar *copy = g_strndup ((const char *)text->data, text->size);

  gnutls_memset (text->data, 0, text->size);
  gnutls_free (text->data);
  return copy;
}

gchar *
kith_tls_key_new (GError **error)
{
  g_autoptr (KithPrivkey) key = NULL;
  gnutls_datum_t text = { NULL, 0 };
  int code = gnutls_x509_privkey_init (&key);

  code = code < 0 ? code : gnutls_x509_privkey_generate (key, GNUTLS_PK_RSA, BITS, 0);
  code = code < 0 ? code
                  : gnutls_x509_privkey_export2_pkcs8 (key,
                                                       GNUTLS_X509_FMT_PEM,
                                                       NULL,
                                                       GNUTLS_PKCS_PLAIN,
                                                       &text);
  return is_bad (code, error) ? NULL : take_text (&text);
}

/* What both kinds have: version, number, life, name and key. */
static int
begin (gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *name, gint64 from, gint64 to)
{
  guint8 serial[16];
  guint8 id[20];
  gsize len = sizeof id;
  int code = kith_random_bytes (serial, sizeof serial) ? 0 : GNUTLS_E_RANDOM_FAILED;

  serial[0] = (serial[0] & 0x3f) | 0x40;
  code = code < 0 ? code : gnutls_x509_crt_set_version (crt, 3);
  code = code < 0 ? code : gnutls_x509_crt_set_serial (crt, serial, sizeof serial);
  code = code < 0 ? code : gnutls_x509_crt_set_activation_time (crt, (time_t)from);
  code = code < 0 ? code : gnutls_x509_crt_set_expiration_time (crt, (time_t)to);
  code = code < 0 ? code
                  : gnutls_x509_crt_set_dn_by_oid (crt,
                                                   GNUTLS_OID_X520_COMMON_NAME,
                                                   0,
                                                   name,
                                                   (unsigned)MIN (strlen (name), 64));
  code = code < 0 ? code : gnutls_x509_crt_set_key (crt, key);
  code = code < 0 ? code : gnutls_x509_crt_get_key_id (crt, GNUTLS_KEYID_USE_SHA1, id, &len);
  return code < 0 ? code : gnutls_x509_crt_set_subject_key_id (crt, id, len);
}

static gchar *
print_crt (gnutls_x509_crt_t crt, GError **error)
{
  gnutls_datum_t text = { NULL, 0 };

  return is_bad (gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_PEM, &text), error)
             ? NULL
             : take_text (&text);
}

gchar *
kith_tls_ca_new (const char *key_text, const char *name, gint64 now_s, GError **error)
{
  g_autoptr (KithPrivkey) key = read_key (key_text, error);
  g_autoptr (KithCrt) crt = NULL;

  if (key == NULL || is_bad (gnutls_x509_crt_init (&crt), error)) {
    return NULL;
  }
  int code = begin (crt, key, name, now_s - 2 * YEAR, now_s + 20 * YEAR);
  code = code < 0 ? code : gnutls_x509_crt_set_basic_constraints (crt, 1, 0);
  code = code < 0
             ? code
             : gnutls_x509_crt_set_key_usage (crt, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
  code = code < 0 ? code : gnutls_x509_crt_sign2 (crt, crt, key, GNUTLS_DIG_SHA256, 0);
  return is_bad (code, error) ? NULL : print_crt (crt, error);
}

static int
add_names (gnutls_x509_crt_t crt, const KithTlsWanted *wanted)
{
  int code = 0;

  for (guint i = 0; wanted->names[i] != NULL && i < KITH_TLS_NAMES_MAX && code >= 0; i++) {
    code = gnutls_x509_crt_set_subject_alt_name (crt,
                                                 GNUTLS_SAN_DNSNAME,
                                                 wanted->names[i],
                                                 (unsigned)strlen (wanted->names[i]),
                                                 GNUTLS_FSAN_APPEND);
  }
  for (guint i = 0; i < MIN (wanted->n_addresses, KITH_TLS_ADDRESSES_MAX) && code >= 0; i++) {
    code = gnutls_x509_crt_set_subject_alt_name (crt,
                                                 GNUTLS_SAN_IPADDRESS,
                                                 wanted->addresses[i].ip,
                                                 wanted->addresses[i].family == 4 ? 4 : 16,
                                                 GNUTLS_FSAN_APPEND);
  }
  return code;
}

static int
sign (gnutls_x509_crt_t crt, gnutls_x509_crt_t ca, gnutls_x509_privkey_t ca_key)
{
  guint8 id[64];
  gsize len = sizeof id;
  int code = gnutls_x509_crt_get_subject_key_id (ca, id, &len, NULL);

  code = code < 0 ? code : gnutls_x509_crt_set_authority_key_id (crt, id, len);
  code = code < 0 ? code : gnutls_x509_crt_set_basic_constraints (crt, 0, -1);
  code = code < 0 ? code
                  : gnutls_x509_crt_set_key_usage (crt,
                                                   GNUTLS_KEY_DIGITAL_SIGNATURE
                                                       | GNUTLS_KEY_KEY_ENCIPHERMENT);
  code = code < 0 ? code : gnutls_x509_crt_set_key_purpose_oid (crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
  return code < 0 ? code : gnutls_x509_crt_sign2 (crt, ca, ca_key, GNUTLS_DIG_SHA256, 0);
}

gchar *
kith_tls_certificate_new (const KithTlsWanted *wanted, GError **error)
{
  g_autoptr (KithPrivkey) key = read_key (wanted->key, error);
  g_autoptr (KithPrivkey) ca_key = key != NULL ? read_key (wanted->ca_key, error) : NULL;
  g_autoptr (KithCrt) ca = ca_key != NULL ? read_crt (wanted->ca) : NULL;
  g_autoptr (KithCrt) crt = NULL;

  if (ca_key == NULL || is_bad (ca == NULL ? GNUTLS_E_CERTIFICATE_ERROR : 0, error)
      || is_bad (gnutls_x509_crt_init (&crt), error)) {
    return NULL;
  }
  int code = begin (crt,
                    key,
                    wanted->names[0] != NULL ? wanted->names[0] : "kith",
                    wanted->now_s - YEAR,
                    wanted->now_s + LIFE);
  code = code < 0 ? code : add_names (crt, wanted);
  code = code < 0 ? code : sign (crt, ca, ca_key);
  g_autofree gchar *text = is_bad (code, error) ? NULL : print_crt (crt, error);
  return text != NULL ? g_strconcat (text, wanted->ca, NULL) : NULL;
}

static gboolean
belongs (gnutls_x509_crt_t crt, const char *key_text)
{
  g_autoptr (KithPrivkey) key = read_key (key_text, NULL);
  guint8 one[32], other[32];
  gsize len = sizeof one;

  return key != NULL && kith_crt_pin (crt, one)
         && gnutls_x509_privkey_get_key_id (key, GNUTLS_KEYID_USE_SHA256, other, &len) >= 0
         && memcmp (one, other, sizeof one) == 0;
}

static gboolean
lives (gnutls_x509_crt_t crt, gint64 now_s, gint64 at_least_s)
{
  return (gint64)gnutls_x509_crt_get_activation_time (crt) <= now_s
         && (gint64)gnutls_x509_crt_get_expiration_time (crt) >= now_s + at_least_s;
}

gboolean
kith_tls_ca_fits (const char *ca, const char *key, gint64 now_s)
{
  g_autoptr (KithCrt) crt = read_crt (ca);

  return crt != NULL && gnutls_x509_crt_get_ca_status (crt, NULL) > 0 && lives (crt, now_s, YEAR)
         && belongs (crt, key);
}

typedef struct {
  const KithTlsWanted *wanted;
  guint n_missed;
} Names;

static gboolean
is_wanted (const KithTlsWanted *wanted, guint type, const guint8 *name, gsize len)
{
  for (guint i = 0; type == GNUTLS_SAN_DNSNAME && wanted->names[i] != NULL; i++) {
    if (strlen (wanted->names[i]) == len && memcmp (wanted->names[i], name, len) == 0) {
      return TRUE;
    }
  }
  for (guint i = 0; type == GNUTLS_SAN_IPADDRESS && i < wanted->n_addresses; i++) {
    if (len == (wanted->addresses[i].family == 4 ? 4u : 16u)
        && memcmp (wanted->addresses[i].ip, name, len) == 0) {
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
on_own_name (guint type, const guint8 *name, gsize len, gpointer data)
{
  Names *names = data;

  names->n_missed += !is_wanted (names->wanted, type, name, len);
  return FALSE;
}

gboolean
kith_tls_certificate_fits (const char *chain, const KithTlsWanted *wanted)
{
  g_autoptr (KithCrt) crt = read_crt (chain);
  g_autoptr (KithCrt) ca = read_crt (wanted->ca);
  Names names = { .wanted = wanted };
  guint status = 0;

  if (crt == NULL || ca == NULL || !lives (crt, wanted->now_s, (gint64)KITH_TLS_FRESH_DAYS * DAY)
      || !belongs (crt, wanted->key)
      || gnutls_x509_crt_verify (crt, &ca, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status) < 0
      || status != 0) {
    return FALSE;
  }
  /* as many, and none that is not wanted: the same, as none is there twice */
  return kith_crt_each_name (crt, on_own_name, &names)
             == MIN (g_strv_length ((GStrv)wanted->names), KITH_TLS_NAMES_MAX)
                    + MIN (wanted->n_addresses, KITH_TLS_ADDRESSES_MAX)
         && names.n_missed == 0;
}

gchar *
kith_tls_fingerprint (const char *pem)
{
  g_autoptr (KithCrt) crt = read_crt (pem);
  guint8 digest[32];
  gsize len = sizeof digest;

  if (crt == NULL || gnutls_x509_crt_get_fingerprint (crt, GNUTLS_DIG_SHA256, digest, &len) < 0) {
    return NULL;
  }
  GString *text = g_string_sized_new (3 * len);
  for (gsize i = 0; i < len; i++) {
    g_string_append_printf (text, i > 0 ? ":%02X" : "%02X", digest[i]);
  }
  return g_string_free (text, FALSE);
}

gboolean
kith_tls_pin_of (const char *pem, guint8 pin[KITH_TLS_PIN_LEN])
{
  g_autoptr (KithCrt) crt = read_crt (pem);

  return crt != NULL && kith_crt_pin (crt, pin);
}

gboolean
kith_tls_certificate_names (const char *pem, const char *domain, gchar **named)
{
  g_autoptr (KithCrt) crt = read_crt (pem);

  if (crt == NULL && named != NULL) {
    *named = g_strdup ("nobody");
  }
  return crt != NULL && kith_crt_is_for (crt, domain, named);
}
