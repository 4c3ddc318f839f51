/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What sessions ask of what they trust. */
#pragma once

#include <gnutls/gnutls.h>

#include "tls/tls-trust.h"

G_BEGIN_DECLS

/* (transfer none) */
gnutls_certificate_credentials_t kith_tls_trust_credentials (KithTlsTrust *trust);
gboolean kith_tls_trust_is_server (KithTlsTrust *trust);

/* Judges the chain that the peer of the session @raw has shown, which should be @domain. Returns
   NULL, or what is wrong with it. (transfer full) */
gchar *kith_tls_trust_judge (KithTlsTrust *trust, gnutls_session_t raw, const char *domain);

G_END_DECLS
