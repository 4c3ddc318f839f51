/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each connection is one watch and one queue; what ends is freed at the end of its event. */
#include "edge/worker/io/connections.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/worker/io/byte-queue.h"
#include "net/socket-mark.h"
#include "tls/tls-session.h"

#define CHUNK 16384
#define MOST_READS 8     /* of one turn: whoever sends without end must not keep it */
#define CLOSING_MS 2000  /* for who must still read our last words */
#define SHAKING_MS 10000 /* for hands to be shaken */

typedef struct {
  KithConnections *owner;
  KithWatch watch;
  guint32 stream;
  KithByteQueue out;
  KithTlsSession *tls; /* NULL: none */
  KithEndpoint peer;
  gboolean connecting;
  gboolean ended;   /* the peer writes no more */
  gboolean closing; /* nothing is told of it, and it goes when all is written */
  KithTimer timer;  /* while hands are shaken, or it closes */
} Connection;

struct _KithConnections {
  KithEdgeLoop *loop;
  guint dscp; /* of connections of ours */
  const KithConnectionFuncs *funcs;
  gpointer data;
  GHashTable *table; /* stream → Connection */
  guint32 last;
};

static void
connection_free (gpointer data)
{
  Connection *self = data;

  kith_edge_loop_set (self->owner->loop, &self->watch, 0);
  (void)close (self->watch.fd);
  kith_byte_queue_clear (&self->out);
  kith_tls_session_free (self->tls);
  kith_timer_finish (&self->timer);
  g_free (self);
}

KithConnections *
kith_connections_new (KithEdgeLoop *loop,
                      guint dscp,
                      const KithConnectionFuncs *funcs,
                      gpointer data)
{
  KithConnections *connections = g_new0 (KithConnections, 1);

  connections->loop = loop;
  connections->dscp = dscp;
  connections->funcs = funcs;
  connections->data = data;
  connections->table = g_hash_table_new_full (NULL, NULL, NULL, connection_free);
  return connections;
}

void
kith_connections_free (KithConnections *connections)
{
  if (connections != NULL) {
    g_hash_table_unref (connections->table);
    g_free (connections);
  }
}

static Connection *
find (KithConnections *connections, guint32 stream)
{
  return g_hash_table_lookup (connections->table, GUINT_TO_POINTER (stream));
}

static void
drop (Connection *self)
{
  (void)g_hash_table_remove (self->owner->table, GUINT_TO_POINTER (self->stream));
}

/* It is gone by itself. */
static void
lose (Connection *self)
{
  KithConnections *owner = self->owner;
  guint32 stream = self->stream;
  gboolean tell = !self->closing;

  drop (self);
  if (tell) {
    owner->funcs->closed (owner->data, stream);
  }
}

static void
watch (Connection *self)
{
  gboolean writes = self->connecting || kith_byte_queue_length (&self->out) > 0;

  kith_edge_loop_set (self->owner->loop,
                      &self->watch,
                      (self->ended ? EPOLLPRI : EPOLLIN) | (writes ? EPOLLOUT : 0));
}

/* What TLS has to say waits to be written. */
static void
move_records (Connection *self)
{
  gsize len = 0;
  const guint8 *records = self->tls != NULL ? kith_tls_session_peek (self->tls, &len) : NULL;

  if (len > 0) {
    kith_byte_queue_add (&self->out, (const char *)records, len);
    kith_tls_session_sent (self->tls);
  }
}

/* All is written that will be: the peer has a moment to read it, or a reset would overtake it. */
static void
finish (Connection *self)
{
  if (kith_byte_queue_length (&self->out) == 0 && !self->connecting) {
    (void)shutdown (self->watch.fd, SHUT_WR);
  }
}

/* FALSE: it is gone. */
static gboolean
flush (Connection *self)
{
  if (self->connecting) {
    return TRUE;
  }
  if (!kith_byte_queue_flush (&self->out, self->watch.fd)) {
    lose (self);
    return FALSE;
  }
  if (self->closing) {
    finish (self);
  }
  watch (self);
  return TRUE;
}

