/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The branches that the edge writes: from the request and the key alone, so that they are the same
   after a restart, and nobody can guess one. */
#pragma once

#include "model/sip/edge-mark.h"
#include "model/sip/sip-lines.h"

G_BEGIN_DECLS

/* A transaction's kind: an ACK is of its INVITE's; a CANCEL has one of its own. */
typedef enum { KITH_BRANCH_INVITE, KITH_BRANCH_CANCEL, KITH_BRANCH_OTHER } KithBranchKind;

KithBranchKind kith_branch_kind (KithSipPiece method);

/* The mark of the request @lines of the network: of its branch, sent-by, Call-ID, number and From
   tag. FALSE: it has no Via that can be read. */
gboolean kith_branch_of_request (const guint8 *key,
                                 const KithSipLines *lines,
                                 gchar mark[KITH_EDGE_MARK + 1]);

/* "z9hG4bKk" and the mark: the branch that the user agent sees; and back. FALSE: it is none of
   these. */
void kith_branch_inward (const gchar mark[KITH_EDGE_MARK + 1], gchar *out, gsize room);
gboolean kith_branch_read_inward (KithSipPiece branch, gchar mark[KITH_EDGE_MARK + 1]);

/* The user agent's branch and our mark behind it: the branch that the network sees; @mark: (out).
   And back: FALSE if the mark is none of ours. */
gchar *kith_branch_outward (const guint8 *key, KithSipPiece branch, gchar mark[KITH_EDGE_MARK + 1]);
gboolean kith_branch_read_outward (const guint8 *key,
                                   KithSipPiece branch,
                                   KithSipPiece *inner,
                                   gchar mark[KITH_EDGE_MARK + 1]);

/* The key of a transaction in a table. */
guint64 kith_branch_key (const gchar mark[KITH_EDGE_MARK + 1], KithBranchKind kind);

G_END_DECLS
