/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real `kith` with the real kithd: started through the bus, and with an output that nobody can
   write to. Goes through the table of verbs. */
#include <string.h>

#include "bus-fixture.h"
#include "cli/verb.h"

static gboolean
is_owned (gpointer user_data)
{
  Bus *bus = user_data;
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (bus->connection,
                                                            "org.freedesktop.DBus",
                                                            "/",
                                                            "org.freedesktop.DBus",
                                                            "NameHasOwner",
                                                            g_variant_new ("(s)", KITH_BUS_NAME),
                                                            NULL,
                                                            G_DBUS_CALL_FLAGS_NONE,
                                                            5000,
                                                            NULL,
                                                            NULL);
  gboolean owned = FALSE;

  g_assert_nonnull (reply);
  g_variant_get (reply, "(b)", &owned);
  return owned;
}

static gboolean
is_free (gpointer user_data)
{
  return !is_owned (user_data);
}

/* `kith @verb`, with an argument if it needs one; its output goes to @path. (transfer full) */
static GSubprocess *
spawn (Bus *bus, const char *verb, const char *argument, const char *path)
{
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GError) error = NULL;
  const char *const argv[]
      = { KITH_PROGRAM, "--json", "--bus", bus->address, verb, argument, NULL };

  g_subprocess_launcher_set_stdout_file_path (launcher, path);
  GSubprocess *process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  return process;
}

static const char *
argument_of (const KithVerb *verb)
{
  return verb->min_args == 0 ? NULL : verb == &kith_verb_completion ? "bash" : "bob";
}

/* (transfer full): what it said on stderr */
static gchar *
read_errors (GSubprocess *process)
{
  gchar text[4096] = "";
  gsize len = 0;

  (void)g_input_stream_read_all (g_subprocess_get_stderr_pipe (process),
                                 text,
                                 sizeof text - 1,
                                 &len,
                                 NULL,
                                 NULL);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  return g_strdup (text);
}

static void
stop_daemon (Bus *bus)
{
  g_autoptr (GSubprocess) process = spawn (bus, "stop", NULL, "/dev/null");

  g_assert_cmpint (bus_wait_exit (process), ==, 0);
  g_assert_true (bus_wait (10000, is_free, bus));
}

/* Every verb that needs kithd starts it where the bus knows how; stopping it does not. */
static void
test_activation (void)
{
  Bus bus;

  bus_up (&bus);
  bus_offer_daemon (&bus);
  for (const KithVerb *const *verb = kith_verb_table (); *verb != NULL; verb++) {
    gboolean starts
        = (*verb)->members != NULL && *verb != &kith_verb_stop && *verb != &kith_verb_init;
    if (!starts) {
      continue;
    }
    g_autoptr (GSubprocess) process = spawn (&bus, (*verb)->name, argument_of (*verb), "/dev/null");
    if (!bus_wait (10000, is_owned, &bus)) {
      g_error ("kith %s does not start kithd", (*verb)->name);
    }
    if (*verb == &kith_verb_watch) { /* it goes on for ever, and may not listen for signals yet */
      g_subprocess_force_exit (process);
      g_assert_true (g_subprocess_wait (process, NULL, NULL));
      stop_daemon (&bus);
      continue;
    }
    int code = bus_wait_exit (process);
    g_autofree gchar *errors = read_errors (process);
    g_test_message ("%s: %d %s", (*verb)->name, code, errors);
    g_assert_cmpint (code, !=, KITH_EXIT_NO_DAEMON);
    stop_daemon (&bus);
  }
  g_autoptr (GSubprocess) stop = spawn (&bus, "stop", NULL, "/dev/null");
  g_assert_cmpint (bus_wait_exit (stop), ==, KITH_EXIT_NO_DAEMON);
  g_assert_false (is_owned (&bus));
  bus_down (&bus);
}

/* On a full disk each verb fails and says why. */
static void
test_full_output (void)
{
  Bus bus;

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *words = bus_make_identity (&bus);
  for (const KithVerb *const *verb = kith_verb_table (); *verb != NULL; verb++) {
    if (*verb == &kith_verb_stop) {
      continue;
    }
    g_autoptr (GSubprocess) process = spawn (&bus, (*verb)->name, argument_of (*verb), "/dev/full");
    int code = bus_wait_exit (process);
    g_autofree gchar *errors = read_errors (process);
    g_test_message ("%s: %d %s", (*verb)->name, code, errors);
    g_assert_cmpint (code, ==, KITH_EXIT_FAILED);
    g_assert_nonnull (strstr (errors, "No space left on device"));
  }
  g_autoptr (GSubprocess) stop = spawn (&bus, "stop", NULL, "/dev/full");
  g_assert_cmpint (bus_wait_exit (stop), ==, KITH_EXIT_FAILED);
  g_assert_cmpint (bus_wait_exit (bus.daemon), ==, 0);
  g_clear_object (&bus.daemon);
  bus_down (&bus);
}

/* No identity is made whose words nobody would see. */
static void
test_words_are_not_lost (void)
{
  Bus bus;

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autoptr (GSubprocess) full = spawn (&bus, "init", "alice", "/dev/full");
  g_assert_cmpint (bus_wait_exit (full), ==, KITH_EXIT_FAILED);
  g_autofree gchar *errors = read_errors (full);
  g_assert_nonnull (strstr (errors, "no identity was made"));
  g_autofree gchar *state = bus_get_text (&bus, KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER, "State");
  g_assert_cmpstr (state, ==, "no-identity");

  g_autofree gchar *path = g_build_filename (bus.dir, "words", NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (GSubprocess) good = spawn (&bus, "init", "alice", path);
  g_assert_cmpint (bus_wait_exit (good), ==, KITH_EXIT_OK);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "{\"name\": \"alice\", \"words\": \""));

  g_autoptr (GSubprocess) again = spawn (&bus, "init", "bob", path);
  g_assert_cmpint (bus_wait_exit (again), ==, KITH_EXIT_FAILED);
  g_autofree gchar *remedy = read_errors (again);
  g_assert_nonnull (strstr (remedy, "to begin anew"));
  bus_down (&bus);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/command/activation", test_activation);
  g_test_add_func ("/bus/command/full-output", test_full_output);
  g_test_add_func ("/bus/command/words-are-not-lost", test_words_are_not_lost);
  return g_test_run ();
}
