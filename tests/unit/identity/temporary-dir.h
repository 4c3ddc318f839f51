/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory of the test's own that goes away with what is in it. */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>

typedef gchar TemporaryDir;

static inline TemporaryDir *
temporary_dir_new (void)
{
  gchar *dir = g_dir_make_tmp ("kith-identity-XXXXXX", NULL);

  g_assert_nonnull (dir);
  return dir;
}

static inline void
temporary_dir_free (TemporaryDir *dir)
{
  GDir *entries = g_dir_open (dir, 0, NULL);
  const char *name;

  g_assert_nonnull (entries);
  while ((name = g_dir_read_name (entries)) != NULL) {
    g_autofree gchar *path = g_build_filename (dir, name, NULL);
    (void)g_remove (path);
  }
  g_dir_close (entries);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
  g_free (dir);
}

/* Number of entries: nothing temporary may be left behind. */
static inline guint
temporary_dir_count (const TemporaryDir *dir)
{
  GDir *entries = g_dir_open (dir, 0, NULL);
  guint n = 0;

  g_assert_nonnull (entries);
  while (g_dir_read_name (entries) != NULL) {
    n++;
  }
  g_dir_close (entries);
  return n;
}
