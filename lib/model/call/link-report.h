/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found out about a peer while a link to it was made: what decides, where the time line
   only tells. */
#pragma once

#include <glib.h>

#include "base/export.h"
#include "model/call/reason.h"
#include "model/net/nat-facts.h"

G_BEGIN_DECLS

/* Of an attempt that came to nothing as of one that made a link; all zero: nothing was found
   out. */
typedef struct {
  gboolean has_record;    /* a record said where the peer is */
  gboolean known_only;    /* … and that it answers only people it knows */
  gboolean peer_answered; /* its node answered an offer */
  KithReason refused;     /* by which it refused a link: UNAUTHORIZED or BUSY; NONE: it did not */
  KithNatKind their_nat;  /* as it says, or as its candidates let guess */
} KithLinkReport;

/* Adds what @more knows, and @report does not. */
KITH_API void kith_link_report_add (KithLinkReport *report, const KithLinkReport *more);

G_END_DECLS
