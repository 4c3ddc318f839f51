/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A queue out, and a scan in that lets headers of ours pass. */
#include "edge/worker/ua-stream.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/edge-limits.h"
#include "edge/worker/io/byte-queue.h"
#include "model/sip/sip-stream.h"

#define CHUNK 65536

struct _KithUaStream {
  KithEdgeLoop *loop;
  KithWatch watch;
  KithByteQueue out;
  KithSipStream *in;
  gint64 read_us; /* when it took something, or nothing waited */
  const KithUaStreamFuncs *funcs;
  gpointer data;
};

static void
watch (KithUaStream *self)
{
  gboolean waits = kith_byte_queue_length (&self->out) > 0;

  kith_edge_loop_set (self->loop, &self->watch, EPOLLIN | (waits ? EPOLLOUT : 0));
}

static void
flush (KithUaStream *self)
{
  gsize before = kith_byte_queue_length (&self->out);

  (void)kith_byte_queue_flush (&self->out, self->watch.fd);
  if (kith_byte_queue_length (&self->out) < before || before == 0) {
    self->read_us = kith_clock_now (kith_edge_loop_clock (self->loop));
  }
  watch (self);
}

static void
read_messages (KithUaStream *self)
{
  static guint8 chunk[CHUNK];
  gssize n = recv (self->watch.fd, chunk, sizeof chunk, MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
    return;
  }
  if (n <= 0) {
    self->funcs->closed (self->data);
    return;
  }
  kith_sip_stream_push (self->in, chunk, (gsize)n);
  for (;;) {
    switch (kith_sip_stream_next (self->in)) {
    case KITH_SIP_SCAN_PASS: {
      const GString *text = kith_sip_stream_scan (self->in)->text;
      self->funcs->message (self->data, text->str, text->len);
      break;
    }
    case KITH_SIP_SCAN_IDLE:
    case KITH_SIP_SCAN_REFUSE:
      break;
    case KITH_SIP_SCAN_MORE:
      kith_sip_stream_rest (self->in);
      return;
    case KITH_SIP_SCAN_BREAK:
      self->funcs->closed (self->data); /* it cannot be followed: a fresh edge is worth more */
      return;
    }
  }
}

static void
on_ready (gpointer data, guint32 events)
{
  KithUaStream *self = data;

  if ((events & EPOLLOUT) != 0) {
    flush (self);
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
    read_messages (self);
  }
}

KithUaStream *
kith_ua_stream_new (KithEdgeLoop *loop, int fd, const KithUaStreamFuncs *funcs, gpointer data)
{
  KithUaStream *self = g_new0 (KithUaStream, 1);

  self->loop = loop;
  self->watch = (KithWatch){ .fd = fd, .ready = on_ready, .data = self };
  self->in = kith_sip_stream_new ();
  kith_sip_stream_trust (self->in);
  self->funcs = funcs;
  self->data = data;
  watch (self);
  return self;
}

void
kith_ua_stream_free (KithUaStream *self)
{
  if (self != NULL) {
    kith_edge_loop_set (self->loop, &self->watch, 0);
    (void)close (self->watch.fd);
    kith_byte_queue_clear (&self->out);
    kith_sip_stream_free (self->in);
    g_free (self);
  }
}

gboolean
kith_ua_stream_send (KithUaStream *self, const char *text, gsize len)
{
  gsize waits = kith_byte_queue_length (&self->out);
  gint64 now_us = kith_clock_now (kith_edge_loop_clock (self->loop));

  if (waits + len > KITH_EDGE_MAX_QUEUE
      || (waits > 0 && now_us - self->read_us > KITH_EDGE_PATIENCE_MS * 1000)) {
    return FALSE;
  }
  self->read_us = waits == 0 ? now_us : self->read_us;
  kith_byte_queue_add (&self->out, text, len);
  flush (self);
  return TRUE;
}
