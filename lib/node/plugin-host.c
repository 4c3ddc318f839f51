/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of built-in plugins and the loading of the others. */
#include "node/plugin-host.h"

#include <gmodule.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#define MAX_SHOWN 1000

extern const KithPlugin kith_plugin_dht;
extern const KithPlugin kith_plugin_static;

static const KithPlugin *const built_in[] = { &kith_plugin_static, &kith_plugin_dht };

static void
loaded_free (gpointer data)
{
  KithLoadedPlugin *loaded = data;

  g_free (loaded->name);
  g_free (loaded->version);
  g_free (loaded->last_error);
  g_clear_object (&loaded->object);
  g_free (loaded);
}

static gboolean
is_plain_name (const char *name)
{
  return *name != '\0' && strlen (name) <= 32
         && strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen (name);
}

static const KithPlugin *
open_module (const KithConfig *config, const char *name, GError **error)
{
  g_autofree gchar *file = g_strdup_printf ("%s.so", name);
  g_autofree gchar *path = g_build_filename (config->plugin_dir, file, NULL);
  gpointer symbol = NULL;
  GModule *module = g_module_open (path, G_MODULE_BIND_LOCAL);

  if (module == NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_NOT_FOUND,
                 "no plugin %s: %s",
                 name,
                 g_module_error ());
    return NULL;
  }
  if (!g_module_symbol (module, KITH_PLUGIN_SYMBOL, &symbol) || symbol == NULL) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED, "%s is no plugin of Kith", path);
    g_module_close (module);
    return NULL;
  }
  const KithPlugin *plugin = symbol;
  if (plugin->magic != KITH_PLUGIN_MAGIC || plugin->abi != KITH_PLUGIN_ABI
      || g_strcmp0 (plugin->name, name) != 0) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_UNSUPPORTED,
                 "%s was built for another version of Kith",
                 path);
    g_module_close (module);
    return NULL;
  }
  g_module_make_resident (module);
  return plugin;
}

static const KithPlugin *
find_plugin (const KithConfig *config, const char *name, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (built_in); i++) {
    if (strcmp (built_in[i]->name, name) == 0) {
      return built_in[i];
    }
  }
  if (!is_plain_name (name)) {
    g_set_error (
        error,
        KITH_ERROR,
        KITH_ERROR_INVALID_ARGUMENTS,
        "kith.conf: [node] locators: \"%s\" is no plugin's name; static and dht are built in",
        name);
    return NULL;
  }
  return open_module (config, name, error);
}

static KithLoadedPlugin *
load_one (const KithConfig *config, const char *name, GError **error)
{
  const KithPluginContext context = {
    .config = config->file,
    .state_dir = config->state_dir,
    .config_dir = config->config_dir,
    .libexec_dir = config->libexec_dir,
  };
  KithLoadedPlugin *loaded = g_new0 (KithLoadedPlugin, 1);
  const KithPlugin *plugin = find_plugin (config, name, error);

  loaded->name = g_strdup (name);
  if (plugin != NULL) {
    loaded->kind = plugin->kind;
    loaded->version = g_strdup (plugin->version);
    loaded->object = plugin->create (&context, error);
  }
  return loaded;
}

GPtrArray *
kith_plugin_host_load (const KithConfig *config, GError **error)
{
  g_autoptr (GPtrArray) plugins = g_ptr_array_new_with_free_func (loaded_free);

  for (guint i = 0; config->locators[i] != NULL; i++) {
    g_autoptr (GError) problem = NULL;
    KithLoadedPlugin *loaded = load_one (config, g_strstrip (config->locators[i]), &problem);
    g_ptr_array_add (plugins, loaded);
    if (problem == NULL) {
      continue;
    }
    gchar *safe = kith_text_safe (problem->message, -1, MAX_SHOWN); /* it may quote kith.conf */
    g_free (problem->message);
    problem->message = safe;
    if (g_error_matches (problem, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
    if (g_error_matches (problem, KITH_ERROR, KITH_ERROR_UNSUPPORTED)) {
      kith_info (loaded->name, "not used: %s", problem->message);
    } else {
      kith_warning (loaded->name, "not available: %s", problem->message);
    }
    loaded->last_error = g_strdup (problem->message);
  }
  return g_steal_pointer (&plugins);
}
