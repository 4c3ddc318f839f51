/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manual clock stands still until it is moved and fires in order of time; the real one runs. */
#include "base/clock.h"

#define WALL (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC)

typedef struct Mark {
  GString *seen;
  char name;
  KithClock *clock;
  guint *cancel;     /* a timer to cancel when this one fires */
  guint repeat;      /* fire so many times more */
  struct Mark *adds; /* a timer to add when this one fires */
  guint adds_ms;
} Mark;

static gboolean
on_timer (gpointer user_data)
{
  Mark *mark = user_data;

  g_string_append_c (mark->seen, mark->name);
  if (mark->cancel != NULL) {
    kith_clock_cancel (mark->clock, mark->cancel);
  }
  if (mark->adds != NULL) {
    g_assert_cmpuint (kith_clock_add (mark->clock, mark->adds_ms, on_timer, mark->adds), >, 0);
  }
  return mark->repeat > 0 && mark->repeat-- > 0;
}

static void
test_stands_still (void)
{
  g_autoptr (KithClock) clock = kith_clock_new_manual (WALL);
  gint64 start = kith_clock_now (clock);

  g_assert_cmpint (kith_clock_wall (clock), ==, WALL);
  g_assert_cmpint (start, >, 0);
  kith_clock_advance (clock, 1500);
  g_assert_cmpint (kith_clock_now (clock), ==, start + 1500000);
  g_assert_cmpint (kith_clock_wall (clock), ==, WALL + 1500000);
}

static void
test_order (void)
{
  g_autoptr (KithClock) clock = kith_clock_new_manual (WALL);
  g_autoptr (GString) seen = g_string_new (NULL);
  Mark a = { .seen = seen, .name = 'a' }, b = { .seen = seen, .name = 'b' },
       c = { .seen = seen, .name = 'c' };

  kith_clock_add (clock, 30, on_timer, &c);
  kith_clock_add (clock, 10, on_timer, &a);
  kith_clock_add (clock, 20, on_timer, &b);
  kith_clock_advance (clock, 9);
  g_assert_cmpstr (seen->str, ==, "");
  kith_clock_advance (clock, 1);
  g_assert_cmpstr (seen->str, ==, "a");
  kith_clock_advance (clock, 100);
  g_assert_cmpstr (seen->str, ==, "abc");
  kith_clock_advance (clock, 100);
  g_assert_cmpstr (seen->str, ==, "abc");
}

static void
test_repeat_and_cancel (void)
{
  g_autoptr (KithClock) clock = kith_clock_new_manual (WALL);
  g_autoptr (GString) seen = g_string_new (NULL);
  Mark r = { .seen = seen, .name = 'r', .repeat = 3 }, x = { .seen = seen, .name = 'x' };

  kith_clock_add (clock, 10, on_timer, &r);
  guint id = kith_clock_add (clock, 25, on_timer, &x);
  Mark k = { .seen = seen, .name = 'k', .clock = clock, .cancel = &id };
  kith_clock_add (clock, 24, on_timer, &k);
  kith_clock_advance (clock, 100);
  g_assert_cmpstr (seen->str, ==, "rrkrr");
  g_assert_cmpuint (id, ==, 0);
  kith_clock_cancel (clock, &id); /* 0 is ignored */
}

static void
test_add_inside (void)
{
  g_autoptr (KithClock) clock = kith_clock_new_manual (WALL);
  g_autoptr (GString) seen = g_string_new (NULL);
  Mark later = { .seen = seen, .name = '2' };
  Mark first = { .seen = seen, .name = '1', .clock = clock, .adds = &later, .adds_ms = 5 };

  kith_clock_add (clock, 10, on_timer, &first);
  kith_clock_advance (clock, 14);
  g_assert_cmpstr (seen->str, ==, "1");
  kith_clock_advance (clock, 1);
  g_assert_cmpstr (seen->str, ==, "12");
}

