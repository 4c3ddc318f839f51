/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layout of `identity.key`. */
#pragma once

#include <glib.h>

#include "identity/derive.h"
#include "model/names/name.h"

G_BEGIN_DECLS

#define KITH_KEY_FILE_NAME "identity.key"

/* Magic 8, version 1, protection 1 (0: none), length of the name 1, name 24, root 32, seed of the
   device 32, BLAKE2b-256 of all before. */
#define KITH_KEY_FILE_SIZE (8 + 1 + 1 + 1 + KITH_NAME_MAX + KITH_ROOT_LEN + 32 + 32)

/* What the file keeps. Only in memory of sodium_malloc(). */
typedef struct {
  guint8 root[KITH_ROOT_LEN];
  guint8 device_seed[32];
  gchar name[KITH_NAME_MAX + 1];
} KithKeyFile;

/* KITH_ERROR_EXISTS if there is one, KITH_ERROR_FAILED if it cannot be written. */
gboolean kith_key_file_write (const char *dir, const KithKeyFile *content, GError **error);

/* KITH_ERROR_NOT_FOUND if there is none, KITH_ERROR_FAILED if it is corrupt, too new or open to
   others. */
gboolean kith_key_file_read (const char *dir, KithKeyFile *content, GError **error);

G_END_DECLS
