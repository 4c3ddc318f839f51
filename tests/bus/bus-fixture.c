/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts and ends dbus-daemon and kithd for a test. */
#include "bus-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/error.h"

static const char bus_config[]
    = "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" "
      "\"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">"
      "<busconfig><listen>unix:path=%s/socket</listen><auth>EXTERNAL</auth>"
      "<servicedir>%s</servicedir>"
      "<policy context=\"default\"><allow user=\"*\"/><allow own=\"*\"/><allow "
      "send_destination=\"*\" eavesdrop=\"false\"/>"
      "<allow receive_sender=\"*\"/></policy></busconfig>";

/* A test that fails aborts: its processes shall not stay behind. */
static void
die_with_parent (gpointer user_data)
{
  (void)prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocess *
spawn (GSubprocessFlags flags, const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (flags);

  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  GSubprocess *process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  return process;
}

/* One second of silence: a WAV file of 8 kHz, 16 bit, mono. */
static void
write_silence (const char *path)
{
  guint8 wav[44 + 16000] = { 0 };
  const guint8 header[44]
      = { 'R', 'I', 'F', 'F', 0xa4, 0x3e, 0,   0,   'W', 'A',  'V',  'E',  'f', 'm',  't',
          ' ', 16,  0,   0,   0,    1,    0,   1,   0,   0x40, 0x1f, 0,    0,   0x80, 0x3e,
          0,   0,   2,   0,   16,   0,    'd', 'a', 't', 'a',  0x80, 0x3e, 0,   0 };

  memcpy (wav, header, sizeof header);
  g_assert_true (g_file_set_contents (path, (const char *)wav, sizeof wav, NULL));
}

GDBusConnection *
bus_connect (const char *address)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_sync (
      address,
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL,
      NULL,
      &error);

  g_assert_no_error (error);
  return connection;
}

void
bus_begin (Bus *bus, const char *config)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *option = g_strdup_printf ("--config-file=%s", config);
  const char *const argv[] = { "dbus-daemon", option, "--nofork", "--print-address", NULL };

  bus->bus = spawn (G_SUBPROCESS_FLAGS_STDOUT_PIPE, argv);
  g_autoptr (GDataInputStream) out
      = g_data_input_stream_new (g_subprocess_get_stdout_pipe (bus->bus));
  g_free (bus->address);
  bus->address = g_data_input_stream_read_line (out, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (bus->address);
}

void
bus_kill (Bus *bus)
{
  g_dbus_connection_set_exit_on_close (bus->connection, FALSE);
  g_subprocess_force_exit (bus->bus);
  (void)g_subprocess_wait (bus->bus, NULL, NULL);
  g_clear_object (&bus->bus);
  g_clear_object (&bus->connection);
}

void
bus_restart (Bus *bus)
{
  g_autofree gchar *file = g_build_filename (bus->dir, "bus.conf", NULL);

  bus_begin (bus, file);
  bus->connection = bus_connect (bus->address);
}

void
bus_up (Bus *bus)
{
  g_autoptr (GError) error = NULL;

  memset (bus, 0, sizeof *bus);
  (void)kith_error_quark (); /* register the names of our errors */
  bus->dir = g_dir_make_tmp ("kith-bus-XXXXXX", &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (bus->dir, 0755), ==, 0);
  bus->state = g_build_filename (bus->dir, "state", NULL);

  g_autofree gchar *config = g_strdup_printf (bus_config, bus->dir, bus->dir);
  g_autofree gchar *file = g_build_filename (bus->dir, "bus.conf", NULL);
  g_assert_true (g_file_set_contents (file, config, -1, NULL));
  bus_begin (bus, file);
  bus->connection = bus_connect (bus->address);

  g_autofree gchar *silence = g_build_filename (bus->dir, "silence.wav", NULL);
  write_silence (silence);
  g_autofree gchar *kith_conf = g_build_filename (bus->dir, "kith.conf", NULL);
  g_assert_true (
      g_file_set_contents (kith_conf, "[node]\nlocators=static\nwork-bits=0\n", -1, NULL));
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *child = g_build_filename (path, name, NULL);
    if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK)) {
      remove_tree (child);
    } else {
      (void)g_unlink (child);
    }
  }
  (void)g_rmdir (path);
}

static void
end_process (GSubprocess **process)
{
  if (*process != NULL) {
    g_subprocess_force_exit (*process);
    (void)g_subprocess_wait (*process, NULL, NULL);
    g_clear_object (process);
  }
}

