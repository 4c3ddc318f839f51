/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session that stays. */
#include "media/rtp/srtp-keep.h"

#include <srtp2/srtp.h>

void
kith_srtp_keep (void)
{
  static srtp_t kept = NULL;
  static guint8 key[SRTP_MAX_KEY_LEN]; /* of nothing */
  srtp_policy_t policy = { .key = key, .ssrc.type = ssrc_any_inbound };

  if (kept != NULL) {
    return;
  }
  (void)srtp_init (); /* refused when GStreamer's plugin, or we, did it before */
  srtp_crypto_policy_set_rtp_default (&policy.rtp);
  srtp_crypto_policy_set_rtcp_default (&policy.rtcp);
  if (srtp_create (&kept, &policy) != srtp_err_status_ok) {
    kept = NULL;
  }
}
