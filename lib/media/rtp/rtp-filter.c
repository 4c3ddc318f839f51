/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Header parsing with lengths checked, the SSRC gate, and the receiver's counts. */
#include "media/rtp/rtp-filter.h"

#include <string.h>

#define RTP_HEADER 12
#define RTCP_HEADER 8
#define RTCP_SR 200
#define RTCP_RR 201
#define SLOT_FREE_US (60 * G_USEC_PER_SEC)
#define TWIN_US ((gint64)500 * 1000)
#define MAX_DROPOUT 3000
#define MAX_MISORDER 100
#define MAX_JITTER_STEP_US (2 * G_USEC_PER_SEC)

static guint16
read16 (const guint8 *p)
{
  return (guint16)(p[0] << 8 | p[1]);
}

static guint32
read32 (const guint8 *p)
{
  return (guint32)p[0] << 24 | (guint32)p[1] << 16 | (guint32)p[2] << 8 | p[3];
}

gboolean
kith_rtp_is_rtcp (const guint8 *data, gsize len)
{
  return len >= 2 && data[1] >= 192 && data[1] <= 223;
}

gboolean
kith_rtp_parse (const guint8 *data, gsize len, gboolean plain, KithRtpHeader *header)
{
  if (len < RTP_HEADER || len > KITH_RTP_MAX_PACKET || data[0] >> 6 != 2) {
    return FALSE;
  }
  gsize at = RTP_HEADER + 4u * (data[0] & 0x0f);
  if ((data[0] & 0x10) != 0) {
    if (at + 4 > len) {
      return FALSE;
    }
    at += 4 + 4u * read16 (data + at + 2);
  }
  if (at >= len) {
    return FALSE;
  }
  gsize padding = plain && (data[0] & 0x20) != 0 ? data[len - 1] : 0;
  if ((plain && (data[0] & 0x20) != 0 && padding == 0) || padding >= len - at) {
    return FALSE;
  }
  header->marker = (data[1] & 0x80) != 0;
  header->pt = data[1] & 0x7f;
  header->seq = read16 (data + 2);
  header->timestamp = read32 (data + 4);
  header->ssrc = read32 (data + 8);
  header->payload = data + at;
  header->payload_len = len - at - padding;
  return TRUE;
}

gboolean
kith_rtcp_check (const guint8 *data, gsize len)
{
  gsize at = 0;

  if (len < RTCP_HEADER || len > KITH_RTP_MAX_PACKET
      || (data[1] != RTCP_SR && data[1] != RTCP_RR)) {
    return FALSE;
  }
  guint32 ssrc = read32 (data + 4);
  while (at < len) {
    if (at + 4 > len || data[at] >> 6 != 2 || !kith_rtp_is_rtcp (data + at, len - at)) {
      return FALSE;
    }
    gsize size = 4 * ((gsize)read16 (data + at + 2) + 1);
    gboolean report = data[at + 1] == RTCP_SR || data[at + 1] == RTCP_RR;
    gsize least = !report ? 4 : (data[at + 1] == RTCP_SR ? 28 : 8) + 24u * (data[at] & 0x1f);
    if (size > len - at || size < least || (report && read32 (data + at + 4) != ssrc)) {
      return FALSE;
    }
    at += size;
  }
  return TRUE;
}

gboolean
kith_ssrc_gate_admit (KithSsrcGate *gate, guint32 ssrc, gint64 now_us)
{
  guint oldest = 0;

  if (ssrc == gate->own) {
    return FALSE;
  }
  if (gate->announced != 0 && ssrc == gate->announced) {
    return TRUE;
  }
  for (guint i = 0; i < gate->n_slots; i++) {
    if (gate->slots[i].ssrc == ssrc) {
      gate->slots[i].seen_us = now_us;
      return TRUE;
    }
    if (gate->slots[i].seen_us < gate->slots[oldest].seen_us) {
      oldest = i;
    }
  }
  if (gate->n_slots < KITH_SSRC_SLOTS) {
    oldest = gate->n_slots++;
  } else if (now_us - gate->slots[oldest].seen_us < SLOT_FREE_US) {
    return FALSE;
  }
  gate->slots[oldest].ssrc = ssrc;
  gate->slots[oldest].seen_us = now_us;
  return TRUE;
}

void
kith_packet_twins_add (KithPacketTwins *twins, const guint8 *data, gsize len, gint64 now_us)
{
  if (len >= KITH_TWIN_TAG_LEN) {
    guint place = twins->next++ % KITH_TWIN_TAGS;
    memcpy (twins->seen[place].tag, data + len - KITH_TWIN_TAG_LEN, KITH_TWIN_TAG_LEN);
    twins->seen[place].seen_us = now_us;
  }
}

