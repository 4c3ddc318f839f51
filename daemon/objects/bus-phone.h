/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phones on the bus: org.kith.Kith1.Phone and org.kith.Kith1.Binding. */
#pragma once

#include "bus-tree.h"
#include "node/node.h"

G_BEGIN_DECLS

typedef struct _KithdPhones KithdPhones;

/* All three must outlive it. (transfer full) */
KithdPhones *kithd_phones_new (KithdTree *tree, KithdGuard *guard, KithNode *node);
void kithd_phones_free (KithdPhones *phones);

/* Exports the phones of the node from now on; nothing happens before it has some, and the second
   time. */
void kithd_phones_attach (KithdPhones *phones);

/* Answers the methods of @manager that are about phones, for as long as @manager is there. */
void kithd_phones_bind (KithBusManager *manager, KithNode *node);

/* The path of the phone @name: "/org/kith/Kith1/phone/my_2ddesk". (transfer full) */
gchar *kithd_phone_path (const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithdPhones, kithd_phones_free)

G_END_DECLS
