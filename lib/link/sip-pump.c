/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads our end of the socketpair while little is unacknowledged, and opens the stream's window as
   messages leave through it. */
#include "link/sip-pump.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "model/net/link-states.h"
#include "model/sip/sip-stream.h"

#define MAX_UNACKED ((gsize)256 * 1024) /* stream bytes under way before the socket is left alone */
#define CHUNK (16 * 1024)
/* bytes that left already and still take room in front of those that wait */
#define MAX_DONE (64 * 1024)

struct _KithSipPump {
  KithQuic *quic;
  const KithSipPumpEvents *events;
  gpointer user_data;
  int inner;
  int outer;             /* -1 once taken */
  GSource *readable;     /* while we want bytes from the socket */
  GSource *writable;     /* while bytes wait for the socket */
  KithSipStream *stream; /* what came and is no whole message yet */
  GByteArray *waiting;   /* bytes for the socket */
  gsize owed;            /* bytes of the stream that became those */
  gsize done;            /* of waiting: written already */
  KithPumpIn in_state;
  KithPumpOut out_state;
  gboolean reader_gone; /* nobody reads the socket: bytes are dropped */
  GSource *bad; /* a bad message came: it will be told from the loop, and nothing more is read */
};

static void pump_in (KithSipPump *pump);
static void pump_out (KithSipPump *pump);

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  pump_out (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_writable (gint fd, GIOCondition condition, gpointer user_data)
{
  pump_in (user_data);
  return G_SOURCE_CONTINUE;
}

/* Watches the inner end for @condition while @wanted. */
static void
watch (KithSipPump *pump,
       GSource **source,
       gboolean wanted,
       GIOCondition condition,
       GUnixFDSourceFunc func)
{
  if (wanted == (*source != NULL)) {
    return;
  }
  if (!wanted) {
    g_source_destroy (*source);
    g_clear_pointer (source, g_source_unref);
    return;
  }
  *source = g_unix_fd_source_new (pump->inner, condition);
  g_source_set_can_recurse (*source, TRUE); /* see base/mailbox */
  g_source_set_callback (*source, G_SOURCE_FUNC (func), pump, NULL);
  g_source_attach (*source, g_main_context_get_thread_default ());
}

static gboolean
may_read (KithSipPump *pump)
{
  return pump->out_state == KITH_PUMP_OUT_OPEN && kith_quic_is_writable (pump->quic)
         && kith_quic_get_unacked (pump->quic) < MAX_UNACKED;
}

/* TRUE when the outer end was closed, and not only shut down for writing. */
static gboolean
is_closed (KithSipPump *pump)
{
  struct pollfd one = { .fd = pump->inner };

  return poll (&one, 1, 0) == 1 && (one.revents & (POLLHUP | POLLERR)) != 0;
}

/* Socket to stream. */
static void
pump_out (KithSipPump *pump)
{
  guint8 chunk[CHUNK];

  while (may_read (pump)) {
    ssize_t n = recv (pump->inner, chunk, sizeof chunk, MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      break;
    }
    if (n <= 0) {
      (void)kith_pump_out_step (&pump->out_state, KITH_PUMP_OUT_EVENT_END);
      kith_quic_end (pump->quic);
      if (is_closed (pump)) {
        (void)kith_pump_out_step (&pump->out_state, KITH_PUMP_OUT_EVENT_CLOSE);
      }
      break;
    }
    pump->events->used (TRUE, pump->user_data);
    (void)kith_quic_write (pump->quic, chunk, (gsize)n);
  }
  watch (pump, &pump->readable, may_read (pump), G_IO_IN | G_IO_HUP, on_readable);
  if (pump->out_state == KITH_PUMP_OUT_CLOSED && kith_quic_get_unacked (pump->quic) == 0) {
    (void)kith_pump_out_step (&pump->out_state, KITH_PUMP_OUT_EVENT_TELL);
    pump->events->gone (pump->user_data);
  }
}

/* Writes to the socket what it takes; returns how much left the stream. */
static gsize
drain (KithSipPump *pump)
{
  gsize before = pump->done;

  while (pump->done < pump->waiting->len) {
    ssize_t n = pump->reader_gone ? (ssize_t)(pump->waiting->len - pump->done)
                                  : send (pump->inner,
                                          pump->waiting->data + pump->done,
                                          pump->waiting->len - pump->done,
                                          MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) {
      pump->done += (gsize)n;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno != EINTR) {
      pump->reader_gone = TRUE;
    }
  }
  return pump->done - before;
}

/* The window opens by what left it; sizes differ a little from those of what is written, and agree
   when nothing waits. */
static void
release (KithSipPump *pump, gsize moved)
{
  gsize len = pump->waiting->len == 0 ? pump->owed : MIN (pump->owed, moved);

  pump->owed -= len;
  kith_quic_consume (pump->quic, len);
}

/* Stream to socket. */
static void
pump_in (KithSipPump *pump)
{
  gsize moved = drain (pump);

  if (pump->done == pump->waiting->len) {
    g_byte_array_set_size (pump->waiting, 0);
    pump->done = 0;
    if (kith_pump_in_step (&pump->in_state, KITH_PUMP_IN_EVENT_SHUT)) {
      (void)shutdown (pump->inner, SHUT_WR);
    }
  } else if (pump->done >= MAX_DONE) { /* a reader that never quite catches up */
    g_byte_array_remove_range (pump->waiting, 0, (guint)pump->done);
    pump->done = 0;
  }
  watch (pump, &pump->writable, pump->waiting->len > 0, G_IO_OUT, on_writable);
  release (pump, moved);
}

static gboolean
on_bad (gpointer user_data)
{
  KithSipPump *pump = user_data;
  g_autofree gchar *why
      = g_strdup_printf ("protocol: %s", kith_sip_stream_scan (pump->stream)->reason);

  pump->events->bad (why, pump->user_data);
  return G_SOURCE_REMOVE;
}

/* Puts the whole messages that came in front of the socket. */
static void
take_messages (KithSipPump *pump)
{
  KithSipScanVerdict verdict = KITH_SIP_SCAN_IDLE;

  while (pump->bad == NULL && verdict != KITH_SIP_SCAN_MORE) {
    verdict = kith_sip_stream_next (pump->stream);
    const KithSipScan *scan = kith_sip_stream_scan (pump->stream);
    switch (verdict) {
    case KITH_SIP_SCAN_MORE:
      break;
    case KITH_SIP_SCAN_IDLE:
      kith_quic_consume (pump->quic, scan->used);
      break;
    case KITH_SIP_SCAN_PASS:
      g_byte_array_append (pump->waiting, (const guint8 *)scan->text->str, (guint)scan->text->len);
      pump->owed += scan->used;
      break;
    case KITH_SIP_SCAN_REFUSE:
    case KITH_SIP_SCAN_BREAK:
      pump->bad = g_idle_source_new ();
      g_source_set_callback (pump->bad, on_bad, pump, NULL);
      g_source_attach (pump->bad, g_main_context_get_thread_default ());
      break;
    }
  }
  kith_sip_stream_rest (pump->stream);
}

KithSipPump *
kith_sip_pump_new (KithQuic *quic,
                   const KithSipPumpEvents *events,
                   gpointer user_data,
                   GError **error)
{
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "No socket for the link's SIP stream: %s",
                 g_strerror (errno));
    return NULL;
  }
  KithSipPump *pump = g_new0 (KithSipPump, 1);
  pump->quic = quic;
  pump->events = events;
  pump->user_data = user_data;
  pump->inner = pair[0];
  pump->outer = pair[1];
  pump->stream = kith_sip_stream_new ();
  pump->waiting = g_byte_array_new ();
  pump_out (pump);
  return pump;
}

