/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The help as text, made from the table of verbs. */
#pragma once

#include "cli/verb.h"

G_BEGIN_DECLS

/* What `kith --help` shows. (transfer full) */
gchar *kith_help_overview (void);

/* What `kith help VERB` shows. (transfer full) */
gchar *kith_help_verb (const KithVerb *verb);

G_END_DECLS
