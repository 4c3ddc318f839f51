/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which key was seen under which name, since when: pins that never move by themselves. */
#pragma once

#include <glib-object.h>

#include "model/names/name.h"
#include "model/names/peer-key.h"

G_BEGIN_DECLS

/* Owning thread only. A change is one of memory: whoever makes it has a copy written by
   kith_trust_copy_write(), on a thread that may wait for the disk. */
#define KITH_TYPE_TRUST (kith_trust_get_type ())
G_DECLARE_FINAL_TYPE (KithTrust, kith_trust, KITH, TRUST, GObject)

#define KITH_TRUST_PINS_MAX 10000

typedef enum {
  KITH_TRUST_UNKNOWN,
  KITH_TRUST_SEEN,
  KITH_TRUST_VERIFIED,
  KITH_TRUST_MISMATCH
} KithTrustLevel;

/* Opens `trust` (a key file, 0600, written atomically) in @dir; missing: empty. KITH_ERROR_FAILED
   if it is corrupt, too long or open to
   others: it is left as it is. */
KithTrust *kith_trust_open (const char *dir, GError **error);

/* The pinned key of @name. FALSE when there is none. */
gboolean kith_trust_get_pin (KithTrust *trust, const char *name, KithPeerKey *key);

/* When @name was pinned, in seconds since the epoch; 0 when it is not. */
gint64 kith_trust_get_since (KithTrust *trust, const char *name);

/* UNKNOWN: no key is pinned under this name (or @name is NULL); SEEN or VERIFIED: this key is;
   MISMATCH: another one is. */
KithTrustLevel kith_trust_judge (KithTrust *trust, const char *name, const KithPeerKey *key);

/* Pins after the first answered call; the same key again is no change. @name: normal form
   (KITH_ERROR_INVALID_ARGUMENTS). KITH_ERROR_EXISTS when the name is pinned to another key,
   KITH_ERROR_LIMIT_REACHED after KITH_TRUST_PINS_MAX pins. */
gboolean kith_trust_pin (KithTrust *trust,
                         const char *name,
                         const KithPeerKey *key,
                         gint64 now,
                         GError **error);

/* Marks a pin as verified by the people themselves. KITH_ERROR_NOT_FOUND unless @key is pinned
   under @name. */
gboolean
kith_trust_verify (KithTrust *trust, const char *name, const KithPeerKey *key, GError **error);

/* A name that is pinned to @key: @preferred if it is one (nullable), else the one that was pinned
   first; NULL: none. (transfer none), until the pins change. */
const char *kith_trust_find_name (KithTrust *trust, const KithPeerKey *key, const char *preferred);

/* Names pinned, sorted; (transfer full). */
GStrv kith_trust_list (KithTrust *trust);

/* KITH_ERROR_NOT_FOUND when there is no pin. */
gboolean kith_trust_forget (KithTrust *trust, const char *name, GError **error);

/* All pins as they are now, for any one thread. */
typedef struct _KithTrustCopy KithTrustCopy;

/* (transfer full) */
KithTrustCopy *kith_trust_copy (KithTrust *trust);
void kith_trust_copy_free (KithTrustCopy *copy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithTrustCopy, kith_trust_copy_free)

/* Writes the file anew and waits until it is on the disk. Any thread; copies of one list are
   written in the order in which they were made. KITH_ERROR_FAILED: the old file stays. */
gboolean kith_trust_copy_write (const KithTrustCopy *copy, GError **error);

/* A name taken by a key, another one given up: what was changed in memory, so that it can be taken
   back. */
typedef struct _KithTrustMove KithTrustMove;

/* Pins @to (nullable) to @key, unless it is already, as verified if @from was, and forgets @from
   (nullable) if it is pinned to @key. (transfer full), or NULL and the error of kith_trust_pin():
   then nothing changed. */
KithTrustMove *kith_trust_move (KithTrust *trust,
                                const char *from,
                                const char *to,
                                const KithPeerKey *key,
                                gint64 now,
                                GError **error);

/* Takes @move back; other pins that changed meanwhile stay. */
void kith_trust_move_back (KithTrust *trust, const KithTrustMove *move);
void kith_trust_move_free (KithTrustMove *move);

/* "unknown", "seen", "verified", "mismatch" (static string). */
const char *kith_trust_level_word (KithTrustLevel level);

G_END_DECLS
