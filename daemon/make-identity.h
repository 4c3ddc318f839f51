/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kithd --init`: makes the identity without serving anyone. */
#pragma once

#include "node/config/config.h"

G_BEGIN_DECLS

/* Makes the identity @name in @config's state directory and prints its 12 words on stdout; with
   @restore, reads the words of an older one from stdin instead. Says on stderr what went wrong.
   Returns the exit status: 0, 1 (failure) or 2 (bad name or words). */
int kithd_make_identity (KithConfig *config, const char *name, gboolean restore);

G_END_DECLS
