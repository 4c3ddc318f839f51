/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The jitter buffer: packets as they come, samples as they are played, on any clock that the caller
   gives; pure. */
#pragma once

#include "media/playout/jitter-control.h"
#include "media/playout/voice-decoder.h"

G_BEGIN_DECLS

#define KITH_PLAYOUT_PACKETS 150      /* that wait; more push out the oldest */
#define KITH_PLAYOUT_PAYLOAD_MAX 1500 /* bytes */
#define KITH_PLAYOUT_SAMPLES (KITH_VOICE_MAX_SAMPLES + 480) /* room for one piece of sound */

/* One packet of voice, or what a later packet tells of it. */
typedef struct {
  KithCodecId codec;
  guint32 ssrc;
  guint32 timestamp;
  const guint8 *payload;
  gsize len;
  gboolean is_copy; /* redundant: a copy that came with a later packet (RFC 2198) */
  gint64 arrival_us;
  gpointer owner; /* of the payload's memory (kith_playout_set_owning()); NULL: it is copied */
} KithPlayoutPacket;

typedef struct {
  /* of the buffer: wanted, and what it is now; jitter and spare time for FEC */
  guint target_ms, delay_ms;
  guint64 played;    /* frames played from their own packets */
  guint64 recovered; /* frames whose packets were lost, played from what others told of them */
  guint64 concealed; /* frames made up */
  guint64 late, reordered, duplicates;
  guint64 stretched_ms, cut_ms; /* made longer and shorter to keep to the target */
} KithPlayoutStats;

typedef struct _KithPlayout KithPlayout;

/* @start_ms: the delay until the network is known. Not thread safe. (transfer full) */
KithPlayout *kith_playout_new (guint start_ms);
void kith_playout_free (KithPlayout *playout);

/* All samples have this rate, which the decoders of all codecs that come must know; before the
   first packet. */
void kith_playout_set_rate (KithPlayout *playout, guint rate);

/* How an owner of payloads is kept and let go, in place of copying them; before the first
   packet. */
void kith_playout_set_owning (KithPlayout *playout,
                              gpointer (*keep) (gpointer owner),
                              GDestroyNotify let_go);

/* Takes one packet. FALSE when it was of no use: unknown codec, broken, too late, twice. */
gboolean kith_playout_push (KithPlayout *playout, const KithPlayoutPacket *packet);

/* When the next piece of sound is due, G_MAXINT64 before the first packet. */
gint64 kith_playout_get_due (const KithPlayout *playout);

/* Hz of the next piece. */
guint kith_playout_get_rate (const KithPlayout *playout);

/* The piece that is due, to @out (room for KITH_PLAYOUT_SAMPLES). Returns its samples, at least 1
   once something was due; the next one is due when it has been played. */
gsize kith_playout_pull (KithPlayout *playout, gint64 now_us, gint16 *out);

void kith_playout_get_stats (const KithPlayout *playout, KithPlayoutStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPlayout, kith_playout_free)

G_END_DECLS
