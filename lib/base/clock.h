/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only clock and the only timers: monotonic time, wall time and embedded timers that a test can
   move. */
#pragma once

#include <glib-object.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_TYPE_CLOCK (kith_clock_get_type ())
G_GNUC_BEGIN_IGNORE_DEPRECATIONS
KITH_API
G_DECLARE_FINAL_TYPE (KithClock, kith_clock, KITH, CLOCK, GObject)
G_GNUC_END_IGNORE_DEPRECATIONS

/* Called once when its time has come; may set or clear any timer. Owning thread. */
typedef void (*KithTimerFunc) (gpointer user_data);

/* Returns from a tick: G_SOURCE_CONTINUE fires again after the same time, G_SOURCE_REMOVE is
   done. */
typedef gboolean (*KithTickFunc) (gpointer user_data);

/* One timer, embedded in its owner; the owner finishes it before it goes. All timers of a clock are
   one sorted queue. */
typedef struct {
  KithClock *clock;     /* (owned) */
  GSequenceIter *place; /* NULL while it is not set */
  gint64 at_us;
  KithTimerFunc func;
  gpointer user_data;
} KithTimer;

/* The clock of the thread-default main context, on which its timers fire: the real one, or what
   kith_clock_set_default() put there. Lives as long as the process. Main thread. (transfer none) */
KITH_API KithClock *kith_clock_get_default (void);

/* A clock that stands still until kith_clock_advance(); wall time starts at @wall_us. (transfer
   full) */
KITH_API KithClock *kith_clock_new_manual (gint64 wall_us);

/* For tests: makes @clock what kith_clock_get_default() returns in this main context, before
   anything asked for that. */
KITH_API void kith_clock_set_default (KithClock *clock);

/* Monotonic microseconds; never goes back. Any thread, unless it is a manual clock. */
KITH_API gint64 kith_clock_now (KithClock *clock);

/* Wall time in microseconds since the epoch (UTC). */
KITH_API gint64 kith_clock_wall (KithClock *clock);

/* The system's monotonic microseconds, which no test moves: for real-time threads and for what
   measures this process. Any thread. */
KITH_API gint64 kith_clock_thread_now (void);

/* The system's wall time in microseconds, which no test moves: for log lines and real-time threads.
   Any thread. */
KITH_API gint64 kith_clock_thread_wall (void);

/* Prepares @timer, not set; keeps a reference on @clock until kith_timer_finish(). */
KITH_API void
kith_timer_init (KithTimer *timer, KithClock *clock, KithTimerFunc func, gpointer user_data);

/* Sets or moves it to @at_us (monotonic); in the past means with the next turn of the loop. */
KITH_API void kith_timer_set (KithTimer *timer, gint64 at_us);

/* Sets or moves it to @ms milliseconds from now. */
KITH_API void kith_timer_set_ms (KithTimer *timer, guint ms);

/* TRUE while it is set: not before that, not after it fired. */
KITH_API gboolean kith_timer_is_set (const KithTimer *timer);

/* Forgets its time; nothing happens when it is not set. */
KITH_API void kith_timer_clear (KithTimer *timer);

/* Clears it and drops the clock; may be called on one that was never prepared (all zero). */
KITH_API void kith_timer_finish (KithTimer *timer);

/* A timer that nobody embeds: calls @func after @ms milliseconds. Returns an id > 0 for
   kith_clock_cancel(). Owning thread. */
KITH_API guint kith_clock_add (KithClock *clock, guint ms, KithTickFunc func, gpointer user_data);

/* Forgets the timer in *@id and zeroes it; 0 is ignored. Owning thread. */
KITH_API void kith_clock_cancel (KithClock *clock, guint *id);

/* Manual clock only: moves time by @ms and fires what is due, in order of time. */
KITH_API void kith_clock_advance (KithClock *clock, guint ms);

/* Manual clock only: somebody sets the wall time; monotonic time goes on. */
KITH_API void kith_clock_set_wall (KithClock *clock, gint64 wall_us);

/* When the next timer of any kind is due (monotonic microseconds); -1: none is set. */
KITH_API gint64 kith_clock_next_due (KithClock *clock);

G_END_DECLS