/* A daemon that still runs is asked to leave, which it must do cleanly (and, under the leak
   sanitizer, without a leak). */
void
bus_down (Bus *bus)
{
  if (bus->daemon != NULL) {
    g_subprocess_send_signal (bus->daemon, SIGTERM);
    g_assert_cmpint (bus_wait_exit (bus->daemon), ==, 0);
    g_clear_object (&bus->daemon);
  }
  if (bus->connection != NULL && !g_dbus_connection_is_closed (bus->connection)) {
    g_assert_true (g_dbus_connection_close_sync (bus->connection, NULL, NULL));
  }
  g_clear_object (&bus->connection);
  end_process (&bus->bus);
  remove_tree (bus->dir);
  g_free (bus->dir);
  g_free (bus->state);
  g_free (bus->address);
}

/* (transfer full) */
static GStrv
daemon_line (Bus *bus, const char *const *extra)
{
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_autofree gchar *config = g_build_filename (bus->dir, "kith.conf", NULL);
  g_autofree gchar *silence = g_build_filename (bus->dir, "silence.wav", NULL);
  g_autofree gchar *heard = g_build_filename (bus->dir, "heard.wav", NULL);
  const char *const fixed[] = { KITHD_PATH, "--bus",      bus->address, "--state-dir", bus->state,
                                "--config", config,       "--sip-bind", "127.0.0.1",   "--sip-port",
                                "0",        "--audio-in", silence,      "--audio-out", heard };

  for (guint i = 0; bus->prefix != NULL && bus->prefix[i] != NULL; i++) {
    g_strv_builder_add (argv, bus->prefix[i]);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (fixed); i++) {
    g_strv_builder_add (argv, fixed[i]);
  }
  for (guint i = 0; extra != NULL && extra[i] != NULL; i++) {
    g_strv_builder_add (argv, extra[i]);
  }
  return g_strv_builder_end (argv);
}

void
bus_offer_daemon (Bus *bus)
{
  g_auto (GStrv) argv = daemon_line (bus, NULL);
  g_autofree gchar *line = g_strjoinv (" ", argv);
  g_autofree gchar *service
      = g_strdup_printf ("[D-BUS Service]\nName=" KITH_BUS_NAME "\nExec=%s\n", line);
  g_autofree gchar *path = g_build_filename (bus->dir, KITH_BUS_NAME ".service", NULL);

  g_assert_true (g_file_set_contents (path, service, -1, NULL));
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (bus->connection,
                                                            "org.freedesktop.DBus",
                                                            "/",
                                                            "org.freedesktop.DBus",
                                                            "ReloadConfig",
                                                            NULL,
                                                            NULL,
                                                            G_DBUS_CALL_FLAGS_NONE,
                                                            5000,
                                                            NULL,
                                                            &error);
  g_assert_no_error (error);
}

GSubprocess *
bus_spawn_daemon (Bus *bus, const char *const *extra)
{
  g_auto (GStrv) argv = daemon_line (bus, extra);

  return spawn (G_SUBPROCESS_FLAGS_NONE, (const char *const *)argv);
}

static gboolean
is_ready (gpointer user_data)
{
  Bus *bus = user_data;
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_sync (bus->connection,
                                     KITH_BUS_NAME,
                                     KITH_BUS_ROOT,
                                     "org.freedesktop.DBus.Properties",
                                     "Get",
                                     g_variant_new ("(ss)", KITH_BUS_IFACE_MANAGER, "State"),
                                     G_VARIANT_TYPE ("(v)"),
                                     G_DBUS_CALL_FLAGS_NONE,
                                     5000,
                                     NULL,
                                     NULL);
  if (reply == NULL) {
    return FALSE;
  }
  g_autoptr (GVariant) value = NULL;
  g_variant_get (reply, "(v)", &value);
  return strcmp (g_variant_get_string (value, NULL), KITH_BUS_STATE_STARTING) != 0;
}

void
bus_wait_ready (Bus *bus)
{
  g_assert_true (bus_wait (20000, is_ready, bus));
}

void
bus_start_daemon (Bus *bus, const char *const *extra)
{
  bus->daemon = bus_spawn_daemon (bus, extra);
  bus_wait_ready (bus);
}

static void
on_exited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(gboolean *)user_data = TRUE;
  (void)g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
}

