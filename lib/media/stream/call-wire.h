/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both directions of a call's packets, on the threads that carry them: the gate through which they
   leave, and the way in to the pipeline. */
#pragma once

#include "media/rtp/media-sockets.h"
#include "media/stream/graph.h"

G_BEGIN_DECLS

/* Counted. What is set on the main thread holds for every packet that begins its way after that. */
typedef struct _KithCallWire KithCallWire;

/* What passes. All FALSE at first. */
typedef struct {
  gboolean hears;  /* packets of the peer go to the pipeline */
  gboolean speaks; /* ours leave: RTCP, and … */
  gboolean sounds; /* … RTP: the peer wants to hear us */
} KithCallWireFlow;

typedef struct {
  guint64 packets_sent, bytes_sent; /* of RTP */
  gint64 first_sent_us;             /* wall time; 0: none */
  guint64 reports_received;         /* RTCP */
} KithCallWireCounts;

/* Packets leave by @send, or, where that is NULL, by the sockets that are set later. Main thread.
   (transfer full) */
KithCallWire *kith_call_wire_new (KithMediaSendFunc send, gpointer send_data);

/* Any thread. */
KithCallWire *kith_call_wire_ref (KithCallWire *wire);
void kith_call_wire_unref (KithCallWire *wire);

/* Main thread. What was taken away (a way out, a pipeline, sockets) is used by no thread any more
   when they return. */
void kith_call_wire_set_flow (KithCallWire *wire, const KithCallWireFlow *flow);
void kith_call_wire_set_graph (KithCallWire *wire, KithGraph *graph); /* NULL: none */
void kith_call_wire_set_sockets (KithCallWire *wire, KithMediaSockets *sockets);

/* Who may be heard: payload types of @pt_map (kith_graph_new()), every SSRC but ours, few but the
   announced one (0: none); @has_keys: SRTP. Main thread. */
void kith_call_wire_set_peer (KithCallWire *wire,
                              const gint8 pt_map[128],
                              guint32 own_ssrc,
                              guint32 announced_ssrc,
                              gboolean has_keys);

void kith_call_wire_get_counts (KithCallWire *wire, KithCallWireCounts *counts);

/* A packet that a link brought. TRUE when it is the peer's beyond doubt: SRTP authenticated it, or
   one like it half a second ago at most, as when the peer sends everything over two paths. Any
   thread. */
gboolean kith_call_wire_receive (KithCallWire *wire, const guint8 *data, gsize len);

/* A packet that the wire's sockets brought (KithMediaSocketsFunc). Media thread. */
void
kith_call_wire_on_socket (KithMediaSockets *sockets, const guint8 *data, gsize len, gpointer wire);

/* The pipeline's packets (KithGraphSendFunc), on its threads. */
void kith_call_wire_send (const guint8 *data, gsize len, gboolean is_rtcp, gpointer wire);

G_END_DECLS
