/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two ways in which a value is wrapped for the DHT, whatever is inside. */
#pragma once

#include <glib.h>

#include "model/names/record.h"

G_BEGIN_DECLS

/* Under a shared key: version 1, random nonce 24, XChaCha20-Poly1305 (tag 16) with the version as
   associated data. NULL and KITH_ERROR_INVALID_ARGUMENTS if the result would be longer than
   KITH_RECORD_MAX. (transfer full) */
GBytes *kith_envelope_close (const guint8 key[32], const guint8 *plain, gsize len, GError **error);

/* Opens into @plain; its length, or -1 if this was not made with @key. About 2 µs for garbage. */
gssize kith_envelope_open (const guint8 key[32], GBytes *sealed, guint8 plain[KITH_RECORD_MAX]);

/* To one identity: version 1, check 8, sealed box 48 + n to the Curve25519 form of @to. The check
   is SipHash-2-4 under a key that follows from @to: who does not know the identity cannot make the
   owner do the costly key agreement. Errors as above, and KITH_ERROR_INVALID_ARGUMENTS if @to is no
   valid key. (transfer full) */
GBytes *
kith_envelope_address (const KithPeerKey *to, const guint8 *plain, gsize len, GError **error);

/* @secret: the Curve25519 secret of @to. The length in @plain, or -1. About 2 µs for what fails the
   check. */
gssize kith_envelope_receive (const KithPeerKey *to,
                              const guint8 secret[32],
                              GBytes *sealed,
                              guint8 plain[KITH_RECORD_MAX]);

G_END_DECLS
