/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks for the program kithd, and lets it read its configuration. */
#include "cli/find-kithd.h"

#include <string.h>

#include "common/await.h"

#define CHECK_MS 5000

gchar *
kith_find_kithd (void)
{
  static const char *const places[]
      = { "kithd", "../sbin/kithd", "../libexec/kithd", "../../daemon/kithd" };
  g_autofree gchar *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree gchar *dir = self != NULL ? g_path_get_dirname (self) : g_strdup ("/usr/bin");
  guint i;

  for (i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree gchar *path = g_build_filename (dir, places[i], NULL);

    if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE)) {
      return g_steal_pointer (&path);
    }
  }
  return g_find_program_in_path ("kithd");
}

static gboolean
on_late (gpointer process)
{
  g_subprocess_force_exit (process);
  return G_SOURCE_CONTINUE;
}

gboolean
kith_check_config (gchar **doubts, gchar **fault)
{
  g_autofree gchar *kithd = kith_find_kithd ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  KithAwait await = { NULL };

  if (kithd != NULL) {
    process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                                NULL,
                                kithd,
                                "--check-config",
                                "--log-level",
                                "error",
                                NULL);
  }
  if (process == NULL) {
    return FALSE;
  }
  guint timer = g_timeout_add (CHECK_MS, on_late, process);
  g_subprocess_communicate_utf8_async (process, NULL, NULL, kith_await_ready, &await);
  result = kith_await_result (&await);
  g_source_remove (timer);
  if (!g_subprocess_communicate_utf8_finish (process, result, doubts, fault, NULL)) {
    return FALSE;
  }
  if (g_subprocess_get_successful (process)) {
    g_clear_pointer (fault, g_free);
    return TRUE;
  }
  g_clear_pointer (doubts, g_free);
  g_strstrip (*fault);
  if (g_str_has_prefix (*fault, "kithd: ")) {
    memmove (*fault, *fault + 7, strlen (*fault + 7) + 1);
  }
  return **fault != '\0';
}
