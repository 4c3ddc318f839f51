/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a TURN client needs beside the messages themselves: integrity by long-term credentials, and
   messages of a stream. */
#pragma once

#include "model/net/stun.h"

G_BEGIN_DECLS

#define KITH_TURN_KEY_MAX 32

/* The key of long-term credentials (RFC 8489 sections 9.2.2 and 18.5). */
typedef struct {
  gboolean sha256; /* the server offered it: key and integrity are made with it; else MD5, SHA-1 */
  gsize len;
  guint8 bytes[KITH_TURN_KEY_MAX];
} KithTurnKey;

/* Makes the key of @user and @password in @realm. Any thread. */
void kith_turn_key_derive (KithTurnKey *key,
                           gboolean sha256,
                           const char *user,
                           const KithStunBytes *realm,
                           const char *password);

/* TRUE when the integrity of @message, decoded from @data, was made with @key. Any thread. */
gboolean kith_turn_message_is_authentic (const guint8 *data,
                                         const KithStun *message,
                                         const KithTurnKey *key);

/* Adds the integrity to the message of @len bytes in @data. Returns its new length; 0 when it does
   not fit @room, or @len is 0. Any thread. */
gsize kith_turn_message_seal (guint8 *data, gsize len, gsize room, const KithTurnKey *key);

/* How many bytes the first message of a stream has (RFC 8656 section 12.5: STUN, or channel data
   with its padding): 0 when that cannot be said yet, G_MAXSIZE when this is neither or larger than
   KITH_STUN_MAX. Any thread. */
gsize kith_turn_message_frame (const guint8 *data, gsize len);

/* TRUE when the first algorithm we know in PASSWORD-ALGORITHMS, strongest first, is SHA-256, and
   the nonce says that the attribute was not cut out (RFC 8489 section 9.2). Any thread. */
gboolean kith_turn_message_offers_sha256 (const KithStun *message);

G_END_DECLS
