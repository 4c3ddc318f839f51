/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Credentials of GnuTLS, and the verdict about a peer's chain in words. */
#include <string.h>

#include "base/error.h"
#include "tls/crt.h"
#include "tls/tls-trust-private.h"

struct _KithTlsTrust {
  gatomicrefcount refs;
  gnutls_certificate_credentials_t raw;
  gboolean is_server;
  gboolean has_pin;
  guint8 pin[KITH_TLS_PIN_LEN];
};

static gboolean
is_bad (int code, const char *what, GError **error)
{
  if (code >= 0) {
    return FALSE;
  }
  g_set_error (error, KITH_ERROR, KITH_ERROR_FAILED, "%s: %s", what, gnutls_strerror (code));
  return TRUE;
}

static KithTlsTrust *
make (GError **error)
{
  KithTlsTrust *trust = g_new0 (KithTlsTrust, 1);

  g_atomic_ref_count_init (&trust->refs);
  if (is_bad (gnutls_certificate_allocate_credentials (&trust->raw), "No TLS", error)) {
    g_free (trust);
    return NULL;
  }
  return trust;
}

KithTlsTrust *
kith_tls_trust_new_server (const char *chain, const char *key, GError **error)
{
  g_autoptr (KithTlsTrust) trust = make (error);
  const gnutls_datum_t chain_text = { (unsigned char *)chain, (unsigned)strlen (chain) };
  const gnutls_datum_t key_text = { (unsigned char *)key, (unsigned)strlen (key) };

  if (trust == NULL
      || is_bad (gnutls_certificate_set_x509_key_mem2 (trust->raw,
                                                       &chain_text,
                                                       &key_text,
                                                       GNUTLS_X509_FMT_PEM,
                                                       NULL,
                                                       0),
                 "The certificate cannot be used",
                 error)) {
    return NULL;
  }
  trust->is_server = TRUE;
  return g_steal_pointer (&trust);
}

KithTlsTrust *
kith_tls_trust_new_cas (const char *cas, gsize len, GError **error)
{
  g_autoptr (KithTlsTrust) trust = make (error);
  const gnutls_datum_t text = { (unsigned char *)cas, (unsigned)len };

  if (trust == NULL) {
    return NULL;
  }
  const int n = gnutls_certificate_set_x509_trust_mem (trust->raw, &text, GNUTLS_X509_FMT_PEM);
  return is_bad (n == 0 ? GNUTLS_E_NO_CERTIFICATE_FOUND : n, "The CAs cannot be read", error)
             ? NULL
             : g_steal_pointer (&trust);
}

KithTlsTrust *
kith_tls_trust_new_pin (const guint8 pin[KITH_TLS_PIN_LEN], GError **error)
{
  KithTlsTrust *trust = make (error);

  if (trust != NULL) {
    trust->has_pin = TRUE;
    memcpy (trust->pin, pin, KITH_TLS_PIN_LEN);
  }
  return trust;
}

KithTlsTrust *
kith_tls_trust_ref (KithTlsTrust *trust)
{
  g_atomic_ref_count_inc (&trust->refs);
  return trust;
}

void
kith_tls_trust_unref (KithTlsTrust *trust)
{
  if (g_atomic_ref_count_dec (&trust->refs)) {
    gnutls_certificate_free_credentials (trust->raw);
    g_free (trust);
  }
}

gnutls_certificate_credentials_t
kith_tls_trust_credentials (KithTlsTrust *trust)
{
  return trust->raw;
}

gboolean
kith_tls_trust_is_server (KithTlsTrust *trust)
{
  return trust->is_server;
}

static gchar *
judge_chain (gnutls_session_t raw)
{
  static const struct {
    guint flag;
    const char *text;
  } rows[] = {
    { GNUTLS_CERT_EXPIRED, "its certificate has expired" },
    { GNUTLS_CERT_NOT_ACTIVATED, "its certificate is not valid yet" },
    { GNUTLS_CERT_REVOKED, "its certificate was revoked" },
    { GNUTLS_CERT_SIGNER_NOT_FOUND, "nobody who is trusted has signed its certificate" },
    { GNUTLS_CERT_SIGNER_NOT_CA, "its certificate was signed by one who may not" },
    { GNUTLS_CERT_INSECURE_ALGORITHM, "the algorithm of its certificate is too weak" },
  };
  guint status = 0;

  if (gnutls_certificate_verify_peers2 (raw, &status) < 0) {
    return g_strdup ("its certificate cannot be read");
  }
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    if ((status & rows[i].flag) != 0) {
      return g_strdup (rows[i].text);
    }
  }
  return status != 0 ? g_strdup ("its certificate is not valid") : NULL;
}

/* The pin is that of its key, or of the whole certificate. */
static gboolean
fits_pin (KithTlsTrust *trust, gnutls_x509_crt_t crt)
{
  guint8 pin[KITH_TLS_PIN_LEN];
  gsize len = sizeof pin;

  return (kith_crt_pin (crt, pin) && gnutls_memcmp (pin, trust->pin, sizeof pin) == 0)
         || (gnutls_x509_crt_get_fingerprint (crt, GNUTLS_DIG_SHA256, pin, &len) >= 0
             && len == sizeof pin && gnutls_memcmp (pin, trust->pin, sizeof pin) == 0);
}

static gchar *
judge_leaf (KithTlsTrust *trust, gnutls_x509_crt_t crt, const char *domain)
{
  g_autofree gchar *named = NULL;

  if (trust->has_pin) {
    return fits_pin (trust, crt) ? NULL : g_strdup ("its key is not the one that was pinned");
  }
  return kith_crt_is_for (crt, domain, &named)
             ? NULL
             : g_strdup_printf ("its certificate is for %s, not for %s", named, domain);
}

gchar *
kith_tls_trust_judge (KithTlsTrust *trust, gnutls_session_t raw, const char *domain)
{
  guint n = 0;
  const gnutls_datum_t *chain = gnutls_certificate_get_peers (raw, &n);
  gnutls_x509_crt_t crt = NULL;

  if (chain == NULL || n == 0 || gnutls_x509_crt_init (&crt) < 0) {
    return g_strdup ("it shows no certificate");
  }
  gchar *problem = gnutls_x509_crt_import (crt, &chain[0], GNUTLS_X509_FMT_DER) < 0
                       ? g_strdup ("its certificate cannot be read")
                   : trust->has_pin ? NULL
                                    : judge_chain (raw);
  if (problem == NULL) {
    problem = judge_leaf (trust, crt, domain);
  }
  gnutls_x509_crt_deinit (crt);
  return problem;
}
