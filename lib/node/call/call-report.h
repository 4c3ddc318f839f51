/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The facts of a call as they are now, for its history and its explanation. */
#pragma once

#include "model/call/call-facts.h"
#include "node/call/call.h"

G_BEGIN_DECLS

/* A copy of everything, but the time line, which is the call's own (a reference) and goes on while
   the call does. (transfer full) */
KithCallFacts *kith_call_report (KithCall *call);

G_END_DECLS
