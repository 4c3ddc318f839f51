/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notes: messages with a length before each, on one unidirectional stream for each direction. */
#include <string.h>

#include "quic/quic-private.h"

#define STREAM_NOTES 2 /* first byte of a stream: what it carries */
#define HEAD 2         /* length of a note, big endian */

gboolean
kith_quic_open_notes (KithQuic *quic)
{
  if (quic->notes.id >= 0) {
    return TRUE;
  }
  if (ngtcp2_conn_open_uni_stream (quic->conn, &quic->notes.id, NULL) == 0) {
    return kith_quic_notes_step (&quic->notes.state, KITH_QUIC_NOTES_EVENT_OPEN);
  }
  /* A peer that takes no notes allows no unidirectional stream. */
  quic->notes.id = -1;
  (void)kith_quic_notes_step (&quic->notes.state, KITH_QUIC_NOTES_EVENT_REFUSE);
  return FALSE;
}

gboolean
kith_quic_owes_notes (KithQuic *quic)
{
  return quic->notes.state != KITH_QUIC_NOTES_REFUSED
         && quic->notes.out.end > quic->notes.out.acked;
}

gboolean
kith_quic_send_note (KithQuic *quic, const guint8 *data, gsize len)
{
  static const guint8 kind = STREAM_NOTES;
  const guint8 head[HEAD] = { (guint8)(len >> 8), (guint8)len };

  if (quic->state != KITH_QUIC_UP || quic->notes.state == KITH_QUIC_NOTES_REFUSED || len == 0
      || len > KITH_QUIC_NOTE_MAX
      || quic->notes.out.end - quic->notes.out.acked + len > KITH_QUIC_MAX_NOTES
      || !kith_quic_open_notes (quic)) {
    return FALSE;
  }
  if (quic->notes.out.end == 0) {
    kith_send_queue_push (&quic->notes.out, &kind, 1);
  }
  kith_send_queue_push (&quic->notes.out, head, sizeof head);
  kith_send_queue_push (&quic->notes.out, data, len);
  kith_quic_flush (quic);
  return TRUE;
}

gboolean
kith_quic_deliver_notes (KithQuic *quic)
{
  g_autoptr (GByteArray) in = g_steal_pointer (&quic->notes.in);
  gsize at = quic->notes.taken > 0 ? 0 : 1;

  quic->notes.in = g_byte_array_new ();
  if (quic->notes.taken == 0 && in->data[0] != STREAM_NOTES) {
    kith_quic_fail (quic, NGTCP2_ERR_PROTO);
    return FALSE;
  }
  while (!kith_quic_is_over (quic) && in->len - at >= HEAD) {
    gsize len = (gsize)in->data[at] << 8 | in->data[at + 1];
    if (len == 0 || len > KITH_QUIC_NOTE_MAX) {
      kith_quic_fail (quic, NGTCP2_ERR_PROTO);
      return FALSE;
    }
    if (in->len - at - HEAD < len) {
      break;
    }
    if (quic->events->note != NULL) {
      quic->events->note (in->data + at + HEAD, len, quic->user_data);
    }
    at += HEAD + len;
  }
  if (kith_quic_is_over (quic)) {
    return FALSE;
  }
  quic->notes.taken += at;
  g_byte_array_append (quic->notes.in, in->data + at, (guint)(in->len - at));
  ngtcp2_conn_extend_max_stream_offset (quic->conn, quic->notes.peer_id, at);
  ngtcp2_conn_extend_max_offset (quic->conn, at);
  return TRUE;
}
