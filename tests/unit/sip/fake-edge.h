/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An edge that believes everybody: between sockets of 127.0.0.1 and a stack's stream, for tests of
   dialogs whose peers are sockets. No transactions, no limits. */
#pragma once

#include <glib-unix.h>

#include "model/sip/sip-token.h"
#include "model/sip/sip-way.h"
#include "sip-fixture.h"

#define FAKE_EDGE_VIA "Via: SIP/2.0/TCP edge.invalid;branch=z9hG4bKedge-"

static const guint8 fake_edge_key[KITH_SIP_TOKEN_KEY] = { 1, 9, 8, 4 };

typedef struct _FakeEdge FakeEdge;

/* A stream: that of the stack, or a connection of a peer. */
typedef struct {
  FakeEdge *edge;
  int fd;
  guint watch;
  KithSipWay way; /* of a connection: its other end */
  GString *bytes; /* that came and are no whole message yet */
} FakeStream;

struct _FakeEdge {
  KithSip *sip;
  guint16 port;
  int udp;
  int listener;
  guint watches[2];
  FakeStream stack;
  GPtrArray *connections; /* FakeStream */
  GHashTable *senders;    /* branch of a request → its KithSipWay */
};

/* What stands behind @name at the start of a line, or NULL. (transfer full) */
static gchar *
fake_edge_value (const char *text, const char *name)
{
  g_autofree gchar *needle = g_strdup_printf ("\r\n%s: ", name);
  const char *line = strstr (text, needle);

  line = line != NULL ? line + strlen (needle) : NULL;
  return line != NULL ? g_strndup (line, strcspn (line, "\r")) : NULL;
}

static void
fake_edge_send (FakeEdge *edge, const KithSipWay *way, const char *text, gsize len)
{
  struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons (way->peer.port) };

  memcpy (&in.sin_addr, way->peer.ip, sizeof in.sin_addr);
  if (!way->tcp) {
    (void)!sendto (edge->udp, text, len, 0, (struct sockaddr *)&in, sizeof in);
    return;
  }
  for (guint i = 0; i < edge->connections->len; i++) {
    const FakeStream *stream = edge->connections->pdata[i];
    if (kith_endpoint_is_same (&stream->way.peer, &way->peer)) {
      (void)!send (stream->fd, text, len, MSG_NOSIGNAL);
    }
  }
}

/* A message of the stack goes out: without what is ours, and a request with the Via of a socket. */
static void
fake_edge_out (FakeEdge *edge, const char *text, gsize len)
{
  g_autoptr (GString) out = g_string_new_len (text, (gssize)len);
  gboolean response = g_str_has_prefix (text, "SIP/2.0 ");
  const char *mark = response ? strstr (text, FAKE_EDGE_VIA) : strstr (text, "Kith-Via: ");
  KithSipWay way = { 0 };

  g_assert_nonnull (mark);
  g_string_erase (out, mark - text, (gssize)strcspn (mark, "\n") + 1);
  if (response) {
    mark += strlen (FAKE_EDGE_VIA);
    g_autofree gchar *branch = g_strndup (mark, strcspn (mark, ";\r"));
    const KithSipWay *sender = g_hash_table_lookup (edge->senders, branch);
    g_assert_nonnull (sender);
    way = *sender;
  } else {
    g_autofree gchar *to = fake_edge_value (text, "Kith-Via");
    g_assert_true (kith_sip_way_parse (to, &way));
    const char *via = strstr (out->str, "\r\nVia: SIP/2.0/TCP ");
    gsize at = (gsize)(via - out->str) + strlen ("\r\nVia: ");
    g_autofree gchar *own
        = g_strdup_printf ("SIP/2.0/%s 127.0.0.1:%u", way.tcp ? "TCP" : "UDP", edge->port);
    g_string_erase (out, (gssize)at, (gssize)strcspn (out->str + at, ";"));
    g_string_insert (out, (gssize)at, own);
  }
  fake_edge_send (edge, &way, out->str, out->len);
}

/* A message of @way goes to the stack, as an edge hands it on. */
static void
fake_edge_in (FakeEdge *edge, const KithSipWay *way, const char *text, gsize len)
{
  g_autoptr (GString) out = g_string_new_len (text, (gssize)len);
  g_autofree gchar *caller = kith_sip_way_print (way);
  g_autofree gchar *said = g_strdup_printf ("Kith-Caller: %s\r\n", caller);
  gsize line = strcspn (text, "\n") + 1;
  const char *end = strstr (text, "\r\n\r\n");

  if (end == NULL) {
    return;
  }
  if (strstr (text, "\r\nContent-Length: ") == NULL) {
    g_autofree gchar *length
        = g_strdup_printf ("Content-Length: %zu\r\n", len - (gsize)(end + 4 - text));
    g_string_insert (out, (gssize)line, length);
  }
  g_string_insert (out, (gssize)line, said);
  const char *branch = strstr (text, ";branch=");
  if (!g_str_has_prefix (text, "SIP/2.0 ") && branch != NULL) {
    g_autofree gchar *name = g_strndup (branch + 8, strcspn (branch + 8, ";,\r"));
    g_autofree gchar *via = g_strdup_printf (FAKE_EDGE_VIA "%s\r\n", name);
    g_string_insert (out, (gssize)line, via);
    g_hash_table_replace (edge->senders, g_steal_pointer (&name), g_memdup2 (way, sizeof *way));
  }
  (void)!send (edge->stack.fd, out->str, out->len, MSG_NOSIGNAL);
}

