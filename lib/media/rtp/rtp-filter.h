/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pure checks and counts of RTP and RTCP packets, so that nothing strange reaches the graph (RFC
   3550, 5761, 4733). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KITH_RTP_MAX_PACKET 1500 /* bytes; larger ones are dropped */
#define KITH_SSRC_SLOTS 8

typedef struct {
  guint8 pt;
  gboolean marker;
  guint16 seq;
  guint32 timestamp;
  guint32 ssrc;
  const guint8 *payload; /* points into the packet; with SRTP it is ciphertext and tag */
  gsize payload_len;     /* at least 1; padding taken off only when asked */
} KithRtpHeader;

/* RFC 5761 section 4: the second byte is 192 to 223. */
gboolean kith_rtp_is_rtcp (const guint8 *data, gsize len);

/* Reads the header with all lengths checked. @plain: not encrypted, so that padding can be checked
   too. FALSE: drop it. */
gboolean kith_rtp_parse (const guint8 *data, gsize len, gboolean plain, KithRtpHeader *header);

/* An unencrypted compound packet: first SR or RR, lengths that add up, all reports of one SSRC (RFC
   3550 A.2). FALSE: drop it. */
gboolean kith_rtcp_check (const guint8 *data, gsize len);

/* Which SSRCs may cost us memory: the announced one always, ours never, of the others eight at a
   time (a slot is free again after 60 s without a packet). Zeroed = empty. */
typedef struct {
  guint32 own;
  guint32 announced; /* by a=ssrc of the peer, 0: not */
  guint n_slots;
  struct {
    guint32 ssrc;
    gint64 seen_us;
  } slots[KITH_SSRC_SLOTS];
} KithSsrcGate;

gboolean kith_ssrc_gate_admit (KithSsrcGate *gate, guint32 ssrc, gint64 now_us);

#define KITH_TWIN_TAGS 64   /* half a second of voice over a few paths */
#define KITH_TWIN_TAG_LEN 8 /* of the ten bytes of HMAC-SHA1-80 at the end of a packet */

/* The authentication tags of the packets that proved to be the peer's lately. Zeroed = none. */
typedef struct {
  struct {
    guint8 tag[KITH_TWIN_TAG_LEN];
    gint64 seen_us; /* 0: none */
  } seen[KITH_TWIN_TAGS];
  guint next;
} KithPacketTwins;

/* @data is genuine. */
void kith_packet_twins_add (KithPacketTwins *twins, const guint8 *data, gsize len, gint64 now_us);

/* TRUE when a packet with the tag of @data was genuine within the last half second: it comes by a
   second path. Whoever could make another one of that tag has seen the first, and could as well
   repeat that. */
gboolean
kith_packet_twins_know (const KithPacketTwins *twins, const guint8 *data, gsize len, gint64 now_us);

/* What a receiver counts (RFC 3550 A.1, A.3, A.8). Zeroed = nothing yet. */
typedef struct {
  gboolean begun;
  guint32 ssrc;
  guint32 base_seq; /* extended */
  guint32 cycles;   /* << 16 */
  guint16 max_seq;
  guint32 roc;     /* SRTP's roll-over counter (RFC 3711 section 3.3.1), also over long gaps */
  guint16 roc_seq; /* the highest sequence number in it */
  guint64 received, bytes;
  guint64 lost_before; /* of earlier SSRCs */
  guint64 received_of_ssrc;
  gint64 last_arrival_us;
  guint32 last_timestamp;
  double jitter_us;
} KithRtpCounter;

/* @clock: Hz of the RTP timestamps of this packet. */
void kith_rtp_counter_add (KithRtpCounter *counter,
                           const KithRtpHeader *header,
                           gsize len,
                           gint64 arrival_us,
                           guint clock);

/* Packets that never came. */
guint64 kith_rtp_counter_lost (const KithRtpCounter *counter);

/* Packets that should have come. */
guint64 kith_rtp_counter_expected (const KithRtpCounter *counter);

/* Key presses of RFC 4733: each event is reported once, by its timestamp. Zeroed = nothing yet. */
typedef struct {
  gboolean begun;
  guint32 timestamp;
  guint32 ssrc;
} KithToneReader;

/* The digit '0'-'9', '*', '#', 'A'-'D' that begins with this packet, or 0. */
char kith_tone_reader_feed (KithToneReader *reader, const KithRtpHeader *header);

G_END_DECLS
