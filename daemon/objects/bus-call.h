/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A call on the bus: org.kith.Kith1.Call and org.kith.Kith1.Call.Media. */
#pragma once

#include "bus-tree.h"
#include "node/call/call.h"

G_BEGIN_DECLS

typedef struct _KithdCall KithdCall;

/* Tells that the call has begun to ring our user. */
typedef void (*KithdRingFunc) (KithdCall *bound, gpointer user_data);

/* Exports @call. @tree and @guard must outlive it. (transfer full) */
KithdCall *kithd_call_new (KithdTree *tree, KithdGuard *guard, KithCall *call);

/* Has @on_ring called once: at once if the call rings our user, else when it begins to. */
void kithd_call_watch (KithdCall *bound, KithdRingFunc on_ring, gpointer user_data);

/* The call ends when @owner leaves the bus (not when the bus itself is lost). */
void kithd_call_tie (KithdCall *bound, GDBusConnection *connection, const char *owner);

/* Takes it from the bus. */
void kithd_call_free (KithdCall *bound);

const char *kithd_call_get_path (KithdCall *bound);
gboolean kithd_call_is_ringing (KithdCall *bound);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithdCall, kithd_call_free)

G_END_DECLS
