/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two sessions of libsrtp2: what comes, and what goes. */
#include "media/relay/srtp-box.h"

#include <srtp2/srtp.h>

#include "media/rtp/srtp-keep.h"

struct _KithSrtpBox {
  srtp_t in, out;
};

/* and the number of SRTCP */
G_STATIC_ASSERT (KITH_SRTP_BOX_TRAILER >= SRTP_MAX_TRAILER_LEN + 4);

static srtp_t
make_session (const guint8 *key, srtp_ssrc_type_t which)
{
  srtp_policy_t policy = { .key = (guint8 *)key, .window_size = 128 };
  srtp_t session = NULL;

  policy.ssrc.type = which;
  srtp_crypto_policy_set_rtp_default (&policy.rtp);
  srtp_crypto_policy_set_rtcp_default (&policy.rtcp);
  return srtp_create (&session, &policy) == srtp_err_status_ok ? session : NULL;
}

KithSrtpBox *
kith_srtp_box_new (const guint8 *local_key, const guint8 *remote_key)
{
  KithSrtpBox *box = g_new0 (KithSrtpBox, 1);

  kith_srtp_keep ();
  box->in = make_session (remote_key, ssrc_any_inbound);
  box->out = make_session (local_key, ssrc_any_outbound);
  if (box->in == NULL || box->out == NULL) {
    kith_srtp_box_free (box);
    return NULL;
  }
  return box;
}

void
kith_srtp_box_free (KithSrtpBox *box)
{
  if (box != NULL) {
    if (box->in != NULL) {
      (void)srtp_dealloc (box->in);
    }
    if (box->out != NULL) {
      (void)srtp_dealloc (box->out);
    }
    g_free (box);
  }
}

KithSrtpResult
kith_srtp_box_open (KithSrtpBox *box, guint8 *packet, gsize *len, gboolean is_rtcp)
{
  int n = (int)*len;
  srtp_err_status_t status
      = is_rtcp ? srtp_unprotect_rtcp (box->in, packet, &n) : srtp_unprotect (box->in, packet, &n);

  if (status != srtp_err_status_ok || n < 0) {
    return status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old
               ? KITH_SRTP_KNOWN
               : KITH_SRTP_FORGED;
  }
  *len = (gsize)n;
  return KITH_SRTP_OPENED;
}

gboolean
kith_srtp_box_close (KithSrtpBox *box, guint8 *packet, gsize *len, gboolean is_rtcp)
{
  int n = (int)*len;
  srtp_err_status_t status
      = is_rtcp ? srtp_protect_rtcp (box->out, packet, &n) : srtp_protect (box->out, packet, &n);

  *len = n > 0 ? (gsize)n : 0;
  return status == srtp_err_status_ok && n > 0;
}
