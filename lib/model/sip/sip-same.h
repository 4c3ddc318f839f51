/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether two SIP URIs mean the same. */
#pragma once

#include "model/sip/sip-piece.h"

G_BEGIN_DECLS

/* TRUE when both mean the same (RFC 3261 section 19.1.4; their headers are not compared). */
KITH_API gboolean kith_sip_uri_means (KithSipPiece a, KithSipPiece b);

G_END_DECLS
