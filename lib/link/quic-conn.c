/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drives ngtcp2 and collects what its callbacks tell, so that nobody is called from inside them. */
#include "link/quic-conn.h"

#include <gnutls/crypto.h>
#include <netinet/in.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>
#include <string.h>

#include "base/text.h"
#include "link/quic-tls.h"
#include "link/send-queue.h"

#define STREAM_SIP 1 /* first byte of a stream: what it carries */
#define WINDOW (256 * 1024)
#define MAX_BURST 64 /* packets written in one go */
#define MAX_VECTORS 8
#define INITIAL_RTT (100 * NGTCP2_MILLISECONDS)
#define HANDSHAKE_TIMEOUT (8 * NGTCP2_SECONDS)
#define IDLE_TIMEOUT                                                                               \
  (60 * NGTCP2_SECONDS)    /* the last resort; the link's own keep-alive is much faster */
#define CRYPTO_ERROR 0x100 /* RFC 9001 section 4.8: plus the TLS alert */

struct _KithQuic {
  ngtcp2_crypto_conn_ref ref;
  KithQuicConfig config;
  const KithQuicEvents *events;
  gpointer user_data;
  ngtcp2_conn *conn;
  gnutls_session_t tls;
  struct sockaddr_in local; /* a made-up pair: ICE owns the real path */
  struct sockaddr_in remote;
  KithDeadline timer;
  KithDeviceCert peer;
  const char *refusal; /* why the peer's certificate was refused */
  gboolean making;
  gboolean checked; /* the peer's certificate is good */
  gboolean up;
  gboolean dead;

  int64_t stream; /* -1: none */
  gboolean got_kind;
  gboolean stream_closed;
  KithSendQueue out;
  gboolean end_wanted;
  gboolean end_sent;
  GByteArray *in; /* what arrived in this packet */
  gboolean in_end;

  guint8 control_out[KITH_QUIC_CONTROL_MAX];
  gsize control_out_len;
  guint8 control_in[KITH_QUIC_CONTROL_MAX];
  gsize control_in_len;
  gboolean tell_up;
  gboolean tell_end;
  gboolean tell_heard;
  gboolean tell_writable;

  guint8 goodbye[KITH_QUIC_MTU];
  gsize goodbye_len;
};

static ngtcp2_tstamp
now (void)
{
  return (ngtcp2_tstamp)kith_deadlines_now () * 1000;
}

/* What ngtcp2 and GnuTLS ask and tell */

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
  quic->checked = quic->refusal == NULL;
  return quic->checked ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

static void
on_rand (uint8_t *data, size_t len, const ngtcp2_rand_ctx *context)
{
  KithQuic *quic = context->native_handle;

  /* While a connection is made, the one single random byte decides whether the fixed bit is cleared for ever (RFC 9287); it must
     not be, since then QUIC could not be told from STUN and RTP (RFC 9443). */
  if ((quic != NULL && quic->making && len == 1) || gnutls_rnd (GNUTLS_RND_NONCE, data, len) < 0) {
    memset (data, 0, len);
  }
}

static int
on_new_cid (ngtcp2_conn *conn, ngtcp2_cid *cid, uint8_t *token, size_t len, void *user_data)
{
  cid->datalen = len;
  return gnutls_rnd (GNUTLS_RND_NONCE, cid->data, len) < 0
                 || gnutls_rnd (GNUTLS_RND_KEY, token, NGTCP2_STATELESS_RESET_TOKENLEN) < 0
             ? NGTCP2_ERR_CALLBACK_FAILURE
             : 0;
}

static int
on_handshake_completed (ngtcp2_conn *conn, void *user_data)
{
  KithQuic *quic = user_data;

  if (!quic->checked || !kith_quic_tls_is_ours (quic->tls)) {
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }
  quic->tell_up = TRUE;
  return 0;
}

