/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith mute` and `kith unmute`: the microphone of a call. */
#include "cli/call-act.h"
#include "cli/verb.h"

static int
run_mute (KithCli *cli)
{
  return kith_cli_mute_call (cli, TRUE);
}

static int
run_unmute (KithCli *cli)
{
  return kith_cli_mute_call (cli, FALSE);
}

static const char *const members[] = { "Call.Media.Muted", NULL };

const KithVerb kith_verb_mute = {
  .name = "mute",
  .arguments = "[CALL]",
  .summary = "Mute the microphone of a call",
  .details = "The peer hears silence until `kith unmute`.",
  .max_args = 1,
  .members = members,
  .exits = "4 5",
  .run = run_mute,
};

const KithVerb kith_verb_unmute = {
  .name = "unmute",
  .arguments = "[CALL]",
  .summary = "Let the peer hear the microphone again",
  .details = "Undoes `kith mute`.",
  .max_args = 1,
  .members = members,
  .exits = "4 5",
  .run = run_unmute,
};
