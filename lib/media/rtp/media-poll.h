/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sockets of all calls as one source of the media thread: GLib looks at each of its sources at
   each waking, which with many calls costs more than a packet. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _KithMediaPoll KithMediaPoll;

/* Something can be read. Media thread; may free any of these. */
typedef void (*KithMediaPollFunc) (gpointer user_data);

/* Watches @fd, from now on. NULL: the kernel refused. Main thread. (transfer full) */
KithMediaPoll *kith_media_poll_new (int fd, KithMediaPollFunc func, gpointer user_data);

/* Before its descriptor is closed. Media thread. */
void kith_media_poll_free (KithMediaPoll *poll);

G_END_DECLS
