/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One epoll set, which is there as long as it has a socket. */
#include "media/rtp/media-poll.h"

#include <glib-unix.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/media-thread.h"

#define MAX_EVENTS 64 /* of one waking; more come with the next */

struct _KithMediaPoll {
  int fd;
  KithMediaPollFunc func;
  gpointer user_data;
};

/* The set. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards these three */
static int set = -1;
static guint n_polls;
static GSource *source;

/* What became readable and is not told yet; the media thread's. */
static struct epoll_event events[MAX_EVENTS];
static int n_events;

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  (void)condition;
  (void)user_data;
  n_events = epoll_wait (fd, events, MAX_EVENTS, 0);
  for (int i = 0; i < n_events; i++) {
    KithMediaPoll *poll = events[i].data.ptr;
    if (poll != NULL) {
      poll->func (poll->user_data);
    }
  }
  n_events = 0;
  return G_SOURCE_CONTINUE;
}

/* Locked. */
static gboolean
open_set (void)
{
  g_autoptr (GMainContext) context = kith_media_thread_get_context ();

  set = epoll_create1 (EPOLL_CLOEXEC);
  if (set < 0) {
    return FALSE;
  }
  source = g_unix_fd_source_new (set, G_IO_IN);
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, G_SOURCE_FUNC (on_readable), NULL, NULL);
  g_source_attach (source, context);
  return TRUE;
}

/* Locked. */
static void
close_set (void)
{
  g_source_destroy (source);
  g_clear_pointer (&source, g_source_unref);
  (void)close (set);
  set = -1;
}

KithMediaPoll *
kith_media_poll_new (int fd, KithMediaPollFunc func, gpointer user_data)
{
  KithMediaPoll *poll = g_new (KithMediaPoll, 1);
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = poll };

  *poll = (KithMediaPoll){ .fd = fd, .func = func, .user_data = user_data };
  pthread_mutex_lock (&lock);
  gboolean added = (set >= 0 || open_set ()) && epoll_ctl (set, EPOLL_CTL_ADD, fd, &event) == 0;
  n_polls += added ? 1 : 0;
  if (n_polls == 0 && set >= 0) {
    close_set ();
  }
  pthread_mutex_unlock (&lock);
  if (!added) {
    g_clear_pointer (&poll, g_free);
  }
  return poll;
}

void
kith_media_poll_free (KithMediaPoll *poll)
{
  if (poll == NULL) {
    return;
  }
  for (int i = 0; i < n_events; i++) {
    if (events[i].data.ptr == poll) {
      events[i].data.ptr = NULL;
    }
  }
  pthread_mutex_lock (&lock);
  (void)epoll_ctl (set, EPOLL_CTL_DEL, poll->fd, NULL);
  if (--n_polls == 0) {
    close_set ();
  }
  pthread_mutex_unlock (&lock);
  g_free (poll);
}
