/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets wait in a queue that is sorted by when they are due. */
#include "rough-path.h"

typedef struct {
  gint64 due_us;
  GBytes *bytes;
} Waiting;

struct _RoughPath {
  Party *from;
  Roughness roughness;
  GRand *dice;
  GQueue queue, held;
  GSource *timer;
  gint64 last_due_us;
  gboolean in_burst;
};

static void
waiting_free (gpointer data)
{
  Waiting *waiting = data;

  g_bytes_unref (waiting->bytes);
  g_free (waiting);
}

static void
set_timer (RoughPath *path)
{
  Waiting *first = g_queue_peek_head (&path->queue);

  g_source_set_ready_time (path->timer, first != NULL ? first->due_us : -1);
}

static gboolean
on_due (gpointer user_data)
{
  RoughPath *path = user_data;
  Waiting *first;

  while ((first = g_queue_peek_head (&path->queue)) != NULL
         && first->due_us <= g_get_monotonic_time ()) {
    Party *to = path->from->peer;
    (void)g_queue_pop_head (&path->queue);
    if (to->media != NULL) {
      gsize len;
      const guint8 *data = g_bytes_get_data (first->bytes, &len);
      kith_media_receive (to->media, data, len);
    }
    waiting_free (first);
  }
  set_timer (path);
  return G_SOURCE_CONTINUE;
}

static gint
by_due (gconstpointer a, gconstpointer b, gpointer user_data)
{
  gint64 x = ((const Waiting *)a)->due_us, y = ((const Waiting *)b)->due_us;

  return x < y ? -1 : x > y;
}

static gboolean
by_chance (RoughPath *path, double percent)
{
  return percent > 0 && g_rand_double (path->dice) * 100 < percent;
}

static void
enqueue (RoughPath *path, Waiting *waiting)
{
  const Roughness *r = &path->roughness;
  double jitter_ms = r->jitter_ms > 0 ? g_rand_double_range (path->dice, -1, 1) * r->jitter_ms : 0;

  waiting->due_us = g_get_monotonic_time () + (gint64)(MAX (r->delay_ms + jitter_ms, 0) * 1000);
  if (!r->overtakes) {
    waiting->due_us = MAX (waiting->due_us, path->last_due_us + 1);
  }
  path->last_due_us = MAX (path->last_due_us, waiting->due_us);
  g_queue_insert_sorted (&path->queue, waiting, by_due, NULL);
  set_timer (path);
}

static void
carry (Party *from, const guint8 *data, gsize len)
{
  RoughPath *path = from->carry_data;
  const Roughness *r = &path->roughness;

  if (r->burst_in > 0) {
    path->in_burst
        = path->in_burst ? !by_chance (path, r->burst_out) : by_chance (path, r->burst_in);
  }
  if ((r->down && !r->holds) || (r->burst_in > 0 && path->in_burst) || by_chance (path, r->loss)) {
    return;
  }
  Waiting *waiting = g_new0 (Waiting, 1);
  waiting->bytes = g_bytes_new (data, len);
  if (r->down) {
    g_queue_push_tail (&path->held, waiting);
  } else {
    enqueue (path, waiting);
  }
}

static gboolean
dispatch (GSource *source, GSourceFunc func, gpointer user_data)
{
  return func (user_data);
}

RoughPath *
rough_path_new (Party *from, const Roughness *roughness, guint32 seed)
{
  static GSourceFuncs funcs = { .dispatch = dispatch };
  RoughPath *path = g_new0 (RoughPath, 1);

  path->from = from;
  path->roughness = *roughness;
  path->dice = g_rand_new_with_seed (seed);
  path->timer = g_source_new (&funcs, sizeof (GSource));
  g_source_set_callback (path->timer, on_due, path, NULL);
  g_source_set_priority (path->timer, G_PRIORITY_HIGH);
  g_source_attach (path->timer, NULL);
  from->carry_data = path;
  from->carry = carry;
  return path;
}

void
rough_path_set (RoughPath *path, const Roughness *roughness)
{
  gpointer waiting;

  path->roughness = *roughness;
  while (!roughness->down && (waiting = g_queue_pop_head (&path->held)) != NULL) {
    enqueue (path, waiting);
  }
}

void
rough_path_free (RoughPath *path)
{
  path->from->carry = NULL;
  g_queue_clear_full (&path->queue, waiting_free);
  g_queue_clear_full (&path->held, waiting_free);
  g_source_destroy (path->timer);
  g_source_unref (path->timer);
  g_rand_free (path->dice);
  g_free (path);
}
