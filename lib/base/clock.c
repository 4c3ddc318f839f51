/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps all timers of a main context in a balanced tree, and a single GSource that looks at its
   first one; or it is due by hand. */
#include "base/clock.h"

struct _KithClock {
  GObject parent_instance;
  GSequence *queue;      /* of KithTimer (not owned), soonest first */
  gint64 turn_us;        /* while timers fire: what is due by then is called; 0 else */
  GHashTable *ticks;     /* id → Tick */
  GSource *source;       /* NULL on a manual clock */
  GMainContext *context; /* NULL on a manual clock */
  gint64 now_us;         /* manual clock only */
  gint64 wall_offset_us; /* manual clock only */
  guint last_id;
};

G_DEFINE_FINAL_TYPE (KithClock, kith_clock, G_TYPE_OBJECT)

/* A timer of kith_clock_add(). */
typedef struct {
  KithTimer timer; /* holds no reference on the clock, which owns it */
  guint id;
  guint ms;
  KithTickFunc func;
  gpointer user_data;
} Tick;

typedef struct {
  GSource parent;
  KithClock *owner;
} ClockSource;

static GPtrArray *default_contexts; /* of GMainContext or NULL; as long as … */
static GPtrArray *default_clocks;   /* … this, of KithClock: the clock of each */

static void
kith_clock_finalize (GObject *object)
{
  KithClock *clock = KITH_CLOCK (object);

  if (clock->source != NULL) {
    g_source_destroy (clock->source);
    g_clear_pointer (&clock->source, g_source_unref);
  }
  g_hash_table_unref (clock->ticks);
  g_sequence_free (clock->queue);
  g_clear_pointer (&clock->context, g_main_context_unref);
  G_OBJECT_CLASS (kith_clock_parent_class)->finalize (object);
}

static void
kith_clock_class_init (KithClockClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_clock_finalize;
}

static void
tick_free (gpointer data)
{
  Tick *tick = data;

  kith_timer_clear (&tick->timer);
  g_free (tick);
}

static void
kith_clock_init (KithClock *clock)
{
  clock->queue = g_sequence_new (NULL);
  clock->ticks = g_hash_table_new_full (NULL, NULL, NULL, tick_free);
}

static gint
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const KithTimer *x = a;
  const KithTimer *y = b;

  return (x->at_us > y->at_us) - (x->at_us < y->at_us);
}

static KithTimer *
head (KithClock *clock)
{
  GSequenceIter *first = g_sequence_get_begin_iter (clock->queue);

  return g_sequence_iter_is_end (first) ? NULL : g_sequence_get (first);
}

static void
fire (KithTimer *timer)
{
  kith_timer_clear (timer);
  timer->func (timer->user_data);
}

/* Asked before each wait, in place of a ready time that is set with each timer: setting one wakes
   the loop, which is awake. */
static gboolean
prepare (GSource *source, gint *wait_ms)
{
  KithClock *clock = ((ClockSource *)source)->owner;
  const KithTimer *first = head (clock);

  *wait_ms = -1;
  if (first != NULL) {
    gint64 wait_us = MAX (first->at_us - kith_clock_now (clock), 0);
    *wait_ms = (gint)MIN ((wait_us + 999) / 1000, G_MAXINT);
  }
  return *wait_ms == 0;
}

