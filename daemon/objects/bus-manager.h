/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The root object on the bus: org.kith.Kith1.Manager. */
#pragma once

#include "agents.h"
#include "bus-tree.h"
#include "node/node.h"

G_BEGIN_DECLS

typedef struct _KithdManager KithdManager;

/* What the manager cannot do itself. */
typedef struct {
  void (*identity_made) (gpointer user_data);                    /* the node has its identity now */
  const char *(*call_path) (KithCall *call, gpointer user_data); /* the path of an exported call */
  /* it ends with who asks */
  void (*tie_call) (KithCall *call, GDBusMethodInvocation *invocation, gpointer user_data);
  const char *(*contact_path) (guint id, gpointer user_data); /* … and of an exported contact */
  /* tell it what rings */
  void (*agent_added) (const char *sender, const char *path, gpointer user_data);
  void (*stop) (gpointer user_data); /* begin to leave */
} KithdManagerHooks;

/* Exports the manager on the root object; everything given must outlive it. (transfer full) */
KithdManager *kithd_manager_new (KithdTree *tree,
                                 KithdGuard *guard,
                                 KithNode *node,
                                 KithdAgents *agents,
                                 const KithdManagerHooks *hooks,
                                 gpointer user_data);
void kithd_manager_free (KithdManager *manager);

/* Publishes the daemon's state (KITH_BUS_STATE_…) and the default account together. */
void kithd_manager_set_state (KithdManager *manager, const char *state, const char *account);

/* Publishes what is known of the NAT. */
void kithd_manager_set_nat (KithdManager *manager, const KithNatFacts *facts);
/* Reads what is relayed from the node again. */
void kithd_manager_refresh (KithdManager *manager);

/* Answers everybody who called Stop. */
void kithd_manager_stopped (KithdManager *manager);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithdManager, kithd_manager_free)

G_END_DECLS
