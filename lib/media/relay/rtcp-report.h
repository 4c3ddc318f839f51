/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reports of a leg: what we tell its peer, and what that tells us (RFC 3550 section 6.4), pure.
   */
#pragma once

#include "media/rtp/rtp-filter.h"

G_BEGIN_DECLS

/* What we sent and heard, when a report is due. */
typedef struct {
  guint32 ssrc;                  /* ours */
  guint64 packets, octets;       /* sent so far, of payload; 0: a receiver's report */
  guint32 timestamp;             /* of our stream, now */
  const KithRtpCounter *counter; /* of what was heard; not begun: no report of it */
  guint clock;                   /* of its timestamps */
  guint8 fraction;               /* lost since the last report, of 256 */
  guint32 last_sr, since_sr;     /* LSR, DLSR; 0: none came */
  gint64 wall_us;                /* now, since 1970 */
} KithRtcpFacts;

/* What a report of the peer says. */
typedef struct {
  gboolean has_report; /* of our stream: */
  guint loss_ppm;
  guint32 last_sr, since_sr;
  guint32 sr; /* the middle of its NTP time, 0: it was no sender's report */
} KithRtcpHeard;

/* The middle 32 bits of NTP's time: seconds and 65536ths. */
guint32 kith_rtcp_ntp (gint64 wall_us);

/* A compound packet of a report and our name @cname to @out (room for KITH_RTP_MAX_PACKET). Returns
   its length. */
gsize kith_rtcp_write (const KithRtcpFacts *facts, const char *cname, guint8 *out);

/* Of a packet that kith_rtcp_check() let pass. @ssrc: ours. */
void kith_rtcp_read (const guint8 *data, gsize len, guint32 ssrc, KithRtcpHeard *heard);

G_END_DECLS
