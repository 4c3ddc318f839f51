/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a graph, shared by its building and its running. */
#pragma once

#include <gst/gst.h>
#include <stdatomic.h>

#include "base/mailbox.h"
#include "media/codec/red-payload.h"
#include "media/playout/playout-source.h"
#include "media/stream/graph.h"

G_BEGIN_DECLS

/* What a streaming thread tells the main thread. */
typedef struct {
  KithGraphEventKind kind;
  char digit;
  gchar *text;
} KithGraphMessage;

typedef struct {
  /* guards the counter and the flags: streaming threads write, the main thread reads */
  GMutex mutex;
  KithRtpCounter counter;
  KithToneReader tones;
  gboolean flowing;
} KithGraphTap;

struct _KithGraph {
  KithGraphConfig config;
  guint8 local_key[KITH_SRTP_KEY_LEN], remote_key[KITH_SRTP_KEY_LEN];
  GstElement *pipeline; /* owns all elements below */
  GstElement *rtp, *playout, *sender;
  guint lead;                       /* samples that the resampler behind mouth holds back */
  GPtrArray *pads;                  /* ours (owned) */
  GstPad *rtp_in, *rtcp_in, *mouth; /* of these: packets and sound are pushed out of them */
  GObject *session;                 /* RTPSession */
  KithGraphTap tap;
  atomic_int copies;        /* how many earlier packets go with each */
  KithRedWriter red_writer; /* the sending thread's own */
  KithMailbox *box;
  KithGraphFunc func;
  gpointer user_data;
  gboolean closed;
  atomic_bool broken; /* by the thread that brings packets */
  atomic_bool dumb;   /* by the thread that brings sound */
};

/* Makes and links all elements; the pipeline is not started. KITH_ERROR_MEDIA. */
gboolean kith_graph_build (KithGraph *graph, GError **error);

/* The pipeline's running time now, in ns. Any thread. */
gint64 kith_graph_get_time (KithGraph *graph);

/* Of a payload type that was agreed; NULL: none. Any thread. (graph-packets.c) */
const KithCodec *kith_graph_codec_of_pt (const KithGraph *graph, guint pt);

/* Sound of the microphone, on its thread, which encodes and sends it; and sound for the
   loudspeaker, on the jitter buffer's. (graph-sound.c) */
void kith_graph_on_mouth (GstBuffer *buffer, GstClockTime at, gpointer graph);
GstFlowReturn kith_graph_on_sound (GstPad *pad, GstObject *parent, GstBuffer *buffer);

/* Where packets leave the pipeline, on its threads or the microphone's, and what they pass on their
   way in, on the thread that brings them. (graph-packets.c) */
GstFlowReturn kith_graph_on_rtp_out (GstPad *pad, GstObject *parent, GstBuffer *buffer);
GstFlowReturn kith_graph_on_rtcp_out (GstPad *pad, GstObject *parent, GstBuffer *buffer);
GstPadProbeReturn kith_graph_on_voice_out (GstPad *pad, GstPadProbeInfo *info, gpointer graph);
GstPadProbeReturn kith_graph_on_rtp_in (GstPad *pad, GstPadProbeInfo *info, gpointer graph);
GstPadProbeReturn kith_graph_on_rtcp_in (GstPad *pad, GstPadProbeInfo *info, gpointer graph);
GstPadProbeReturn kith_graph_on_voice (GstPad *pad, GstPadProbeInfo *info, gpointer graph);

/* From any thread. Takes @message. */
void kith_graph_post (KithGraph *graph, const KithGraphMessage *message);

G_END_DECLS
