/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The policy that is installed for the system bus, in a real bus of that type: who may own the
   name, and who may speak with it. */
#include <string.h>
#include <unistd.h>

#include "bus-fixture.h"

#define SKIPPED 77

static const char config[] = "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus "
                             "Configuration 1.0//EN\" "
                             "\"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">"
                             "<busconfig><type>system</type><listen>unix:path=%s/system</listen>"
                             "<auth>EXTERNAL</auth><policy context=\"default\"><allow "
                             "user=\"*\"/><deny own=\"*\"/><deny send_type=\"method_call\"/>"
                             "<allow send_type=\"signal\"/><allow "
                             "send_requested_reply=\"true\" send_type=\"method_return\"/><allow "
                             "send_requested_reply=\"true\" send_type=\"error\"/><allow "
                             "receive_type=\"method_call\"/><allow "
                             "receive_type=\"method_return\"/><allow receive_type=\"error\"/>"
                             "<allow receive_type=\"signal\"/><allow "
                             "send_destination=\"org.freedesktop.DBus\"/></policy><include>%s"
                             "</include></busconfig>";

/* What the program says on both channels, and its exit status; @as_nobody: the user nobody runs
   it. */
static gchar *
run (Bus *bus, gboolean as_nobody, int *status, const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  static const char *const become[]
      = { "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups" };
  gchar *out = NULL;

  for (gsize i = 0; as_nobody && i < G_N_ELEMENTS (become); i++) {
    g_ptr_array_add (all, (gpointer)become[i]);
  }
  for (guint i = 0; argv[i] != NULL; i++) {
    g_ptr_array_add (all, (gpointer)argv[i]);
  }
  g_ptr_array_add (all, NULL);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_subprocess_launcher_setenv (launcher, "DBUS_SYSTEM_BUS_ADDRESS", bus->address, TRUE);
  g_autoptr (GSubprocess) process
      = g_subprocess_launcher_spawnv (launcher, (const gchar *const *)all->pdata, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &out, NULL, &error));
  g_assert_true (g_subprocess_get_if_exited (process));
  *status = g_subprocess_get_exit_status (process);
  g_test_message ("%s: %d, %s", argv[0], *status, out);
  return out;
}

static void
system_up (Bus *bus)
{
  bus_up (bus);
  bus_kill (bus);
  g_autofree gchar *text = g_strdup_printf (config, bus->dir, KITH_BUS_POLICY);
  g_autofree gchar *file = g_build_filename (bus->dir, "system.conf", NULL);
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
  bus_begin (bus, file); /* ends the test when the policy is not well-formed */
  bus->connection = bus_connect (bus->address);
}

/* The right of no other user to the name is told as what it is, and not as "running already". */
static void
test_other_user_owns_not (void)
{
  Bus bus;
  int status = 0;

  system_up (&bus);
  g_autofree gchar *state = g_build_filename (bus.dir, "nobody", NULL);
  g_autofree gchar *missing = g_build_filename (bus.dir, "none.conf", NULL);
  g_assert_true (g_file_set_contents (missing, "[node]\nlocators=static\n", -1, NULL));
  if (g_mkdir_with_parents (state, 0700) != 0 || chown (state, 65534, 65534) != 0) {
    g_assert_not_reached ();
  }
  const char *const argv[]
      = { KITHD_PATH, "--system", "--state-dir", state, "--config", missing, NULL };
  g_autofree gchar *out = run (&bus, TRUE, &status, argv);
  g_assert_cmpint (status, ==, 1);
  g_assert_nonnull (strstr (out, "does not let this user own"));
  g_assert_nonnull (strstr (out, "/etc/dbus-1/system.d"));
  g_assert_null (strstr (out, "running already"));
  bus_down (&bus);
}

static void
test_root_serves (void)
{
  Bus bus;
  int status = 0;
  const char *const status_verb[] = { KITH_PATH, "--system", "status", NULL };
  const char *const doctor_verb[] = { KITH_PATH, "--system", "doctor", NULL };
  const char *const system[] = { "--system", NULL };

  system_up (&bus);
  g_autofree gchar *absent = run (&bus, FALSE, &status, status_verb);
  g_assert_cmpint (status, ==, 7);
  g_assert_nonnull (strstr (absent, "kithd --system"));
  g_assert_null (strstr (absent, "systemctl --user"));
  bus_start_daemon (&bus, system);
  g_autofree gchar *own = run (&bus, FALSE, &status, status_verb);
  g_assert_cmpint (status, ==, 0);
  g_autofree gchar *others = run (&bus, TRUE, &status, status_verb);
  g_assert_cmpint (status, ==, 1);
  g_assert_nonnull (strstr (others, "not allowed"));
  g_assert_null (strstr (others, "systemctl"));
  g_autofree gchar *doctor = run (&bus, TRUE, &status, doctor_verb);
  g_assert_cmpint (status, ==, 1);
  g_assert_nonnull (strstr (doctor, "not allowed"));
  g_assert_null (strstr (doctor, "systemctl"));
  bus_down (&bus);
}

int
main (int argc, char **argv)
{
  g_autofree gchar *setpriv = g_find_program_in_path ("setpriv");

  g_test_init (&argc, &argv, NULL);
  if (getuid () != 0 || setpriv == NULL) {
    g_printerr ("skipped: needs root and setpriv\n");
    return SKIPPED;
  }
  g_test_add_func ("/bus/system/other-user-owns-not", test_other_user_owns_not);
  g_test_add_func ("/bus/system/root-serves", test_root_serves);
  return g_test_run ();
}
