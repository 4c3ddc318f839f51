/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses the concrete engines of a node: its source is the only one here that includes their
   headers. */
#pragma once

#include "node/node.h"

G_BEGIN_DECLS

/* Makes the engines of links, SIP and sound as @node's configuration wants them, for the identity
   in its vault; nothing is opened or asked yet. What was made stays in @node when another one
   cannot be had. KITH_ERROR_MEDIA, KITH_ERROR_FAILED. */
gboolean kith_engines_make (KithNode *node, GError **error);

G_END_DECLS
