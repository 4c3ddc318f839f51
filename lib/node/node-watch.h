/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What calls are to those who watch phones, the owner and contacts. */
#pragma once

#include "node/node.h"

G_BEGIN_DECLS

/* There are phones: they may watch from now on. Once, after the calls are there. */
void kith_node_watch_start (KithNode *node);
void kith_node_watch_stop (KithNode *node);

G_END_DECLS
