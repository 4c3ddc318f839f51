/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notes: messages with a length before each, on one unidirectional stream for each direction. */
#include <string.h>

#include "quic/quic-private.h"

#define STREAM_NOTES 2 /* first byte of a stream: what it carries */
#define HEAD 2         /* length of a note, big endian */

gboolean
kith_quic_open_notes (KithQuic *quic)
{
  if (quic->note_stream >= 0) {
    return TRUE;
  }
  /* A peer that takes no notes allows no unidirectional stream. */
  quic->no_notes = ngtcp2_conn_open_uni_stream (quic->conn, &quic->note_stream, NULL) != 0;
  if (quic->no_notes) {
    quic->note_stream = -1;
  }
  return !quic->no_notes;
}

gboolean
kith_quic_owes_notes (KithQuic *quic)
{
  return !quic->no_notes && quic->notes_out.end > quic->notes_out.acked;
}

gboolean
kith_quic_send_note (KithQuic *quic, const guint8 *data, gsize len)
{
  static const guint8 kind = STREAM_NOTES;
  const guint8 head[HEAD] = { (guint8)(len >> 8), (guint8)len };

  if (!quic->up || quic->dead || quic->no_notes || len == 0 || len > KITH_QUIC_NOTE_MAX
      || quic->notes_out.end - quic->notes_out.acked + len > KITH_QUIC_MAX_NOTES
      || !kith_quic_open_notes (quic)) {
    return FALSE;
  }
  if (quic->notes_out.end == 0) {
    kith_send_queue_push (&quic->notes_out, &kind, 1);
  }
  kith_send_queue_push (&quic->notes_out, head, sizeof head);
  kith_send_queue_push (&quic->notes_out, data, len);
  kith_quic_flush (quic);
  return TRUE;
}

gboolean
kith_quic_deliver_notes (KithQuic *quic)
{
  g_autoptr (GByteArray) in = g_steal_pointer (&quic->notes_in);
  gsize at = quic->got_note_kind ? 0 : 1;

  quic->notes_in = g_byte_array_new ();
  if (!quic->got_note_kind && in->data[0] != STREAM_NOTES) {
    kith_quic_fail (quic, NGTCP2_ERR_PROTO);
    return FALSE;
  }
  quic->got_note_kind = TRUE;
  while (!quic->dead && in->len - at >= HEAD) {
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
  if (quic->dead) {
    return FALSE;
  }
  g_byte_array_append (quic->notes_in, in->data + at, (guint)(in->len - at));
  ngtcp2_conn_extend_max_stream_offset (quic->conn, quic->peer_note_stream, at);
  ngtcp2_conn_extend_max_offset (quic->conn, at);
  return TRUE;
}
