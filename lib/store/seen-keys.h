/* SPDX-License-Identifier: GPL-3.0-or-later */
/* With which keys calls were answered, how often and since when: a key that was met before, under
   whatever name. */
#pragma once

#include "model/names/peer-key.h"
#include "store/database.h"

G_BEGIN_DECLS

#define KITH_SEEN_KEYS_MAX 1000 /* those of the longest ago are forgotten first */

/* One more answered call with @key, at @now (seconds since the epoch). KITH_ERROR_FAILED. */
gboolean
kith_seen_keys_add (KithDatabase *database, const KithPeerKey *key, gint64 now, GError **error);

typedef struct {
  KithPeerKey key;
  guint calls;  /* that were answered */
  gint64 since; /* seconds since the epoch: the first of them … */
  gint64 last;  /* … and the last */
} KithSeenKey;

/* All of them; what cannot be read is passed over. (transfer full) (element-type KithSeenKey),
   owned by the array; KITH_ERROR_FAILED. */
GPtrArray *kith_seen_keys_load (KithDatabase *database, GError **error);

/* Forgets all. KITH_ERROR_FAILED. */
gboolean kith_seen_keys_clear (KithDatabase *database, GError **error);

G_END_DECLS
