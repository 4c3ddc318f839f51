/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waits until it is known whether ordinary SIP has its port, which another process takes. */
#pragma once

#include "node/node.h"

G_BEGIN_DECLS

typedef void (*KithdSettledFunc) (gpointer user_data);

/* Calls @func once: now, when kith_node_is_settled() is TRUE, and after 3 s at the latest. Main
   thread. */
void kithd_when_settled (KithNode *node, KithdSettledFunc func, gpointer user_data);

G_END_DECLS
