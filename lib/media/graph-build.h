/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a graph, shared by its building and its running. */
#pragma once

#include <gst/gst.h>

#include "base/mailbox.h"
#include "media/graph.h"

G_BEGIN_DECLS

/* What a streaming thread tells the main thread. */
typedef struct {
  KithGraphEventKind kind;
  GstBuffer *packet;
  gboolean is_rtcp;
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
  GstElement *rtpbin, *rtp_in, *rtcp_in, *sender, *funnel, *microphone, *loudspeaker;
  GObject *session;          /* RTPSession */
  GstElement *jitter_buffer; /* the newest; under tap.mutex */
  GstElement *spare_decoder; /* made ahead, for the agreed codec; under tap.mutex */
  gulong hold;               /* probe that holds the sound until the loudspeaker is open */
  KithGraphTap tap;
  KithMailbox *box;
  KithGraphFunc func;
  gpointer user_data;
  guint uses; /* the owner and the worker threads under way; main thread only */
  gboolean has_device, opening, latency_busy, latency_again;
  gboolean closed;
  GDestroyNotify done;
  gpointer done_data;
};

/* Makes and links all elements; the pipeline is not started. KITH_ERROR_MEDIA. */
gboolean kith_graph_build (KithGraph *graph, GError **error);

/* Makes the loudspeaker's bin and links it; not started. KITH_ERROR_MEDIA. */
gboolean kith_graph_add_loudspeaker (KithGraph *graph, GError **error);

/* From any thread. Takes @message. */
void kith_graph_post (KithGraph *graph, const KithGraphMessage *message);

G_END_DECLS
