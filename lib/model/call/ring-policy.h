/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a call that comes in may ring: one pure table. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* calls that ring here at the same time, of which one may be a stranger's */
#define KITH_RING_MAX 4

/* All that counts. A stranger is who is neither a contact nor pinned to a name; of ordinary SIP,
   who does not call from the host of a contact. */
typedef struct {
  gboolean is_known;       /* no stranger */
  gboolean strangers_ring; /* [node] strangers=ring */
  /* they let the phone ring in vain so often that it is quiet for a while */
  gboolean rings_too_often;
  gboolean is_crossed; /* we call them, they call us, and ours is the call that goes on */
  /* an older call of the same key rings here: they lost it, or they would not call again */
  gboolean rings_already;
  gboolean is_at_limit; /* there are as many calls as there may be, those that ring among them */
  guint ringing;        /* calls that ring here … */
  guint strangers;      /* … and how many of them are strangers' */
} KithRingFacts;

typedef enum {
  KITH_RING_RING,
  KITH_RING_REPLACE_OWN,      /* it rings in place of the older call of the same key */
  KITH_RING_REPLACE_STRANGER, /* it rings in place of the stranger's call */
  KITH_RING_REFUSE
} KithRingAct;

typedef struct {
  KithRingAct act;
  guint status;       /* of a refusal, else 0 */
  gboolean is_missed; /* a refusal that our user is told of: a missed call */
} KithRingVerdict;

/**
 * kith_ring_policy:
 * The first row that fits counts:
 *
 * a stranger, and strangers=refuse: 403, and no trace.
 * They ring too often: 486; our user sees how often they tried.
 * Both call each other, and our call goes on: 486 without a trace, theirs is the same call.
 * An older call of the same key rings: it ends, and the new one rings: a caller whose network broke
 * is not busy with himself.
 * A stranger, and one rings already: 486 and a missed call.
 * Somebody who is known, four ring or no further call may be, and one that rings is a stranger's:
 * that one ends (486, a missed call), and the new one rings.
 * Four ring, or no further call may be: 486 and a missed call.
 * Else it rings, beside those that do, and beside the call that our user is in.
 *
 * When our user answers one of several, the others go on ringing until their callers or the
 * ring-timeout end them, each as a missed call: nobody is sent away whom the user might still want.
 * The one that is answered last is heard.
 */
KITH_API void kith_ring_policy (const KithRingFacts *facts, KithRingVerdict *verdict);

G_END_DECLS
