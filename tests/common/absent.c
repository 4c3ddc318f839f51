/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An empty folder for each process that asks for paths of nothing. */
#include "common/absent.h"

#include <glib/gstdio.h>
#include <stdlib.h>

static gchar *folder;

static void
remove_folder (void)
{
  (void)g_rmdir (folder); /* a child that was forked took it away, or will: no harm */
}

const char *
absent_path (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = NULL;

  if (folder == NULL) {
    folder = g_dir_make_tmp ("kith-absent-XXXXXX", &error);
    g_assert_no_error (error);
    g_assert_cmpint (atexit (remove_folder), ==, 0);
  }
  path = g_build_filename (folder, "gone", name, NULL);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  return g_intern_string (path);
}
