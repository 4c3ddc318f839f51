/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one gate from a foreign thread to the thread that owns everything. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* A bounded queue of messages; made of a pthread mutex and an eventfd, so that thread sanitizers
   understand it. */
typedef struct _KithMailbox KithMailbox;

/* Handles one @message (ownership passes to the function) on the owning thread. */
typedef void (*KithMailboxFunc) (gpointer message, gpointer user_data);

/**
 * kith_mailbox_new:
 * @context: (nullable): the main context that delivers; NULL for the thread default one
 * @capacity: messages that may wait; more are refused
 * @func: called once for each message, in order, on the owning thread
 * @free_message: (nullable): frees a message that is never delivered
 *
 * Returns: (transfer full): free with kith_mailbox_free() on the owning thread.
 */
KITH_API KithMailbox *kith_mailbox_new (GMainContext *context,
                                        guint capacity,
                                        KithMailboxFunc func,
                                        GDestroyNotify free_message,
                                        gpointer user_data);

/* Hands @message over from any thread; never blocks. FALSE, and the caller keeps @message, when the
   box is full or closed. */
KITH_API gboolean kith_mailbox_post (KithMailbox *box, gpointer message);

/* Refuses further messages and drops those that wait. Owning thread; after it no more calls of the
   function happen. */
KITH_API void kith_mailbox_close (KithMailbox *box);

/* Closes and frees. No thread may post during or after it, but one that holds a reference: it is
   refused. Owning thread. */
KITH_API void kith_mailbox_free (KithMailbox *box);

/* For who posts from another thread and may outlive the owner: the box itself stays until the last
   reference is gone. Any thread. */
KITH_API KithMailbox *kith_mailbox_ref (KithMailbox *box);
KITH_API void kith_mailbox_unref (KithMailbox *box);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithMailbox, kith_mailbox_free)

G_END_DECLS
