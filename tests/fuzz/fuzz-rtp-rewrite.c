/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds packets of several senders, and sound of our own between them, to what makes one stream of
   all. */
/* link: kith-media */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "media/relay/rtp-rewrite.h"

#define FURTHEST 3001 /* numbers from the newest one */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static gboolean
step (KithRtpRewriter *rewriter, const guint8 *data, gsize len, gint64 now_us, KithRtpHeader *out)
{
  KithRtpHeader in;

  if ((data[0] & 7) == 0) {
    kith_rtp_rewriter_make (rewriter, data[1] * 8, 8000, now_us, out);
    out->payload = data;
    out->payload_len = 1;
    return TRUE;
  }
  if ((data[0] & 7) == 1) {
    kith_rtp_rewriter_part (rewriter);
  }
  if (!kith_rtp_parse (data + 2, len - 2, TRUE, &in)) {
    return FALSE;
  }
  if ((data[0] & 7) == 2) {
    kith_rtp_rewriter_press (rewriter, &in, out);
    return TRUE;
  }
  return kith_rtp_rewriter_follow (rewriter, &in, data[0] & 8 ? 48000 : 8000, now_us, out);
}

/* The input is a row of steps: length, what (1), time that passes (1), packet. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  KithRtpRewriter rewriter;
  guint8 packet[KITH_RTP_MAX_PACKET];
  gint64 now_us = 1;

  kith_rtp_rewriter_init (&rewriter, 7, 65000, 1000);
  while (size > 3) {
    gsize len = 2 + MIN ((gsize)data[0], size - 3);
    KithRtpHeader out;
    guint16 newest = rewriter.seq;
    now_us += data[2] * 1000;
    if (step (&rewriter, data + 1, len, now_us, &out)) {
      gint16 ahead = (gint16)(out.seq - newest);
      gsize written = kith_rtp_write (&out, packet);
      if (out.ssrc != 7 || ahead > FURTHEST || ahead < -FURTHEST
          || written != KITH_RTP_HEADER + out.payload_len) {
        abort ();
      }
    }
    data += 1 + len;
    size -= 1 + len;
  }
  return 0;
}
