/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounded queue behind a pthread mutex that wakes its owner through an eventfd. */
#include "base/mailbox.h"

#include <errno.h>
#include <glib-unix.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct _KithMailbox {
  gatomicrefcount refs;
  pthread_mutex_t mutex;
  GQueue queue;
  guint capacity;
  gboolean closed;
  int fd;
  GSource *source;
  KithMailboxFunc func;
  GDestroyNotify free_message;
  gpointer user_data;
  gboolean *freed; /* set by the dispatcher, so that it notices that a handler freed the box */
};

static gpointer
take_one (KithMailbox *box)
{
  pthread_mutex_lock (&box->mutex);
  gpointer message = g_queue_pop_head (&box->queue);
  pthread_mutex_unlock (&box->mutex);
  return message;
}

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  KithMailbox *box = user_data;
  uint64_t count;
  gboolean freed = FALSE, *outer = box->freed;
  gpointer message;

  (void)condition;
  if (read (fd, &count, sizeof count) < 0 && errno != EAGAIN) {
    return G_SOURCE_REMOVE;
  }
  box->freed = &freed;
  while (!freed && (message = take_one (box)) != NULL) {
    box->func (message, box->user_data);
  }
  if (!freed) {
    box->freed = outer;
  } else if (outer != NULL) {
    *outer = TRUE;
  }
  return freed ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

KithMailbox *
kith_mailbox_new (GMainContext *context,
                  guint capacity,
                  KithMailboxFunc func,
                  GDestroyNotify free_message,
                  gpointer user_data)
{
  KithMailbox *box = g_new0 (KithMailbox, 1);

  g_atomic_ref_count_init (&box->refs);
  pthread_mutex_init (&box->mutex, NULL);
  g_queue_init (&box->queue);
  box->capacity = capacity;
  box->func = func;
  box->free_message = free_message;
  box->user_data = user_data;
  box->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  box->source = g_unix_fd_source_new (box->fd, G_IO_IN);
  g_source_set_priority (box->source, G_PRIORITY_HIGH);
  g_source_set_callback (box->source, G_SOURCE_FUNC (on_readable), box, NULL);
  /* Else GLib takes the descriptor out of the loop for each call, and wakes it twice for that. */
  g_source_set_can_recurse (box->source, TRUE);
  g_source_attach (box->source, context != NULL ? context : g_main_context_get_thread_default ());
  return box;
}

gboolean
kith_mailbox_post (KithMailbox *box, gpointer message)
{
  const uint64_t one = 1;

  pthread_mutex_lock (&box->mutex);
  gboolean taken = !box->closed && box->queue.length < box->capacity;
  if (taken) {
    g_queue_push_tail (&box->queue, message);
  }
  pthread_mutex_unlock (&box->mutex);
  if (taken && write (box->fd, &one, sizeof one) < 0 && errno != EAGAIN) {
    return TRUE; /* an eventfd only refuses when its counter is full: the owner is awake anyway */
  }
  return taken;
}

void
kith_mailbox_close (KithMailbox *box)
{
  GQueue dropped = G_QUEUE_INIT;

  pthread_mutex_lock (&box->mutex);
  box->closed = TRUE;
  dropped = box->queue;
  g_queue_init (&box->queue);
  pthread_mutex_unlock (&box->mutex);
  g_queue_clear_full (&dropped, box->free_message);
}

void
kith_mailbox_free (KithMailbox *box)
{
  if (box == NULL) {
    return;
  }
  kith_mailbox_close (box);
  if (box->freed != NULL) {
    *box->freed = TRUE;
  }
  g_source_destroy (box->source);
  g_source_unref (box->source);
  kith_mailbox_unref (box);
}

KithMailbox *
kith_mailbox_ref (KithMailbox *box)
{
  g_atomic_ref_count_inc (&box->refs);
  return box;
}

void
kith_mailbox_unref (KithMailbox *box)
{
  if (g_atomic_ref_count_dec (&box->refs)) {
    close (box->fd);
    pthread_mutex_destroy (&box->mutex);
    g_free (box);
  }
}
