/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Public keys as values: text form, hash and comparison. */
#include "model/names/peer-key.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

gboolean
kith_peer_key_parse (const char *text, KithPeerKey *key, GError **error)
{
  KithPeerKey parsed;

  if (text == NULL || strlen (text) != KITH_KEY_TEXT_LEN
      || !kith_base32_decode (text, parsed.bytes, KITH_KEY_LEN)
      || kith_peer_key_is_zero (&parsed)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "This is not a key: a key is %d letters and digits of base 32; copy it whole from "
                 "its owner",
                 KITH_KEY_TEXT_LEN);
    return FALSE;
  }
  *key = parsed;
  return TRUE;
}

gchar *
kith_peer_key_to_text (const KithPeerKey *key)
{
  return kith_base32_encode (key->bytes, KITH_KEY_LEN);
}

guint
kith_peer_key_hash (gconstpointer key)
{
  guint hash;

  /* a public key is evenly distributed */
  memcpy (&hash, ((const KithPeerKey *)key)->bytes, sizeof hash);
  return hash;
}

gboolean
kith_peer_key_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (KithPeerKey)) == 0;
}

gboolean
kith_peer_key_is_zero (const KithPeerKey *key)
{
  static const KithPeerKey zero;

  return kith_peer_key_equal (key, &zero);
}