/* The length of the first whole message in @bytes; 0: there is none yet. */
static gsize
fake_edge_length (const GString *bytes)
{
  const char *end = strstr (bytes->str, "\r\n\r\n");
  g_autofree gchar *length = end != NULL ? fake_edge_value (bytes->str, "Content-Length") : NULL;
  gsize len = end == NULL ? 0
                          : (gsize)(end + 4 - bytes->str)
                                + (gsize)(length != NULL ? g_ascii_strtoull (length, NULL, 10) : 0);

  return len <= bytes->len ? len : 0;
}

static gboolean
fake_edge_on_stream (gint fd, GIOCondition condition, gpointer data)
{
  static char chunk[65536];
  FakeStream *stream = data;
  ssize_t n = recv (fd, chunk, sizeof chunk, MSG_DONTWAIT);
  gsize len = 0;

  if (n <= 0) {
    stream->watch = 0;
    return G_SOURCE_REMOVE;
  }
  g_string_append_len (stream->bytes, chunk, n);
  while ((len = fake_edge_length (stream->bytes)) > 0) {
    g_autofree gchar *text = g_strndup (stream->bytes->str, len);
    g_string_erase (stream->bytes, 0, (gssize)len);
    if (stream == &stream->edge->stack) {
      fake_edge_out (stream->edge, text, len);
    } else {
      fake_edge_in (stream->edge, &stream->way, text, len);
    }
  }
  return G_SOURCE_CONTINUE;
}

static void
fake_edge_watch (FakeEdge *edge, FakeStream *stream, int fd)
{
  stream->edge = edge;
  stream->fd = fd;
  stream->bytes = g_string_new (NULL);
  stream->watch = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP, fake_edge_on_stream, stream);
}

static void
fake_edge_unwatch (FakeStream *stream)
{
  if (stream->watch != 0) {
    g_source_remove (stream->watch);
  }
  g_string_free (stream->bytes, TRUE);
  close (stream->fd);
}

static KithSipWay
fake_edge_way (const struct sockaddr_in *in, gboolean tcp)
{
  KithSipWay way = { .tcp = tcp, .peer = { .family = 4, .port = ntohs (in->sin_port) } };

  memcpy (way.peer.ip, &in->sin_addr, sizeof in->sin_addr);
  return way;
}

static gboolean
fake_edge_on_datagram (gint fd, GIOCondition condition, gpointer data)
{
  static char text[65536];
  struct sockaddr_in in;
  socklen_t in_len = sizeof in;
  ssize_t n = recvfrom (fd, text, sizeof text - 1, MSG_DONTWAIT, (struct sockaddr *)&in, &in_len);

  if (n > 0) {
    KithSipWay way = fake_edge_way (&in, FALSE);
    text[n] = '\0';
    fake_edge_in (data, &way, text, (gsize)n);
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
fake_edge_on_connection (gint fd, GIOCondition condition, gpointer data)
{
  FakeEdge *edge = data;
  struct sockaddr_in in;
  socklen_t in_len = sizeof in;
  int peer = accept (fd, (struct sockaddr *)&in, &in_len);

  if (peer >= 0) {
    FakeStream *stream = g_new0 (FakeStream, 1);
    stream->way = fake_edge_way (&in, TRUE);
    fake_edge_watch (edge, stream, peer);
    g_ptr_array_add (edge->connections, stream);
  }
  return G_SOURCE_CONTINUE;
}

static int
fake_edge_bind (FakeEdge *edge, int type)
{
  struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons (edge->port) };
  socklen_t len = sizeof in;
  int fd = socket (AF_INET, type | SOCK_CLOEXEC, 0);

  in.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (bind (fd, (struct sockaddr *)&in, len) < 0 || (type == SOCK_STREAM && listen (fd, 16) < 0)) {
    close (fd);
    return -1;
  }
  g_assert_cmpint (getsockname (fd, (struct sockaddr *)&in, &len), ==, 0);
  edge->port = ntohs (in.sin_port);
  return fd;
}

/* A stack, which runs, gets its edge. */
static void
fake_edge_start (FakeEdge *edge, KithSip *sip)
{
  memset (edge, 0, sizeof *edge);
  edge->sip = sip;
  edge->listener = -1;
  while (edge->listener < 0) { /* a number that is free for both */
    edge->port = 0;
    edge->udp = fake_edge_bind (edge, SOCK_DGRAM);
    edge->listener = fake_edge_bind (edge, SOCK_STREAM);
    if (edge->listener < 0) {
      close (edge->udp);
    }
  }
  edge->connections = g_ptr_array_new ();
  edge->senders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  edge->watches[0] = g_unix_fd_add (edge->udp, G_IO_IN, fake_edge_on_datagram, edge);
  edge->watches[1] = g_unix_fd_add (edge->listener, G_IO_IN, fake_edge_on_connection, edge);
  fake_edge_watch (edge, &edge->stack, kith_sip_open_edge (sip, NULL));
  kith_sip_set_edge (sip, edge->port, NULL, 0);
}

static void
fake_edge_stop (FakeEdge *edge)
{
  for (guint i = 0; i < edge->connections->len; i++) {
    fake_edge_unwatch (edge->connections->pdata[i]);
    g_free (edge->connections->pdata[i]);
  }
  g_ptr_array_unref (edge->connections);
  fake_edge_unwatch (&edge->stack);
  g_hash_table_unref (edge->senders);
  for (guint i = 0; i < G_N_ELEMENTS (edge->watches); i++) {
    g_source_remove (edge->watches[i]);
  }
  close (edge->udp);
  close (edge->listener);
}
