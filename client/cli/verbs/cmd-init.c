/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith init`: makes or restores the identity, with the daemon or before it runs. */
#include <string.h>

#include "cli/find-kithd.h"
#include "cli/output-stream.h"
#include "cli/text/seed-words.h"
#include "cli/verb.h"
#include "common/await.h"
#include "model/names/name.h"

#define ROOM_FOR_WORDS 4096

/* The reply of D-Bus holds the words too: its memory is wiped by nobody, so that it is kept as
   short as can be. */
static gboolean
create_on_bus (KithCli *cli, const char *name, const char *given, gchar **words, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (given != NULL) {
    g_variant_builder_add (&options, "{sv}", "words", g_variant_new_string (given));
  }
  reply = kith_cli_invoke (cli,
                           kith_daemon_view_get_manager (cli->daemon),
                           "CreateIdentity",
                           g_variant_new ("(sa{sv})", name, &options),
                           error);
  if (reply != NULL) {
    g_variant_get (reply, "(s)", words);
  }
  return reply != NULL;
}

/* Runs `kithd --init`; @given goes to its stdin, the words come from its stdout, its stderr is
   shown as it is. */
static gboolean
create_by_kithd (const char *name, const char *given, gchar **words, GError **error)
{
  g_autofree gchar *kithd = kith_find_kithd ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  KithAwait await = { NULL };

  if (kithd == NULL) {
    g_set_error (error,
                 G_IO_ERROR,
                 G_IO_ERROR_NOT_FOUND,
                 "kithd is neither running nor installed: install it and try again");
    return FALSE;
  }
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                              error,
                              kithd,
                              "--init",
                              name,
                              given != NULL ? "--restore" : NULL,
                              NULL);
  if (process == NULL) {
    return FALSE;
  }
  g_subprocess_communicate_utf8_async (process,
                                       given != NULL ? given : "",
                                       NULL,
                                       kith_await_ready,
                                       &await);
  result = kith_await_result (&await);
  if (!g_subprocess_communicate_utf8_finish (process, result, words, NULL, error)) {
    return FALSE;
  }
  if (!g_subprocess_get_successful (process)) {
    g_set_error (error,
                 G_IO_ERROR,
                 G_IO_ERROR_FAILED,
                 "no identity was made: kithd --init says above why");
    return FALSE;
  }
  g_strstrip (*words);
  return TRUE;
}

static void
put_result (const char *name, const char *words, gboolean is_restored, gboolean is_running)
{
  KithJson *json = kith_json_new ();

  kith_json_open_object (json, NULL);
  kith_json_add_string (json, "name", name);
  kith_json_add_string (json, "words", is_restored ? NULL : words);
  kith_json_add_bool (json, "restored", is_restored);
  kith_json_add_bool (json, "running", is_running);
  kith_cli_put_json (json);
}

static void
say_result (KithCli *cli, const char *name, const char *words, gboolean is_running)
{
  kith_cli_say ("You are %s%s%s. The tag that proves it takes kithd minutes to compute; `kith "
                "status` shows it.\n",
                kith_cli_colour (cli, KITH_COLOUR_STRONG),
                name,
                kith_cli_colour (cli, KITH_COLOUR_PLAIN));
  if (words != NULL && *words != '\0') {
    kith_seed_words_show (cli, words);
  }
  if (!is_running) {
    kith_cli_say ("\nNext: `systemctl --user enable --now kithd`, or run `kithd` by hand.\n");
  }
}

/* The words are shown once: who cannot see them on the output gets them where the errors go. */
static void
rescue (const char *words)
{
  g_printerr ("kith: the 12 words could not be written to the output. This is your identity, write "
              "them on paper now:\n  %s\n",
              words);
}

static int
create (KithCli *cli, const char *name, const char *given)
{
  KithBusTarget target
      = { kith_cli_option (cli, "bus"), kith_cli_option (cli, "system") != NULL, FALSE };
  gchar *words = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_made;
  int code = KITH_EXIT_OK;

  cli->daemon = kith_daemon_view_open (&target, &error);
  if (cli->daemon == NULL && !kith_daemon_view_is_absence (error)) {
    return kith_cli_fail (cli, error);
  }
  g_clear_error (&error);
  is_made = cli->daemon != NULL ? create_on_bus (cli, name, given, &words, &error)
                                : create_by_kithd (name, given, &words, &error);
  if (!is_made) {
    code = kith_cli_fail (cli, error);
  } else if (cli->is_json) {
    put_result (name, words, given != NULL, cli->daemon != NULL);
  } else {
    say_result (cli, name, given != NULL ? NULL : words, cli->daemon != NULL);
  }
  if (is_made && given == NULL && words != NULL && kith_output_is_lost ()) {
    rescue (words);
  }
  kith_seed_words_free (words);
  return code;
}

static int
run (KithCli *cli)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *name = kith_name_normalize (kith_cli_argument (cli, 0), &error);
  gchar *given = NULL;
  int code;

  if (name == NULL) {
    return kith_cli_fail (cli, error);
  }
  if (!kith_output_probe (ROOM_FOR_WORDS)) {
    return kith_cli_complain (cli,
                              KITH_EXIT_FAILED,
                              "no identity was made, since its 12 words could not be shown");
  }
  if (kith_cli_option (cli, "restore") != NULL) {
    given = kith_seed_words_read (cli);
    if (given == NULL) {
      return KITH_EXIT_USAGE;
    }
  }
  code = create (cli, name, given);
  kith_seed_words_free (given);
  return code;
}

static const KithOption options[] = {
  { "restore", NULL, "bring back an identity: its 12 words are read from the terminal or stdin" },
  { NULL, NULL, NULL },
};

static const char *const members[] = { "Manager.CreateIdentity", NULL };

const KithVerb kith_verb_init = {
  .name = "init",
  .arguments = "NAME",
  .summary = "Make your identity, once: a name and 12 words to keep",
  .details = "The identity is a key on this machine; nobody is asked. NAME is what friends call: "
             "up to 24 bytes, one\n"
             "script. The 12 words are shown this once. It works with kithd running or not.",
  .min_args = 1,
  .max_args = 1,
  .options = options,
  .members = members,
  .exits = "",
  .run = run,
};
