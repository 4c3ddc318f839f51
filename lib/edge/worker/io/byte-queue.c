/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An array whose front goes. */
#include "edge/worker/io/byte-queue.h"

#include <errno.h>
#include <sys/socket.h>

gsize
kith_byte_queue_length (const KithByteQueue *queue)
{
  return queue->bytes != NULL ? queue->bytes->len - queue->at : 0;
}

void
kith_byte_queue_add (KithByteQueue *queue, const char *text, gsize len)
{
  if (queue->bytes == NULL) {
    queue->bytes = g_byte_array_new ();
  }
  g_byte_array_append (queue->bytes, (const guint8 *)text, (guint)len);
}

void
kith_byte_queue_clear (KithByteQueue *queue)
{
  g_clear_pointer (&queue->bytes, g_byte_array_unref);
  queue->at = 0;
}

gboolean
kith_byte_queue_flush (KithByteQueue *queue, int fd)
{
  while (kith_byte_queue_length (queue) > 0) {
    gssize n = send (fd,
                     queue->bytes->data + queue->at,
                     kith_byte_queue_length (queue),
                     MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0 && errno == EAGAIN) {
      if (queue->at > queue->bytes->len / 2) {
        g_byte_array_remove_range (queue->bytes, 0, (guint)queue->at);
        queue->at = 0;
      }
      return TRUE;
    }
    if (n < 0) {
      return FALSE;
    }
    queue->at += (gsize)n;
  }
  kith_byte_queue_clear (queue);
  return TRUE;
}
