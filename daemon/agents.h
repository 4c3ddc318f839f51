/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clients that asked to be told of incoming calls. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _KithdAgents KithdAgents;

/* (transfer full) */
KithdAgents *kithd_agents_new (GDBusConnection *connection);
void kithd_agents_free (KithdAgents *agents);

/* Remembers the agent @path of the connection @sender until it leaves the bus. @roles: words, empty
   for all. KITH_ERROR_INVALID_ARGUMENTS, KITH_ERROR_EXISTS, KITH_ERROR_LIMIT_REACHED (16). */
gboolean kithd_agents_add (KithdAgents *agents,
                           const char *sender,
                           const char *path,
                           const char *const *roles,
                           GError **error);

/* KITH_ERROR_NOT_FOUND. */
gboolean
kithd_agents_remove (KithdAgents *agents, const char *sender, const char *path, GError **error);

/* Calls IncomingCall of every agent, or with @sender and @path of that one alone. */
void kithd_agents_tell (KithdAgents *agents,
                        const char *sender,
                        const char *path,
                        const char *call_path);

/* Calls Release of every agent and forgets them. */
void kithd_agents_release (KithdAgents *agents);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithdAgents, kithd_agents_free)

G_END_DECLS