static void
test_zero (void)
{
  g_autoptr (KithClock) clock = kith_clock_new_manual (WALL);
  g_autoptr (GString) seen = g_string_new (NULL);
  Mark z = { .seen = seen, .name = 'z' };

  kith_clock_add (clock, 0, on_timer, &z);
  g_assert_cmpstr (seen->str, ==, ""); /* not before time is moved, be it by nothing */
  kith_clock_advance (clock, 0);
  g_assert_cmpstr (seen->str, ==, "z");
}

typedef struct Due {
  KithTimer timer;
  GString *seen;
  char name;
  KithTimer *clears; /* when this one fires */
  guint again_ms;    /* set again so long, … */
  guint n_again;     /* … so often */
  gboolean at_once;  /* … at this very moment */
} Due;

static void
on_due (gpointer user_data)
{
  Due *due = user_data;

  g_assert_false (kith_timer_is_set (&due->timer));
  g_string_append_c (due->seen, due->name);
  if (due->clears != NULL) {
    kith_timer_clear (due->clears);
  }
  if (due->n_again > 0) {
    due->n_again--;
    if (due->at_once) {
      kith_timer_set (&due->timer, kith_clock_now (due->timer.clock));
    } else {
      kith_timer_set_ms (&due->timer, due->again_ms);
    }
  }
}

static void
test_embedded (void)
{
  g_autoptr (KithClock) clock = kith_clock_new_manual (WALL);
  g_autoptr (GString) seen = g_string_new (NULL);
  Due dues[] = { { .seen = seen, .name = 'a' },
                 { .seen = seen, .name = 'b' },
                 { .seen = seen, .name = 'c' },
                 { .seen = seen, .name = 'r', .again_ms = 1, .n_again = 5 } };

  g_assert_cmpint (kith_clock_next_due (clock), ==, -1);
  for (guint i = 0; i < G_N_ELEMENTS (dues); i++) {
    kith_timer_init (&dues[i].timer, clock, on_due, &dues[i]);
    g_assert_false (kith_timer_is_set (&dues[i].timer));
  }
  kith_timer_set_ms (&dues[0].timer, 30);
  kith_timer_set_ms (&dues[1].timer, 10);
  kith_timer_set_ms (&dues[2].timer, 20);
  g_assert_cmpint (kith_clock_next_due (clock), ==, kith_clock_now (clock) + 10000);
  kith_timer_set_ms (&dues[0].timer, 1); /* moved */
  g_assert_true (kith_timer_is_set (&dues[0].timer));
  kith_clock_advance (clock, 50);
  g_assert_cmpstr (seen->str, ==, "abc");

  g_string_truncate (seen, 0);
  dues[0].clears = &dues[1].timer;
  kith_timer_set (&dues[0].timer, 0); /* at once, and … */
  kith_timer_set (&dues[1].timer, 1); /* … in the same turn, but cleared by the first */
  kith_clock_advance (clock, 10);
  g_assert_cmpstr (seen->str, ==, "a");

  g_string_truncate (seen, 0);
  kith_timer_set_ms (&dues[3].timer, 1);
  kith_clock_advance (clock, 60);
  g_assert_cmpstr (seen->str, ==, "rrrrrr");
  kith_timer_set_ms (&dues[2].timer, 1);
  for (guint i = 0; i < G_N_ELEMENTS (dues); i++) {
    kith_timer_finish (&dues[i].timer);
    kith_timer_finish (&dues[i].timer);
  }
  kith_clock_advance (clock, 60);
  g_assert_cmpstr (seen->str, ==, "rrrrrr");
  g_assert_cmpint (kith_clock_next_due (clock), ==, -1);
}

/* Embedded timers and those without an owner are one queue; the same moment: in the order in which
   they were set. */
