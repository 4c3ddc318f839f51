/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds a new path for a link that lost its own, and keeps one prepared while the link is held. */
#pragma once

#include "link/link-hub.h"
#include "path/path-set.h"

G_BEGIN_DECLS

/* Main thread. */
typedef struct _KithPathRepair KithPathRepair;

typedef struct {
  KithPathSet *paths; /* outlives the repair */
  KithPeerKey identity;
  guint8 link_id[KITH_SEED_LEN];
} KithPathRepairConfig;

typedef struct {
  /* Over the link itself: FALSE when it cannot take it. */
  gboolean (*send_note) (const guint8 *data, gsize len, gpointer user_data);
  /* A new path has been looked for for 0.3 s since nothing is heard; or the peer is heard again. */
  void (*moving) (gboolean moving, gpointer user_data);
} KithPathRepairEvents;

/* @config is copied, @events kept. (transfer full) */
KithPathRepair *kith_path_repair_new (KithLinkHub *hub,
                                      const KithPathRepairConfig *config,
                                      const KithPathRepairEvents *events,
                                      gpointer user_data);
void kith_path_repair_free (KithPathRepair *repair);

/* TRUE while a new path is looked for since nothing is heard. */
gboolean kith_path_repair_is_moving (KithPathRepair *repair);

/* The peer was asked for a sign of life and gave none for @silent_ms: new agents are tried until it
   is heard. */
void kith_path_repair_alarm (KithPathRepair *repair, guint silent_ms);

/* No path is left that works: new agents are tried until the peer is heard. */
void kith_path_repair_lost (KithPathRepair *repair);

/* The peer was heard over @path. */
void kith_path_repair_heard (KithPathRepair *repair, KithPath *path);

/* This host's addresses are others now; @n may be 0. */
void
kith_path_repair_addresses_changed (KithPathRepair *repair, const KithEndpoint *addresses, guint n);

/* While held, a listening agent is kept, and the peer knows it. */
void kith_path_repair_hold (KithPathRepair *repair, gboolean held);

/* A note below KITH_NOTE_FIRST_OF_NODE. */
void kith_path_repair_take_note (KithPathRepair *repair, const guint8 *data, gsize len);

/* TRUE when @knock, verified and of the peer's device, belongs to a move of this link. */
gboolean kith_path_repair_take_knock (KithPathRepair *repair, const KithKnock *knock);

/* From the path set's events. */
void kith_path_repair_path_works (KithPathRepair *repair, KithPath *path);
void kith_path_repair_path_gathered (KithPathRepair *repair, KithPath *path);

/* What happens is added to @trace (not owned), NULL: nowhere. */
void kith_path_repair_set_trace (KithPathRepair *repair, KithTrace *trace);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPathRepair, kith_path_repair_free)

G_END_DECLS
