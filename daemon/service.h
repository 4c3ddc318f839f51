/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The node on the bus: makes the objects and keeps them true. */
#pragma once

#include <gio/gio.h>

#include "node/node.h"

G_BEGIN_DECLS

typedef struct _KithdService KithdService;

/* Exports everything, before the name is owned; Manager.State is "starting". @system_bus: the
   bouncer's rule. @stop is called when a client asks the daemon to leave. @connection and @node are
   kept alive. (transfer full), NULL and an error of GIO. */
KithdService *kithd_service_new (GDBusConnection *connection,
                                 KithNode *node,
                                 gboolean system_bus,
                                 void (*stop) (gpointer user_data),
                                 gpointer user_data,
                                 GError **error);
void kithd_service_free (KithdService *service);

/* The node runs, with or without an identity: what it has, calls too, is shown. */
void kithd_service_started (KithdService *service);

/* The daemon begins to leave: nothing new is taken. */
void kithd_service_stopping (KithdService *service);

/* The node has stopped: releases the agents and answers those who asked for it. */
void kithd_service_stopped (KithdService *service);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithdService, kithd_service_free)

G_END_DECLS
