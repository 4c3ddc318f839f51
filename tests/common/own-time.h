/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program whose monotonic time stands still while it works, and jumps to the next timer when its
   main loop has nothing to do. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* From now on, for the whole process: base/clock, GLib's timers and those of libraries (libnice)
   follow this time. A pause of the default main loop takes none of the system's; what is computed
   takes none of ours. Sockets of this process are ready when they are written to, so that no packet
   is outrun; threads and other processes are (see below). To be called first in main(). */
void own_time_begin (void);

/* How long of the system's time, before each jump, it is waited for what other threads or processes
   may have to say; 0 at first. */
void own_time_set_patience (guint ms);

/* Time jumps, as when the process was stopped for so long: what became due meanwhile is late. */
void own_time_jump (guint ms);

/* The system's monotonic time in µs. */
gint64 own_time_get_real (void);

G_END_DECLS
