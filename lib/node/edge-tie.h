/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ties kith-edge to the user agent: a stream for each process of it, and what it serves. */
#pragma once

#include "net/known-hosts.h"
#include "ports/edge.h"
#include "ports/sip.h"

G_BEGIN_DECLS

typedef struct _KithEdgeTie KithEdgeTie;

/* Starts @edge, whose SIP is that of @sip (started), and whose strangers are all but @hosts. All
   three must outlive it. (transfer full) */
KithEdgeTie *kith_edge_tie_new (KithEdge *edge, KithSip *sip, KithKnownHosts *hosts);

/* @edge is not stopped by it. */
void kith_edge_tie_free (KithEdgeTie *tie);

G_END_DECLS
