/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program itself: usage errors, exit codes, and what it says where. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/verb.h"
#include "common/absent.h"

typedef struct {
  gchar *out;
  gchar *err;
  int code;
} Run;

static gchar *state_dir; /* where a daemon started by these tests keeps its keys */

/* Runs the program with @line as its arguments and without any bus. */
static void
run (Run *result, const char *line)
{
  g_autofree gchar *command = g_strdup_printf ("%s %s", KITH_PROGRAM, line);
  g_auto (GStrv) argv = NULL;
  g_auto (GStrv) env = g_get_environ ();
  g_autoptr (GError) error = NULL;
  int status = 0;

  g_autofree gchar *bus = g_strconcat ("unix:path=", absent_path ("bus"), NULL);
  env = g_environ_setenv (env, "DBUS_SESSION_BUS_ADDRESS", bus, TRUE);
  env = g_environ_setenv (env, "XDG_STATE_HOME", state_dir, TRUE);
  env = g_environ_setenv (env, "XDG_CONFIG_HOME", state_dir, TRUE);
  env = g_environ_setenv (env, "PATH", absent_path ("here"), TRUE);
  env = g_environ_setenv (env, "LANGUAGE", "en", TRUE);
  g_shell_parse_argv (command, NULL, &argv, &error);
  g_assert_no_error (error);
  g_spawn_sync (NULL,
                argv,
                env,
                G_SPAWN_DEFAULT,
                NULL,
                NULL,
                &result->out,
                &result->err,
                &status,
                &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  result->code = WEXITSTATUS (status);
}

static void
clear (Run *result)
{
  g_free (result->out);
  g_free (result->err);
}

/* @needle must be on stderr, in one line. */
static void
assert_error (const char *line, int code, const char *needle)
{
  Run result;

  g_test_message ("kith %s", line);
  run (&result, line);
  g_assert_cmpint (result.code, ==, code);
  g_assert_cmpstr (result.out, ==, "");
  g_assert_true (g_str_has_prefix (result.err, "kith: "));
  g_assert_nonnull (strstr (result.err, needle));
  g_assert_true (strchr (result.err, '\n') == result.err + strlen (result.err) - 1);
  clear (&result);
}

static void
test_usage_errors (void)
{
  assert_error ("frobnicate", 2, "no verb \"frobnicate\"");
  assert_error ("call", 2, "needs ADDRESS");
  assert_error ("call bob carol", 2, "too many arguments");
  assert_error ("call --frob bob", 2, "no option --frob for call");
  assert_error ("--all call bob", 2, "no option --all for call");
  assert_error ("call bob --timeout", 2, "needs a value");
  assert_error ("call bob --timeout=0", 2, "--timeout takes");
  assert_error ("call bob --timeout 1x", 2, "--timeout takes");
  assert_error ("call bob --no-wait=1", 2, "takes no value");
  assert_error ("-x status", 2, "no short options");
  assert_error ("--system --bus x status", 2, "exclude each other");
  assert_error ("hangup 3 --all", 2, "not both");
  assert_error ("init 'al ice'", 2, "");
  assert_error ("completion tcsh", 2, "bash");
  assert_error ("help frob", 2, "no verb");
}

/* Who asked for JSON gets it also for a line that cannot be read. */
static void
test_usage_errors_in_json (void)
{
  static const char *const lines[]
      = { "--json frobnicate", "frobnicate --json", "call --frob bob --json", "--json call" };
  Run result;

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    run (&result, lines[i]);
    g_assert_cmpint (result.code, ==, 2);
    g_assert_true (
        g_str_has_prefix (result.out, "{\"error\": \"invalid-arguments\", \"message\": "));
    g_assert_true (g_str_has_suffix (result.out, "}\n"));
    clear (&result);
  }
}

static void
test_no_terminal_escapes (void)
{
  Run result;

  run (&result, "\"$(printf x)\033[31mred\"");
  g_assert_cmpint (result.code, ==, 2);
  g_assert_null (strchr (result.err, '\033'));
  clear (&result);
}

