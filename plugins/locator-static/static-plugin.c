/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the static locator exports: the same struct under one name when it is built in, under
   another as a module. */
#include <gio/gio.h>
#include <string.h>

#include "base/error.h"
#include "ports/plugin.h"

#include "locator-static.h"

#define GROUP "static"

static gboolean
check_keys (GKeyFile *file, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, GROUP, NULL, NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++) {
    if (strcmp (keys[i], "file") != 0) {
      g_set_error (error,
                   KITH_ERROR,
                   KITH_ERROR_INVALID_ARGUMENTS,
                   "kith.conf: [static] has no key \"%s\"; there is only file",
                   keys[i]);
      return FALSE;
    }
  }
  return TRUE;
}

static GObject *
create (const KithPluginContext *context, GError **error)
{
  if (!check_keys (context->config, error)) {
    return NULL;
  }
  g_autofree gchar *file = g_key_file_get_string (context->config, GROUP, "file", NULL);
  if (file != NULL && *g_strstrip (file) == '\0') {
    g_set_error_literal (
        error,
        KITH_ERROR,
        KITH_ERROR_INVALID_ARGUMENTS,
        "kith.conf: [static] file is empty; give the path of a contact file, or remove the line");
    return NULL;
  }
  /* A relative path is one beside kith.conf. */
  g_autofree gchar *path
      = file != NULL && g_path_is_absolute (file)
            ? g_strdup (file)
            : g_build_filename (context->config_dir, file != NULL ? file : "contacts", NULL);
  return G_OBJECT (kith_locator_static_new (path));
}

#ifdef KITH_PLUGIN_MODULE
#define SYMBOL kith_plugin
#else
#define SYMBOL kith_plugin_static
#endif

extern const KithPlugin SYMBOL;
__attribute__ ((visibility ("default"))) const KithPlugin SYMBOL = {
  .magic = KITH_PLUGIN_MAGIC,
  .abi = KITH_PLUGIN_ABI,
  .name = "static",
  .kind = KITH_PLUGIN_LOCATOR,
  .version = KITH_VERSION,
  .create = create,
};
