/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small private files in the state directory: read with suspicion, written whole or not at all. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  KITH_STATE_FILE_NEW,     /* KITH_ERROR_EXISTS if there is one already; of two writers one wins */
  KITH_STATE_FILE_REPLACE, /* the old one stays until the new one is on the disk */
} KithStateFileMode;

/* Makes @dir with 0700 if it is missing. KITH_ERROR_FAILED if it cannot be made, is not ours or
   others can write there. */
gboolean kith_state_dir_prepare (const char *dir, GError **error);

/* Reads @name in @dir whole into @buffer of @size bytes. Returns its length, or -1:
   KITH_ERROR_NOT_FOUND if there is none; KITH_ERROR_FAILED if it is no plain file of ours, readable
   by others or longer than @size. */
gssize kith_state_file_read (const char *dir,
                             const char *name,
                             guint8 *buffer,
                             gsize size,
                             GError **error);

/* Writes @len bytes as @name in @dir: 0600, synced to the disk with its directory. */
gboolean kith_state_file_write (const char *dir,
                                const char *name,
                                const guint8 *data,
                                gsize len,
                                KithStateFileMode mode,
                                GError **error);

G_END_DECLS