/* Nothing is told of it any more; its last words are written. */
static void
begin_closing (Connection *self)
{
  self->closing = TRUE;
  self->connecting = FALSE;
  if (!kith_byte_queue_flush (&self->out, self->watch.fd)) {
    kith_byte_queue_clear (&self->out);
  }
  finish (self);
  watch (self);
  kith_timer_set_ms (&self->timer, CLOSING_MS);
}

/* TLS is over, and with it the connection, but for the alert that says why. */
static void
distrust (Connection *self, const char *why)
{
  KithConnections *owner = self->owner;
  guint32 stream = self->stream;

  move_records (self);
  begin_closing (self);
  owner->funcs->distrusted (owner->data, stream, &self->peer, why);
  owner->funcs->closed (owner->data, stream);
}

/* The peer writes no more. */
static void
end_input (Connection *self)
{
  KithConnections *owner = self->owner;
  guint32 stream = self->stream;

  self->ended = TRUE;
  if (owner->funcs->ended (owner->data, stream)) {
    self = find (owner, stream);
    if (self != NULL) {
      watch (self);
    }
  } else if (find (owner, stream) == self) {
    lose (self);
  }
}

/* Records came; what is in them is handed on. FALSE: there is nothing more to read. */
static gboolean
take_records (Connection *self, const guint8 *records, gsize len)
{
  static guint8 plain[CHUNK];
  KithConnections *owner = self->owner;
  guint32 stream = self->stream;
  gsize n = 0;

  const gboolean is_new = kith_tls_session_get_state (self->tls) == KITH_TLS_SHAKING;
  if (kith_tls_session_feed (self->tls, records, len) == KITH_TLS_OPEN && is_new) {
    kith_timer_clear (&self->timer);
    owner->funcs->shaken (owner->data, stream);
  }
  while ((n = kith_tls_session_read (self->tls, plain, sizeof plain)) > 0) {
    owner->funcs->bytes (owner->data, stream, plain, n);
    if (find (owner, stream) != self || self->closing) {
      return FALSE;
    }
  }
  switch (kith_tls_session_get_state (self->tls)) {
  case KITH_TLS_SHAKING:
  case KITH_TLS_OPEN:
    move_records (self);
    return flush (self);
  case KITH_TLS_CLOSED:
    move_records (self);
    end_input (self);
    return FALSE;
  case KITH_TLS_FAILED:
    distrust (self, kith_tls_session_why (self->tls));
    return FALSE;
  }
  return FALSE;
}

/* FALSE: it is gone, or nothing more is wanted of it. */
static gboolean
take_bytes (Connection *self, const guint8 *bytes, gsize len)
{
  KithConnections *owner = self->owner;
  guint32 stream = self->stream;

  if (self->closing) {
    return TRUE;
  }
  if (self->tls != NULL) {
    return take_records (self, bytes, len);
  }
  owner->funcs->bytes (owner->data, stream, bytes, len);
  return find (owner, stream) == self;
}

static void
read_all (Connection *self)
{
  static guint8 chunk[CHUNK];

  for (guint i = 0; i < MOST_READS; i++) {
    gssize n = recv (self->watch.fd, chunk, sizeof chunk, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
      return;
    }
    if (n < 0 || (n == 0 && self->closing)) {
      lose (self);
      return;
    }
    if (n == 0) {
      end_input (self);
      return;
    }
    if (!take_bytes (self, chunk, (gsize)n)) {
      return;
    }
  }
}

static gboolean
finish_connect (Connection *self)
{
  int why = 0;
  socklen_t len = sizeof why;

  if (getsockopt (self->watch.fd, SOL_SOCKET, SO_ERROR, &why, &len) < 0 || why != 0) {
    lose (self);
    return FALSE;
  }
  self->connecting = FALSE;
  return flush (self);
}

