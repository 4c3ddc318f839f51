/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queues jobs behind a pthread mutex for one thread, whose answers come back by the mailbox. */
#include "store/store.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "store/history.h"

typedef struct {
  GTask *task; /* with the caller's data */
  KithStoreFunc func;
  GError *error; /* NULL: it was done */
} Job;

struct _KithStore {
  GObject parent_instance;
  KithDatabase *database;
  KithMailbox *answers; /* of Job */
  guint unanswered;     /* jobs */
  gboolean stopped;
  gboolean has_thread;
  pthread_t thread;
  int end_fd;            /* readable: the thread has ended */
  pthread_mutex_t mutex; /* of what follows */
  pthread_cond_t news;
  GQueue waiting; /* of Job */
  gboolean leaving;
};

G_DEFINE_FINAL_TYPE (KithStore, kith_store, G_TYPE_OBJECT)

static void
answer (gpointer data)
{
  Job *job = data;
  g_autoptr (GTask) task = job->task;
  KithStore *store = g_task_get_source_object (task);

  store->unanswered--;
  if (job->error != NULL) {
    g_task_return_error (task, job->error);
  } else {
    g_task_return_boolean (task, TRUE);
  }
  g_free (job);
}

static void
on_answer (gpointer message, gpointer user_data)
{
  answer (message);
}

/* Does @job. The mailbox has room for all that are not answered. */
static void
do_job (KithStore *store, Job *job)
{
  if (!job->func (store->database, g_task_get_task_data (job->task), &job->error)
      && job->error == NULL) {
    g_set_error_literal (&job->error, KITH_ERROR, KITH_ERROR_FAILED, "it could not be kept");
  }
  (void)kith_mailbox_post (store->answers, job);
}

/* The next job, or NULL when it is time to leave and none is left. */
static Job *
wait_for_job (KithStore *store)
{
  pthread_mutex_lock (&store->mutex);
  while (store->waiting.length == 0 && !store->leaving) {
    pthread_cond_wait (&store->news, &store->mutex);
  }
  Job *job = g_queue_pop_head (&store->waiting);
  pthread_mutex_unlock (&store->mutex);
  return job;
}

static gpointer
run_thread (gpointer data)
{
  KithStore *store = data;
  Job *job;

  while ((job = wait_for_job (store)) != NULL) {
    do_job (store, job);
  }
  (void)eventfd_write (store->end_fd, 1);
  return NULL;
}

static void
kith_store_dispose (GObject *object)
{
  KithStore *store = KITH_STORE (object);

  kith_store_stop (store);
  g_clear_object (&store->database);
  G_OBJECT_CLASS (kith_store_parent_class)->dispose (object);
}

static void
kith_store_finalize (GObject *object)
{
  KithStore *store = KITH_STORE (object);

  if (store->end_fd >= 0) {
    (void)close (store->end_fd);
  }
  pthread_cond_destroy (&store->news);
  pthread_mutex_destroy (&store->mutex);
  G_OBJECT_CLASS (kith_store_parent_class)->finalize (object);
}

static void
kith_store_class_init (KithStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_store_dispose;
  G_OBJECT_CLASS (klass)->finalize = kith_store_finalize;
}

static void
kith_store_init (KithStore *store)
{
  pthread_mutex_init (&store->mutex, NULL);
  pthread_cond_init (&store->news, NULL);
  g_queue_init (&store->waiting);
  store->end_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
}

KithStore *
kith_store_new (KithDatabase *database)
{
  KithStore *store = g_object_new (KITH_TYPE_STORE, NULL);

  store->database = g_object_ref (database);
  store->answers = kith_mailbox_new (NULL, KITH_STORE_MAX_WAITING, on_answer, answer, NULL);
  return store;
}

KithStore *
kith_store_open (const char *dir, guint keep, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (KithDatabase) database = kith_database_open (dir, &problem);

  if (database == NULL) {
    kith_warning ("store",
                  "%s. What is to be remembered is lost when kithd stops",
                  problem->message);
    database = kith_database_open_instead (dir, problem->message, error);
  }
  if (database == NULL) {
    return NULL;
  }
  g_clear_error (&problem);
  if (!kith_history_trim (database, keep, NULL, &problem)) {
    kith_warning ("store", "old calls cannot be forgotten: %s", problem->message);
  }
  return kith_store_new (database);
}

void
kith_store_start (KithStore *store)
{
  if (store->has_thread || store->stopped || kith_database_is_in_memory (store->database)) {
    return;
  }
  store->has_thread
      = store->end_fd >= 0 && pthread_create (&store->thread, NULL, run_thread, store) == 0;
  if (store->has_thread) {
    (void)pthread_setname_np (store->thread, "kith-store");
  } else {
    kith_warning ("store", "there is no thread for the database: a slow disk is waited for");
  }
}

KithDatabase *
kith_store_get_database (KithStore *store)
{
  return store->database;
}

void
kith_store_run_async (KithStore *store,
                      KithStoreFunc func,
                      gpointer data,
                      GDestroyNotify free_data,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (store, NULL, callback, user_data);

  g_task_set_task_data (task, data, free_data);
  if (store->stopped) {
    g_task_return_new_error (task, KITH_ERROR, KITH_ERROR_NOT_READY, "the daemon is leaving");
    return;
  }
  if (store->unanswered >= KITH_STORE_MAX_WAITING) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_LIMIT_REACHED,
                             "%u changes wait for the disk already; check its health",
                             store->unanswered);
    return;
  }
  Job *job = g_new0 (Job, 1);
  job->task = g_steal_pointer (&task);
  job->func = func;
  store->unanswered++;
  if (!store->has_thread) {
    do_job (store, job);
    return;
  }
  pthread_mutex_lock (&store->mutex);
  g_queue_push_tail (&store->waiting, job);
  pthread_cond_signal (&store->news);
  pthread_mutex_unlock (&store->mutex);
}

gboolean
kith_store_run_finish (KithStore *store, GAsyncResult *result, gpointer *data, GError **error)
{
  if (data != NULL) {
    *data = g_task_get_task_data (G_TASK (result));
  }
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* FALSE: the disk does not answer. */
static gboolean
join (KithStore *store)
{
  struct pollfd end = { .fd = store->end_fd, .events = POLLIN };

  pthread_mutex_lock (&store->mutex);
  store->leaving = TRUE;
  pthread_cond_signal (&store->news);
  pthread_mutex_unlock (&store->mutex);
  return poll (&end, 1, KITH_STORE_STOP_MS) == 1 && pthread_join (store->thread, NULL) == 0;
}

void
kith_store_stop (KithStore *store)
{
  if (store->stopped) {
    return;
  }
  store->stopped = TRUE;
  if (store->has_thread && !join (store)) {
    pthread_mutex_lock (&store->mutex);
    kith_warning ("store",
                  "the disk does not answer: %u changes are lost",
                  store->waiting.length + 1);
    pthread_mutex_unlock (&store->mutex);
    (void)pthread_detach (store->thread);
    g_object_ref (store); /* the thread has it until the process ends */
    return;
  }
  g_clear_pointer (&store->answers, kith_mailbox_free);
}
