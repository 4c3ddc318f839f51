/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work and tags: the memory-hard hash that binds a name to a key (design: names and records). */
#pragma once

#include <gio/gio.h>

#include "model/record.h"

G_BEGIN_DECLS

#define KITH_WORK_BITS 10 /* zero bits asked for on the public network */

/* One evaluation, 41 ms and 64 MiB: h = Argon2id ("kith1" ‖ name ‖ key ‖ nonce). FALSE when memory is short. Any thread. */
gboolean kith_work_evaluate (const char *name, const KithPeerKey *key, guint64 nonce, guint8 hash[32]);

/* Zero bits at the head of @hash; the tag of @hash at @difficulty: the next 40 bits after these. */
guint kith_work_bits (const guint8 hash[32]);
void kith_work_tag (const guint8 hash[32], guint8 difficulty, guint8 tag[KITH_TAG_LEN]);

/* Counts nonces from 0 in a thread of low priority until @difficulty bits are zero. */
void kith_work_find_async (const char *name, const KithPeerKey *key, guint8 difficulty, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
gboolean kith_work_find_finish (GAsyncResult *result, guint64 *nonce, guint8 tag[KITH_TAG_LEN], GError **error);

/* Evaluates a claim's work in a thread and gives its tag; KITH_ERROR_UNTRUSTED when the work does not hold. */
void kith_work_check_async (const KithClaim *claim, guint8 least_difficulty, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data);
gboolean kith_work_check_finish (GAsyncResult *result, guint8 tag[KITH_TAG_LEN], GError **error);

G_END_DECLS