void
kith_sip_pump_free (KithSipPump *pump)
{
  if (pump == NULL) {
    return;
  }
  (void)drain (pump);
  watch (pump, &pump->readable, FALSE, 0, NULL);
  watch (pump, &pump->writable, FALSE, 0, NULL);
  if (pump->bad != NULL) {
    g_source_destroy (pump->bad);
    g_source_unref (pump->bad);
  }
  close (pump->inner);
  if (pump->outer >= 0) {
    close (pump->outer);
  }
  kith_sip_stream_free (pump->stream);
  g_byte_array_unref (pump->waiting);
  g_free (pump);
}

int
kith_sip_pump_take (KithSipPump *pump)
{
  int fd = pump->outer;

  pump->outer = -1;
  return fd;
}

void
kith_sip_pump_data (KithSipPump *pump, const guint8 *data, gsize len, gboolean end)
{
  if (pump->bad != NULL) {
    kith_quic_consume (pump->quic, len);
    return;
  }
  if (len > 0) {
    kith_sip_stream_push (pump->stream, data, len);
    take_messages (pump);
    pump->events->used (FALSE, pump->user_data);
  }
  if (end) {
    (void)kith_pump_in_step (&pump->in_state, KITH_PUMP_IN_EVENT_END);
  }
  pump_in (pump);
}

void
kith_sip_pump_writable (KithSipPump *pump)
{
  pump_out (pump);
}
