/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon as a process: exit status, signals, the supervisor's socket, one at a time. */
#include <gio/gunixsocketaddress.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "bus-fixture.h"
#include "common/absent.h"

static void
test_stop_method (void)
{
  Bus bus;
  g_autoptr (GError) error = NULL;

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *words = bus_make_identity (&bus);
  g_autoptr (GVariant) reply
      = bus_call (&bus, KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER, "Stop", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (bus_wait_exit (bus.daemon), ==, 0);
  g_clear_object (&bus.daemon);
  bus_down (&bus);
}

static void
test_signals (void)
{
  Bus bus;
  const int stops[] = { SIGTERM, SIGINT };

  for (gsize i = 0; i < G_N_ELEMENTS (stops); i++) {
    bus_up (&bus);
    bus_start_daemon (&bus, NULL);
    g_subprocess_send_signal (bus.daemon, SIGHUP);
    g_autofree gchar *state = bus_get_text (&bus, KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER, "State");
    g_assert_cmpstr (state, ==, "no-identity");
    g_subprocess_send_signal (bus.daemon, stops[i]);
    g_assert_cmpint (bus_wait_exit (bus.daemon), ==, 0);
    g_clear_object (&bus.daemon);
    bus_down (&bus);
  }
}

static void
test_one_at_a_time (void)
{
  Bus bus;

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autoptr (GSubprocess) second = bus_spawn_daemon (&bus, NULL);
  g_assert_cmpint (bus_wait_exit (second), ==, 3);
  g_autofree gchar *state = bus_get_text (&bus, KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER, "State");
  g_assert_cmpstr (state, ==, "no-identity");
  bus_down (&bus);
}

/* Who looks at a file from elsewhere gets none of its control characters. */
static void
assert_plain_words (const char *config, const char *text)
{
  const char *const argv[] = { KITHD_PATH, "--check-config", "--config", config, NULL };
  g_autoptr (GError) error = NULL;
  g_autofree gchar *out = NULL;
  g_autofree gchar *said = NULL;

  g_assert_true (g_file_set_contents (config, text, -1, NULL));
  g_autoptr (GSubprocess) process
      = g_subprocess_newv (argv,
                           G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                           &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &out, &said, &error));
  g_assert_cmpstr (out, ==, "");
  g_strchomp (said);
  g_autofree gchar *safe = kith_text_safe (said, -1, 2000);
  g_assert_cmpstr (said, ==, safe);
  g_assert_true (g_str_has_prefix (said, "kithd: "));
}

static void
test_usage (void)
{
  Bus bus;
  static const struct {
    const char *options[4];
    int status;
  } cases[] = {
    { { "--version", NULL }, 0 },
    { { "--no-such-option", NULL }, 2 },
    { { "surplus", NULL }, 2 },
    { { "--sip-port", "70000", NULL }, 2 },
    { { "--work-bits", "-5", NULL }, 2 },
    { { "--log-level", "loud", NULL }, 2 },
    { { "--system", "--session", NULL }, 2 },
  };

  bus_up (&bus);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GSubprocess) process = bus_spawn_daemon (&bus, cases[i].options);
    g_assert_cmpint (bus_wait_exit (process), ==, cases[i].status);
  }
  g_autofree gchar *config = g_build_filename (bus.dir, "wrong.conf", NULL);
  g_assert_true (g_file_set_contents (config, "[node]\nno-such-key=1\n", -1, NULL));
  const char *const wrong_config[] = { "--config", config, NULL };
  g_autoptr (GSubprocess) process = bus_spawn_daemon (&bus, wrong_config);
  g_assert_cmpint (bus_wait_exit (process), ==, 2);
  const char *const check_wrong[] = { "--check-config", "--config", config, NULL };
  g_autoptr (GSubprocess) checked = bus_spawn_daemon (&bus, check_wrong);
  g_assert_cmpint (bus_wait_exit (checked), ==, 2);
  g_assert_true (g_file_set_contents (config, "[dht]\nno-such-key=1\n", -1, NULL));
  g_autoptr (GSubprocess) plugin = bus_spawn_daemon (&bus, check_wrong);
  g_assert_cmpint (bus_wait_exit (plugin), ==, 2);
  g_assert_true (g_file_set_contents (config, "[turm]\n", -1, NULL)); /* doubtful, no fault */
  g_autoptr (GSubprocess) doubtful = bus_spawn_daemon (&bus, check_wrong);
  g_assert_cmpint (bus_wait_exit (doubtful), ==, 0);
  assert_plain_words (config, "[node]\nlocators=\302\233\342\200\256\n");
  assert_plain_words (config, "[\033[31m]\n");
  g_autofree gchar *no_bus = g_strconcat ("unix:path=", absent_path ("bus"), NULL);
  const char *const wrong_bus[] = { "--bus", no_bus, NULL };
  g_autoptr (GSubprocess) busless = bus_spawn_daemon (&bus, wrong_bus);
  g_assert_cmpint (bus_wait_exit (busless), ==, 1);
  bus_down (&bus);
}

