/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Knows of the NAT what the test says. */
#pragma once

#include "ports/nat/nat.h"

G_BEGIN_DECLS

#define KITH_TYPE_FAKE_NAT (kith_fake_nat_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeNat, kith_fake_nat, KITH, FAKE_NAT, GObject)

/* Nothing is known. (transfer full) */
KithNat *kith_fake_nat_new (void);

/* What is known from now on; emits "changed". */
void kith_fake_nat_set_facts (KithFakeNat *nat, const KithNatFacts *facts);

/* The same with nothing but the kind. */
void kith_fake_nat_set_kind (KithFakeNat *nat, KithNatKind kind);

/* The STUN server that answers; emits "changed". */
void kith_fake_nat_set_stun (KithFakeNat *nat, const KithEndpoint *server);

/* The router lets others in at @outer, NULL: no more; emits "mapped". */
void kith_fake_nat_set_outer (KithFakeNat *nat, const KithEndpoint *outer);

/* Once more kith_nat_wants_slot() says TRUE; emits "changed". */
void kith_fake_nat_want_slot (KithFakeNat *nat);

gboolean kith_fake_nat_is_running (KithFakeNat *nat);

/* How often it was to look again, and was told of a slot; how many witnesses it has. */
guint kith_fake_nat_count_looks (KithFakeNat *nat);
guint kith_fake_nat_count_slots (KithFakeNat *nat);
guint kith_fake_nat_count_witnesses (KithFakeNat *nat);

G_END_DECLS
