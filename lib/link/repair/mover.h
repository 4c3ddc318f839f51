/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds a new path for a link that lost its own, and keeps one prepared while the link is held. */
#pragma once

#include "link/link-hub.h"
#include "path/path-set.h"

G_BEGIN_DECLS

/* Main thread. */
typedef struct _KithMover KithMover;

typedef struct {
  KithPathSet *paths; /* outlives the mover */
  KithPeerKey identity;
  guint8 link_id[KITH_SEED_LEN];
} KithMoverConfig;

typedef struct {
  /* Over the link itself: FALSE when it cannot take it. */
  gboolean (*send_note) (const guint8 *data, gsize len, gpointer user_data);
  /* A new path has been looked for for 0.3 s since nothing is heard; or the peer is heard again. */
  void (*moving) (gboolean moving, gpointer user_data);
} KithMoverEvents;

/* @config is copied, @events kept. (transfer full) */
KithMover *kith_mover_new (KithLinkHub *hub,
                           const KithMoverConfig *config,
                           const KithMoverEvents *events,
                           gpointer user_data);
void kith_mover_free (KithMover *mover);

/* TRUE while a new path is looked for since nothing is heard. */
gboolean kith_mover_is_moving (KithMover *mover);

/* The peer was asked for a sign of life and gave none for @silent_ms: new agents are tried until it is heard. */
void kith_mover_alarm (KithMover *mover, guint silent_ms);

/* No path is left that works: new agents are tried until the peer is heard. */
void kith_mover_lost (KithMover *mover);

/* The peer was heard over @path. */
void kith_mover_heard (KithMover *mover, KithPath *path);

/* This host's addresses are others now; @n may be 0. */
void kith_mover_addresses_changed (KithMover *mover, const KithCandidate *addresses, guint n);

/* While held, a listening agent is kept, and the peer knows it. */
void kith_mover_hold (KithMover *mover, gboolean held);

/* A note below KITH_NOTE_FIRST_OF_NODE. */
void kith_mover_take_note (KithMover *mover, const guint8 *data, gsize len);

/* TRUE when @knock, verified and of the peer's device, belongs to a move of this link. */
gboolean kith_mover_take_knock (KithMover *mover, const KithKnock *knock);

/* From the path set's events. */
void kith_mover_path_works (KithMover *mover, KithPath *path);
void kith_mover_path_gathered (KithMover *mover, KithPath *path);

/* What happens is added to @trace (not owned), NULL: nowhere. */
void kith_mover_set_trace (KithMover *mover, KithTrace *trace);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithMover, kith_mover_free)

G_END_DECLS
