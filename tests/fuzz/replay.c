/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target over the files of a corpus, for builds without libFuzzer. */
#include <glib.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Runs @path, or all that is below it. Returns how many files were run, or -1 and a message. */
static gint
run (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *data = NULL;
  gsize len = 0;

  if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
    g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
    gint n = 0;
    for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL;
         name = g_dir_read_name (dir)) {
      g_autofree gchar *child = g_build_filename (path, name, NULL);
      gint below = run (child);
      if (below < 0) {
        return -1;
      }
      n += below;
    }
    return n;
  }
  if (!g_file_get_contents (path, &data, &len, &error)) {
    g_printerr ("%s cannot be read: %s\n", path, error->message);
    return -1;
  }
  /* without the NUL that g_file_get_contents() adds: sanitizers see the end */
  g_autofree guint8 *exact = g_memdup2 (data, len);
  (void)LLVMFuzzerTestOneInput (exact != NULL ? exact : (const uint8_t *)"", len);
  return 1;
}

int
main (int argc, char **argv)
{
  gint n = 0;

  for (int i = 1; i < argc; i++) {
    gint here = run (argv[i]);
    if (here <= 0) {
      g_printerr ("%s holds no inputs\n", argv[i]);
      return 1;
    }
    n += here;
  }
  g_print ("%d inputs\n", n);
  return n > 0 ? 0 : 2;
}
