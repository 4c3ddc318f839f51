/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The methods of the root object that explain: past calls, why one went as it did, and what ails
   this node. */
#pragma once

#include "bus/kith-bus.h"
#include "node/node.h"

G_BEGIN_DECLS

/* Answers GetCallHistory, Explain, Diagnose, Examine and GetMetrics of @skeleton from @node, which
   must outlive it. */
void kithd_explain_bind (KithBusManager *skeleton, KithNode *node);

/* Rows of the doctor (element-type KithFinding) as a(ssss) and, with code and values, as aa{sv};
   both floating. */
GVariant *kithd_explain_pack_rows (GPtrArray *findings);
GVariant *kithd_explain_pack_findings (GPtrArray *findings);

G_END_DECLS
