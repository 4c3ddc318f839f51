/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a line, shared by the files that make it up; all of it under the lock. */
#pragma once

#include "media/relay/relay-line.h"
#include "media/relay/rtcp-report.h"
#include "media/relay/rtp-rewrite.h"
#include "media/relay/srtp-box.h"
#include "media/relay/tone-player.h"
#include "media/relay/transcoder.h"
#include "media/stream/media-stats.h"

G_BEGIN_DECLS

#define KITH_RELAY_KEYS 32 /* that wait; more are lost */

typedef struct {
  guint64 packets, bytes, octets; /* sent: of RTP; octets: of their payloads */
  gint64 first_us;                /* wall time of the first */
  guint64 reports;                /* received */
} KithRelaySums;

/* What the reports of both sides come to. */
typedef struct {
  gint64 due_us;         /* when the next one of ours is due */
  guint64 expected, got; /* of the peer's packets, when the last one was made */
  guint32 sr;            /* of the peer's last sender's report; 0: none */
  gint64 sr_us;          /* when that came */
  guint remote_loss_ppm, rtt_us;
  KithLossMeter loss;
  KithFecRule fec;
  guint fec_percent;
} KithRelayReports;

struct _KithRelayLine {
  gatomicrefcount refs;
  KithMediaSendFunc send;
  gpointer send_data;
  KithMediaSockets *sockets;
  KithMailbox *box;
  GSource *ticker; /* on the media thread; NULL when closed */
  gint64 ticks_us; /* when it is to tick */
  gboolean hears, speaks, sounds, has_flowed;
  KithRelayLine *other;         /* joined with; or NULL */
  KithMediaTerms terms;         /* codec NULL: nothing was agreed yet */
  gint16 out_pt[KITH_N_CODECS]; /* under which the peer takes each codec, -1: it does not */
  KithSrtpBox *srtp;            /* or NULL */
  guint8 keys[2 * KITH_SRTP_KEY_LEN];
  KithSsrcGate ssrcs;
  KithPacketTwins twins;
  KithRtpCounter counter; /* of what the peer sends */
  guint clock;            /* of its newest packet */
  KithToneReader tones;
  KithRtpRewriter out;                /* our stream to the peer */
  KithTranscoder *transcoder;         /* of what the peer says, for the other one; NULL: as it is */
  KithTone tone;                      /* what the peer is to hear instead … */
  gchar pressed[KITH_RELAY_KEYS + 1]; /* … or the keys that it is to be told of */
  KithTonePlayer *player;             /* … and plays it; NULL: nothing, or not now */
  KithRelaySums sent;
  KithRelayReports reports;
  gchar cname[24];
};

/* Once a second: a report of ours, and silence where there is nothing else, so that routers on the
   way keep the way open. (relay-reports.c) */
void kith_relay_line_report (KithRelayLine *line, gint64 now_us);

/* A report of the peer, checked and opened. (relay-reports.c) */
void
kith_relay_line_hear_report (KithRelayLine *line, const guint8 *data, gsize len, gint64 now_us);

/* To the peer, if that may be. (line-packets.c) */
void kith_relay_line_say (KithRelayLine *line, const KithRtpHeader *header, gint64 now_us);
void kith_relay_line_say_report (KithRelayLine *line, const guint8 *data, gsize len, gint64 now_us);

/* What is due of the sound that @line's peer said, transcoded, to the other one. (line-packets.c)
   */
void kith_relay_line_play_on (KithRelayLine *line, gint64 now_us);

/* The first of the keys was played. (relay-line.c) */
void kith_relay_line_next_key (KithRelayLine *line);

/* What is due of the tone that @line's peer hears. (line-packets.c) */
void kith_relay_line_play_tone (KithRelayLine *line, gint64 now_us);

/* A packet from outside. TRUE when it is the peer's beyond doubt. @sockets: those that brought it,
   or NULL. (line-packets.c) */
gboolean kith_relay_line_take (KithRelayLine *line,
                               KithMediaSockets *sockets,
                               const guint8 *data,
                               gsize len,
                               gint64 now_us);

/* It ticks when the next thing is due. (relay-line.c) */
void kith_relay_line_set_ticker (KithRelayLine *line);

/* (relay-line.c) */
KithBridgeManner kith_relay_line_manner (const KithRelayLine *line);

G_END_DECLS
