/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of two NATs between which there is no direct path. */
#pragma once

#include "base/export.h"
#include "model/net/nat-facts.h"

G_BEGIN_DECLS

/* Why no path can have been found, and what would help; NULL when they can meet. @peer_name: NULL without one. (transfer full) (nullable) */
KITH_API gchar *
kith_nat_words_no_path (KithNatKind ours, KithNatKind theirs, const char *peer_name);

G_END_DECLS
