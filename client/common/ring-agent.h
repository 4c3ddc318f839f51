/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client's side of org.kith.Kith1.Agent: the daemon tells it of calls that come in. */
#pragma once

#include "common/daemon-view.h"

G_BEGIN_DECLS

typedef struct _KithRingAgent KithRingAgent;

/* A call on @path rings. Main thread. */
typedef void (*KithRingFunc) (const char *path, gpointer user_data);

/* Exports the agent and registers it; what rings already is told at once. (transfer full), or NULL
   and an error. @view must outlive it. */
KithRingAgent *
kith_ring_agent_new (KithDaemonView *view, KithRingFunc func, gpointer user_data, GError **error);

/* Unregisters, if the daemon is still there, and frees. */
void kith_ring_agent_free (KithRingAgent *agent);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithRingAgent, kith_ring_agent_free)

G_END_DECLS
