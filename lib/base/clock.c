/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real clock and the one that a test moves, behind the same functions. */
#include "base/clock.h"

struct _KithClock {
  GObject parent_instance;
  gboolean manual;
  gint64 now_us;
  gint64 wall_offset_us;
  guint last_id;
  GPtrArray *timers; /* of ManualTimer, manual clock only */
  GMainContext *context;
};

G_DEFINE_FINAL_TYPE (KithClock, kith_clock, G_TYPE_OBJECT)

typedef struct {
  guint id;
  guint ms;
  gint64 due_us;
  KithTimerFunc func;
  gpointer user_data;
} ManualTimer;

static void
kith_clock_finalize (GObject *object)
{
  KithClock *clock = KITH_CLOCK (object);

  g_clear_pointer (&clock->timers, g_ptr_array_unref);
  g_clear_pointer (&clock->context, g_main_context_unref);
  G_OBJECT_CLASS (kith_clock_parent_class)->finalize (object);
}

static void
kith_clock_class_init (KithClockClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_clock_finalize;
}

static void
kith_clock_init (KithClock *clock)
{
  clock->timers = g_ptr_array_new_with_free_func (g_free);
}

static KithClock *the_clock;

KithClock *
kith_clock_get_default (void)
{
  if (the_clock == NULL) {
    the_clock = g_object_new (KITH_TYPE_CLOCK, NULL);
    the_clock->context = g_main_context_ref_thread_default ();
  }
  return the_clock;
}

void
kith_clock_set_default (KithClock *clock)
{
  g_return_if_fail (the_clock == NULL); /* its timers would be lost */
  the_clock = g_object_ref (clock);
}

KithClock *
kith_clock_new_manual (gint64 wall_us)
{
  KithClock *clock = g_object_new (KITH_TYPE_CLOCK, NULL);

  clock->manual = TRUE;
  clock->now_us = G_USEC_PER_SEC;
  clock->wall_offset_us = wall_us - clock->now_us;
  return clock;
}

gint64
kith_clock_now (KithClock *clock)
{
  return clock->manual ? clock->now_us : g_get_monotonic_time ();
}

gint64
kith_clock_wall (KithClock *clock)
{
  return clock->manual ? clock->now_us + clock->wall_offset_us : g_get_real_time ();
}

guint
kith_clock_add (KithClock *clock, guint ms, KithTimerFunc func, gpointer user_data)
{
  if (!clock->manual) {
    GSource *source = g_timeout_source_new (ms);
    g_source_set_callback (source, func, user_data, NULL);
    guint id = g_source_attach (source, clock->context);
    g_source_unref (source);
    return id;
  }
  ManualTimer *timer = g_new0 (ManualTimer, 1);
  timer->id = ++clock->last_id;
  timer->ms = ms;
  timer->due_us = clock->now_us + (gint64)ms * 1000;
  timer->func = func;
  timer->user_data = user_data;
  g_ptr_array_add (clock->timers, timer);
  return timer->id;
}

static ManualTimer *
find_timer (KithClock *clock, guint id)
{
  for (guint i = 0; i < clock->timers->len; i++) {
    ManualTimer *timer = clock->timers->pdata[i];
    if (timer->id == id) {
      return timer;
    }
  }
  return NULL;
}

void
kith_clock_cancel (KithClock *clock, guint *id)
{
  guint timer_id = *id;

  *id = 0;
  if (timer_id == 0) {
    return;
  }
  if (clock->manual) {
    ManualTimer *timer = find_timer (clock, timer_id);
    if (timer != NULL) {
      g_ptr_array_remove (clock->timers, timer);
    }
    return;
  }
  GSource *source = g_main_context_find_source_by_id (clock->context, timer_id);
  if (source != NULL) {
    g_source_destroy (source);
  }
}

static ManualTimer *
next_due (KithClock *clock, gint64 until_us)
{
  ManualTimer *next = NULL;

  for (guint i = 0; i < clock->timers->len; i++) {
    ManualTimer *timer = clock->timers->pdata[i];
    if (timer->due_us <= until_us && (next == NULL || timer->due_us < next->due_us)) {
      next = timer;
    }
  }
  return next;
}

void
kith_clock_advance (KithClock *clock, guint ms)
{
  g_return_if_fail (clock->manual);
  gint64 until_us = clock->now_us + (gint64)ms * 1000;
  ManualTimer *timer;

  while ((timer = next_due (clock, until_us)) != NULL) {
    guint id = timer->id;
    clock->now_us = MAX (clock->now_us, timer->due_us);
    timer->due_us += MAX (timer->ms, 1) * (gint64)1000;
    if (!timer->func (timer->user_data)) {
      kith_clock_cancel (clock, &id);
    }
  }
  clock->now_us = until_us;
}

void
kith_clock_set_wall (KithClock *clock, gint64 wall_us)
{
  g_return_if_fail (clock->manual);
  clock->wall_offset_us = wall_us - clock->now_us;
}
