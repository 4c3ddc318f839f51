/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values behind a gate: each packet looks at them for a moment, and is inside while it is under
   way. */
#include "media/stream/call-wire.h"

#include <string.h>

#include "base/clock.h"
#include "base/gate.h"

struct _KithCallWire {
  gatomicrefcount refs;
  KithMediaSendFunc send; /* NULL: by the sockets */
  gpointer send_data;
  KithGate gate; /* guards all below */
  KithGraph *graph;
  KithMediaSockets *sockets;
  KithCallWireFlow flow;
  gint8 pt_map[128];
  gboolean has_keys;
  KithSsrcGate ssrcs;
  KithPacketTwins twins;
  KithCallWireCounts counts;
};

KithCallWire *
kith_call_wire_new (KithMediaSendFunc send, gpointer send_data)
{
  KithCallWire *wire = g_new0 (KithCallWire, 1);

  g_atomic_ref_count_init (&wire->refs);
  wire->send = send;
  wire->send_data = send_data;
  memset (wire->pt_map, KITH_GRAPH_NO_CODEC, sizeof wire->pt_map);
  kith_gate_init (&wire->gate);
  return wire;
}

KithCallWire *
kith_call_wire_ref (KithCallWire *wire)
{
  g_atomic_ref_count_inc (&wire->refs);
  return wire;
}

void
kith_call_wire_unref (KithCallWire *wire)
{
  if (g_atomic_ref_count_dec (&wire->refs)) {
    kith_gate_clear (&wire->gate);
    g_free (wire);
  }
}

void
kith_call_wire_set_flow (KithCallWire *wire, const KithCallWireFlow *flow)
{
  kith_gate_lock (&wire->gate);
  gboolean takes_away = (wire->flow.hears && !flow->hears) || (wire->flow.speaks && !flow->speaks);
  wire->flow = *flow;
  if (takes_away) {
    kith_gate_wait (&wire->gate);
  }
  kith_gate_unlock (&wire->gate);
}

void
kith_call_wire_set_graph (KithCallWire *wire, KithGraph *graph)
{
  kith_gate_lock (&wire->gate);
  wire->graph = graph;
  kith_gate_wait (&wire->gate);
  kith_gate_unlock (&wire->gate);
}

void
kith_call_wire_set_sockets (KithCallWire *wire, KithMediaSockets *sockets)
{
  kith_gate_lock (&wire->gate);
  wire->sockets = sockets;
  kith_gate_wait (&wire->gate);
  kith_gate_unlock (&wire->gate);
}

void
kith_call_wire_set_peer (KithCallWire *wire,
                         const gint8 pt_map[128],
                         guint32 own_ssrc,
                         guint32 announced_ssrc,
                         gboolean has_keys)
{
  kith_gate_lock (&wire->gate);
  memcpy (wire->pt_map, pt_map, sizeof wire->pt_map);
  wire->ssrcs.own = own_ssrc;
  wire->ssrcs.announced = announced_ssrc;
  wire->has_keys = has_keys;
  kith_gate_unlock (&wire->gate);
}

void
kith_call_wire_get_counts (KithCallWire *wire, KithCallWireCounts *counts)
{
  kith_gate_lock (&wire->gate);
  *counts = wire->counts;
  kith_gate_unlock (&wire->gate);
}

/* In */

/* What is to be known of a packet before it is opened. */
typedef struct {
  gboolean is_rtcp;
  guint32 ssrc;
  guint8 pt; /* of RTP */
} Packet;

static gboolean
read_packet (const guint8 *data, gsize len, gboolean plain, Packet *packet)
{
  KithRtpHeader header;

  if (len > KITH_RTP_MAX_PACKET) {
    return FALSE;
  }
  packet->is_rtcp = kith_rtp_is_rtcp (data, len);
  if (packet->is_rtcp) {
    packet->ssrc = len >= 8 ? (guint32)data[4] << 24 | (guint32)data[5] << 16
                                  | (guint32)data[6] << 8 | data[7]
                            : 0;
    return len >= 8 && data[0] >> 6 == 2;
  }
  if (!kith_rtp_parse (data, len, plain, &header)) {
    return FALSE;
  }
  packet->ssrc = header.ssrc;
  packet->pt = header.pt;
  return TRUE;
}

