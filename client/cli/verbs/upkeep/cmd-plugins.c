/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith plugins`: the daemon's plugins and how they are doing. */
#include "cli/verb.h"

static void
say_plugin (KithCli *cli, KithBusPlugin *plugin)
{
  g_autofree gchar *name = kith_cli_safe (kith_bus_plugin_get_name (plugin));
  g_autofree gchar *kind = kith_cli_safe (kith_bus_plugin_get_kind (plugin));
  g_autofree gchar *version = kith_cli_safe (kith_bus_plugin_get_version (plugin));
  g_autofree gchar *state = kith_cli_safe (kith_bus_plugin_get_state (plugin));
  GVariant *status = kith_bus_plugin_get_status (plugin);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  kith_cli_say ("%s%-10s%s %s %s, %s\n",
                kith_cli_colour (cli, KITH_COLOUR_STRONG),
                name,
                kith_cli_colour (cli, KITH_COLOUR_PLAIN),
                kind,
                version,
                state);
  kith_cli_field (cli, "error", kith_bus_plugin_get_last_error (plugin));
  if (status == NULL) {
    return;
  }
  g_variant_iter_init (&iter, status);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value)) {
    g_autofree gchar *text = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
                                 ? g_variant_dup_string (value, NULL)
                                 : g_variant_print (value, FALSE);
    g_autofree gchar *label = kith_cli_safe (key);

    /* The state stands in the first line; what is empty says nothing. */
    if (!g_str_equal (key, "state")
        && !(g_variant_is_container (value) && g_variant_n_children (value) == 0)) {
      kith_cli_field (cli, label, text);
    }
    g_variant_unref (value);
  }
}

static int
run (KithCli *cli)
{
  g_autoptr (GPtrArray) plugins = NULL;
  KithJson *json;
  guint i;

  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  plugins = kith_daemon_view_list_plugins (cli->daemon);
  if (!cli->is_json) {
    for (i = 0; i < plugins->len; i++) {
      say_plugin (cli, kith_bus_object_peek_plugin (g_ptr_array_index (plugins, i)));
    }
    return KITH_EXIT_OK;
  }
  json = kith_json_new ();
  kith_json_open_object (json, NULL);
  kith_json_open_array (json, "plugins");
  for (i = 0; i < plugins->len; i++) {
    kith_json_open_object (json, NULL);
    kith_cli_json_properties (json, kith_bus_object_peek_plugin (g_ptr_array_index (plugins, i)));
    kith_json_close (json);
  }
  kith_cli_put_json (json);
  return KITH_EXIT_OK;
}

static const char *const members[]
    = { "Plugin.Name",   "Plugin.Kind", "Plugin.Version", "Plugin.State", "Plugin.LastError",
        "Plugin.Status", NULL };

const KithVerb kith_verb_plugins = {
  .name = "plugins",
  .arguments = "",
  .summary = "List the plugins and how they are doing",
  .details = "Locators find people and publish where you are.",
  .members = members,
  .exits = "",
  .run = run,
};
