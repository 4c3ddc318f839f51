/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Concludes from STUN answers which kind of NAT is on the way. */
#pragma once

#include "model/net/nat-facts.h"

G_BEGIN_DECLS

/* How a trial ended. */
typedef enum { KITH_TRIAL_OPEN, KITH_TRIAL_YES, KITH_TRIAL_NO } KithTrial;

typedef struct {
  guint n_asked;         /* different hosts to which a question could be sent */
  guint n_answered;      /* … that answered */
  gboolean heard;        /* UDP comes from somewhere, if not from these */
  gboolean is_own;       /* the reflexive address is one of this host's own, with its own port */
  KithTrial one_mapping; /* different destinations see the same address and port */
  KithTrial other_port;  /* an answer came from a port that was not asked */
  KithTrial other_host;  /* … from a host that was not asked */
} KithNatEvidence;

/* The kind (RFC 5780 section 4). What was not tried is not guessed. Pure. */
KithNatKind kith_nat_classify (const KithNatEvidence *evidence);

/* One answer to one socket of ours. */
typedef struct {
  KithEndpoint witness;
  KithEndpoint mapped;
} KithNatAnswer;

/* What most of @answers agree on; of equals, the first. @n_agree: how many. Answers whose witness
   has the mapped address itself do not count: they went around the NAT. FALSE when none is left.
   Pure. */
gboolean
kith_nat_agree (const KithNatAnswer *answers, guint n, KithEndpoint *mapped, guint *n_agree);

/* Whether different hosts see one mapping: YES when more than half of at least two agree, NO when
   not, OPEN with fewer than two hosts. Pure. */
KithTrial kith_nat_compare (const KithNatAnswer *answers, guint n);

G_END_DECLS
