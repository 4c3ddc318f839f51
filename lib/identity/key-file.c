/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes `identity.key` through guarded memory. */
#include "identity/key-file.h"

#include <sodium.h>
#include <string.h>

#include "base/error.h"
#include "identity/state-file.h"

#define MAGIC "kith-id\n"
#define MAGIC_LEN 8
#define VERSION 1
#define UNPROTECTED 0
#define CHECKSUM_LEN 32

enum {
  AT_VERSION = MAGIC_LEN,
  AT_PROTECTION,
  AT_NAME_LEN,
  AT_NAME,
  AT_ROOT = AT_NAME + KITH_NAME_MAX,
  AT_SEED = AT_ROOT + KITH_ROOT_LEN,
  AT_CHECKSUM = AT_SEED + 32,
};

G_STATIC_ASSERT (AT_CHECKSUM + CHECKSUM_LEN == KITH_KEY_FILE_SIZE);

static gboolean
corrupt (GError **error, const char *dir, const char *what)
{
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_FAILED,
               "The key file %s/%s %s; restore it from a copy, or move it away and restore the "
               "identity from its %d words",
               dir,
               KITH_KEY_FILE_NAME,
               what,
               12);
  return FALSE;
}

static void
compute_checksum (const guint8 *file, guint8 checksum[CHECKSUM_LEN])
{
  (void)crypto_generichash (checksum, CHECKSUM_LEN, file, AT_CHECKSUM, NULL, 0);
}

static gboolean
is_normal_name (const char *name)
{
  g_autofree gchar *normal = kith_name_normalize (name, NULL);

  return normal != NULL && strcmp (normal, name) == 0;
}

static gboolean
parse (const guint8 *file, gssize len, const char *dir, KithKeyFile *content, GError **error)
{
  guint8 checksum[CHECKSUM_LEN];

  if (len < AT_NAME || memcmp (file, MAGIC, MAGIC_LEN) != 0) {
    return corrupt (error, dir, "is not one of Kith's, or was cut off");
  }
  if (file[AT_VERSION] != VERSION || file[AT_PROTECTION] != UNPROTECTED) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_FAILED,
                 "The key file %s/%s was written by a newer program (version %u, protection %u), "
                 "or is corrupt; use that program",
                 dir,
                 KITH_KEY_FILE_NAME,
                 file[AT_VERSION],
                 file[AT_PROTECTION]);
    return FALSE;
  }
  if (len != KITH_KEY_FILE_SIZE) {
    return corrupt (error, dir, "has the wrong length");
  }
  compute_checksum (file, checksum);
  if (sodium_memcmp (checksum, file + AT_CHECKSUM, CHECKSUM_LEN) != 0
      || file[AT_NAME_LEN] > KITH_NAME_MAX) {
    return corrupt (error, dir, "is corrupt");
  }
  memset (content->name, 0, sizeof content->name);
  memcpy (content->name, file + AT_NAME, file[AT_NAME_LEN]);
  if (!is_normal_name (content->name)) {
    return corrupt (error, dir, "holds a name that is none");
  }
  memcpy (content->root, file + AT_ROOT, sizeof content->root);
  memcpy (content->device_seed, file + AT_SEED, sizeof content->device_seed);
  return TRUE;
}

static guint8 *
allocate (GError **error)
{
  guint8 *file = sodium_malloc (KITH_KEY_FILE_SIZE);

  if (file == NULL) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_FAILED,
                         "There is no guarded memory for keys; raise the limit of memory");
  }
  return file;
}

gboolean
kith_key_file_write (const char *dir, const KithKeyFile *content, GError **error)
{
  guint8 *file = allocate (error);

  if (file == NULL) {
    return FALSE;
  }
  gsize name_len = strlen (content->name);
  memset (file, 0, KITH_KEY_FILE_SIZE);
  memcpy (file, MAGIC, MAGIC_LEN);
  file[AT_VERSION] = VERSION;
  file[AT_PROTECTION] = UNPROTECTED;
  file[AT_NAME_LEN] = (guint8)name_len;
  memcpy (file + AT_NAME, content->name, name_len);
  memcpy (file + AT_ROOT, content->root, sizeof content->root);
  memcpy (file + AT_SEED, content->device_seed, sizeof content->device_seed);
  compute_checksum (file, file + AT_CHECKSUM);
  gboolean ok = kith_state_file_write (dir,
                                       KITH_KEY_FILE_NAME,
                                       file,
                                       KITH_KEY_FILE_SIZE,
                                       KITH_STATE_FILE_NEW,
                                       error);
  sodium_free (file);
  return ok;
}

gboolean
kith_key_file_read (const char *dir, KithKeyFile *content, GError **error)
{
  guint8 *file = allocate (error);

  if (file == NULL) {
    return FALSE;
  }
  gssize len = kith_state_file_read (dir, KITH_KEY_FILE_NAME, file, KITH_KEY_FILE_SIZE, error);
  gboolean ok = len >= 0 && parse (file, len, dir, content, error);
  sodium_free (file);
  return ok;
}
