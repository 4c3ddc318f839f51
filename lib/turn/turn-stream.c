/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connects with GIO, by TCP or by TLS over it, and reads and writes what is ready, all from the
   main loop. */
#include "turn/turn-stream.h"

#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#include "base/plain-file.h"
#include "net/socket-watch.h"

#define READ_MAX 16384
#define READS_AT_ONCE 4

struct _KithTurnStream {
  KithTurnServer *server;
  const KithTurnStreamEvents *events;
  gpointer user_data;
  GCancellable *opening;
  GSocketConnection *connection;
  GIOStream *io; /* the same, or TLS over it; NULL: not up, or down */
  GSource *in, *out;
  GByteArray *queue;
  gboolean paused;
  gboolean is_down;
  gboolean *freed; /* set when an event's receiver freed us */
};

static void
close_all (KithTurnStream *stream)
{
  kith_socket_unwatch (&stream->in);
  kith_socket_unwatch (&stream->out);
  g_cancellable_cancel (stream->opening);
  if (stream->io != NULL) {
    /* The socket first: TLS would wait until its last word is out. While hands are shaken it is a
       thread's, which ends now and closes it. */
    (void)g_socket_close (g_socket_connection_get_socket (stream->connection), NULL);
  }
  g_clear_object (&stream->io);
  g_clear_object (&stream->connection);
}

/* The last event; the stream may be gone after it. */
static void
fail (KithTurnStream *stream, const char *why)
{
  if (!stream->is_down) {
    stream->is_down = TRUE;
    close_all (stream);
    stream->events->down (why, stream->user_data);
  }
}

/* TLS */

/* The certificates in [turn] ca; a pipe in place of the file would be waited for. */
static GTlsDatabase *
load_ca (const char *path)
{
  g_autofree gchar *whole = g_canonicalize_filename (path, NULL);
  gsize size = 0;
  int fd = kith_plain_file_open (whole, &size, NULL);

  if (fd < 0) {
    return NULL;
  }
  (void)close (fd);
  g_autolist (GTlsCertificate) list
      = size <= KITH_TURN_MAX_CA ? g_tls_certificate_list_new_from_file (whole, NULL) : NULL;
  return list != NULL ? g_tls_file_database_new (whole, NULL) : NULL;
}

/* The certificates that may sign the server's, loaded once a server. (transfer none); NULL:
   none. */
static GTlsDatabase *
get_trust (KithTurnServer *server)
{
  if (server->trust == NULL) {
    server->trust = server->ca_file != NULL
                        ? load_ca (server->ca_file)
                        : g_tls_backend_get_default_database (g_tls_backend_get_default ());
    server->free_trust = server->trust != NULL ? g_object_unref : NULL;
  }
  return server->trust;
}

/* (transfer full) */
static gchar *
describe (GTlsConnection *tls, const GError *error)
{
  static const struct {
    GTlsCertificateFlags flag;
    const char *words;
  } all[] = {
    { G_TLS_CERTIFICATE_UNKNOWN_CA, "nobody who is trusted has signed it" },
    { G_TLS_CERTIFICATE_BAD_IDENTITY, "it names another host" },
    { G_TLS_CERTIFICATE_NOT_ACTIVATED, "it is not valid yet" },
    { G_TLS_CERTIFICATE_EXPIRED, "it has expired" },
    { G_TLS_CERTIFICATE_REVOKED, "it was revoked" },
    { G_TLS_CERTIFICATE_INSECURE, "its algorithm is too weak" },
  };

  if (!g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE)) {
    return g_strdup_printf ("TLS failed: %s", error->message);
  }
  GTlsCertificateFlags errors = g_tls_connection_get_peer_certificate_errors (tls);
  GString *why
      = g_string_new ("its certificate is not to be trusted (name its authority in [turn] ca)");
  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    if ((errors & all[i].flag) != 0) {
      g_string_append_printf (why,
                              "%s %s",
                              why->str[why->len - 1] == ')' ? ":" : ",",
                              all[i].words);
    }
  }
  return g_string_free (why, FALSE);
}

/* Bytes */

