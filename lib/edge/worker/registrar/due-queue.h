/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers that are due so long after they were put, all after the same time: no sorting, and 16
   bytes each. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Zero but for the delay: empty. */
typedef struct {
  gint64 delay_us;
  struct KithDue {
    gint64 at_us;
    guint32 id;
    guint32 mark;
  } * ring; /* (owned) */
  guint room, first, n;
} KithDueQueue;

/* Gives back its memory; it is empty. */
void kith_due_queue_clear (KithDueQueue *queue);

/* Puts @id, and whatever belongs to it. Times never go back. */
void kith_due_queue_put (KithDueQueue *queue, guint32 id, guint32 mark, gint64 now_us);

/* When the first one is due; -1: it is empty. */
gint64 kith_due_queue_next (const KithDueQueue *queue);

/* Takes the first one, if it is due. */
gboolean kith_due_queue_take (KithDueQueue *queue, gint64 now_us, guint32 *id, guint32 *mark);

G_END_DECLS
