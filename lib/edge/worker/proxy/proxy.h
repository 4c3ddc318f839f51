/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All forks of the edge, found by what comes back for them. */
#pragma once

#include "edge/worker/proxy/proxy-fork.h"

G_BEGIN_DECLS

typedef struct _KithProxy KithProxy;

/* @funcs: of each fork; its over has to call kith_proxy_forget(). */
KithProxy *kith_proxy_new (KithClock *clock, const KithProxyForkFuncs *funcs);
void kith_proxy_free (KithProxy *proxy);

/* FALSE: there are too many calls under way. */
gboolean kith_proxy_has_room (KithProxy *proxy);

/* A fork for @request; kith_proxy_fork_start() is the caller's to call. @targets: (transfer full)
   as kith_proxy_fork_new(). (transfer none) */
KithProxyFork *kith_proxy_add (KithProxy *proxy,
                               const KithProxyOrder *order,
                               const KithSipLines *request,
                               KithProxyTargets *targets);
void kith_proxy_forget (KithProxy *proxy, KithProxyFork *fork);

/* (transfer none) (nullable): of the request that has @mark; @method: its own, or CANCEL or ACK. */
KithProxyFork *kith_proxy_find (KithProxy *proxy, const gchar *mark, KithSipPiece method);

/* The connection is gone; datagrams to this address are refused there. */
void kith_proxy_lost (KithProxy *proxy, guint32 stream);
void kith_proxy_refused (KithProxy *proxy, const KithEndpoint *peer);

/* TRUE while a request of the user agent waits for its answer. */
gboolean kith_proxy_waits (KithProxy *proxy);

/* How often something was sent again. */
guint64 kith_proxy_repeated (KithProxy *proxy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithProxy, kith_proxy_free)

G_END_DECLS
