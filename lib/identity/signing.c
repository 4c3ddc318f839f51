/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts together what is signed, so that signer and verifier cannot differ. */
#include "identity/signing.h"

#include <sodium.h>
#include <string.h>

#define DOMAIN_MAX 16

typedef struct {
  guint8 bytes[DOMAIN_MAX + KITH_KEY_LEN + KITH_RECORD_MAX];
  gsize len;
} Message;

static void
append (Message *message, const void *bytes, gsize len)
{
  memcpy (message->bytes + message->len, bytes, len);
  message->len += len;
}

static gboolean
build (const KithSigned *what, Message *message)
{
  gsize domain_len = strlen (what->domain);

  if (what->len < KITH_SIGNATURE_LEN || what->len > KITH_RECORD_MAX || domain_len > DOMAIN_MAX) {
    return FALSE;
  }
  message->len = 0;
  append (message, what->domain, domain_len);
  if (what->addressee != NULL) {
    append (message, what->addressee->bytes, KITH_KEY_LEN);
  }
  append (message, what->encoded, what->len - KITH_SIGNATURE_LEN);
  return TRUE;
}

gboolean
kith_signing_sign (const KithSigned *what,
                   const guint8 *secret,
                   guint8 signature[KITH_SIGNATURE_LEN])
{
  Message message;

  return build (what, &message)
         && crypto_sign_detached (signature, NULL, message.bytes, message.len, secret) == 0;
}

gboolean
kith_signing_verify (const KithSigned *what, const KithPeerKey *key)
{
  Message message;

  return build (what, &message)
         && crypto_sign_verify_detached (what->encoded + what->len - KITH_SIGNATURE_LEN,
                                         message.bytes,
                                         message.len,
                                         key->bytes)
                == 0;
}
