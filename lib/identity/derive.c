/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keyed and personalized BLAKE2b. */
#include "identity/derive.h"

#include <sodium.h>
#include <string.h>

void
kith_derive (const char *label, const KithDeriveFrom *from, guint8 *out, gsize len)
{
  guint8 personal[crypto_generichash_blake2b_PERSONALBYTES] = { 0 };

  memcpy (personal, label, MIN (strlen (label), sizeof personal));
  (void)crypto_generichash_blake2b_salt_personal (out,
                                                  len,
                                                  from->message,
                                                  from->message_len,
                                                  from->key,
                                                  from->key_len,
                                                  NULL,
                                                  personal);
}

void
kith_derive_root (const guint8 *entropy, gsize len, guint8 root[KITH_ROOT_LEN])
{
  kith_derive (KITH_LABEL_ROOT,
               &(KithDeriveFrom){ .key = entropy, .key_len = len },
               root,
               KITH_ROOT_LEN);
}

void
kith_derive_from_root (const guint8 root[KITH_ROOT_LEN], const char *label, guint8 out[32])
{
  kith_derive (label, &(KithDeriveFrom){ .key = root, .key_len = KITH_ROOT_LEN }, out, 32);
}
