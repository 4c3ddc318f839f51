/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The TLS 1.3 session of a QUIC connection (RFC 9001), set to one cipher policy. */
#pragma once

#include <gnutls/gnutls.h>

#include "quic/quic-identity.h"

G_BEGIN_DECLS

/* X25519, Ed25519, ChaCha20-Poly1305 or AES-128-GCM, ALPN "kith/1", certificates of both sides, no
   tickets. @verify is asked about the peer's certificate; @pointer is the session's pointer (an
   ngtcp2_crypto_conn_ref). NULL when GnuTLS refuses. Ended by gnutls_deinit(). */
gnutls_session_t kith_quic_tls_new (gboolean client,
                                    KithQuicCredentials *credentials,
                                    gnutls_certificate_verify_function *verify,
                                    void *pointer);

/* TRUE when both sides agreed on our protocol. */
gboolean kith_quic_tls_is_ours (gnutls_session_t session);

/* The one X.509 certificate that the peer showed; NULL when it showed none, several or another
   kind. (transfer none) */
const gnutls_datum_t *kith_quic_tls_get_peer (gnutls_session_t session);

/* TRUE for the TLS alerts by which a peer refuses a certificate. */
gboolean kith_quic_tls_is_refusal (guint8 alert);

G_END_DECLS
