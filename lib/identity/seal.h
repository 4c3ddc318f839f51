/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sealing and opening of DHT records, and the locations where they are kept. */
#pragma once

#include <glib.h>

#include "model/names/record.h"

G_BEGIN_DECLS

#define KITH_TIME_TOLERANCE 600 /* seconds of clock difference forgiven */
#define KITH_KNOCK_TOLERANCE 60 /* seconds that a knock lives in either direction */
#define KITH_DEVICE_CERT_LIFE (7 * 24 * 60 * 60) /* seconds, at most */

/* Everything here is a pure function of its arguments (sealing: and of randomness) and may be
   called from any thread after kith_identity_init(). Keys and locations are BLAKE2b, keyed and with
   a label of their own (identity/derive.h). */

/* The slow part of a name: Argon2id, one pass over 1 MiB, the salt fixed to the first 16 bytes of
   BLAKE2b ("kith1 name"); about 1 ms, so do it once per look-up. @name: normal form. Without memory
   for it: random bytes, where nobody will be found. */
void kith_name_secret (const char *name, guint8 secret[32]);

/* Where records are kept (H160). @epoch: days since 1970-01-01 UTC; @replica counts from 0. The
   reach record's place follows from the identity key alone (reach = public). */
void kith_claim_location (const guint8 name_secret[32], guint8 location[KITH_LOCATION_LEN]);
void kith_reach_location (const KithPeerKey *identity,
                          gint64 epoch,
                          guint replica,
                          guint8 location[KITH_LOCATION_LEN]);
void
kith_inbox_location (const KithPeerKey *identity, gint64 epoch, guint8 location[KITH_LOCATION_LEN]);

/* The same two beside a claim: the places of a copy of the reach record, and of an inbox, that
   follow from the name, so that a caller who knows nothing but the name can ask for all of it at
   once. */
void kith_name_reach_location (const guint8 name_secret[32], guint8 location[KITH_LOCATION_LEN]);
void kith_name_inbox_location (const guint8 name_secret[32],
                               gint64 epoch,
                               guint8 location[KITH_LOCATION_LEN]);

/* Sealed values of at most KITH_RECORD_MAX bytes: version 1 byte, random nonce 24,
   XChaCha20-Poly1305. The value must be signed already (kith_vault_sign_claim(),
   kith_vault_sign_reach()). (transfer full), or NULL and KITH_ERROR_INVALID_ARGUMENTS. */
GBytes *kith_claim_seal (const KithClaim *claim, const guint8 name_secret[32], GError **error);
GBytes *kith_reach_seal (const KithReach *reach, GError **error);

/* The same signed record, sealed under a key from the name, for kith_name_reach_location(). */
GBytes *
kith_reach_seal_for_name (const KithReach *reach, const guint8 name_secret[32], GError **error);

/* Version 1 byte, check 8, sealed box (crypto_box_seal) to the Curve25519 form of @to, for whom
   kith_vault_sign_knock() signed it. (transfer full), or NULL and KITH_ERROR_INVALID_ARGUMENTS. */
GBytes *kith_knock_seal (const KithKnock *knock, const KithPeerKey *to, GError **error);

/* Reader's order: size → version → AEAD → form → identity → times → certificate → signature; the
   sequence is the caller's to compare. Times come before the signatures so that what is merely old
   costs no curve arithmetic. FALSE, the result untouched, and KITH_ERROR_PROTOCOL (garbage, the
   common case: a few µs), KITH_ERROR_UNTRUSTED (name, identity, certificate, signature) or
   KITH_ERROR_TIMED_OUT (expired or from the future by more than KITH_TIME_TOLERANCE). @now: seconds
   since the epoch. */
gboolean kith_claim_open (GBytes *sealed,
                          const char *name,
                          const guint8 name_secret[32],
                          gint64 now,
                          KithClaim *claim,
                          GError **error);
gboolean kith_reach_open (GBytes *sealed,
                          const KithPeerKey *identity,
                          gint64 now,
                          KithReach *reach,
                          GError **error);

/* A copy from kith_name_reach_location(), believed only for @identity, whose claim was verified
   before. */
gboolean kith_reach_open_for_name (GBytes *sealed,
                                   const guint8 name_secret[32],
                                   const KithPeerKey *identity,
                                   gint64 now,
                                   KithReach *reach,
                                   GError **error);

/* @inner comes from kith_vault_unseal() of the identity @to: the signature covers @to, so that a
   knock cannot be passed on to a third. Verifies form, time (±60 s against replay beyond that),
   certificate and signature; errors as above. Two copies within the minute are the caller's to
   notice. */
gboolean kith_knock_open (GBytes *inner,
                          const KithPeerKey *to,
                          gint64 now,
                          KithKnock *knock,
                          GError **error);

/* Validity at @now (KITH_ERROR_TIMED_OUT), at most seven days and signed by the identity that it
   names (KITH_ERROR_UNTRUSTED). The caller compares that identity with the one that it expects. Any
   thread; 52 µs. */
gboolean kith_device_cert_verify (const KithDeviceCert *cert, gint64 now, GError **error);

G_END_DECLS
