/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith unmute`: the microphone of a call. */
#include "cli/call-act.h"
#include "cli/verb.h"

static int
run (KithCli *cli)
{
  return kith_cli_mute_call (cli, FALSE);
}

static const char *const members[] = { "Call.Media.Muted", NULL };

const KithVerb kith_verb_unmute = {
  .name = "unmute",
  .arguments = "[CALL]",
  .summary = "Let the peer hear the microphone again",
  .details = "Undoes `kith mute`.",
  .max_args = 1,
  .members = members,
  .exits = "4 5",
  .run = run,
};
