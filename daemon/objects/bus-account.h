/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The account on the bus: org.kith.Kith1.Account. */
#pragma once

#include "bus-tree.h"
#include "node/node.h"

G_BEGIN_DECLS

typedef struct _KithdAccount KithdAccount;

/* Exports the account as soon as @node has an identity. All three must outlive it. (transfer
   full) */
KithdAccount *kithd_account_new (KithdTree *tree, KithdGuard *guard, KithNode *node);
void kithd_account_free (KithdAccount *account);

/* Reads the facts from the node again and publishes what changed, in one signal. */
void kithd_account_refresh (KithdAccount *account);

/* The object's path, or "/" without an identity. */
const char *kithd_account_get_path (KithdAccount *account);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithdAccount, kithd_account_free)

G_END_DECLS
