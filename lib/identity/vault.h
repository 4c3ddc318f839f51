/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of one identity and one device, at rest and in use. */
#pragma once

#include <glib-object.h>

#include "model/names/record.h"

G_BEGIN_DECLS

/* Not thread-safe: the owning thread only. Its secrets lie in guarded memory that is neither
   swapped nor dumped. */
#define KITH_TYPE_VAULT (kith_vault_get_type ())
G_DECLARE_FINAL_TYPE (KithVault, kith_vault, KITH, VAULT, GObject)

#define KITH_VAULT_WORDS 12

/* sodium_init(); call once before anything of lib/identity. FALSE if the system has no
   randomness. */
gboolean kith_identity_init (void);

/**
 * kith_vault_create:
 * @dir: state directory; made with 0700 if missing, refused (KITH_ERROR_FAILED) if it is not ours
 * or others can write there
 * @name: normal form (kith_name_normalize); else KITH_ERROR_INVALID_ARGUMENTS
 * @entropy: (nullable): 16 bytes to restore an identity from its words; NULL: new random ones
 * @words: (out) (optional) (transfer full): the 12 BIP39 words in one string, to be shown once; the
 * caller wipes it
 *
 * Makes identity and device keys and writes `identity.key` (0600, on the disk before this returns,
 * never overwritten: KITH_ERROR_EXISTS; of two processes at once one wins). The file holds what the
 * words stand for, not the words. A few ms.
 */
KithVault *kith_vault_create (const char *dir,
                              const char *name,
                              const guint8 *entropy,
                              gchar **words,
                              GError **error);

/* The 16 bytes behind 12 words (checksum verified; case and spaces forgiven).
   KITH_ERROR_INVALID_ARGUMENTS names the bad word and the nearest good one. The caller wipes
   @entropy. */
gboolean kith_vault_words_to_entropy (const char *words, guint8 entropy[16], GError **error);

/* Opens `identity.key`. KITH_ERROR_NOT_FOUND when there is none (the remedy `kith init NAME` in the
   text); KITH_ERROR_FAILED when it is corrupt or readable by others (never regenerated). */
KithVault *kith_vault_open (const char *dir, GError **error);

/* (transfer none), for as long as the vault lives. */
const char *kith_vault_get_name (KithVault *vault);
const KithPeerKey *kith_vault_get_identity (KithVault *vault);
const KithPeerKey *kith_vault_get_device (KithVault *vault);

/* The device's Ed25519 secret as libsodium keeps it (seed 32, public 32), in guarded memory; for
   the TLS certificate only. (transfer none) */
const guint8 *kith_vault_get_device_secret (KithVault *vault);

/* A certificate of this device that is valid at @now (seconds): kept, and renewed when less than a
   day is left. Never NULL. (transfer none), until the next call of this or a
   kith_vault_sign_…(). */
const KithDeviceCert *kith_vault_get_device_cert (KithVault *vault, gint64 now);

/* Fill in the signature (and, for a reach or knock, the device certificate; whatever was there is
   replaced). FALSE and KITH_ERROR_INVALID_ARGUMENTS if the value cannot be encoded or the claim is
   not of this name and identity. @to: the identity that the knock is sealed to; the signature
   covers it. */
gboolean kith_vault_sign_claim (KithVault *vault, KithClaim *claim, GError **error);
gboolean kith_vault_sign_reach (KithVault *vault, KithReach *reach, gint64 now, GError **error);
gboolean kith_vault_sign_knock (KithVault *vault,
                                KithKnock *knock,
                                const KithPeerKey *to,
                                gint64 now,
                                GError **error);

/* Opens a sealed knock for us. FALSE: not for us, or broken. The inner bytes still have to be
   verified by kith_knock_open(). (transfer full). About 2 µs for what was not made for this
   identity. */
gboolean kith_vault_unseal (KithVault *vault, GBytes *sealed, GBytes **inner);

/* A sequence number for what we sign: microseconds since the epoch, greater than any returned
   before by this vault, so that a restart needs no file. */
guint64 kith_vault_next_seq (KithVault *vault);

/* The work of the claim, once done: nonce, difficulty and tag; kept in `claim` in the vault's
   directory. FALSE while unknown. What is kept there for another name or identity, or is corrupt,
   counts as unknown: it can be computed again. */
gboolean kith_vault_get_work (KithVault *vault,
                              guint64 *nonce,
                              guint8 *difficulty,
                              guint8 tag[KITH_TAG_LEN]);

/* Known from now on, even if FALSE and KITH_ERROR_FAILED say that it could not be kept. */
gboolean kith_vault_set_work (KithVault *vault,
                              guint64 nonce,
                              guint8 difficulty,
                              const guint8 tag[KITH_TAG_LEN],
                              GError **error);

G_END_DECLS
