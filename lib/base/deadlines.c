/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps deadlines in a balanced tree whose first one is the ready time of a single GSource. */
#include "base/deadlines.h"

struct _KithDeadlines {
  grefcount refs;
  GSource *source;
  GSequence *queue; /* of KithDeadline (not owned), soonest first */
  gint64 turn;      /* while dispatching: what is due by then is called; 0 else */
};

typedef struct {
  GSource parent;
  KithDeadlines *owner;
} DeadlineSource;

static gint
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const KithDeadline *x = a;
  const KithDeadline *y = b;

  return (x->at > y->at) - (x->at < y->at);
}

static KithDeadline *
head (KithDeadlines *queue)
{
  GSequenceIter *first = g_sequence_get_begin_iter (queue->queue);

  return g_sequence_iter_is_end (first) ? NULL : g_sequence_get (first);
}

static void
arm (KithDeadlines *queue)
{
  KithDeadline *first = head (queue);

  g_source_set_ready_time (queue->source, first != NULL ? MAX (first->at, 0) : -1);
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_autoptr (KithDeadlines) queue = kith_deadlines_ref (((DeadlineSource *)source)->owner);
  gint64 now = kith_deadlines_now ();

  queue->turn = now;
  for (KithDeadline *due = head (queue); due != NULL && due->at <= now; due = head (queue)) {
    kith_deadline_clear (due);
    due->func (due->user_data);
  }
  queue->turn = 0;
  if (!g_source_is_destroyed (source)) {
    arm (queue);
  }
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = { NULL, NULL, dispatch, NULL, NULL, NULL };

KithDeadlines *
kith_deadlines_new (void)
{
  KithDeadlines *queue = g_new0 (KithDeadlines, 1);

  g_ref_count_init (&queue->refs);
  queue->queue = g_sequence_new (NULL);
  queue->source = g_source_new (&source_funcs, sizeof (DeadlineSource));
  ((DeadlineSource *)queue->source)->owner = queue;
  g_source_set_priority (queue->source, G_PRIORITY_HIGH);
  g_source_set_static_name (queue->source, "kith-link-deadlines");
  g_source_attach (queue->source, g_main_context_get_thread_default ());
  return queue;
}

KithDeadlines *
kith_deadlines_ref (KithDeadlines *queue)
{
  g_ref_count_inc (&queue->refs);
  return queue;
}

void
kith_deadlines_unref (KithDeadlines *queue)
{
  if (!g_ref_count_dec (&queue->refs)) {
    return;
  }
  g_source_destroy (queue->source);
  g_source_unref (queue->source);
  g_sequence_free (queue->queue);
  g_free (queue);
}

gint64
kith_deadlines_now (void)
{
  return g_get_monotonic_time ();
}

void
kith_deadline_init (KithDeadline *deadline,
                    KithDeadlines *queue,
                    KithDeadlineFunc func,
                    gpointer user_data)
{
  *deadline
      = (KithDeadline){ .queue = kith_deadlines_ref (queue), .func = func, .user_data = user_data };
}

void
kith_deadline_set (KithDeadline *deadline, gint64 at)
{
  at = MAX (at, deadline->queue->turn + 1); /* one that is always due must not keep the loop */
  if (deadline->place != NULL && deadline->at == at) {
    return;
  }
  if (deadline->place != NULL) {
    g_sequence_remove (deadline->place);
  }
  deadline->at = at;
  deadline->place = g_sequence_insert_sorted (deadline->queue->queue, deadline, compare, NULL);
  arm (deadline->queue);
}

void
kith_deadline_set_ms (KithDeadline *deadline, guint ms)
{
  kith_deadline_set (deadline, kith_deadlines_now () + (gint64)ms * 1000);
}

void
kith_deadline_clear (KithDeadline *deadline)
{
  if (deadline->place == NULL) {
    return;
  }
  g_sequence_remove (g_steal_pointer (&deadline->place));
  arm (deadline->queue);
}

void
kith_deadline_finish (KithDeadline *deadline)
{
  if (deadline->queue == NULL) {
    return;
  }
  kith_deadline_clear (deadline);
  g_clear_pointer (&deadline->queue, kith_deadlines_unref);
}
