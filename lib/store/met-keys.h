/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys with which calls were answered, at hand without asking the disk. */
#pragma once

#include "model/names/peer-key.h"
#include "store/store.h"

G_BEGIN_DECLS

/* Main thread. */
typedef struct _KithMetKeys KithMetKeys;

/* What @store has of them; to be made before its start. (transfer full), or NULL and the error of
   the database. */
KithMetKeys *kith_met_keys_new (KithStore *store, GError **error);
void kith_met_keys_free (KithMetKeys *met);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithMetKeys, kith_met_keys_free)

/* How many calls with @key were answered. @since (out): when the first of them was, in seconds
   since the epoch; 0: there was none. */
guint kith_met_keys_get (KithMetKeys *met, const KithPeerKey *key, gint64 *since);

/* One more at @now (seconds since the epoch), and has it kept. That it cannot be is told in the
   log, under @log_id. */
void kith_met_keys_add (KithMetKeys *met, const KithPeerKey *key, gint64 now, const char *log_id);

/* Forgets all, once the store did. */
void kith_met_keys_clear (KithMetKeys *met);

G_END_DECLS
