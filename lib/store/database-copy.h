/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps a copy of a database file before its form is changed. */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

#define KITH_DATABASE_MAX_COPIES 3 /* of the newest forms; older ones are removed */

/* Copies what @sqlite has open (the file at @path, with its log) to "PATH.bak-FORM": 0600, whole on
   the disk, in place of an older copy of the same form. @form: how many steps were done to it.
   FALSE: the disk is full or not writable; then nothing was changed. */
gboolean kith_database_keep_copy (sqlite3 *sqlite, const char *path, guint form, GError **error);

G_END_DECLS
