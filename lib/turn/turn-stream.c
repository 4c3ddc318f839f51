/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connects with GIO and speaks TLS with GnuTLS on the non-blocking socket, all from the main loop. */
#include "turn/turn-stream.h"

#include <gio/gio.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

#include "base/plain-file.h"
#include "net/socket-watch.h"

#define READ_MAX 16384
#define READS_AT_ONCE 4

typedef enum { STAGE_CONNECTING, STAGE_HANDSHAKE, STAGE_UP, STAGE_DOWN } Stage;

struct _KithTurnStream {
  KithTurnServer *server;
  const KithTurnStreamEvents *events;
  gpointer user_data;
  Stage stage;
  GCancellable *connecting;
  GSocketConnection *connection;
  GSocket *socket; /* of connection */
  gnutls_session_t tls;
  GSource *in, *out;
  GByteArray *queue;
  gboolean paused;
  gsize tls_pending; /* bytes of the record that GnuTLS could not write yet */
  gboolean *freed;   /* set when an event's receiver freed us */
};

static gboolean on_readable (GSocket *socket, GIOCondition condition, gpointer user_data);
static gboolean on_writable (GSocket *socket, GIOCondition condition, gpointer user_data);

static void
close_all (KithTurnStream *stream)
{
  kith_socket_unwatch (&stream->in);
  kith_socket_unwatch (&stream->out);
  if (stream->connecting != NULL) {
    g_cancellable_cancel (stream->connecting);
    g_clear_object (&stream->connecting);
  }
  g_clear_pointer (&stream->tls, gnutls_deinit);
  stream->socket = NULL;
  if (stream->connection != NULL) {
    (void)g_socket_close (g_socket_connection_get_socket (stream->connection), NULL);
    g_clear_object (&stream->connection);
  }
}

/* The last event; the stream may be gone after it. */
static void
fail (KithTurnStream *stream, const char *why)
{
  if (stream->stage != STAGE_DOWN) {
    stream->stage = STAGE_DOWN;
    close_all (stream);
    stream->events->down (why, stream->user_data);
  }
}

/* TLS */

static void
free_trust (gpointer trust)
{
  gnutls_certificate_free_credentials (trust);
}

/* The number of certificates; GnuTLS would wait for a pipe that stands in place of the file. */
static int
load_ca (gnutls_certificate_credentials_t trust, const char *path)
{
  g_autofree gchar *text = NULL;
  gsize len = 0;

  if (!kith_plain_file_read (path, KITH_TURN_MAX_CA, &text, &len, NULL)) {
    return -1;
  }
  const gnutls_datum_t data = { (unsigned char *)text, (unsigned int)len };
  return gnutls_certificate_set_x509_trust_mem (trust, &data, GNUTLS_X509_FMT_PEM);
}

/* The certificates that may sign the server's, loaded once a server. */
static gnutls_certificate_credentials_t
get_trust (KithTurnServer *server)
{
  gnutls_certificate_credentials_t trust;

  if (server->trust != NULL) {
    return server->trust;
  }
  if (gnutls_certificate_allocate_credentials (&trust) < 0) {
    return NULL;
  }
  int n = server->ca_file != NULL ? load_ca (trust, server->ca_file)
                                  : gnutls_certificate_set_x509_system_trust (trust);
  if (n <= 0) {
    gnutls_certificate_free_credentials (trust);
    return NULL;
  }
  server->trust = trust;
  server->free_trust = free_trust;
  return trust;
}

static gboolean
is_literal (const char *host)
{
  return g_hostname_is_ip_address (host);
}

