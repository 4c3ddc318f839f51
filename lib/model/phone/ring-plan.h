/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who rings when somebody is called, and how much later: a list as kith.conf has it. */
#pragma once

#include "base/export.h"
#include "model/phone/phone.h"

G_BEGIN_DECLS

#define KITH_RING_PLAN_MAX 16 /* rows; and phones that ring for one call */
#define KITH_RING_LATEST_S 120

typedef enum {
  KITH_RING_AGENT,  /* "agent": here, at this node's own clients */
  KITH_RING_PHONE,  /* "phone/desk" */
  KITH_RING_PHONES, /* "phones": all that are registered */
  KITH_RING_ME,     /* "me": whoever rings for the owner */
  KITH_RING_CONTACT /* "contact/bob" */
} KithRingTarget;

#define KITH_N_RING_TARGETS (KITH_RING_CONTACT + 1)

typedef struct {
  KithRingTarget target;
  gchar name[64]; /* of the phone or contact, in its normal form; else "" */
  guint after_s;
} KithRingRow;

/* Without pointers: copied by assignment. */
typedef struct {
  guint n; /* 0: nobody rings */
  KithRingRow rows[KITH_RING_PLAN_MAX];
} KithRingPlan;

/* "agent;phones": what holds when nothing is said. */
KITH_API void kith_ring_plan_init (KithRingPlan *plan);

/**
 * kith_ring_plan_parse:
 * @text: "agent;phone/desk;phone/dect@10": targets, each with the seconds after which it begins to
 * ring
 * @plan: (out): at least one row, none twice
 *
 * Returns: FALSE and KITH_ERROR_INVALID_ARGUMENTS: what may stand there.
 */
KITH_API gboolean kith_ring_plan_parse (const char *text, KithRingPlan *plan, GError **error);

/* The row of this target, NULL: none. */
KITH_API const KithRingRow *kith_ring_plan_find (const KithRingPlan *plan, KithRingTarget target);

G_END_DECLS
