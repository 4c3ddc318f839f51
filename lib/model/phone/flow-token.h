/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user part of our Record-Route: between which two places the messages of a dialog go, so that
   the edge need not remember any. */
#pragma once

#include "model/sip/edge-mark.h"
#include "model/sip/sip-next-hop.h"
#include "model/sip/sip-piece.h"

G_BEGIN_DECLS

#define KITH_FLOW_TOKEN_MAX 128 /* characters, with NUL */

/* Where one of the two is: by its binding, and without that by its address. */
typedef struct {
  KithSipTransport transport;
  KithEndpoint peer;
  guint32 binding; /* its id; 0: none */
} KithFlowEnd;

typedef struct {
  KithFlowEnd caller;
  KithFlowEnd callee;
} KithFlowToken;

/**
 * kith_flow_token_print:
 * @call_id, @tag: of the dialog: its Call-ID, and the tag of who began it
 * Writes a user part (letters and digits) that is good for this dialog alone, and that only who has
 * @key can make.
 */
KITH_API void kith_flow_token_print (const guint8 key[KITH_EDGE_KEY],
                                     const KithFlowToken *token,
                                     KithSipPiece call_id,
                                     KithSipPiece tag,
                                     gchar out[KITH_FLOW_TOKEN_MAX]);

/* The same back; FALSE: @user is no token, or not of this dialog. */
KITH_API gboolean kith_flow_token_parse (const guint8 key[KITH_EDGE_KEY],
                                         KithSipPiece user,
                                         KithSipPiece call_id,
                                         KithSipPiece tag,
                                         KithFlowToken *token);

/* TRUE if @user has the form of a token: cheap, and proves nothing. */
KITH_API gboolean kith_flow_token_looks (KithSipPiece user);

G_END_DECLS
