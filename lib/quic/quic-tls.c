/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets up GnuTLS for ngtcp2 and reads what the peer showed. */
#include "quic/quic-tls.h"

#include <ngtcp2/ngtcp2_crypto_gnutls.h>
#include <string.h>

static const char PRIORITIES[]
    = "NONE:+VERS-TLS1.3:+CHACHA20-POLY1305:+AES-128-GCM:+AEAD:+GROUP-X25519:+SIGN-EDDSA-ED25519:"
      "+ECDHE-ECDSA:+CTYPE-X509:%DISABLE_TLS13_COMPAT_MODE";
static const char PROTOCOL[] = "kith/1";

static int
configure (gnutls_session_t session, gboolean client, KithQuicCredentials *credentials)
{
  const gnutls_datum_t protocol = { (unsigned char *)PROTOCOL, sizeof PROTOCOL - 1 };
  int code = gnutls_priority_set_direct (session, PRIORITIES, NULL);

  code = code < 0 ? code
                  : gnutls_credentials_set (session,
                                            GNUTLS_CRD_CERTIFICATE,
                                            kith_quic_credentials_get (credentials));
  code = code < 0 ? code : gnutls_alpn_set_protocols (session, &protocol, 1, GNUTLS_ALPN_MANDATORY);
  if (code < 0) {
    return code;
  }
  if (client) {
    return ngtcp2_crypto_gnutls_configure_client_session (session);
  }
  gnutls_certificate_server_set_request (session, GNUTLS_CERT_REQUIRE);
  gnutls_certificate_send_x509_rdn_sequence (session, 1);
  return ngtcp2_crypto_gnutls_configure_server_session (session);
}

gnutls_session_t
kith_quic_tls_new (gboolean client,
                   KithQuicCredentials *credentials,
                   gnutls_certificate_verify_function *verify,
                   void *pointer)
{
  gnutls_session_t session = NULL;
  unsigned flags
      = (client ? GNUTLS_CLIENT : GNUTLS_SERVER) | GNUTLS_NO_TICKETS | GNUTLS_NO_AUTO_SEND_TICKET;

  if (gnutls_init (&session, flags) < 0) {
    return NULL;
  }
  if (configure (session, client, credentials) != 0) {
    gnutls_deinit (session);
    return NULL;
  }
  gnutls_session_set_ptr (session, pointer);
  gnutls_session_set_verify_function (session, verify);
  return session;
}

gboolean
kith_quic_tls_is_ours (gnutls_session_t session)
{
  gnutls_datum_t chosen = { NULL, 0 };

  return gnutls_alpn_get_selected_protocol (session, &chosen) >= 0
         && chosen.size == sizeof PROTOCOL - 1 && memcmp (chosen.data, PROTOCOL, chosen.size) == 0;
}

const gnutls_datum_t *
kith_quic_tls_get_peer (gnutls_session_t session)
{
  unsigned n = 0;
  const gnutls_datum_t *list = gnutls_certificate_get_peers (session, &n);

  return list != NULL && n == 1
                 && gnutls_certificate_type_get2 (session, GNUTLS_CTYPE_PEERS) == GNUTLS_CRT_X509
             ? list
             : NULL;
}

gboolean
kith_quic_tls_is_refusal (guint8 alert)
{
  static const guint8 refusals[] = {
    GNUTLS_A_BAD_CERTIFICATE,     GNUTLS_A_UNSUPPORTED_CERTIFICATE, GNUTLS_A_CERTIFICATE_REVOKED,
    GNUTLS_A_CERTIFICATE_EXPIRED, GNUTLS_A_CERTIFICATE_UNKNOWN,     GNUTLS_A_UNKNOWN_CA,
    GNUTLS_A_ACCESS_DENIED,       GNUTLS_A_CERTIFICATE_REQUIRED,
  };

  return memchr (refusals, alert, sizeof refusals) != NULL;
}