/* Every verb that needs the daemon says how to get it. */
static void
test_no_daemon (void)
{
  const KithVerb *const *verb;

  for (verb = kith_verb_table (); *verb != NULL; verb++) {
    g_autofree gchar *line
        = g_strdup_printf ("%s%s", (*verb)->name, (*verb)->min_args > 0 ? " bob" : "");

    if ((*verb)->members != NULL && *verb != &kith_verb_init && *verb != &kith_verb_doctor) {
      assert_error (line, 7, "--bus ADDRESS");
    }
  }
}

/* The doctor checks what can be seen without, and its finding is the answer. */
static void
test_doctor (void)
{
  Run result, json;

  run (&result, "doctor");
  run (&json, "--json doctor");
  g_assert_cmpint (result.code, ==, 7);
  g_assert_nonnull (strstr (result.out, "kithd does not run"));
  g_assert_nonnull (strstr (json.out, "systemctl --user enable --now kithd"));
  g_assert_nonnull (strstr (result.out, "identity"));
  g_assert_nonnull (strstr (result.out, "time-sync"));
  g_assert_cmpint (json.code, ==, 7);
  g_assert_true (g_str_has_prefix (json.out, "{\"healthy\": false, \"findings\": ["));
  clear (&result);
  clear (&json);
}

static guint
count_words (const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \n", -1);
  guint n = 0;
  guint i;

  for (i = 0; words[i] != NULL; i++) {
    n += *words[i] != '\0';
  }
  return n;
}

/* Without a running daemon the identity is made by the program kithd, if there is one. */
static void
test_init (void)
{
  g_autofree gchar *key = g_build_filename (state_dir, "kith", "identity.key", NULL);
  g_autofree gchar *kithd = g_build_filename (KITH_BUILD_DIR, "daemon", "kithd", NULL);
  GStatBuf facts;
  Run result;

  if (!g_file_test (kithd, G_FILE_TEST_IS_EXECUTABLE)) {
    assert_error ("init bob", 1, "neither running nor installed");
    return;
  }
  run (&result, "--json init bob");
  g_test_message ("%s%s", result.out, result.err);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_true (g_str_has_prefix (result.out, "{\"name\": \"bob\", \"words\": \""));
  g_assert_cmpuint (count_words (strstr (result.out, "words") + 7), >=, 12);
  clear (&result);
  g_assert_cmpint (g_stat (key, &facts), ==, 0);
  g_assert_cmpint (facts.st_mode & 0777, ==, 0600);
  run (&result, "init carol");
  g_assert_cmpint (result.code, ==, 1);
  clear (&result);
}

static void
test_json_errors (void)
{
  Run result;

  run (&result, "--json status");
  g_assert_cmpint (result.code, ==, 7);
  g_assert_true (g_str_has_prefix (result.out, "{\"error\": \"no-daemon\", \"message\": \""));
  g_assert_true (g_str_has_suffix (result.out, "\"}\n"));
  clear (&result);
}

static void
test_help_and_version (void)
{
  const char *lines[]
      = { "--help", "help", "-h", "call --help", "help call", "--version", "completion bash" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (lines); i++) {
    Run result;

    run (&result, lines[i]);
    g_assert_cmpint (result.code, ==, 0);
    g_assert_cmpstr (result.err, ==, "");
    g_assert_cmpuint (strlen (result.out), >, 5);
    g_assert_null (strchr (result.out, '\033'));
    clear (&result);
  }
}

static void
test_nothing_given (void)
{
  Run result;

  run (&result, "");
  g_assert_cmpint (result.code, ==, 2);
  g_assert_cmpstr (result.out, ==, "");
  g_assert_nonnull (strstr (result.err, "Usage: kith"));
  clear (&result);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  state_dir = g_dir_make_tmp ("kith-cli-XXXXXX", NULL);
  g_assert_nonnull (state_dir);
  g_test_add_func ("/command-line/usage-errors", test_usage_errors);
  g_test_add_func ("/command-line/usage-errors-in-json", test_usage_errors_in_json);
  g_test_add_func ("/command-line/no-terminal-escapes", test_no_terminal_escapes);
  g_test_add_func ("/command-line/no-daemon", test_no_daemon);
  g_test_add_func ("/command-line/doctor", test_doctor);
  g_test_add_func ("/command-line/init", test_init);
  g_test_add_func ("/command-line/json-errors", test_json_errors);
  g_test_add_func ("/command-line/help-and-version", test_help_and_version);
  g_test_add_func ("/command-line/nothing-given", test_nothing_given);
  return g_test_run ();
}
