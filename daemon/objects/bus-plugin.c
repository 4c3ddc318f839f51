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

/* What the node says of one plugin; strings borrowed. */
typedef struct {
  const char *name;
  const char *kind;
  const char *version;
  const char *state;
  const char *last_error;
  GVariant *status;
} Facts;

static void
set_text (KithBusPlugin *skeleton, const char *property, const char *text)
{
  g_autofree gchar *safe = kithd_bus_text (text);

  g_object_set (skeleton, property, safe, NULL);
}

static void
refresh_one (KithdPlugins *plugins, const Facts *facts)
{
  g_autofree gchar *path = kithd_plugin_path (facts->name);
  KithBusPlugin *skeleton = g_hash_table_lookup (plugins->skeletons, path);
  gboolean is_new = skeleton == NULL;

  if (is_new) {
    if (g_hash_table_size (plugins->skeletons) >= MAX_PLUGINS) {
      return;
    }
    skeleton = kithd_guard_plugin_new (plugins->guard);
    g_hash_table_insert (plugins->skeletons, g_strdup (path), skeleton);
  }
  set_text (skeleton, "name", facts->name);
  set_text (skeleton, "kind", facts->kind);
  set_text (skeleton, "version", facts->version);
  set_text (skeleton, "state", facts->state);
  set_text (skeleton, "last-error", facts->last_error);
  kith_bus_plugin_set_status (skeleton, facts->status);
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
  Facts facts = { NULL };

  g_variant_iter_init (&iter, all);
  while (g_variant_iter_loop (&iter,
                              "(&s&s&s&s&s@a{sv})",
                              &facts.name,
                              &facts.kind,
                              &facts.version,
                              &facts.state,
                              &facts.last_error,
                              &facts.status)) {
    refresh_one (plugins, &facts);
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
