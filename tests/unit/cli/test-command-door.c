/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the command line lets in: checked for every verb of the table, so that a new one is held to
   it too. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/verb.h"

#define BROKEN                                                                                     \
  "b\xff"                                                                                          \
  "b"
#define MAX_LINE 12

typedef struct {
  gchar *out;
  gchar *err;
  int code;
} Run;

/* Runs the program without any bus; @path: where its output goes, or NULL to read it. */
static void
run (Run *result, const char *const *words, const char *path)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) env = g_get_environ ();
  g_autoptr (GError) error = NULL;
  int status = 0;

  if (path != NULL) {
    g_strv_builder_add_many (builder,
                             "/bin/sh",
                             "-c",
                             "out=$1; shift; exec \"$@\" >\"$out\"",
                             "sh",
                             path,
                             NULL);
  }
  g_strv_builder_add (builder, KITH_PROGRAM);
  for (; *words != NULL; words++) {
    g_strv_builder_add (builder, *words);
  }
  g_auto (GStrv) argv = g_strv_builder_end (builder);
  env = g_environ_setenv (env, "DBUS_SESSION_BUS_ADDRESS", "unix:path=/dev/null/bus", TRUE);
  env = g_environ_setenv (env, "XDG_STATE_HOME", "/dev/null/state", TRUE);
  env = g_environ_setenv (env, "XDG_CONFIG_HOME", "/dev/null/config", TRUE);
  env = g_environ_setenv (env, "G_DEBUG", "fatal-criticals", TRUE);
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
  if (!WIFEXITED (status)) {
    g_autofree gchar *line = g_strjoinv (" ", argv);
    g_test_message ("%s ended by signal %d", line, WTERMSIG (status));
  }
  g_assert_true (WIFEXITED (status));
  result->code = WEXITSTATUS (status);
}

static void
clear (Run *result)
{
  g_free (result->out);
  g_free (result->err);
}

/* One line on stderr that says so, and nothing else. */
static void
assert_refused (const char *const *words, const char *needle)
{
  g_autofree gchar *line = g_strjoinv (" ", (gchar **)words);
  Run result;

  run (&result, words, NULL);
  g_test_message ("kith %s: %d, %s", line, result.code, result.err);
  g_assert_cmpint (result.code, ==, 2);
  g_assert_cmpstr (result.out, ==, "");
  g_assert_true (g_utf8_validate (result.err, -1, NULL));
  g_assert_true (g_str_has_prefix (result.err, "kith: "));
  g_assert_nonnull (strstr (result.err, needle));
  g_assert_true (strchr (result.err, '\n') == result.err + strlen (result.err) - 1);
  clear (&result);
}

/* Bytes that are no UTF-8, at each place where an argument may stand. */
static void
test_broken_arguments (void)
{
  for (const KithVerb *const *verb = kith_verb_table (); *verb != NULL; verb++) {
    for (guint at = 0; at <= (*verb)->max_args; at++) {
      const char *words[MAX_LINE] = { (*verb)->name };

      for (guint i = 0; i <= at; i++) {
        words[i + 1] = i == at ? BROKEN : "bob";
      }
      assert_refused (words, "UTF-8");
    }
  }
  const char *const verb[] = { BROKEN, NULL };
  assert_refused (verb, "UTF-8");
  const char *const bus[] = { "--bus", BROKEN, "status", NULL };
  assert_refused (bus, "UTF-8");
}

static void
check_broken_option (const KithVerb *verb, const KithOption *option)
{
  g_autofree gchar *name = g_strconcat ("--", option->name, NULL);
  g_autofree gchar *joined = g_strconcat (name, "=", BROKEN, NULL);
  g_autofree gchar *wrong = g_strconcat (name, BROKEN, NULL);
  const char *const apart[] = { verb->name, "bob", name, BROKEN, NULL };
  const char *const together[] = { verb->name, joined, "bob", NULL };
  const char *const misnamed[] = { wrong, verb->name, NULL };

  assert_refused (apart, "UTF-8");
  assert_refused (together, "UTF-8");
  assert_refused (misnamed, "UTF-8");
}

/* … and as the value of each option, and in its name. */
static void
test_broken_options (void)
{
  for (const KithVerb *const *verb = kith_verb_table (); *verb != NULL; verb++) {
    for (const KithOption *option = (*verb)->options; option != NULL && option->name != NULL;
         option++) {
      check_broken_option (*verb, option);
    }
  }
}

/* Names whose letters are beyond ASCII are no fault, whatever the locale. */
static void
test_good_letters (void)
{
  const char *const words[] = { "call", "zo\xC3\xAB", NULL };
  Run result;

  run (&result, words, NULL);
  g_assert_cmpint (result.code, ==, 7); /* there is no daemon, and that is all */
  clear (&result);
}

