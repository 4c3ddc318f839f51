/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Another user of the machine who reaches the bus is refused everything, and hears of it by
   name. */
#include <string.h>
#include <unistd.h>

#include "bus-fixture.h"

#define SKIPPED 77

/* What gdbus says on both channels; @as_nobody: when the user nobody runs it. */
static gchar *
send (Bus *bus,
      gboolean as_nobody,
      const char *path,
      const char *member,
      const char *first,
      const char *second)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  const char *const argv[] = { "setpriv",
                               "--reuid=65534",
                               "--regid=65534",
                               "--clear-groups",
                               "gdbus",
                               "call",
                               "--session",
                               "--dest",
                               KITH_BUS_NAME,
                               "--object-path",
                               path,
                               "--method",
                               member,
                               first,
                               second,
                               NULL };
  gchar *out = NULL;

  g_subprocess_launcher_setenv (launcher, "DBUS_SESSION_BUS_ADDRESS", bus->address, TRUE);
  g_autoptr (GSubprocess) process
      = g_subprocess_launcher_spawnv (launcher, as_nobody ? argv : argv + 4, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &out, NULL, &error));
  return out;
}

static void
test_stranger (void)
{
  Bus bus;
  static const struct {
    const char *path, *member, *first, *second;
  } attempts[] = {
    { KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER ".Dial", "bob", "{}" },
    { KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER ".CreateIdentity", "bob", "{}" },
    { KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER ".Resolve", "bob", "{}" },
    { KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER ".RegisterAgent", "/a", "[]" },
    { KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER ".UnregisterAgent", "/a", NULL },
    { KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER ".Stop", NULL, NULL },
    { KITH_BUS_ROOT, "org.freedesktop.DBus.ObjectManager.GetManagedObjects", NULL, NULL },
    { KITH_BUS_ROOT, "org.freedesktop.DBus.Properties.GetAll", KITH_BUS_IFACE_MANAGER, NULL },
    { KITH_BUS_ROOT, "org.freedesktop.DBus.Properties.Get", KITH_BUS_IFACE_MANAGER, "State" },
    { KITH_BUS_DEFAULT_ACCOUNT,
      "org.freedesktop.DBus.Properties.GetAll",
      KITH_BUS_IFACE_ACCOUNT,
      NULL },
  };

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *words = bus_make_identity (&bus);
  for (gsize i = 0; i < G_N_ELEMENTS (attempts); i++) {
    g_autofree gchar *out = send (&bus,
                                  TRUE,
                                  attempts[i].path,
                                  attempts[i].member,
                                  attempts[i].first,
                                  attempts[i].second);
    g_test_message ("%s: %s", attempts[i].member, out);
    g_assert_nonnull (strstr (out, KITH_BUS_ERROR_PREFIX "NotAuthorized"));
  }
  /* Nothing of it had an effect, and the owner is served as before. */
  g_autofree gchar *state = bus_get_text (&bus, KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER, "State");
  g_assert_cmpstr (state, ==, KITH_BUS_STATE_RUNNING);
  bus_down (&bus);
}

/* The counter-proof: the same words of the daemon's own user are understood. */
static void
test_owner (void)
{
  Bus bus;

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *state = send (&bus,
                                  FALSE,
                                  KITH_BUS_ROOT,
                                  "org.freedesktop.DBus.Properties.Get",
                                  KITH_BUS_IFACE_MANAGER,
                                  "State");
  g_assert_nonnull (strstr (state, KITH_BUS_STATE_NO_IDENTITY));
  g_autofree gchar *dial
      = send (&bus, FALSE, KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER ".Dial", "bob", "{}");
  g_assert_nonnull (strstr (dial, KITH_BUS_ERROR_PREFIX "NotReady"));
  g_autofree gchar *agent
      = send (&bus, FALSE, KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER ".RegisterAgent", "/a", "[]");
  g_assert_cmpstr (agent, ==, "()\n");
  bus_down (&bus);
}

int
main (int argc, char **argv)
{
  g_autofree gchar *setpriv = g_find_program_in_path ("setpriv");
  g_autofree gchar *gdbus = g_find_program_in_path ("gdbus");

  g_test_init (&argc, &argv, NULL);
  if (getuid () != 0 || setpriv == NULL || gdbus == NULL) {
    g_printerr ("skipped: needs root, setpriv and gdbus\n");
    return SKIPPED;
  }
  g_test_add_func ("/bus/stranger/refused", test_stranger);
  g_test_add_func ("/bus/stranger/owner-served", test_owner);
  return g_test_run ();
}
