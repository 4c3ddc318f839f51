/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The methods of the root object that explain: past calls, why one went as it did, and what ails this node. */
#pragma once

#include "bus/kith-bus.h"
#include "node/node.h"

G_BEGIN_DECLS

/* Answers GetCallHistory, Explain and Diagnose of @skeleton from @node, which must outlive it. */
void kithd_insight_bind (KithBusManager *skeleton, KithNode *node);

G_END_DECLS