static void
on_ready (gpointer data, guint32 events)
{
  Connection *self = data;

  if (self->connecting) {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
      (void)finish_connect (self);
    }
    return;
  }
  if ((events & EPOLLOUT) != 0 && !flush (self)) {
    return;
  }
  if ((events & EPOLLIN) != 0 && !self->ended) {
    read_all (self);
  } else if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    lose (self);
  }
}

static void
on_time_over (gpointer data)
{
  Connection *self = data;

  if (self->closing) {
    drop (self);
  } else {
    distrust (self, "hands were not shaken in 10 s");
  }
}

static Connection *
make (KithConnections *connections, int fd, const KithWay *way)
{
  Connection *self = g_new0 (Connection, 1);
  int one = 1;

  do {
    self->stream = ++connections->last;
  } while (self->stream == 0 || find (connections, self->stream) != NULL);
  self->owner = connections;
  self->peer = way->to.peer;
  self->watch = (KithWatch){ .fd = fd, .ready = on_ready, .data = self };
  kith_timer_init (&self->timer, kith_edge_loop_clock (connections->loop), on_time_over, self);
  (void)setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  g_hash_table_insert (connections->table, GUINT_TO_POINTER (self->stream), self);
  return self;
}

/* FALSE: there can be no TLS. */
static gboolean
start_tls (Connection *self, KithTlsTrust *trust, const char *domain)
{
  self->tls = kith_tls_session_new (trust, domain, NULL);
  move_records (self);
  kith_timer_set_ms (&self->timer, SHAKING_MS);
  return self->tls != NULL;
}

void
kith_connections_accept (KithConnections *connections,
                         int fd,
                         const KithWay *way,
                         KithTlsTrust *tls)
{
  Connection *self = make (connections, fd, way);

  if (tls != NULL && !start_tls (self, tls, NULL)) {
    drop (self);
    return;
  }
  watch (self);
  if (!connections->funcs->accept (connections->data, self->stream, way)) {
    drop (self);
  }
}

guint32
kith_connections_open (KithConnections *connections, const KithWay *way, const KithTlsPeer *peer)
{
  struct sockaddr_storage to;
  socklen_t len = kith_way_to_native (way, &to);
  int fd = socket (to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0) {
    return 0;
  }
  kith_socket_mark (fd, connections->dscp);
  if (connect (fd, (const struct sockaddr *)&to, len) < 0 && errno != EINPROGRESS) {
    (void)close (fd);
    return 0;
  }
  Connection *self = make (connections, fd, way);
  self->connecting = TRUE;
  if (peer != NULL && !start_tls (self, peer->trust, peer->domain)) {
    drop (self);
    return 0;
  }
  watch (self);
  return self->stream;
}

void
kith_connections_write (KithConnections *connections, guint32 stream, const char *text, gsize len)
{
  Connection *self = find (connections, stream);

  if (self == NULL || self->closing) {
    return;
  }
  /* an error is told by its event, not from within whoever writes */
  if (self->tls != NULL) {
    (void)kith_tls_session_write (self->tls, text, len);
    move_records (self);
  } else {
    kith_byte_queue_add (&self->out, text, len);
  }
  if (!self->connecting) {
    (void)kith_byte_queue_flush (&self->out, self->watch.fd);
  }
  watch (self);
}

gsize
kith_connections_waiting (KithConnections *connections, guint32 stream)
{
  const Connection *self = find (connections, stream);

  if (self == NULL) {
    return 0;
  }
  return kith_byte_queue_length (&self->out)
         + (self->tls != NULL ? kith_tls_session_waiting (self->tls) : 0);
}

void
kith_connections_close (KithConnections *connections, guint32 stream)
{
  Connection *self = find (connections, stream);

  if (self != NULL && !self->closing) {
    if (self->tls != NULL) {
      kith_tls_session_end (self->tls);
      move_records (self);
    }
    begin_closing (self);
  }
}
