/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tick of the main loop that notes how late it comes. */
#include "stall.h"

gint64 longest_stall;

static gboolean
on_tick (gpointer user_data)
{
  StallWatch *watch = user_data;
  gint64 now = g_get_monotonic_time ();

  longest_stall = MAX (longest_stall, now - watch->last - STALL_TICK_US);
  watch->last = now;
  return G_SOURCE_CONTINUE;
}

void
stall_watch_start (StallWatch *watch)
{
  watch->last = g_get_monotonic_time ();
  watch->source = g_timeout_add (STALL_TICK_US / 1000, on_tick, watch);
}

void
stall_watch_stop (StallWatch *watch)
{
  (void)on_tick (watch);
  g_source_remove (watch->source);
}
