/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a side of a TLS session has and believes: the server's certificate with its key, or the CAs,
   or the one key, that a client trusts. */
#pragma once

#include "tls/certificate.h"

G_BEGIN_DECLS

/* Counted by reference: sessions keep it. */
typedef struct _KithTlsTrust KithTlsTrust;

/* A server's: @chain and @key as PEM. (transfer full), or NULL with @error. */
KithTlsTrust *kith_tls_trust_new_server (const char *chain, const char *key, GError **error);

/* A client's: the CAs in the @len bytes of PEM @cas. (transfer full), or NULL with @error: there is
   none in them. */
KithTlsTrust *kith_tls_trust_new_cas (const char *cas, gsize len, GError **error);

/* A client's that believes one public key (kith_tls_pin_of()) or one certificate (its SHA-256),
   whoever signed it and whatever name it has. (transfer full), or NULL with @error. */
KithTlsTrust *kith_tls_trust_new_pin (const guint8 pin[KITH_TLS_PIN_LEN], GError **error);

KithTlsTrust *kith_tls_trust_ref (KithTlsTrust *trust);
void kith_tls_trust_unref (KithTlsTrust *trust);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithTlsTrust, kith_tls_trust_unref)

G_END_DECLS
