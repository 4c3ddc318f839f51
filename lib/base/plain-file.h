/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that are named by a path: opened without waiting for anybody, and read only when they are
   plain ones. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* Opens @path to be read. A pipe, a device, a socket or a directory in its place is refused at
   once, never waited for. @size: (out) its bytes now.
   Returns: the descriptor, or -1 and an error of G_FILE_ERROR, which says why and does not name the
   path. */
KITH_API int kith_plain_file_open (const char *path, gsize *size, GError **error);

/* Reads the plain file @path whole. FALSE: it cannot be opened, read, or has more than @max bytes
   (G_FILE_ERROR_NOSPC); @error is one of G_FILE_ERROR, which does not name the path. @text: (out)
   (transfer full) ends with a NUL beyond its @len bytes. */
KITH_API gboolean
kith_plain_file_read (const char *path, gsize max, gchar **text, gsize *len, GError **error);

G_END_DECLS
