/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ring that doubles. */
#include "edge/worker/registrar/due-queue.h"

#include <string.h>

#define LEAST_ROOM 8

void
kith_due_queue_clear (KithDueQueue *queue)
{
  g_clear_pointer (&queue->ring, g_free);
  queue->room = 0;
  queue->first = 0;
  queue->n = 0;
}

/* The ring is full: its front goes behind its back. */
static void
grow (KithDueQueue *queue)
{
  const guint room = MAX (LEAST_ROOM, 2 * queue->room);

  queue->ring = g_renew (struct KithDue, queue->ring, room);
  memcpy (queue->ring + queue->room, queue->ring, queue->first * sizeof *queue->ring);
  queue->room = room;
}

void
kith_due_queue_put (KithDueQueue *queue, guint32 id, guint32 mark, gint64 now_us)
{
  if (queue->n == queue->room) {
    grow (queue);
  }
  queue->ring[(queue->first + queue->n++) % queue->room]
      = (struct KithDue){ .at_us = now_us + queue->delay_us, .id = id, .mark = mark };
}

gint64
kith_due_queue_next (const KithDueQueue *queue)
{
  return queue->n > 0 ? queue->ring[queue->first].at_us : -1;
}

gboolean
kith_due_queue_take (KithDueQueue *queue, gint64 now_us, guint32 *id, guint32 *mark)
{
  if (queue->n == 0 || queue->ring[queue->first].at_us > now_us) {
    return FALSE;
  }
  *id = queue->ring[queue->first].id;
  *mark = queue->ring[queue->first].mark;
  queue->first = (queue->first + 1) % queue->room;
  if (--queue->n == 0) {
    kith_due_queue_clear (queue);
  }
  return TRUE;
}
