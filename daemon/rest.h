/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gives memory back once the start is over, and whenever the last call has been gone for a
   while. */
#pragma once

#include "node/node.h"

G_BEGIN_DECLS

/* Main thread. */
typedef struct _KithdRest KithdRest;

/* Watches @node, which has started. (transfer full) */
KithdRest *kithd_rest_new (KithNode *node);
void kithd_rest_free (KithdRest *rest);

G_END_DECLS
