/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plugins on the bus: org.kith.Kith1.Plugin. */
#pragma once

#include "bus-tree.h"
#include "node/node.h"

G_BEGIN_DECLS

typedef struct _KithdPlugins KithdPlugins;

/* Exports each plugin of @node. All three must outlive it. (transfer full) */
KithdPlugins *kithd_plugins_new (KithdTree *tree, KithdGuard *guard, KithNode *node);
void kithd_plugins_free (KithdPlugins *plugins);

/* Reads their state from the node again and publishes what changed. */
void kithd_plugins_refresh (KithdPlugins *plugins);

/* The path of the plugin @name: every byte that a path may not have becomes "_" and two hexadecimal
   digits. (transfer full) */
gchar *kithd_plugin_path (const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithdPlugins, kithd_plugins_free)

G_END_DECLS
