/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drives one QUIC connection and tells its owner, outside of ngtcp2's callbacks, what they noted. */
#include <string.h>

#include "quic/quic-private.h"

#define STREAM_SIP 1 /* first byte of a stream: what it carries */

static void
rise (KithQuic *quic)
{
  static const guint8 kind = STREAM_SIP;

  if (quic->config.client) {
    if (ngtcp2_conn_open_bidi_stream (quic->conn, &quic->stream, NULL) != 0) {
      kith_quic_fail (quic, NGTCP2_ERR_INTERNAL);
      return;
    }
    kith_send_queue_push (&quic->out, &kind, 1);
  }
  quic->up = TRUE;
  quic->events->up (quic->user_data);
}

static void
deliver (KithQuic *quic)
{
  g_autoptr (GByteArray) in = g_steal_pointer (&quic->in);
  gsize skip = 0;

  quic->in = g_byte_array_new ();
  if (!quic->config.client && !quic->got_kind && in->len > 0) {
    if (in->data[0] != STREAM_SIP) {
      kith_quic_fail (quic, NGTCP2_ERR_PROTO);
      return;
    }
    quic->got_kind = TRUE;
    skip = 1;
    ngtcp2_conn_extend_max_stream_offset (quic->conn, quic->stream, 1);
    ngtcp2_conn_extend_max_offset (quic->conn, 1);
  }
  gboolean end = quic->in_end && !quic->tell_end;
  quic->tell_end = quic->in_end;
  if (in->len > skip || end) {
    quic->events->data (in->data + skip, in->len - skip, end, quic->user_data);
  }
}

/* After ngtcp2 has worked: events in the order in which the owner needs them, then packets. */
static void
settle (KithQuic *quic)
{
  if (quic->tell_up) {
    quic->tell_up = FALSE;
    rise (quic);
  }
  if (!quic->dead && quic->tell_heard && quic->up) {
    quic->tell_heard = FALSE;
    quic->events->heard (quic->user_data);
  }
  if (!quic->dead && quic->control_in_len > 0 && quic->up) {
    gsize len = quic->control_in_len;
    quic->control_in_len = 0;
    quic->events->control (quic->control_in, len, quic->user_data);
  }
  if (!quic->dead && quic->up && quic->notes_in->len > 0 && !kith_quic_deliver_notes (quic)) {
    return;
  }
  if (!quic->dead && quic->up && (quic->in->len > 0 || (quic->in_end && !quic->tell_end))) {
    deliver (quic);
  }
  if (!quic->dead && quic->tell_writable && quic->up) {
    quic->tell_writable = FALSE;
    quic->events->writable (quic->user_data);
  }
  if (!quic->dead) {
    kith_quic_flush (quic);
  }
}

static void
on_timer (gpointer user_data)
{
  KithQuic *quic = user_data;

  if (quic->dead || quic->conn == NULL) {
    return;
  }
  int code = ngtcp2_conn_handle_expiry (quic->conn, kith_quic_now (quic));
  if (code != 0) {
    kith_quic_fail (quic, code);
  } else {
    settle (quic);
  }
}

KithQuic *
kith_quic_new (const KithQuicConfig *config, const KithQuicEvents *events, gpointer user_data)
{
  KithQuic *quic = g_new0 (KithQuic, 1);

  quic->config = *config;
  quic->config.credentials = kith_quic_credentials_ref (config->credentials);
  quic->events = events;
  quic->user_data = user_data;
  quic->stream = quic->note_stream = quic->peer_note_stream = -1;
  quic->in = g_byte_array_new ();
  quic->notes_in = g_byte_array_new ();
  quic->ref.user_data = quic;
  quic->local.sin_family = quic->remote.sin_family = AF_INET;
  quic->local.sin_port = quic->remote.sin_port = htons (1);
  quic->local.sin_addr.s_addr = htonl (0xc0000201);  /* 192.0.2.1 */
  quic->remote.sin_addr.s_addr = htonl (0xc0000202); /* 192.0.2.2 */
  kith_timer_init (&quic->timer, config->clock, on_timer, quic);
  return quic;
}

void
kith_quic_free (KithQuic *quic)
{
  if (quic == NULL) {
    return;
  }
  kith_timer_finish (&quic->timer);
  kith_quic_unmake (quic);
  kith_send_queue_clear (&quic->out);
  kith_send_queue_clear (&quic->notes_out);
  g_byte_array_unref (quic->in);
  g_byte_array_unref (quic->notes_in);
  kith_quic_credentials_unref (quic->config.credentials);
  g_free (quic);
}

