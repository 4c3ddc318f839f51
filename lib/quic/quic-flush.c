/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has ngtcp2 write its packets, from control message and stream. */
#include "quic/quic-private.h"

#define MAX_BURST 64 /* packets written in one go */
#define MAX_VECTORS 8

static ngtcp2_ssize
write_plain (KithQuic *quic, guint8 *packet, gsize size)
{
  ngtcp2_path_storage path;
  ngtcp2_pkt_info info;

  ngtcp2_path_storage_zero (&path);
  return ngtcp2_conn_writev_stream (quic->conn,
                                    &path.path,
                                    &info,
                                    packet,
                                    size,
                                    NULL,
                                    0,
                                    -1,
                                    NULL,
                                    0,
                                    kith_quic_now (quic));
}

static ngtcp2_ssize
write_control (KithQuic *quic, guint8 *packet, gsize size)
{
  ngtcp2_path_storage path;
  ngtcp2_pkt_info info;
  ngtcp2_vec vector = { quic->control.out, quic->control.out_len };
  int accepted = 0;

  ngtcp2_path_storage_zero (&path);
  ngtcp2_ssize len = ngtcp2_conn_writev_datagram (quic->conn,
                                                  &path.path,
                                                  &info,
                                                  packet,
                                                  size,
                                                  &accepted,
                                                  0,
                                                  0,
                                                  &vector,
                                                  1,
                                                  kith_quic_now (quic));
  if (accepted != 0 || len == NGTCP2_ERR_INVALID_STATE || len == NGTCP2_ERR_INVALID_ARGUMENT) {
    quic->control.out_len = 0;
  }
  return len == NGTCP2_ERR_INVALID_STATE || len == NGTCP2_ERR_INVALID_ARGUMENT
             ? write_plain (quic, packet, size)
             : len;
}

static ngtcp2_ssize
write_stream (KithQuic *quic, guint8 *packet, gsize size)
{
  ngtcp2_path_storage path;
  ngtcp2_pkt_info info;
  ngtcp2_vec vectors[MAX_VECTORS];
  gsize n = kith_send_queue_peek (&quic->stream.out, vectors, MAX_VECTORS);
  guint64 covered = quic->stream.out.sent;
  ngtcp2_ssize taken = -1;

  for (gsize i = 0; i < n; i++) {
    covered += vectors[i].len;
  }
  gboolean end = quic->stream.out_state == KITH_QUIC_OUT_ENDING && covered == quic->stream.out.end;
  ngtcp2_path_storage_zero (&path);
  ngtcp2_ssize len = ngtcp2_conn_writev_stream (quic->conn,
                                                &path.path,
                                                &info,
                                                packet,
                                                size,
                                                &taken,
                                                end ? NGTCP2_WRITE_STREAM_FLAG_FIN : 0,
                                                quic->stream.id,
                                                vectors,
                                                n,
                                                kith_quic_now (quic));
  if (taken >= 0) {
    kith_send_queue_advance (&quic->stream.out, (gsize)taken);
    if (end && quic->stream.out.sent == quic->stream.out.end) {
      (void)kith_quic_out_step (&quic->stream.out_state, KITH_QUIC_OUT_EVENT_SENT);
    }
  }
  if (len == NGTCP2_ERR_STREAM_SHUT_WR || len == NGTCP2_ERR_STREAM_NOT_FOUND) {
    (void)kith_quic_out_step (&quic->stream.out_state, KITH_QUIC_OUT_EVENT_CLOSE);
  }
  if (len == NGTCP2_ERR_STREAM_DATA_BLOCKED || len == NGTCP2_ERR_STREAM_SHUT_WR
      || len == NGTCP2_ERR_STREAM_NOT_FOUND) {
    return write_plain (quic, packet, size);
  }
  return len;
}

static ngtcp2_ssize
write_notes (KithQuic *quic, guint8 *packet, gsize size)
{
  ngtcp2_path_storage path;
  ngtcp2_pkt_info info;
  ngtcp2_vec vectors[MAX_VECTORS];
  gsize n = kith_send_queue_peek (&quic->notes.out, vectors, MAX_VECTORS);
  ngtcp2_ssize taken = -1;

  ngtcp2_path_storage_zero (&path);
  ngtcp2_ssize len = ngtcp2_conn_writev_stream (quic->conn,
                                                &path.path,
                                                &info,
                                                packet,
                                                size,
                                                &taken,
                                                0,
                                                quic->notes.id,
                                                vectors,
                                                n,
                                                kith_quic_now (quic));
  if (taken >= 0) {
    kith_send_queue_advance (&quic->notes.out, (gsize)taken);
  }
  if (len == NGTCP2_ERR_STREAM_SHUT_WR || len == NGTCP2_ERR_STREAM_NOT_FOUND) {
    (void)kith_quic_notes_step (&quic->notes.state, KITH_QUIC_NOTES_EVENT_REFUSE);
  } else if (len == NGTCP2_ERR_STREAM_DATA_BLOCKED) {
    (void)kith_quic_notes_step (&quic->notes.state, KITH_QUIC_NOTES_EVENT_BLOCK);
  }
  return len == NGTCP2_ERR_STREAM_DATA_BLOCKED || len == NGTCP2_ERR_STREAM_SHUT_WR
                 || len == NGTCP2_ERR_STREAM_NOT_FOUND
             ? 0
             : len;
}

static ngtcp2_ssize
write_packet (KithQuic *quic, guint8 *packet, gsize size)
{
  gboolean is_up = quic->state == KITH_QUIC_UP;
  KithQuicOut out_state = quic->stream.out_state;
  gboolean stream_wants
      = out_state != KITH_QUIC_OUT_CLOSED
        && (quic->stream.out.current != NULL || out_state == KITH_QUIC_OUT_ENDING);
  gboolean notes_want
      = quic->notes.out.current != NULL
        && (quic->notes.state == KITH_QUIC_NOTES_NONE || quic->notes.state == KITH_QUIC_NOTES_OPEN);

  if (is_up && quic->control.out_len > 0) {
    return write_control (quic, packet, size);
  }
  if (is_up && notes_want && kith_quic_open_notes (quic)) {
    ngtcp2_ssize len = write_notes (quic, packet, size);
    if (len != 0) {
      return len;
    }
  }
  if (is_up && quic->stream.id >= 0 && stream_wants) {
    return write_stream (quic, packet, size);
  }
  return write_plain (quic, packet, size);
}

void
kith_quic_flush (KithQuic *quic)
{
  guint8 packet[KITH_QUIC_MTU];
  guint n = 0;

  (void)kith_quic_notes_step (&quic->notes.state, KITH_QUIC_NOTES_EVENT_TURN);
  for (; !kith_quic_is_over (quic) && n < MAX_BURST; n++) {
    ngtcp2_ssize len = write_packet (quic, packet, sizeof packet);
    if (len < 0) {
      kith_quic_fail (quic, (int)len);
      return;
    }
    if (len == 0) {
      break;
    }
    quic->events->transmit (packet, (gsize)len, quic->user_data);
  }
  if (kith_quic_is_over (quic)) {
    return;
  }
  ngtcp2_conn_update_pkt_tx_time (quic->conn, kith_quic_now (quic));
  ngtcp2_tstamp expiry = ngtcp2_conn_get_expiry (quic->conn);
  if (n == MAX_BURST) {
    kith_timer_set (&quic->timer, kith_clock_now (quic->timer.clock));
  } else if (expiry == UINT64_MAX) {
    kith_timer_clear (&quic->timer);
  } else {
    kith_timer_set (&quic->timer, (gint64)((expiry + 999) / 1000));
  }
}