static void
test_one_queue (void)
{
  g_autoptr (KithClock) clock = kith_clock_new_manual (WALL);
  g_autoptr (GString) seen = g_string_new (NULL);
  Mark first = { .seen = seen, .name = '1' }, last = { .seen = seen, .name = '3' };
  Due due = { .seen = seen, .name = '2' };

  kith_timer_init (&due.timer, clock, on_due, &due);
  kith_clock_add (clock, 10, on_timer, &first);
  kith_timer_set_ms (&due.timer, 10);
  kith_clock_add (clock, 10, on_timer, &last);
  kith_clock_advance (clock, 9);
  g_assert_cmpstr (seen->str, ==, "");
  kith_clock_advance (clock, 1);
  g_assert_cmpstr (seen->str, ==, "123");
  kith_timer_finish (&due.timer);
}

/* One that is always due lets the loop go on, and the others have their turn. */
static void
test_always_due (void)
{
  KithClock *clock = kith_clock_get_default ();
  g_autoptr (GString) seen = g_string_new (NULL);
  Due always = { .seen = seen, .name = 'x', .n_again = G_MAXUINT, .at_once = TRUE };

  kith_timer_init (&always.timer, clock, on_due, &always);
  kith_timer_set (&always.timer, 0);
  for (guint i = 1; i <= 3; i++) {
    while (seen->len < i) {
      g_main_context_iteration (NULL, TRUE);
    }
    g_assert_cmpuint (seen->len, ==, i);
  }
  kith_timer_finish (&always.timer);
}

/* Each main context has a clock of its own, and only its loop fires the timers. */
static void
test_contexts (void)
{
  g_autoptr (GMainContext) other = g_main_context_new ();
  g_autoptr (KithClock) manual = kith_clock_new_manual (WALL);
  g_autoptr (GMainContext) third = g_main_context_new ();
  g_autoptr (GString) seen = g_string_new (NULL);
  Due due = { .seen = seen, .name = 'o' };

  g_main_context_push_thread_default (other);
  KithClock *clock = kith_clock_get_default ();
  g_assert_true (clock == kith_clock_get_default ());
  kith_timer_init (&due.timer, clock, on_due, &due);
  g_main_context_pop_thread_default (other);
  g_assert_true (clock != kith_clock_get_default ());
  g_main_context_push_thread_default (third);
  kith_clock_set_default (manual);
  g_assert_true (manual == kith_clock_get_default ());
  g_main_context_pop_thread_default (third);
  g_assert_true (manual != kith_clock_get_default ());

  kith_timer_set (&due.timer, 0);
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpstr (seen->str, ==, "");
  g_main_context_iteration (other, FALSE);
  g_assert_cmpstr (seen->str, ==, "o");
  kith_timer_finish (&due.timer);
}

static gboolean
on_real (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_never (gpointer user_data)
{
  g_assert_not_reached ();
}

static void
test_real (void)
{
  KithClock *clock = kith_clock_get_default ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  gint64 start = kith_clock_now (clock);

  g_assert_true (clock == kith_clock_get_default ());
  g_assert_cmpint (ABS (kith_clock_wall (clock) - g_get_real_time ()), <, 5 * G_USEC_PER_SEC);
  guint never = kith_clock_add (clock, 5, on_never, NULL);
  g_assert_cmpuint (never, >, 0);
  kith_clock_cancel (clock, &never);
  g_assert_cmpuint (never, ==, 0);
  kith_clock_add (clock, 20, on_real, loop);
  g_main_loop_run (loop);
  g_assert_cmpint (kith_clock_now (clock) - start, >=, 20000 - 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/clock/stands-still", test_stands_still);
  g_test_add_func ("/base/clock/order", test_order);
  g_test_add_func ("/base/clock/repeat-and-cancel", test_repeat_and_cancel);
  g_test_add_func ("/base/clock/add-inside", test_add_inside);
  g_test_add_func ("/base/clock/zero", test_zero);
  g_test_add_func ("/base/clock/embedded", test_embedded);
  g_test_add_func ("/base/clock/one-queue", test_one_queue);
  g_test_add_func ("/base/clock/always-due", test_always_due);
  g_test_add_func ("/base/clock/contexts", test_contexts);
  g_test_add_func ("/base/clock/real", test_real);
  return g_test_run ();
}
