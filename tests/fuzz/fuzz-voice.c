/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds payloads of a peer to what reads copies in packets, to the jitter buffer and to the
   decoders. */
/* link: kith-media */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "media/codec/red-payload.h"
#include "media/playout/playout.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static guint
push (KithPlayout *playout, const guint8 *head, const guint8 *payload, gsize len, gint64 now_us)
{
  static const KithCodecId codecs[]
      = { KITH_CODEC_OPUS, KITH_CODEC_PCMU, KITH_CODEC_PCMA, KITH_CODEC_TELEPHONE_EVENT };
  guint32 timestamp = (guint32)head[2] << 24 | (guint32)head[3] << 16 | (guint32)head[4] << 8;
  KithRedBlock blocks[KITH_RED_MAX_COPIES + 1] = { { 96, timestamp, payload, len } };
  guint n = 1;

  if ((head[1] & 4) != 0) {
    n = kith_red_read (payload, len, timestamp, blocks);
  }
  for (guint i = 0; i < n; i++) {
    if (blocks[i].data < payload || blocks[i].data + blocks[i].len > payload + len) {
      abort ();
    }
    KithPlayoutPacket packet
        = { .codec = (head[1] & 8) != 0 ? KITH_CODEC_G722 : codecs[head[1] & 3],
            .ssrc = head[1] >> 6,
            .timestamp = blocks[i].timestamp,
            .payload = blocks[i].data,
            .len = blocks[i].len,
            .is_copy = i > 0,
            .arrival_us = now_us };
    (void)kith_playout_push (playout, &packet);
  }
  return n;
}

/* The input is a row of packets: length, codec and SSRC, timestamp (3), time that passes (1),
   payload. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static gint16 sound[KITH_PLAYOUT_SAMPLES];
  g_autoptr (KithPlayout) playout = kith_playout_new (40);
  gint64 now_us = G_USEC_PER_SEC;
  KithPlayoutStats stats;

  while (size > 6) {
    gsize len = MIN ((gsize)data[0] * 4, size - 6);
    (void)push (playout, data, data + 6, len, now_us);
    now_us += (gint64)data[5] * 2000;
    for (guint i = 0; i < 40 && kith_playout_get_due (playout) <= now_us; i++) {
      gsize n = kith_playout_pull (playout, now_us, sound);
      if (n == 0 || n > KITH_PLAYOUT_SAMPLES) {
        abort ();
      }
    }
    kith_playout_get_stats (playout, &stats);
    data += 6 + len;
    size -= 6 + len;
  }
  return 0;
}
