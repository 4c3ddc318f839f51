/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of one identity and one device, at rest and in use. */
#pragma once

#include <glib-object.h>

#include "model/record.h"

G_BEGIN_DECLS

#define KITH_TYPE_VAULT (kith_vault_get_type ())
G_DECLARE_FINAL_TYPE (KithVault, kith_vault, KITH, VAULT, GObject)

#define KITH_VAULT_WORDS 12

/* sodium_init(); call once before anything of lib/identity. FALSE if the system has no randomness. */
gboolean kith_identity_init (void);

/**
 * kith_vault_create:
 * @dir: state directory; made with 0700 if missing
 * @name: normal form (kith_name_normalize)
 * @entropy: (nullable): 16 bytes to restore an identity from its words; NULL: new random ones
 * @words: (out) (transfer full): the 12 BIP39 words in one string, to be shown once; the caller wipes it
 *
 * Makes identity and device keys and writes `identity.key` (0600, never overwritten: KITH_ERROR_EXISTS).
 */
KithVault *kith_vault_create (const char *dir, const char *name, const guint8 *entropy, gchar **words, GError **error);

/* The 16 bytes behind 12 words (checksum verified; case and spaces forgiven). KITH_ERROR_INVALID_ARGUMENTS names the bad word. */
gboolean kith_vault_words_to_entropy (const char *words, guint8 entropy[16], GError **error);

/* Opens `identity.key`. KITH_ERROR_NOT_FOUND when there is none (the remedy `kith init NAME` in the text); KITH_ERROR_FAILED when it is
   corrupt or readable by others (never regenerated). */
KithVault *kith_vault_open (const char *dir, GError **error);

const char *kith_vault_get_name (KithVault *vault);
const KithPeerKey *kith_vault_get_identity (KithVault *vault);
const KithPeerKey *kith_vault_get_device (KithVault *vault);

/* The device's Ed25519 secret as libsodium keeps it (seed 32, public 32), in guarded memory; for the TLS certificate only. (transfer none) */
const guint8 *kith_vault_get_device_secret (KithVault *vault);

/* A certificate of this device that is valid at @now (seconds): kept, and renewed when less than a day is left. (transfer none) */
const KithDeviceCert *kith_vault_get_device_cert (KithVault *vault, gint64 now);

/* Fill in the signature (and, for a reach or knock, the device certificate). */
gboolean kith_vault_sign_claim (KithVault *vault, KithClaim *claim, GError **error);
gboolean kith_vault_sign_reach (KithVault *vault, KithReach *reach, gint64 now, GError **error);
gboolean kith_vault_sign_knock (KithVault *vault, KithKnock *knock, gint64 now, GError **error);

/* Opens a sealed knock for us. FALSE: not for us, or broken. The inner bytes still have to be verified by kith_knock_open(). */
gboolean kith_vault_unseal (KithVault *vault, GBytes *sealed, GBytes **inner);

/* The work of the claim, once done: nonce, difficulty and tag; kept in `claim` in the vault's directory. FALSE while unknown. */
gboolean kith_vault_get_work (KithVault *vault, guint64 *nonce, guint8 *difficulty, guint8 tag[KITH_TAG_LEN]);
gboolean kith_vault_set_work (KithVault *vault, guint64 nonce, guint8 difficulty, const guint8 tag[KITH_TAG_LEN], GError **error);

G_END_DECLS