/* What it says is English, also in words of GLib and of the system, whose German is mostly there:
   programs of any language read it. */
static void
test_english (void)
{
  const char *const argv[] = { KITHD_PATH, "--no-such-option", NULL };
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *said = NULL;

  g_subprocess_launcher_setenv (launcher, "LANGUAGE", "de", TRUE);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_autoptr (GSubprocess) process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, &said, &error));
  g_assert_nonnull (strstr (said, "Unknown option --no-such-option"));
}

/* A bus that goes away takes neither the daemon nor its calls with it, and finds both again when it
   is back. */
static void
test_bus_goes (void)
{
  Bus bus;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) silent = g_socket_new (G_SOCKET_FAMILY_IPV4,
                                             G_SOCKET_TYPE_DATAGRAM,
                                             G_SOCKET_PROTOCOL_DEFAULT,
                                             &error);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);

  g_assert_true (g_socket_bind (silent, any, FALSE, &error));
  g_autoptr (GSocketAddress) own = g_socket_get_local_address (silent, &error);
  g_autofree gchar *phone
      = g_strdup_printf ("sip:bob@127.0.0.1:%u",
                         g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (own)));
  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *words = bus_make_identity (&bus);
  g_autofree gchar *call = bus_dial (&bus, phone);
  bus_kill (&bus);
  bus_restart (&bus);
  bus_wait_ready (&bus);
  g_autofree gchar *state = bus_get_text (&bus, call, KITH_BUS_IFACE_CALL, "State");
  g_assert_cmpstr (state, ==, "dialing");
  g_autofree gchar *daemon = bus_get_text (&bus, KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER, "State");
  g_assert_cmpstr (daemon, ==, KITH_BUS_STATE_RUNNING);
  g_autoptr (GVariant) hung_up
      = bus_call (&bus, call, KITH_BUS_IFACE_CALL, "Hangup", g_variant_new ("(s)", ""), &error);
  g_assert_no_error (error);
  bus_wait_call_state (&bus, call, "ended");
  bus_down (&bus);
}

/* Without a bus it can still be told to stop. */
static void
test_stops_without_bus (void)
{
  Bus bus;

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  bus_kill (&bus);
  g_subprocess_send_signal (bus.daemon, SIGTERM);
  g_assert_cmpint (bus_wait_exit (bus.daemon), ==, 0);
  g_clear_object (&bus.daemon);
  bus_down (&bus);
}

/* The check and the finding of the first notice that says @word. */
static gboolean
has_notice (Bus *bus, const char *wanted, const char *word)
{
  g_autoptr (GVariant) notices = bus_get (bus, KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER, "Notices");
  GVariantIter iter;
  const char *check;
  const char *finding;
  const char *remedy;

  g_variant_iter_init (&iter, notices);
  while (g_variant_iter_next (&iter, "(&s&s&s&s)", &check, NULL, &finding, &remedy)) {
    if (strcmp (check, wanted) == 0 && strstr (finding, word) != NULL) {
      g_assert_cmpstr (remedy, !=, "");
      return TRUE;
    }
  }
  return FALSE;
}

/* A database that cannot be used: it is told unasked, and no change is taken that would be lost. */
static void
test_nothing_lasts (void)
{
  Bus bus;

  bus_up (&bus);
  g_autofree gchar *database = g_build_filename (bus.state, "kith.db", NULL);
  g_assert_cmpint (g_mkdir_with_parents (bus.state, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (database, 0700), ==, 0);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *words = bus_make_identity (&bus);
  g_assert_true (has_notice (&bus, "disk", "kith.db"));
  bus_call_fails (&bus, KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER, "ClearCallHistory", NULL, "Failed");
  bus_down (&bus);
}

/* A port that another program holds: the words of a new identity are shown all the same, and the
   port is named. */
static void
test_port_taken (void)
{
  Bus bus;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) other = g_socket_new (G_SOCKET_FAMILY_IPV4,
                                            G_SOCKET_TYPE_DATAGRAM,
                                            G_SOCKET_PROTOCOL_DEFAULT,
                                            &error);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);

  g_assert_true (g_socket_bind (other, any, FALSE, &error));
  g_autoptr (GSocketAddress) own = g_socket_get_local_address (other, &error);
  guint port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (own));
  g_autofree gchar *number = g_strdup_printf ("%u", port);
  g_autofree gchar *whose = g_strdup_printf ("%u is taken by test-bus-proces", port);
  const char *const options[] = { "--sip-port", number, NULL };

  bus_up (&bus);
  bus_start_daemon (&bus, options);
  g_autofree gchar *words = bus_make_identity (&bus);
  g_assert_cmpstr (words, !=, "");
  g_autofree gchar *state = bus_get_text (&bus, KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER, "State");
  g_assert_cmpstr (state, ==, KITH_BUS_STATE_RUNNING);
  g_assert_true (has_notice (&bus, "sip", whose));
  g_assert_true (g_socket_close (other, &error));
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  while (has_notice (&bus, "sip", whose) && g_get_monotonic_time () < end) {
    g_usleep (20000);
  }
  g_assert_false (has_notice (&bus, "sip", whose));
  bus_down (&bus);
}

