/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forty hexadecimal digits in a file. */
#include "dht-node-id.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/plain-file.h"
#include "base/random.h"
#include "base/text.h"

#define LOG "dht"
#define ID_FILE "dht-node-id"
#define LIFE_S (7 * 86400)
#define MAX_FILE 100

static gboolean
read_id (const char *file, guint8 id[KITH_LOCATION_LEN])
{
  g_autofree gchar *text = NULL;
  GStatBuf info;
  gsize len = 0;
  gint64 now = kith_clock_wall (kith_clock_get_default ()) / G_USEC_PER_SEC;

  if (g_stat (file, &info) != 0 || now - info.st_mtime > LIFE_S
      || !kith_plain_file_read (file, MAX_FILE, &text, &len, NULL)) {
    return FALSE;
  }
  return kith_hex_decode (g_strstrip (text), id, KITH_LOCATION_LEN);
}

void
kith_dht_node_id_load (const char *state_dir, guint8 id[KITH_LOCATION_LEN])
{
  g_autofree gchar *file = state_dir != NULL ? g_build_filename (state_dir, ID_FILE, NULL) : NULL;
  g_autoptr (GError) error = NULL;

  if (file != NULL && read_id (file, id)) {
    return;
  }
  if (!kith_random_bytes (id, KITH_LOCATION_LEN)) {
    memset (id, 0, KITH_LOCATION_LEN); /* the library makes one of its own */
    return;
  }
  g_autofree gchar *text = kith_hex_encode (id, KITH_LOCATION_LEN);
  if (file != NULL
      && !g_file_set_contents_full (file, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error)) {
    kith_warning (LOG, "the node's id cannot be kept: %s", error->message);
  }
}