gboolean
kith_packet_twins_know (const KithPacketTwins *twins, const guint8 *data, gsize len, gint64 now_us)
{
  for (guint i = 0; i < KITH_TWIN_TAGS && len >= KITH_TWIN_TAG_LEN; i++) {
    if (twins->seen[i].seen_us != 0 && now_us - twins->seen[i].seen_us < TWIN_US
        && memcmp (twins->seen[i].tag, data + len - KITH_TWIN_TAG_LEN, KITH_TWIN_TAG_LEN) == 0) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
begin_ssrc (KithRtpCounter *counter, const KithRtpHeader *header)
{
  if (counter->begun) {
    counter->lost_before = kith_rtp_counter_lost (counter);
  }
  counter->begun = TRUE;
  counter->ssrc = header->ssrc;
  counter->base_seq = header->seq;
  counter->max_seq = header->seq;
  counter->cycles = 0;
  counter->received_of_ssrc = 0;
  counter->last_arrival_us = 0;
}

static void
count_seq (KithRtpCounter *counter, const KithRtpHeader *header)
{
  guint16 ahead = (guint16)(header->seq - counter->max_seq);

  if (ahead < MAX_DROPOUT) {
    if (header->seq < counter->max_seq) {
      counter->cycles += 1u << 16;
    }
    counter->max_seq = header->seq;
  } else if (ahead <= 65536 - MAX_MISORDER) {
    begin_ssrc (counter, header); /* a jump: the sender began anew */
  }
}

/* The index of a packet is the one nearest to the last one. */
static void
count_rollover (KithRtpCounter *counter, guint16 seq)
{
  if ((guint16)(seq - counter->roc_seq) < 0x8000) {
    counter->roc += seq < counter->roc_seq ? 1 : 0;
    counter->roc_seq = seq;
  }
}

static void
count_jitter (KithRtpCounter *counter, const KithRtpHeader *header, gint64 arrival_us, guint clock)
{
  if (counter->last_arrival_us != 0 && clock != 0 && header->timestamp != counter->last_timestamp) {
    gint64 sent
        = (gint64)(gint32)(header->timestamp - counter->last_timestamp) * G_USEC_PER_SEC / clock;
    gint64 step = ABS (arrival_us - counter->last_arrival_us - sent);
    if (step < MAX_JITTER_STEP_US) {
      counter->jitter_us += ((double)step - counter->jitter_us) / 16.0;
    }
  }
  counter->last_arrival_us = arrival_us;
  counter->last_timestamp = header->timestamp;
}

void
kith_rtp_counter_add (KithRtpCounter *counter,
                      const KithRtpHeader *header,
                      gsize len,
                      gint64 arrival_us,
                      guint clock)
{
  if (!counter->begun || counter->ssrc != header->ssrc) {
    begin_ssrc (counter, header);
    counter->roc = 0;
    counter->roc_seq = header->seq;
  } else {
    count_seq (counter, header);
    count_rollover (counter, header->seq);
  }
  counter->received++;
  counter->received_of_ssrc++;
  counter->bytes += len;
  count_jitter (counter, header, arrival_us, clock);
}

static guint64
expected_of_ssrc (const KithRtpCounter *counter)
{
  return counter->begun ? (guint64)counter->cycles + counter->max_seq - counter->base_seq + 1 : 0;
}

guint64
kith_rtp_counter_lost (const KithRtpCounter *counter)
{
  guint64 expected = expected_of_ssrc (counter);

  return counter->lost_before
         + (expected > counter->received_of_ssrc ? expected - counter->received_of_ssrc : 0);
}

guint64
kith_rtp_counter_expected (const KithRtpCounter *counter)
{
  return counter->received + kith_rtp_counter_lost (counter);
}

char
kith_tone_reader_feed (KithToneReader *reader, const KithRtpHeader *header)
{
  static const char digits[] = "0123456789*#ABCD";

  if (header->payload_len < 4 || header->payload[0] >= sizeof digits - 1) {
    return 0;
  }
  if (reader->begun && reader->timestamp == header->timestamp && reader->ssrc == header->ssrc) {
    return 0;
  }
  reader->begun = TRUE;
  reader->timestamp = header->timestamp;
  reader->ssrc = header->ssrc;
  return digits[header->payload[0]];
}