static gboolean
check (GSource *source)
{
  KithClock *clock = ((ClockSource *)source)->owner;
  const KithTimer *first = head (clock);

  return first != NULL && first->at_us <= kith_clock_now (clock);
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_autoptr (KithClock) clock = g_object_ref (((ClockSource *)source)->owner);
  gint64 now = kith_clock_now (clock);

  clock->turn_us = now;
  for (KithTimer *due = head (clock); due != NULL && due->at_us <= now; due = head (clock)) {
    fire (due);
  }
  clock->turn_us = 0;
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = { prepare, check, dispatch, NULL, NULL, NULL };

static KithClock *
new_real (void)
{
  KithClock *clock = g_object_new (KITH_TYPE_CLOCK, NULL);

  clock->context = g_main_context_ref_thread_default ();
  clock->source = g_source_new (&source_funcs, sizeof (ClockSource));
  ((ClockSource *)clock->source)->owner = clock;
  g_source_set_static_name (clock->source, "kith-clock");
  g_source_attach (clock->source, clock->context);
  return clock;
}

static void
keep_default (GMainContext *context, KithClock *clock)
{
  if (default_clocks == NULL) {
    default_contexts = g_ptr_array_new ();
    default_clocks = g_ptr_array_new ();
  }
  g_ptr_array_add (default_contexts, context != NULL ? g_main_context_ref (context) : NULL);
  g_ptr_array_add (default_clocks, clock);
}

static KithClock *
find_default (const GMainContext *context)
{
  guint i;

  return default_clocks != NULL && g_ptr_array_find (default_contexts, context, &i)
             ? default_clocks->pdata[i]
             : NULL;
}

KithClock *
kith_clock_get_default (void)
{
  GMainContext *context = g_main_context_get_thread_default ();
  KithClock *clock = find_default (context);

  if (clock == NULL) {
    clock = new_real ();
    keep_default (context, clock);
  }
  return clock;
}

void
kith_clock_set_default (KithClock *clock)
{
  GMainContext *context = g_main_context_get_thread_default ();

  g_return_if_fail (find_default (context) == NULL); /* its timers would be lost */
  keep_default (context, g_object_ref (clock));
}

KithClock *
kith_clock_new_manual (gint64 wall_us)
{
  KithClock *clock = g_object_new (KITH_TYPE_CLOCK, NULL);

  clock->now_us = G_USEC_PER_SEC;
  clock->wall_offset_us = wall_us - clock->now_us;
  return clock;
}

gint64
kith_clock_now (KithClock *clock)
{
  return clock->source != NULL ? g_get_monotonic_time () : clock->now_us;
}

gint64
kith_clock_wall (KithClock *clock)
{
  return clock->source != NULL ? g_get_real_time () : clock->now_us + clock->wall_offset_us;
}

gint64
kith_clock_thread_now (void)
{
  return g_get_monotonic_time ();
}

gint64
kith_clock_thread_wall (void)
{
  return g_get_real_time ();
}

void
kith_timer_init (KithTimer *timer, KithClock *clock, KithTimerFunc func, gpointer user_data)
{
  *timer = (KithTimer){ .clock = g_object_ref (clock), .func = func, .user_data = user_data };
}

void
kith_timer_set (KithTimer *timer, gint64 at_us)
{
  KithClock *clock = timer->clock;

  at_us = MAX (at_us, clock->turn_us + 1); /* one that is always due must not keep the loop */
  if (timer->place != NULL && timer->at_us == at_us) {
    return;
  }
  if (timer->place != NULL) {
    g_sequence_remove (timer->place);
  }
  timer->at_us = at_us;
  timer->place = g_sequence_insert_sorted (clock->queue, timer, compare, NULL);
}

void
kith_timer_set_ms (KithTimer *timer, guint ms)
{
  kith_timer_set (timer, kith_clock_now (timer->clock) + (gint64)ms * 1000);
}

gboolean
kith_timer_is_set (const KithTimer *timer)
{
  return timer->place != NULL;
}

void
kith_timer_clear (KithTimer *timer)
{
  if (timer->place != NULL) {
    g_sequence_remove (g_steal_pointer (&timer->place));
  }
}

void
kith_timer_finish (KithTimer *timer)
{
  if (timer->clock != NULL) {
    kith_timer_clear (timer);
    g_clear_object (&timer->clock);
  }
}

static void
on_tick (gpointer user_data)
{
  Tick *tick = user_data;
  KithClock *clock = tick->timer.clock;
  gpointer key = GUINT_TO_POINTER (tick->id);
  gboolean again = tick->func (tick->user_data);

  if (g_hash_table_lookup (clock->ticks, key) != tick) {
    return; /* it cancelled itself */
  }
  if (again) {
    kith_timer_set_ms (&tick->timer, tick->ms);
  } else {
    g_hash_table_remove (clock->ticks, key);
  }
}

guint
kith_clock_add (KithClock *clock, guint ms, KithTickFunc func, gpointer user_data)
{
  Tick *tick = g_new0 (Tick, 1);

  do {
    tick->id = ++clock->last_id;
  } while (tick->id == 0 || g_hash_table_contains (clock->ticks, GUINT_TO_POINTER (tick->id)));
  tick->ms = ms;
  tick->func = func;
  tick->user_data = user_data;
  tick->timer = (KithTimer){ .clock = clock, .func = on_tick, .user_data = tick };
  g_hash_table_insert (clock->ticks, GUINT_TO_POINTER (tick->id), tick);
  kith_timer_set_ms (&tick->timer, ms);
  return tick->id;
}

void
kith_clock_cancel (KithClock *clock, guint *id)
{
  guint timer_id = *id;

  *id = 0;
  if (timer_id != 0) {
    g_hash_table_remove (clock->ticks, GUINT_TO_POINTER (timer_id));
  }
}

void
kith_clock_advance (KithClock *clock, guint ms)
{
  g_return_if_fail (clock->source == NULL && clock->turn_us == 0);
  gint64 until_us = clock->now_us + (gint64)ms * 1000;

  for (KithTimer *due = head (clock); due != NULL && due->at_us <= until_us; due = head (clock)) {
    clock->now_us = MAX (clock->now_us, due->at_us);
    clock->turn_us = clock->now_us;
    fire (due);
  }
  clock->turn_us = 0;
  clock->now_us = until_us;
}

void
kith_clock_set_wall (KithClock *clock, gint64 wall_us)
{
  g_return_if_fail (clock->source == NULL);
  clock->wall_offset_us = wall_us - clock->now_us;
}

gint64
kith_clock_next_due (KithClock *clock)
{
  const KithTimer *first = head (clock);

  return first != NULL ? first->at_us : -1;
}