void
kith_quic_start (KithQuic *quic)
{
  if (!quic->config.client || quic->conn != NULL || quic->dead) {
    return;
  }
  if (kith_quic_make (quic, NULL)) {
    kith_quic_flush (quic);
  } else {
    kith_quic_die (quic, KITH_REASON_INTERNAL, "the TLS session could not be made");
  }
}

gboolean
kith_quic_input (KithQuic *quic, const guint8 *packet, gsize len)
{
  ngtcp2_path path = kith_quic_path (quic);
  ngtcp2_pkt_info info = { 0 };

  if (quic->dead || (quic->conn == NULL && quic->config.client)) {
    return FALSE;
  }
  if (quic->conn == NULL) {
    ngtcp2_pkt_hd first;
    if (ngtcp2_accept (&first, packet, len) != 0 || first.version != NGTCP2_PROTO_VER_V1
        || !kith_quic_make (quic, &first)) {
      return FALSE;
    }
  }
  quic->authentic = FALSE;
  int code = ngtcp2_conn_read_pkt (quic->conn, &path, &info, packet, len, kith_quic_now (quic));
  if (code == NGTCP2_ERR_DROP_CONN && !quic->config.client && !quic->checked) {
    /* It only looked like a first packet: wait for the real one. */
    kith_timer_clear (&quic->timer);
    kith_quic_unmake (quic);
    return FALSE;
  }
  gboolean authentic = quic->authentic;
  if (code != 0) {
    kith_quic_fail (quic, code);
  } else {
    settle (quic);
  }
  return authentic;
}

gboolean
kith_quic_is_writable (KithQuic *quic)
{
  return quic->up && !quic->dead && quic->stream >= 0 && !quic->stream_closed && !quic->end_wanted;
}

gboolean
kith_quic_write (KithQuic *quic, const guint8 *data, gsize len)
{
  if (!kith_quic_is_writable (quic)) {
    return FALSE;
  }
  if (len > 0) {
    kith_send_queue_push (&quic->out, data, len);
    kith_quic_flush (quic);
  }
  return TRUE;
}

void
kith_quic_end (KithQuic *quic)
{
  if (kith_quic_is_writable (quic)) {
    quic->end_wanted = TRUE;
    kith_quic_flush (quic);
  }
}

gsize
kith_quic_get_unacked (KithQuic *quic)
{
  return quic->stream_closed ? 0 : (gsize)(quic->out.end - quic->out.acked);
}

void
kith_quic_consume (KithQuic *quic, gsize len)
{
  if (quic->dead || quic->conn == NULL || len == 0) {
    return;
  }
  ngtcp2_conn_extend_max_stream_offset (quic->conn, quic->stream, len);
  ngtcp2_conn_extend_max_offset (quic->conn, len);
  kith_timer_set (&quic->timer, kith_clock_now (quic->timer.clock));
}

void
kith_quic_send_control (KithQuic *quic, const guint8 *data, gsize len)
{
  if (!quic->up || quic->dead || len == 0 || len > sizeof quic->control_out) {
    return;
  }
  memcpy (quic->control_out, data, len);
  quic->control_out_len = len;
  kith_quic_flush (quic);
}

void
kith_quic_poke (KithQuic *quic)
{
  static const guint8 nothing = 0;

  kith_quic_send_control (quic, &nothing, sizeof nothing);
}

const KithDeviceCert *
kith_quic_get_peer (KithQuic *quic)
{
  return &quic->peer;
}

gboolean
kith_quic_export_key (KithQuic *quic,
                      const char *label,
                      const guint8 *context,
                      gsize context_len,
                      guint8 *key,
                      gsize key_len)
{
  return quic->up && quic->tls != NULL
         && gnutls_prf_rfc5705 (quic->tls,
                                strlen (label),
                                label,
                                context_len,
                                (const char *)context,
                                key_len,
                                (char *)key)
                >= 0;
}

guint
kith_quic_get_rtt_ms (KithQuic *quic)
{
  ngtcp2_conn_stat stat;

  if (!quic->up || quic->conn == NULL) {
    return 0;
  }
  ngtcp2_conn_get_conn_stat (quic->conn, &stat);
  return (guint)((stat.smoothed_rtt + NGTCP2_MILLISECONDS / 2) / NGTCP2_MILLISECONDS);
}

guint
kith_quic_get_least_rtt_ms (KithQuic *quic)
{
  ngtcp2_conn_stat stat;

  if (!quic->up || quic->conn == NULL) {
    return 0;
  }
  ngtcp2_conn_get_conn_stat (quic->conn, &stat);
  ngtcp2_duration least = MIN (stat.min_rtt, stat.smoothed_rtt);
  return (guint)((least + NGTCP2_MILLISECONDS / 2) / NGTCP2_MILLISECONDS);
}
