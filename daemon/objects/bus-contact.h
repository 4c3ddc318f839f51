/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contacts on the bus: org.kith.Kith1.Contact. */
#pragma once

#include "bus-tree.h"
#include "node/node.h"

G_BEGIN_DECLS

typedef struct _KithdContacts KithdContacts;

/* All three must outlive it. (transfer full) */
KithdContacts *kithd_contacts_new (KithdTree *tree, KithdGuard *guard, KithNode *node);
void kithd_contacts_free (KithdContacts *contacts);

/* Exports the contacts of the node from now on; nothing happens before it has an identity, and the
   second time. */
void kithd_contacts_attach (KithdContacts *contacts);

/* The path of an exported contact, or NULL. */
const char *kithd_contacts_get_path (KithdContacts *contacts, guint id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithdContacts, kithd_contacts_free)

G_END_DECLS
