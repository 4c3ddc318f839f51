/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith resolve`: who answers to an address. */
#include "cli/text/claimants.h"
#include "cli/verb.h"

static int
run (KithCli *cli)
{
  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  return kith_cli_show_claimants (cli, kith_cli_argument (cli, 0), NULL);
}

static const char *const members[] = { "Manager.Resolve", NULL };

const KithVerb kith_verb_resolve = {
  .name = "resolve",
  .arguments = "ADDRESS",
  .summary = "Look up who answers to an address, without calling",
  .details = "Shows each key that claims the name with the evidence for it and where it was found. "
             "The exit code\n"
             "tells how far the result can be believed.",
  .min_args = 1,
  .max_args = 1,
  .members = members,
  .exits = "3 4 5 6",
  .run = run,
};
