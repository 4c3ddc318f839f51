/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests that only plain files are read, and that nothing is waited for. */
#include "base/plain-file.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void
test_plain (void)
{
  g_autofree gchar *dir = g_dir_make_tmp ("kith-file-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (dir, "it", NULL);
  g_autofree gchar *text = NULL;
  g_autofree gchar *empty = NULL;
  g_autoptr (GError) error = NULL;
  gsize len = 99;

  g_assert_true (g_file_set_contents (path, "a\0b", 3, NULL));
  g_assert_true (kith_plain_file_read (path, 3, &text, &len, &error));
  g_assert_cmpmem (text, len + 1, "a\0b\0", 4);
  g_assert_false (kith_plain_file_read (path, 2, &text, &len, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_assert_true (kith_plain_file_read (path, 0, &empty, &len, &error));
  g_assert_cmpmem (empty, len + 1, "\0", 1);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_false (kith_plain_file_read (path, 3, &text, &len, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

/* A pipe into which nobody writes, a device without an end, a directory. */
static void
test_others (void)
{
  g_autofree gchar *dir = g_dir_make_tmp ("kith-file-XXXXXX", NULL);
  g_autofree gchar *pipe = g_build_filename (dir, "pipe", NULL);
  g_autofree gchar *link = g_build_filename (dir, "link", NULL);
  const char *const paths[] = { pipe, link, "/dev/zero", dir };
  g_autofree gchar *text = NULL;
  gsize len = 0;

  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_cmpint (symlink (pipe, link), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (GError) error = NULL;
    g_test_message ("%s", paths[i]);
    g_assert_cmpint (kith_plain_file_open (paths[i], &len, &error), ==, -1);
    g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
    g_assert_false (kith_plain_file_read (paths[i], 1000, &text, &len, NULL));
    g_assert_null (text);
  }
  g_assert_cmpint (g_unlink (link), ==, 0);
  g_assert_cmpint (g_unlink (pipe), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  (void)alarm (60); /* who waits for a pipe is ended */
  g_test_add_func ("/base/plain-file/plain", test_plain);
  g_test_add_func ("/base/plain-file/others", test_others);
  return g_test_run ();
}
