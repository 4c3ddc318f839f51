/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Monotonic time, wall time and timers that a test can move. */
#pragma once

#include <glib-object.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_TYPE_CLOCK (kith_clock_get_type ())
G_GNUC_BEGIN_IGNORE_DEPRECATIONS
KITH_API G_DECLARE_FINAL_TYPE (KithClock, kith_clock, KITH, CLOCK, GObject)
    G_GNUC_END_IGNORE_DEPRECATIONS

    /* Returns from a timer: fire again after the same time, or be done. */
    typedef gboolean (*KithTimerFunc) (gpointer user_data);

/* The real clock, with timers on the thread-default main context at the time of the first call. (transfer none) */
KITH_API KithClock *kith_clock_get_default (void);

/* A clock that stands still until kith_clock_advance(); wall time starts at @wall_us. (transfer full) */
KITH_API KithClock *kith_clock_new_manual (gint64 wall_us);

/* For tests: makes @clock what kith_clock_get_default() returns, before anything asked for that. */
KITH_API void kith_clock_set_default (KithClock *clock);

/* Monotonic microseconds; never goes back. */
KITH_API gint64 kith_clock_now (KithClock *clock);

/* Wall time in microseconds since the epoch (UTC). */
KITH_API gint64 kith_clock_wall (KithClock *clock);

/* Calls @func after @ms milliseconds. Returns an id > 0 for kith_clock_cancel(); G_SOURCE_CONTINUE repeats. Owning thread. */
KITH_API guint kith_clock_add (KithClock *clock, guint ms, KithTimerFunc func, gpointer user_data);

/* Forgets the timer in *@id and zeroes it; 0 is ignored. Owning thread. */
KITH_API void kith_clock_cancel (KithClock *clock, guint *id);

/* Manual clock only: moves time by @ms and fires what is due, in order of time. */
KITH_API void kith_clock_advance (KithClock *clock, guint ms);

/* Manual clock only: somebody sets the wall time; monotonic time goes on. */
KITH_API void kith_clock_set_wall (KithClock *clock, gint64 wall_us);

G_END_DECLS
