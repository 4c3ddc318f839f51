/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Definitions in place of the library's functions that read: streams pass the scan, and bad
   messages are answered here. */
#include "sip/sofia/sofia-inlet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/random.h"
#include "model/sip/sip-stream.h"
#include "sip/sip-limits.h"
#include "sip/sofia/sofia-hooks.h"
#include "sip/sofia/sofia-next.h"

#define CHUNK 16384
#define MOST_READS 8 /* of one turn of the loop: whoever sends without end must not keep it */

/* What is read now, and was read last. One thread has the library. */
typedef struct {
  KithHooks *doors; /* while the library reads, else NULL */
  tport_t *tport;   /* of the last message */
  KithSipStream *stream;
  const KithSipScan *scan;
  su_sockaddr_t from;
  socklen_t from_len;
  int fd;
  guint reads;    /* that are left */
  gboolean ended; /* nothing more is read of it */
} Reading;

static Reading reading;
/* its buffer had more, and the library is about to come back */
static const tport_t *goes_on = NULL;
static GHashTable *streams = NULL; /* tport → KithSipStream */

static void
make_shared (void)
{
  if (streams == NULL) {
    streams = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)kith_sip_stream_free);
  }
}

static KithSipStream *
stream_of (tport_t *tport)
{
  make_shared ();
  KithSipStream *stream = g_hash_table_lookup (streams, tport);
  if (stream == NULL) {
    stream = kith_sip_stream_new ();
    g_hash_table_insert (streams, tport, stream);
  }
  return stream;
}

void
kith_inlet_trust (tport_t *tport)
{
  kith_sip_stream_trust (stream_of (tport));
}

void
kith_inlet_forget (const tport_t *tport)
{
  if (streams != NULL) {
    (void)g_hash_table_remove (streams, tport);
  }
  if (tport != NULL && reading.tport == tport) {
    reading.tport = NULL;
    reading.scan = NULL;
  }
  if (goes_on == tport) {
    goes_on = NULL;
  }
}

void
kith_inlet_delivered (const tport_t *tport)
{
  if (reading.tport == tport && reading.stream != NULL) {
    kith_sip_stream_rest (reading.stream);
  }
}

/* Straight to the socket: what waits there already must not be cut in two. */
static void
send_bytes (const char *bytes, gsize len)
{
  if (!tport_has_queued (reading.tport)) {
    (void)send (reading.fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
}

static void
answer (guint status, const char *phrase)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree gchar *tag = g_strdup_printf ("%08x", kith_random_uint32 ());

  if (kith_sip_scan_answer (reading.scan, status, phrase, tag, out)) {
    send_bytes (out->str, out->len);
  }
}

static void
refuse (void)
{
  if (reading.scan->echo->len > 0
      && reading.doors->refused (reading.doors->user_data,
                                 reading.tport,
                                 reading.scan->status,
                                 reading.scan->reason)) {
    answer (reading.scan->status, reading.scan->reason);
  }
}

void
kith_inlet_refuse (tport_t *tport, guint status, const char *phrase)
{
  if (reading.scan != NULL && reading.tport == tport) {
    answer (status, phrase);
  }
}

/* Nothing to hand on now; the loop comes back when there is. */
static issize_t
nothing (void)
{
  errno = EAGAIN;
  return -1;
}

/* More bytes of the stream. Returns: as recv(). */
static ssize_t
read_more (void)
{
  guint8 bytes[CHUNK];
  ssize_t n = recv (reading.fd, bytes, sizeof bytes, MSG_DONTWAIT);

  if (n > 0) {
    kith_sip_stream_push (reading.stream, bytes, (gsize)n);
  } else if (n < 0 && errno == EINTR) {
    errno = EAGAIN;
  }
  return n;
}

/* The length of the next message, 0 when the stream has ended or cannot be followed, or -1. */
static issize_t
next_message (void)
{
  for (;;) {
    switch (kith_sip_stream_next (reading.stream)) {
    case KITH_SIP_SCAN_PASS:
      return (issize_t)reading.scan->text->len;
    case KITH_SIP_SCAN_IDLE:
      if (reading.scan->ping) {
        send_bytes ("\r\n", 2);
      }
      break;
    case KITH_SIP_SCAN_REFUSE:
      refuse ();
      break;
    case KITH_SIP_SCAN_BREAK:
      refuse ();
      return 0;
    case KITH_SIP_SCAN_MORE:
      if (reading.reads == 0) {
        return nothing ();
      }
      reading.reads--;
      ssize_t n = read_more ();
      if (n <= 0) {
        return n;
      }
      break;
    }
  }
}

/* The library asks how much there is to read, … */
EXPORT issize_t
su_getmsgsize (su_socket_t socket)
{
  if (reading.doors == NULL) {
    return NEXT (su_getmsgsize) (socket);
  }
  reading.fd = socket;
  return next_message ();
}

/* … makes room for it, and reads it. */
EXPORT issize_t
su_vrecv (su_socket_t socket,
          su_iovec_t iov[],
          isize_t count,
          int flags,
          su_sockaddr_t *from,
          socklen_t *from_len)
{
  gsize at = 0;

  if (reading.doors == NULL) {
    return NEXT (su_vrecv) (socket, iov, count, flags, from, from_len);
  }
  const GString *text = reading.scan->text;
  for (isize_t i = 0; i < count && at < text->len; i++) {
    gsize len = MIN (iov[i].siv_len, text->len - at);
    memcpy (iov[i].siv_base, text->str + at, len);
    at += len;
  }
  if (from != NULL && from_len != NULL) {
    memcpy (from, &reading.from, MIN (*from_len, reading.from_len));
    *from_len = reading.from_len;
  }
  return (issize_t)at;
}

EXPORT int
tport_recv_stream (tport_t *self)
{
  KithHooks *doors = kith_hooks_find (self);
  su_addrinfo_t const *peer = tport_get_address (self);

  if (doors == NULL) {
    return NEXT (tport_recv_stream) (self);
  }
  guint reads = goes_on == self ? 0 : MOST_READS;
  goes_on = NULL;
  if (tport_is_closed (self)) {
    return 0;
  }
  KithSipStream *stream = stream_of (self);
  reading = (Reading){ .doors = doors,
                       .tport = self,
                       .stream = stream,
                       .scan = kith_sip_stream_scan (stream),
                       .reads = reads };
  if (peer != NULL && peer->ai_addr != NULL) {
    reading.from_len = MIN (peer->ai_addrlen, sizeof reading.from);
    memcpy (&reading.from, peer->ai_addr, reading.from_len);
  }
  int result = NEXT (tport_recv_stream) (self);
  reading.doors = NULL;
  reading.ended = result == 0;
  if (result != 1 || !kith_sip_stream_is_partial (stream)) {
    return result;
  }
  goes_on = self;
  return 2; /* there is more */
}

/* What the peer wrote before it closed waits in the socket: the library would throw it away. The
   loop comes back until all is read. */
EXPORT void
tport_hup_event (tport_t *self)
{
  char byte;

  if (reading.tport == self && reading.stream != NULL && !reading.ended
      && recv (reading.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) {
    return;
  }
  NEXT (tport_hup_event) (self);
}
