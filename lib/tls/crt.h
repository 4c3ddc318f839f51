/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whom a certificate that GnuTLS has read is for. */
#pragma once

#include <glib.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>

G_BEGIN_DECLS

#define KITH_CRT_NAME_MAX 255  /* bytes of one name */
#define KITH_CRT_NAMES_MAX 256 /* of one certificate that are looked at */

/* A name of @type (GNUTLS_SAN_DNSNAME, …), @len bytes. TRUE: enough. */
typedef gboolean (*KithCrtFound) (guint type, const guint8 *name, gsize len, gpointer data);

/* Goes through the alternative names of @crt. Returns their number. */
guint kith_crt_each_name (gnutls_x509_crt_t crt, KithCrtFound found, gpointer data);

/* As kith_tls_certificate_names(). */
gboolean kith_crt_is_for (gnutls_x509_crt_t crt, const char *domain, gchar **named);

/* The SHA-256 of its public key. FALSE: it has none that can be read. */
gboolean kith_crt_pin (gnutls_x509_crt_t crt, guint8 *pin);

G_END_DECLS
