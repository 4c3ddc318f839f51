/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ObjectManager behind the bouncer, and the export of objects. */
#include "bus-tree.h"

#include "base/log.h"
#include "bus-reply.h"
#include "bus/names.h"

#define IFACE "org.freedesktop.DBus.ObjectManager"

struct _KithdTree {
  GDBusConnection *connection;
  KithdGuard *guard;
  GDBusNodeInfo *info;
  guint registration;
  GHashTable *objects; /* path → GPtrArray of GDBusInterfaceSkeleton */
  GDBusInterfaceSkeleton *root;
};

static const char manager_xml[]
    = "<node><interface name='" IFACE "'>"
      "<method name='GetManagedObjects'><arg type='a{oa{sa{sv}}}' name='objects' "
      "direction='out'/></method>"
      "<signal name='InterfacesAdded'><arg type='o' name='object'/><arg type='a{sa{sv}}' "
      "name='interfaces'/></signal>"
      "<signal name='InterfacesRemoved'><arg type='o' name='object'/><arg type='as' "
      "name='interfaces'/></signal>"
      "</interface></node>";

/* a{sa{sv}} */
static GVariant *
describe (GPtrArray *skeletons)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sa{sv}}"));
  for (guint i = 0; i < skeletons->len; i++) {
    GDBusInterfaceSkeleton *skeleton = g_ptr_array_index (skeletons, i);
    g_autoptr (GVariant) properties
        = g_variant_take_ref (g_dbus_interface_skeleton_get_properties (skeleton));
    g_variant_builder_add (&builder,
                           "{s@a{sv}}",
                           g_dbus_interface_skeleton_get_info (skeleton)->name,
                           properties);
  }
  return g_variant_builder_end (&builder);
}

static void
emit (KithdTree *tree, const char *signal, GVariant *parameters)
{
  g_autoptr (GError) error = NULL;

  if (!g_dbus_connection_emit_signal (tree->connection,
                                      NULL,
                                      KITH_BUS_ROOT,
                                      IFACE,
                                      signal,
                                      parameters,
                                      &error)) {
    kith_debug ("bus", "%s was not sent: %s", signal, error->message);
  }
}

static void
on_verdict (const GError *refused, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  KithdTree *tree = g_dbus_method_invocation_get_user_data (invocation);
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer path;
  gpointer skeletons;

  if (refused != NULL) {
    kithd_reply_error (invocation, g_error_copy (refused));
    return;
  }
  if (tree->guard->before_read != NULL) {
    tree->guard->before_read (tree->guard->before_read_data);
  }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{oa{sa{sv}}}"));
  g_hash_table_iter_init (&iter, tree->objects);
  while (g_hash_table_iter_next (&iter, &path, &skeletons)) {
    g_variant_builder_add (&builder, "{o@a{sa{sv}}}", (const char *)path, describe (skeletons));
  }
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a{oa{sa{sv}}})", &builder));
}

static void
on_method_call (GDBusConnection *connection,
                const gchar *sender,
                const gchar *object_path,
                const gchar *interface,
                const gchar *method,
                GVariant *parameters,
                GDBusMethodInvocation *invocation,
                gpointer user_data)
{
  KithdTree *tree = user_data;

  kithd_bouncer_check (tree->guard->bouncer,
                       sender,
                       kithd_bouncer_find (interface, method, FALSE),
                       on_verdict,
                       invocation);
}

static const GDBusInterfaceVTable manager_vtable = { .method_call = on_method_call };

KithdTree *
kithd_tree_new (GDBusConnection *connection, KithdGuard *guard, GError **error)
{
  g_autoptr (KithdTree) tree = g_new0 (KithdTree, 1);

  tree->connection = g_object_ref (connection);
  tree->guard = guard;
  tree->objects
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  tree->info = g_dbus_node_info_new_for_xml (manager_xml, error);
  if (tree->info == NULL) {
    return NULL;
  }
  tree->registration = g_dbus_connection_register_object (connection,
                                                          KITH_BUS_ROOT,
                                                          tree->info->interfaces[0],
                                                          &manager_vtable,
                                                          tree,
                                                          NULL,
                                                          error);
  return tree->registration != 0 ? g_steal_pointer (&tree) : NULL;
}

void
kithd_tree_free (KithdTree *tree)
{
  GHashTableIter iter;
  gpointer data;

  g_hash_table_iter_init (&iter, tree->objects);
  while (g_hash_table_iter_next (&iter, NULL, &data)) {
    g_ptr_array_foreach (data, (GFunc)(void (*) (void))g_dbus_interface_skeleton_unexport, NULL);
  }
  if (tree->root != NULL) {
    g_dbus_interface_skeleton_unexport (tree->root);
    g_object_unref (tree->root);
  }
  if (tree->registration != 0) {
    (void)g_dbus_connection_unregister_object (tree->connection, tree->registration);
  }
  g_hash_table_unref (tree->objects);
  g_clear_pointer (&tree->info, g_dbus_node_info_unref);
  g_object_unref (tree->connection);
  g_free (tree);
}

static void
export_one (KithdTree *tree, const char *path, GPtrArray *skeletons, gpointer skeleton)
{
  g_autoptr (GError) error = NULL;

  if (skeleton == NULL) {
    return;
  }
  if (!g_dbus_interface_skeleton_export (skeleton, tree->connection, path, &error)) {
    kith_warning ("bus", "%s cannot be exported: %s", path, error->message);
    return;
  }
  g_ptr_array_add (skeletons, g_object_ref (skeleton));
}

void
kithd_tree_add (KithdTree *tree, const char *path, gpointer first, gpointer second)
{
  if (g_hash_table_contains (tree->objects, path)) {
    return;
  }
  GPtrArray *skeletons = g_ptr_array_new_with_free_func (g_object_unref);
  export_one (tree, path, skeletons, first);
  export_one (tree, path, skeletons, second);
  g_hash_table_insert (tree->objects, g_strdup (path), skeletons);
  emit (tree, "InterfacesAdded", g_variant_new ("(o@a{sa{sv}})", path, describe (skeletons)));
}

void
kithd_tree_remove (KithdTree *tree, const char *path)
{
  GPtrArray *skeletons = g_hash_table_lookup (tree->objects, path);
  GVariantBuilder builder;

  if (skeletons == NULL) {
    return;
  }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("as"));
  for (guint i = 0; i < skeletons->len; i++) {
    GDBusInterfaceSkeleton *skeleton = g_ptr_array_index (skeletons, i);
    g_dbus_interface_skeleton_flush (skeleton);
    g_variant_builder_add (&builder, "s", g_dbus_interface_skeleton_get_info (skeleton)->name);
    g_dbus_interface_skeleton_unexport (skeleton);
  }
  emit (tree, "InterfacesRemoved", g_variant_new ("(oas)", path, &builder));
  g_hash_table_remove (tree->objects, path);
}

gboolean
kithd_tree_add_root (KithdTree *tree, gpointer skeleton, GError **error)
{
  if (!g_dbus_interface_skeleton_export (skeleton, tree->connection, KITH_BUS_ROOT, error)) {
    return FALSE;
  }
  g_set_object (&tree->root, skeleton);
  return TRUE;
}