static int
on_stream_open (ngtcp2_conn *conn, int64_t stream, void *user_data)
{
  KithQuic *quic = user_data;

  if (quic->config.client || quic->stream >= 0) {
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }
  quic->stream = stream;
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

  if (stream != quic->stream) {
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }
  g_byte_array_append (quic->in, data, (guint)len);
  quic->in_end = quic->in_end || (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0;
  quic->tell_heard = TRUE;
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

  kith_send_queue_acknowledge (&quic->out, offset + len);
  quic->tell_heard = quic->tell_writable = TRUE;
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
  ((KithQuic *)user_data)->in_end = TRUE;
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

  quic->stream_closed = quic->in_end = TRUE;
  return 0;
}

static int
on_datagram (ngtcp2_conn *conn, uint32_t flags, const uint8_t *data, size_t len, void *user_data)
{
  KithQuic *quic = user_data;

  quic->tell_heard = TRUE;
  if (len > 0 && len <= sizeof quic->control_in) {
    memcpy (quic->control_in, data, len);
    quic->control_in_len = len;
  }
  return 0;
}

static int
on_datagram_acked (ngtcp2_conn *conn, uint64_t id, void *user_data)
{
  ((KithQuic *)user_data)->tell_heard = TRUE;
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

/* The end */

static void
die (KithQuic *quic, KithReason reason, const char *text)
{
  if (!quic->dead) {
    quic->dead = TRUE;
    kith_deadline_clear (&quic->timer);
    quic->events->down (reason, text, quic->user_data);
  }
}

static void
write_goodbye (KithQuic *quic, const ngtcp2_connection_close_error *error)
{
  ngtcp2_path_storage path;
  ngtcp2_pkt_info info;

  ngtcp2_path_storage_zero (&path);
  ngtcp2_ssize len = ngtcp2_conn_write_connection_close (quic->conn,
                                                         &path.path,
                                                         &info,
                                                         quic->goodbye,
                                                         sizeof quic->goodbye,
                                                         error,
                                                         now ());
  if (len > 0) {
    quic->goodbye_len = (gsize)len;
    quic->events->transmit (quic->goodbye, quic->goodbye_len, quic->user_data);
  }
}

/* The peer said goodbye: what it meant. */
static void
die_by_peer (KithQuic *quic)
{
  ngtcp2_connection_close_error error;
  g_autofree gchar *text = NULL;

  ngtcp2_conn_get_connection_close_error (quic->conn, &error);
  text = kith_text_safe ((const char *)error.reason, (gssize)error.reasonlen, 80);
  if (error.type == NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION
      || error.error_code == NGTCP2_NO_ERROR || error.error_code == NGTCP2_APPLICATION_ERROR) {
    die (quic, KITH_REASON_REMOTE, text);
  } else if ((error.error_code & ~(uint64_t)0xff) == CRYPTO_ERROR
             && kith_quic_tls_is_refusal ((guint8)error.error_code)) {
    die (quic, KITH_REASON_UNTRUSTED, "the peer refused our device certificate");
  } else {
    g_autofree gchar *code
        = g_strdup_printf ("the peer reported QUIC error 0x%" G_GINT64_MODIFIER "x",
                           error.error_code);
    die (quic, KITH_REASON_INTERNAL, code);
  }
}

static void
forget_conn (KithQuic *quic)
{
  g_clear_pointer (&quic->conn, ngtcp2_conn_del);
  g_clear_pointer (&quic->tls, gnutls_deinit);
}

static void
fail (KithQuic *quic, int code)
{
  ngtcp2_connection_close_error error;

  if (quic->dead) {
    return;
  }
  if (code == NGTCP2_ERR_DRAINING) {
    die_by_peer (quic);
    return;
  }
  if (code == NGTCP2_ERR_IDLE_CLOSE || code == NGTCP2_ERR_HANDSHAKE_TIMEOUT) {
    die (quic, KITH_REASON_NETWORK_LOST, "nothing was heard of the peer");
    return;
  }
  if (code == NGTCP2_ERR_DROP_CONN || code == NGTCP2_ERR_RETRY) {
    die (quic, KITH_REASON_INTERNAL, "the connection attempt was malformed");
    return;
  }
  ngtcp2_connection_close_error_default (&error);
  if (code == NGTCP2_ERR_CRYPTO) {
    ngtcp2_connection_close_error_set_transport_error_tls_alert (
        &error,
        ngtcp2_conn_get_tls_alert (quic->conn),
        NULL,
        0);
  } else {
    ngtcp2_connection_close_error_set_transport_error_liberr (&error, code, NULL, 0);
  }
  write_goodbye (quic, &error);
  if (quic->refusal != NULL) {
    die (quic, KITH_REASON_UNTRUSTED, quic->refusal);
  } else {
    die (quic, KITH_REASON_INTERNAL, ngtcp2_strerror (code));
  }
}

/* Writing packets */

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
                                    now ());
}

