/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trunks on the bus: org.kith.Kith1.Trunk. */
#pragma once

#include <gio/gunixfdlist.h>

#include "../bus-tree.h"
#include "node/node.h"

G_BEGIN_DECLS

typedef struct _KithdTrunks KithdTrunks;

/* All three must outlive it. (transfer full) */
KithdTrunks *kithd_trunks_new (KithdTree *tree, KithdGuard *guard, KithNode *node);
void kithd_trunks_free (KithdTrunks *trunks);

/* Exports the trunks of the node from now on; nothing happens before it has them, and the second
   time. */
void kithd_trunks_attach (KithdTrunks *trunks);

/* Answers the method of @manager that adds trunks, for as long as @manager is there. */
void kithd_trunks_bind (KithBusManager *manager, KithNode *node);

/* The path of the trunk @name: "/org/kith/Kith1/account/trunk_home". (transfer full) */
gchar *kithd_trunk_path (const char *name);

/* bus-trunk-add.c: the password in a file that a client gave: its first line. (transfer full), to
   be wiped; NULL and an error. */
gchar *kithd_trunk_read_password (GUnixFDList *files, gint32 handle, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithdTrunks, kithd_trunks_free)

G_END_DECLS
