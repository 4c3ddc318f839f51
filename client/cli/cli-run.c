/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the command line to the verb. */
#include <unistd.h>

#include "cli/output-stream.h"
#include "cli/text/help-text.h"
#include "cli/verb.h"
#include "common/language.h"

gboolean
kith_cli_try_connect (KithCli *cli, gboolean start, GError **error)
{
  KithBusTarget target
      = { kith_cli_option (cli, "bus"), kith_cli_option (cli, "system") != NULL, start };

  cli->daemon = kith_daemon_view_open (&target, error);
  return cli->daemon != NULL;
}

gboolean
kith_cli_connect (KithCli *cli, gboolean start)
{
  g_autoptr (GError) error = NULL;

  if (!kith_cli_try_connect (cli, start, &error)) {
    cli->connect_code = kith_cli_fail (cli, error);
    return FALSE;
  }
  return TRUE;
}

GVariant *
kith_cli_invoke (KithCli *cli,
                 gpointer proxy,
                 const char *method,
                 GVariant *parameters,
                 GError **error)
{
  return kith_daemon_view_invoke (cli->daemon, proxy, method, parameters, -1, error);
}

static gboolean
wants_colour (void)
{
  const char *no_color = g_getenv ("NO_COLOR");

  return isatty (STDOUT_FILENO) && (no_color == NULL || *no_color == '\0')
         && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

static int
run (KithCli *cli)
{
  if (kith_cli_option (cli, "version") != NULL) {
    g_autofree gchar *line = g_strdup_printf ("kith %s\n", KITH_VERSION);

    kith_cli_put_text (cli, "version", cli->is_json ? KITH_VERSION : line);
    return KITH_EXIT_OK;
  }
  if (cli->verb == NULL && kith_cli_option (cli, "help") == NULL) {
    g_autofree gchar *usage = kith_help_overview ();

    if (cli->is_json) {
      return kith_cli_complain (cli, KITH_EXIT_USAGE, "no verb is given; see `kith help`");
    }
    g_printerr ("%s", usage);
    return KITH_EXIT_USAGE;
  }
  if (kith_cli_option (cli, "help") != NULL) {
    g_autofree gchar *text = cli->verb != NULL ? kith_help_verb (cli->verb) : kith_help_overview ();

    kith_cli_put_text (cli, "help", text);
    return KITH_EXIT_OK;
  }
  return cli->verb->run (cli);
}

/* An output that is not all there is no success, whatever was done. */
static int
finish (int code)
{
  if (!kith_output_close ()) {
    g_printerr ("kith: the output could not be written: %s\n", kith_output_get_fault ());
    return KITH_EXIT_FAILED;
  }
  return code;
}

int
kith_cli_main (int argc, char **argv)
{
  KithCli cli = { NULL };
  g_autofree gchar *why = NULL;
  int code;

  kith_output_open ();
  cli.has_colour = wants_colour ();
  if (!kith_cli_parse (&cli, argc, argv, &why)) {
    code = kith_cli_complain (&cli,
                              KITH_EXIT_USAGE,
                              "%s; see `kith help%s%s`",
                              why,
                              cli.verb != NULL ? " " : "",
                              cli.verb != NULL ? cli.verb->name : "");
  } else {
    if (cli.is_json) {
      kith_language_neutral ();
    }
    code = run (&cli);
    code = cli.connect_code != KITH_EXIT_OK ? cli.connect_code : code;
  }
  kith_cli_clear (&cli);
  return finish (code);
}
