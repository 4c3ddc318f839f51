/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets the locale up, and looks for the translations. */
#include "common/language.h"

#include <libintl.h>
#include <locale.h>

#include "words/word-table.h"

void
kith_language_begin (void)
{
  static const char *const places[] = { "../share/locale", "../../lib/words/po/locale" };
  g_autofree gchar *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree gchar *dir = self != NULL ? g_path_get_dirname (self) : g_strdup ("/usr/bin");

  (void)setlocale (LC_ALL, "");
  (void)bind_textdomain_codeset (KITH_TEXT_DOMAIN, "UTF-8");
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree gchar *path = g_build_filename (dir, places[i], NULL);
    if (g_file_test (path, G_FILE_TEST_IS_DIR)) {
      (void)bindtextdomain (KITH_TEXT_DOMAIN, path);
      return;
    }
  }
}

void
kith_language_neutral (void)
{
  (void)setlocale (LC_MESSAGES, "C");
  (void)setlocale (LC_NUMERIC, "C");
}
