/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A manual clock is moved to the real time before and after each wait. */
#include "edge/worker/io/edge-loop.h"

#include <errno.h>
#include <unistd.h>

#define BATCH 64

struct _KithEdgeLoop {
  int fd;
  KithClock *clock;
  KithClock *real;
  gint64 began_us; /* the real time when the clock began */
  gint64 moved_ms; /* since then */
  struct epoll_event batch[BATCH];
  int at, n; /* of the batch: what is handled */
};

KithEdgeLoop *
kith_edge_loop_new (void)
{
  int fd = epoll_create1 (EPOLL_CLOEXEC);

  if (fd < 0) {
    return NULL;
  }
  KithEdgeLoop *loop = g_new0 (KithEdgeLoop, 1);
  loop->fd = fd;
  loop->real = kith_clock_get_default ();
  loop->clock = kith_clock_new_manual (kith_clock_wall (loop->real));
  loop->began_us = kith_clock_now (loop->real);
  return loop;
}

KithClock *
kith_edge_loop_clock (KithEdgeLoop *loop)
{
  return loop->clock;
}

void
kith_edge_loop_set (KithEdgeLoop *loop, KithWatch *watch, guint32 events)
{
  struct epoll_event event = { .events = events, .data = { .ptr = watch } };

  if (events == watch->events) {
    return;
  }
  (void)epoll_ctl (loop->fd,
                   watch->events == 0 ? EPOLL_CTL_ADD
                   : events == 0      ? EPOLL_CTL_DEL
                                      : EPOLL_CTL_MOD,
                   watch->fd,
                   &event);
  watch->events = events;
  for (int i = loop->at; i < loop->n && events == 0; i++) {
    if (loop->batch[i].data.ptr == watch) {
      loop->batch[i].data.ptr = NULL;
    }
  }
}

static void
move_clock (KithEdgeLoop *loop)
{
  gint64 ms = (kith_clock_now (loop->real) - loop->began_us) / 1000 - loop->moved_ms;

  if (ms > 0) {
    loop->moved_ms += ms;
    kith_clock_advance (loop->clock, (guint)MIN (ms, G_MAXUINT));
  }
}

static int
wait_ms (KithEdgeLoop *loop)
{
  gint64 due_us = kith_clock_next_due (loop->clock);
  gint64 left_us = due_us - kith_clock_now (loop->clock);

  return due_us < 0 ? -1 : (int)CLAMP ((left_us + 999) / 1000, 1, G_MAXINT);
}

void
kith_edge_loop_turn (KithEdgeLoop *loop)
{
  int n = epoll_wait (loop->fd, loop->batch, BATCH, wait_ms (loop));

  move_clock (loop);
  loop->n = MAX (n, 0);
  for (loop->at = 0; loop->at < loop->n; loop->at++) {
    const struct epoll_event *event = &loop->batch[loop->at];
    const KithWatch *watch = event->data.ptr;
    if (watch != NULL) {
      watch->ready (watch->data, event->events);
    }
  }
  loop->at = loop->n = 0;
}
