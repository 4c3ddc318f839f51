/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith help`: what the program can do. */
#include "base/text.h"
#include "cli/text/help-text.h"

static int
run (KithCli *cli)
{
  const char *name = kith_cli_argument (cli, 0);
  const KithVerb *verb = name != NULL ? kith_verb_find (name) : NULL;
  g_autofree gchar *text = NULL;

  if (name != NULL && verb == NULL) {
    g_autofree gchar *safe = kith_text_safe (name, -1, 40);

    return kith_cli_complain (cli,
                              KITH_EXIT_USAGE,
                              "there is no verb \"%s\"; `kith help` lists them",
                              safe);
  }
  text = verb != NULL ? kith_help_verb (verb) : kith_help_overview ();
  kith_cli_put_text (cli, "help", text);
  return KITH_EXIT_OK;
}

const KithVerb kith_verb_help = {
  .name = "help",
  .arguments = "[VERB]",
  .summary = "Show help, of a verb if one is given",
  .details = "The same as --help.",
  .max_args = 1,
  .exits = "",
  .run = run,
};