static ngtcp2_ssize
write_control (KithQuic *quic, guint8 *packet, gsize size)
{
  ngtcp2_path_storage path;
  ngtcp2_pkt_info info;
  ngtcp2_vec vector = { quic->control_out, quic->control_out_len };
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
                                                  now ());
  if (accepted != 0 || len == NGTCP2_ERR_INVALID_STATE || len == NGTCP2_ERR_INVALID_ARGUMENT) {
    quic->control_out_len = 0;
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
  gsize n = kith_send_queue_peek (&quic->out, vectors, MAX_VECTORS);
  guint64 covered = quic->out.sent;
  ngtcp2_ssize taken = -1;

  for (gsize i = 0; i < n; i++) {
    covered += vectors[i].len;
  }
  gboolean end = quic->end_wanted && covered == quic->out.end;
  ngtcp2_path_storage_zero (&path);
  ngtcp2_ssize len = ngtcp2_conn_writev_stream (quic->conn,
                                                &path.path,
                                                &info,
                                                packet,
                                                size,
                                                &taken,
                                                end ? NGTCP2_WRITE_STREAM_FLAG_FIN : 0,
                                                quic->stream,
                                                vectors,
                                                n,
                                                now ());
  if (taken >= 0) {
    kith_send_queue_advance (&quic->out, (gsize)taken);
    quic->end_sent = end && quic->out.sent == quic->out.end;
  }
  if (len == NGTCP2_ERR_STREAM_SHUT_WR || len == NGTCP2_ERR_STREAM_NOT_FOUND) {
    quic->stream_closed = TRUE;
  }
  if (len == NGTCP2_ERR_STREAM_DATA_BLOCKED || len == NGTCP2_ERR_STREAM_SHUT_WR
      || len == NGTCP2_ERR_STREAM_NOT_FOUND) {
    return write_plain (quic, packet, size);
  }
  return len;
}

static ngtcp2_ssize
write_packet (KithQuic *quic, guint8 *packet, gsize size)
{
  gboolean stream_wants = quic->out.current != NULL || (quic->end_wanted && !quic->end_sent);

  if (quic->up && quic->control_out_len > 0) {
    return write_control (quic, packet, size);
  }
  if (quic->up && quic->stream >= 0 && !quic->stream_closed && stream_wants) {
    return write_stream (quic, packet, size);
  }
  return write_plain (quic, packet, size);
}

static void
flush (KithQuic *quic)
{
  guint8 packet[KITH_QUIC_MTU];
  guint n = 0;

  for (; !quic->dead && n < MAX_BURST; n++) {
    ngtcp2_ssize len = write_packet (quic, packet, sizeof packet);
    if (len < 0) {
      fail (quic, (int)len);
      return;
    }
    if (len == 0) {
      break;
    }
    quic->events->transmit (packet, (gsize)len, quic->user_data);
  }
  if (quic->dead) {
    return;
  }
  ngtcp2_conn_update_pkt_tx_time (quic->conn, now ());
  ngtcp2_tstamp expiry = ngtcp2_conn_get_expiry (quic->conn);
  if (n == MAX_BURST) {
    kith_deadline_set (&quic->timer, kith_deadlines_now ());
  } else if (expiry == UINT64_MAX) {
    kith_deadline_clear (&quic->timer);
  } else {
    kith_deadline_set (&quic->timer, (gint64)((expiry + 999) / 1000));
  }
}

/* Telling the owner, outside of ngtcp2 */

