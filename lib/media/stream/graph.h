/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The GStreamer pipeline of one call: packets in and out on whatever threads carry them, samples
   from the microphone and to the loudspeaker. */
#pragma once

#include <gio/gio.h>

#include "media/codec/media-terms.h"
#include "media/devices/loudspeaker.h"
#include "media/devices/microphone.h"
#include "media/playout/playout.h"
#include "media/rtp/rtp-filter.h"
#include "model/sdp/codec.h"
#include "ports/media/media-maker.h"

G_BEGIN_DECLS

#define KITH_GRAPH_NO_CODEC KITH_MEDIA_NO_CODEC

typedef struct _KithGraph KithGraph;

/* One packet to be sent, protected. On a thread of the pipeline's, which it must not hold up. */
typedef void (*KithGraphSendFunc) (const guint8 *data,
                                   gsize len,
                                   gboolean is_rtcp,
                                   gpointer user_data);

typedef struct {
  const KithCodec *codec; /* to send */
  guint8 send_pt;
  gint16 red_pt; /* under which packets may repeat earlier ones, -1: the peer does not know it */
  gint8 pt_map[128];                    /* KithCodecId of what may arrive, or KITH_GRAPH_NO_CODEC */
  guint frame_ms;                       /* length of a packet */
  guint buffer_ms;                      /* jitter buffer at the beginning */
  guint32 ssrc;                         /* ours */
  gboolean has_keys;                    /* SRTP */
  const guint8 *local_key, *remote_key; /* KITH_SRTP_KEY_LEN bytes */
  /* SRTP: rollover counter of a stream that an earlier graph knew */
  guint32 remote_ssrc, remote_roc;
  KithGraphSendFunc send; /* or NULL; @send_data and these two outlive the graph */
  gpointer send_data;
  KithAudioInlet *inlet;
  KithAudioOutlet *outlet;
} KithGraphConfig;

typedef enum {
  KITH_GRAPH_FLOWING, /* the first valid packet of the peer */
  KITH_GRAPH_TONE,    /* digit */
  KITH_GRAPH_BROKEN,  /* text: the receiving half stopped, a new graph may help */
  KITH_GRAPH_FAILED,  /* text: the sending half stopped */
} KithGraphEventKind;

typedef struct {
  KithGraphEventKind kind;
  char digit;
  const char *text;
} KithGraphEvent;

/* Main thread. May free the graph. */
typedef void (*KithGraphFunc) (const KithGraphEvent *event, gpointer user_data);

typedef struct {
  guint64 received, bytes, lost, expected;
  guint jitter_us;
  guint32 ssrc, roc; /* of the stream received last */
  gboolean has_report;
  guint remote_loss_ppm, rtt_us;
  KithPlayoutStats playout;
} KithGraphStats;

/* Builds the pipeline and sets it playing: it sends what the inlet gives, and what it receives goes
   to the outlet. KITH_ERROR_MEDIA. (transfer full) */
KithGraph *kith_graph_new (const KithGraphConfig *config,
                           KithGraphFunc func,
                           gpointer user_data,
                           GError **error);

/* KITH_GRAPH_FLOWING comes once more, with the next valid packet. */
void kith_graph_flow_again (KithGraph *graph);

/* Gives one checked packet of the peer to the pipeline. It is decrypted, counted and put into the
   jitter buffer before this returns: TRUE when it came through decryption, and so is the peer's and
   new. Any thread, until kith_graph_free() is called. */
gboolean kith_graph_push (KithGraph *graph, const guint8 *data, gsize len, gboolean is_rtcp);

/* What the peer loses, and how many earlier packets are to go with each: FEC of the codec, or
   copies where the peer knows them. */
void kith_graph_set_loss (KithGraph *graph, guint loss_percent, guint copies);

/* Counts of the receiver; with @reports also what RTCP knows (dearer: once a second is enough). */
void kith_graph_get_stats (KithGraph *graph, gboolean reports, KithGraphStats *stats);

/* Stops everything; no more events. */
void kith_graph_free (KithGraph *graph);

G_END_DECLS
