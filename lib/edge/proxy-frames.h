/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields of those frames between kithd and kith-edge that are about what phones send each
   other. */
#pragma once

#include "base/wire.h"
#include "model/phone/edge-role.h"
#include "model/phone/phone.h"
#include "model/phone/proxied-call.h"

G_BEGIN_DECLS

/* They write and read one kind of fields each, and clear the ok of what they are given where one is
   out of bounds. Any thread. */

/* u8. */
void kith_edge_put_role (KithWireWriter *w, KithEdgeRole role);
KithEdgeRole kith_edge_get_role (KithWireReader *r);

/* name and domain (length u8 and bytes), next hop, tcp u8, number of networks u8, for each its
   address and bits u8. */
void kith_edge_put_route (KithWireWriter *w, const KithEdgeRoute *route);
void kith_edge_get_route (KithWireReader *r, KithEdgeRoute *route);

/* id u64, phase u8, status u16, caller and callee (length u8 and bytes). */
void kith_edge_put_call (KithWireWriter *w, const KithProxiedCall *call);
void kith_edge_get_call (KithWireReader *r, KithProxiedCall *call);

G_END_DECLS
