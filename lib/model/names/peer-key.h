/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An Ed25519 public key as a value: an identity's or a device's. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_KEY_LEN 32
#define KITH_KEY_TEXT_LEN 52 /* Crockford base 32 */

typedef struct {
  guint8 bytes[KITH_KEY_LEN];
} KithPeerKey;

/* Parses 52 characters of Crockford base 32 into @key. FALSE and KITH_ERROR_INVALID_ARGUMENTS if it
   is no key; all zero is none. */
KITH_API gboolean kith_peer_key_parse (const char *text, KithPeerKey *key, GError **error);

/* The 52 characters. (transfer full) */
KITH_API gchar *kith_peer_key_to_text (const KithPeerKey *key);

/* For GHashTable with KithPeerKey pointers. */
KITH_API guint kith_peer_key_hash (gconstpointer key);
KITH_API gboolean kith_peer_key_equal (gconstpointer a, gconstpointer b);

/* All bytes zero: "no key". */
KITH_API gboolean kith_peer_key_is_zero (const KithPeerKey *key);

G_END_DECLS
