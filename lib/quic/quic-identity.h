/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who we are and who the peer is in the TLS handshake: a self-signed Ed25519 certificate with the
   device certificate inside. */
#pragma once

#include <gio/gio.h>
#include <gnutls/gnutls.h>

#include "model/names/record.h"

G_BEGIN_DECLS

/* The extension that carries the encoded device certificate in an OCTET STRING: an arc under 2.25
   of our own ("KITH"). */
#define KITH_DEVICE_CERT_OID "2.25.1263096904"

/* Decodes and verifies a peer's device certificate: the identity's signature and the validity
   now. */
typedef gboolean (*KithVerifyFunc) (const guint8 *data,
                                    gsize len,
                                    KithDeviceCert *cert,
                                    gpointer user_data);

/* The device's key; main thread. */
typedef struct _KithQuicIdentity KithQuicIdentity;

/* One certificate with its key, shared by the sessions made with it; counted. */
typedef struct _KithQuicCredentials KithQuicCredentials;

/* @secret: 64 bytes, seed and public key (libsodium's form), copied. NULL and KITH_ERROR_FAILED
   when GnuTLS refuses it. (transfer full) */
KithQuicIdentity *kith_quic_identity_new (const guint8 *secret, GError **error);
void kith_quic_identity_free (KithQuicIdentity *identity);

/* The credentials with @device_cert inside; made anew only when it is another one than last time.
   (transfer full) */
KithQuicCredentials *kith_quic_identity_get_credentials (KithQuicIdentity *identity,
                                                         GBytes *device_cert,
                                                         GError **error);

gnutls_certificate_credentials_t kith_quic_credentials_get (KithQuicCredentials *credentials);
KithQuicCredentials *kith_quic_credentials_ref (KithQuicCredentials *credentials);
void kith_quic_credentials_unref (KithQuicCredentials *credentials);

/* Whom we expect; any of the two may be NULL: nobody in particular. */
typedef struct {
  const KithPeerKey *identity;
  const KithPeerKey *device;
} KithQuicExpected;

/**
 * kith_quic_check_peer:
 * @der: the peer's X.509 certificate, any bytes
 * @cert: (out caller-allocates): its device certificate
 *
 * Takes the Ed25519 key and the extension out of @der, has the device certificate verified by
 * @verify and compares its device key with the key of the certificate (whose possession TLS
 * proves), and both with @expected. The X.509 certificate's own signature and times say nothing
 * here and are not looked at.
 *
 * Returns: NULL, or a static sentence that says what is wrong.
 */
const char *kith_quic_check_peer (const gnutls_datum_t *der,
                                  const KithQuicExpected *expected,
                                  KithVerifyFunc verify,
                                  gpointer user_data,
                                  KithDeviceCert *cert);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithQuicIdentity, kith_quic_identity_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithQuicCredentials, kith_quic_credentials_unref)

G_END_DECLS
