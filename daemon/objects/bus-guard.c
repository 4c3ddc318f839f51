/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One virtual table in front of the generated ones: methods, reads and writes wait for the
   bouncer's word. */
#include "bus-guard.h"

#include <string.h>

#include "base/error.h"
#include "bus-reply.h"

/* GLib's own hook, GDBusInterfaceSkeleton::g-authorize-method, runs a thread for each call and does
   not see properties. A subclass of each generated skeleton hands out this table instead: with NULL
   for its property functions GDBus sends Get, GetAll and Set through method_call too. */

typedef struct {
  KithdGuard *guard;
  KithdWriteFunc write;
  gpointer write_data;
} GuardData;

typedef struct {
  GDBusMethodInvocation *invocation; /* owned: ends in a reply */
  GDBusInterfaceSkeleton *skeleton;
} Request;

struct _KithdWrite {
  GDBusMethodInvocation *invocation;
  GDBusInterfaceSkeleton *skeleton; /* owned */
};

static GQuark
guard_quark (void)
{
  return g_quark_from_static_string ("kithd-guard");
}

static const GDBusInterfaceVTable *
generated_vtable (GDBusInterfaceSkeleton *skeleton)
{
  gpointer parent = g_type_class_peek_parent (G_OBJECT_GET_CLASS (skeleton));

  return G_DBUS_INTERFACE_SKELETON_CLASS (parent)->get_vtable (skeleton);
}

static void
answer_get (GDBusMethodInvocation *invocation,
            GDBusInterfaceSkeleton *skeleton,
            const char *property)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = generated_vtable (skeleton)->get_property (
      g_dbus_method_invocation_get_connection (invocation),
      g_dbus_method_invocation_get_sender (invocation),
      g_dbus_method_invocation_get_object_path (invocation),
      g_dbus_interface_skeleton_get_info (skeleton)->name,
      property,
      &error,
      skeleton);

  if (value == NULL) {
    kithd_reply_error (invocation, g_steal_pointer (&error));
    return;
  }
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(v)", value));
  g_variant_unref (value);
}

static void
answer_set (GDBusMethodInvocation *invocation,
            GDBusInterfaceSkeleton *skeleton,
            GVariant *parameters)
{
  GuardData *data = g_object_get_qdata (G_OBJECT (skeleton), guard_quark ());
  g_autoptr (GVariant) value = NULL;
  const char *property = NULL;

  g_variant_get (parameters, "(&s&sv)", NULL, &property, &value);
  if (data->write == NULL) {
    kithd_reply_code (invocation, KITH_ERROR_WRONG_STATE, "The object is gone");
    return;
  }
  KithdWrite *write = g_new0 (KithdWrite, 1);
  write->invocation = invocation;
  write->skeleton = g_object_ref (skeleton);
  data->write (property, value, data->write_data, write);
}

void
kithd_write_answer (KithdWrite *write, GError *error)
{
  if (error != NULL) {
    kithd_reply_error (write->invocation, error);
  } else {
    g_dbus_interface_skeleton_flush (write->skeleton);
    g_dbus_method_invocation_return_value (write->invocation, NULL);
  }
  g_object_unref (write->skeleton);
  g_free (write);
}

static void
answer_property (GDBusMethodInvocation *invocation, GDBusInterfaceSkeleton *skeleton)
{
  GuardData *data = g_object_get_qdata (G_OBJECT (skeleton), guard_quark ());
  GVariant *parameters = g_dbus_method_invocation_get_parameters (invocation);
  const char *method = g_dbus_method_invocation_get_method_name (invocation);
  const char *property = NULL;

  if (strcmp (method, "Set") == 0) {
    answer_set (invocation, skeleton, parameters);
    return;
  }
  if (data->guard->before_read != NULL) {
    data->guard->before_read (data->guard->before_read_data);
  }
  if (strcmp (method, "Get") == 0) {
    g_variant_get (parameters, "(&s&s)", NULL, &property);
    answer_get (invocation, skeleton, property);
    return;
  }
  g_autoptr (GVariant) all
      = g_variant_take_ref (g_dbus_interface_skeleton_get_properties (skeleton));
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(@a{sv})", all));
}

