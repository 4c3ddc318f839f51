/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells on the main thread whether a protected packet is the peer's, before the graph opens it in its own time. */
#pragma once

#include "ports/media-maker.h"

G_BEGIN_DECLS

/* The peer's key, and what came under it so far. Main thread. */
typedef struct _KithSrtpCheck KithSrtpCheck;

/* For packets that were protected with @key (AES_CM_128_HMAC_SHA1_80, RFC 3711). NULL when libsrtp refuses: then nothing is known of any
   packet. (transfer full) */
KithSrtpCheck *kith_srtp_check_new (const guint8 key[KITH_SRTP_KEY_LEN]);
void kith_srtp_check_free (KithSrtpCheck *judge);

/* TRUE when @data (RTP, or RTCP with @is_rtcp) carries the peer's authentication and was not seen before, or was so within the last half
   second, as when the peer sends everything over two paths. */
gboolean
kith_srtp_check_is_peers (KithSrtpCheck *judge, const guint8 *data, gsize len, gboolean is_rtcp);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithSrtpCheck, kith_srtp_check_free)

G_END_DECLS
