/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps what a test says of the NAT. */
#include "fake-nat.h"

struct _KithFakeNat {
  GObject parent_instance;
  KithNatFacts facts;
  KithEndpoint stun, outer; /* family 0: none */
  gboolean running, wants;
  guint n_looks, n_slots, n_witnesses;
};

static void fake_nat_iface_init (KithNatInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithFakeNat,
                               kith_fake_nat,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_NAT, fake_nat_iface_init))

static void
fake_start (KithNat *nat)
{
  KITH_FAKE_NAT (nat)->running = TRUE;
}

static void
fake_stop (KithNat *nat)
{
  KITH_FAKE_NAT (nat)->running = FALSE;
}

static void
fake_look_again (KithNat *nat)
{
  KITH_FAKE_NAT (nat)->n_looks++;
}

static void
fake_set_witnesses (KithNat *nat, const KithWitness *witnesses, guint n)
{
  KITH_FAKE_NAT (nat)->n_witnesses = n;
}

static void
fake_set_outer_hint (KithNat *nat, const KithEndpoint *outer)
{
}

static void
fake_set_slot (KithNat *nat, const KithReach *slot)
{
  KITH_FAKE_NAT (nat)->n_slots++;
}

static void
fake_add_outer (KithNat *nat, KithReach *slot)
{
  KithFakeNat *self = KITH_FAKE_NAT (nat);

  if (self->outer.family != 0 && slot->n_candidates < KITH_MAX_CANDIDATES) {
    slot->candidates[slot->n_candidates++]
        = (KithCandidate){ .endpoint = self->outer, .type = KITH_CANDIDATE_SRFLX };
  }
}

static void
fake_get_facts (KithNat *nat, KithNatFacts *facts)
{
  *facts = KITH_FAKE_NAT (nat)->facts;
}

static gboolean
fake_get_stun (KithNat *nat, KithEndpoint *server)
{
  *server = KITH_FAKE_NAT (nat)->stun;
  return server->family != 0;
}

static gboolean
fake_wants_slot (KithNat *nat, const KithReach *slot)
{
  gboolean wants = KITH_FAKE_NAT (nat)->wants;

  KITH_FAKE_NAT (nat)->wants = FALSE;
  return wants;
}

static void
fake_nat_iface_init (KithNatInterface *iface)
{
  iface->start = fake_start;
  iface->stop = fake_stop;
  iface->look_again = fake_look_again;
  iface->set_witnesses = fake_set_witnesses;
  iface->set_outer_hint = fake_set_outer_hint;
  iface->set_slot = fake_set_slot;
  iface->add_outer = fake_add_outer;
  iface->get_facts = fake_get_facts;
  iface->get_stun = fake_get_stun;
  iface->wants_slot = fake_wants_slot;
}

static void
kith_fake_nat_class_init (KithFakeNatClass *klass)
{
  (void)klass;
}

static void
kith_fake_nat_init (KithFakeNat *self)
{
  (void)self;
}

KithNat *
kith_fake_nat_new (void)
{
  return g_object_new (KITH_TYPE_FAKE_NAT, NULL);
}

void
kith_fake_nat_set_facts (KithFakeNat *nat, const KithNatFacts *facts)
{
  nat->facts = *facts;
  g_signal_emit_by_name (nat, "changed");
}

void
kith_fake_nat_set_kind (KithFakeNat *nat, KithNatKind kind)
{
  kith_fake_nat_set_facts (nat, &(KithNatFacts){ .kind = kind });
}

void
kith_fake_nat_set_stun (KithFakeNat *nat, const KithEndpoint *server)
{
  nat->stun = *server;
  g_signal_emit_by_name (nat, "changed");
}

void
kith_fake_nat_set_outer (KithFakeNat *nat, const KithEndpoint *outer)
{
  nat->outer = outer != NULL ? *outer : (KithEndpoint){ 0 };
  g_signal_emit_by_name (nat, "mapped");
}

void
kith_fake_nat_want_slot (KithFakeNat *nat)
{
  nat->wants = TRUE;
  g_signal_emit_by_name (nat, "changed");
}

gboolean
kith_fake_nat_is_running (KithFakeNat *nat)
{
  return nat->running;
}

guint
kith_fake_nat_count_looks (KithFakeNat *nat)
{
  return nat->n_looks;
}

guint
kith_fake_nat_count_slots (KithFakeNat *nat)
{
  return nat->n_slots;
}

guint
kith_fake_nat_count_witnesses (KithFakeNat *nat)
{
  return nat->n_witnesses;
}
