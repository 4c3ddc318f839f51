/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accepts on loopback and carries bytes both ways between a local TCP connection and a TLS stream,
   in bounded memory. */
#include "turn/turn-tls.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "net/socket-watch.h"
#include "turn/turn-stream.h"

#define LOG "turn"
#define CHUNK 16384

typedef struct {
  KithTurnTls *bridge; /* (unowned) */
  GSocket *local;
  KithTurnStream *stream;
  GSource *in, *out;
  GByteArray *back; /* to the local side */
} Pipe;

struct _KithTurnTls {
  KithTurnServer *server;
  GSocket *listeners[2]; /* IPv4, IPv6 */
  GSource *sources[2];
  GPtrArray *pipes; /* of Pipe (owned) */
};

static gboolean on_local_readable (GSocket *socket, GIOCondition condition, gpointer user_data);
static gboolean on_local_writable (GSocket *socket, GIOCondition condition, gpointer user_data);

static void
pipe_free (gpointer data)
{
  Pipe *pipe = data;

  kith_socket_unwatch (&pipe->in);
  kith_socket_unwatch (&pipe->out);
  kith_turn_stream_free (pipe->stream);
  g_object_unref (pipe->local);
  g_byte_array_unref (pipe->back);
  g_free (pipe);
}

static void
drop (Pipe *pipe)
{
  g_ptr_array_remove_fast (pipe->bridge->pipes, pipe);
}

/* From us to the server: not more is read than the stream takes. */

static gboolean
on_local_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Pipe *pipe = user_data;
  gchar buffer[CHUNK];
  g_autoptr (GError) error = NULL;
  gsize room = KITH_TURN_STREAM_QUEUE_MAX - kith_turn_stream_get_queued (pipe->stream);

  if (room == 0) {
    kith_socket_unwatch (&pipe->in); /* until the stream is writable */
    return G_SOURCE_REMOVE;
  }
  gssize n = g_socket_receive_with_blocking (pipe->local,
                                             buffer,
                                             MIN (room, sizeof buffer),
                                             FALSE,
                                             NULL,
                                             &error);
  if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
    return G_SOURCE_CONTINUE;
  }
  if (n <= 0 || !kith_turn_stream_send (pipe->stream, (const guint8 *)buffer, (gsize)n)) {
    drop (pipe);
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_CONTINUE;
}

static void
on_stream_writable (gpointer user_data)
{
  Pipe *pipe = user_data;

  kith_socket_watch (&pipe->in, pipe->local, G_IO_IN, on_local_readable, pipe);
}

/* From the server to us: while what came is not taken, nothing more is read. */

static gboolean
on_local_writable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Pipe *pipe = user_data;
  g_autoptr (GError) error = NULL;
  gssize n = g_socket_send_with_blocking (pipe->local,
                                          (const gchar *)pipe->back->data,
                                          pipe->back->len,
                                          FALSE,
                                          NULL,
                                          &error);

  if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
    return G_SOURCE_CONTINUE;
  }
  if (n < 0) {
    drop (pipe);
    return G_SOURCE_REMOVE;
  }
  g_byte_array_remove_range (pipe->back, 0, (guint)n);
  if (pipe->back->len > 0) {
    return G_SOURCE_CONTINUE;
  }
  kith_socket_unwatch (&pipe->out);
  kith_turn_stream_pause (pipe->stream, FALSE);
  return G_SOURCE_REMOVE;
}

static void
on_stream_data (const guint8 *data, gsize len, gpointer user_data)
{
  Pipe *pipe = user_data;
  gssize n = 0;

  if (pipe->back->len == 0) {
    n = g_socket_send_with_blocking (pipe->local, (const gchar *)data, len, FALSE, NULL, NULL);
    n = MAX (n, 0); /* an error shows again when it is written later */
  }
  if ((gsize)n < len) {
    g_byte_array_append (pipe->back, data + n, (guint)(len - (gsize)n));
    kith_turn_stream_pause (pipe->stream, TRUE);
    kith_socket_watch (&pipe->out, pipe->local, G_IO_OUT, on_local_writable, pipe);
  }
}

static void
on_stream_up (gpointer user_data)
{
}

static void
on_stream_down (const char *why, gpointer user_data)
{
  Pipe *pipe = user_data;

  kith_info (LOG, "a connection to %s ended: %s", pipe->bridge->server->label, why);
  drop (pipe);
}

static const KithTurnStreamEvents stream_events
    = { on_stream_up, on_stream_data, on_stream_writable, on_stream_down };

/* Accepting */

/* An address as /proc/net/tcp writes it: 32-bit words of memory in hexadecimal. */
static gchar *
to_proc_text (GSocketAddress *address)
{
  GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS (address);
  GInetAddress *ip = g_inet_socket_address_get_address (inet);
  GString *text = g_string_new (NULL);

  for (gsize at = 0; at < g_inet_address_get_native_size (ip); at += 4) {
    guint32 word;
    memcpy (&word, g_inet_address_to_bytes (ip) + at, sizeof word);
    g_string_append_printf (text, "%08X", word);
  }
  g_string_append_printf (text, ":%04X", g_inet_socket_address_get_port (inet));
  return g_string_free (text, FALSE);
}

