/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is allowed in kith.conf, and hardly meant. */
#pragma once

#include "node/config/config.h"
#include "words/saying.h"

G_BEGIN_DECLS

/* A group that stands there twice, groups that nothing reads, files that are named and cannot be
   read, a secret that others can read: looks at the file system now. (transfer full) (element-type
   KithSaying) */
GPtrArray *kith_config_find_doubts (const KithConfig *config);

/* Reads the file of @config anew, as the next start would. FALSE: it would not start; @error says
   why. @doubts: (out) (transfer full): those of the new one, and, at the end, that it is another
   one than @config was read from. */
gboolean kith_config_look_again (const KithConfig *config, GPtrArray **doubts, GError **error);

G_END_DECLS
