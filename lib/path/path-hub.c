/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps clock, servers and the table of friends' paths alive as long as any path needs them. */
#include "path/path-hub.h"

KithPathHub *
kith_path_hub_new (KithTurn *turn, guint prepared_ms)
{
  KithPathHub *hub = g_new0 (KithPathHub, 1);

  g_ref_count_init (&hub->refs);
  hub->clock = g_object_ref (kith_clock_get_default ());
  hub->prepared_ms = prepared_ms;
  hub->friend_paths = g_hash_table_new (NULL, NULL);
  hub->turn = turn != NULL ? g_object_ref (turn) : NULL;
  hub->box = kith_path_box_new ();
  return hub;
}

KithPathHub *
kith_path_hub_ref (KithPathHub *hub)
{
  g_ref_count_inc (&hub->refs);
  return hub;
}

void
kith_path_hub_unref (KithPathHub *hub)
{
  if (!g_ref_count_dec (&hub->refs)) {
    return;
  }
  g_object_unref (hub->clock);
  g_hash_table_unref (hub->friend_paths);
  g_free (hub->stun_host);
  g_clear_object (&hub->turn);
  kith_mailbox_free (hub->box);
  g_free (hub);
}

void
kith_path_hub_set_stun (KithPathHub *hub, const char *host, guint16 port)
{
  g_free (hub->stun_host);
  hub->stun_host = g_strdup (host);
  hub->stun_port = port;
}

guint
kith_path_hub_add_friend_path (KithPathHub *hub, gpointer path)
{
  do {
    hub->last_friend_path++;
  } while (hub->last_friend_path == 0
           || g_hash_table_contains (hub->friend_paths, GUINT_TO_POINTER (hub->last_friend_path)));
  g_hash_table_insert (hub->friend_paths, GUINT_TO_POINTER (hub->last_friend_path), path);
  return hub->last_friend_path;
}

void
kith_path_hub_remove_friend_path (KithPathHub *hub, guint id)
{
  g_hash_table_remove (hub->friend_paths, GUINT_TO_POINTER (id));
}

gpointer
kith_path_hub_find_friend_path (KithPathHub *hub, guint id)
{
  return g_hash_table_lookup (hub->friend_paths, GUINT_TO_POINTER (id));
}
