/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes ngtcp2 connections: settings, and callbacks that only note what happened. */
#include <ngtcp2/ngtcp2_crypto_gnutls.h>
#include <string.h>

#include "base/random.h"
#include "quic/quic-private.h"
#include "quic/quic-tls.h"

#define CID_LEN 8 /* bytes of a connection id of ours */
#define WINDOW ((guint64)256 * 1024)
#define NOTE_WINDOW ((guint64)16 * 1024)
#define INITIAL_RTT (100 * NGTCP2_MILLISECONDS)
#define HANDSHAKE_TIMEOUT (8 * NGTCP2_SECONDS)
/* the last resort; the link's own keep-alive is much faster */
#define IDLE_TIMEOUT (60 * NGTCP2_SECONDS)

static ngtcp2_conn *
get_conn (ngtcp2_crypto_conn_ref *ref)
{
  return ((KithQuic *)ref->user_data)->conn;
}

static int
on_verify (gnutls_session_t session)
{
  KithQuic *quic = ((ngtcp2_crypto_conn_ref *)gnutls_session_get_ptr (session))->user_data;
  const KithQuicConfig *config = &quic->config;
  const gnutls_datum_t *der = kith_quic_tls_get_peer (session);
  KithQuicExpected expected = { NULL, NULL };

  if (config->expects_peer) {
    expected = (KithQuicExpected){ &config->expected_identity, &config->expected_device };
  }
  quic->refusal = "the peer showed no single X.509 certificate";
  if (der != NULL) {
    quic->refusal
        = kith_quic_check_peer (der, &expected, config->verify, config->verify_data, &quic->peer);
  }
  return quic->refusal == NULL && kith_quic_change (quic, KITH_QUIC_EVENT_PEER)
             ? 0
             : GNUTLS_E_CERTIFICATE_ERROR;
}

static void
on_rand (uint8_t *data, size_t len, const ngtcp2_rand_ctx *context)
{
  KithQuic *quic = context->native_handle;

  /* While a connection is made, the one single random byte decides whether the fixed bit is cleared
     for ever (RFC 9287); it must not be, since then QUIC could not be told from STUN and RTP (RFC
     9443). */
  if ((quic != NULL && quic->state == KITH_QUIC_MAKING && len == 1)
      || !kith_random_bytes (data, len)) {
    memset (data, 0, len);
  }
}

static int
on_new_cid (ngtcp2_conn *conn, ngtcp2_cid *cid, uint8_t *token, size_t len, void *user_data)
{
  cid->datalen = len;
  if (len != CID_LEN || !kith_random_bytes (cid->data, len)
      || !kith_random_bytes (token, NGTCP2_STATELESS_RESET_TOKENLEN)) {
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }
  return 0;
}

/* What was read came under the connection's keys. */
static void
heard (KithQuic *quic)
{
  quic->tell_heard = quic->authentic = TRUE;
}

static int
on_handshake_completed (ngtcp2_conn *conn, void *user_data)
{
  KithQuic *quic = user_data;

  if (!kith_quic_tls_is_ours (quic->tls) || !kith_quic_change (quic, KITH_QUIC_EVENT_SHAKEN)) {
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }
  quic->authentic = TRUE;
  return 0;
}

static int
on_stream_open (ngtcp2_conn *conn, int64_t stream, void *user_data)
{
  KithQuic *quic = user_data;

  if (!ngtcp2_is_bidi_stream (stream) && quic->notes.peer_id < 0) {
    quic->notes.peer_id = stream;
    return 0;
  }
  if (quic->config.client || quic->stream.id >= 0) {
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }
  quic->stream.id = stream;
  quic->tell_writable = TRUE;
  return 0;
}

