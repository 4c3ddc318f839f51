/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An edge that is what a test says. */
#pragma once

#include "ports/edge.h"

G_BEGIN_DECLS

#define KITH_TYPE_FAKE_EDGE (kith_fake_edge_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeEdge, kith_fake_edge, KITH, FAKE_EDGE, GObject)

/* (transfer full) */
KithEdge *kith_fake_edge_new (void);

/* What kith_edge_get_facts() gives from now on; "changed" follows. Texts are borrowed. */
void kith_fake_edge_set_facts (KithFakeEdge *fake, const KithEdgeFacts *facts);

/* As a process that starts does: asks the owner for a stream, whose end it returns (transfer full);
   -1 none. */
int kith_fake_edge_spawn (KithFakeEdge *fake);

/* The hosts that the owner lists now. */
guint kith_fake_edge_list_known (KithFakeEdge *fake, KithEndpoint *hosts, guint room);

G_END_DECLS
