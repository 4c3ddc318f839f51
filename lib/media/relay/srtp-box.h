/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SRTP and SRTCP of one leg both ways, AES_CM_128_HMAC_SHA1_80 (RFC 3711), by libsrtp2. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes by which a packet may become longer, at most. */
#define KITH_SRTP_BOX_TRAILER 176

typedef struct _KithSrtpBox KithSrtpBox;

/* Keys of KITH_SRTP_KEY_LEN bytes. NULL: the library refused. Main thread. (transfer full) */
KithSrtpBox *kith_srtp_box_new (const guint8 *local_key, const guint8 *remote_key);
void kith_srtp_box_free (KithSrtpBox *box);

typedef enum {
  KITH_SRTP_OPENED,
  KITH_SRTP_KNOWN, /* its number came already: nothing is said of who sent it */
  KITH_SRTP_FORGED /* or broken */
} KithSrtpResult;

/* Opens a packet in its place; *@len becomes shorter. One thread at a time, as the next. */
KithSrtpResult kith_srtp_box_open (KithSrtpBox *box, guint8 *packet, gsize *len, gboolean is_rtcp);

/* Closes a packet in its place, which has room for KITH_SRTP_BOX_TRAILER bytes more. FALSE: it must
   not be sent, such as a second one with the same number. */
gboolean kith_srtp_box_close (KithSrtpBox *box, guint8 *packet, gsize *len, gboolean is_rtcp);

G_END_DECLS
