/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mailbox delivers in order, on its owner's thread, within its bounds, and nothing after it was
   closed. */
#include "base/mailbox.h"

#define N_THREADS 4
#define N_MESSAGES 2000

typedef struct {
  GMainLoop *loop;
  GThread *owner;
  KithMailbox *box;
  guint taken;
  guint last[N_THREADS];
  guint expected;
  gboolean free_inside, close_inside;
} Fixture;

typedef struct {
  Fixture *fixture;
  guint number;
  guint refused;
} Poster;

static gint n_freed;

static void
count_freed (gpointer message)
{
  g_free (message);
  g_atomic_int_inc (&n_freed);
}

/* A message is a pair: which thread, and its how-manieth. */
static guint *
make_message (guint thread, guint number)
{
  guint *message = g_new (guint, 2);

  message[0] = thread;
  message[1] = number;
  return message;
}

static void
on_message (gpointer message, gpointer user_data)
{
  Fixture *fixture = user_data;
  guint *pair = message;

  g_assert_true (g_thread_self () == fixture->owner);
  g_assert_cmpuint (pair[1], ==, fixture->last[pair[0]] + 1);
  fixture->last[pair[0]] = pair[1];
  g_free (message);
  if (++fixture->taken == fixture->expected) {
    g_main_loop_quit (fixture->loop);
  }
  if (fixture->close_inside) {
    kith_mailbox_close (fixture->box);
  }
  if (fixture->free_inside) {
    g_clear_pointer (&fixture->box, kith_mailbox_free);
  }
}

static void
set_up (Fixture *fixture, gconstpointer capacity)
{
  fixture->loop = g_main_loop_new (NULL, FALSE);
  fixture->owner = g_thread_self ();
  fixture->box
      = kith_mailbox_new (NULL, GPOINTER_TO_UINT (capacity), on_message, count_freed, fixture);
  g_atomic_int_set (&n_freed, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer capacity)
{
  g_clear_pointer (&fixture->box, kith_mailbox_free);
  g_main_loop_unref (fixture->loop);
}

static gpointer
post_many (gpointer data)
{
  Poster *poster = data;

  for (guint i = 1; i <= N_MESSAGES;) {
    guint *message = make_message (poster->number, i);
    if (kith_mailbox_post (poster->fixture->box, message)) {
      i++;
    } else {
      g_free (message);
      poster->refused++;
      g_thread_yield ();
    }
  }
  return NULL;
}

static void
test_threads (Fixture *fixture, gconstpointer capacity)
{
  Poster posters[N_THREADS];
  GThread *threads[N_THREADS];

  fixture->expected = N_THREADS * N_MESSAGES;
  for (guint i = 0; i < N_THREADS; i++) {
    posters[i] = (Poster){ fixture, i, 0 };
    threads[i] = g_thread_new ("poster", post_many, &posters[i]);
  }
  g_main_loop_run (fixture->loop);
  for (guint i = 0; i < N_THREADS; i++) {
    g_thread_join (threads[i]);
    g_assert_cmpuint (fixture->last[i], ==, N_MESSAGES);
  }
  g_assert_cmpuint (fixture->taken, ==, N_THREADS * N_MESSAGES);
  g_assert_cmpint (g_atomic_int_get (&n_freed), ==, 0);
}

static void
test_bounds (Fixture *fixture, gconstpointer capacity)
{
  guint *extra = make_message (0, 4);

  for (guint i = 1; i <= 3; i++) {
    g_assert_true (kith_mailbox_post (fixture->box, make_message (0, i)));
  }
  g_assert_false (kith_mailbox_post (fixture->box, extra));
  g_assert_cmpuint (fixture->taken, ==, 0); /* never from inside post */
  while (g_main_context_iteration (NULL, FALSE)) {
  }
  g_assert_cmpuint (fixture->taken, ==, 3);
  g_assert_true (kith_mailbox_post (fixture->box, extra));
  while (g_main_context_iteration (NULL, FALSE)) {
  }
  g_assert_cmpuint (fixture->taken, ==, 4);
}

static void
test_close (Fixture *fixture, gconstpointer capacity)
{
  guint *late = make_message (0, 1);

  g_assert_true (kith_mailbox_post (fixture->box, make_message (0, 1)));
  g_assert_true (kith_mailbox_post (fixture->box, make_message (0, 2)));
  kith_mailbox_close (fixture->box);
  g_assert_cmpint (g_atomic_int_get (&n_freed), ==, 2);
  g_assert_false (kith_mailbox_post (fixture->box, late));
  g_free (late);
  while (g_main_context_iteration (NULL, FALSE)) {
  }
  g_assert_cmpuint (fixture->taken, ==, 0);
}

static void
test_close_inside (Fixture *fixture, gconstpointer capacity)
{
  fixture->close_inside = TRUE;
  for (guint i = 1; i <= 3; i++) {
    g_assert_true (kith_mailbox_post (fixture->box, make_message (0, i)));
  }
  while (g_main_context_iteration (NULL, FALSE)) {
  }
  g_assert_cmpuint (fixture->taken, ==, 1);
  g_assert_cmpint (g_atomic_int_get (&n_freed), ==, 2);
}

static void
test_free_inside (Fixture *fixture, gconstpointer capacity)
{
  fixture->free_inside = TRUE;
  for (guint i = 1; i <= 3; i++) {
    g_assert_true (kith_mailbox_post (fixture->box, make_message (0, i)));
  }
  while (g_main_context_iteration (NULL, FALSE)) {
  }
  g_assert_cmpuint (fixture->taken, ==, 1);
  g_assert_cmpint (g_atomic_int_get (&n_freed), ==, 2);
  g_assert_null (fixture->box);
}

static void
test_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Fixture fixture = { .owner = g_thread_self (), .loop = g_main_loop_new (context, FALSE) };

  fixture.box = kith_mailbox_new (context, 8, on_message, g_free, &fixture);
  g_assert_true (kith_mailbox_post (fixture.box, make_message (0, 1)));
  while (g_main_context_iteration (NULL, FALSE)) {
  }
  g_assert_cmpuint (fixture.taken, ==, 0);
  while (g_main_context_iteration (context, FALSE)) {
  }
  g_assert_cmpuint (fixture.taken, ==, 1);
  tear_down (&fixture, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/base/mailbox/threads",
              Fixture,
              GUINT_TO_POINTER (64),
              set_up,
              test_threads,
              tear_down);
  g_test_add ("/base/mailbox/bounds",
              Fixture,
              GUINT_TO_POINTER (3),
              set_up,
              test_bounds,
              tear_down);
  g_test_add ("/base/mailbox/close", Fixture, GUINT_TO_POINTER (8), set_up, test_close, tear_down);
  g_test_add ("/base/mailbox/close-inside",
              Fixture,
              GUINT_TO_POINTER (8),
              set_up,
              test_close_inside,
              tear_down);
  g_test_add ("/base/mailbox/free-inside",
              Fixture,
              GUINT_TO_POINTER (8),
              set_up,
              test_free_inside,
              tear_down);
  g_test_add_func ("/base/mailbox/context", test_context);
  return g_test_run ();
}
