/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A queue of immutable chunks with a send mark and an acknowledgement mark. */
#include "quic/send-queue.h"

#include <string.h>

/* What is said in small pieces lies side by side: a packet then has few vectors. ngtcp2 0.12 loses
   the memory of frames with many when it sends them again in other portions. */
#define LEAST_ROOM 2048

typedef struct {
  guint64 offset;
  gsize len;  /* used */
  gsize room; /* bytes never move and never change once they are used */
  guint8 data[];
} Chunk;

void
kith_send_queue_push (KithSendQueue *queue, const guint8 *data, gsize len)
{
  Chunk *chunk = queue->chunks.tail != NULL ? queue->chunks.tail->data : NULL;

  if (chunk == NULL || chunk->room - chunk->len < len) {
    gsize room = MAX (len, LEAST_ROOM);
    chunk = g_malloc (sizeof *chunk + room);
    *chunk = (Chunk){ .offset = queue->end, .room = room };
    g_queue_push_tail (&queue->chunks, chunk);
  }
  memcpy (chunk->data + chunk->len, data, len);
  chunk->len += len;
  queue->end += len;
  if (queue->current == NULL) {
    queue->current = queue->chunks.tail;
  }
}

gsize
kith_send_queue_peek (KithSendQueue *queue, ngtcp2_vec *vectors, gsize n_vectors)
{
  gsize n = 0;

  for (GList *one = queue->current; one != NULL && n < n_vectors; one = one->next) {
    Chunk *chunk = one->data;
    gsize skip = n == 0 ? (gsize)(queue->sent - chunk->offset) : 0;
    vectors[n++] = (ngtcp2_vec){ chunk->data + skip, chunk->len - skip };
  }
  return n;
}

void
kith_send_queue_advance (KithSendQueue *queue, gsize len)
{
  queue->sent += len;
  while (queue->current != NULL) {
    Chunk *chunk = queue->current->data;
    if (queue->sent < chunk->offset + chunk->len) {
      return;
    }
    queue->current = queue->current->next;
  }
}

void
kith_send_queue_acknowledge (KithSendQueue *queue, guint64 offset)
{
  queue->acked = MAX (queue->acked, MIN (offset, queue->sent));
  while (queue->chunks.head != NULL && queue->chunks.head != queue->current) {
    Chunk *chunk = queue->chunks.head->data;
    if (chunk->offset + chunk->len > queue->acked) {
      return;
    }
    g_free (g_queue_pop_head (&queue->chunks));
  }
}

void
kith_send_queue_clear (KithSendQueue *queue)
{
  g_queue_clear_full (&queue->chunks, g_free);
  queue->current = NULL;
}
