/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program kithd, for what can be done before it serves. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Installed beside this program, in sbin, or in the tree it was built in; else in the path.
   (transfer full) (nullable) */
gchar *kith_find_kithd (void);

/* Lets kithd read its configuration, in at most 5 s. FALSE: it could not be asked. @doubts: (out)
   (transfer full): lines of "finding → remedy", or "", or NULL with a fault; @fault: (out)
   (transfer full): why kithd would not start, or NULL. */
gboolean kith_check_config (gchar **doubts, gchar **fault);

/* What `kithd --check-state` says of the identity: "ok", "unknown" or "bad" in @state, and one
   sentence each (transfer full). FALSE: kithd is not found or says nothing. */
gboolean kith_check_state (gchar **state, gchar **finding, gchar **remedy);

G_END_DECLS
