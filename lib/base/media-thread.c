/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread with a main context of its own, and a mailbox as the way in. */
#include "base/media-thread.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "base/mailbox.h"

typedef struct {
  GDestroyNotify func;
  gpointer data;
} Job;

/* Written by the main thread alone, while there is no other one that reads them. */
static GThread *thread;
static GMainContext *context;
static GMainLoop *loop;
static KithMailbox *jobs;
static gint tid;

static void
on_job (gpointer message, gpointer user_data)
{
  Job *job = message;

  job->func (job->data);
  g_free (job);
}

static gpointer
run (gpointer data)
{
  g_main_context_push_thread_default (context);
  g_atomic_int_set (&tid, (gint)syscall (SYS_gettid));
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
quit (gpointer data)
{
  g_main_loop_quit (loop);
}

void
kith_media_thread_start (void)
{
  g_return_if_fail (thread == NULL);
  context = g_main_context_new ();
  loop = g_main_loop_new (context, FALSE);
  jobs = kith_mailbox_new (context, G_MAXUINT, on_job, NULL, NULL);
  thread = g_thread_new ("kith-media", run, NULL);
}

void
kith_media_thread_stop (void)
{
  if (thread == NULL) {
    return;
  }
  kith_media_thread_run (quit, NULL);
  g_thread_join (g_steal_pointer (&thread));
  while (g_main_context_iteration (context, FALSE)) { /* what the last jobs left to be done */
  }
  g_clear_pointer (&jobs, kith_mailbox_free);
  g_clear_pointer (&loop, g_main_loop_unref);
  g_clear_pointer (&context, g_main_context_unref);
  g_atomic_int_set (&tid, 0);
}

GMainContext *
kith_media_thread_get_context (void)
{
  return context != NULL ? g_main_context_ref (context) : g_main_context_ref_thread_default ();
}

gint
kith_media_thread_get_tid (void)
{
  while (thread != NULL && g_atomic_int_get (&tid) == 0) {
    g_thread_yield (); /* it is just starting */
  }
  return g_atomic_int_get (&tid);
}

void
kith_media_thread_run (GDestroyNotify func, gpointer data)
{
  if (jobs == NULL) {
    func (data);
    return;
  }
  Job *job = g_new (Job, 1);
  *job = (Job){ func, data };
  (void)kith_mailbox_post (jobs, job);
}
