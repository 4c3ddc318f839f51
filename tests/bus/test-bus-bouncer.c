/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bouncer's table is total: every method and every writable property has a row, and nothing
   else has one. */
#include "bouncer.h"

#include "bus/kith-bus.h"
#include "bus/names.h"

/* Served by the daemon; the Agent is served by clients. */
static GDBusInterfaceInfo *
served (guint i)
{
  GDBusInterfaceInfo *infos[] = {
    kith_bus_manager_interface_info (), kith_bus_account_interface_info (),
    kith_bus_call_interface_info (),    kith_bus_call_media_interface_info (),
    kith_bus_plugin_interface_info (),  kith_bus_contact_interface_info (),
    kith_bus_phone_interface_info (),   kith_bus_binding_interface_info (),
    kith_bus_trunk_interface_info (),   NULL,
  };
  return infos[i];
}

static void
test_every_method (void)
{
  guint methods = 0;

  for (guint i = 0; served (i) != NULL; i++) {
    GDBusInterfaceInfo *info = served (i);
    for (guint m = 0; info->methods != NULL && info->methods[m] != NULL; m++, methods++) {
      if (kithd_bouncer_find (info->name, info->methods[m]->name, FALSE) == NULL) {
        g_error ("no rule for %s.%s", info->name, info->methods[m]->name);
      }
    }
  }
  g_assert_cmpuint (methods, >=, 10);
}

static void
test_every_writable_property (void)
{
  guint writable = 0;

  for (guint i = 0; served (i) != NULL; i++) {
    GDBusInterfaceInfo *info = served (i);
    for (guint p = 0; info->properties != NULL && info->properties[p] != NULL; p++) {
      gboolean has_row = kithd_bouncer_find (info->name, info->properties[p]->name, TRUE) != NULL;
      gboolean can_write = (info->properties[p]->flags & G_DBUS_PROPERTY_INFO_FLAGS_WRITABLE) != 0;
      if (has_row != can_write) {
        g_error ("rule and interface disagree on writing %s.%s",
                 info->name,
                 info->properties[p]->name);
      }
      writable += can_write ? 1 : 0;
    }
  }
  g_assert_cmpuint (writable, >=, 1);
}

static void
test_refuses_the_unlisted (void)
{
  GDBusInterfaceInfo *agent = kith_bus_agent_interface_info ();

  for (guint m = 0; agent->methods[m] != NULL; m++) {
    g_assert_null (kithd_bouncer_find (agent->name, agent->methods[m]->name, FALSE));
  }
  g_assert_null (kithd_bouncer_find (KITH_BUS_IFACE_MANAGER, "Dial", TRUE));
  g_assert_null (kithd_bouncer_find (KITH_BUS_IFACE_MANAGER, "dial", FALSE));
  g_assert_null (kithd_bouncer_find (KITH_BUS_IFACE_CALL_MEDIA, "Muted", FALSE));
  g_assert_null (kithd_bouncer_find ("", "", FALSE));
  g_assert_nonnull (
      kithd_bouncer_find ("org.freedesktop.DBus.ObjectManager", "GetManagedObjects", FALSE));
}

static void
test_users (void)
{
  g_assert_true (kithd_bouncer_uid_passes (FALSE, 1000, 1000));
  g_assert_false (kithd_bouncer_uid_passes (FALSE, 1000, 1001));
  g_assert_false (kithd_bouncer_uid_passes (FALSE, 1000, 0));
  g_assert_true (kithd_bouncer_uid_passes (TRUE, 1000, 1000));
  g_assert_true (kithd_bouncer_uid_passes (TRUE, 1000, 0));
  g_assert_false (kithd_bouncer_uid_passes (TRUE, 1000, 65534));
  g_assert_false (kithd_bouncer_uid_passes (TRUE, 0, 1000));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/bouncer/every-method", test_every_method);
  g_test_add_func ("/bus/bouncer/every-writable-property", test_every_writable_property);
  g_test_add_func ("/bus/bouncer/refuses-the-unlisted", test_refuses_the_unlisted);
  g_test_add_func ("/bus/bouncer/users", test_users);
  return g_test_run ();
}
