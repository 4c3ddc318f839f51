/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waits for one asynchronous result while the main loop goes on, so that a client reads from top to
   bottom. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Zero before use; one for each operation. */
typedef struct {
  GAsyncResult *result;
} KithAwait;

/* The GAsyncReadyCallback to start the operation with; its user data is the KithAwait. */
void kith_await_ready (GObject *source, GAsyncResult *result, gpointer await);

/* Runs the default main context until the result is there. (transfer full) Main thread. */
GAsyncResult *kith_await_result (KithAwait *await);

G_END_DECLS