static gboolean
is_true (gpointer user_data)
{
  return *(gboolean *)user_data;
}

int
bus_wait_exit (GSubprocess *process)
{
  gboolean exited = FALSE;

  g_subprocess_wait_async (process, NULL, on_exited, &exited);
  g_assert_true (bus_wait (20000, is_true, &exited));
  g_assert_true (g_subprocess_get_if_exited (process));
  return g_subprocess_get_exit_status (process);
}

GVariant *
bus_call (Bus *bus,
          const char *path,
          const char *iface,
          const char *method,
          GVariant *parameters,
          GError **error)
{
  return g_dbus_connection_call_sync (bus->connection,
                                      KITH_BUS_NAME,
                                      path,
                                      iface,
                                      method,
                                      parameters,
                                      NULL,
                                      G_DBUS_CALL_FLAGS_NONE,
                                      15000,
                                      NULL,
                                      error);
}

void
bus_call_fails (Bus *bus,
                const char *path,
                const char *iface,
                const char *method,
                GVariant *parameters,
                const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = bus_call (bus, path, iface, method, parameters, &error);
  g_autofree gchar *expected = g_strconcat (KITH_BUS_ERROR_PREFIX, word, NULL);

  g_assert_null (reply);
  g_autofree gchar *name = g_dbus_error_get_remote_error (error);
  g_assert_cmpstr (name, ==, expected);
}

GVariant *
bus_get (Bus *bus, const char *path, const char *iface, const char *property)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = bus_call (bus,
                                         path,
                                         "org.freedesktop.DBus.Properties",
                                         "Get",
                                         g_variant_new ("(ss)", iface, property),
                                         &error);
  GVariant *value = NULL;

  g_assert_no_error (error);
  g_variant_get (reply, "(v)", &value);
  return value;
}

gchar *
bus_get_text (Bus *bus, const char *path, const char *iface, const char *property)
{
  g_autoptr (GVariant) value = bus_get (bus, path, iface, property);

  return g_variant_dup_string (value, NULL);
}

GVariant *
bus_get_objects (Bus *bus)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = bus_call (bus,
                                         KITH_BUS_ROOT,
                                         "org.freedesktop.DBus.ObjectManager",
                                         "GetManagedObjects",
                                         NULL,
                                         &error);

  g_assert_no_error (error);
  return g_variant_get_child_value (reply, 0);
}

gchar *
bus_make_identity (Bus *bus)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = bus_call (bus,
                                         KITH_BUS_ROOT,
                                         KITH_BUS_IFACE_MANAGER,
                                         "CreateIdentity",
                                         g_variant_new ("(sa{sv})", "alice", NULL),
                                         &error);
  gchar *words = NULL;

  g_assert_no_error (error);
  g_variant_get (reply, "(s)", &words);
  return words;
}

gchar *
bus_dial (Bus *bus, const char *address)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = bus_call (bus,
                                         KITH_BUS_ROOT,
                                         KITH_BUS_IFACE_MANAGER,
                                         "Dial",
                                         g_variant_new ("(sa{sv})", address, NULL),
                                         &error);
  gchar *path = NULL;

  g_assert_no_error (error);
  g_variant_get (reply, "(o)", &path);
  return path;
}

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE; /* only wakes the loop, so that the condition is tried again */
}

gboolean
bus_wait (guint ms, gboolean (*done) (gpointer user_data), gpointer user_data)
{
  gint64 end = g_get_monotonic_time () + (gint64)ms * 1000;
  guint tick = g_timeout_add (20, on_tick, NULL);
  gboolean is_done = done (user_data);

  while (!is_done && g_get_monotonic_time () < end) {
    (void)g_main_context_iteration (NULL, TRUE);
    is_done = done (user_data);
  }
  g_source_remove (tick);
  return is_done;
}

typedef struct {
  Bus *bus;
  const char *path;
  const char *word;
} WantedState;

static gboolean
has_state (gpointer user_data)
{
  WantedState *wanted = user_data;
  g_autofree gchar *state = bus_get_text (wanted->bus, wanted->path, KITH_BUS_IFACE_CALL, "State");

  return strcmp (state, wanted->word) == 0;
}

void
bus_wait_call_state (Bus *bus, const char *path, const char *word)
{
  WantedState wanted = { bus, path, word };

  g_assert_true (bus_wait (15000, has_state, &wanted));
}
