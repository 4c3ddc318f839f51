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

/* Runs kithd with @option, which makes it say something and end; both texts (transfer full). FALSE:
   it could not be run. */
static gboolean
run_kithd (const char *option, gchar **out, gchar **err, gboolean *well)
{
  g_autofree gchar *kithd = kith_find_kithd ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  KithAwait await = { NULL };

  if (kithd != NULL) {
    process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                                NULL,
                                kithd,
                                option,
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
  if (!g_subprocess_communicate_utf8_finish (process, result, out, err, NULL)) {
    return FALSE;
  }
  *well = g_subprocess_get_successful (process);
  return TRUE;
}

gboolean
kith_check_config (gchar **doubts, gchar **fault)
{
  gboolean well = FALSE;

  if (!run_kithd ("--check-config", doubts, fault, &well)) {
    return FALSE;
  }
  if (well) {
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

gboolean
kith_check_state (gchar **state, gchar **finding, gchar **remedy)
{
  g_autofree gchar *out = NULL;
  g_autofree gchar *err = NULL;
  gboolean well = FALSE;

  if (!run_kithd ("--check-state", &out, &err, &well)) {
    return FALSE;
  }
  const char *text = strstr (out, " identity: ");
  if (text == NULL) {
    return FALSE;
  }
  g_auto (GStrv) halves = g_strsplit (g_strchomp (out), " → ", 2);
  *state = g_strndup (out, (gsize)(text - out));
  *finding = g_strdup (strstr (halves[0], " identity: ") + strlen (" identity: "));
  *remedy = g_strdup (halves[1] != NULL ? halves[1] : "");
  return TRUE;
}
