/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One stream of ours out of what other senders say: SSRC, sequence numbers and timestamps that go
   on whoever speaks (RFC 3550 section 7.3, without mixing), pure. */
#pragma once

#include "media/rtp/rtp-filter.h"

G_BEGIN_DECLS

#define KITH_RTP_HEADER 12 /* bytes of what is written */

/* To be begun with kith_rtp_rewriter_init(). */
typedef struct {
  guint32 ssrc; /* ours */
  /* the newest that was sent, and when; 0: nothing yet */
  guint16 seq;
  guint32 timestamp;
  gint64 sent_us;
  /* whom it follows */
  enum { KITH_REWRITER_NOBODY, KITH_REWRITER_SOURCE, KITH_REWRITER_SELF } bound;
  guint32 source;
  guint clock;
  guint16 newest;      /* of the source's sequence numbers */
  guint32 span;        /* from its first one to the newest */
  guint16 seq_shift;   /* from its numbers to ours */
  guint32 stamp_shift; /* and of timestamps */
  /* who would be followed with one more packet, and which that would be */
  guint32 rival;
  guint16 rival_seq;
  gboolean has_rival;
  /* a key press that goes beside sound of our own: the source's timestamp, and ours */
  guint32 tone_in, tone_out;
  gboolean has_tone;
} KithRtpRewriter;

/* Our stream begins with the packet after @seq and @timestamp. */
void
kith_rtp_rewriter_init (KithRtpRewriter *rewriter, guint32 ssrc, guint16 seq, guint32 timestamp);

/* The next packet is of another source than those before. */
void kith_rtp_rewriter_part (KithRtpRewriter *rewriter);

/**
 * kith_rtp_rewriter_follow:
 * @in: a packet of a source, @clock: Hz of its timestamps
 * @out: SSRC, number, timestamp and marker become those of our stream; the rest is that of @in
 * Gaps stay gaps, and what came late goes in its place. Another SSRC, or a jump of more than a
 * minute's packets, is followed with its second packet in a row; the first after a change has the
 * marker, the number after the last of ours, and a timestamp as far from that as time went on.
 * Returns: FALSE: it is to be dropped.
 */
gboolean kith_rtp_rewriter_follow (KithRtpRewriter *rewriter,
                                   const KithRtpHeader *in,
                                   guint clock,
                                   gint64 now_us,
                                   KithRtpHeader *out);

/* @out becomes the next packet of our own making, of @ticks of a clock of @clock Hz. Payload and
   payload type are the caller's. */
void kith_rtp_rewriter_make (KithRtpRewriter *rewriter,
                             guint ticks,
                             guint clock,
                             gint64 now_us,
                             KithRtpHeader *out);

/* @in: a key press (RFC 4733) of a source whose sound is made anew: the next number, and for all
   packets of one press the timestamp of the sound when it began. */
void
kith_rtp_rewriter_press (KithRtpRewriter *rewriter, const KithRtpHeader *in, KithRtpHeader *out);

/* The packet with this header, without extension, contributors and padding. @packet has room for
   KITH_RTP_MAX_PACKET bytes. Returns its length, 0 when the payload does not fit. */
gsize kith_rtp_write (const KithRtpHeader *header, guint8 *packet);

G_END_DECLS
