/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The history as the main loop asks for it: what history.h does, on the store's thread. */
#pragma once

#include "model/call/call-facts.h"
#include "store/store.h"

G_BEGIN_DECLS

/* Main thread. Errors are those of history.h and of kith_store_run_finish(). */

/* Keeps calls that ended or were refused, all at once, and at most @keep in all. @facts: (transfer
   full) (element-type KithCallFacts), not empty; of their time lines, which others may go on
   writing, a copy is taken. That it cannot be done is told in the log. */
void kith_past_calls_keep (KithStore *store, GPtrArray *facts, guint keep);

/* The newest calls, newest first, at most @max, without their time lines. _finish: (transfer full)
   (element-type KithCallFacts). */
void kith_past_calls_list_async (KithStore *store,
                                 guint max,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
GPtrArray *kith_past_calls_list_finish (KithStore *store, GAsyncResult *result, GError **error);

/* The call of @number, or with 0 the newest one. _finish: (transfer full). */
void kith_past_calls_get_async (KithStore *store,
                                guint number,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
KithCallFacts *kith_past_calls_get_finish (KithStore *store, GAsyncResult *result, GError **error);

/* Forgets all, unless that would not last. @n (out): how many they were. */
void
kith_past_calls_clear_async (KithStore *store, GAsyncReadyCallback callback, gpointer user_data);
gboolean
kith_past_calls_clear_finish (KithStore *store, GAsyncResult *result, guint *n, GError **error);

G_END_DECLS
