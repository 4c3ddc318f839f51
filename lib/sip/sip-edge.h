/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stream of kith-edge, by which everything of ordinary SIP comes and goes. */
#pragma once

#include "model/sip/sip-way.h"
#include "sip/sofia/sofia.h"

G_BEGIN_DECLS

typedef struct {
  tport_t *tport; /* (unowned) our end; NULL: the stack does not run, or no edge is wanted */
  int fd;         /* of it */
  int end;        /* the other end, while no edge has it; else -1 */
  gint64 made_us; /* when that pair was made */
} KithSipEdge;

/* A pair is made, and nua has its end of it. An edge that lives is cut off; of one that ended what
   it said last is still read. No dialog ends. FALSE and KITH_ERROR_FAILED. */
gboolean kith_sip_edge_renew (KithSipStack *stack, GError **error);

/* Our end of a stream that can be written to: a new one, if the edge has ended just now. (transfer
   none) (nullable) */
tport_t *kith_sip_edge_tport (KithSipStack *stack);

/* TRUE if @tport is the edge's, or that of an edge before it. */
gboolean kith_sip_edge_is (KithSipStack *stack, const tport_t *tport);

/* TRUE if @tport was an edge's; there is another one now. */
gboolean kith_sip_edge_closed (KithSipStack *stack, const tport_t *tport);

/* The other end of a pair is not needed any more. */
void kith_sip_edge_clear (KithSipEdge *edge);

/* The other end, for a new edge: of the pair at hand if nobody has it and what waits in it is not
   too old, else of a new one. -1 and KITH_ERROR_FAILED. (transfer full) */
int kith_sip_edge_take_end (KithSipStack *stack, GError **error);

/* The value of the first header @name of ours (Kith-Caller, …) in @sip, or NULL. (transfer none) */
const char *kith_sip_edge_find (const sip_t *sip, const char *name);

/* Says in the request @msg of ours where the edge is to send it: @way, as kith_sip_way_print() has
   it. */
gboolean kith_sip_edge_stamp (msg_t *msg, const char *way);

G_END_DECLS
