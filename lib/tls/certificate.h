/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certificates as PEM text: a CA of our own, what it signs for this host, what a peer's says. */
#pragma once

#include "model/net/endpoint.h"

G_BEGIN_DECLS

#define KITH_TLS_PEM_MAX 12288 /* bytes of a key or a chain */
#define KITH_TLS_NAMES_MAX 8
#define KITH_TLS_ADDRESSES_MAX 64
#define KITH_TLS_FRESH_DAYS 30 /* a certificate that ends earlier is made anew */
#define KITH_TLS_PIN_LEN 32

/* What a certificate of this host is to say. */
typedef struct {
  const char *ca;                /* who signs it: certificate and key */
  const char *ca_key;            /* NULL in kith_tls_certificate_fits() */
  const char *key;               /* of the host */
  const char *const *names;      /* NULL at the end, at most KITH_TLS_NAMES_MAX */
  const KithEndpoint *addresses; /* ports are not looked at */
  guint n_addresses;             /* at most KITH_TLS_ADDRESSES_MAX */
  gint64 now_s;                  /* seconds since 1970 */
} KithTlsWanted;

/* A new RSA key of 2048 bits; it takes some tenths of a second. Any thread. (transfer full), or
   NULL with @error. */
gchar *kith_tls_key_new (GError **error);

/* A CA's certificate called @name for its own @key, valid for 20 years. Any thread. (transfer
   full), or NULL with @error. */
gchar *kith_tls_ca_new (const char *key, const char *name, gint64 now_s, GError **error);

/* A certificate for @wanted, valid from a year ago (clocks of phones are wrong) for 400 days more,
   with that of the CA behind it. Any thread. (transfer full), or NULL with @error. */
gchar *kith_tls_certificate_new (const KithTlsWanted *wanted, GError **error);

/* TRUE if @chain is what kith_tls_certificate_new() would make: of this CA and key, with these
   names and addresses, and for KITH_TLS_FRESH_DAYS to come. */
gboolean kith_tls_certificate_fits (const char *chain, const KithTlsWanted *wanted);

/* TRUE if the CA @ca belongs to @key and is valid now and for a year. */
gboolean kith_tls_ca_fits (const char *ca, const char *key, gint64 now_s);

/* The SHA-256 of a certificate as programs show it: "3A:5F:…". (transfer full), or NULL: it is no
   certificate. */
gchar *kith_tls_fingerprint (const char *pem);

/* The SHA-256 of a certificate's public key: what a pin is compared with. FALSE: it is no
   certificate. */
gboolean kith_tls_pin_of (const char *pem, guint8 pin[KITH_TLS_PIN_LEN]);

/**
 * kith_tls_certificate_names:
 * @pem: a certificate
 * @domain: a domain or an address, as a user wrote it
 * @named: (out) (optional) (transfer full): what it is for, if it is not for that
 * Returns: TRUE if the certificate is for @domain by RFC 5922: a URI "sip:domain" or, where there
 * is none, a DNS name or IP address; no wildcards, and the common name only where nothing else
 * names anybody.
 */
gboolean kith_tls_certificate_names (const char *pem, const char *domain, gchar **named);

G_END_DECLS