static void
on_verdict (const GError *refused, gpointer user_data)
{
  g_autofree Request *request = user_data;
  g_autoptr (GDBusInterfaceSkeleton) skeleton = request->skeleton;
  GDBusMethodInvocation *invocation = request->invocation;
  const char *interface = g_dbus_method_invocation_get_interface_name (invocation);

  if (refused != NULL) {
    kithd_reply_error (invocation, g_error_copy (refused));
    return;
  }
  if (strcmp (interface, "org.freedesktop.DBus.Properties") == 0) {
    answer_property (invocation, skeleton);
    return;
  }
  generated_vtable (skeleton)->method_call (g_dbus_method_invocation_get_connection (invocation),
                                            g_dbus_method_invocation_get_sender (invocation),
                                            g_dbus_method_invocation_get_object_path (invocation),
                                            interface,
                                            g_dbus_method_invocation_get_method_name (invocation),
                                            g_dbus_method_invocation_get_parameters (invocation),
                                            invocation,
                                            skeleton);
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
  GuardData *data = g_object_get_qdata (G_OBJECT (user_data), guard_quark ());
  const KithdBouncerRow *row = NULL;

  if (strcmp (interface, "org.freedesktop.DBus.Properties") == 0 && strcmp (method, "Set") == 0) {
    const char *target = NULL;
    const char *property = NULL;
    g_variant_get (parameters, "(&s&sv)", &target, &property, NULL);
    row = kithd_bouncer_find (target, property, TRUE);
  } else {
    row = kithd_bouncer_find (interface, method, FALSE);
  }
  Request *request = g_new0 (Request, 1);
  request->invocation = invocation;
  request->skeleton = g_object_ref (G_DBUS_INTERFACE_SKELETON (user_data));
  kithd_bouncer_check (data->guard->bouncer, sender, row, on_verdict, request);
}

static const GDBusInterfaceVTable guard_vtable = { .method_call = on_method_call };

static GDBusInterfaceVTable *
get_guard_vtable (GDBusInterfaceSkeleton *skeleton)
{
  return (GDBusInterfaceVTable *)&guard_vtable;
}

static gpointer
guarded_new (GType type, KithdGuard *guard)
{
  GObject *object = g_object_new (type, NULL);
  GuardData *data = g_new0 (GuardData, 1);

  data->guard = guard;
  g_object_set_qdata_full (object, guard_quark (), data, g_free);
  return object;
}

/* A subclass of the generated skeleton Kith…Skeleton with our table, and its constructor. */
#define GUARDED(Name, name, NAME)                                                                  \
  typedef struct {                                                                                 \
    KithBus##Name##Skeleton parent_instance;                                                       \
  } Guarded##Name;                                                                                 \
  typedef struct {                                                                                 \
    KithBus##Name##SkeletonClass parent_class;                                                     \
  } Guarded##Name##Class;                                                                          \
  static GType guarded_##name##_get_type (void);                                                   \
  G_DEFINE_TYPE (Guarded##Name, guarded_##name, KITH_BUS_TYPE_##NAME##_SKELETON)                   \
  static void guarded_##name##_init (Guarded##Name *self) {}                                       \
  static void guarded_##name##_class_init (Guarded##Name##Class *klass)                            \
  {                                                                                                \
    G_DBUS_INTERFACE_SKELETON_CLASS (klass)->get_vtable = get_guard_vtable;                        \
  }                                                                                                \
  KithBus##Name *kithd_guard_##name##_new (KithdGuard *guard)                                      \
  {                                                                                                \
    return guarded_new (guarded_##name##_get_type (), guard);                                      \
  }

GUARDED (Manager, manager, MANAGER)
GUARDED (Account, account, ACCOUNT)
GUARDED (Call, call, CALL)
GUARDED (CallMedia, call_media, CALL_MEDIA)
GUARDED (Contact, contact, CONTACT)
GUARDED (Phone, phone, PHONE)
GUARDED (Binding, binding, BINDING)
GUARDED (Trunk, trunk, TRUNK)
GUARDED (Plugin, plugin, PLUGIN)

void
kithd_guard_set_writer (gpointer skeleton, KithdWriteFunc func, gpointer user_data)
{
  GuardData *data = g_object_get_qdata (G_OBJECT (skeleton), guard_quark ());

  data->write = func;
  data->write_data = user_data;
}
