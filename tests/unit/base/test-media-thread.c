/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests the media thread and the gate: order, an end that loses nothing, and that who is inside is
   waited for. */
#include "base/gate.h"
#include "base/mailbox.h"
#include "base/media-thread.h"

#define N_JOBS 1000
#define N_ROUNDS 200

typedef struct {
  GThread *main, *other;
  guint n, wrong;
} Jobs;

typedef struct {
  Jobs *jobs;
  guint number;
} Job;

static void
on_job (gpointer data)
{
  Job *job = data;

  job->jobs->wrong += job->jobs->n != job->number ? 1 : 0;
  job->jobs->n++;
  job->jobs->other = g_thread_self ();
  g_free (job);
}

static void
run_jobs (Jobs *jobs)
{
  for (guint i = 0; i < N_JOBS; i++) {
    Job *job = g_new (Job, 1);
    *job = (Job){ jobs, i };
    kith_media_thread_run (on_job, job);
  }
}

static void
test_order (void)
{
  for (guint round = 0; round < 3; round++) {
    Jobs jobs = { .main = g_thread_self () };
    kith_media_thread_start ();
    g_assert_cmpint (kith_media_thread_get_tid (), !=, 0);
    run_jobs (&jobs);
    kith_media_thread_stop (); /* all of them are done by then */
    g_assert_cmpuint (jobs.n, ==, N_JOBS);
    g_assert_cmpuint (jobs.wrong, ==, 0);
    g_assert_true (jobs.other != jobs.main);
    g_assert_cmpint (kith_media_thread_get_tid (), ==, 0);
  }
}

/* Without the thread all is done by whoever asks, at once. */
static void
test_without (void)
{
  g_autoptr (GMainContext) context = kith_media_thread_get_context ();
  Jobs jobs = { .main = g_thread_self () };

  run_jobs (&jobs);
  g_assert_cmpuint (jobs.n, ==, N_JOBS);
  g_assert_true (jobs.other == jobs.main);
  g_assert_true (context == g_main_context_default ());
  kith_media_thread_stop ();
}

typedef struct {
  KithGate gate;
  guint *value; /* the main thread's: guarded by the gate */
  guint n_inside, n_shut;
  gboolean over;
} Shared;

static gpointer
visit (gpointer data)
{
  Shared *shared = data;

  for (gboolean over = FALSE; !over;) {
    kith_gate_lock (&shared->gate);
    over = shared->over;
    guint *value = shared->value;
    if (value == NULL) {
      shared->n_shut++;
      kith_gate_unlock (&shared->gate);
      continue;
    }
    kith_gate_enter (&shared->gate);
    (void)g_atomic_int_add (value, 1); /* freed by then, were nobody waited for */
    g_thread_yield ();
    (void)g_atomic_int_add (value, 1);
    kith_gate_lock (&shared->gate);
    shared->n_inside++;
    kith_gate_unlock (&shared->gate);
    kith_gate_leave (&shared->gate);
  }
  return NULL;
}

static void
test_gate (void)
{
  Shared shared = { .n_inside = 0 };
  GThread *visitors[2];

  kith_gate_init (&shared.gate);
  for (guint i = 0; i < G_N_ELEMENTS (visitors); i++) {
    visitors[i] = g_thread_new ("visitor", visit, &shared);
  }
  for (guint i = 0; i < N_ROUNDS; i++) {
    guint value = 0; /* on this stack: nobody may touch it after the wait */
    kith_gate_lock (&shared.gate);
    shared.value = &value;
    guint before = shared.n_inside;
    kith_gate_unlock (&shared.gate);
    guint now = before;
    while (now == before) {
      g_thread_yield ();
      kith_gate_lock (&shared.gate);
      now = shared.n_inside;
      kith_gate_unlock (&shared.gate);
    }
    kith_gate_lock (&shared.gate);
    shared.value = NULL;
    kith_gate_wait (&shared.gate);
    g_assert_cmpuint (shared.gate.inside, ==, 0);
    g_assert_cmpuint (value % 2, ==, 0); /* nobody is in the middle */
    kith_gate_unlock (&shared.gate);
  }
  kith_gate_lock (&shared.gate);
  shared.over = TRUE;
  kith_gate_unlock (&shared.gate);
  for (guint i = 0; i < G_N_ELEMENTS (visitors); i++) {
    g_thread_join (visitors[i]);
  }
  kith_gate_clear (&shared.gate);
}

/* The owner, when it is inside itself, does not wait for itself. */
static void
test_owner_inside (void)
{
  KithGate gate;

  kith_gate_init (&gate);
  kith_gate_lock (&gate);
  kith_gate_enter (&gate);
  kith_gate_lock (&gate);
  kith_gate_wait (&gate);
  kith_gate_unlock (&gate);
  kith_gate_leave (&gate);
  g_assert_cmpuint (gate.inside, ==, 0);
  kith_gate_clear (&gate);
}

static void
on_message (gpointer message, gpointer user_data)
{
  g_assert_not_reached ();
}

/* Who posts may outlive the owner of a box. */
static void
test_box_outlived (void)
{
  KithMailbox *box = kith_mailbox_new (NULL, 4, on_message, g_free, NULL);
  KithMailbox *kept = kith_mailbox_ref (box);

  g_assert_true (kith_mailbox_post (kept, g_strdup ("waits")));
  kith_mailbox_free (box);
  g_assert_false (kith_mailbox_post (kept, (gpointer) "late"));
  kith_mailbox_unref (kept);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/media-thread/order", test_order);
  g_test_add_func ("/media-thread/without", test_without);
  g_test_add_func ("/gate/waits", test_gate);
  g_test_add_func ("/gate/owner-inside", test_owner_inside);
  g_test_add_func ("/mailbox/outlived", test_box_outlived);
  return g_test_run ();
}
