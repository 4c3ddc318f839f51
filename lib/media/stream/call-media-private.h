/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a call's audio, shared by the files that make it up. */
#pragma once

#include "base/error.h"
#include "media/rtp/media-sockets.h"
#include "media/stream/call-media.h"
#include "media/stream/call-wire.h"
#include "media/stream/graph.h"
#include "media/stream/media-stats.h"

G_BEGIN_DECLS

typedef enum {
  KITH_CALL_MEDIA_MADE,
  KITH_CALL_MEDIA_PREPARED,
  KITH_CALL_MEDIA_LISTENING, /* they are heard, the microphone is closed */
  KITH_CALL_MEDIA_STARTED,
  KITH_CALL_MEDIA_STOPPED
} KithCallMediaStage;

/* What was counted, and the copies that follow from it. */
typedef struct {
  KithMediaStats stats; /* times, and what earlier graphs received */
  KithGraphStats seen;  /* of the present graph, once a second */
  KithLossMeter loss;
  KithFecRule fec;
  guint fec_percent, fec_copies;
  /* reports to pass over since it sends again: what comes first fits to nothing before */
  guint settling;
} KithCallMediaCounts;

struct _KithCallMedia {
  GObject parent_instance;
  gchar *id;
  KithMediaTransport transport; /* local_host is ours */
  gchar *origin;                /* where the signalling comes from, or NULL */
  guint16 sip_port;
  KithCallMediaParts parts;
  KithCallWire *wire; /* what the threads use that carry packets; (owned) */
  KithAudioInlet inlet;
  KithAudioOutlet outlet;
  KithCallMediaStage stage;
  /* the gate: in LISTENING for what comes in alone, the wire has it, see set_flow() */
  gboolean gate_open;
  gboolean may_send; /* the peer wants to hear us (direction) */
  gboolean expects;  /* … and sends: on hold a tune comes, or nothing */
  KithOffer *local;  /* what we offered, or NULL */
  KithMediaSockets *sockets;
  KithGraph *graph;
  KithGraphConfig config;           /* of the graph; keys and parts are filled in for each */
  guint32 own_ssrc, announced_ssrc; /* the peer's, as it describes it; 0: not */
  KithCallMediaCounts counts;
  guint timer, repairs;
  guint builder; /* the timer of a graph that is to be built */
  gboolean flowing, failed;
};

/* TRUE when the packets go over a link, and not over sockets of its own. (call-media.c) */
gboolean kith_call_media_is_link (KithCallMedia *self);

/* Sets @error; always FALSE. (call-media.c) */
gboolean kith_call_media_refuse (GError **error, KithError code, const char *why);

/* What we can do, as an offer. (transfer full) (call-media-offer.c) */
KithOffer *kith_call_media_describe (KithCallMedia *self);

/* FALSE when nothing can come of @remote: KITH_ERROR_WRONG_STATE, KITH_ERROR_MEDIA,
   KITH_ERROR_UNSUPPORTED. (call-media-offer.c) */
gboolean kith_call_media_check_remote (KithCallMedia *self,
                                       const KithStream *remote,
                                       gboolean we_offered,
                                       GError **error);

/* Fills what the peer decides: codec, payload types, frame. FALSE when nothing is in common.
   (call-media-offer.c) */
gboolean kith_call_media_choose_codec (KithCallMedia *self,
                                       const KithStream *remote,
                                       gboolean we_offered,
                                       KithGraphConfig *config);

/* Adds what the graph received to the sums, before it goes. (call-media-stats.c) */
void kith_call_media_collect_counts (KithCallMedia *self);

/* Once a second: what was lost here and at the peer, and the copies that follow from that.
   (call-media-stats.c) */
void kith_call_media_read_reports (KithCallMedia *self);

/* As kith_media_get_stats(). (call-media-stats.c) */
void kith_call_media_get_stats (KithMedia *media, KithMediaStats *stats);

G_END_DECLS