/* An option of no verb, and each option of another verb, before and behind. */
static void
test_foreign_options (void)
{
  for (const KithVerb *const *verb = kith_verb_table (); *verb != NULL; verb++) {
    const char *const unknown[] = { (*verb)->name, "--frobnicate", NULL };

    assert_refused (unknown, "no option --frobnicate");
    for (const KithVerb *const *other = kith_verb_table (); *other != NULL; other++) {
      for (const KithOption *option = (*other)->options; option != NULL && option->name != NULL;
           option++) {
        g_autofree gchar *name = g_strconcat ("--", option->name, "=1", NULL);
        g_autofree gchar *bare = g_strconcat ("--", option->name, NULL);
        const char *const line[] = { (*verb)->name, option->value != NULL ? name : bare, NULL };

        if (kith_verb_option (*verb, option->name) == NULL) {
          assert_refused (line, "no option --");
        }
      }
    }
  }
}

/* An option that would do nothing beside what is asked. */
static void
test_pairings (void)
{
  static const char *const lines[][6] = {
    { "contact", "list", "--relay", "on" },    { "contact", "--relay", "on" },
    { "contact", "remove", "bob", "--relay" }, { "contact", "remove", "bob", "--name=x" },
    { "contact", "list", "--name", "x" },      { "calls", "--yes" },
    { "calls", "--all", "--clear" },           { "call", "bob", "--no-wait", "--timeout=3" },
    { "contact", "--relay", "remove", "bob" }, { "contact", "--name", "x", "remove", "bob" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    assert_refused (lines[i], "--");
  }
}

/* Each row names options that are there. */
static void
test_pairings_are_sound (void)
{
  for (const KithVerb *const *verb = kith_verb_table (); *verb != NULL; verb++) {
    for (const KithPairing *row = (*verb)->pairings; row != NULL && row->option != NULL; row++) {
      g_assert_nonnull (kith_verb_option (*verb, row->option));
      g_assert_true (row->with != NULL || row->not_with != NULL);
      g_assert_true (row->not_with == NULL || kith_verb_option (*verb, row->not_with) != NULL);
    }
  }
}

/* What goes to @path is not written, and that is told. */
static void
assert_lost (const char *const *words, const char *path, const char *cause)
{
  g_autofree gchar *line = g_strjoinv (" ", (gchar **)words);
  Run result;

  run (&result, words, path);
  g_test_message ("kith %s >%s: %d, %s", line, path, result.code, result.err);
  g_assert_cmpint (result.code, ==, 1);
  g_assert_nonnull (strstr (result.err, cause));
  clear (&result);
}

/* Whatever a verb says; without a daemon that is its help and, in JSON, its error. */
static void
test_full_output (void)
{
  const char *const version[] = { "--version", NULL };
  const char *const help[] = { "--help", NULL };

  assert_lost (version, "/dev/full", "No space left");
  assert_lost (help, "/dev/full", "No space left");
  for (const KithVerb *const *verb = kith_verb_table (); *verb != NULL; verb++) {
    const char *const its_help[] = { (*verb)->name, "--help", NULL };
    const char *const help_of[] = { "help", (*verb)->name, NULL };
    const char *json[] = { "--json", (*verb)->name, (*verb)->min_args > 0 ? "bash" : NULL, NULL };

    assert_lost (its_help, "/dev/full", "No space left");
    assert_lost (help_of, "/dev/full", "No space left");
    assert_lost (json, "/dev/full", "could not be");
  }
}

/* The reader of a pipe went away; and a program that was started without an output. */
static void
test_no_reader (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *command
      = g_strdup_printf ("{ (sleep 0.2; %s help; echo $? >&2) | :; } 2>&1; %s help >&-; echo $?",
                         KITH_PROGRAM,
                         KITH_PROGRAM);
  const gchar *argv[] = { "/bin/sh", "-c", command, NULL };
  g_autofree gchar *out = NULL;

  g_spawn_sync (NULL, (gchar **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%s", out);
  g_assert_nonnull (strstr (out, "could not be written: Broken pipe\n1\n1\n"));
}

/* Every answer is an object for who asked for JSON. */
static void
test_json_always (void)
{
  static const char *const lines[][4]
      = { { "--json", "--help" },         { "--json", "--version" }, { "--version", "--json" },
          { "call", "--help", "--json" }, { "--json", "help" },      { "--json" } };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    Run result;

    run (&result, lines[i], NULL);
    g_test_message ("%s", result.out);
    g_assert_cmpint (result.code, ==, i == G_N_ELEMENTS (lines) - 1 ? 2 : 0);
    g_assert_cmpint (result.out[0], ==, '{');
    g_assert_true (g_str_has_suffix (result.out, "}\n"));
    clear (&result);
  }
}

/* What the shell offers for @words (the last one is being typed), where `kith completion contacts`
   says "bob carol". (transfer full) */
static gchar *
complete (const char *shell, const char *words, guint n_words)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *command = NULL;
  gchar *out = NULL;

  if (g_str_equal (shell, "bash")) {
    command = g_strdup_printf (
        "source <(%s completion bash); kith () { echo $2; echo bob; echo carol; }; "
        "COMP_WORDS=(%s); COMP_CWORD=%u; _kith; echo \"${COMPREPLY[*]}\"",
        KITH_PROGRAM,
        words,
        n_words - 1);
  } else {
    command = g_strdup_printf (
        "compdef () { }; source <(%s completion zsh); kith () { echo $2; echo bob; echo carol; }; "
        "compadd () { shift; echo \"$*\"; }; words=(%s); CURRENT=%u; _kith",
        KITH_PROGRAM,
        words,
        n_words);
  }
  g_autofree gchar *path = g_find_program_in_path (shell);
  const gchar *argv[] = { path, g_str_equal (shell, "zsh") ? "-fc" : "-c", command, NULL };
  if (path == NULL) {
    return NULL;
  }
  g_spawn_sync (NULL, (gchar **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%s: %s: %s", shell, words, out);
  return g_strchomp (out);
}

static void
test_completion (void)
{
  static const char *const shells[] = { "bash", "zsh" };
  static const struct {
    const char *words;
    guint n_words;
    const char *offers;
  } rows[] = {
    { "kith call ''", 3, "contacts bob carol" },
    { "kith resolve ''", 3, "contacts bob carol" },
    { "kith contact ''", 3, "add list set remove" },
    { "kith contact set ''", 4, "contacts bob carol" },
    { "kith contact remove ''", 4, "contacts bob carol" },
    { "kith contact set bob --relay ''", 6, "on off" },
    { "kith --bus x call ''", 5, "contacts bob carol" },
    { "kith show ''", 3, "all-calls bob carol" },
    { "kith hangup ''", 3, "calls bob carol" },
    { "kith why ''", 3, "all-calls bob carol" },
    { "kith completion ''", 3, "bash zsh fish" },
    { "kith stop ''", 3, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (shells); i++) {
    for (guint j = 0; j < G_N_ELEMENTS (rows); j++) {
      g_autofree gchar *offers = complete (shells[i], rows[j].words, rows[j].n_words);

      g_assert_true (offers == NULL || g_str_equal (offers, rows[j].offers));
    }
  }
}

/* fish reads it without complaint, and offers contacts. */
static void
test_fish (void)
{
  g_autofree gchar *fish = g_find_program_in_path ("fish");
  g_autofree gchar *command = g_strdup_printf (
      "%s completion fish | source; function kith; echo bob; end; complete -C 'kith call '; "
      "complete -C 'kith help ans'; complete -C 'kith contact '",
      KITH_PROGRAM);
  g_autofree gchar *home = g_dir_make_tmp ("kith-fish-XXXXXX", NULL);
  const gchar *argv[] = { fish, "--no-config", "-c", command, NULL };
  g_autofree gchar *out = NULL;
  g_autofree gchar *err = NULL;

  if (fish == NULL) {
    g_test_skip ("fish is not installed");
    return;
  }
  g_auto (GStrv) env = g_environ_setenv (g_get_environ (), "HOME", home, TRUE);
  g_spawn_sync (NULL, (gchar **)argv, env, G_SPAWN_DEFAULT, NULL, NULL, &out, &err, NULL, NULL);
  g_test_message ("%s%s", out, err);
  g_assert_cmpstr (err, ==, "");
  g_assert_nonnull (strstr (out, "bob"));
  g_assert_nonnull (strstr (out, "answer"));
  g_assert_nonnull (strstr (out, "remove"));
}

/* Who asks for a locale without UTF-8 gets its letters only; who names none, and who reads JSON,
   gets UTF-8. */
static void
test_plain_locale (void)
{
  const char *const help[] = { "help", NULL };
  const char *const json[] = { "--json", "help", NULL };
  Run plain;
  Run data;
  Run unnamed;

  g_setenv ("LC_ALL", "C", TRUE);
  run (&plain, help, NULL);
  run (&data, json, NULL);
  g_unsetenv ("LC_ALL");
  g_unsetenv ("LC_CTYPE");
  g_unsetenv ("LANG");
  run (&unnamed, help, NULL);
  g_assert_true (g_str_is_ascii (plain.out));
  g_assert_nonnull (strstr (plain.out, "[OPTION...]"));
  g_assert_nonnull (strstr (data.out, "[OPTION…]"));
  g_assert_nonnull (strstr (unnamed.out, "[OPTION…]"));
  clear (&plain);
  clear (&data);
  clear (&unnamed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/command-door/broken-arguments", test_broken_arguments);
  g_test_add_func ("/command-door/broken-options", test_broken_options);
  g_test_add_func ("/command-door/good-letters", test_good_letters);
  g_test_add_func ("/command-door/foreign-options", test_foreign_options);
  g_test_add_func ("/command-door/pairings", test_pairings);
  g_test_add_func ("/command-door/pairings-are-sound", test_pairings_are_sound);
  g_test_add_func ("/command-door/full-output", test_full_output);
  g_test_add_func ("/command-door/no-reader", test_no_reader);
  g_test_add_func ("/command-door/json-always", test_json_always);
  g_test_add_func ("/command-door/completion", test_completion);
  g_test_add_func ("/command-door/fish", test_fish);
  g_test_add_func ("/command-door/plain-locale", test_plain_locale);
  return g_test_run ();
}
