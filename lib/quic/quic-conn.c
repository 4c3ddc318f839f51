/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drives one QUIC connection and tells its owner, outside of ngtcp2's callbacks, what they
   noted. */
#include <string.h>

#include "base/log.h"
#include "quic/quic-private.h"

#define STREAM_SIP 1 /* first byte of a stream: what it carries */

gboolean
kith_quic_change (KithQuic *quic, KithQuicEvent event)
{
  KithQuicState before = quic->state;

  if (!kith_quic_state_step (&quic->state, event)) {
    return FALSE;
  }
  kith_debug ("quic",
              "%s: %s -> %s",
              quic->config.client ? "client" : "server",
              kith_quic_state_word (before),
              kith_quic_state_word (quic->state));
  return TRUE;
}

gboolean
kith_quic_is_over (const KithQuic *quic)
{
  return kith_quic_state_is_over (quic->state);
}

static void
rise (KithQuic *quic)
{
  static const guint8 kind = STREAM_SIP;

  if (quic->config.client) {
    if (ngtcp2_conn_open_bidi_stream (quic->conn, &quic->stream.id, NULL) != 0) {
      kith_quic_fail (quic, NGTCP2_ERR_INTERNAL);
      return;
    }
    kith_send_queue_push (&quic->stream.out, &kind, 1);
  }
  (void)kith_quic_change (quic, KITH_QUIC_EVENT_TOLD);
  quic->events->up (quic->user_data);
}

static void
deliver (KithQuic *quic)
{
  g_autoptr (GByteArray) in = g_steal_pointer (&quic->stream.in);
  gsize skip = 0;

  quic->stream.in = g_byte_array_new ();
  if (!quic->config.client && quic->stream.taken == 0 && in->len > 0) {
    if (in->data[0] != STREAM_SIP) {
      kith_quic_fail (quic, NGTCP2_ERR_PROTO);
      return;
    }
    skip = 1;
    ngtcp2_conn_extend_max_stream_offset (quic->conn, quic->stream.id, 1);
    ngtcp2_conn_extend_max_offset (quic->conn, 1);
  }
  quic->stream.taken += in->len;
  gboolean end = kith_quic_in_step (&quic->stream.in_state, KITH_QUIC_IN_EVENT_TELL);
  if (in->len > skip || end) {
    quic->events->data (in->data + skip, in->len - skip, end, quic->user_data);
  }
}

/* After ngtcp2 has worked: events in the order in which the owner needs them, then packets. */
static void
settle (KithQuic *quic)
{
  if (quic->state == KITH_QUIC_SHAKEN) {
    rise (quic);
  }
  if (quic->state == KITH_QUIC_UP && quic->tell_heard) {
    quic->tell_heard = FALSE;
    quic->events->heard (quic->user_data);
  }
  if (quic->state == KITH_QUIC_UP && quic->control.in_len > 0) {
    gsize len = quic->control.in_len;
    quic->control.in_len = 0;
    quic->events->control (quic->control.in, len, quic->user_data);
  }
  if (quic->state == KITH_QUIC_UP && quic->notes.in->len > 0 && !kith_quic_deliver_notes (quic)) {
    return;
  }
  if (quic->state == KITH_QUIC_UP
      && (quic->stream.in->len > 0 || quic->stream.in_state == KITH_QUIC_IN_ENDED)) {
    deliver (quic);
  }
  if (quic->state == KITH_QUIC_UP && quic->tell_writable) {
    quic->tell_writable = FALSE;
    quic->events->writable (quic->user_data);
  }
  if (!kith_quic_is_over (quic)) {
    kith_quic_flush (quic);
  }
}

static void
on_timer (gpointer user_data)
{
  KithQuic *quic = user_data;

  if (kith_quic_is_over (quic) || quic->conn == NULL) {
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
  quic->stream.id = quic->notes.id = quic->notes.peer_id = -1;
  quic->stream.in = g_byte_array_new ();
  quic->notes.in = g_byte_array_new ();
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
  kith_send_queue_clear (&quic->stream.out);
  kith_send_queue_clear (&quic->notes.out);
  g_byte_array_unref (quic->stream.in);
  g_byte_array_unref (quic->notes.in);
  kith_quic_credentials_unref (quic->config.credentials);
  g_free (quic);
}

void
kith_quic_start (KithQuic *quic)
{
  if (!quic->config.client || quic->conn != NULL || kith_quic_is_over (quic)) {
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

  if (kith_quic_is_over (quic) || (quic->conn == NULL && quic->config.client)) {
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
  if (code == NGTCP2_ERR_DROP_CONN && !quic->config.client
      && kith_quic_change (quic, KITH_QUIC_EVENT_UNMAKE)) {
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
  return quic->state == KITH_QUIC_UP && quic->stream.id >= 0
         && quic->stream.out_state == KITH_QUIC_OUT_OPEN;
}

gboolean
kith_quic_write (KithQuic *quic, const guint8 *data, gsize len)
{
  if (!kith_quic_is_writable (quic)) {
    return FALSE;
  }
  if (len > 0) {
    kith_send_queue_push (&quic->stream.out, data, len);
    kith_quic_flush (quic);
  }
  return TRUE;
}

void
kith_quic_end (KithQuic *quic)
{
  if (kith_quic_is_writable (quic)
      && kith_quic_out_step (&quic->stream.out_state, KITH_QUIC_OUT_EVENT_END)) {
    kith_quic_flush (quic);
  }
}

gsize
kith_quic_get_unacked (KithQuic *quic)
{
  return quic->stream.out_state == KITH_QUIC_OUT_CLOSED
             ? 0
             : (gsize)(quic->stream.out.end - quic->stream.out.acked);
}

void
kith_quic_consume (KithQuic *quic, gsize len)
{
  if (kith_quic_is_over (quic) || quic->conn == NULL || len == 0) {
    return;
  }
  ngtcp2_conn_extend_max_stream_offset (quic->conn, quic->stream.id, len);
  ngtcp2_conn_extend_max_offset (quic->conn, len);
  kith_timer_set (&quic->timer, kith_clock_now (quic->timer.clock));
}

void
kith_quic_send_control (KithQuic *quic, const guint8 *data, gsize len)
{
  if (quic->state != KITH_QUIC_UP || len == 0 || len > sizeof quic->control.out) {
    return;
  }
  memcpy (quic->control.out, data, len);
  quic->control.out_len = len;
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
  return kith_quic_state_was_up (quic->state) && quic->tls != NULL
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

  if (!kith_quic_state_was_up (quic->state) || quic->conn == NULL) {
    return 0;
  }
  ngtcp2_conn_get_conn_stat (quic->conn, &stat);
  return (guint)((stat.smoothed_rtt + NGTCP2_MILLISECONDS / 2) / NGTCP2_MILLISECONDS);
}

guint
kith_quic_get_least_rtt_ms (KithQuic *quic)
{
  ngtcp2_conn_stat stat;

  if (!kith_quic_state_was_up (quic->state) || quic->conn == NULL) {
    return 0;
  }
  ngtcp2_conn_get_conn_stat (quic->conn, &stat);
  ngtcp2_duration least = MIN (stat.min_rtt, stat.smoothed_rtt);
  return (guint)((least + NGTCP2_MILLISECONDS / 2) / NGTCP2_MILLISECONDS);
}