/* TRUE: nothing was moved, but may be later. */
static gboolean
is_later (GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static gboolean
on_readable (GObject *source, gpointer user_data)
{
  KithTurnStream *stream = user_data;
  guint8 buffer[READ_MAX];
  gboolean freed = FALSE;

  for (guint i = 0; i < READS_AT_ONCE && stream->in != NULL; i++) {
    g_autoptr (GError) error = NULL;
    gssize n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (source),
                                                         buffer,
                                                         sizeof buffer,
                                                         NULL,
                                                         &error);
    if (n < 0 && is_later (error)) {
      break;
    }
    if (n <= 0) {
      fail (stream, n == 0 ? "it closed the connection" : error->message);
      return G_SOURCE_REMOVE;
    }
    stream->freed = &freed;
    stream->events->data (buffer, (gsize)n, stream->user_data);
    if (freed) {
      return G_SOURCE_REMOVE;
    }
    stream->freed = NULL;
  }
  return stream->in != NULL ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* Writes what goes. FALSE after an error. */
static gboolean
write_some (KithTurnStream *stream, GError **error)
{
  GOutputStream *to = g_io_stream_get_output_stream (stream->io);
  g_autoptr (GError) why = NULL;
  gssize n = 0;

  while (stream->queue->len > 0
         && (n = g_pollable_output_stream_write_nonblocking (G_POLLABLE_OUTPUT_STREAM (to),
                                                             stream->queue->data,
                                                             stream->queue->len,
                                                             NULL,
                                                             &why))
                > 0) {
    g_byte_array_remove_range (stream->queue, 0, (guint)n);
  }
  if (n < 0 && !is_later (why)) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  return TRUE;
}

static gboolean
on_writable (GObject *source, gpointer user_data)
{
  KithTurnStream *stream = user_data;
  g_autoptr (GError) error = NULL;

  if (!write_some (stream, &error)) {
    fail (stream, error->message);
    return G_SOURCE_REMOVE;
  }
  if (stream->queue->len > 0) {
    return G_SOURCE_CONTINUE;
  }
  kith_socket_unwatch (&stream->out);
  stream->events->writable (stream->user_data);
  return G_SOURCE_REMOVE;
}

static void
watch (GSource **slot, GSource *source, GPollableSourceFunc func, KithTurnStream *stream)
{
  g_source_set_callback (source, G_SOURCE_FUNC (func), stream, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  *slot = source;
}

/* Waits for what there is to wait for. */
static void
watch_both (KithTurnStream *stream)
{
  if (stream->io != NULL && stream->in == NULL && !stream->paused) {
    GPollableInputStream *from
        = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (stream->io));
    watch (&stream->in, g_pollable_input_stream_create_source (from, NULL), on_readable, stream);
  }
  if (stream->io != NULL && stream->out == NULL && stream->queue->len > 0) {
    GPollableOutputStream *to
        = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream->io));
    watch (&stream->out, g_pollable_output_stream_create_source (to, NULL), on_writable, stream);
  }
}

/* Connecting */

static void
go_up (KithTurnStream *stream, GIOStream *io)
{
  stream->io = g_object_ref (io);
  watch_both (stream);
  stream->events->up (stream->user_data);
}

static void
on_shaken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return; /* the stream is gone */
  }
  if (ok) {
    go_up (user_data, G_IO_STREAM (source));
  } else {
    g_autofree gchar *why = describe (G_TLS_CONNECTION (source), error);
    fail (user_data, why);
  }
}

static void
start_tls (KithTurnStream *stream)
{
  GTlsDatabase *trust = get_trust (stream->server);
  g_autoptr (GSocketConnectable) name
      = g_network_address_new (stream->server->name, stream->server->port);
  g_autoptr (GError) error = NULL;

  if (trust == NULL) {
    fail (stream,
          stream->server->ca_file != NULL
              ? "the file of [turn] ca holds no certificate that can be read"
              : "this system has no certificates of authorities (package ca-certificates)");
    return;
  }
  g_autoptr (GInitable) tls
      = g_initable_new (g_tls_backend_get_client_connection_type (g_tls_backend_get_default ()),
                        stream->opening,
                        &error,
                        "base-io-stream",
                        stream->connection,
                        "server-identity",
                        name,
                        "database",
                        trust,
                        "require-close-notify",
                        FALSE,
                        NULL);
  if (tls == NULL) {
    fail (stream, error->message);
    return;
  }
  g_tls_connection_handshake_async (G_TLS_CONNECTION (tls),
                                    G_PRIORITY_DEFAULT,
                                    stream->opening,
                                    on_shaken,
                                    stream);
}

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
  if (connection == NULL) {
    fail (stream, error->message);
    return;
  }
  GSocket *socket = g_socket_connection_get_socket (connection);
  g_socket_set_keepalive (socket, TRUE);
  (void)g_socket_set_option (socket, 6 /* IPPROTO_TCP */, 1 /* TCP_NODELAY */, 1, NULL);
  stream->connection = g_steal_pointer (&connection);
  if (stream->server->transport == KITH_TURN_TLS) {
    start_tls (stream);
  } else {
    go_up (stream, G_IO_STREAM (stream->connection));
  }
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
  stream->opening = g_cancellable_new ();
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_async (client, place, stream->opening, on_connected, stream);
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
  if (stream->io != NULL) {
    (void)write_some (stream, NULL);
  }
  close_all (stream);
  g_object_unref (stream->opening);
  g_byte_array_unref (stream->queue);
  kith_turn_server_unref (stream->server);
  g_free (stream);
}

gboolean
kith_turn_stream_send (KithTurnStream *stream, const guint8 *data, gsize len)
{
  if (stream->is_down || stream->queue->len + len > KITH_TURN_STREAM_QUEUE_MAX) {
    return FALSE;
  }
  g_byte_array_append (stream->queue, data, (guint)len);
  watch_both (stream);
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
  } else {
    watch_both (stream);
  }
}

gboolean
kith_turn_stream_get_remote (KithTurnStream *stream, KithEndpoint *remote)
{
  g_autoptr (GSocketAddress) address
      = stream->connection != NULL
            ? g_socket_connection_get_remote_address (stream->connection, NULL)
            : NULL;

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