static int
on_stream_data (ngtcp2_conn *conn,
                uint32_t flags,
                int64_t stream,
                uint64_t offset,
                const uint8_t *data,
                size_t len,
                void *user_data,
                void *stream_user_data)
{
  KithQuic *quic = user_data;

  heard (quic);
  if (stream == quic->notes.peer_id) {
    g_byte_array_append (quic->notes.in, data, (guint)len);
    return 0;
  }
  if (stream != quic->stream.id) {
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }
  g_byte_array_append (quic->stream.in, data, (guint)len);
  if ((flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0) {
    (void)kith_quic_in_step (&quic->stream.in_state, KITH_QUIC_IN_EVENT_END);
  }
  return 0;
}

static int
on_stream_acked (ngtcp2_conn *conn,
                 int64_t stream,
                 uint64_t offset,
                 uint64_t len,
                 void *user_data,
                 void *stream_user_data)
{
  KithQuic *quic = user_data;

  heard (quic);
  if (stream == quic->notes.id) {
    kith_send_queue_acknowledge (&quic->notes.out, offset + len);
  } else {
    kith_send_queue_acknowledge (&quic->stream.out, offset + len);
    quic->tell_writable = TRUE;
  }
  return 0;
}

static int
on_stream_reset (ngtcp2_conn *conn,
                 int64_t stream,
                 uint64_t final_size,
                 uint64_t code,
                 void *user_data,
                 void *stream_user_data)
{
  KithQuic *quic = user_data;

  if (stream == quic->stream.id) {
    (void)kith_quic_in_step (&quic->stream.in_state, KITH_QUIC_IN_EVENT_END);
  }
  return 0;
}

static int
on_stream_close (ngtcp2_conn *conn,
                 uint32_t flags,
                 int64_t stream,
                 uint64_t code,
                 void *user_data,
                 void *stream_user_data)
{
  KithQuic *quic = user_data;

  if (stream == quic->stream.id) {
    (void)kith_quic_out_step (&quic->stream.out_state, KITH_QUIC_OUT_EVENT_CLOSE);
    (void)kith_quic_in_step (&quic->stream.in_state, KITH_QUIC_IN_EVENT_END);
  } else if (stream == quic->notes.id) {
    (void)kith_quic_notes_step (&quic->notes.state, KITH_QUIC_NOTES_EVENT_REFUSE);
  }
  return 0;
}

static int
on_datagram (ngtcp2_conn *conn, uint32_t flags, const uint8_t *data, size_t len, void *user_data)
{
  KithQuic *quic = user_data;

  heard (quic);
  if (len > 0 && len <= sizeof quic->control.in) {
    memcpy (quic->control.in, data, len);
    quic->control.in_len = len;
  }
  return 0;
}

static int
on_datagram_acked (ngtcp2_conn *conn, uint64_t id, void *user_data)
{
  heard (user_data);
  return 0;
}

static const ngtcp2_callbacks callbacks = {
  .client_initial = ngtcp2_crypto_client_initial_cb,
  .recv_client_initial = ngtcp2_crypto_recv_client_initial_cb,
  .recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb,
  .encrypt = ngtcp2_crypto_encrypt_cb,
  .decrypt = ngtcp2_crypto_decrypt_cb,
  .hp_mask = ngtcp2_crypto_hp_mask_cb,
  .recv_retry = ngtcp2_crypto_recv_retry_cb,
  .rand = on_rand,
  .get_new_connection_id = on_new_cid,
  .update_key = ngtcp2_crypto_update_key_cb,
  .delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb,
  .delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb,
  .get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb,
  .version_negotiation = ngtcp2_crypto_version_negotiation_cb,
  .handshake_completed = on_handshake_completed,
  .stream_open = on_stream_open,
  .recv_stream_data = on_stream_data,
  .acked_stream_data_offset = on_stream_acked,
  .stream_reset = on_stream_reset,
  .stream_close = on_stream_close,
  .recv_datagram = on_datagram,
  .ack_datagram = on_datagram_acked,
};

ngtcp2_tstamp
kith_quic_now (const KithQuic *quic)
{
  return (ngtcp2_tstamp)kith_clock_now (quic->timer.clock) * 1000;
}

ngtcp2_path
kith_quic_path (KithQuic *quic)
{
  return (ngtcp2_path){ { (void *)&quic->local, sizeof quic->local },
                        { (void *)&quic->remote, sizeof quic->remote },
                        NULL };
}

void
kith_quic_unmake (KithQuic *quic)
{
  g_clear_pointer (&quic->conn, ngtcp2_conn_del);
  g_clear_pointer (&quic->tls, gnutls_deinit);
}

static void
fill_settings (KithQuic *quic, ngtcp2_settings *settings, ngtcp2_transport_params *params)
{
  ngtcp2_settings_default (settings);
  settings->initial_ts = kith_quic_now (quic);
  settings->initial_rtt = INITIAL_RTT;
  settings->max_tx_udp_payload_size = KITH_QUIC_MTU;
  settings->no_tx_udp_payload_size_shaping = 1;
  settings->no_pmtud = 1;
  settings->cc_algo = NGTCP2_CC_ALGO_BBR;
  settings->handshake_timeout = HANDSHAKE_TIMEOUT;
  settings->rand_ctx.native_handle = quic;

  ngtcp2_transport_params_default (params);
  params->initial_max_stream_data_bidi_local = WINDOW;
  params->initial_max_stream_data_bidi_remote = WINDOW;
  params->initial_max_data = WINDOW;
  params->initial_max_streams_bidi = quic->config.client ? 0 : 1;
  params->initial_max_stream_data_uni = NOTE_WINDOW;
  params->initial_max_streams_uni = 1; /* notes */
  params->max_idle_timeout = IDLE_TIMEOUT;
  params->max_datagram_frame_size = KITH_QUIC_MTU;
  params->active_connection_id_limit = 2;
}

/* Makes the connection; @first is the client's first packet on a server. FALSE: not dead, but
   nothing came of it. */
gboolean
kith_quic_make (KithQuic *quic, const ngtcp2_pkt_hd *first)
{
  ngtcp2_settings settings;
  ngtcp2_transport_params params;
  ngtcp2_path path = kith_quic_path (quic);
  ngtcp2_cid source = { .datalen = CID_LEN };
  ngtcp2_cid destination = { .datalen = NGTCP2_MIN_INITIAL_DCIDLEN };
  int code;

  quic->ref.get_conn = get_conn;
  quic->tls
      = kith_quic_tls_new (quic->config.client, quic->config.credentials, on_verify, &quic->ref);
  if (quic->tls == NULL || !kith_random_bytes (source.data, source.datalen)
      || !kith_random_bytes (destination.data, destination.datalen)) {
    kith_quic_unmake (quic);
    return FALSE;
  }
  fill_settings (quic, &settings, &params);
  (void)kith_quic_change (quic, KITH_QUIC_EVENT_MAKE);
  if (first == NULL) {
    code = ngtcp2_conn_client_new (&quic->conn,
                                   &destination,
                                   &source,
                                   &path,
                                   NGTCP2_PROTO_VER_V1,
                                   &callbacks,
                                   &settings,
                                   &params,
                                   NULL,
                                   quic);
  } else {
    params.original_dcid = first->dcid;
    code = ngtcp2_conn_server_new (&quic->conn,
                                   &first->scid,
                                   &source,
                                   &path,
                                   first->version,
                                   &callbacks,
                                   &settings,
                                   &params,
                                   NULL,
                                   quic);
  }
  if (code != 0) {
    quic->conn = NULL;
    (void)kith_quic_change (quic, KITH_QUIC_EVENT_UNMAKE);
    kith_quic_unmake (quic);
    return FALSE;
  }
  (void)kith_quic_change (quic, KITH_QUIC_EVENT_MADE);
  ngtcp2_conn_set_tls_native_handle (quic->conn, quic->tls);
  return TRUE;
}
