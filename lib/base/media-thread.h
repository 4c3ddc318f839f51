/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one thread beside the main one that reads sockets: those on which media comes. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* Starts it, before any such socket is opened. Where it is not started (tests), sockets are read by
   the loop of whoever opens them, and the rest is the same. Main thread. */
KITH_API void kith_media_thread_start (void);

/* Ends it after all that it was given to do, when all sockets are closed. Nothing happens where it
   was not started. Main thread. */
KITH_API void kith_media_thread_stop (void);

/* The context by which it reads sockets; without it the thread default one of the caller. Sources
   may be attached from any thread, but are destroyed by kith_media_thread_run() only: else one may
   be under way still. (transfer full) */
KITH_API GMainContext *kith_media_thread_get_context (void);

/* Its number with the kernel; 0: there is none. Main thread. */
KITH_API gint kith_media_thread_get_tid (void);

/* Calls @func there, when it is through with what it is doing, in the order in which this was
   called; at once where there is no such thread. Any thread. */
KITH_API void kith_media_thread_run (GDestroyNotify func, gpointer data);

G_END_DECLS
