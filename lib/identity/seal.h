/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sealing and opening of DHT records, and the locations where they are kept. */
#pragma once

#include <glib.h>

#include "model/record.h"

G_BEGIN_DECLS

#define KITH_TIME_TOLERANCE 600 /* seconds of clock difference forgiven */

/* Locations (H160) and keys: everything that is derived from a name or an identity key (reach = public). The slow part of a name
   (Argon2id, small parameters, under 5 ms) is done once by kith_name_secret(). @epoch: days since the epoch, UTC. */
void kith_name_secret (const char *name, guint8 secret[32]);
void kith_claim_location (const guint8 name_secret[32], guint8 location[KITH_LOCATION_LEN]);
void kith_reach_location (const KithPeerKey *identity, gint64 epoch, guint replica, guint8 location[KITH_LOCATION_LEN]);
void kith_inbox_location (const KithPeerKey *identity, gint64 epoch, guint8 location[KITH_LOCATION_LEN]);

/* Sealed values of at most KITH_RECORD_MAX bytes: version 1 byte, random nonce 24, XChaCha20-Poly1305. (transfer full), NULL and an error. */
GBytes *kith_claim_seal (const KithClaim *claim, const guint8 name_secret[32], GError **error);
GBytes *kith_reach_seal (const KithReach *reach, GError **error);

/* Sealed box (crypto_box_seal) to the Curve25519 form of @to, with a version byte. */
GBytes *kith_knock_seal (const KithKnock *knock, const KithPeerKey *to, GError **error);

/* Reader's order: size → version → AEAD → identity → certificate → signature → time. FALSE and KITH_ERROR_PROTOCOL (garbage, the common case:
   cheap), KITH_ERROR_UNTRUSTED (signature, certificate, identity) or KITH_ERROR_TIMED_OUT (expired or from the future). @now: seconds. */
gboolean kith_claim_open (GBytes *sealed, const char *name, const guint8 name_secret[32], gint64 now, KithClaim *claim, GError **error);
gboolean kith_reach_open (GBytes *sealed, const KithPeerKey *identity, gint64 now, KithReach *reach, GError **error);

/* @inner comes from kith_vault_unseal(). Verifies certificate, signature and time (±60 s against replay beyond that). */
gboolean kith_knock_open (GBytes *inner, gint64 now, KithKnock *knock, GError **error);

/* Signature of the identity, validity at @now. */
gboolean kith_device_cert_verify (const KithDeviceCert *cert, gint64 now, GError **error);

G_END_DECLS
