/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a call is given up, as the CANCEL of who called says it (RFC 3326). */
#pragma once

#include "model/sip/sip-lines.h"

G_BEGIN_DECLS

/* The Reason lines of @cancel, each with its end; without any, that its sender ended it himself:
   never that somebody else answered. (transfer full) */
gchar *kith_cancel_reason (const KithSipLines *cancel);

G_END_DECLS