static void
rise (KithQuic *quic)
{
  static const guint8 kind = STREAM_SIP;

  if (quic->config.client) {
    if (ngtcp2_conn_open_bidi_stream (quic->conn, &quic->stream, NULL) != 0) {
      fail (quic, NGTCP2_ERR_INTERNAL);
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
      fail (quic, NGTCP2_ERR_PROTO);
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
  if (!quic->dead && quic->up && (quic->in->len > 0 || (quic->in_end && !quic->tell_end))) {
    deliver (quic);
  }
  if (!quic->dead && quic->tell_writable && quic->up) {
    quic->tell_writable = FALSE;
    quic->events->writable (quic->user_data);
  }
  if (!quic->dead) {
    flush (quic);
  }
}

static void
on_timer (gpointer user_data)
{
  KithQuic *quic = user_data;

  if (quic->dead || quic->conn == NULL) {
    return;
  }
  int code = ngtcp2_conn_handle_expiry (quic->conn, now ());
  if (code != 0) {
    fail (quic, code);
  } else {
    settle (quic);
  }
}

/* Making */

static void
fill_settings (KithQuic *quic, ngtcp2_settings *settings, ngtcp2_transport_params *params)
{
  ngtcp2_settings_default (settings);
  settings->initial_ts = now ();
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
  params->initial_max_streams_uni = 0;
  params->max_idle_timeout = IDLE_TIMEOUT;
  params->max_datagram_frame_size = KITH_QUIC_MTU;
  params->active_connection_id_limit = 2;
}

/* Makes the connection; @first is the client's first packet on a server. FALSE: not dead, but nothing came of it. */
static gboolean
make (KithQuic *quic, const ngtcp2_pkt_hd *first)
{
  ngtcp2_settings settings;
  ngtcp2_transport_params params;
  ngtcp2_path path = { { (void *)&quic->local, sizeof quic->local },
                       { (void *)&quic->remote, sizeof quic->remote },
                       NULL };
  ngtcp2_cid source = { .datalen = 8 };
  ngtcp2_cid destination = { .datalen = NGTCP2_MIN_INITIAL_DCIDLEN };
  int code;

  quic->tls
      = kith_quic_tls_new (quic->config.client, quic->config.credentials, on_verify, &quic->ref);
  if (quic->tls == NULL || gnutls_rnd (GNUTLS_RND_NONCE, source.data, source.datalen) < 0
      || gnutls_rnd (GNUTLS_RND_NONCE, destination.data, destination.datalen) < 0) {
    forget_conn (quic);
    return FALSE;
  }
  fill_settings (quic, &settings, &params);
  quic->making = TRUE;
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
  quic->making = FALSE;
  if (code != 0) {
    quic->conn = NULL;
    forget_conn (quic);
    return FALSE;
  }
  ngtcp2_conn_set_tls_native_handle (quic->conn, quic->tls);
  return TRUE;
}

KithQuic *
kith_quic_new (const KithQuicConfig *config, const KithQuicEvents *events, gpointer user_data)
{
  KithQuic *quic = g_new0 (KithQuic, 1);

  quic->config = *config;
  quic->config.credentials = kith_quic_credentials_ref (config->credentials);
  quic->events = events;
  quic->user_data = user_data;
  quic->stream = -1;
  quic->in = g_byte_array_new ();
  quic->ref.get_conn = get_conn;
  quic->ref.user_data = quic;
  quic->local.sin_family = quic->remote.sin_family = AF_INET;
  quic->local.sin_port = quic->remote.sin_port = htons (1);
  quic->local.sin_addr.s_addr = htonl (0xc0000201);  /* 192.0.2.1 */
  quic->remote.sin_addr.s_addr = htonl (0xc0000202); /* 192.0.2.2 */
  kith_deadline_init (&quic->timer, config->deadlines, on_timer, quic);
  return quic;
}

void
kith_quic_free (KithQuic *quic)
{
  if (quic == NULL) {
    return;
  }
  kith_deadline_finish (&quic->timer);
  forget_conn (quic);
  kith_send_queue_clear (&quic->out);
  g_byte_array_unref (quic->in);
  kith_quic_credentials_unref (quic->config.credentials);
  g_free (quic);
}

void
kith_quic_start (KithQuic *quic)
{
  if (!quic->config.client || quic->conn != NULL || quic->dead) {
    return;
  }
  if (make (quic, NULL)) {
    flush (quic);
  } else {
    die (quic, KITH_REASON_INTERNAL, "the TLS session could not be made");
  }
}

void
kith_quic_input (KithQuic *quic, const guint8 *packet, gsize len)
{
  ngtcp2_path path = { { (void *)&quic->local, sizeof quic->local },
                       { (void *)&quic->remote, sizeof quic->remote },
                       NULL };
  ngtcp2_pkt_info info = { 0 };

  if (quic->dead || (quic->conn == NULL && quic->config.client)) {
    return;
  }
  if (quic->conn == NULL) {
    ngtcp2_pkt_hd first;
    if (ngtcp2_accept (&first, packet, len) != 0 || first.version != NGTCP2_PROTO_VER_V1
        || !make (quic, &first)) {
      return;
    }
  }
  int code = ngtcp2_conn_read_pkt (quic->conn, &path, &info, packet, len, now ());
  if (code == NGTCP2_ERR_DROP_CONN && !quic->config.client && !quic->checked) {
    /* It only looked like a first packet: wait for the real one. */
    kith_deadline_clear (&quic->timer);
    forget_conn (quic);
  } else if (code != 0) {
    fail (quic, code);
  } else {
    settle (quic);
  }
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
    flush (quic);
  }
  return TRUE;
}

void
kith_quic_end (KithQuic *quic)
{
  if (kith_quic_is_writable (quic)) {
    quic->end_wanted = TRUE;
    flush (quic);
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
  kith_deadline_set (&quic->timer, kith_deadlines_now ());
}

void
kith_quic_send_control (KithQuic *quic, const guint8 *data, gsize len)
{
  if (!quic->up || quic->dead || len == 0 || len > sizeof quic->control_out) {
    return;
  }
  memcpy (quic->control_out, data, len);
  quic->control_out_len = len;
  flush (quic);
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

gboolean
kith_quic_close (KithQuic *quic, const char *why)
{
  ngtcp2_connection_close_error error;

  if (quic->dead) {
    return FALSE;
  }
  quic->dead = TRUE;
  kith_deadline_clear (&quic->timer);
  if (quic->conn == NULL) {
    return FALSE;
  }
  ngtcp2_connection_close_error_default (&error);
  ngtcp2_connection_close_error_set_application_error (&error,
                                                       0,
                                                       (const uint8_t *)why,
                                                       MIN (strlen (why), 80));
  write_goodbye (quic, &error);
  return quic->goodbye_len > 0;
}

void
kith_quic_repeat_close (KithQuic *quic)
{
  if (quic->goodbye_len > 0) {
    quic->events->transmit (quic->goodbye, quic->goodbye_len, quic->user_data);
  }
}