static gboolean
start_tls (KithTurnStream *stream)
{
  gnutls_certificate_credentials_t trust = get_trust (stream->server);
  const char *host = stream->server->name;

  if (trust == NULL) {
    fail (stream,
          stream->server->ca_file != NULL
              ? "the file of [turn] ca holds no certificate that can be read"
              : "this system has no certificates of authorities (package ca-certificates)");
    return FALSE;
  }
  if (gnutls_init (&stream->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0
      || gnutls_set_default_priority (stream->tls) < 0
      || gnutls_credentials_set (stream->tls, GNUTLS_CRD_CERTIFICATE, trust) < 0
      || (!is_literal (host)
          && gnutls_server_name_set (stream->tls, GNUTLS_NAME_DNS, host, strlen (host)) < 0)) {
    fail (stream, "TLS could not be started");
    return FALSE;
  }
  gnutls_session_set_verify_cert (stream->tls, host, 0);
  gnutls_transport_set_int (stream->tls, g_socket_get_fd (stream->socket));
  stream->stage = STAGE_HANDSHAKE;
  return TRUE;
}

static void
fail_tls (KithTurnStream *stream, int code)
{
  g_autofree gchar *why = NULL;

  if (code == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) {
    gnutls_datum_t text = { NULL, 0 };
    guint status = gnutls_session_get_verify_cert_status (stream->tls);
    (void)gnutls_certificate_verification_status_print (status, GNUTLS_CRT_X509, &text, 0);
    why = g_strdup_printf (
        "its certificate is not to be trusted (name its authority in [turn] ca): %s",
        text.data != NULL ? g_strchomp ((gchar *)text.data) : "unknown");
    gnutls_free (text.data);
  } else {
    why = g_strdup_printf ("TLS failed: %s", gnutls_strerror (code));
  }
  fail (stream, why);
}

/* FALSE: the stream failed and may be gone. */
static gboolean
go_on_with_handshake (KithTurnStream *stream)
{
  int code = gnutls_handshake (stream->tls);

  if (code == GNUTLS_E_SUCCESS) {
    gboolean freed = FALSE;
    stream->stage = STAGE_UP;
    stream->freed = &freed;
    stream->events->up (stream->user_data);
    if (freed) {
      return FALSE;
    }
    stream->freed = NULL;
    kith_socket_watch (&stream->out, stream->socket, G_IO_OUT, on_writable, stream);
    return TRUE;
  }
  if (gnutls_error_is_fatal (code)) {
    fail_tls (stream, code);
    return FALSE;
  }
  if (gnutls_record_get_direction (stream->tls) == 1) {
    kith_socket_watch (&stream->out, stream->socket, G_IO_OUT, on_writable, stream);
  }
  return TRUE;
}

/* Bytes */

static gchar *
describe_broken (int code)
{
  return g_strdup (code == GNUTLS_E_PULL_ERROR || code == GNUTLS_E_PUSH_ERROR
                       ? "the connection broke"
                       : gnutls_strerror (code));
}

/* Returns bytes read, 0 at the end, -1 when there are none now, -2 after an error, with *@why (transfer full). */
static gssize
read_some (KithTurnStream *stream, guint8 *buffer, gsize room, gchar **why)
{
  g_autoptr (GError) error = NULL;
  gssize n;

  if (stream->tls != NULL) {
    n = gnutls_record_recv (stream->tls, buffer, room);
    if (n < 0 && !gnutls_error_is_fatal ((int)n)) {
      return -1;
    }
    if (n < 0 && n != GNUTLS_E_PREMATURE_TERMINATION) {
      *why = describe_broken ((int)n);
      return -2;
    }
    return MAX (n, 0);
  }
  n = g_socket_receive_with_blocking (stream->socket, (gchar *)buffer, room, FALSE, NULL, &error);
  if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
    return -1;
  }
  if (n < 0) {
    *why = g_strdup (error->message);
    return -2;
  }
  return n;
}

/* As read_some(); a TLS record that was not taken is offered again unchanged. */
static gssize
write_some (KithTurnStream *stream, gchar **why)
{
  g_autoptr (GError) error = NULL;
  gssize n;

  if (stream->tls != NULL) {
    gsize len = stream->tls_pending != 0 ? stream->tls_pending : MIN (stream->queue->len, READ_MAX);
    n = gnutls_record_send (stream->tls,
                            stream->tls_pending != 0 ? NULL : stream->queue->data,
                            stream->tls_pending != 0 ? 0 : len);
    if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED) {
      stream->tls_pending = len;
      return -1;
    }
    stream->tls_pending = 0;
    if (n < 0) {
      *why = describe_broken ((int)n);
      return -2;
    }
    return n;
  }
  n = g_socket_send_with_blocking (stream->socket,
                                   (const gchar *)stream->queue->data,
                                   stream->queue->len,
                                   FALSE,
                                   NULL,
                                   &error);
  if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
    return -1;
  }
  if (n < 0) {
    *why = g_strdup (error->message);
    return -2;
  }
  return n;
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  KithTurnStream *stream = user_data;
  guint8 buffer[READ_MAX];
  gboolean freed = FALSE;

  if (stream->stage == STAGE_HANDSHAKE) {
    return go_on_with_handshake (stream) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
  }
  for (guint i = 0;
       i < READS_AT_ONCE || (stream->tls != NULL && gnutls_record_check_pending (stream->tls) > 0);
       i++) {
    g_autofree gchar *why = NULL;
    gssize n = read_some (stream, buffer, sizeof buffer, &why);
    if (n == -1) {
      break;
    }
    if (n <= 0) {
      fail (stream, n == 0 ? "it closed the connection" : why);
      return G_SOURCE_REMOVE;
    }
    stream->freed = &freed;
    stream->events->data (buffer, (gsize)n, stream->user_data);
    if (freed) {
      return G_SOURCE_REMOVE;
    }
    stream->freed = NULL;
    if (stream->in == NULL
        && (stream->tls == NULL || gnutls_record_check_pending (stream->tls) == 0)) {
      return G_SOURCE_REMOVE; /* paused: what GnuTLS has read already came first */
    }
  }
  return stream->in != NULL ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean
on_writable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  KithTurnStream *stream = user_data;

  if (stream->stage == STAGE_HANDSHAKE) {
    kith_socket_unwatch (&stream->out); /* set again when it is needed */
    (void)go_on_with_handshake (stream);
    return G_SOURCE_REMOVE;
  }
  while (stream->queue->len > 0) {
    g_autofree gchar *why = NULL;
    gssize n = write_some (stream, &why);
    if (n == -1) {
      return G_SOURCE_CONTINUE;
    }
    if (n < 0) {
      fail (stream, why);
      return G_SOURCE_REMOVE;
    }
    g_byte_array_remove_range (stream->queue, 0, (guint)n);
  }
  kith_socket_unwatch (&stream->out);
  stream->events->writable (stream->user_data);
  return G_SOURCE_REMOVE;
}

/* Connecting */

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection
      = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return; /* the stream is gone */
  }
  KithTurnStream *stream = user_data;
  g_clear_object (&stream->connecting);
  if (connection == NULL) {
    fail (stream, error->message);
    return;
  }
  stream->connection = g_steal_pointer (&connection);
  stream->socket = g_socket_connection_get_socket (stream->connection);
  g_socket_set_blocking (stream->socket, FALSE);
  g_socket_set_keepalive (stream->socket, TRUE);
  (void)g_socket_set_option (stream->socket, 6 /* IPPROTO_TCP */, 1 /* TCP_NODELAY */, 1, NULL);
  if (stream->server->transport == KITH_TURN_TLS) {
    if (start_tls (stream) && go_on_with_handshake (stream) && !stream->paused) {
      kith_socket_watch (&stream->in, stream->socket, G_IO_IN, on_readable, stream);
    }
    return;
  }
  stream->stage = STAGE_UP;
  if (!stream->paused) {
    kith_socket_watch (&stream->in, stream->socket, G_IO_IN, on_readable, stream);
  }
  kith_socket_watch (&stream->out, stream->socket, G_IO_OUT, on_writable, stream);
  stream->events->up (stream->user_data);
}

KithTurnStream *
kith_turn_stream_new (KithTurnServer *server,
                      const KithTurnStreamEvents *events,
                      gpointer user_data)
{
  KithTurnStream *stream = g_new0 (KithTurnStream, 1);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnectable) place = g_network_address_new (server->host, server->port);

  stream->server = kith_turn_server_ref (server);
  stream->events = events;
  stream->user_data = user_data;
  stream->queue = g_byte_array_new ();
  stream->connecting = g_cancellable_new ();
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_async (client, place, stream->connecting, on_connected, stream);
  return stream;
}

void
kith_turn_stream_free (KithTurnStream *stream)
{
  if (stream == NULL) {
    return;
  }
  if (stream->freed != NULL) {
    *stream->freed = TRUE;
  }
  /* What fits goes out now: it may be the word that gives an allocation back. */
  if (stream->stage == STAGE_UP && stream->queue->len > 0) {
    g_autofree gchar *why = NULL;
    (void)write_some (stream, &why);
  }
  close_all (stream);
  g_byte_array_unref (stream->queue);
  kith_turn_server_unref (stream->server);
  g_free (stream);
}

gboolean
kith_turn_stream_send (KithTurnStream *stream, const guint8 *data, gsize len)
{
  if (stream->stage == STAGE_DOWN || stream->queue->len + len > KITH_TURN_STREAM_QUEUE_MAX) {
    return FALSE;
  }
  g_byte_array_append (stream->queue, data, (guint)len);
  if (stream->stage == STAGE_UP) {
    kith_socket_watch (&stream->out, stream->socket, G_IO_OUT, on_writable, stream);
  }
  return TRUE;
}

gsize
kith_turn_stream_get_queued (KithTurnStream *stream)
{
  return stream->queue->len;
}

void
kith_turn_stream_pause (KithTurnStream *stream, gboolean pause)
{
  stream->paused = pause;
  if (pause) {
    kith_socket_unwatch (&stream->in);
  } else if (stream->stage == STAGE_UP) {
    kith_socket_watch (&stream->in, stream->socket, G_IO_IN, on_readable, stream);
  }
}

gboolean
kith_turn_stream_get_remote (KithTurnStream *stream, KithEndpoint *remote)
{
  g_autoptr (GSocketAddress) address
      = stream->socket != NULL ? g_socket_get_remote_address (stream->socket, NULL) : NULL;

  if (address == NULL || !G_IS_INET_SOCKET_ADDRESS (address)) {
    return FALSE;
  }
  GInetAddress *ip = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  *remote = (KithEndpoint){ 0 };
  remote->family = g_inet_address_get_family (ip) == G_SOCKET_FAMILY_IPV4 ? 4 : 6;
  remote->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  memcpy (remote->ip, g_inet_address_to_bytes (ip), remote->family == 4 ? 4 : 16);
  return TRUE;
}
