/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One epoll loop, and a clock that goes with the time of its turns. */
#pragma once

#include <sys/epoll.h>

#include "base/clock.h"

G_BEGIN_DECLS

typedef struct _KithEdgeLoop KithEdgeLoop;

/* A descriptor that is watched; embedded in its owner. */
typedef struct {
  int fd;
  guint32 events; /* EPOLLIN, EPOLLOUT; 0: it is not watched */
  void (*ready) (gpointer data, guint32 events);
  gpointer data;
} KithWatch;

/* NULL: no epoll. */
KithEdgeLoop *kith_edge_loop_new (void);

/* (transfer none) */
KithClock *kith_edge_loop_clock (KithEdgeLoop *loop);

/* Watches @watch for @events from now on; 0: no more. */
void kith_edge_loop_set (KithEdgeLoop *loop, KithWatch *watch, guint32 events);

/* Waits until something is ready or due, and handles that. */
void kith_edge_loop_turn (KithEdgeLoop *loop);

G_END_DECLS
