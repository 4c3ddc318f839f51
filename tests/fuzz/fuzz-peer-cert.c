/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds any bytes as the X.509 certificate that a peer shows in the handshake of a link. */
/* link: kith-link */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "quic/quic-identity.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Takes anything of the right shape, so that what follows is reached. */
static gboolean
believe (const guint8 *data, gsize len, KithDeviceCert *cert, gpointer user_data)
{
  if (len < 2 * KITH_KEY_LEN) {
    return FALSE;
  }
  memcpy (cert->identity.bytes, data, KITH_KEY_LEN);
  memcpy (cert->device.bytes, data + KITH_KEY_LEN, KITH_KEY_LEN);
  return TRUE;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const KithQuicExpected anybody = { NULL, NULL };
  const gnutls_datum_t der = { (unsigned char *)data, (unsigned)size };
  KithDeviceCert cert = { 0 };
  KithPeerKey other = { 0 };
  const KithQuicExpected somebody = { &other, NULL };

  if (kith_quic_check_peer (&der, &anybody, believe, NULL, &cert) == NULL
      && !kith_peer_key_is_zero (&cert.identity)
      && kith_quic_check_peer (&der, &somebody, believe, NULL, &cert) == NULL) {
    abort (); /* somebody else was taken for whom we meant */
  }
  return 0;
}
