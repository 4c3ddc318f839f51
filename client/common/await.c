/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waits for one asynchronous result while the main loop goes on. */
#include "common/await.h"

void
kith_await_ready (GObject *source, GAsyncResult *result, gpointer await)
{
  ((KithAwait *)await)->result = g_object_ref (result);
}

GAsyncResult *
kith_await_result (KithAwait *await)
{
  while (await->result == NULL) {
    g_main_context_iteration (NULL, TRUE);
  }
  return g_steal_pointer (&await->result);
}
