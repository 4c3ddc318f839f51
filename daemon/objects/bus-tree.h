/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The objects on the bus, with the ObjectManager that lists them. */
#pragma once

#include "bus-guard.h"

G_BEGIN_DECLS

/* org.freedesktop.DBus.ObjectManager on the root object. GLib's GDBusObjectManagerServer would
   answer whoever asks; this one asks the bouncer first. */
typedef struct _KithdTree KithdTree;

/* Exports the ObjectManager. @guard must outlive the tree. (transfer full), NULL and an error of
   GIO. */
KithdTree *kithd_tree_new (GDBusConnection *connection, KithdGuard *guard, GError **error);

/* Unexports everything. */
void kithd_tree_free (KithdTree *tree);

/* Exports @first and (nullable) @second at @path and announces them; the tree keeps a reference to
   each. An object that is there already is left alone. */
void kithd_tree_add (KithdTree *tree, const char *path, gpointer first, gpointer second);

/* Flushes, unexports and announces it; a path that is not there is ignored. */
void kithd_tree_remove (KithdTree *tree, const char *path);

/* Exports a skeleton on the root object, which ObjectManager does not list. FALSE and an error of
   GIO. */
gboolean kithd_tree_add_root (KithdTree *tree, gpointer skeleton, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithdTree, kithd_tree_free)

G_END_DECLS
