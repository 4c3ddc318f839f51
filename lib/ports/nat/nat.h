/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to whoever knows how this host is seen from outside, and opens its ports in the
   router. */
#pragma once

#include <glib-object.h>

#include "base/export.h"
#include "model/names/record.h"
#include "model/net/nat-facts.h"

G_BEGIN_DECLS

#define KITH_MAX_WITNESSES 16

#define KITH_TYPE_NAT (kith_nat_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithNat, kith_nat, KITH, NAT, GObject)

/**
 * KithNatInterface: main thread.
 *
 * Signals: "changed" (): kith_nat_get_facts() or kith_nat_get_stun() has news. "mapped" ():
 * kith_nat_add_outer() adds others than before.
 */
struct _KithNatInterface {
  GTypeInterface parent_interface;
  void (*start) (KithNat *self);
  void (*stop) (KithNat *self);
  void (*look_again) (KithNat *self);
  void (*set_witnesses) (KithNat *self, const KithWitness *witnesses, guint n);
  void (*set_outer_hint) (KithNat *self, const KithEndpoint *outer);
  void (*set_slot) (KithNat *self, const KithReach *slot);
  void (*add_outer) (KithNat *self, KithReach *slot);
  void (*get_facts) (KithNat *self, KithNatFacts *facts);
  gboolean (*get_stun) (KithNat *self, KithEndpoint *server);
  gboolean (*wants_slot) (KithNat *self, const KithReach *slot);
};

/* From now on others are asked; and no more. */
KITH_API void kith_nat_start (KithNat *self);
KITH_API void kith_nat_stop (KithNat *self);

/* This host's addresses changed, or there is reason to believe that the outer one did. */
KITH_API void kith_nat_look_again (KithNat *self);

/* Addresses of other nodes that may answer a STUN binding request (RFC 8489), best first, as
   kith_locator_get_peers() has them. At most KITH_MAX_WITNESSES are kept, also while it is stopped;
   those to which nothing may be sent (kith_endpoint_is_sendable) are left out. */
KITH_API void kith_nat_set_witnesses (KithNat *self, const KithWitness *witnesses, guint n);

/* How the location network sees this host (kith_locator_get_outer()), NULL: not known. A hint:
   where it is another host than before and than witnesses said, they are asked at once, at most
   every 10 s; while nobody else tells how we are seen, the slot gets a candidate that is guessed
   from it. */
KITH_API void kith_nat_set_outer_hint (KithNat *self, const KithEndpoint *outer);

/* The listening agent has these candidates now: its ports are mapped, if the router does that. */
KITH_API void kith_nat_set_slot (KithNat *self, const KithReach *slot);

/* Adds to @slot the addresses outside of the router from which its ports are mapped, and the one
   that is guessed while nobody tells. */
KITH_API void kith_nat_add_outer (KithNat *self, KithReach *slot);

/* What is known. */
KITH_API void kith_nat_get_facts (KithNat *self, KithNatFacts *facts);

/* A STUN server that answers, the quickest of them. FALSE: none does yet. */
KITH_API gboolean kith_nat_get_stun (KithNat *self, KithEndpoint *server);

/* TRUE when a new listening agent would know an address that @slot, the one of today, lacks: there
   is a NAT, its outer address is known, and the slot has no reflexive candidate of that address.
   Says so once for each address. */
KITH_API gboolean kith_nat_wants_slot (KithNat *self, const KithReach *slot);

G_END_DECLS
