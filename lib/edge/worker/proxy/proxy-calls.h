/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which calls of two phones go on, as far as kithd is told: nothing else depends on it. */
#pragma once

#include "base/clock.h"
#include "model/phone/proxied-call.h"

G_BEGIN_DECLS

typedef struct _KithProxyCalls KithProxyCalls;

/* A call is in another phase. */
typedef void (*KithProxyCallsTell) (gpointer data, const KithProxiedCall *call);

KithProxyCalls *kith_proxy_calls_new (KithClock *clock, KithProxyCallsTell tell, gpointer data);
void kith_proxy_calls_free (KithProxyCalls *calls);

/* @call is in that phase: told, unless it was already or cannot be any more. Of calls that are not
   known only those that begin or are answered are taken up. */
void kith_proxy_calls_put (KithProxyCalls *calls, const KithProxiedCall *call);

/* Somebody hung up. One that began with another edge is told without names. */
void kith_proxy_calls_end (KithProxyCalls *calls, guint64 id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithProxyCalls, kith_proxy_calls_free)

G_END_DECLS
