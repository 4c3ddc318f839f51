/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies the facts of the node's account to its skeleton. */
#include "bus-account.h"

#include "bus-reply.h"
#include "bus/names.h"

struct _KithdAccount {
  KithdTree *tree;
  KithNode *node;
  KithBusAccount *skeleton;
  gboolean exported;
};

KithdAccount *
kithd_account_new (KithdTree *tree, KithdGuard *guard, KithNode *node)
{
  KithdAccount *account = g_new0 (KithdAccount, 1);

  account->tree = tree;
  account->node = node;
  account->skeleton = kithd_guard_account_new (guard);
  kithd_account_refresh (account);
  return account;
}

void
kithd_account_free (KithdAccount *account)
{
  kithd_tree_remove (account->tree, KITH_BUS_DEFAULT_ACCOUNT);
  g_object_unref (account->skeleton);
  g_free (account);
}

void
kithd_account_refresh (KithdAccount *account)
{
  if (!kith_node_has_identity (account->node)) {
    return;
  }
  const char *state = kith_registration_state_word (kith_node_get_registration (account->node));
  g_autofree gchar *name = kithd_bus_text (kith_node_get_name (account->node));
  g_autofree gchar *full = kithd_bus_text (kith_node_get_full_address (account->node));
  g_autofree gchar *key_text = kith_node_get_key_text (account->node);
  g_autofree gchar *key = kithd_bus_text (key_text);
  g_autofree gchar *detail = kithd_bus_text (kith_node_get_registration_detail (account->node));

  g_object_set (account->skeleton,
                "name",
                name,
                "full-address",
                full,
                "key",
                key,
                "kind",
                "kith",
                "state",
                state != NULL ? state : "",
                "state-reason",
                detail,
                "registered-at",
                kith_node_get_registered_at (account->node),
                "sip-port",
                (guint)kith_node_get_sip_port (account->node),
                NULL);
  if (!account->exported) {
    account->exported = TRUE;
    kithd_tree_add (account->tree, KITH_BUS_DEFAULT_ACCOUNT, account->skeleton, NULL);
  }
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (account->skeleton));
}

const char *
kithd_account_get_path (KithdAccount *account)
{
  return account->exported ? KITH_BUS_DEFAULT_ACCOUNT : KITH_BUS_NO_OBJECT;
}
