/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs that read and write the history. */
#include "store/past-calls.h"

#include "base/log.h"
#include "store/history.h"

/* What is kept, or asked for and found. */
typedef struct {
  guint number; /* of a call, or how many at most */
  GPtrArray *list;
  KithCallFacts *facts;
  guint n;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_clear_pointer (&job->list, g_ptr_array_unref);
  g_clear_pointer (&job->facts, kith_call_facts_free);
  g_free (job);
}

static void
run (KithStore *store,
     KithStoreFunc func,
     guint number,
     GPtrArray *list,
     GAsyncReadyCallback callback,
     gpointer user_data)
{
  Job *job = g_new0 (Job, 1);

  job->number = number;
  job->list = list;
  kith_store_run_async (store, func, job, job_free, callback, user_data);
}

static gboolean
keep (KithDatabase *database, gpointer data, GError **error)
{
  const Job *job = data;

  return kith_history_add_all (database, job->list, job->number, error);
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gpointer data = NULL;

  if (!kith_store_run_finish (KITH_STORE (source), result, &data, &error)) {
    const Job *job = data;
    const KithCallFacts *first = job->list->pdata[0];
    kith_warning ("store",
                  "call %u%s not in the history: %s",
                  first->number,
                  job->list->len > 1 ? " and others are" : " is",
                  error->message);
  }
}

void
kith_past_calls_keep (KithStore *store, GPtrArray *facts, guint keep_most)
{
  for (guint i = 0; i < facts->len; i++) {
    KithCallFacts *one = facts->pdata[i];
    KithTrace *live = one->trace;
    one->trace = kith_trace_copy (live);
    kith_trace_unref (live);
  }
  run (store, keep, keep_most, facts, on_kept, NULL);
}

static gboolean
list (KithDatabase *database, gpointer data, GError **error)
{
  Job *job = data;

  job->list = kith_history_list (database, job->number, error);
  return job->list != NULL;
}

void
kith_past_calls_list_async (KithStore *store,
                            guint max,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  run (store, list, max, NULL, callback, user_data);
}

GPtrArray *
kith_past_calls_list_finish (KithStore *store, GAsyncResult *result, GError **error)
{
  gpointer data = NULL;

  return kith_store_run_finish (store, result, &data, error)
             ? g_steal_pointer (&((Job *)data)->list)
             : NULL;
}

static gboolean
get (KithDatabase *database, gpointer data, GError **error)
{
  Job *job = data;

  job->facts = kith_history_get (database, job->number, error);
  return job->facts != NULL;
}

void
kith_past_calls_get_async (KithStore *store,
                           guint number,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  run (store, get, number, NULL, callback, user_data);
}

KithCallFacts *
kith_past_calls_get_finish (KithStore *store, GAsyncResult *result, GError **error)
{
  gpointer data = NULL;

  return kith_store_run_finish (store, result, &data, error)
             ? g_steal_pointer (&((Job *)data)->facts)
             : NULL;
}

static gboolean
clear (KithDatabase *database, gpointer data, GError **error)
{
  Job *job = data;

  return kith_database_check_lasting (database, error)
         && kith_history_trim (database, 0, &job->n, error);
}

void
kith_past_calls_clear_async (KithStore *store, GAsyncReadyCallback callback, gpointer user_data)
{
  run (store, clear, 0, NULL, callback, user_data);
}

gboolean
kith_past_calls_clear_finish (KithStore *store, GAsyncResult *result, guint *n, GError **error)
{
  gpointer data = NULL;
  gboolean ok = kith_store_run_finish (store, result, &data, error);

  *n = ((const Job *)data)->n;
  return ok;
}
