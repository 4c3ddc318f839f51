/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two shifts, chosen anew whenever another source is followed. */
#include "media/relay/rtp-rewrite.h"

#include <string.h>

#define MAX_AHEAD 3000 /* RFC 3550 A.1: a minute of packets */

void
kith_rtp_rewriter_init (KithRtpRewriter *rewriter, guint32 ssrc, guint16 seq, guint32 timestamp)
{
  *rewriter = (KithRtpRewriter){ .ssrc = ssrc, .seq = seq, .timestamp = timestamp };
}

void
kith_rtp_rewriter_part (KithRtpRewriter *rewriter)
{
  rewriter->bound = KITH_REWRITER_NOBODY;
  rewriter->has_rival = FALSE;
  rewriter->has_tone = FALSE;
}

/* The timestamp of what is said now, on another time line than what was said before. */
static guint32
stamp_now (const KithRtpRewriter *rewriter, guint clock, gint64 now_us)
{
  gint64 gone_us = rewriter->sent_us != 0 ? MAX (now_us - rewriter->sent_us, 0) : 0;

  return rewriter->timestamp + (guint32)MAX (gone_us * clock / G_USEC_PER_SEC, 1);
}

static void
note_sent (KithRtpRewriter *rewriter, const KithRtpHeader *out, gint64 now_us)
{
  rewriter->seq = out->seq;
  rewriter->timestamp = out->timestamp;
  rewriter->sent_us = now_us;
}

static void
bind_to (KithRtpRewriter *rewriter, const KithRtpHeader *in, guint clock, gint64 now_us)
{
  rewriter->bound = KITH_REWRITER_SOURCE;
  rewriter->source = in->ssrc;
  rewriter->clock = clock;
  rewriter->newest = in->seq;
  rewriter->span = 0;
  rewriter->seq_shift = (guint16)(rewriter->seq + 1 - in->seq);
  rewriter->stamp_shift = stamp_now (rewriter, clock, now_us) - in->timestamp;
  rewriter->has_rival = FALSE;
}

/* Where in the source's row it stands: a packet before the first that was followed has no place. */
static gboolean
has_place (const KithRtpRewriter *rewriter, const KithRtpHeader *in, guint clock)
{
  guint16 ahead = (guint16)(in->seq - rewriter->newest);
  guint16 behind = (guint16)(rewriter->newest - in->seq);

  return rewriter->bound == KITH_REWRITER_SOURCE && in->ssrc == rewriter->source
         && clock == rewriter->clock
         && (ahead <= MAX_AHEAD || (behind <= MAX_AHEAD && behind <= rewriter->span));
}

/* TRUE when somebody else is to be followed from this packet on. */
static gboolean
takes_over (KithRtpRewriter *rewriter, const KithRtpHeader *in, guint clock)
{
  if (rewriter->bound != KITH_REWRITER_SOURCE
      || (in->ssrc == rewriter->source && clock != rewriter->clock)) {
    return TRUE;
  }
  gboolean second
      = rewriter->has_rival && rewriter->rival == in->ssrc && rewriter->rival_seq == in->seq;
  rewriter->has_rival = TRUE;
  rewriter->rival = in->ssrc;
  rewriter->rival_seq = (guint16)(in->seq + 1);
  return second;
}

gboolean
kith_rtp_rewriter_follow (KithRtpRewriter *rewriter,
                          const KithRtpHeader *in,
                          guint clock,
                          gint64 now_us,
                          KithRtpHeader *out)
{
  gboolean begins = FALSE;

  if (has_place (rewriter, in, clock)) {
    rewriter->has_rival = FALSE;
  } else if (takes_over (rewriter, in, clock)) {
    bind_to (rewriter, in, clock, now_us);
    begins = TRUE;
  } else {
    return FALSE;
  }
  *out = *in;
  out->ssrc = rewriter->ssrc;
  out->seq = (guint16)(in->seq + rewriter->seq_shift);
  out->timestamp = in->timestamp + rewriter->stamp_shift;
  out->marker = in->marker || begins;
  guint16 ahead = (guint16)(in->seq - rewriter->newest);
  if (begins || (ahead > 0 && ahead <= MAX_AHEAD)) {
    rewriter->span += MIN (ahead, G_MAXUINT32 - rewriter->span);
    rewriter->newest = in->seq;
    note_sent (rewriter, out, now_us);
  }
  return TRUE;
}

void
kith_rtp_rewriter_make (KithRtpRewriter *rewriter,
                        guint ticks,
                        guint clock,
                        gint64 now_us,
                        KithRtpHeader *out)
{
  gboolean begins = rewriter->bound != KITH_REWRITER_SELF || clock != rewriter->clock;

  memset (out, 0, sizeof *out);
  out->ssrc = rewriter->ssrc;
  out->marker = begins;
  out->seq = (guint16)(rewriter->seq + 1);
  out->timestamp = begins ? stamp_now (rewriter, clock, now_us) : rewriter->timestamp + ticks;
  rewriter->bound = KITH_REWRITER_SELF;
  rewriter->clock = clock;
  note_sent (rewriter, out, now_us);
}

void
kith_rtp_rewriter_press (KithRtpRewriter *rewriter, const KithRtpHeader *in, KithRtpHeader *out)
{
  if (rewriter->bound == KITH_REWRITER_SOURCE) {
    rewriter->bound = KITH_REWRITER_NOBODY; /* the source's next number would be this one */
  }
  if (!rewriter->has_tone || rewriter->tone_in != in->timestamp) {
    rewriter->has_tone = TRUE;
    rewriter->tone_in = in->timestamp;
    rewriter->tone_out = rewriter->timestamp;
  }
  *out = *in;
  out->ssrc = rewriter->ssrc;
  out->seq = ++rewriter->seq;
  out->timestamp = rewriter->tone_out;
}

static void
write32 (guint8 *p, guint32 value)
{
  p[0] = (guint8)(value >> 24);
  p[1] = (guint8)(value >> 16);
  p[2] = (guint8)(value >> 8);
  p[3] = (guint8)value;
}

gsize
kith_rtp_write (const KithRtpHeader *header, guint8 *packet)
{
  if (header->payload_len > KITH_RTP_MAX_PACKET - KITH_RTP_HEADER) {
    return 0;
  }
  memmove (packet + KITH_RTP_HEADER, header->payload, header->payload_len);
  packet[0] = 0x80;
  packet[1] = (guint8)((header->marker ? 0x80 : 0) | (header->pt & 0x7f));
  packet[2] = (guint8)(header->seq >> 8);
  packet[3] = (guint8)header->seq;
  write32 (packet + 4, header->timestamp);
  write32 (packet + 8, header->ssrc);
  return KITH_RTP_HEADER + header->payload_len;
}