/* A state directory that cannot be written: kithd runs with the identity that is in it, says what
   does not last, and a second one is kept away. */
static void
test_read_only (void)
{
  Bus bus;
  g_autofree gchar *unshare = g_find_program_in_path ("unshare");

  if (getuid () != 0 || unshare == NULL) {
    g_test_skip ("needs root and unshare");
    return;
  }
  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *words = bus_make_identity (&bus);
  g_subprocess_send_signal (bus.daemon, SIGTERM);
  g_assert_cmpint (bus_wait_exit (bus.daemon), ==, 0);
  g_clear_object (&bus.daemon);
  const char *const prefix[]
      = { unshare,
          "--mount",
          "sh",
          "-c",
          "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$@\"",
          bus.state,
          NULL };
  bus.prefix = prefix;
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *state = bus_get_text (&bus, KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER, "State");
  g_assert_cmpstr (state, ==, KITH_BUS_STATE_RUNNING);
  g_assert_true (has_notice (&bus, "disk", "Read-only file system"));
  g_autoptr (GSubprocess) second = bus_spawn_daemon (&bus, NULL);
  g_assert_cmpint (bus_wait_exit (second), ==, 3);
  bus_down (&bus);
}

typedef struct {
  GSocket *socket;
  GString *heard;
  const char *wanted;
} Supervisor;

static gboolean
has_heard (gpointer user_data)
{
  Supervisor *supervisor = user_data;
  gchar text[256];
  gssize n;

  while ((n = g_socket_receive (supervisor->socket, text, sizeof text, NULL, NULL)) > 0) {
    g_string_append_len (supervisor->heard, text, n);
    g_string_append_c (supervisor->heard, '\n');
  }
  return strstr (supervisor->heard->str, supervisor->wanted) != NULL;
}

static void
test_supervisor (void)
{
  Bus bus;
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) heard = g_string_new (NULL);

  bus_up (&bus);
  g_autofree gchar *path = g_build_filename (bus.dir, "notify", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX,
                                             G_SOCKET_TYPE_DATAGRAM,
                                             G_SOCKET_PROTOCOL_DEFAULT,
                                             &error);
  g_assert_no_error (error);
  g_assert_true (g_socket_bind (socket, address, FALSE, &error));
  g_socket_set_blocking (socket, FALSE);
  g_assert_true (g_setenv ("NOTIFY_SOCKET", path, TRUE));
  g_assert_true (g_setenv ("WATCHDOG_USEC", "200000", TRUE));
  Supervisor supervisor = { socket, heard, "READY=1\n" };
  bus_start_daemon (&bus, NULL);
  g_assert_true (bus_wait (5000, has_heard, &supervisor));
  supervisor.wanted = "WATCHDOG=1\nWATCHDOG=1\nWATCHDOG=1\n";
  g_assert_true (bus_wait (5000, has_heard, &supervisor));
  g_subprocess_send_signal (bus.daemon, SIGTERM);
  supervisor.wanted = "STOPPING=1\n";
  g_assert_true (bus_wait (5000, has_heard, &supervisor));
  g_assert_cmpint (bus_wait_exit (bus.daemon), ==, 0);
  g_clear_object (&bus.daemon);
  g_assert_true (g_str_has_prefix (heard->str, "READY=1\n"));
  g_unsetenv ("NOTIFY_SOCKET");
  g_unsetenv ("WATCHDOG_USEC");
  bus_down (&bus);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/process/stop-method", test_stop_method);
  g_test_add_func ("/bus/process/signals", test_signals);
  g_test_add_func ("/bus/process/one-at-a-time", test_one_at_a_time);
  g_test_add_func ("/bus/process/usage", test_usage);
  g_test_add_func ("/bus/process/english", test_english);
  g_test_add_func ("/bus/process/bus-goes", test_bus_goes);
  g_test_add_func ("/bus/process/stops-without-bus", test_stops_without_bus);
  g_test_add_func ("/bus/process/supervisor", test_supervisor);
  g_test_add_func ("/bus/process/nothing-lasts", test_nothing_lasts);
  g_test_add_func ("/bus/process/port-taken", test_port_taken);
  g_test_add_func ("/bus/process/read-only", test_read_only);
  return g_test_run ();
}
