/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trunks in the database, each with its password, which nobody but us may read. */
#pragma once

#include "model/trunk/trunk.h"
#include "store/database.h"

G_BEGIN_DECLS

/* The whole of a trunk that is kept. */
typedef struct {
  KithTrunk trunk;
  gboolean enabled;
  gchar password[KITH_TRUNK_PASSWORD_MAX + 1]; /* "": none */
} KithTrunkRow;

/* The thread of the database; errors are those of the database. What cannot be a trunk (written by
   another program) is passed over with a warning. */

/* All in the order of their names, at most KITH_TRUNKS_MAX. (transfer full) (element-type
   KithTrunkRow), which are wiped when they are freed. */
GPtrArray *kith_trunk_store_load (KithDatabase *database, GError **error);

/* Adds one, or changes the one of its name. */
gboolean kith_trunk_store_put (KithDatabase *database, const KithTrunkRow *row, GError **error);
gboolean kith_trunk_store_remove (KithDatabase *database, const char *name, GError **error);

/* Wipes it. */
void kith_trunk_row_free (KithTrunkRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithTrunkRow, kith_trunk_row_free)

G_END_DECLS
