/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Record-Route of a request between two phones. */
#pragma once

#include "edge/worker/way.h"
#include "model/phone/flow-token.h"
#include "model/sip/sip-lines.h"

G_BEGIN_DECLS

/* What it takes: the key, and our address towards a peer. */
typedef struct {
  const guint8 *key;
  gboolean (*own_address) (gpointer data, const KithWay *way, KithEndpoint *own);
  gpointer data;
} KithProxyRecord;

/* Appends the value to @out: by it all requests of the dialog that @request begins come here. Once,
   or once for each side where transport or family differ (RFC 5658). @to: the callee's way.
   Nothing, when there is no way. */
void kith_proxy_record (const KithProxyRecord *what,
                        const KithSipLines *request,
                        const KithFlowToken *token,
                        const KithWay *to,
                        GString *out);

G_END_DECLS
