/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies what the node says of its plugins to their skeletons. */
#include "bus-plugin.h"

#include "bus-reply.h"
#include "bus/names.h"

#define MAX_PLUGINS 64

struct _KithdPlugins {
  KithdTree *tree;
  KithdGuard *guard;
  KithNode *node;
  GHashTable *skeletons; /* path → KithBusPlugin */
};

KithdPlugins *
kithd_plugins_new (KithdTree *tree, KithdGuard *guard, KithNode *node)
{
  KithdPlugins *plugins = g_new0 (KithdPlugins, 1);

  plugins->tree = tree;
  plugins->guard = guard;
  plugins->node = node;
  plugins->skeletons = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  kithd_plugins_refresh (plugins);
  return plugins;
}

void
kithd_plugins_free (KithdPlugins *plugins)
{
  GHashTableIter iter;
  gpointer path;

  g_hash_table_iter_init (&iter, plugins->skeletons);
  while (g_hash_table_iter_next (&iter, &path, NULL)) {
    kithd_tree_remove (plugins->tree, path);
  }
  g_hash_table_unref (plugins->skeletons);
  g_free (plugins);
}

/* The string @key of the status, or @fallback. */
static gchar *
status_text (GVariant *status, const char *key, const char *fallback)
{
  const char *text = fallback;

  (void)g_variant_lookup (status, key, "&s", &text);
  return kithd_bus_text (text);
}

static void
refresh_one (KithdPlugins *plugins, const char *name, const char *state, GVariant *status)
{
  g_autofree gchar *path = kithd_plugin_path (name);
  KithBusPlugin *skeleton = g_hash_table_lookup (plugins->skeletons, path);
  gboolean is_new = skeleton == NULL;

  if (is_new) {
    if (g_hash_table_size (plugins->skeletons) >= MAX_PLUGINS) {
      return;
    }
    skeleton = kithd_guard_plugin_new (plugins->guard);
    g_hash_table_insert (plugins->skeletons, g_strdup (path), skeleton);
  }
  g_autofree gchar *safe_name = kithd_bus_text (name);
  g_autofree gchar *safe_state = kithd_bus_text (state);
  g_autofree gchar *kind = status_text (status, "kind", "locator");
  g_autofree gchar *version = status_text (status, "version", KITH_VERSION);
  g_autofree gchar *last_error = status_text (status, "last-error", "");
  g_object_set (skeleton,
                "name",
                safe_name,
                "kind",
                kind,
                "version",
                version,
                "state",
                safe_state,
                "last-error",
                last_error,
                "status",
                status,
                NULL);
  if (is_new) {
    kithd_tree_add (plugins->tree, path, skeleton, NULL);
  }
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (skeleton));
}

void
kithd_plugins_refresh (KithdPlugins *plugins)
{
  g_autoptr (GVariant) all = kith_node_get_plugins (plugins->node);
  GVariantIter iter;
  const char *name = NULL;
  const char *state = NULL;
  GVariant *status = NULL;

  if (all == NULL || !g_variant_is_of_type (all, G_VARIANT_TYPE ("a(ssa{sv})"))) {
    return;
  }
  g_variant_iter_init (&iter, all);
  while (g_variant_iter_loop (&iter, "(&s&s@a{sv})", &name, &state, &status)) {
    refresh_one (plugins, name, state, status);
  }
}

gchar *
kithd_plugin_path (const char *name)
{
  GString *path = g_string_new (KITH_BUS_PLUGIN_PREFIX);

  for (const char *p = name; *p != '\0'; p++) {
    if (g_ascii_isalnum (*p)) {
      g_string_append_c (path, *p);
    } else {
      g_string_append_printf (path, "_%02x", (guint)(guchar)*p);
    }
  }
  if (name[0] == '\0') {
    g_string_append_c (path, '_');
  }
  return g_string_free (path, FALSE);
}
