/* SPDX-License-Identifier: GPL-3.0-or-later */
/* With which keys calls were answered, how often and since when: a key that was met before, under whatever name. */
#pragma once

#include "model/names/peer-key.h"
#include "store/database.h"

G_BEGIN_DECLS

#define KITH_SEEN_KEYS_MAX 1000 /* those of the longest ago are forgotten first */

/* One more answered call with @key, at @now (seconds since the epoch). KITH_ERROR_FAILED. */
gboolean
kith_seen_keys_add (KithDatabase *database, const KithPeerKey *key, gint64 now, GError **error);

/* How many calls with @key were answered: 0 when there was none, or it cannot be read. @since (out): when the first of them was. */
guint kith_seen_keys_get (KithDatabase *database, const KithPeerKey *key, gint64 *since);

/* Forgets all. KITH_ERROR_FAILED. */
gboolean kith_seen_keys_clear (KithDatabase *database, GError **error);

G_END_DECLS
