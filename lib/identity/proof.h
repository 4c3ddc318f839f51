/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work and tags: the memory-hard hash that binds a name to a key (design: names and records). */
#pragma once

#include <gio/gio.h>

#include "model/names/record.h"

G_BEGIN_DECLS

#define KITH_WORK_BITS 10      /* zero bits asked for on the public network */
#define KITH_WORK_BITS_MAX 176 /* beyond it the hash has no room for tag and digits */

/* One evaluation, 41 ms and 64 MiB: h = Argon2id ("kith1" ‖ name ‖ key ‖ nonce 64 bits big-endian),
   one pass, the salt fixed to the first 16 bytes of BLAKE2b ("kith1 name work"). @name: normal
   form. FALSE when memory is short. Any thread. */
gboolean
kith_work_evaluate (const char *name, const KithPeerKey *key, guint64 nonce, guint8 hash[32]);

/* Zero bits at the head of @hash; the tag of @hash at @difficulty (at most KITH_WORK_BITS_MAX): the
   next 40 bits after these. */
guint kith_work_bits (const guint8 hash[32]);
void kith_work_tag (const guint8 hash[32], guint8 difficulty, guint8 tag[KITH_TAG_LEN]);

/* Counts nonces from 0 in a thread of its own, of low priority unless @difficulty is 0, until
   @difficulty bits are zero: the same name, key and difficulty always give the same nonce.
   @callback comes in the thread-default main context of the caller; after g_cancellable_cancel() at
   once with KITH_ERROR_CANCELLED, though the thread ends its evaluation first. */
void kith_work_find_async (const char *name,
                           const KithPeerKey *key,
                           guint8 difficulty,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);

/* KITH_ERROR_CANCELLED, KITH_ERROR_INVALID_ARGUMENTS (difficulty) or KITH_ERROR_LIMIT_REACHED
   (memory). */
gboolean kith_work_find_finish (GAsyncResult *result,
                                guint64 *nonce,
                                guint8 tag[KITH_TAG_LEN],
                                GError **error);

/* Evaluates a claim's work in a thread (at most two at a time, the others wait) and gives its tag;
   KITH_ERROR_UNTRUSTED, where possible without an evaluation, when there is no work, less than
   @least_difficulty, or it does not prove what the claim says. */
void kith_work_check_async (const KithClaim *claim,
                            guint8 least_difficulty,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);

/* KITH_ERROR_UNTRUSTED, KITH_ERROR_CANCELLED or KITH_ERROR_LIMIT_REACHED (memory); @tag is only
   filled on success. */
gboolean kith_work_check_finish (GAsyncResult *result, guint8 tag[KITH_TAG_LEN], GError **error);

G_END_DECLS
