/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a call ended, in a few words: the codes "reason-busy" and "missed-busy". */
#pragma once

#include "base/export.h"
#include "model/call/reason.h"
#include "words/saying.h"

G_BEGIN_DECLS

/* One plain sentence without a full stop, such as "Nobody answered" (static). */
KITH_API const char *kith_reason_text (KithReason reason);

/* The same as a value. (transfer full) */
KITH_API KithSaying *kith_reason_saying (KithReason reason);

/* Why nobody answered a call of others, to go on after "missed: ", such as "they gave up"
   (static). */
KITH_API const char *kith_reason_missed_text (KithReason reason);

G_END_DECLS