/* TRUE when the other end of @socket belongs to our user: the kernel's table of connections says
   whose it is. */
static gboolean
is_ours (GSocket *socket)
{
  g_autoptr (GSocketAddress) here = g_socket_get_local_address (socket, NULL);
  g_autoptr (GSocketAddress) there = g_socket_get_remote_address (socket, NULL);
  g_autofree gchar *table = NULL;

  if (here == NULL || there == NULL
      || !g_file_get_contents (
          g_socket_get_family (socket) == G_SOCKET_FAMILY_IPV4 ? "/proc/net/tcp" : "/proc/net/tcp6",
          &table,
          NULL,
          NULL)) {
    return FALSE;
  }
  g_autofree gchar *here_text = to_proc_text (here);
  g_autofree gchar *there_text = to_proc_text (there);
  g_autofree gchar *ends = g_strdup_printf (" %s %s ", there_text, here_text);
  const char *row = strstr (table, ends);
  if (row == NULL) {
    return FALSE;
  }
  guint uid = 0;
  /* state, queues, timer, retransmits, uid */
  return sscanf (row + strlen (ends), "%*x %*x:%*x %*x:%*x %*x %u", &uid) == 1 && uid == getuid ();
}

static gboolean
on_connection (GSocket *listener, GIOCondition condition, gpointer user_data)
{
  KithTurnTls *bridge = user_data;
  g_autoptr (GSocket) local = g_socket_accept (listener, NULL, NULL);

  if (local == NULL) {
    return G_SOURCE_CONTINUE;
  }
  if (bridge->pipes->len >= KITH_TURN_TLS_MAX || !is_ours (local)) {
    kith_warning (LOG, "a connection to our TLS bridge was refused: too many, or of another user");
    return G_SOURCE_CONTINUE;
  }
  Pipe *pipe = g_new0 (Pipe, 1);
  pipe->bridge = bridge;
  pipe->back = g_byte_array_new ();
  pipe->local = g_steal_pointer (&local);
  g_socket_set_blocking (pipe->local, FALSE);
  (void)g_socket_set_option (pipe->local, 6 /* IPPROTO_TCP */, 1 /* TCP_NODELAY */, 1, NULL);
  pipe->stream = kith_turn_stream_new (bridge->server, &stream_events, pipe);
  g_ptr_array_add (bridge->pipes, pipe);
  kith_socket_watch (&pipe->in, pipe->local, G_IO_IN, on_local_readable, pipe);
  return G_SOURCE_CONTINUE;
}

static GSocket *
listen_on (GSocketFamily family, GError **error)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (family);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocket) socket
      = g_socket_new (family, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

  if (socket == NULL || !g_socket_bind (socket, address, FALSE, error)
      || !g_socket_listen (socket, error)) {
    return NULL;
  }
  g_socket_set_blocking (socket, FALSE);
  return g_steal_pointer (&socket);
}

KithTurnTls *
kith_turn_tls_new (KithTurnServer *server, GError **error)
{
  static const GSocketFamily families[] = { G_SOCKET_FAMILY_IPV4, G_SOCKET_FAMILY_IPV6 };
  g_autoptr (GError) problem = NULL;
  KithTurnTls *bridge = g_new0 (KithTurnTls, 1);

  bridge->server = kith_turn_server_ref (server);
  bridge->pipes = g_ptr_array_new_with_free_func (pipe_free);
  for (guint i = 0; i < G_N_ELEMENTS (families); i++) {
    bridge->listeners[i] = listen_on (families[i], problem == NULL ? &problem : NULL);
    if (bridge->listeners[i] != NULL) {
      bridge->sources[i] = g_socket_create_source (bridge->listeners[i], G_IO_IN, NULL);
      g_source_set_callback (bridge->sources[i], G_SOURCE_FUNC (on_connection), bridge, NULL);
      g_source_attach (bridge->sources[i], g_main_context_get_thread_default ());
    }
  }
  if (bridge->listeners[0] == NULL && bridge->listeners[1] == NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "no socket on a loopback address for TLS: %s",
                 problem->message);
    kith_turn_tls_free (bridge);
    return NULL;
  }
  return bridge;
}

void
kith_turn_tls_free (KithTurnTls *bridge)
{
  if (bridge == NULL) {
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (bridge->listeners); i++) {
    kith_socket_unwatch (&bridge->sources[i]);
    g_clear_object (&bridge->listeners[i]);
  }
  g_ptr_array_unref (bridge->pipes);
  kith_turn_server_unref (bridge->server);
  g_free (bridge);
}

gboolean
kith_turn_tls_get_address (KithTurnTls *bridge, guint8 family, KithEndpoint *address)
{
  GSocket *listener = bridge->listeners[family == 4 ? 0 : 1];
  g_autoptr (GSocketAddress) here
      = listener != NULL ? g_socket_get_local_address (listener, NULL) : NULL;

  if (here == NULL) {
    return FALSE;
  }
  GInetAddress *ip = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (here));
  *address = (KithEndpoint){ .family = family };
  address->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (here));
  memcpy (address->ip, g_inet_address_to_bytes (ip), family == 4 ? 4 : 16);
  return TRUE;
}
