/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a graph, shared by its building and its running. */
#pragma once

#include <gst/app/gstappsink.h>
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
  GMutex
      mutex; /* guards the counter and the flags: streaming threads write, the main thread reads */
  KithRtpCounter counter;
  KithToneReader tones;
  gboolean flowing;
} KithGraphTap;

struct _KithGraph {
  KithGraphConfig config;
  guint8 local_key[KITH_SRTP_KEY_LEN], remote_key[KITH_SRTP_KEY_LEN];
  GMainContext *context;
  GstElement *pipeline; /* owns all elements below */
  GstElement *rtp, *playout, *sender, *microphone, *loudspeaker;
  GstPad *rtp_in, *rtcp_in; /* ours: packets are pushed out of them */
  GObject *session;         /* RTPSession */
  gulong hold;              /* probe that holds the sound until the loudspeaker is open */
  KithGraphTap tap;
  atomic_int copies;        /* how many earlier packets go with each */
  KithRedWriter red_writer; /* the sending thread's own */
  KithMailbox *box;
  KithGraphFunc func;
  gpointer user_data;
  guint uses; /* the owner and the worker threads under way; main thread only */
  gboolean has_device, latency_busy, latency_again;
  gboolean opening, open_again;      /* a worker opens devices; what was added meanwhile waits */
  gboolean opens_microphone, opened; /* it is to open the microphone, too; anything was opened */
  gboolean closed;
  atomic_bool broken; /* by the thread that brings packets */
  GDestroyNotify done;
  gpointer done_data;
};

/* Makes and links all elements; the pipeline is not started. KITH_ERROR_MEDIA. */
gboolean kith_graph_build (KithGraph *graph, GError **error);

/* Makes the loudspeaker's bin and links it; not started. KITH_ERROR_MEDIA. */
gboolean kith_graph_add_loudspeaker (KithGraph *graph, GError **error);

/* Of a payload type that was agreed; NULL: none. Any thread. (graph-packets.c) */
const KithCodec *kith_graph_codec_of_pt (const KithGraph *graph, guint pt);

/* Where packets leave the pipeline, on its threads, and what they pass on their way in, on the thread that brings them. (graph-packets.c) */
GstFlowReturn kith_graph_on_rtp_out (GstAppSink *sink, gpointer graph);
GstFlowReturn kith_graph_on_rtcp_out (GstAppSink *sink, gpointer graph);
GstPadProbeReturn kith_graph_on_voice_out (GstPad *pad, GstPadProbeInfo *info, gpointer graph);
GstPadProbeReturn kith_graph_on_rtp_in (GstPad *pad, GstPadProbeInfo *info, gpointer graph);
GstPadProbeReturn kith_graph_on_rtcp_in (GstPad *pad, GstPadProbeInfo *info, gpointer graph);
GstPadProbeReturn kith_graph_on_voice (GstPad *pad, GstPadProbeInfo *info, gpointer graph);

/* From any thread. Takes @message. */
void kith_graph_post (KithGraph *graph, const KithGraphMessage *message);

G_END_DECLS
