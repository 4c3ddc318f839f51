/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way of packets and events from the media thread to the main loop. */
#pragma once

#include "base/mailbox.h"

G_BEGIN_DECLS

/* Calls what is posted on the thread default main context of now. (transfer full) */
KithMailbox *kith_path_box_new (void);

/* Has the main loop call @func with @data; where it never comes to that, @drop is called (any
   thread). Nobody posts again before he was called, so that the box needs no limit. Any thread. */
void kith_path_box_post (KithMailbox *box, GDestroyNotify func, GDestroyNotify drop, gpointer data);

G_END_DECLS
