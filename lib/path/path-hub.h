/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all paths of one host share. */
#pragma once

#include "base/clock.h"
#include "path/path-box.h"
#include "ports/turn.h"

G_BEGIN_DECLS

/* Counted: paths may outlive whoever made the hub. Main thread. */
typedef struct {
  grefcount refs;
  KithClock *clock;
  guint prepared_ms; /* how long an agent is kept that gathers before it is needed */
  gchar *stun_host;  /* an IP literal once resolved, or NULL */
  guint16 stun_port;
  guint dscp;               /* of the packets of all paths; 0: none. Set by whoever made it */
  KithTurn *turn;           /* or NULL */
  GHashTable *friend_paths; /* id → KithPath (not owned) */
  guint last_friend_path;
  KithMailbox *box; /* of kith_path_box_new(): agents and links that outlive the hub keep it */
} KithPathHub;

/* @turn: or NULL. (transfer full) */
KithPathHub *kith_path_hub_new (KithTurn *turn, guint prepared_ms);
KithPathHub *kith_path_hub_ref (KithPathHub *hub);
void kith_path_hub_unref (KithPathHub *hub);

/* The STUN server that agents made from now on ask; @host is an IP literal, or NULL for none. */
void kith_path_hub_set_stun (KithPathHub *hub, const char *host, guint16 port);

/* Gives @path an id > 0 by which kith_path_hub_find_friend_path() finds it until it is removed. */
guint kith_path_hub_add_friend_path (KithPathHub *hub, gpointer path);
void kith_path_hub_remove_friend_path (KithPathHub *hub, guint id);
/* NULL: there is none. (transfer none) */
gpointer kith_path_hub_find_friend_path (KithPathHub *hub, guint id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPathHub, kith_path_hub_unref)

G_END_DECLS
