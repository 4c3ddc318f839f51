/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a database has the tables that its number of steps promises. */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/* What @sqlite lacks of the form that the first @n of @steps make: "no table NAME" or "no column
   NAME.NAME"; NULL when nothing is lacking. More than is needed does no harm. (transfer full) */
gchar *kith_database_find_missing (sqlite3 *sqlite, const char *const *steps, gsize n);

G_END_DECLS
