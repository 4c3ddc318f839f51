/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who rings when: obeys a ring plan. */
#pragma once

#include "base/clock.h"
#include "model/phone/ring-plan.h"

G_BEGIN_DECLS

typedef struct _KithLegFork KithLegFork;

/* It is the turn of @target (nullable: here, at this node), which begins to ring. It may free the
   fork. */
typedef void (*KithLegForkFunc) (const char *target, gpointer user_data);

/* (transfer full) */
KithLegFork *kith_leg_fork_new (KithClock *clock, KithLegForkFunc func, gpointer user_data);
void kith_leg_fork_free (KithLegFork *fork);

/* @target (nullable: here) rings after @after_s, 0: at once, from within. */
void kith_leg_fork_add (KithLegFork *fork, const char *target, guint after_s);

/* TRUE while somebody's turn is still to come. */
gboolean kith_leg_fork_waits (const KithLegFork *fork);

G_END_DECLS
