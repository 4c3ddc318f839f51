/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which key was seen under which name, since when: pins that never move by themselves. */
#pragma once

#include <glib-object.h>

#include "model/peer-key.h"
#include "model/name.h"

G_BEGIN_DECLS

#define KITH_TYPE_TRUST (kith_trust_get_type ())
G_DECLARE_FINAL_TYPE (KithTrust, kith_trust, KITH, TRUST, GObject)

typedef enum { KITH_TRUST_UNKNOWN, KITH_TRUST_SEEN, KITH_TRUST_VERIFIED, KITH_TRUST_MISMATCH } KithTrustLevel;

/* Opens `trust` (a key file, 0600, written atomically) in @dir; missing: empty. Corrupt: KITH_ERROR_FAILED. */
KithTrust *kith_trust_open (const char *dir, GError **error);

/* The pinned key of @name. FALSE when there is none. */
gboolean kith_trust_get_pin (KithTrust *trust, const char *name, KithPeerKey *key);

/* UNKNOWN: neither name nor key known; SEEN or VERIFIED: this key is pinned under this name; MISMATCH: the name has another key. */
KithTrustLevel kith_trust_judge (KithTrust *trust, const char *name, const KithPeerKey *key);

/* Pins after the first answered call. KITH_ERROR_EXISTS when the name is pinned to another key. At most 10,000 pins. */
gboolean kith_trust_pin (KithTrust *trust, const char *name, const KithPeerKey *key, gint64 now, GError **error);

/* Names pinned, sorted; (transfer full). */
GStrv kith_trust_list (KithTrust *trust);

gboolean kith_trust_forget (KithTrust *trust, const char *name, GError **error);

/* "unknown", "seen", "verified", "mismatch" (static string). */
const char *kith_trust_level_word (KithTrustLevel level);

G_END_DECLS