/* Locked: the pipeline for it, or NULL. */
static KithGraph *
find_graph (KithCallWire *wire, const Packet *packet)
{
  gboolean fits = packet->is_rtcp || wire->pt_map[packet->pt] != KITH_GRAPH_NO_CODEC;

  return wire->flow.hears && fits ? wire->graph : NULL;
}

/* Locked. The pipeline throws away what comes for the second time. */
static gboolean
note_packet (KithCallWire *wire, const guint8 *data, gsize len, gboolean is_rtcp, gboolean passed)
{
  gint64 now_us = kith_clock_thread_now ();
  gboolean known
      = wire->has_keys && !passed && kith_packet_twins_know (&wire->twins, data, len, now_us);

  wire->counts.reports_received += is_rtcp && (passed || known) ? 1 : 0;
  if (wire->has_keys && passed) {
    kith_packet_twins_add (&wire->twins, data, len, now_us);
  }
  return wire->has_keys && (passed || known);
}

/* @sockets: those that brought it, or NULL. */
static gboolean
take_in (KithCallWire *wire, KithMediaSockets *sockets, const guint8 *data, gsize len)
{
  gint64 now_us = kith_clock_thread_now ();
  Packet packet = { 0 };

  kith_gate_lock (&wire->gate);
  KithGraph *graph
      = read_packet (data, len, !wire->has_keys, &packet) ? find_graph (wire, &packet) : NULL;
  if (graph == NULL) {
    kith_gate_unlock (&wire->gate);
    return FALSE;
  }
  kith_gate_enter (&wire->gate);
  gboolean proved = FALSE;
  if (sockets == NULL || kith_media_sockets_latch (sockets, packet.is_rtcp, now_us)) {
    kith_gate_lock (&wire->gate);
    gboolean admitted = kith_ssrc_gate_admit (&wire->ssrcs, packet.ssrc, now_us);
    kith_gate_unlock (&wire->gate);
    gboolean passed = admitted && kith_graph_push (graph, data, len, packet.is_rtcp);
    kith_gate_lock (&wire->gate);
    proved = note_packet (wire, data, len, packet.is_rtcp, passed);
    kith_gate_unlock (&wire->gate);
  }
  kith_gate_leave (&wire->gate);
  return proved;
}

gboolean
kith_call_wire_receive (KithCallWire *wire, const guint8 *data, gsize len)
{
  return take_in (wire, NULL, data, len);
}

void
kith_call_wire_on_socket (KithMediaSockets *sockets,
                          const guint8 *data,
                          gsize len,
                          gpointer user_data)
{
  (void)take_in (user_data, sockets, data, len);
}

/* Out: the one place where packets leave */

void
kith_call_wire_send (const guint8 *data, gsize len, gboolean is_rtcp, gpointer user_data)
{
  KithCallWire *wire = user_data;

  kith_gate_lock (&wire->gate);
  KithMediaSockets *sockets = wire->sockets;
  if (!wire->flow.speaks || (!wire->flow.sounds && !is_rtcp)
      || (wire->send == NULL && sockets == NULL)) {
    kith_gate_unlock (&wire->gate);
    return;
  }
  kith_gate_enter (&wire->gate);
  gboolean sent
      = wire->send != NULL
            ? wire->send (data, len, wire->send_data)
            : kith_media_sockets_send (sockets, data, len, is_rtcp, kith_clock_thread_now ());
  kith_gate_lock (&wire->gate);
  if (sent && !is_rtcp) {
    wire->counts.packets_sent++;
    wire->counts.bytes_sent += len;
    if (wire->counts.first_sent_us == 0) {
      wire->counts.first_sent_us = kith_clock_thread_wall ();
    }
  }
  kith_gate_unlock (&wire->gate);
  kith_gate_leave (&wire->gate);
}
