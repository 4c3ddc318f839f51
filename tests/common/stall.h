/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long the main loop of a test was not run, on a machine that has other things to do. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define STALL_TICK_US ((gint64)10 * 1000)

typedef struct {
  guint source;
  gint64 last;
} StallWatch;

/* The longest time so far by which this process was late, in µs: what a test allows beside the time
   that is due. */
extern gint64 longest_stall;

/* Measures from stall_watch_start() to stall_watch_stop(), both on the thread of the default main
   loop. */
void stall_watch_start (StallWatch *watch);
void stall_watch_stop (StallWatch *watch);

G_END_DECLS
