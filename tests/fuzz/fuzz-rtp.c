/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds packets to the checks that stand before the audio graph: RTP, RTCP, SSRC gate, counters,
   key presses. */
/* link: kith-media */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "media/rtp/rtp-filter.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* The input is a row of packets, each after its length in two bytes. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  KithSsrcGate gate = { .own = 1, .announced = 2 };
  KithRtpCounter counter = { 0 };
  KithToneReader tones = { 0 };
  gint64 now_us = 1;

  while (size > 2) {
    gsize len = MIN ((gsize)data[0] << 8 | data[1], size - 2);
    const guint8 *packet = data + 2;
    KithRtpHeader header;
    data += 2 + len;
    size -= 2 + len;
    now_us += 20000;
    if (kith_rtp_is_rtcp (packet, len)) {
      (void)kith_rtcp_check (packet, len);
    }
    (void)kith_rtp_parse (packet, len, FALSE, &header);
    if (!kith_rtp_parse (packet, len, TRUE, &header)) {
      continue;
    }
    if (header.payload_len < 1 || header.payload < packet
        || header.payload + header.payload_len > packet + len) {
      abort ();
    }
    if (kith_ssrc_gate_admit (&gate, header.ssrc, now_us)) {
      kith_rtp_counter_add (&counter, &header, len, now_us, 8000);
      (void)kith_tone_reader_feed (&tones, &header);
    }
    if (gate.n_slots > KITH_SSRC_SLOTS || kith_rtp_counter_expected (&counter) < counter.received) {
      abort ();
    }
  }
  return 0;
}
