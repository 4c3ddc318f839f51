/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One GSource with a sorted queue of deadlines for everything in this room. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* All deadlines of one main context; counted, main thread. */
typedef struct _KithDeadlines KithDeadlines;

/* Called once when its time has come, outside of any lock; may set or clear any deadline. */
typedef void (*KithDeadlineFunc) (gpointer user_data);

/* One deadline, embedded in its owner; the owner clears it before it goes. */
typedef struct {
  KithDeadlines *queue; /* (owned) */
  GSequenceIter *place; /* NULL while it is not set */
  gint64 at;
  KithDeadlineFunc func;
  gpointer user_data;
} KithDeadline;

/* Attached to the thread-default main context. (transfer full) */
KITH_API KithDeadlines *kith_deadlines_new (void);
KITH_API KithDeadlines *kith_deadlines_ref (KithDeadlines *queue);
KITH_API void kith_deadlines_unref (KithDeadlines *queue);

/* The monotonic time in microseconds that all deadlines use. */
KITH_API gint64 kith_deadlines_now (void);

/* Prepares @deadline, not set; keeps a reference on @queue until kith_deadline_finish(). */
KITH_API void kith_deadline_init (KithDeadline *deadline,
                                  KithDeadlines *queue,
                                  KithDeadlineFunc func,
                                  gpointer user_data);

/* Sets or moves it to @at (microseconds, monotonic); in the past means with the next turn of the loop. */
KITH_API void kith_deadline_set (KithDeadline *deadline, gint64 at);

/* Sets or moves it to @ms milliseconds from now. */
KITH_API void kith_deadline_set_ms (KithDeadline *deadline, guint ms);

/* Forgets it; nothing happens when it is not set. */
KITH_API void kith_deadline_clear (KithDeadline *deadline);

/* Clears it and drops the queue; may be called on one that was never prepared (all zero). */
KITH_API void kith_deadline_finish (KithDeadline *deadline);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithDeadlines, kith_deadlines_unref)

G_END_DECLS
